using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Galley.Cli;

/// <summary>
/// The pages of code and tables that a start has touched, and the neighbours that the kernel mapped with each: 32 MiB, of which requests need a
/// tenth. They are let go when all of it is said and come back, one by one, out of the file's cache when they are wanted again (decision 0026).
/// </summary>
internal static partial class CodePages
{
    private const int DontNeed = 4; // MADV_DONTNEED

    public static void LetGo()
    {
        // Only the native program's file and RocksDB's. Where code is made as it runs, its pages may be written.
        if (!OperatingSystem.IsLinux() || RuntimeFeature.IsDynamicCodeSupported || Environment.ProcessPath is not { } program) return;
        var store = Path.Combine(Path.GetDirectoryName(program)!, "librocksdb.so");
        try
        {
            var (from, to) = ((nint)0, (nint)0);
            foreach (var line in File.ReadLines("/proc/self/smaps"))
                if (line.EndsWith(program, StringComparison.Ordinal) || line.EndsWith(store, StringComparison.Ordinal))
                {
                    // 00405000-0231e000 r-xp 00005000 fe:00 1234 /usr/bin/galley
                    var (dash, space) = (line.IndexOf('-', StringComparison.Ordinal), line.IndexOf(' ', StringComparison.Ordinal));
                    (from, to) = line[space + 2] == 'w' ? (0, 0) : (Address(line.AsSpan(0, dash)), Address(line.AsSpan(dash + 1, space - dash - 1)));
                }
                else if (line.StartsWith("Anonymous:", StringComparison.Ordinal))
                {
                    // What was ever written there (by the loader, before it was protected) is in no file.
                    if (to > from && line.EndsWith(" 0 kB", StringComparison.Ordinal)) _ = Advise(from, to - from, DontNeed);
                    (from, to) = (0, 0);
                }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // no /proc here: the pages stay
        }
    }

    private static nint Address(ReadOnlySpan<char> hexadecimal) => nint.Parse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint from, nint length, int advice);
}
