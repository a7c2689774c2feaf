using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Galley.Cli;

/// <summary>
/// The pages of code that a start has touched, and the neighbours that the kernel mapped with each: 24 MiB, of which requests need a tenth.
/// They are let go when all of it is said and come back, one by one, out of the file's cache when they are run again (decision 0026).
/// </summary>
internal static partial class CodePages
{
    private const int DontNeed = 4; // MADV_DONTNEED

    public static void LetGo()
    {
        // Only code of the native program and of RocksDB: nothing of it is ever written. Where code is made as it runs, it may be.
        if (!OperatingSystem.IsLinux() || RuntimeFeature.IsDynamicCodeSupported || Environment.ProcessPath is not { } program) return;
        var store = Path.Combine(Path.GetDirectoryName(program)!, "librocksdb.so");
        try
        {
            foreach (var line in File.ReadLines("/proc/self/maps"))
                if (line.Contains(" r-xp ", StringComparison.Ordinal) && (line.EndsWith(program, StringComparison.Ordinal) || line.EndsWith(store, StringComparison.Ordinal)))
                {
                    var (dash, space) = (line.IndexOf('-', StringComparison.Ordinal), line.IndexOf(' ', StringComparison.Ordinal));
                    var (from, to) = (nint.Parse(line.AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture), nint.Parse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                    _ = Advise(from, to - from, DontNeed);
                }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // no /proc here: the pages stay
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint from, nint length, int advice);
}
