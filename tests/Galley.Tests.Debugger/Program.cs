using System.Globalization;
using System.Runtime.InteropServices;

namespace Galley.Tests.Debugger;

/// <summary>
/// `PROCESS ASSEMBLY SOURCE LINE NAME…`: attaches to a .NET process as every debugger of .NET does, by the debugging library that lies
/// beside the process's own runtime and the pipes that this runtime opened in its TMPDIR. Says `ready` when the breakpoint is set,
/// `stopped METHOD NAME=VALUE…` when a thread is there, goes on at a line of its input, says `continued`, and detaches at the next.
/// </summary>
internal static unsafe class Program
{
    // Places in the tables of cordebug.idl, those of the inherited interfaces counted.
    private const int Initialize = 3, SetManagedHandler = 5, DebugActiveProcess = 8; // ICorDebug
    private const int Stop = 3, Continue = 4, Detach = 9; // ICorDebugController
    private const int ModuleName = 6, GetFunctionFromToken = 9; // ICorDebugModule
    private const int GetILCode = 6; // ICorDebugFunction
    private const int CodeBreakpoint = 7; // ICorDebugCode
    private const int Activate = 3; // ICorDebugBreakpoint
    private const int GetActiveFrame = 15; // ICorDebugThread
    private const int GetLocalVariable = 14, GetArgument = 16; // ICorDebugILFrame
    private const int Dereference = 10; // ICorDebugReferenceValue
    private const int GetString = 10; // ICorDebugStringValue
    private const int Version = 4;

    private static int Main(string[] arguments)
    {
        var (process, assembly, source, line) = (uint.Parse(arguments[0], CultureInfo.InvariantCulture), arguments[1], arguments[2], int.Parse(arguments[3], CultureInfo.InvariantCulture));
        Place? place = null;
        Com breakpoint = default;
        using var ready = new ManualResetEventSlim();
        using var stopped = new ManualResetEventSlim();
        Com thread = default;
        Exception? failed = null;
        Callbacks.Loaded = module =>
        {
            try
            {
                var file = module.Text(ModuleName, "GetName");
                if (Path.GetFileName(file) != assembly || Place.Find(file, source, line) is not { } found) return;
                breakpoint = module.Get(GetFunctionFromToken, (uint)found.Method, "GetFunctionFromToken").Get(GetILCode, "GetILCode").Get(CodeBreakpoint, (uint)found.Offset, "CreateBreakpoint");
                breakpoint.Call(Activate, 1, "Activate");
                place = found;
            }
            catch (Exception e) when (e is InvalidOperationException or IOException or BadImageFormatException)
            {
                failed = e;
            }

            ready.Set();
        };
        Callbacks.Stopped = at =>
        {
            thread = at;
            stopped.Set();
        };
        var target = Attach(process);
        ready.Wait();
        if (failed is not null) throw failed;
        Console.WriteLine("ready");
        stopped.Wait();
        var frame = thread.Get(GetActiveFrame, "GetActiveFrame").As("03e26311-4f76-11d3-88c6-006097945418");
        Console.WriteLine($"stopped {place!.Name} {string.Join(' ', arguments[4..].Select(name => $"{name}={Text(frame, place, name)}"))}");
        Console.ReadLine();
        breakpoint.Call(Activate, 0, "Activate");
        target.Call(Continue, 0, "Continue");
        Console.WriteLine("continued");
        Console.ReadLine();
        target.Call(Stop, 0, "Stop");
        target.Call(Detach, "Detach");
        return 0;
    }

    /// <summary>A text in a local variable or an argument.</summary>
    private static string Text(Com frame, Place place, string name)
    {
        var value = place.Locals.TryGetValue(name, out var slot) ? frame.Get(GetLocalVariable, (uint)slot, "GetLocalVariable") : frame.Get(GetArgument, (uint)place.Arguments[name], "GetArgument");
        return value.As("cc7bcaf9-8a68-11d2-983c-0000f808342d").Get(Dereference, "Dereference").As("cc7bcafd-8a68-11d2-983c-0000f808342d").Text(GetString, "GetString");
    }

    private static Com Attach(uint process)
    {
        var maps = File.ReadLines($"/proc/{process}/maps").First(line => line.EndsWith("/libcoreclr.so", StringComparison.Ordinal));
        var (start, runtime) = (nint.Parse(maps[..maps.IndexOf('-', StringComparison.Ordinal)], NumberStyles.HexNumber, CultureInfo.InvariantCulture), Path.GetDirectoryName(maps[maps.IndexOf('/', StringComparison.Ordinal)..])!);
        var library = NativeLibrary.Load(Path.Combine(runtime, "libmscordbi.so"));
        // Loaded in the plain way it has not begun yet.
        if (((delegate* unmanaged<nint, uint, nint, int>)NativeLibrary.GetExport(library, "DllMain"))(library, 1, 0) == 0) throw new InvalidOperationException("libmscordbi.so did not begin");
        nint made = 0;
        fixed (char* access = Path.Combine(runtime, "libmscordaccore.so"))
            Com.Check(((delegate* unmanaged<int, uint, char*, char*, nint, nint*, int>)NativeLibrary.GetExport(library, "CoreCLRCreateCordbObject3"))(Version, process, null, access, start, &made), "CoreCLRCreateCordbObject3");
        var debug = new Com(made).As("3d6f5f61-7538-11d3-8d5b-00104b35e7ef");
        debug.Call(Initialize, "Initialize");
        debug.Call(SetManagedHandler, Callbacks.Make(), "SetManagedHandler");
        return debug.Get(DebugActiveProcess, process, 0, "DebugActiveProcess");
    }
}
