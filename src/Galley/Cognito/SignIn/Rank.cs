using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Galley.Cognito.SignIn;

/// <summary>Puts the calling thread behind those that answer requests (Linux, where threads have a rank of their own).</summary>
internal static partial class Rank
{
    private const int Polite = 10;

    /// <summary>
    /// Nice, and with turns of 0.1 ms (Linux 6.12, sched_setattr(2)): a nice thread still has its tenth of a busy machine, and in the usual
    /// turns of 3 ms the requests of that time would wait for their end.
    /// </summary>
    public static void Lower()
    {
        if (!OperatingSystem.IsLinux()) return;
        var number = RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => 314, Architecture.Arm64 => 274, _ => 0 };
        var wanted = new Attributes { Size = (uint)Unsafe.SizeOf<Attributes>(), Nice = Polite, Turn = 100_000 };
        if (number == 0 || SystemCall(number, 0, in wanted, 0) != 0) _ = SetPriority(0, 0, Polite);
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint thread, in Attributes attributes, nint flags);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int nice);

    /// <summary>struct sched_attr.</summary>
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
