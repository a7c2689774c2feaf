using System.Diagnostics;
using System.Globalization;
using System.Text;
using Galley.Store;
using Galley.Store.Embedded;

namespace Galley.Bench;

/// <summary>
/// `bench/run dynamodb [rounds] [seconds] [items]`: DynamoDB's work beside the floors, the store alone and, where they can be had,
/// dynalite and moto; then a table of many items: load, point reads, memory, disk, start.
/// </summary>
internal sealed class DynamoDBBench(int rounds, TimeSpan seconds, int many)
{
    private const string GalleyProgram = "artifacts/galley/galley", FloorProgram = "artifacts/floor/Floor";
    private readonly StringBuilder _report = new();
    private readonly string _data = Directory.CreateTempSubdirectory("galley-bench-").FullName;

    public async Task Run()
    {
        try
        {
            await Starts();
            using var galley = await StartGalley();
            var items = new Items(await Aws.Of(GalleyProgram, galley.Port));
            await items.CreateTable();
            await items.Fill(0, Items.Few);
            using var floor = await Server.Start(FloorProgram, port => [$"{port}", "ddb"], "/");
            using var log = await Server.Start(FloorProgram, port => [$"{port}", "ddb", Folder("log")], "/");
            foreach (var port in (int[])[floor.Port, log.Port]) await Once(items.Puts(port));
            Line(Text($"memory, idle with {Items.Few} items: galley {Proc.Memory(galley.Id):0} MiB, floor-ddb {Proc.Memory(floor.Id):0} MiB"));
            Line("\n| work | connections | who | /s | times the last of its rows | p50 / p99 ms | CPU µs a request | memory MiB |\n|---|---|---|---|---|---|---|---|");
            await Compare("GetItem", [16, 64], items.Gets, ("galley", galley), ("floor-ddb", floor));
            await Compare("PutItem", [16, 64], items.Puts, ("galley", galley), ("floor-ddbwal", log));
            using (var query = await SameBytes(items.Queries(galley.Port)))
                await Compare("Query of 100", [16, 64], items.Queries, ("galley", galley), ("floor, same bytes", query));
            using (var scan = await SameBytes(items.Scans(galley.Port)))
                await Compare("Scan of 1000", [4], items.Scans, ("galley", galley), ("floor, same bytes", scan));
            await using (var alone = new RocksStore(Folder("alone")))
            {
                await Compare("BatchWriteItem of 25", [16], Of("galley", galley, items.Batches), new("the store alone", _ => StoreAlone(alone, 25, items.Firsts(25)), 0));
                await Compare("TransactWriteItems of 4", [16], Of("galley", galley, items.Transactions), new("the store alone", _ => StoreAlone(alone, 4, items.Firsts(4)), 0));
            }

            await Peers(galley, items);
            await Growth(galley, items);
        }
        finally
        {
            Directory.Delete(_data, recursive: true);
        }

        Directory.CreateDirectory("artifacts/bench");
        await File.WriteAllTextAsync("artifacts/bench/dynamodb.md", _report.ToString());
    }

