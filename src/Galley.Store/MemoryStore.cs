using System.Collections.Immutable;

namespace Galley.Store;

/// <summary>The store in memory, for tests and `--in-memory`: an immutable sorted set, so a snapshot is a reference.</summary>
public sealed class MemoryStore : IStore
{
    private static readonly ImmutableSortedSet<Entry> Empty =
        ImmutableSortedSet.Create<Entry>(Comparer<Entry>.Create((a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key)));

    private readonly SemaphoreSlim _writer = new(1);
    private volatile ImmutableSortedSet<Entry> _state = Empty;

    public ValueTask<T> Read<T>(Func<ISnapshot, ValueTask<T>> read) => read(new View(_state));

    public async ValueTask<T> Write<T>(Func<ITransaction, ValueTask<T>> write)
    {
        await _writer.WaitAsync();
        try
        {
            var view = new View(_state);
            var result = await write(view);
            _state = view.State;
            return result;
        }
        finally
        {
            _writer.Release();
        }
    }

    public async ValueTask Clear()
    {
        await _writer.WaitAsync();
        _state = Empty;
        _writer.Release();
    }

    /// <summary>Everything as it is now. It costs nothing: what is later written leaves it as it was.</summary>
    public MemoryImage Take() => new(_state);

    /// <summary>Puts back what an image holds.</summary>
    /// <param name="image">Of this store or of another one.</param>
    /// <param name="spared">Prefixes of keys that stay as they are now.</param>
    public async ValueTask PutBack(MemoryImage image, IReadOnlyList<byte[]> spared)
    {
        await _writer.WaitAsync();
        try
        {
            var state = (ImmutableSortedSet<Entry>)image.State;
            foreach (var prefix in spared)
                await foreach (var entry in new View(_state).Range(prefix, Key.After(prefix)))
                    if (!state.Contains(entry))
                        state = state.Add(entry);
            _state = state;
        }
        finally
        {
            _writer.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        _writer.Dispose();
        return ValueTask.CompletedTask;
    }

    private sealed class View(ImmutableSortedSet<Entry> state) : ITransaction
    {
        public ImmutableSortedSet<Entry> State { get; private set; } = state;

        public ValueTask<byte[]?> Get(byte[] key) => new(State.TryGetValue(new Entry(key, []), out var found) ? found.Value : null);

        public void Put(byte[] key, byte[] value)
        {
            var entry = new Entry(key, value);
            State = State.Remove(entry).Add(entry);
        }

        public void Delete(byte[] key) => State = State.Remove(new Entry(key, []));

#pragma warning disable CS1998 // the seam is asynchronous for stores across a network; this one has nothing to wait for
        public async IAsyncEnumerable<Entry> Range(byte[] from, byte[] to, bool descending = false)
#pragma warning restore CS1998
        {
            var state = State;
            int first = Position(state, from), end = Position(state, to);
            if (descending)
                for (var at = end - 1; at >= first; at--) yield return state[at];
            else
                for (var at = first; at < end; at++) yield return state[at];
        }

        private static int Position(ImmutableSortedSet<Entry> state, byte[] key)
        {
            var at = state.IndexOf(new Entry(key, []));
            return at < 0 ? ~at : at;
        }
    }
}

/// <summary>A <see cref="MemoryStore"/> as it was at one moment; it may be put back any number of times, into any number of stores.</summary>
public sealed class MemoryImage
{
    internal MemoryImage(object state) => State = state;

    internal object State { get; }
}
