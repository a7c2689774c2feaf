using System.IO.Compression;

namespace Galley;

/// <summary>Function code as a zip. The same files give the same bytes: sorted, one fixed time, executable where the file is.</summary>
internal static class FolderZip
{
    /// <summary>The time of every entry.</summary>
    public static readonly DateTimeOffset Time = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Whether a path below the folder belongs to the code: symbols for debuggers and what tools keep beside it do not.</summary>
    public static bool Counts(string relative)
        => !relative.EndsWith(".pdb", StringComparison.Ordinal) && !relative.EndsWith(".dbg", StringComparison.Ordinal) && !relative.Split(Path.DirectorySeparatorChar).Any(part => part is "__pycache__" or ".galley" or ".git");

    /// <param name="folder">What the entries' names begin behind.</param>
    /// <param name="files">Full paths below it.</param>
    public static byte[] Of(string folder, IEnumerable<string> files)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create))
            foreach (var file in files.Order(StringComparer.Ordinal))
            {
                var entry = zip.CreateEntry(Path.GetRelativePath(folder, file).Replace('\\', '/'), CompressionLevel.Fastest);
                entry.LastWriteTime = Time;
                var runs = Path.GetFileName(file) == "bootstrap" || !OperatingSystem.IsWindows() && File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserExecute);
                entry.ExternalAttributes = (runs ? 0x81ED : 0x81A4) << 16; // regular file, 0755 or 0644
                using var content = entry.Open();
                if (new FileInfo(file) is { LinkTarget: null, Length: 0 }) continue; // or a pipe, and whoever opens that waits
                using var source = File.OpenRead(file);
                source.CopyTo(content);
            }

        return bytes.ToArray();
    }
}
