using System.Collections.Concurrent;
using System.IO.Hashing;
using Galley.Store;

namespace Galley;

/// <summary>
/// What is read again and again, kept above the store: an app lists the same partition, scans the same small table or gets the same object
/// many times between two writes. A page or a value is kept when it is asked for a second time without a change between, so that what is
/// read once costs nothing and drives nothing out (decision 0025).
/// </summary>
/// <remarks>
/// A kept page is never older than what anybody has seen or been told. It carries the number of the state it was read from; the store tells
/// the keys of every commit, and the state it makes, before it shows that state (<see cref="IStore.Changing"/>), and here the state is noted
/// for the key and for what else hangs on it (<see cref="GroupsOf"/>: its partition, the whole table or index). A reader takes the page only when nothing has been noted after either the page's
/// state or the reader's own. Places are shared by hash: a change of something else may cost a page, never keep one.
/// </remarks>
internal sealed class ReadCache : IKeepValues
{
    private const int Places = 1 << 16, Slots = 1 << 14, Overhead = 400, OneValue = -1;
    private static readonly object Nothing = new();
    private readonly long _mostBytes, _seed;
    private readonly bool _everyPage;
    private readonly long[] _changed; // the last state that changed what shares the place
    private readonly long[] _seen = new long[Slots];
    private readonly ConcurrentDictionary<ReadKey, Kept> _pages = new();
    private readonly LinkedList<Kept> _order = [];
    private readonly Lock _gate = new();
    private long _bytes;

    /// <param name="store">Tells of changes.</param>
    /// <param name="mostBytes">Of what is kept; 0 for nothing.</param>
    /// <param name="everyPage">Keep at first sight (tests).</param>
    /// <param name="seed">Of the hashes, so that nobody outside finds keys that share a place.</param>
    public ReadCache(IStore store, long mostBytes, bool everyPage, long seed)
    {
        (_mostBytes, _everyPage, _seed) = (mostBytes, everyPage, seed);
        _changed = _mostBytes > 0 ? new long[Places] : [];
        if (_mostBytes <= 0) return;
        store.Changing += Note;
        store.Kept = this;
    }

    /// <summary>How much of a key names its table or index, and its partition, which a change of it changes too; 0 where it has none.</summary>
    public Func<byte[], (int Table, int Partition)>? GroupsOf { get; set; }

    /// <summary>Bytes that are kept now, pages and what finds them.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The place of a page.</summary>
    /// <param name="group">How much of the keys names what the page hangs on.</param>
    /// <param name="from">First key, as the store reads the page.</param>
    /// <param name="to">The key behind the last.</param>
    /// <param name="descending">From the end.</param>
    /// <param name="limit">Items at most, if the request says.</param>
    public ReadKey KeyOf(int group, byte[] from, byte[] to, bool descending, int? limit)
    {
        var hash = XxHash3.HashToUInt64(from, _seed) * 31 + XxHash3.HashToUInt64(to, _seed);
        return new(from, to, descending, limit ?? 0, group, hash * 31 + (uint)(limit ?? 0) * 2 + (descending ? 1u : 0));
    }

    /// <summary>The place of one value, by its key in the store.</summary>
    public ReadKey KeyOf(byte[] key) => new(key, key, Descending: false, OneValue, key.Length, XxHash3.HashToUInt64(key, _seed));

    /// <inheritdoc />
    /// <remarks>That there is none is kept, too. Everybody who asks for a key makes the same of it.</remarks>
    public ValueTask<T?> Get<T>(ISnapshot snapshot, byte[] key, Func<byte[], T> read) where T : class
    {
        var place = KeyOf(key);
        return Find<object>(place, snapshot.State, out var wanted) is { } kept ? new(ReferenceEquals(kept, Nothing) ? null : (T)kept) : Made(snapshot, place, read, wanted);
    }

