namespace Galley.Store.Embedded;

/// <summary>A flushed state that readers share; released by the last of them.</summary>
internal sealed class Flushed
{
    private readonly nint _db, _snapshot;
    private int _holders = 1;

    public Flushed(nint db, long state)
    {
        _db = db;
        State = state;
        _snapshot = RocksDb.CreateSnapshot(db);
        Options = RocksDb.ReadOptionsCreate();
        RocksDb.ReadOptionsSetSnapshot(Options, _snapshot);
    }

    public nint Options { get; }

    public long State { get; }

    /// <summary>False when the last holder has let go.</summary>
    public bool TryHold()
    {
        for (var holders = Volatile.Read(ref _holders); holders > 0;)
        {
            var seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders) return true;
            holders = seen;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) > 0) return;
        RocksDb.ReadOptionsDestroy(Options);
        RocksDb.ReleaseSnapshot(_db, _snapshot);
    }
}

/// <summary>What readers see of a flushed state, or the writing thread of the newest.</summary>
/// <param name="recent">The writing thread's own.</param>
internal sealed class RocksView(nint db, nint options, long state, Recent? recent = null) : ISnapshot
{
    private bool _ended;

    public long State => state;

    public IKeepValues? Kept { get; init; }

    public void End() => _ended = true;

    public ValueTask<byte[]?> Get(byte[] key)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        if (recent is null) return new(RocksDb.Get(db, options, key));
        if (recent.TryGet(key, out var known)) return new(known);
        var value = RocksDb.Get(db, options, key);
        recent.Keep(key, value);
        return new(value);
    }

#pragma warning disable CS1998 // the seam is asynchronous for stores across a network
    public async IAsyncEnumerable<Entry> Range(byte[] from, byte[] to, bool descending = false)
#pragma warning restore CS1998
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        var iterator = RocksDb.CreateIterator(db, options);
        try
        {
            if (descending) SeekBefore(iterator, to);
            else RocksDb.Seek(iterator, from);
            while (RocksDb.IteratorValid(iterator) != 0 && Inside(iterator, descending ? from : to, descending))
            {
                yield return new Entry(RocksDb.IteratorKey(iterator).ToArray(), RocksDb.IteratorValue(iterator).ToArray());
                ObjectDisposedException.ThrowIf(_ended, this);
                if (descending) RocksDb.IteratorPrevious(iterator);
                else RocksDb.IteratorNext(iterator);
            }

            RocksDb.CheckIterator(iterator);
        }
        finally
        {
            RocksDb.IteratorDestroy(iterator);
        }
    }

    public ValueTask Visit(byte[] from, byte[] to, bool descending, EntryVisitor visit)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        var iterator = RocksDb.CreateIterator(db, options);
        try
        {
            if (descending) SeekBefore(iterator, to);
            else RocksDb.Seek(iterator, from);
            var bound = descending ? from : to;
            while (RocksDb.IteratorValid(iterator) != 0)
            {
                var key = RocksDb.IteratorKey(iterator);
                var order = key.SequenceCompareTo(bound);
                if (descending ? order < 0 : order >= 0) return default;
                if (!visit(key, RocksDb.IteratorValue(iterator))) return default;
                if (descending) RocksDb.IteratorPrevious(iterator);
                else RocksDb.IteratorNext(iterator);
            }

            RocksDb.CheckIterator(iterator);
            return default;
        }
        finally
        {
            RocksDb.IteratorDestroy(iterator);
        }
    }

    /// <summary>`to` itself does not belong to the range.</summary>
    private static void SeekBefore(nint iterator, byte[] to)
    {
        RocksDb.SeekForPrevious(iterator, to);
        if (RocksDb.IteratorValid(iterator) != 0 && RocksDb.IteratorKey(iterator).SequenceEqual(to)) RocksDb.IteratorPrevious(iterator);
    }

    private static bool Inside(nint iterator, byte[] bound, bool descending)
    {
        var order = RocksDb.IteratorKey(iterator).SequenceCompareTo(bound);
        return descending ? order >= 0 : order < 0;
    }
}
