using System.Security.Cryptography;
using System.Text;

namespace Galley.Lambda;

/// <summary>
/// Code out of a folder of this machine, for development: `S3Bucket` is <see cref="Bucket"/>, a name that no bucket can have, and `S3Key` the folder.
/// Only folders that `--local-code` names, and what is below them, can be meant; links may not lead out of them. AWS has no such form.
/// </summary>
internal sealed class LocalCode(IEnumerable<string> folders)
{
    public const string Bucket = "__local__";
    private const int MaxDepth = 32;
    private readonly List<string> _roots = [.. folders.Select(folder => Real(Path.GetFullPath(folder)))];

    /// <summary>The folder that a key means: a full path, or one below a folder of the option.</summary>
    public string Find(string key)
    {
        if (_roots.Count == 0) throw Errors.InvalidParameter($"The bucket {Bucket} stands for folders of this machine. Galley takes code from them only where it was started with --local-code DIR.");
        foreach (var root in key.Contains('\0', StringComparison.Ordinal) ? [] : _roots)
            if (Path.GetFullPath(Path.Combine(root, key)) is var path && Directory.Exists(path))
                return IsInside(Real(path)) ? path : throw Errors.InvalidParameter($"{key} is not below a folder that --local-code names.");
        throw Errors.InvalidParameter($"There is no folder {key}.");
    }

    /// <summary>The code as it is now.</summary>
    /// <param name="folder">As <see cref="Find"/> gives it.</param>
    /// <param name="most">Bytes of all files together.</param>
    public byte[] Zip(string folder, long most)
    {
        var files = Files(folder);
        if (files.Sum(file => file.Real.Length) > most) throw Errors.ZipTooLarge();
        return FolderZip.Of(folder, files.Select(file => file.Path));
    }

    /// <summary>Another one whenever a file comes, goes or is written; null when the folder is not there any more, or may not be read from any more.</summary>
    public string? Stamp(string folder)
    {
        if (!Directory.Exists(folder) || !IsInside(Real(folder))) return null;
        var files = Files(folder).OrderBy(file => file.Path, StringComparer.Ordinal).Select(file => $"{file.Path} {file.Real.Length} {file.Real.LastWriteTimeUtc.Ticks}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', files))));
    }

    private List<(string Path, FileInfo Real)> Files(string folder)
    {
        var found = new List<(string, FileInfo)>();
        Gather(folder, 0);
        return found;

        void Gather(string at, int depth)
        {
            foreach (var entry in new DirectoryInfo(at).EnumerateFileSystemInfos())
            {
                if (!FolderZip.Counts(Path.GetRelativePath(folder, entry.FullName))) continue;
                var real = entry.LinkTarget is null ? entry.FullName : Real(entry.FullName);
                if (entry.LinkTarget is not null && !IsInside(real)) throw Errors.InvalidParameter($"{entry.FullName} leads out of the folders that --local-code names.");
                if (!Directory.Exists(real)) found.Add((entry.FullName, new FileInfo(real)));
                else if (depth < MaxDepth) Gather(entry.FullName, depth + 1);
                else throw Errors.InvalidParameter($"{entry.FullName} is nested too deep.");
            }
        }
    }

    private bool IsInside(string real) => _roots.Exists(root => real == root || real.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal));

    /// <summary>The path without any link in it.</summary>
    private static string Real(string path)
    {
        var at = Path.GetPathRoot(path)!;
        foreach (var part in path[at.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            at = Path.Combine(at, part);
            if (new FileInfo(at) is { LinkTarget: not null } link) at = Real(link.ResolveLinkTarget(returnFinalTarget: true)!.FullName);
        }

        return at;
    }
}