    /// <summary>What is kept, as a reader of this state would read it; null when nothing is.</summary>
    /// <typeparam name="T">Of what was given to <see cref="Keep"/>.</typeparam>
    /// <param name="wanted">Whether the reader is to give it to <see cref="Keep"/>.</param>
    public T? Find<T>(in ReadKey key, long state, out bool wanted) where T : class
    {
        wanted = false;
        if (_mostBytes <= 0) return null;
        var found = _pages.TryGetValue(key, out var kept);
        var changed = Volatile.Read(ref _changed[PlaceOf(key.From.AsSpan(0, key.Group))]);
        if (found && changed <= kept!.State && changed <= state)
        {
            kept.Used = true;
            return (T)kept.Value;
        }

        ref var slot = ref _seen[key.Hash % Slots];
        var sight = (long)key.Hash + changed;
        wanted = _everyPage || Volatile.Read(ref slot) == sight;
        Volatile.Write(ref slot, sight);
        return null;
    }

    /// <summary>Keeps a page or an item as it was read from a state.</summary>
    /// <param name="bytes">Its size in memory.</param>
    public void Keep(in ReadKey key, object value, int bytes, long state)
    {
        var kept = new Kept(key, value, state, bytes + key.From.Length + key.To.Length + Overhead);
        if (kept.Bytes > _mostBytes / 4) return;
        lock (_gate)
        {
            if (_pages.TryGetValue(key, out var old)) Drop(old);
            _pages[key] = kept;
            _order.AddLast(kept.Node);
            _bytes += kept.Bytes;
            for (var chances = _order.Count; _bytes > _mostBytes; chances--)
            {
                var first = _order.First!.Value;
                if (first.Used && chances > 0)
                {
                    first.Used = false;
                    _order.RemoveFirst();
                    _order.AddLast(first.Node);
                }
                else Drop(first);
            }
        }
    }

    public void Forget()
    {
        lock (_gate)
            while (_order.First is { } first)
                Drop(first.Value);
    }

    private async ValueTask<T?> Made<T>(ISnapshot snapshot, ReadKey place, Func<byte[], T> read, bool wanted) where T : class
    {
        var stored = await snapshot.Get(place.From);
        var value = stored is null ? null : read(stored);
        if (wanted) Keep(place, (object?)value ?? Nothing, 2 * stored?.Length ?? 0, snapshot.State);
        return value;
    }

    private void Drop(Kept kept)
    {
        _pages.TryRemove(kept.Key, out _);
        _order.Remove(kept.Node);
        _bytes -= kept.Bytes;
    }

    /// <summary>Before the state is shown.</summary>
    private void Note(IEnumerable<byte[]> keys, long state)
    {
        foreach (var key in keys)
        {
            Volatile.Write(ref _changed[PlaceOf(key)], state);
            if (GroupsOf?.Invoke(key) is not var (table, partition)) continue;
            if (table > 0) Volatile.Write(ref _changed[PlaceOf(key.AsSpan(0, table))], state);
            if (partition > 0) Volatile.Write(ref _changed[PlaceOf(key.AsSpan(0, partition))], state);
        }
    }

    private int PlaceOf(ReadOnlySpan<byte> group) => (int)(XxHash3.HashToUInt64(group, _seed) % Places);

    private sealed class Kept
    {
        public Kept(in ReadKey key, object value, long state, int bytes)
        {
            (Key, Value, State, Bytes) = (key, value, state, bytes);
            Node = new(this);
        }

        public ReadKey Key { get; }

        public object Value { get; }

        public long State { get; }

        public int Bytes { get; }

        public LinkedListNode<Kept> Node { get; }

        public bool Used { get; set; }
    }
}

/// <summary>What a page is a page of, a range of the store's keys and how it is read; or the one key of a value.</summary>
/// <param name="From">First key.</param>
/// <param name="To">The key behind the last.</param>
/// <param name="Descending">From the end.</param>
/// <param name="Limit">Items at most; 0 for as many as a page takes, -1 for the value of this key.</param>
/// <param name="Group">How much of the keys names the value, partition, table or index whose changes it hangs on.</param>
/// <param name="Hash">Of all of it.</param>
internal readonly record struct ReadKey(byte[] From, byte[] To, bool Descending, int Limit, int Group, ulong Hash)
{
    public bool Equals(ReadKey other)
        => Hash == other.Hash && Descending == other.Descending && Limit == other.Limit && From.AsSpan().SequenceEqual(other.From) && To.AsSpan().SequenceEqual(other.To);

    public override int GetHashCode() => Hash.GetHashCode();
}
