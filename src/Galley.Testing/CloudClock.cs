using Galley.Wire;

namespace Galley.Testing;

/// <summary>
/// The time in a cloud, which goes on by itself and by hand. Tokens, codes, time-to-live, caches, time-outs, retries and lifecycle rules all
/// follow it. Clients and functions' processes have the machine's clock; what they sign is judged by that.
/// </summary>
public sealed class CloudClock : TimeProvider, IClientClock
{
    private readonly Lock _gate = new();
    private readonly SortedSet<Alarm> _alarms = new(Comparer<Alarm>.Create((a, b) => a.Due != b.Due ? a.Due.CompareTo(b.Due) : a.Order.CompareTo(b.Order)));
    private const int MostSigned = 4096;

    private readonly List<Turn> _turns = [];
    private readonly Dictionary<string, DateTimeOffset> _signed = [];
    private readonly Timer _wake;
    private long _ticks, _order;
    private long _since = System.GetTimestamp();
    private DateTimeOffset _zero;

    /// <summary>What the clock said from a moment of the machine's on.</summary>
    private readonly record struct Turn(DateTimeOffset Machine, DateTimeOffset Here, bool Runs);

    internal CloudClock(DateTimeOffset start, bool runs)
    {
        (_zero, IsRunning) = (start, runs);
        _wake = new Timer(static clock => ((CloudClock)clock!).Ring(), this, Timeout.Infinite, Timeout.Infinite);
        Note();
    }

    /// <summary>Whether time goes on by itself, as the machine's does.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>The time in the cloud.</summary>
    public DateTimeOffset Now => GetUtcNow();

    DateTimeOffset IClientClock.Now => System.GetUtcNow();

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Moves on by so much, and rings on the way everything that falls due. What that sets going may still be at work on return.</summary>
    /// <param name="by">Not negative.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        long target;
        lock (_gate) target = Ticks() + by.Ticks;
        RingUntil(target);
        lock (_gate)
        {
            Set(Math.Max(target, Ticks()));
            Note();
            Arm();
        }
    }

    /// <summary>Moves on to a moment.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It has passed.</exception>
    public void AdvanceTo(DateTimeOffset time) => Advance(time - Now);

    /// <summary>From now on time stands still until it is moved.</summary>
    public void Stop() => Run(false);

    /// <summary>From now on time goes on by itself.</summary>
    public void Start() => Run(true);

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _zero.AddTicks(Ticks());
    }

    /// <inheritdoc />
    public override long GetTimestamp()
    {
        lock (_gate) return Ticks();
    }

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var alarm = new Alarm(this, callback, state);
        alarm.Change(dueTime, period);
        return alarm;
    }

    DateTimeOffset IClientClock.ToServer(DateTimeOffset client, string signature)
    {
        lock (_gate)
        {
            if (_signed.TryGetValue(signature, out var known)) return known;
            // Signatures know whole seconds only: one of the second in which the clock was moved counts as younger, unless it was seen before.
            var turn = _turns.FindLast(turn => turn.Machine < client.AddSeconds(1));
            if (turn == default) turn = _turns[0];
            if (_signed.Count >= MostSigned) _signed.Clear();
            return _signed[signature] = turn.Runs ? turn.Here + (client - turn.Machine) : turn.Here;
        }
    }

    /// <summary>Back to an earlier moment, for a state that is put back. Whoever sleeps sleeps on as long as he would have.</summary>
    internal void PutBack(DateTimeOffset time)
    {
        lock (_gate)
        {
            _zero = time.AddTicks(-Ticks());
            Note();
        }
    }

    internal void Dispose() => _wake.Dispose();

    private void Run(bool runs)
    {
        lock (_gate)
        {
            Set(Ticks());
            IsRunning = runs;
            Note();
            Arm();
        }
    }

    private long Ticks() => IsRunning ? _ticks + System.GetElapsedTime(_since).Ticks : _ticks;

    private void Set(long ticks) => (_ticks, _since) = (ticks, System.GetTimestamp());

    private void Note() => _turns.Add(new Turn(System.GetUtcNow(), _zero.AddTicks(Ticks()), IsRunning));

    private void Ring()
    {
        long now;
        lock (_gate) now = Ticks();
        RingUntil(now);
        lock (_gate) Arm();
    }

    private void RingUntil(long target)
    {
        while (true)
        {
            Alarm next;
            lock (_gate)
            {
                if (_alarms.Count == 0 || _alarms.Min!.Due > target) return;
                next = _alarms.Min;
                _alarms.Remove(next);
                if (next.Due > Ticks()) Set(next.Due);
                // A regular round that was slept through is made once, as after a machine's sleep.
                if (next.Period > 0) Add(next, next.Due + next.Period * ((target - next.Due) / next.Period + 1));
                else next.Waits = false;
            }

            next.Ring();
        }
    }

    private void Add(Alarm alarm, long due)
    {
        (alarm.Due, alarm.Order, alarm.Waits) = (due, ++_order, true);
        _alarms.Add(alarm);
    }

    private void Arm()
    {
        var wait = !IsRunning || _alarms.Count == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromTicks(Math.Max(0, _alarms.Min!.Due - Ticks()));
        if (wait > TimeSpan.FromDays(40)) wait = TimeSpan.FromDays(40); // more than a timer of the system's takes
        _wake.Change(wait == Timeout.InfiniteTimeSpan ? wait : wait + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    private sealed class Alarm(CloudClock clock, TimerCallback callback, object? state) : ITimer
    {
        private readonly ExecutionContext? _context = ExecutionContext.Capture();
        private bool _disposed;

        public long Due { get; set; }

        public long Order { get; set; }

        public long Period { get; private set; }

        public bool Waits { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                if (_disposed) return false;
                if (Waits) clock._alarms.Remove(this);
                Waits = false;
                Period = period == Timeout.InfiniteTimeSpan ? 0 : period.Ticks;
                if (dueTime != Timeout.InfiniteTimeSpan) clock.Add(this, clock.Ticks() + dueTime.Ticks);
                clock.Arm();
                return true;
            }
        }

        public void Ring()
        {
            if (_context is null) callback(state);
            else ExecutionContext.Run(_context, static alarm => ((Alarm)alarm!).Call(), this);
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                _disposed = true;
                if (Waits) clock._alarms.Remove(this);
                Waits = false;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Call() => callback(state);
    }
}
