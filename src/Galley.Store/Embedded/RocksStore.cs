using System.Runtime.ExceptionServices;

namespace Galley.Store.Embedded;

/// <summary>
/// The durable store in one folder, over RocksDB. One thread runs the writes, one after the other against the newest state; what waits
/// when it comes round goes to the log together, under one fsync (decision 0002). Reads see the last state that was flushed, so nothing
/// that a crash could take back is ever shown or acknowledged.
/// </summary>
public sealed class RocksStore : IStore
{
    private const int TwoLevelIndex = 2; // BlockBasedTableOptions::kTwoLevelIndexSearch
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Of the writing thread: it begins a flush as soon as a write waits, not when the threads that prepare further ones are through.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(0.1);
    private readonly nint _db, _newest, _durably, _batch, _cache;
    private readonly object _gate = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<Commit> _waiting = [], _group = [];
    private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Flushed _flushed;
    private readonly Recent _recent = new();
    private int _reading;
    private volatile bool _closed;
    private Task? _closing;

    /// <param name="folder">Made when missing. One process at a time.</param>
    /// <param name="cacheBytes">What is kept of files in memory: their data, and what finds it.</param>
    /// <param name="writeBufferBytes">What is gathered in memory before it becomes a file.</param>
    /// <exception cref="IOException">The folder is in use, damaged or not writable; RocksDB's words.</exception>
    public RocksStore(string folder, long cacheBytes = 64 << 20, long writeBufferBytes = 32 << 20)
    {
        var options = RocksDb.OptionsCreate();
        var table = RocksDb.TableOptionsCreate();
        _cache = RocksDb.CacheCreateHyperClock((nuint)cacheBytes, 0); // takes no lock
        RocksDb.TableOptionsSetFilterPolicy(table, RocksDb.BloomFilterCreate(10));
        RocksDb.TableOptionsSetBlockCache(table, _cache);
        // What finds a block lies in the cache too, in pieces, so that memory does not grow with the data; its keys, which begin alike, are told by what differs.
        RocksDb.TableOptionsSetCacheIndexAndFilterBlocks(table, 1);
        RocksDb.TableOptionsSetIndexType(table, TwoLevelIndex);
        RocksDb.TableOptionsSetPartitionFilters(table, 1);
        RocksDb.TableOptionsSetIndexRestartInterval(table, 16);
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
        try
        {
            _db = Open(options, folder);
        }
        finally
        {
            RocksDb.TableOptionsDestroy(table);
            RocksDb.OptionsDestroy(options);
        }

        Disk.FlushName(Path.GetFullPath(folder));
        _newest = RocksDb.ReadOptionsCreate();
        _durably = RocksDb.WriteOptionsCreate();
        RocksDb.WriteOptionsSetSync(_durably, 1);
        _batch = RocksDb.BatchCreate();
        _flushed = new Flushed(_db, 0);
        new Thread(WriteAll) { IsBackground = true, Name = "Galley store" }.Start();
        AppDomain.CurrentDomain.ProcessExit += CloseAtExit;
    }

    private static nint Open(nint options, string folder)
    {
        try
        {
            return Try();
        }
        catch (IOException e) when (e.Message.StartsWith("Corruption", StringComparison.Ordinal) && e.Message.Contains("MANIFEST", StringComparison.Ordinal) && Manifest.CutTornTail(folder))
        {
            return Try();
        }

        nint Try()
        {
            var db = RocksDb.Open(options, folder, out var error);
            RocksDb.Check(error);
            return db;
        }
    }

    public event Action<IEnumerable<byte[]>, long>? Changing;

