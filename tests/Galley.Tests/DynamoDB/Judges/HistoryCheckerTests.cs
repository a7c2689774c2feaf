namespace Galley.Tests.DynamoDB.Judges;

/// <summary>The checker itself: right histories pass; each of the classic anomalies, planted into one, is seen.</summary>
public class HistoryCheckerTests
{
    private const int Items = 3, Seeds = 50;

    [Fact]
    public void Right_histories_pass()
    {
        for (var seed = 0; seed < Seeds; seed++) Assert.Null(HistoryChecker.Violation([.. Right(new Random(seed), 120).Select(call => call.Call)], new int[Items]));
    }

    [Fact]
    public void A_call_of_unknown_end_may_have_happened_late_or_never()
    {
        HistoryCall[] calls = [Write(0, 1, 2, (0, 5)) with { Outcome = Outcome.Unknown }, Read(1, 3, 4, (0, 0)), Read(1, 5, 6, (0, 5))];
        Assert.Null(HistoryChecker.Violation(calls, [0]));
        Assert.Null(HistoryChecker.Violation(calls[..2], [0]));
        Assert.NotNull(HistoryChecker.Violation([.. calls, Read(1, 7, 8, (0, 0))], [0]));
    }

    [Fact]
    public void Overlapping_calls_may_go_either_way_and_others_may_not()
    {
        Assert.Null(HistoryChecker.Violation([Write(0, 1, 4, (0, 1)), Write(1, 2, 3, (0, 2)), Read(2, 5, 6, (0, 1))], [0]));
        Assert.Null(HistoryChecker.Violation([Write(0, 1, 4, (0, 1)), Write(1, 2, 3, (0, 2)), Read(2, 5, 6, (0, 2))], [0]));
        Assert.NotNull(HistoryChecker.Violation([Write(0, 1, 2, (0, 1)), Write(1, 3, 4, (0, 2)), Read(2, 5, 6, (0, 1))], [0]));
    }

    [Fact]
    public void A_refusal_needs_a_moment_at_which_the_condition_did_not_hold()
    {
        var refused = new HistoryCall(1, 3, 4, Outcome.Refused) { Expected = [(0, 1)], Writes = [(0, 2)] };
        Assert.NotNull(HistoryChecker.Violation([Write(0, 1, 2, (0, 1)), refused], [0]));
        Assert.Null(HistoryChecker.Violation([Write(0, 1, 2, (0, 3)), refused], [0]));
    }