    /// <summary>Two programs in turn, so that whatever else the machine does meets both: CPU a request says which is the cheaper.</summary>
    public async Task Pairs(string before, string now, string part)
    {
        try
        {
            using var a = await Server.Start(before, port => ["start", "--port", $"{port}", "--data", Path.Combine(_data, "before")], "/_galley/health");
            using var b = await Server.Start(now, port => ["start", "--port", $"{port}", "--data", Path.Combine(_data, "now")], "/_galley/health");
            var (first, second) = (new Items(await Aws.Of(before, a.Port)), new Items(await Aws.Of(now, b.Port)));
            foreach (var items in (Items[])[first, second])
            {
                await items.CreateTable();
                await items.Fill(0, Items.Few);
            }

            Line("| work | connections | CPU µs before | now | ratio | /s before | now |\n|---|---|---|---|---|---|---|");
            foreach (var (work, count, shots) in ((string, int, Func<Items, int, Shot>)[])
                     [("GetItem", 64, (items, port) => items.Gets(port)), ("PutItem", 64, (items, port) => items.Puts(port)), ("Query of 100", 16, (items, port) => items.Queries(port)), ("Scan of 1000", 4, (items, port) => items.Scans(port)), ("BatchWriteItem of 25", 16, (items, port) => items.Batches(port)), ("TransactWriteItems of 4", 16, (items, port) => items.Transactions(port))])
            {
                if (!work.Contains(part, StringComparison.OrdinalIgnoreCase)) continue;
                List<Round> old = [], young = [];
                for (var round = 0; round <= rounds; round++) // the first warms up
                {
                    var (x, y) = (await Load.Run(shots(first, a.Port), count, seconds, a.Id), await Load.Run(shots(second, b.Port), count, seconds, b.Id));
                    if (round > 0) (old, young) = ([.. old, x], [.. young, y]);
                }

                Line(Text($"| {work} | {count} | {Median(old, r => r.CpuMicroseconds):0.0} | {Median(young, r => r.CpuMicroseconds):0.0} | {Median(young, r => r.CpuMicroseconds) / Median(old, r => r.CpuMicroseconds):0.00} | {Median(old, r => r.PerSecond):0} | {Median(young, r => r.PerSecond):0} |"));
            }
        }
        finally
        {
            Directory.Delete(_data, recursive: true);
        }
    }

    /// <summary>One operation under `perf record`, which writes artifacts/bench/perf.data; the program's own symbols are those beside it (`galley.dbg`).</summary>
    public async Task Profile(string work, int connections, string program, int count)
    {
        try
        {
            using var server = await Server.Start(program, port => ["start", "--port", $"{port}", "--data", Folder("profile")], "/_galley/health");
            var items = new Items(await Aws.Of(program, server.Port)) { Count = count };
            await items.CreateTable();
            await items.Fill(0, count);
            var shot = work switch
            {
                "GetItem" => items.Gets(server.Port),
                "PutItem" => items.Puts(server.Port),
                "Query" => items.Queries(server.Port),
                "Scan" => items.Scans(server.Port),
                "BatchWriteItem" => items.Batches(server.Port),
                _ => items.Transactions(server.Port),
            };
            await Load.Run(shot, connections, TimeSpan.FromSeconds(1), server.Id);
            Directory.CreateDirectory("artifacts/bench");
            using var perf = Process.Start("perf", ["record", "-q", "-F", "1999", "-g", "-p", $"{server.Id}", "-o", "artifacts/bench/perf.data", "--", "sleep", seconds.TotalSeconds.ToString(CultureInfo.InvariantCulture)]);
            var round = await Load.Run(shot, connections, seconds, server.Id);
            await perf.WaitForExitAsync();
            Console.WriteLine(Text($"{work}, {connections} connections: {round.PerSecond:0}/s, {round.CpuMicroseconds:0.0} µs CPU a request, p50 {round.P50:0.00} ms, p99 {round.P99:0.00} ms, {Proc.Memory(server.Id):0} MiB"));
        }
        finally
        {
            Directory.Delete(_data, recursive: true);
        }
    }

    private string Folder(string name) => Directory.CreateDirectory(Path.Combine(_data, name)).FullName;

    private Task<Server> StartGalley(string folder = "few") => Server.Start(GalleyProgram, port => ["start", "--port", $"{port}", "--data", Path.Combine(_data, folder)], "/_galley/health");

    /// <summary>Somebody who does a work over so many connections.</summary>
    /// <param name="Process">Whose memory is told; 0 for none.</param>
    private sealed record Contestant(string Name, Func<int, Task<Round>> Run, int Process);

    private Contestant Of(string name, Server server, Func<int, Shot> shots) => new(name, count => Load.Run(shots(server.Port), count, seconds, server.Id), server.Id);

    private Task Compare(string work, int[] connections, Func<int, Shot> shots, params (string Name, Server Server)[] servers)
        => Compare(work, connections, [.. servers.Select(one => Of(one.Name, one.Server, shots))]);

