using System.Globalization;

namespace Galley.Store.Tests.PowerLoss;

/// <summary>
/// The disk as it can be at its worst. `kill -9` proves little here, because the page cache survives it: so the store's own system calls
/// are recorded, and replayed with what was not flushed lost, reordered and torn. GALLEY_POWER_STATES says how many states are tried,
/// GALLEY_POWER_SEED which.
/// </summary>
public class PowerLossTests
{
    private static readonly bool Ci = Environment.GetEnvironmentVariable("CI") == "true";
    private static readonly int States = Setting("GALLEY_POWER_STATES", Ci ? 600 : 150);
    private static readonly int Seed = Setting("GALLEY_POWER_SEED", Random.Shared.Next(1_000_000));

    [Theory]
    [InlineData("Loses")]
    [InlineData("Tears")]
    [InlineData("Scatters")]
    public async Task What_was_acknowledged_survives_a_loss_of_power_at_any_moment(string how)
    {
        Assert.SkipWhen(Recorded.Missing is not null, Recorded.Missing ?? "");
        var meanness = Enum.Parse<Meanness>(how);
        using var recorded = new Recorded();
        await recorded.Compile();
        var changes = await recorded.Record([40, 5, 25]); // the second opening replays a log, the third what compaction left
        Assert.True(Recorded.Said(changes).Count(said => said.What == 'a') == 70 * Workload.Tasks);
        Assert.Contains(changes, change => change.Kind == 'S' && change.Path.EndsWith(".sst", StringComparison.Ordinal));
        var random = new Random(Seed);
        // Just after an acknowledgement is when most can go wrong.
        var acknowledged = Recorded.Said(changes).Where(said => said.What == 'a').Select(said => said.At + 1).ToList();
        await Parallel.ForEachAsync(Enumerable.Range(0, States / 3).Select(i => (Seed: Seed + i, Moment: i % 2 == 0 ? acknowledged[random.Next(acknowledged.Count)] : random.Next(changes.Count + 1))).ToList(), async (state, _) =>
        {
            if (await recorded.Judge(changes, state.Moment, state.Seed, meanness) is { } problem)
                Assert.Fail($"GALLEY_POWER_SEED={Seed}, state {state.Seed}, after {state.Moment} of {changes.Count} changes: {problem}");
        });
    }

    [Fact]
    public async Task After_a_failed_flush_nothing_that_needs_it_is_acknowledged()
    {
        Assert.SkipWhen(Recorded.Missing is not null, Recorded.Missing ?? "");
        using var recorded = new Recorded();
        await recorded.Compile();
        int[] lengths = [6, 4];
        // Every one in CI; elsewhere every fifth, from a chance beginning.
        for (var fail = Ci ? 1 : 1 + Seed % 5; ; fail += Ci ? 1 : 5)
        {
            var changes = await recorded.Record(lengths, fail);
            var at = changes.FindIndex(change => change.Kind == 'F');
            if (at < 0)
            {
                Assert.True(fail > 10, "the workload reaches more flushes than that");
                return;
            }

            var said = Recorded.Said(changes).ToList();
            var place = $"flush {fail}, of {changes[at].Path}";
            var begun = said.Where(line => line.What == 'b' && line.At > at).Select(line => (line.Task, line.Number)).ToHashSet();
            var answered = said.Where(line => line.What == 'a' && begun.Contains((line.Task, line.Number))).ToList();
            if (changes[at].Path.EndsWith(".log", StringComparison.Ordinal)) Assert.True(answered.Count == 0, $"{place}: writes were acknowledged after it");
            if (changes[at].Path.StartsWith("blobs", StringComparison.Ordinal)) Assert.True(answered.All(line => line.Number % 3 != 0), $"{place}: blobs were acknowledged after it");
            for (var state = 0; state < 4; state++)
                if (await recorded.Judge(changes, changes.Count, Seed + state, state < 2 ? Meanness.Loses : Meanness.Scatters) is { } problem)
                    Assert.Fail($"GALLEY_POWER_SEED={Seed}, {place}: {problem}");
        }
    }

    private static int Setting(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