    /// <summary>Runs what goes on after a commit: soon, and not on the thread that calls it, which is the writing one.</summary>
    public Action<IThreadPoolWorkItem> Continue { get; init; } = static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);

    public IKeepValues? Kept { get; set; }

    public async ValueTask<T> Read<T>(Func<ISnapshot, ValueTask<T>> read)
    {
        var state = Enter();
        var view = new RocksView(_db, state.Options, state.State) { Kept = Kept };
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

    /// <summary>Ends when what was asked for before is done and the store is closed.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate) return new(_closing ??= Close());
    }

    private async Task Close()
    {
        _closed = true;
        Monitor.Pulse(_gate);
        if (Interlocked.CompareExchange(ref _reading, 0, 0) == 0) _read.TrySetResult();
        await _stopped.Task;
        await _read.Task;
        _flushed.Release();
        RocksDb.BatchDestroy(_batch);
        RocksDb.WriteOptionsDestroy(_durably);
        RocksDb.ReadOptionsDestroy(_newest);
        RocksDb.Close(_db);
        RocksDb.CacheDestroy(_cache);
        AppDomain.CurrentDomain.ProcessExit -= CloseAtExit;
    }

    /// <summary>
    /// A process that nobody told to close: RocksDB's own threads must not outlive its globals, or they abort the process
    /// (`pthread lock: Invalid argument`). Nothing acknowledged hangs on it.
    /// </summary>
    private void CloseAtExit(object? sender, EventArgs e)
    {
        try
        {
            Task.Run(async () => await DisposeAsync()).Wait(Patience);
        }
        catch (AggregateException)
        {
        }
    }

    /// <summary>The writing thread: runs what waits, flushes it, answers it; ends when the store is closed and nothing waits.</summary>
    private void WriteAll()
    {
        Turns.Shorten(Turn);
        ExceptionDispatchInfo? broken = null;
        while (Next() is { } group)
        {
            var problem = broken;
            if (broken is null)
            {
                var changes = new Overlay(new RocksView(_db, _newest, _flushed.State, _recent));
                foreach (var commit in group) commit.Run(changes);
                try
                {
                    if (changes.Changes.Count > 0) Flush(changes);
                }
                catch (IOException e)
                {
                    problem = ExceptionDispatchInfo.Capture(e);
                    // After a failed fsync nobody knows what the disk holds (security §0): acknowledge nothing any more.
                    if (!IsFull(e)) broken = problem;
                }
            }

            foreach (var commit in group) Continue(commit.Committed(problem));
            group.Clear();
        }

        _stopped.SetResult();
    }

    /// <summary>
    /// The log found no room: nothing of the group was taken, and RocksDB refuses more with the same words until it sees room again and has
    /// put what it holds into files and a new log. A flush that failed is another matter, for whatever reason.
    /// </summary>
    private static bool IsFull(IOException problem)
        => problem.Message.Contains("No space left on device", StringComparison.Ordinal) && !problem.Message.Contains("sync", StringComparison.OrdinalIgnoreCase);

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
        {
            _recent.Forget(key);
            if (value is null) RocksDb.Delete(_batch, key);
            else RocksDb.Put(_batch, key, value);
        }

        RocksDb.Write(_db, _durably, _batch);
        var last = _flushed;
        var next = new Flushed(_db, last.State + 1);
        Changing?.Invoke(changes.Changes.Keys, next.State);
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
    private abstract class Commit : IThreadPoolWorkItem
    {
        protected ExceptionDispatchInfo? Problem { get; private set; }

        /// <summary>Runs the write over the changes of those before it, and adds its own to them unless it throws.</summary>
        public abstract void Run(Overlay group);

        public Commit Committed(ExceptionDispatchInfo? problem)
        {
            Problem = problem;
            return this;
        }

        /// <summary>The one who waits for it goes on, here.</summary>
        public abstract void Execute();
    }

    private sealed class Commit<T>(Func<ITransaction, ValueTask<T>> write) : Commit
    {
        private readonly TaskCompletionSource<T> _done = new();
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

        public override void Execute()
        {
            if ((Problem?.SourceException ?? _thrown) is { } problem) _done.SetException(problem);
            else _done.SetResult(_result!);
        }
    }
}