    /// <summary>All in turn, second by second: a machine that is faster now than a minute ago is so for each of them.</summary>
    private async Task Compare(string work, int[] connections, params Contestant[] all)
    {
        foreach (var count in connections)
        {
            var figures = all.Select(_ => new List<Round>()).ToArray();
            for (var round = 0; round <= rounds; round++) // the first warms up
                for (var i = 0; i < all.Length; i++)
                {
                    var figure = await all[i].Run(count);
                    if (round > 0) figures[i].Add(figure);
                }

            for (var i = 0; i < all.Length; i++)
            {
                var (mine, last) = (figures[i], figures[^1]);
                var times = i == all.Length - 1 ? "" : Text($"{mine.Zip(last, (a, b) => a.PerSecond / b.PerSecond).Order().ElementAt(rounds / 2):0.00}");
                Line(Text($"| {work} | {count} | {all[i].Name} | {Median(mine, r => r.PerSecond):0} | {times} | {Median(mine, r => r.P50):0.00} / {Median(mine, r => r.P99):0.00} | {Median(mine, r => r.CpuMicroseconds):0.0} | {(all[i].Process == 0 ? "" : Text($"{Proc.Memory(all[i].Process):0}"))} |"));
            }
        }
    }

    /// <summary>A bare Kestrel that answers as many bytes as Galley does.</summary>
    private static async Task<Server> SameBytes(Shot shot)
    {
        using var http = new System.Net.Sockets.TcpClient("127.0.0.1", shot.Port);
        await http.GetStream().WriteAsync(shot.Requests[0]);
        var buffer = new byte[64 << 10];
        var head = Encoding.ASCII.GetString(buffer, 0, await http.GetStream().ReadAsync(buffer));
        var at = head.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase) + 16;
        return await Server.Start(FloorProgram, port => [$"{port}", head[at..head.IndexOf('\r', at)], "application/x-amz-json-1.0"], "/");
    }

    /// <summary>What Galley's store does by itself with the same items: 16 writers, <paramref name="puts"/> items a commit, durable.</summary>
    private async Task<Round> StoreAlone(RocksStore store, int puts, int[] firsts)
    {
        var (done, end) = (0, Stopwatch.GetTimestamp() + (long)(seconds.TotalSeconds * Stopwatch.Frequency));
        var cpu = Proc.CpuSeconds(Environment.ProcessId);
        var latencies = Enumerable.Range(0, 16).Select(_ => new List<double>()).ToArray();
        await Task.WhenAll(latencies.Select((mine, writer) => Task.Run(async () =>
        {
            for (var n = 0; Stopwatch.GetTimestamp() < end; n++)
            {
                var start = Stopwatch.GetTimestamp();
                var first = firsts[(n * 16 + writer) % firsts.Length];
                await store.Write(transaction =>
                {
                    for (var i = 0; i < puts; i++) transaction.Put(Key.Of("item", Items.Partition(first + i), Items.Sort(first + i)), Encoding.UTF8.GetBytes(Items.Json(first + i, n)));
                    return ValueTask.FromResult(true);
                });
                mine.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                Interlocked.Increment(ref done);
            }
        })));
        var sorted = latencies.SelectMany(list => list).Order().ToList();
        cpu = Proc.CpuSeconds(Environment.ProcessId) - cpu;
        return new Round(done / seconds.TotalSeconds, sorted[sorted.Count / 2], sorted[(int)(sorted.Count * 0.99)], cpu / done * 1e6);
    }

    private async Task Peers(Server galley, Items items)
    {
        foreach (var peer in await Peer.All(Folder("peers")))
            try
            {
                using var server = await peer.Start();
                var theirs = items.At(server.Port);
                await theirs.CreateTable();
                await theirs.Fill(0, Items.Few);
                foreach (var (work, counts, shots) in ((string, int[], Func<int, Shot>)[])
                         [("GetItem", [16, 64], items.Gets), ("PutItem", [16, 64], items.Puts), ("Query of 100", [16], items.Queries), ("Scan of 1000", [4], items.Scans), ("BatchWriteItem of 25", [16], items.Batches)])
                    await Compare(work, counts, shots, ("galley", galley), (peer.Name, server));
            }
            catch (InvalidOperationException e)
            {
                Console.WriteLine($"({peer.Name} fails: {e.Message.Split('\n')[0]})");
            }
    }

    /// <summary>Point reads of a table with few items and of one with many.</summary>
    private async Task Growth(Server few, Items items)
    {
        Line($"\n| items | point read p50 / p99 ms, 16 connections | CPU µs | memory MiB | disk bytes an item | start ms | start ms after kill -9 |\n|---|---|---|---|---|---|---|");
        var folder = Path.Combine(_data, "many");
        var row = "";
        List<Round> small = [], large = [];
        using (var galley = await StartGalley("many"))
        {
            var theirs = new Items(await Aws.Of(GalleyProgram, galley.Port)) { Count = many };
            await theirs.CreateTable();
            var watch = Stopwatch.StartNew();
            await theirs.Fill(0, many);
            Console.WriteLine(Text($"(filled at {many / watch.Elapsed.TotalSeconds:0} items/s)"));
            for (var round = 0; round <= rounds; round++)
            {
                var (a, b) = (await Load.Run(items.Gets(few.Port), 16, seconds, few.Id), await Load.Run(theirs.Gets(galley.Port), 16, seconds, galley.Id));
                if (round > 0) (small, large) = ([.. small, a], [.. large, b]);
            }

            Line(Text($"| {Items.Few} | {Median(small, r => r.P50):0.00} / {Median(small, r => r.P99):0.00} | {Median(small, r => r.CpuMicroseconds):0.0} | {Proc.Memory(few.Id):0} | | | |"));
            row = Text($"| {many} | {Median(large, r => r.P50):0.00} / {Median(large, r => r.P99):0.00} (×{Median(large, r => r.P50) / Median(small, r => r.P50):0.00}) | {Median(large, r => r.CpuMicroseconds):0.0} | {Proc.Memory(galley.Id):0} | ");
            galley.Kill();
        }

        double killed, clean;
        using (var galley = await StartGalley("many")) killed = galley.StartMilliseconds;
        var bytes = new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        using (var galley = await StartGalley("many")) clean = galley.StartMilliseconds;
        Line(Text($"{row}{(double)bytes / many:0} | {clean:0} | {killed:0} |"));
    }

    private async Task Starts()
    {
        List<double> ours = [], theirs = [];
        var (idle, bare) = (0.0, 0.0);
        for (var round = 0; round < Math.Max(rounds, 5); round++)
        {
            using (var galley = await StartGalley("empty")) (idle, ours) = (await AtRest(galley), [.. ours, galley.StartMilliseconds]);
            using (var floor = await Server.Start(FloorProgram, port => [$"{port}", "200", "application/json"], "/")) (bare, theirs) = (await AtRest(floor), [.. theirs, floor.StartMilliseconds]);
        }

        var (a, b) = (ours.Order().ElementAt(ours.Count / 2), theirs.Order().ElementAt(theirs.Count / 2));
        Line(Text($"start to the first right answer (median): galley {a:0} ms, floor-json {b:0} ms, ratio {a / b:0.0}; memory half a second later: galley {idle:0} MiB, floor-json {bare:0} MiB, ratio {idle / bare:0.0}"));
    }

    private static async Task<double> AtRest(Server server)
    {
        await Task.Delay(TimeSpan.FromSeconds(0.5));
        return Proc.Memory(server.Id);
    }

    private static async Task Once(Shot shot)
    {
        using var http = new System.Net.Sockets.TcpClient("127.0.0.1", shot.Port);
        var buffer = new byte[64 << 10];
        foreach (var request in shot.Requests)
        {
            await http.GetStream().WriteAsync(request);
            if (await http.GetStream().ReadAsync(buffer) == 0) throw new InvalidOperationException("closed");
        }
    }

    private void Line(string text)
    {
        Console.WriteLine(text);
        _report.AppendLine(text);
    }

    private static double Median(List<Round> list, Func<Round, double> figure) => list.Select(figure).Order().ElementAt(list.Count / 2);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
