namespace Galley.Lambda.Invoke;

/// <summary>Which functions are run by delegates of the program that hosts Galley instead of processes of their own code.</summary>
internal sealed class Delegates(Action<FunctionRef> changed)
{
    private readonly Dictionary<FunctionRef, FunctionStreamHandler> _handlers = [];
    private readonly Lock _gate = new();

    /// <summary>From now on until it is disposed; a later one for the same function takes its place.</summary>
    public IDisposable Use(FunctionRef function, FunctionStreamHandler handler)
    {
        lock (_gate) _handlers[function] = handler;
        changed(function);
        return new Registration(this, function, handler);
    }

    /// <summary>The delegate for a version: its own, or that of the whole function; null when its code is to run.</summary>
    public FunctionStreamHandler? For(FunctionRecord function)
    {
        lock (_gate) return _handlers.GetValueOrDefault(function.Reference(function.Version)) ?? _handlers.GetValueOrDefault(function.Reference());
    }

    private sealed class Registration(Delegates delegates, FunctionRef function, FunctionStreamHandler handler) : IDisposable
    {
        public void Dispose()
        {
            lock (delegates._gate)
                if (!delegates._handlers.TryGetValue(function, out var now) || now != handler || !delegates._handlers.Remove(function))
                    return;
            delegates.Changed(function);
        }
    }

    private void Changed(FunctionRef function) => changed(function);
}
