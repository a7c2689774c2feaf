using System.Runtime.InteropServices;

namespace Galley.Tests.Debugger;

/// <summary>An object of the debugging interface (dotnet/runtime, cordebug.idl): calls go by the place of a method in its table.</summary>
internal readonly unsafe struct Com(nint self)
{
    public nint Self => self;

    public Com As(string interfaceId)
    {
        var id = new Guid(interfaceId);
        nint found = 0;
        Check(((delegate* unmanaged<nint, Guid*, nint*, int>)Slot(0))(self, &id, &found), "QueryInterface " + interfaceId);
        return new Com(found);
    }

    public void Hold() => ((delegate* unmanaged<nint, uint>)Slot(1))(self);

    public void Call(int slot, string what) => Check(((delegate* unmanaged<nint, int>)Slot(slot))(self), what);

    public void Call(int slot, nint argument, string what) => Check(((delegate* unmanaged<nint, nint, int>)Slot(slot))(self, argument), what);

    /// <summary>`HRESULT M([out] T**)`.</summary>
    public Com Get(int slot, string what)
    {
        nint found = 0;
        Check(((delegate* unmanaged<nint, nint*, int>)Slot(slot))(self, &found), what);
        return new Com(found);
    }

    /// <summary>`HRESULT M(UINT32, [out] T**)`.</summary>
    public Com Get(int slot, uint argument, string what)
    {
        nint found = 0;
        Check(((delegate* unmanaged<nint, uint, nint*, int>)Slot(slot))(self, argument, &found), what);
        return new Com(found);
    }

    /// <summary>`HRESULT M(DWORD, BOOL, [out] T**)`.</summary>
    public Com Get(int slot, uint argument, int flag, string what)
    {
        nint found = 0;
        Check(((delegate* unmanaged<nint, uint, int, nint*, int>)Slot(slot))(self, argument, flag, &found), what);
        return new Com(found);
    }

    /// <summary>`HRESULT M(ULONG32 size, [out] ULONG32* used, [out] WCHAR[])`.</summary>
    public string Text(int slot, string what)
    {
        const int Most = 4096;
        var text = stackalloc char[Most];
        uint used = 0;
        Check(((delegate* unmanaged<nint, uint, uint*, char*, int>)Slot(slot))(self, Most, &used, text), what);
        return new string(text, 0, (int)used).TrimEnd('\0');
    }

    public static void Check(int result, string what)
    {
        if (result < 0) throw new InvalidOperationException($"{what} answered 0x{result:x8}");
    }

    private nint Slot(int slot) => (*(nint**)self)[slot];
}

/// <summary>
/// What the runtime tells the debugger: ICorDebugManagedCallback in its four versions. A process that told something stands still
/// until its controller, which is the first argument of nearly all of them, is continued.
/// </summary>
internal static unsafe class Callbacks
{
    private const int Continue = 4;
    private const int First = 26, Second = 8, Third = 1, Fourth = 3, OwnSlots = 3;
    private static nint[] _objects = [];

    /// <summary>A module of the process, while it stands still.</summary>
    public static Action<Com>? Loaded { get; set; }

    /// <summary>The thread that came to a breakpoint. The process stays where it is.</summary>
    public static Action<Com>? Stopped { get; set; }

    public static nint Make()
    {
        _objects = [One(First), One(Second), One(Third), One(Fourth)];
        var first = *(nint**)_objects[0] + OwnSlots;
        first[0] = (nint)(delegate* unmanaged<nint, nint, nint, nint, int>)&OnBreakpoint;
        first[7] = (nint)(delegate* unmanaged<nint, nint, int>)&OnExit;
        first[10] = (nint)(delegate* unmanaged<nint, nint, nint, int>)&OnModule;
        return _objects[0];
    }

    // Arguments travel in registers and the caller clears the stack, so that one method stands for all that only go on.
    private static nint One(int methods)
    {
        var table = (nint*)NativeMemory.AllocZeroed((nuint)((OwnSlots + methods) * sizeof(nint)));
        table[0] = (nint)(delegate* unmanaged<nint, Guid*, nint*, int>)&Query;
        table[1] = table[2] = (nint)(delegate* unmanaged<nint, uint>)&Count;
        for (var i = 0; i < methods; i++) table[OwnSlots + i] = (nint)(delegate* unmanaged<nint, nint, int>)&GoOn;
        var one = (nint*)NativeMemory.Alloc((nuint)sizeof(nint));
        *one = (nint)table;
        return (nint)one;
    }

    [UnmanagedCallersOnly]
    private static int Query(nint self, Guid* id, nint* found)
    {
        string[] known = ["3d6f5f60-7538-11d3-8d5b-00104b35e7ef", "250e5eea-db5c-4c76-b6f3-8c46f12e3203", "264ea0fc-2591-49aa-868e-835e6515323f", "322911ae-16a5-49ba-84a3-ed69678138a3"];
        var at = Array.IndexOf(known, id->ToString());
        if (*id == new Guid("00000000-0000-0000-c000-000000000046")) at = 0;
        *found = at < 0 ? 0 : _objects[at];
        return at < 0 ? unchecked((int)0x80004002) : 0;
    }

    [UnmanagedCallersOnly]
    private static uint Count(nint self) => 1;

    [UnmanagedCallersOnly]
    private static int GoOn(nint self, nint controller)
    {
        if (controller != 0) new Com(controller).Call(Continue, 0, "Continue");
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int OnExit(nint self, nint process) => 0;

    [UnmanagedCallersOnly]
    private static int OnModule(nint self, nint controller, nint module)
    {
        Loaded?.Invoke(new Com(module));
        new Com(controller).Call(Continue, 0, "Continue");
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int OnBreakpoint(nint self, nint controller, nint thread, nint breakpoint)
    {
        var at = new Com(thread);
        at.Hold();
        Stopped?.Invoke(at);
        return 0;
    }
}
