using System.Security.Cryptography;
using System.Text;
using Galley.Edge.Transport;
using Galley.Store;
using Galley.Store.Embedded;
using Galley.Wire;

namespace Galley;

/// <summary>Access key of the account's root.</summary>
public sealed record RootKey(string AccessKeyId, string SecretAccessKey);

/// <summary>Opens an installation: its folders, its master key, its root key; makes them on the first start.</summary>
internal static class Installations
{
    /// <summary>The access key of AWS's documentation, which opens nothing anywhere but under `--demo-credentials`.</summary>
    private static readonly RootKey DemoKey = new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");

    public static Installation Open(GalleyOptions options)
    {
        var listening = new Listening(options);
        var ids = options.Ids ?? new Ids();
        var opening = options.DataFolder is { } data ? Task.Run(() => OpenData(data)) : Task.FromResult(InMemory(options.Image));
        // Keys live outside the data folder, so that a copy of the data gives none of them away (design D12).
        var keys = options.DataFolder is null ? null : KeyFolder(options.DataFolder);
        var masterKey = options.Image?.MasterKey ?? (keys is null ? ids.Bytes(32) : Convert.FromBase64String(Kept(keys, "master.key", () => Convert.ToBase64String(ids.Bytes(32)))));
        var rootKey = options.DemoCredentials ? DemoKey : options.Image is { } image ? image.RootKey : keys is null ? NewRootKey() : Kept(keys, "root.key", () => { var key = NewRootKey(); return $"{key.AccessKeyId} {key.SecretAccessKey}"; }).Split(' ') is [var id, var secret] ? new RootKey(id, secret) : throw new GalleyStartException($"{keys}/root.key is damaged.");
        var (store, blobs) = opening.GetAwaiter().GetResult();
        if (keys is not null) masterKey = State.MasterKeys.Of(store, keys) ?? masterKey;
        return new Installation
        {
            Options = options,
            Store = store,
            Blobs = blobs,
            Reads = new ReadCache(store, options.PageCacheBytes, options.KeepsEveryPage, BitConverter.ToInt64(ids.Bytes(8))),
            Ids = ids,
            Secrets = new Secrets(masterKey),
            Names = new LocalNames(),
            Certificates = new Certificates(keys, options.Time is IClientClock ? TimeProvider.System : options.Time, listening),
            Listening = listening,
            RootKey = rootKey,
            ScratchFolder = PrivateFiles.Folder(Path.Combine(Path.GetTempPath(), $"galley-{Environment.ProcessId}-{ids.Next(8)}")),
        };

        RootKey NewRootKey() => new("AKIA" + ids.Next(16, Ids.Base32), ids.Next(40, Ids.Alphanumeric));
    }

    /// <summary>`~/.config/galley/&lt;hash of the data folder's path&gt;`.</summary>
    public static string KeyFolder(string dataFolder)
    {
        var config = Environment.GetEnvironmentVariable("GALLEY_KEYS")
                     ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.Create), "galley");
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(dataFolder))))[..16];
        return PrivateFiles.Folder(Path.Combine(config, name));
    }

    private static (IStore Store, IBlobs Blobs) InMemory(InstallationImage? image)
    {
        var (store, blobs) = (new MemoryStore(), new MemoryBlobs());
        if (image is null) return (store, blobs);
        store.PutBack(image.Store, []).AsTask().GetAwaiter().GetResult();
        blobs.PutBack(image.Blobs);
        return (store, blobs);
    }

    private static (IStore Store, IBlobs Blobs) OpenData(string folder)
    {
        try
        {
            PrivateFiles.Folder(folder);
            var path = Path.Combine(folder, "store");
            var store = Poller.Shared is { } poller ? new RocksStore(path) { Continue = poller.Post } : new RocksStore(path);
            return (new Creations(store), new FileBlobs(PrivateFiles.Folder(Path.Combine(folder, "blobs"))));
        }
        catch (IOException e) when (e.Message.Contains("lock", StringComparison.OrdinalIgnoreCase))
        {
            throw new GalleyStartException($"The data folder {folder} is in use by another Galley. Stop that one, or choose another folder with --data.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new GalleyStartException($"The data folder {folder} cannot be used: {e.Message} Choose a folder that you may write, with --data.", e);
        }
    }

    private static string Kept(string folder, string name, Func<string> make)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path)) PrivateFiles.Write(path, make());
        return File.ReadAllText(path).Trim();
    }
}
