using System.Text;
using Galley.Store.Embedded;

namespace Galley;

/// <summary>Files and folders that only their owner may read (0600, 0700), written whole or not at all, and on the disk before anything is sealed with them.</summary>
internal static class PrivateFiles
{
    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static void Write(string path, string text)
    {
        // CreateNew: what somebody planted there is neither followed nor kept.
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var temporary = path + ".new";
        File.Delete(temporary); // of a write that was cut off
        using (var file = new FileStream(temporary, options))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush();
            Disk.Flush(file.SafeFileHandle);
        }

        File.Move(temporary, path, overwrite: true);
        Disk.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>The folder, made or made private. Throws when it is a link, which leads where its maker wants, or another user's.</summary>
    /// <exception cref="IOException">It is a symbolic link.</exception>
    /// <exception cref="UnauthorizedAccessException">It is another user's.</exception>
    public static string Folder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return path;
        }

        if (new DirectoryInfo(Path.TrimEndingDirectorySeparator(path)).LinkTarget is not null) throw new IOException($"{path} is a symbolic link; name the folder itself.");
        Directory.CreateDirectory(path, OwnersOnly);
        if (File.GetUnixFileMode(path) != OwnersOnly) File.SetUnixFileMode(path, OwnersOnly); // refused by the system when the folder is not ours
        return path;
    }
}
