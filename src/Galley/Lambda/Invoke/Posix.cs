using System.Runtime.InteropServices;

namespace Galley.Lambda.Invoke;

/// <summary>The few system calls that .NET does not offer: killing a group, looking before reading a pipe, and taking over a socket.</summary>
internal static partial class Posix
{
    private const int SigKill = 9;
    private const short PollIn = 1;

    // The same on every processor.
    private const int PidFdOpen = 434, PidFdGetFd = 438, ProcessLimit = 6;

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

    /// <summary>Copies of another process's open files, which its owner may have (pidfd_getfd; Linux).</summary>
    public static IReadOnlyList<nint> Borrow(int process, IReadOnlyList<int> files)
    {
        var handle = Call(PidFdOpen, process, 0, 0);
        if (handle < 0) throw new IOException($"pidfd_open: error {Marshal.GetLastPInvokeError()}");
        using var closes = new Microsoft.Win32.SafeHandles.SafeFileHandle(handle, ownsHandle: true);
        var borrowed = new List<nint>();
        foreach (var file in files)
        {
            var copy = Call(PidFdGetFd, handle, file, 0);
            if (copy < 0) throw new IOException($"pidfd_getfd: error {Marshal.GetLastPInvokeError()}");
            borrowed.Add(copy);
        }

        return borrowed;
    }

    /// <summary>How many processes and threads the process and those it starts may be together (not for root).</summary>
    public static void LimitProcesses(int process, int most)
    {
        var limit = new Limit { Soft = (ulong)most, Hard = (ulong)most };
        _ = SetLimit(process, ProcessLimit, ref limit, 0);
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nint first, nint second, nint third);

    [LibraryImport("libc", EntryPoint = "prlimit")]
    private static partial int SetLimit(int process, int resource, ref Limit limit, nint old);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollFile files, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static unsafe partial nint Read(int file, byte* buffer, nuint count);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFile
    {
        public int File;
        public short Events;
        public short Returned;
    }
}
