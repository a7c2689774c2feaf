using System.Runtime.CompilerServices;

namespace Galley.Lambda.Invoke;

/// <summary>
/// The execution environments of all functions: the warm one used last first, more processes when all are busy, none of an older
/// revision. A few per processor are started at once; beyond that a caller first waits a moment for one
/// to come free, and one is started after the other.
/// </summary>
internal sealed class Workers : IDisposable
{
    public const int Most = 100;
    private static readonly int Few = Math.Max(2, Environment.ProcessorCount * 2);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50), MaxIdle = TimeSpan.FromMinutes(10), CredentialMargin = TimeSpan.FromMinutes(5);
    private readonly Installation _installation;
    private readonly WorkerLauncher _launcher;
    private readonly Dictionary<string, Pool> _pools = [];
    private readonly Lock _gate = new();
    private readonly ITimer _reaper;
    private bool _stopped;

    public Workers(Installation installation, WorkerLauncher launcher)
    {
        _installation = installation;
        _launcher = launcher;
        _reaper = installation.Time.CreateTimer(_ => Reap(), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
    }

    private sealed class Pool
    {
        public string Revision = "";
        public int Count;
        public int Starting;
        public int Provisioned;
        public FunctionRecord? ProvisionedFor;
        public readonly Stack<Worker> Idle = new();
        public readonly HashSet<Worker> All = [];
        public readonly LinkedList<Waiter> Waiting = new();
        public ITimer? Watch;
        public bool IsWatched;
    }

    /// <summary>What becomes of one who waited.</summary>
    /// <param name="Worker">One that came free; null to look again.</param>
    /// <param name="Starts">He is to start one.</param>
    private readonly record struct Next(Worker? Worker, bool Starts = false)
    {
        public static readonly Next ToStart = new(null, Starts: true);
    }

    private sealed class Waiter : TaskCompletionSource<Next>
    {
        public Waiter(long since)
        {
            Since = since;
            Place = new(this);
        }

        public long Since { get; }

        public LinkedListNode<Waiter> Place { get; }
    }

    /// <summary>An environment for one event; give it back with <see cref="Return"/>.</summary>
    public async ValueTask<Worker> Take(FunctionRecord function, CancellationToken cancel)
    {
        while (true)
        {
            Waiter? waiting = null;
            List<Worker> stale;
            Worker? warm;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_stopped, this);
                var pool = PoolOf(function);
                stale = Freshen(pool, function.RevisionId);
                if (!pool.Idle.TryPop(out warm))
                {
                    if (pool.Count < Few) Grow(pool);
                    else
                    {
                        waiting = new Waiter(_installation.Time.GetTimestamp());
                        pool.Waiting.AddLast(waiting.Place);
                        if (!pool.IsWatched) Watch(pool, Patience);
                    }
                }
            }

            stale.ForEach(worker => worker.Dispose());
            if (warm is not null) return warm;
            if (waiting is null) return await Start(function, cancel);
            if (await Wait(function, waiting, cancel) is { } freed) return freed;
        }
    }

    /// <summary>Takes an environment back. A caller who waits for one goes on right here: it only sends its event, and no thread is woken for that.</summary>
    public void Return(Worker worker, bool usable)
    {
        Waiter? next = null;
        lock (_gate)
        {
            var pool = PoolOf(worker.Function);
            usable = usable && !_stopped && worker.IsAlive && IsFresh(worker) && pool.Revision == worker.Function.RevisionId;
            if (!usable) Forget(pool, worker);
            if (pool.Waiting.First is { } first)
            {
                pool.Waiting.RemoveFirst();
                next = first.Value;
            }
            else if (usable) pool.Idle.Push(worker);
        }

        // One that runs its event within this call would hand on, and so forth, as deep as callers wait.
        if (usable && RuntimeHelpers.TryEnsureSufficientExecutionStack()) next?.SetResult(new(worker));
        else if (next is not null) _ = Task.Run(() => next.SetResult(new(usable ? worker : null)));
        if (usable) return;
        worker.Dispose();
        Replenish();
    }

    /// <summary>The function has changed or is gone: idle environments end now, busy ones after their event.</summary>
    public void Retire(FunctionRef function)
    {
        List<Worker> ended = [];
        lock (_gate)
            foreach (var (key, pool) in _pools)
                if (key.StartsWith(function.Arn + ":", StringComparison.Ordinal) && (function.Qualifier is null || key == function.QualifiedArn))
                {
                    (pool.Revision, pool.Provisioned, pool.ProvisionedFor) = ("", 0, null);
                    ended.AddRange(Freshen(pool, ""));
                }

        ended.ForEach(worker => worker.Dispose());
    }

    public ValueTask Start() => _launcher.Start();

    /// <summary>Keeps so many environments of a version ready from now on.</summary>
    public void Provision(FunctionRecord function, int count)
    {
        lock (_gate)
        {
            if (count == 0 && !_pools.ContainsKey(function.Reference(function.Version).QualifiedArn)) return;
            var pool = PoolOf(function);
            pool.Revision = function.RevisionId;
            (pool.Provisioned, pool.ProvisionedFor) = (count, count == 0 ? null : function);
        }

        Replenish();
    }

    /// <summary>Environments that stand ready or run.</summary>
    public int CountOf(FunctionRecord function)
    {
        lock (_gate) return PoolOf(function).All.Count(worker => worker is { IsAlive: true, Ready.IsCompleted: true });
    }

    /// <summary>Starts what provisioned versions lack.</summary>
    private void Replenish()
    {
        var missing = new List<FunctionRecord>();
        lock (_gate)
        {
            if (_stopped) return;
            foreach (var pool in _pools.Values)
                for (; pool.ProvisionedFor is { } function && pool.Count < pool.Provisioned; Grow(pool))
                    missing.Add(function);
        }

        foreach (var function in missing)
            _ = Task.Run(async () =>
            {
                try
                {
                    var worker = await Start(function, CancellationToken.None, provisioned: true);
                    await worker.Ready;
                    Return(worker, usable: true);
                }
                catch (Exception e)
                {
                    _installation.Log($"A provisioned environment of {function.Name} could not be started: {e.Message}");
                }
            });
    }

    /// <summary>Ends every process, busy or not.</summary>
    public void EndAll()
    {
        List<Worker> all;
        lock (_gate)
        {
            all = [.. _pools.Values.SelectMany(pool => pool.All)];
            foreach (var pool in _pools.Values) pool.Idle.Clear();
        }

        all.ForEach(worker => worker.Dispose());
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            foreach (var pool in _pools.Values) pool.Watch?.Dispose();
        }

        _reaper.Dispose();
        EndAll();
        _launcher.Stop();
    }

    private async ValueTask<Worker> Start(FunctionRecord function, CancellationToken cancel, bool provisioned = false)
    {
        Worker worker;
        try
        {
            worker = await _launcher.Start(function, provisioned, cancel);
        }
        catch
        {
            Waiter? next = null;
            lock (_gate)
            {
                var pool = PoolOf(function);
                pool.Count--;
                pool.Starting--;
                if (pool.Waiting.First is { } first)
                {
                    pool.Waiting.RemoveFirst();
                    next = first.Value;
                }
            }

            if (next is not null) _ = Task.Run(() => next.SetResult(new(null)));
            throw;
        }

        var late = false;
        lock (_gate)
        {
            late = _stopped;
            var pool = PoolOf(function);
            pool.Starting--;
            pool.All.Add(worker);
        }

        if (late) worker.Dispose();
        return worker;
    }

    /// <summary>Waits for one to come free, or starts one more; null when the caller shall look again.</summary>
    private async ValueTask<Worker?> Wait(FunctionRecord function, Waiter waiter, CancellationToken cancel)
    {
        Next next;
        await using (cancel.UnsafeRegister(state => Cancel((Waiter)state!, cancel), waiter)) next = await waiter.Task;
        return next.Starts ? await Start(function, cancel) : next.Worker;
    }

    private void Cancel(Waiter waiter, CancellationToken cancel)
    {
        lock (_gate)
        {
            if (waiter.Place.List is not { } waiting) return; // it was handed one in the same moment
            waiting.Remove(waiter.Place);
        }

        waiter.TrySetCanceled(cancel);
    }

    /// <summary>Somebody may have waited long enough: one more environment is started for him.</summary>
    private void LosePatience(Pool pool)
    {
        Waiter? first = null;
        lock (_gate)
        {
            pool.IsWatched = false;
            if (_stopped || pool.Waiting.First is not { } place) return;
            var left = Patience - _installation.Time.GetElapsedTime(place.Value.Since);
            if (left <= TimeSpan.Zero)
            {
                left = Patience;
                if (pool.Count < Most && pool.Starting == 0)
                {
                    pool.Waiting.Remove(place);
                    Grow(pool);
                    first = place.Value;
                }
            }

            if (pool.Waiting.First is not null) Watch(pool, left);
        }

        first?.SetResult(Next.ToStart);
    }

    private void Watch(Pool pool, TimeSpan time)
    {
        pool.IsWatched = true;
        pool.Watch ??= _installation.Time.CreateTimer(_ => LosePatience(pool), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        pool.Watch.Change(time, Timeout.InfiniteTimeSpan);
    }

    private Pool PoolOf(FunctionRecord function)
    {
        var key = function.Reference(function.Version).QualifiedArn;
        if (!_pools.TryGetValue(key, out var pool)) _pools[key] = pool = new Pool();
        return pool;
    }

    /// <summary>Takes out the idle environments that are dead, old or of another revision.</summary>
    private List<Worker> Freshen(Pool pool, string revision)
    {
        if (revision.Length > 0) pool.Revision = revision;
        List<Worker>? stale = null;
        foreach (var worker in pool.Idle)
            if (!worker.IsAlive || !IsFresh(worker) || worker.Function.RevisionId != revision)
                (stale ??= []).Add(worker);
        if (stale is null) return [];
        var kept = pool.Idle.Except(stale).Reverse().ToList();
        pool.Idle.Clear();
        kept.ForEach(pool.Idle.Push);
        stale.ForEach(worker => Forget(pool, worker));
        return stale;
    }

    private static void Grow(Pool pool)
    {
        pool.Count++;
        pool.Starting++;
    }

    private static void Forget(Pool pool, Worker worker)
    {
        if (pool.All.Remove(worker)) pool.Count--;
    }

    private bool IsFresh(Worker worker) => worker.Expires - CredentialMargin > _installation.Now;

    private void Reap()
    {
        List<Worker> ended = [];
        lock (_gate)
            foreach (var pool in _pools.Values)
            {
                var kept = new List<Worker>();
                foreach (var worker in pool.Idle.Reverse())
                    if (worker.IsAlive && (kept.Count < pool.Provisioned && IsFresh(worker) || _installation.Time.GetElapsedTime(worker.LastUsed) < MaxIdle)) kept.Add(worker);
                    else
                    {
                        ended.Add(worker);
                        Forget(pool, worker);
                    }

                pool.Idle.Clear();
                kept.ForEach(pool.Idle.Push);
            }

        ended.ForEach(worker => worker.Dispose());
        Replenish();
    }
}
