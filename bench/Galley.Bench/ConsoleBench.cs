using System.Globalization;

namespace Galley.Bench;

/// <summary>What carrying the web console costs a program whose console nobody opens: the same program with it and without it, started in turn.</summary>
internal static class ConsoleBench
{
    /// <param name="with">The program with the console.</param>
    /// <param name="without">The same sources without it.</param>
    /// <param name="rounds">Starts of each.</param>
    public static async Task Run(string with, string without, int rounds)
    {
        var programs = new[] { (Name: "with the console", Path: with, Seen: new List<(double Start, double Cpu, double Idle)>()), (Name: "without", Path: without, Seen: []) };
        for (var round = 0; round <= rounds; round++)
            foreach (var program in round % 2 == 0 ? programs : programs.Reverse())
            {
                using var server = await Server.Start(program.Path, port => ["start", "--port", $"{port}", "--in-memory"], "/_galley/health");
                var cpu = Proc.CpuSeconds(server.Id) * 1000;
                await Task.Delay(TimeSpan.FromSeconds(1)); // what start leaves behind is done by then
                if (round > 0) program.Seen.Add((server.StartMilliseconds, cpu, Proc.Memory(server.Id))); // the first warms the disk's cache
            }

        Console.WriteLine("| program | MB | start ms, median (least) | CPU ms of a start | idle MiB (Pss) |\n|---|---|---|---|---|");
        foreach (var (name, path, seen) in programs)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {new FileInfo(path).Length / 1e6:0.00} | {Median(seen.Select(one => one.Start)):0.0} ({seen.Min(one => one.Start):0.0}) | {seen.Average(one => one.Cpu):0.0} | {Median(seen.Select(one => one.Idle)):0.0} |"));
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
