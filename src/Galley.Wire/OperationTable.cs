namespace Galley.Wire;

/// <summary>
/// A service's operations by name. They are added when one is first asked for: all services together have 500, and a program that starts
/// needs none of them (decision 0026).
/// </summary>
internal sealed class OperationTable
{
    private readonly Dictionary<string, Operation> _operations = [];
    private readonly Lock _gate = new();
    private Action? _later;

    /// <summary>All of them, added by now.</summary>
    public IReadOnlyDictionary<string, Operation> All
    {
        get
        {
            if (Volatile.Read(ref _later) is not null) Fill();
            return _operations;
        }
    }

    /// <summary>Null for a name that none has.</summary>
    public Operation? Find(ReadOnlySpan<char> name)
    {
        _ = All;
        return _operations.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var operation) ? operation : null;
    }

    public void Later(Action add) => _later += add;

    public void Add(Operation operation) => _operations.Add(operation.Name, operation);

    /// <summary>In the place of the one that has its name.</summary>
    public void Replace(Operation operation) => _operations[operation.Name] = operation;

    private void Fill()
    {
        lock (_gate)
        {
            if (_later is not { } add) return;
            add();
            Volatile.Write(ref _later, null); // now, as others look without the lock
        }
    }
}
