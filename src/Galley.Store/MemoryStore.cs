using System.Collections.Immutable;

namespace Galley.Store;

/// <summary>The store in memory, for tests and `--in-memory`: an immutable sorted set, so a snapshot is a reference.</summary>
public sealed class MemoryStore : IStore
{
    private static readonly ImmutableSortedSet<Entry> Empty =
        ImmutableSortedSet.Create<Entry>(Comparer<Entry>.Create((a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key)));

    private readonly SemaphoreSlim _writer = new(1);
    private volatile View _shown = new(Empty, 0);

    public event Action<IEnumerable<byte[]>, long>? Changing;

    public IKeepValues? Kept { get; set; }

    public ValueTask<T> Read<T>(Func<ISnapshot, ValueTask<T>> read)
    {
        var shown = _shown; // once: entries and number of the same state
        return read(new View(shown.Entries, shown.State) { Kept = Kept });
    }

    public async ValueTask<T> Write<T>(Func<ITransaction, ValueTask<T>> write)
    {
        await _writer.WaitAsync();
        try
        {
            var view = new View(_shown.Entries, _shown.State);
            var result = await write(view);
            if (view.Changed.Count > 0) Show(view.Entries, view.Changed);
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
        Replace(Empty);
        _writer.Release();
    }

    /// <summary>Everything as it is now. It costs nothing: what is later written leaves it as it was.</summary>
    public MemoryImage Take() => new(_shown.Entries);

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
                await foreach (var entry in _shown.Range(prefix, Key.After(prefix)))
                    if (!state.Contains(entry))
                        state = state.Add(entry);
            Replace(state);
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

    private void Replace(ImmutableSortedSet<Entry> entries) => Show(entries, _shown.Entries.Concat(entries).Select(entry => entry.Key));

    private void Show(ImmutableSortedSet<Entry> entries, IEnumerable<byte[]> changed)
    {
        var next = new View(entries, _shown.State + 1);
        Changing?.Invoke(changed, next.State);
        _shown = next;
    }

    private sealed class View(ImmutableSortedSet<Entry> entries, long state) : ITransaction
    {
        public ImmutableSortedSet<Entry> Entries { get; private set; } = entries;

        public long State => state;

        public IKeepValues? Kept { get; init; }

        /// <summary>The keys that were put or deleted.</summary>
        public List<byte[]> Changed { get; } = [];

        public ValueTask<byte[]?> Get(byte[] key) => new(Entries.TryGetValue(new Entry(key, []), out var found) ? found.Value : null);

        public void Put(byte[] key, byte[] value)
        {
            var entry = new Entry(key, value);
            Entries = Entries.Remove(entry).Add(entry);
            Changed.Add(key);
        }

        public void Delete(byte[] key)
        {
            Entries = Entries.Remove(new Entry(key, []));
            Changed.Add(key);
        }

#pragma warning disable CS1998 // the seam is asynchronous for stores across a network; this one has nothing to wait for
        public async IAsyncEnumerable<Entry> Range(byte[] from, byte[] to, bool descending = false)
#pragma warning restore CS1998
        {
            var all = Entries;
            int first = Position(all, from), end = Position(all, to);
            if (descending)
                for (var at = end - 1; at >= first; at--) yield return all[at];
            else
                for (var at = first; at < end; at++) yield return all[at];
        }

        private static int Position(ImmutableSortedSet<Entry> all, byte[] key)
        {
            var at = all.IndexOf(new Entry(key, []));
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
