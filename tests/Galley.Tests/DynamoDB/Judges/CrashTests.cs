using System.Globalization;
using Galley.Tests.Server;

namespace Galley.Tests.DynamoDB.Judges;

/// <summary>
/// `kill -9` at random moments, while it starts and under load, again and again on the same folder. 1,000 times in CI, fewer elsewhere
/// (and few with a program that is not native, which takes a second to start); GALLEY_CRASH_CYCLES says another number, GALLEY_CRASH_SEED gives the same calls and delays again.
/// </summary>
public class CrashTests
{
    private const int Programs = 3;

    private static readonly int Cycles = int.Parse(Environment.GetEnvironmentVariable("GALLEY_CRASH_CYCLES") ?? ((!Workplace.IsNative ? "9" : Environment.GetEnvironmentVariable("CI") == "true" ? "1000" : "60")), CultureInfo.InvariantCulture);

    [Fact]
    public async Task Nothing_acknowledged_is_lost_and_nothing_is_half_done_however_often_it_is_killed()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("GALLEY_CRASH_SEED") ?? Random.Shared.Next().ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var runs = Enumerable.Range(0, Programs).Select(program => Task.Run(async () =>
        {
            using var run = new CrashRun(seed + program);
            try
            {
                await run.Prepare();
                for (var cycle = 0; cycle < (Cycles + Programs - 1) / Programs; cycle++) await run.Cycle();
                await run.Check();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"GALLEY_CRASH_SEED={seed}, program {program}: {e.Message}", e);
            }

            return run.Acknowledged;
        })).ToList();
        await Task.WhenAll(runs);
        Assert.All(runs, run => Assert.True(run.Result > 0));
    }
}
