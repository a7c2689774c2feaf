using System.Globalization;
using System.Text;

namespace Galley.Bench;

/// <summary>
/// `bench/run s3 [rounds] [seconds]`: S3's work beside the floors: small objects read and durably written, large ones both ways.
/// </summary>
internal sealed class S3Bench(int rounds, TimeSpan seconds)
{
    private static readonly string GalleyProgram = Environment.GetEnvironmentVariable("GALLEY_PROGRAM") ?? "artifacts/galley/galley", FloorProgram = Environment.GetEnvironmentVariable("GALLEY_FLOOR") ?? "artifacts/floor/Floor";
    private const int Keys = 2000, Small = 4 << 10, Large = 16 << 20;
    private readonly StringBuilder _report = new();
    private readonly string _data = Directory.CreateTempSubdirectory("galley-bench-").FullName;

    public async Task Run()
    {
        try
        {
            using var galley = await Server.Start(GalleyProgram, port => ["start", "--port", $"{port}", "--data", Path.Combine(_data, "galley")], "/_galley/health");
            var aws = await Aws.Of(GalleyProgram, galley.Port);
            await aws.Xml(HttpMethod.Put, "/bench", "s3", "<CreateBucketConfiguration><LocationConstraint>eu-west-2</LocationConstraint></CreateBucketConfiguration>");
            var (small, large) = (new string('x', Small), new string('y', Large));
            for (var key = 0; key < Keys; key++) await aws.Xml(HttpMethod.Put, $"/bench/k{key}", "s3", small);
            await aws.Xml(HttpMethod.Put, "/bench/large", "s3", large);

            using var same = await Server.Start(FloorProgram, port => [$"{port}", $"{Small}", "binary/octet-stream"], "/");
            using var log = await Server.Start(FloorProgram, port => [$"{port}", "log", Folder("log")], "/");
            using var copy = await Server.Start(FloorProgram, port => [$"{port}", "copy", Folder("copy"), $"{Large}"], "/");
            using var hashed = await Server.Start(FloorProgram, port => [$"{port}", "copy", Folder("hashed"), $"{Large}", "s3"], "/");
            Line("| work | connections | who | /s | to its floor | p50 / p99 ms | CPU µs a request | memory MiB |\n|---|---|---|---|---|---|---|---|");
            await Compare("GET 4 KiB", [16, 64], port => new Shot("GET 4 KiB", port, [.. Enumerable.Range(0, Keys).Select(key => aws.At(port).Raw("GET", $"/bench/k{key}", "s3", ""))]), ("galley", galley), ("floor-static", same));
            await Compare("PUT 4 KiB durable", [16, 64], port => new Shot("PUT 4 KiB", port, [.. Enumerable.Range(0, Keys).Select(key => aws.At(port).Raw("PUT", $"/bench/p{key}", "s3", small))]), ("galley", galley), ("floor-wal", log));
            await Compare("GET 16 MiB", [4], port => new Shot("GET 16 MiB", port, aws.At(port).Raw("GET", "/bench/large", "s3", "")), ("galley", galley), ("raw copy", copy));
            await Compare("PUT 16 MiB", [4], port => new Shot("PUT 16 MiB", port, [.. Enumerable.Range(0, 4).Select(key => aws.At(port).Raw("PUT", $"/bench/l{key}", "s3", key + large[1..]))]), ("galley", galley), ("raw copy, hashed and flushed", hashed), ("raw copy", copy));
        }
        finally
        {
            Directory.Delete(_data, recursive: true);
        }

        Directory.CreateDirectory("artifacts/bench");
        await File.WriteAllTextAsync("artifacts/bench/s3.md", _report.ToString());
    }

    private string Folder(string name) => Directory.CreateDirectory(Path.Combine(_data, name)).FullName;

    private async Task Compare(string work, int[] connections, Func<int, Shot> shots, params (string Name, Server Server)[] servers)
    {
        var prepared = servers.Select(server => shots(server.Server.Port)).ToArray();
        foreach (var count in connections)
        {
            var figures = servers.Select(_ => new List<Round>()).ToArray();
            for (var round = 0; round <= rounds; round++) // the first warms up
                for (var i = 0; i < servers.Length; i++)
                {
                    var figure = await Load.Run(prepared[i], count, seconds, servers[i].Server.Id);
                    if (round > 0) figures[i].Add(figure);
                }

            var floor = Median(figures[^1], r => r.PerSecond);
            for (var i = 0; i < servers.Length; i++)
            {
                var list = figures[i];
                Line(string.Create(CultureInfo.InvariantCulture, $"| {work} | {count} | {servers[i].Name} | {Median(list, r => r.PerSecond):0} | {Median(list, r => r.PerSecond) / floor:0.00} | {Median(list, r => r.P50):0.00} / {Median(list, r => r.P99):0.00} | {Median(list, r => r.CpuMicroseconds):0.0} | {Proc.Memory(servers[i].Server.Id):0} |"));
            }
        }
    }

    private void Line(string text)
    {
        Console.WriteLine(text);
        _report.AppendLine(text);
    }

    private static double Median(List<Round> list, Func<Round, double> figure) => list.Select(figure).Order().ElementAt(list.Count / 2);
}