    [Theory]
    [MemberData(nameof(Anomalies))]
    public void A_planted_anomaly_is_seen(string name)
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var calls = Right(random, 60).ToList();
            var time = calls.Max(call => call.End) + 1;
            var state = new int[Items];
            foreach (var call in calls.OrderBy(call => call.Moment))
                if (call.Outcome == Outcome.Done)
                    foreach (var (item, value) in call.Writes)
                        state[item] = value;
            // The anomaly stands among right calls: before it the history above, after it reads of what it left.
            var planted = Plant(name, state, time).ToList();
            Assert.True(HistoryChecker.Violation([.. calls.Select(call => call.Call)], new int[Items]) is null);
            Assert.True(HistoryChecker.Violation([.. calls.Select(call => call.Call), .. planted], new int[Items]) is not null, $"{name}, seed {seed}");
        }
    }

    public static TheoryData<string> Anomalies =>
        ["lost update", "stale read", "non-repeatable transaction", "write skew", "half-visible transaction", "lost write", "write of a refused call", "value from nowhere", "read goes back in time"];

    [Fact]
    public void One_changed_read_anywhere_is_seen()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var calls = Right(random, 80).Select(call => call.Call).ToList();
            var reads = calls.Index().Where(call => call.Item.Reads.Count > 0 && call.Item.Reads[0].Value != 0).ToList();
            var (at, victim) = reads[random.Next(reads.Count)];
            calls[at] = victim with { Reads = [(victim.Reads[0].Item, -1), .. victim.Reads.Skip(1)] };
            Assert.NotNull(HistoryChecker.Violation(calls, new int[Items]));
        }
    }

    private static IEnumerable<HistoryCall> Plant(string name, int[] state, long t) => name switch
    {
        // Two add to what both read; one addition is gone.
        "lost update" => [Update(0, t, t + 3, (0, state[0]), (0, 901)), Update(1, t + 1, t + 4, (0, state[0]), (0, 902))],
        "stale read" => [Write(0, t, t + 1, (0, 901)), Read(1, t + 2, t + 3, (0, state[0]))],
        // One reader sees an item in two states within what should be one moment.
        "non-repeatable transaction" => [Write(0, t, t + 1, (0, 901)), Read(1, t + 2, t + 5, (0, 901), (1, state[1])), Write(2, t + 6, t + 7, (1, 902)), Read(1, t + 8, t + 9, (0, state[0]), (1, 902))],
        // Each reads both and writes one: either order would have made the second fail.
        "write skew" =>
        [
            new(0, t, t + 3, Outcome.Done) { Expected = [(0, state[0]), (1, state[1])], Writes = [(0, 901)] },
            new(1, t + 1, t + 4, Outcome.Done) { Expected = [(0, state[0]), (1, state[1])], Writes = [(1, 902)] },
        ],
        "half-visible transaction" => [new(0, t, t + 9, Outcome.Done) { Writes = [(0, 901), (1, 902)] }, Read(1, t + 1, t + 2, (0, 901), (1, state[1]))],
        "lost write" => [Write(0, t, t + 1, (2, 901)), Write(1, t + 2, t + 3, (1, 902)), Read(2, t + 4, t + 5, (2, state[2]), (1, 902))],
        "write of a refused call" => [new(0, t, t + 1, Outcome.Refused) { Expected = [(0, -5)], Writes = [(0, 901)] }, Read(1, t + 2, t + 3, (0, 901))],
        "value from nowhere" => [Read(1, t + 2, t + 3, (0, 901))],
        _ => [Write(0, t, t + 9, (0, 901)), Read(1, t + 1, t + 2, (0, 901)), Read(2, t + 3, t + 4, (0, state[0]))],
    };

    /// <summary>Calls of four clients that a store with one lock could have answered: each has its moment within its time.</summary>
    private static IEnumerable<Momentary> Right(Random random, int count)
    {
        var state = new int[Items];
        var free = new long[4];
        for (var i = 1; i <= count; i++)
        {
            var moment = i * 100L;
            var client = random.Next(4);
            var start = Math.Max(free[client] + 1, moment - random.Next(400));
            if (start > moment) (client, start) = (4 + i, moment - random.Next(99)); // one more client, who asks once
            var end = moment + random.Next(99);
            if (client < 4) free[client] = end = moment + random.Next(400);
            var (one, other) = (random.Next(Items), random.Next(Items - 1));
            if (other >= one) other++;
            var expected = random.Next(3) == 0 ? random.Next(count) : state[one];
            var call = random.Next(4) switch
            {
                0 => Read(client, start, end, (one, state[one]), (other, state[other])),
                1 => Write(client, start, end, (one, i), (other, i)),
                2 => Write(client, start, end, (one, i)),
                _ => Update(client, start, end, (one, expected), (one, i)) with { Outcome = expected == state[one] ? Outcome.Done : Outcome.Refused },
            };
            if (call.Outcome == Outcome.Done)
                foreach (var (item, value) in call.Writes)
                    state[item] = value;
            yield return new(call, moment);
        }
    }

    private static HistoryCall Read(int client, long start, long end, params (int, int)[] seen) => new(client, start, end, Outcome.Done) { Reads = seen };

    private static HistoryCall Write(int client, long start, long end, params (int, int)[] written) => new(client, start, end, Outcome.Done) { Writes = written };

    private static HistoryCall Update(int client, long start, long end, (int, int) expected, (int, int) written) => new(client, start, end, Outcome.Done) { Expected = [expected], Writes = [written] };

    private sealed record Momentary(HistoryCall Call, long Moment)
    {
        public long End => Call.End;

        public Outcome Outcome => Call.Outcome;

        public IReadOnlyList<(int Item, int Value)> Writes => Call.Writes;
    }
}
