using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Galley.Store;

/// <summary>How the scheduler treats the calling thread (Linux, where threads have a rank and a length of turns of their own).</summary>
public static partial class Turns
{
    /// <summary>
    /// Turns of so long instead of the usual 3 ms (Linux 6.12, sched_setattr(2)). A thread with short turns gets its turn sooner when it wakes,
    /// before others have ended their long ones; and others wait less for it.
    /// </summary>
    /// <param name="turn">From 0.1 ms.</param>
    /// <param name="nice">How far behind others; 0 leaves the thread where it is.</param>
    public static void Shorten(TimeSpan turn, int nice = 0)
    {
        if (!OperatingSystem.IsLinux()) return;
        var (set, get) = RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => (314, 315), Architecture.Arm64 => (274, 275), _ => (0, 0) };
        var now = default(Attributes);
        var size = (uint)Unsafe.SizeOf<Attributes>();
        if (set != 0 && SystemCall(get, 0, ref now, (nint)size, 0) == 0)
        {
            var wanted = new Attributes { Size = size, Nice = nice == 0 ? now.Nice : nice, Turn = (ulong)turn.TotalNanoseconds };
            if (now.Policy == 0 && SystemCall(set, 0, ref wanted, 0, 0) == 0) return;
        }

        if (nice != 0) _ = SetPriority(0, 0, nice);
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint thread, ref Attributes attributes, nint sizeOrFlags, nint flags);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int nice);

    /// <summary>struct sched_attr, as sched_getattr(2) fills it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        public uint Size, Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;

        /// <summary>Nanoseconds, as are the two behind it.</summary>
        public ulong Turn, Deadline, Period;
    }
}
