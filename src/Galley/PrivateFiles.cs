using System.Text;
using Galley.Store.Embedded;

namespace Galley;

/// <summary>Files and folders that only their owner may read (0600, 0700), written whole or not at all, and on the disk before anything is sealed with them.</summary>
internal static class PrivateFiles
{
    public static void Write(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var temporary = path + ".new";
        using (var file = new FileStream(temporary, options))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush();
            Disk.Flush(file.SafeFileHandle);
        }

        File.Move(temporary, path, overwrite: true);
        Disk.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    public static string Folder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
