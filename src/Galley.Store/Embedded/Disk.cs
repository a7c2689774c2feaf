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

    /// <exception cref="IOException">The system's words.</exception>
    public static void Flush(SafeFileHandle file) => Check(TryFlush(file));

    /// <summary>As <see cref="Flush"/>, but tells the system's number of what went wrong, 0 for nothing: to make an exception can take milliseconds, in which others go on.</summary>
    internal static int TryFlush(SafeFileHandle file)
    {
        if (OperatingSystem.IsWindows()) return TryFlushToDisk(file);
        var descriptor = (int)file.DangerousGetHandle();
        return (OperatingSystem.IsMacOS() ? Fcntl(descriptor, FullFsync) : Fsync(descriptor)) == 0 ? 0 : Marshal.GetLastPInvokeError();
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
    /// <exception cref="IOException">The system's words.</exception>
    public static void FlushFolder(string folder) => Check(TryFlushFolder(folder));

    /// <summary>As <see cref="FlushFolder"/>, but tells the system's number of what went wrong with the flush, 0 for nothing.</summary>
    internal static int TryFlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return 0; // NTFS journals the rename
        var descriptor = Open(folder, OperatingSystem.IsMacOS() ? 0 : ReadOnlyFolder);
        if (descriptor < 0) throw Failed("open", Marshal.GetLastPInvokeError());
        var problem = Fsync(descriptor) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        return problem;
    }

    /// <exception cref="IOException">The number is not 0: the system's words.</exception>
    internal static void Check(int problem)
    {
        if (problem != 0) throw Failed("fsync", problem);
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

    private static int TryFlushToDisk(SafeFileHandle file)
    {
        try
        {
            RandomAccess.FlushToDisk(file);
            return 0;
        }
        catch (IOException e)
        {
            return e.HResult;
        }
    }

    private static IOException Failed(string call, int problem) => new($"{call}: {new Win32Exception(problem).Message}");

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
