using System.Runtime.ExceptionServices;

namespace Galley.Store.Embedded;

/// <summary>
/// The durable store in one folder, over RocksDB. One thread runs the writes, one after the other against the newest state; what waits
/// when it comes round goes to the log together, under one fsync (decision 0002). Reads see the last state that was flushed, so nothing
/// that a crash could take back is ever shown or acknowledged.
/// </summary>
public sealed class RocksStore : IStore
{
    private readonly nint _db, _newest, _durably, _batch, _cache;
    private readonly object _gate = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<Commit> _waiting = [], _group = [];
    private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Flushed _flushed;
    private int _reading;
    private volatile bool _closed;

    /// <param name="folder">Made when missing. One process at a time.</param>
    /// <param name="cacheBytes">Block cache.</param>
    /// <param name="writeBufferBytes">What is gathered in memory before it becomes a file.</param>
    /// <exception cref="IOException">The folder is in use, damaged or not writable; RocksDB's words.</exception>
    public RocksStore(string folder, long cacheBytes = 64 << 20, long writeBufferBytes = 32 << 20)
    {
        var options = RocksDb.OptionsCreate();
        var table = RocksDb.TableOptionsCreate();
        _cache = RocksDb.CacheCreateLru((nuint)cacheBytes);
        RocksDb.TableOptionsSetFilterPolicy(table, RocksDb.BloomFilterCreate(10));
        RocksDb.TableOptionsSetBlockCache(table, _cache);
        RocksDb.OptionsSetBlockBasedTableFactory(options, table);
        RocksDb.OptionsSetCreateIfMissing(options, 1);
        RocksDb.OptionsSetWriteBufferSize(options, (nuint)writeBufferBytes);
        RocksDb.OptionsSetMaxOpenFiles(options, 256);
        RocksDb.OptionsSetKeepLogFileNum(options, 2);
        RocksDb.OptionsSetCompression(options, 0);
        RocksDb.OptionsSetAllowConcurrentMemtableWrite(options, 0); // one thread writes
        // A start does no more than it must: no table is written from the log, no statistics are gathered.
        RocksDb.OptionsSetAvoidFlushDuringRecovery(options, 1);
        RocksDb.OptionsSetSkipStatsUpdateOnOpen(options, 1);
        RocksDb.OptionsSetStatsDumpPeriod(options, 0);
        RocksDb.OptionsSetStatsPersistPeriod(options, 0);
        _db = RocksDb.Open(options, folder, out var error);
        RocksDb.TableOptionsDestroy(table);
        RocksDb.OptionsDestroy(options);
        RocksDb.Check(error);
        Disk.FlushName(Path.GetFullPath(folder));
        _newest = RocksDb.ReadOptionsCreate();
        _durably = RocksDb.WriteOptionsCreate();
        RocksDb.WriteOptionsSetSync(_durably, 1);
        _batch = RocksDb.BatchCreate();
        _flushed = new Flushed(_db);
        new Thread(WriteAll) { IsBackground = true, Name = "Galley store" }.Start();
    }

    public async ValueTask<T> Read<T>(Func<ISnapshot, ValueTask<T>> read)
    {
        var state = Enter();
        var view = new View(_db, state.Options);
        try
        {
            return await read(view);
        }
        finally
        {
            view.End();
            Leave(state);
        }
    }

    public ValueTask<T> Write<T>(Func<ITransaction, ValueTask<T>> write)
    {
        var commit = new Commit<T>(write);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _waiting.Add(commit);
            if (_waiting.Count == 1) Monitor.Pulse(_gate);
        }

