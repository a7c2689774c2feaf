using System.Runtime.ExceptionServices;

namespace Galley.Store.Embedded;

/// <summary>
/// The durable store in one folder, over RocksDB. Writes run one after the other against the newest state and go to the log at once;
/// whoever comes first flushes the log for all that wait (one fsync a group). Reads see the last state that was flushed, so nothing
/// that a crash could take back is ever shown or acknowledged.
/// </summary>
public sealed class RocksStore : IStore
{
    private readonly nint _db, _newest, _writeOptions, _batch, _cache;
    private readonly SemaphoreSlim _writer = new(1);
    private readonly Lock _gate = new();
    private Flushed _flushed;
    private TaskCompletionSource? _flushing;
    private long _written, _durable;
    private int _active;
    private TaskCompletionSource? _idle;
    private ExceptionDispatchInfo? _broken;
    private bool _closed;

    /// <param name="folder">Made when missing. One process at a time.</param>
    /// <param name="cacheBytes">Block cache.</param>
    /// <exception cref="IOException">The folder is in use, damaged or not writable; RocksDB's words.</exception>
    public RocksStore(string folder, long cacheBytes = 64 << 20)
    {
        var options = RocksDb.OptionsCreate();
        var table = RocksDb.TableOptionsCreate();
        _cache = RocksDb.CacheCreateLru((nuint)cacheBytes);
        RocksDb.TableOptionsSetFilterPolicy(table, RocksDb.BloomFilterCreate(10));
        RocksDb.TableOptionsSetBlockCache(table, _cache);
        RocksDb.OptionsSetBlockBasedTableFactory(options, table);
        RocksDb.OptionsSetCreateIfMissing(options, 1);
        RocksDb.OptionsSetWriteBufferSize(options, 32 << 20);
        RocksDb.OptionsSetMaxOpenFiles(options, 256);
        RocksDb.OptionsSetKeepLogFileNum(options, 2);
        RocksDb.OptionsSetCompression(options, 0);
        _db = RocksDb.Open(options, folder, out var error);
        RocksDb.TableOptionsDestroy(table);
        RocksDb.OptionsDestroy(options);
        RocksDb.Check(error);
        _newest = RocksDb.ReadOptionsCreate();
        _writeOptions = RocksDb.WriteOptionsCreate();
        _batch = RocksDb.BatchCreate();
        _flushed = new Flushed(_db);
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

    public async ValueTask<T> Write<T>(Func<ITransaction, ValueTask<T>> write)
    {
        var held = Enter(); // until the flush: a store that is being closed waits for it
        try
        {
            return await WriteThrough(write);
        }
        finally
        {
            Leave(held);
        }
    }

    private async ValueTask<T> WriteThrough<T>(Func<ITransaction, ValueTask<T>> write)
    {
        T result = default!;
        ExceptionDispatchInfo? thrown = null;
        long position;
        await _writer.WaitAsync();
        try
        {
            _broken?.Throw();
            var transaction = new Transaction(new View(_db, _newest));
            try
            {
                result = await write(transaction);
            }
            catch (Exception e)
            {
                thrown = ExceptionDispatchInfo.Capture(e);
            }
            finally
            {
                transaction.End();
            }

            // A lambda that threw or changed nothing has seen what others wrote, and tells it: that must be on the disk first, too.
            position = thrown is null && transaction.Changes.Count > 0 ? Append(transaction) : _written;
        }
        finally
        {
            _writer.Release();
        }

        await Durable(position);
        thrown?.Throw();
        return result;
    }

    public ValueTask Clear() => this.Write(async transaction =>
    {
        var keys = new List<byte[]>();
        await foreach (var entry in transaction.Range([], [0xFF, 0xFF, 0xFF, 0xFF])) keys.Add(entry.Key);
        foreach (var key in keys) transaction.Delete(key);
    });

    public async ValueTask DisposeAsync()
    {
        Task idle;
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            idle = _active == 0 ? Task.CompletedTask : (_idle = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        await idle;
        _flushed.Release();
        RocksDb.BatchDestroy(_batch);
        RocksDb.WriteOptionsDestroy(_writeOptions);
        RocksDb.ReadOptionsDestroy(_newest);
        RocksDb.Close(_db);
        RocksDb.CacheDestroy(_cache);
    }

    /// <summary>Puts the changes into the log, not yet flushed. The writer is held.</summary>
    private long Append(Transaction transaction)
    {
        RocksDb.BatchClear(_batch);
        foreach (var (key, value) in transaction.Changes)
            if (value is null) RocksDb.Delete(_batch, key);
            else RocksDb.Put(_batch, key, value);
        lock (_gate)
        {
            try
            {
                RocksDb.Write(_db, _writeOptions, _batch);
            }
            catch (IOException e)
            {
                _broken = ExceptionDispatchInfo.Capture(e);
                throw;
            }

            return ++_written;
        }
    }

    /// <summary>Returns when all up to <paramref name="position"/> is on the disk. The first to come flushes for everyone.</summary>
    private async ValueTask Durable(long position)
    {
        while (true)
        {
            TaskCompletionSource done;
            Flushed? next = null;
            long target = 0;
            lock (_gate)
            {
                _broken?.Throw();
                if (_durable >= position) return;
                if (_flushing is null)
                {
                    _flushing = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    next = new Flushed(_db); // the state of exactly this position: writers also hold the gate
                    target = _written;
                }

                done = _flushing;
            }

            if (next is null) await done.Task;
            else Flush(next, target, done);
        }
    }

    private void Flush(Flushed next, long target, TaskCompletionSource done)
    {
        try
        {
            RocksDb.SyncLog(_db);
            lock (_gate)
            {
                (_flushed, next) = (next, _flushed);
                _durable = target;
            }
        }
        catch (IOException e)
        {
            // After a failed fsync nobody knows what the disk holds (security §0): acknowledge nothing any more.
            lock (_gate) _broken = ExceptionDispatchInfo.Capture(e);
        }

        next.Release();
        lock (_gate) _flushing = null;
        done.SetResult();
    }

    private Flushed Enter()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _active++;
            _flushed.Hold();
            return _flushed;
        }
    }

