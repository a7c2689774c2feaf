using System.Security.Cryptography;
using System.Text;
using Galley.Store;

namespace Galley.State;

/// <summary>
/// Which master key a store is sealed with. A loaded snapshot brings its own, which is kept beside the installation's; a row in the store, committed
/// with the snapshot, says which one counts, so that no crash can part the two.
/// </summary>
internal static class MasterKeys
{
    private static readonly byte[] Row = Key.Of("installation", "master-key");

    public static bool IsMark(byte[] key) => key.AsSpan().SequenceEqual(Row);

    /// <summary>Keeps a snapshot's key where keys are kept; durable on return. In memory there is nowhere.</summary>
    public static void Keep(GalleyOptions options, byte[] key)
    {
        if (options.DataFolder is { } data) PrivateFiles.Write(FileOf(Installations.KeyFolder(data), IdOf(key)), Convert.ToBase64String(key));
    }

    public static void Mark(ITransaction transaction, byte[] key) => transaction.Put(Row, Encoding.ASCII.GetBytes(IdOf(key)));

    /// <summary>The key that the store names; null where it names none: then it is the installation's own.</summary>
    /// <exception cref="GalleyStartException">The key is gone.</exception>
    public static byte[]? Of(IStore store, string keyFolder)
    {
        if (store.Read(snapshot => snapshot.Get(Row)).AsTask().GetAwaiter().GetResult() is not { } id) return null;
        var file = FileOf(keyFolder, Encoding.ASCII.GetString(id));
        return File.Exists(file) ? Convert.FromBase64String(File.ReadAllText(file).Trim()) : throw new GalleyStartException($"The data was loaded out of a snapshot whose key, {file}, is gone. Load the snapshot again into an empty folder.");
    }

    private static string IdOf(byte[] key) => Convert.ToHexStringLower(SHA256.HashData(key))[..16];

    private static string FileOf(string folder, string id) => Path.Combine(folder, $"master-{id}.key");
}
