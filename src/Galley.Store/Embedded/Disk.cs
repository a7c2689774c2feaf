using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Galley.Store.Embedded;

/// <summary>
/// Flushes that tell the truth. On Unix .NET's `Flush(true)` returns normally when fsync fails (security §0), so the platform is asked itself.
/// </summary>
public static partial class Disk
{
    private const int ReadOnlyFolder = 0x10000; // O_RDONLY | O_DIRECTORY on Linux
    private const int FullFsync = 51; // F_FULLFSYNC on macOS, where fsync does not reach the platter

    public static void Flush(SafeFileHandle file)
    {
        if (OperatingSystem.IsWindows())
        {
            RandomAccess.FlushToDisk(file);
            return;
        }

        var descriptor = (int)file.DangerousGetHandle();
        if ((OperatingSystem.IsMacOS() ? Fcntl(descriptor, FullFsync) : Fsync(descriptor)) != 0) throw Failed("fsync");
    }

    /// <summary>Writes a whole file; its bytes are on the disk on return, its name when its folder is flushed.</summary>
    public static void Write(string path, byte[] content)
    {
        using var file = File.Create(path);
        file.Write(content);
        file.Flush();
        Flush(file.SafeFileHandle);
    }

    /// <summary>Makes a rename in <paramref name="folder"/> durable.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return; // NTFS journals the rename
        var descriptor = Open(folder, OperatingSystem.IsMacOS() ? 0 : ReadOnlyFolder);
        if (descriptor < 0) throw Failed("open");
        var flushed = Fsync(descriptor);
        var problem = Failed("fsync");
        _ = Close(descriptor);
        if (flushed != 0) throw problem;
    }

    /// <summary>Makes the making of <paramref name="folder"/>, and of the one around it, durable.</summary>
    public static void FlushName(string folder)
    {
        if (Path.GetDirectoryName(folder) is not { } parent) return;
        FlushFolder(parent);
        if (Path.GetDirectoryName(parent) is { } grandparent && CanRead(grandparent)) FlushFolder(grandparent);
    }

    /// <summary>The folder around our own may belong to somebody else, and then it is not ours to vouch for.</summary>
    private static bool CanRead(string folder)
    {
        if (OperatingSystem.IsWindows()) return false;
        var descriptor = Open(folder, OperatingSystem.IsMacOS() ? 0 : ReadOnlyFolder);
        if (descriptor < 0) return false;
        _ = Close(descriptor);
        return true;
    }

    private static IOException Failed(string call) => new($"{call}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
