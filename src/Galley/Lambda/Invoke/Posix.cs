using System.Runtime.InteropServices;

namespace Galley.Lambda.Invoke;

/// <summary>The few system calls that .NET does not offer: killing a group, and looking before reading a pipe.</summary>
internal static partial class Posix
{
    private const int SigKill = 9;
    private const short PollIn = 1;

    /// <summary>Kills a whole process group; false when there is none.</summary>
    public static bool KillGroup(int group) => !OperatingSystem.IsWindows() && Kill(-group, SigKill) == 0;

    public static void Kill(int process)
    {
        if (!OperatingSystem.IsWindows()) Kill(process, SigKill);
    }

    /// <summary>Waits until the pipe has bytes or its end; false when the time is over.</summary>
    /// <param name="milliseconds">-1 waits for ever, 0 only looks.</param>
    public static bool IsReadable(int file, int milliseconds)
    {
        var wanted = new PollFile { File = file, Events = PollIn };
        return Poll(ref wanted, 1, milliseconds) > 0;
    }

    /// <summary>Bytes read; 0 at the end; negative for an error.</summary>
    public static unsafe int Read(int file, Span<byte> buffer)
    {
        fixed (byte* start = buffer) return (int)Read(file, start, (nuint)buffer.Length);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollFile files, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static unsafe partial nint Read(int file, byte* buffer, nuint count);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFile
    {
        public int File;
        public short Events;
        public short Returned;
    }
}