        return new(commit.Result);
    }

    public ValueTask Clear() => this.Write(async transaction =>
    {
        var keys = new List<byte[]>();
        await foreach (var entry in transaction.Range([], [0xFF, 0xFF, 0xFF, 0xFF])) keys.Add(entry.Key);
        foreach (var key in keys) transaction.Delete(key);
    });

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            Monitor.Pulse(_gate);
        }

        if (Interlocked.CompareExchange(ref _reading, 0, 0) == 0) _read.TrySetResult();
        await _stopped.Task;
        await _read.Task;
        _flushed.Release();
        RocksDb.BatchDestroy(_batch);
        RocksDb.WriteOptionsDestroy(_durably);
        RocksDb.ReadOptionsDestroy(_newest);
        RocksDb.Close(_db);
        RocksDb.CacheDestroy(_cache);
    }

    /// <summary>The writing thread: runs what waits, flushes it, answers it; ends when the store is closed and nothing waits.</summary>
    private void WriteAll()
    {
        ExceptionDispatchInfo? broken = null;
        while (Next() is { } group)
        {
            if (broken is null)
            {
                var changes = new Overlay(new View(_db, _newest));
                foreach (var commit in group) commit.Run(changes);
                try
                {
                    if (changes.Changes.Count > 0) Flush(changes);
                }
                catch (IOException e)
                {
                    // After a failed fsync nobody knows what the disk holds (security §0): acknowledge nothing any more.
                    broken = ExceptionDispatchInfo.Capture(e);
                }
            }

            foreach (var commit in group) commit.Answer(broken);
            group.Clear();
        }

        _stopped.SetResult();
    }

    private List<Commit>? Next()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_closed) return null;
                Monitor.Wait(_gate);
            }

            (_group, _waiting) = (_waiting, _group);
            return _group;
        }
    }

    /// <summary>Puts the changes into the log and on the disk, then shows them to readers.</summary>
    private void Flush(Overlay changes)
    {
        RocksDb.BatchClear(_batch);
        foreach (var (key, value) in changes.Changes)
            if (value is null) RocksDb.Delete(_batch, key);
            else RocksDb.Put(_batch, key, value);
        RocksDb.Write(_db, _durably, _batch);
        var next = new Flushed(_db);
        var last = _flushed;
        _flushed = next;
        last.Release();
    }

    /// <summary>Readers take no lock: they count themselves, and hold the state they read. One that is let go at this moment is not held; the next is there already.</summary>
    private Flushed Enter()
    {
        Interlocked.Increment(ref _reading);
        if (_closed)
        {
            CountOut();
            ObjectDisposedException.ThrowIf(_closed, this);
        }

        while (true)
            if (_flushed is var state && state.TryHold())
                return state;
    }

    private void Leave(Flushed state)
    {
        state.Release();
        CountOut();
    }

    private void CountOut()
    {
        if (Interlocked.Decrement(ref _reading) == 0 && _closed) _read.TrySetResult();
    }

    /// <summary>A write that waits for its turn and its flush.</summary>
    private abstract class Commit
    {
        /// <summary>Runs the write over the changes of those before it, and adds its own to them unless it throws.</summary>
        public abstract void Run(Overlay group);

        public abstract void Answer(ExceptionDispatchInfo? broken);
    }

    private sealed class Commit<T>(Func<ITransaction, ValueTask<T>> write) : Commit
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Exception? _thrown;
        private T? _result;

        public Task<T> Result => _done.Task;

        public override void Run(Overlay group)
        {
            var transaction = new Overlay(group);
            try
            {
                var writing = write(transaction);
                _result = writing.IsCompleted ? writing.Result : writing.AsTask().GetAwaiter().GetResult(); // a write waits for nothing, so it is
                transaction.AddTo(group);
            }
            catch (Exception e)
            {
                _thrown = e;
            }

            transaction.End();
        }

        public override void Answer(ExceptionDispatchInfo? broken)
        {
            if ((broken?.SourceException ?? _thrown) is { } problem) _done.SetException(problem);
            else _done.SetResult(_result!);
        }
    }

    /// <summary>A flushed state that readers share; released by the last of them.</summary>
    private sealed class Flushed
    {
        private readonly nint _db, _snapshot;
        private int _holders = 1;

        public Flushed(nint db)
        {
            _db = db;
            _snapshot = RocksDb.CreateSnapshot(db);
            Options = RocksDb.ReadOptionsCreate();
            RocksDb.ReadOptionsSetSnapshot(Options, _snapshot);
        }

        public nint Options { get; }

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

    private sealed class View(nint db, nint options) : ISnapshot
    {
        private bool _ended;

        public void End() => _ended = true;

        public ValueTask<byte[]?> Get(byte[] key)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            return new(RocksDb.Get(db, options, key));
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

    /// <summary>A state with changes over it that are not in the store yet: those of a group of writes, and of one write over them.</summary>
    private sealed class Overlay(ISnapshot below) : ITransaction
    {
        private static readonly Comparer<byte[]> Bytes = Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));
        private bool _ended;

        /// <summary>By key; null for a deletion.</summary>
        public SortedList<byte[], byte[]?> Changes { get; } = new(Bytes);

        public void End() => _ended = true;

        public void AddTo(Overlay other)
        {
            foreach (var (key, value) in Changes) other.Changes[key] = value;
        }

        public void Put(byte[] key, byte[] value) => Changes[key] = value;

        public void Delete(byte[] key) => Changes[key] = null;

        public ValueTask<byte[]?> Get(byte[] key)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            return Changes.Count > 0 && Changes.TryGetValue(key, out var changed) ? new(changed) : below.Get(key);
        }

        public IAsyncEnumerable<Entry> Range(byte[] from, byte[] to, bool descending = false)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            int first = Position(from), end = Position(to);
            if (first >= end) return below.Range(from, to, descending);
            var changes = new List<KeyValuePair<byte[], byte[]?>>(end - first);
            for (var at = first; at < end; at++) changes.Add(new(Changes.Keys[at], Changes.Values[at]));
            if (descending) changes.Reverse();
            return Merged(below.Range(from, to, descending), changes, descending ? -1 : 1);
        }

        /// <summary>How many changed keys stand before <paramref name="key"/>.</summary>
        private int Position(byte[] key)
        {
            int low = 0, high = Changes.Count;
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (Bytes.Compare(Changes.Keys[middle], key) < 0) low = middle + 1;
                else high = middle;
            }

            return low;
        }

        private async IAsyncEnumerable<Entry> Merged(IAsyncEnumerable<Entry> stored, List<KeyValuePair<byte[], byte[]?>> changes, int direction)
        {
            var at = 0;
            await foreach (var entry in stored)
            {
                ObjectDisposedException.ThrowIf(_ended, this);
                for (; at < changes.Count && Bytes.Compare(changes[at].Key, entry.Key) * direction < 0; at++)
                    if (changes[at].Value is { } added)
                        yield return new Entry(changes[at].Key, added);
                if (at < changes.Count && Bytes.Compare(changes[at].Key, entry.Key) == 0)
                {
                    if (changes[at].Value is { } replaced) yield return new Entry(entry.Key, replaced);
                    at++;
                }
                else yield return entry;
            }

            for (; at < changes.Count; at++)
                if (changes[at].Value is { } added)
                    yield return new Entry(changes[at].Key, added);
        }
    }
}
