using Galley.Tests.Server;
using Galley.Tests.Tutorial;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Playwright;

namespace Galley.Tests.WebConsole;

/// <summary>An hour of a live page, by the clocks of server and page, with twenty thousand events: it stays live, and neither its document nor its memory grows.</summary>
public class LiveTests(Browser browser) : IClassFixture<Browser>
{
    private const int Steps = 60, AStep = 340, Settled = 15;

    private static readonly TimeSpan Step = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("/requests")]
    [InlineData("/")]
    [InlineData("/logs/live?tab=tail")]
    public async Task Live_pages_stay_live_for_an_hour_without_growing(string path)
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", PasswordRounds = 10, Time = time });
        using var root = new SignedHttp(server.Endpoint, server.Region, server.AccessKeyId, server.SecretAccessKey, time);
        var logs = path.StartsWith("/logs", StringComparison.Ordinal);
        await root.Json("logs", "Logs_20140328.CreateLogGroup", new { logGroupName = "live" });
        await root.Json("logs", "Logs_20140328.CreateLogStream", new { logGroupName = "live", logStreamName = "one" });
        await root.Json("cognito-idp", "AWSCognitoIdentityProviderService.CreateUserPool", new { PoolName = "people" }); // the overview has something to draw
        await using var console = await ConsolePage.Open(browser, server);
        await console.Page.Clock.InstallAsync(new() { TimeDate = time.GetUtcNow().UtcDateTime });
        await console.Go(path);
        var cdp = await console.Context.NewCDPSessionAsync(console.Page);
        await cdp.SendAsync("Performance.enable");
        var before = default(Size);
        for (var step = 1; step <= Steps; step++)
        {
            var name = $"step-{step:000}";
            if (logs) await root.Json("logs", "Logs_20140328.PutLogEvents", new { logGroupName = "live", logStreamName = "one", logEvents = Enumerable.Range(0, AStep).Select(n => new { timestamp = time.GetUtcNow().ToUnixTimeMilliseconds(), message = $"{name} line {n}" }) });
            else await Parallel.ForAsync(0, AStep, async (n, cancel) => (await root.Plain.GetAsync(new Uri(server.Endpoint, $"/_galley/execute-api/none/{name}/{n}"), cancel)).Dispose());
            // The SDK takes its time from the Date of answers, which is the machine's; the pages' own signed reads take it from the page.
            time.Advance(logs ? TimeSpan.FromSeconds(1) : Step);
            await console.Page.Clock.FastForwardAsync((long)Step.TotalMilliseconds);
            await console.Page.GetByText(name).First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
            if (step == Settled) before = await Measure(cdp);
        }

        var after = await Measure(cdp);
        Assert.True(after.Nodes <= before.Nodes * 1.2 + 1000, $"the document grew: {before} → {after}");
        Assert.True(after.Heap <= before.Heap * 1.3 + 8e6, $"memory grew: {before} → {after}");
    }

    private readonly record struct Size(double Nodes, double Heap, double Listeners);

    /// <summary>What is left after the garbage is gone.</summary>
    private static async Task<Size> Measure(ICDPSession cdp)
    {
        await cdp.SendAsync("HeapProfiler.collectGarbage");
        var metrics = (await cdp.SendAsync("Performance.getMetrics"))!.Value.GetProperty("metrics").EnumerateArray().ToDictionary(one => one.GetProperty("name").GetString()!, one => one.GetProperty("value").GetDouble());
        return new Size(metrics["Nodes"], metrics["JSHeapUsedSize"], metrics["JSEventListeners"]);
    }
}
