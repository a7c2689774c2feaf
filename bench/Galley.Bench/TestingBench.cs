using System.Diagnostics;
using System.Globalization;
using System.Text;
using Galley.Testing;

namespace Galley.Bench;

/// <summary>Galley.Testing in this process: the first cloud, the next ones, a hundred at a time with their memory, clouds out of a snapshot, states put back.</summary>
internal static class TestingBench
{
    private const int Many = 100, Rounds = 20;

    public static async Task Run()
    {
        var report = new StringBuilder();
        var first = await Milliseconds(async () => await (await GalleyCloud.StartAsync()).DisposeAsync());
        Line($"first cloud started and ended: {first:0} ms");
        Line($"a further one, started: {await Median(() => GalleyCloud.StartAsync()):0.0} ms");

        await using var cloud = await GalleyCloud.StartAsync();
        var deploying = await Milliseconds(async () => await cloud.DeployAsync("samples/cook-recipes", new DeployOptions { InProcess = true, Site = false }));
        var snapshot = cloud.Snapshot();
        Line($"the sample deployed without its site: {deploying:0} ms");
        Line($"a cloud started out of its snapshot: {await Median(() => GalleyCloud.StartAsync(snapshot)):0.0} ms");
        var restored = new List<double>();
        for (var i = 0; i < Rounds; i++) restored.Add(await Milliseconds(() => cloud.RestoreAsync(cloud.Snapshot())));
        Line($"a state taken and put back: {Middle(restored):0.00} ms");

        foreach (var (name, start) in ((string, Func<Task<GalleyCloud>>)[])[("empty", () => GalleyCloud.StartAsync()), ("out of the snapshot", () => GalleyCloud.StartAsync(snapshot))])
        {
            var (memory, heap) = Memory();
            var watch = Stopwatch.StartNew();
            var clouds = await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => Task.Run(start)));
            var took = watch.Elapsed.TotalMilliseconds;
            var (memoryNow, heapNow) = Memory();
            Line($"{Many} {name} in parallel: {took:0} ms, {(memoryNow - memory) / Many:0.0} MiB each (managed {(heapNow - heap) / Many:0.00}), {memoryNow:0} MiB the whole process, {Process.GetCurrentProcess().Threads.Count} threads");
            await Task.WhenAll(clouds.Select(one => one.DisposeAsync().AsTask()));
        }

        Directory.CreateDirectory("artifacts/bench");
        await File.WriteAllTextAsync("artifacts/bench/testing.md", report.ToString());

        void Line(FormattableString text)
        {
            var line = text.ToString(CultureInfo.InvariantCulture);
            Console.WriteLine(line);
            report.AppendLine(line);
        }
    }

    private static async Task<double> Median(Func<Task<GalleyCloud>> start)
    {
        var took = new List<double>();
        for (var i = 0; i < Rounds; i++)
        {
            GalleyCloud? cloud = null;
            took.Add(await Milliseconds(async () => cloud = await start()));
            await cloud!.DisposeAsync();
        }

        return Middle(took);
    }

    private static (double Process, double Heap) Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return (Environment.WorkingSet / 1048576.0, GC.GetTotalMemory(forceFullCollection: true) / 1048576.0);
    }

    private static double Middle(List<double> figures) => figures.Order().ElementAt(figures.Count / 2);

    private static async Task<double> Milliseconds(Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        await work();
        return watch.Elapsed.TotalMilliseconds;
    }
}