    private void Leave(Flushed state)
    {
        state.Release();
        lock (_gate)
            if (--_active == 0)
                _idle?.TrySetResult();
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

        public void Hold() => Interlocked.Increment(ref _holders);

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

    /// <summary>The newest state with this transaction's own changes over it.</summary>
    private sealed class Transaction(View below) : ITransaction
    {
        private static readonly Comparer<byte[]> Bytes = Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

        /// <summary>By key; null for a deletion.</summary>
        public SortedList<byte[], byte[]?> Changes { get; } = new(Bytes);

        public void End() => below.End();

        public void Put(byte[] key, byte[] value) => Changes[key] = value;

        public void Delete(byte[] key) => Changes[key] = null;

        public ValueTask<byte[]?> Get(byte[] key) => Changes.Count > 0 && Changes.TryGetValue(key, out var changed) ? new(changed) : below.Get(key);

        public IAsyncEnumerable<Entry> Range(byte[] from, byte[] to, bool descending = false)
        {
            var changes = Changes.Where(change => Bytes.Compare(change.Key, from) >= 0 && Bytes.Compare(change.Key, to) < 0).ToList();
            if (changes.Count == 0) return below.Range(from, to, descending);
            if (descending) changes.Reverse();
            return Merged(below.Range(from, to, descending), changes, descending ? -1 : 1);
        }

        private static async IAsyncEnumerable<Entry> Merged(IAsyncEnumerable<Entry> stored, List<KeyValuePair<byte[], byte[]?>> changes, int direction)
        {
            var at = 0;
            await foreach (var entry in stored)
            {
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
