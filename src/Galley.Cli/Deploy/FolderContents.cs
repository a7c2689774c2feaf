using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;

namespace Galley.Cli.Deploy;

/// <summary>The source files of a folder: what tools make from them and download beside them does not count.</summary>
internal static class FolderContents
{
    private static readonly string[] Made = ["node_modules", "bin", "obj", "dist", "publish", "artifacts", ".git", ".galley", "__pycache__"];

    /// <summary>Whether a path below a folder is a source.</summary>
    public static bool Counts(string folder, string path) => !Path.GetRelativePath(folder, path).Split(Path.DirectorySeparatorChar).Any(Made.Contains);

    /// <summary>One hash over every source file's name and bytes.</summary>
    /// <param name="folder">The folder, or a single file; nothing there counts as empty.</param>
    /// <param name="except">Files and folders below it that do not count either.</param>
    public static string Hash(string folder, params IReadOnlyList<string> except)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Files(folder, except).Order(StringComparer.Ordinal))
            try
            {
                hash.AppendData(Encoding.UTF8.GetBytes(file + '\n'));
                // a pipe or a socket has no length, and whoever opens it waits
                hash.AppendData(SHA256.HashData(new FileInfo(file).Length == 0 ? [] : File.ReadAllBytes(file)));
            }
            catch (IOException)
            {
                // an editor's file of a moment, gone already
            }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static IEnumerable<string> Files(string folder, IReadOnlyList<string> except)
        => File.Exists(folder) ? [folder] : !Directory.Exists(folder) ? [] : new FileSystemEnumerable<string>(folder, (ref FileSystemEntry entry) => entry.ToFullPath(), new EnumerationOptions { RecurseSubdirectories = true })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && !except.Contains(entry.ToFullPath()),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !Made.Contains(entry.FileName.ToString()) && !except.Contains(entry.ToFullPath()),
        };
}
