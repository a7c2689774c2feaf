using System.Collections.Concurrent;

namespace Galley.Tests.DynamoDB.Judges;

/// <summary>What a client knows of how its call ended. Of an unknown one (the connection broke) nobody knows whether, or when, it took effect.</summary>
internal enum Outcome
{
    Done,

    /// <summary>A condition did not hold; nothing was written.</summary>
    Refused,

    Unknown,
}

/// <summary>
/// One call of a history over numbered items whose values are whole numbers, 0 for absent: it saw <see cref="Reads"/>, asked that
/// <see cref="Expected"/> hold and set <see cref="Writes"/>, all at one moment between <see cref="Start"/> and <see cref="End"/>.
/// </summary>
internal sealed record HistoryCall(int Client, long Start, long End, Outcome Outcome)
{
    public IReadOnlyList<(int Item, int Value)> Reads { get; init; } = [];

    public IReadOnlyList<(int Item, int Value)> Expected { get; init; } = [];

    public IReadOnlyList<(int Item, int Value)> Writes { get; init; } = [];

    public IEnumerable<int> Items => Reads.Concat(Expected).Concat(Writes).Select(part => part.Item).Distinct();

    public override string ToString()
        => $"client {Client} [{Start},{End}] {Outcome} reads {Show(Reads)} expects {Show(Expected)} writes {Show(Writes)}";

    private static string Show(IReadOnlyList<(int Item, int Value)> parts) => $"({string.Join(' ', parts.Select(part => $"{part.Item}={part.Value}"))})";
}

/// <summary>
/// Is there an order of the calls that keeps the order of those that did not overlap, and in which one call after the other gives what
/// was seen? The search of Wing and Gong with Lowe's memory of places already seen. Over one item that is linearisability; over all
/// items, with transactions as calls, it is strict serialisability.
/// </summary>
internal static class HistoryChecker
{
    /// <summary>Null when there is such an order; else the longest beginning that could be explained.</summary>
    /// <param name="initial">Value of every item at the beginning.</param>
    public static string? Violation(IReadOnlyList<HistoryCall> calls, int[] initial)
    {
        var head = Link(calls);
        var seen = new HashSet<Place>();
        var taken = new ulong[(calls.Count + 63) / 64];
        var path = new Stack<(Event Call, int[] State)>();
        var (state, longest, best) = (initial, -1, "");
        for (var at = head.Next; at is not null;)
        {
            if (at.Return is { } end)
            {
                if (Step(calls[at.Index], state) is { } next)
                {
                    Flip(taken, at.Index);
                    if (seen.Add(new Place([.. taken], next)))
                    {
                        path.Push((at, state));
                        state = next;
                        at.Remove();
                        end.Remove();
                        at = head.Next;
                        continue;
                    }

                    Flip(taken, at.Index);
                }

                at = at.Next;
                continue;
            }

            // A return that nothing before explains. Calls of unknown end come last and need not have happened.
            if (calls[at.Index].Outcome == Outcome.Unknown) return null;
            if (path.Count > longest) (longest, best) = (path.Count, $"after {path.Count} of {calls.Count} calls, with {Show(state)}, this cannot be: {calls[at.Index]}");
            if (path.Count == 0) return best;
            (var call, state) = path.Pop();
            Flip(taken, call.Index);
            call.Return!.Insert();
            call.Insert();
            at = call.Next;
        }

        return null;
    }

    /// <summary>One check per item, of the calls that touch it; each must touch one item only.</summary>
    public static string? ViolationOfAnyItem(IReadOnlyList<HistoryCall> calls, int[] initial)
        => calls.GroupBy(call => call.Items.Single()).Select(item => Violation([.. item], initial)).FirstOrDefault(problem => problem is not null);

    /// <summary>The state after the call, or null when it cannot have happened now.</summary>
    private static int[]? Step(HistoryCall call, int[] state)
    {
        var holds = call.Expected.All(part => state[part.Item] == part.Value);
        if (call.Outcome == Outcome.Refused) return holds ? null : Sees(call, state) ? state : null;
        if (call.Outcome == Outcome.Unknown && !holds) return state;
        if (!holds || !Sees(call, state)) return null;
        if (call.Writes.Count == 0) return state;
        int[] next = [.. state];
        foreach (var (item, value) in call.Writes) next[item] = value;
        return next;
    }

    private static bool Sees(HistoryCall call, int[] state) => call.Reads.All(part => state[part.Item] == part.Value);

    private static string Show(int[] state) => string.Join(' ', state.Select((value, item) => $"{item}={value}"));

    private static void Flip(ulong[] set, int index) => set[index / 64] ^= 1UL << (index % 64);

    private static Event Link(IReadOnlyList<HistoryCall> calls)
    {
        var events = new List<(long Time, Event Event)>();
        for (var i = 0; i < calls.Count; i++)
        {
            var end = new Event(i, null);
            events.Add((calls[i].Start, new Event(i, end)));
            events.Add((calls[i].Outcome == Outcome.Unknown ? long.MaxValue : calls[i].End, end));
        }

        var head = new Event(-1, null);
        var last = head;
        foreach (var (_, next) in events.OrderBy(one => one.Time))
        {
            (last.Next, next.Previous) = (next, last);
            last = next;
        }

        return head;
    }

    /// <summary>A call or a return in the order of time; a call knows its return.</summary>
    private sealed class Event(int index, Event? end)
    {
        public int Index => index;

        public Event? Return => end;

        public Event? Next { get; set; }

        public Event? Previous { get; set; }

        public void Remove()
        {
            Previous!.Next = Next;
            if (Next is not null) Next.Previous = Previous;
        }

        /// <summary>Back to where it was: the neighbours are those of then.</summary>
        public void Insert()
        {
            Previous!.Next = this;
            if (Next is not null) Next.Previous = this;
        }
    }

    private sealed class Place(ulong[] taken, int[] state) : IEquatable<Place>
    {
        private readonly int _hash = Hash(taken, state);

        public bool Equals(Place? other) => other is not null && other.Taken.AsSpan().SequenceEqual(Taken) && other.State.AsSpan().SequenceEqual(State);

        public override bool Equals(object? obj) => Equals(obj as Place);

        public override int GetHashCode() => _hash;

        private ulong[] Taken => taken;

        private int[] State => state;

        private static int Hash(ulong[] taken, int[] state)
        {
            var hash = new HashCode();
            foreach (var word in taken) hash.Add(word);
            foreach (var value in state) hash.Add(value);
            return hash.ToHashCode();
        }
    }
}

/// <summary>Writes a history down while it happens. The clock only counts, so that its order is the order in which things were seen.</summary>
internal sealed class HistoryRecorder
{
    private readonly ConcurrentQueue<HistoryCall> _calls = new();
    private long _clock;
    private int _value;

    public IReadOnlyList<HistoryCall> Calls => [.. _calls];

    public int Count => _calls.Count;

    /// <summary>A value that nobody else writes.</summary>
    public int NewValue() => Interlocked.Increment(ref _value);

    public long Now() => Interlocked.Increment(ref _clock);

    /// <param name="call">Of the start.</param>
    public void Add(Func<long, HistoryCall> call) => _calls.Enqueue(call(Now()));
}
