// Galley beside its floors in one run: `bench/run [dynamodb|s3|lambda|watch|cognito|cdn|testing|console] [rounds] [seconds] [items]`. Ratios count; absolute figures drift with the machine.
using System.Globalization;
using System.Text;
using Galley.Bench;

if (args is ["pairs", var before, .. var span])
{
    double Time(int at, double otherwise) => span.Length > at ? double.Parse(span[at], CultureInfo.InvariantCulture) : otherwise;
    await new DynamoDBBench((int)Time(0, 5), TimeSpan.FromSeconds(Time(1, 1)), 0).Pairs(before, "artifacts/galley/galley", span.Length > 2 ? span[2] : "");
    return;
}

if (args is ["profile", var one, var lines, var length, .. var more])
{
    await new DynamoDBBench(1, TimeSpan.FromSeconds(double.Parse(length, CultureInfo.InvariantCulture)), 0).Profile(one, int.Parse(lines, CultureInfo.InvariantCulture), more.Length > 0 ? more[0] : "artifacts/galley/galley", more.Length > 1 ? int.Parse(more[1], CultureInfo.InvariantCulture) : Items.Few);
    return;
}

if (args is ["dynamodb", .. var figures])
{
    await new DynamoDBBench(Figure(0, 3), TimeSpan.FromSeconds(Figure(1, 2)), Figure(2, 1_000_000)).Run();
    return;

    int Figure(int at, int otherwise) => figures.Length > at ? int.Parse(figures[at], CultureInfo.InvariantCulture) : otherwise;
}

if (args is ["console", var with, var without, .. var starts])
{
    await ConsoleBench.Run(with, without, starts.Length > 0 ? int.Parse(starts[0], CultureInfo.InvariantCulture) : 20);
    return;
}

if (args is ["testing"])
{
    await TestingBench.Run();
    return;
}

if (args is ["cdn", .. var counts])
{
    await new CdnBench(counts.Length > 0 ? int.Parse(counts[0], CultureInfo.InvariantCulture) : 3, TimeSpan.FromSeconds(counts.Length > 1 ? double.Parse(counts[1], CultureInfo.InvariantCulture) : 2)).Run();
    return;
}

if (args is ["s3", .. var times])
{
    await new S3Bench(times.Length > 0 ? int.Parse(times[0], CultureInfo.InvariantCulture) : 3, TimeSpan.FromSeconds(times.Length > 1 ? double.Parse(times[1], CultureInfo.InvariantCulture) : 2)).Run();
    return;
}

if (args is ["lambda", .. var sizes])
{
    await new LambdaBench(sizes.Length > 0 ? int.Parse(sizes[0], CultureInfo.InvariantCulture) : 5, sizes.Length > 1 ? int.Parse(sizes[1], CultureInfo.InvariantCulture) : 2000).Run();
    return;
}

if (args is ["watch", .. var repeated])
{
    await new WatchBench(repeated.Length > 0 ? int.Parse(repeated[0], CultureInfo.InvariantCulture) : 5).Run();
    return;
}

if (args is ["cognito", .. var given])
{
    await new CognitoBench(given.Length > 0 ? int.Parse(given[0], CultureInfo.InvariantCulture) : 3, TimeSpan.FromSeconds(given.Length > 1 ? double.Parse(given[1], CultureInfo.InvariantCulture) : 2)).Run();
    return;
}

var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 3;
var seconds = TimeSpan.FromSeconds(args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 2);
const string galleyProgram = "artifacts/galley/galley", floorProgram = "artifacts/floor/Floor";
var data = Directory.CreateTempSubdirectory("galley-bench-").FullName;
var report = new StringBuilder();
try
{
    await Starts();
    using var galley = await Server.Start(galleyProgram, port => ["start", "--port", $"{port}", "--data", data], "/_galley/health");
    await Shell.Run(galleyProgram, "deploy", "samples/cook-recipes", "--no-build", "--port", $"{galley.Port}");
    using var floorJson = await Server.Start(floorProgram, port => [$"{port}", "200", "application/json"], "/");
    var shots = await new App(await Aws.Of(galleyProgram, galley.Port), galley.Port).Prepare(floorJson.Port);
    using var floorProxy = await Server.Start(floorProgram, port => [$"{port}", "proxy", $"{floorJson.Port}"], "/");
    using var floorNode = await Front("node", "-p", "process.execPath", "bootstrap.mjs", "f.mjs", App.NodeCode);
    using var floorPython = await Front("python3", "-c", "import sys; print(sys.executable)", "bootstrap.py", "f.py", App.PythonCode);
    using var floorStatic = await Server.Start(floorProgram, port => [$"{port}", $"{new FileInfo("samples/cook-recipes/web/dist/index.html").Length}", "text/html"], "/");
    Line($"memory, idle after deployment: galley {Proc.Memory(galley.Id):0} MiB, floor {Proc.Memory(floorJson.Id):0} MiB");
    Line("");
    Line("| work | connections | galley /s | floor /s | ratio | p50 / p99 ms | floor p50 / p99 | CPU µs a request | floor CPU µs |");
    Line("|---|---|---|---|---|---|---|---|---|");
    foreach (var shot in shots.Where(shot => args.Length < 3 || shot.Name.Contains(args[2], StringComparison.OrdinalIgnoreCase)))
        foreach (var connections in shot.Name == "sign-in" ? (int[])[4] : [16, 64])
        {
            var floor = shot.Floor switch { "static" => floorStatic, "node" => floorNode, "python" => floorPython, "proxy" => floorProxy, _ => floorJson };
            var bare = shot with { Port = floor.Port, Status = 200 };
            List<Round> ours = [], theirs = [];
            for (var round = 0; round <= rounds; round++) // the first warms up
            {
                var (a, b) = (await Load.Run(shot, connections, seconds, galley.Id), await Load.Run(bare, connections, seconds, floor.Id));
                if (round > 0) (ours, theirs) = ([.. ours, a], [.. theirs, b]);
            }

            double M(List<Round> list, Func<Round, double> figure) => list.Select(figure).Order().ElementAt(list.Count / 2);
            Line(string.Create(CultureInfo.InvariantCulture, $"| {shot.Name} | {connections} | {M(ours, r => r.PerSecond):0} | {M(theirs, r => r.PerSecond):0} | {M(ours, r => r.PerSecond) / M(theirs, r => r.PerSecond):0.00} | {M(ours, r => r.P50):0.00} / {M(ours, r => r.P99):0.00} | {M(theirs, r => r.P50):0.00} / {M(theirs, r => r.P99):0.00} | {M(ours, r => r.CpuMicroseconds):0.0} | {M(theirs, r => r.CpuMicroseconds):0.0} |"));
        }

    Line("");
    Line($"memory after the load: galley {Proc.Memory(galley.Id):0} MiB, floor {Proc.Memory(floorJson.Id):0} MiB");
    Directory.CreateDirectory("artifacts/bench");
    await File.WriteAllTextAsync("artifacts/bench/latest.md", report.ToString());
}
finally
{
    Directory.Delete(data, recursive: true);
}

// The bare front before as many processes as Galley starts for a function at once.
async Task<Server> Front(string program, string asks, string question, string bootstrap, string file, string code)
{
    var folder = Directory.CreateDirectory(Path.Combine(data, "floor-" + program)).FullName;
    await File.WriteAllTextAsync(Path.Combine(folder, file), code);
    var interpreter = (await Shell.Run(program, asks, question)).Trim();
    foreach (var (name, value) in ((string, string)[])[("LAMBDA_TASK_ROOT", folder), ("_HANDLER", "f.handler"), ("_GALLEY_PORT", "1")]) Environment.SetEnvironmentVariable(name, value);
    return await Server.Start(floorProgram, port => [$"{port}", "front", $"{Math.Max(2, Environment.ProcessorCount * 2)}", interpreter, Path.GetFullPath("src/Galley/Lambda/Invoke/" + bootstrap)], "/");
}

void Line(string text)
{
    Console.WriteLine(text);
    report.AppendLine(text);
}

async Task Starts()
{
    List<double> ours = [], disk = [], theirs = [];
    for (var round = 0; round < Math.Max(rounds, 5); round++)
    {
        using (var galley = await Server.Start(galleyProgram, port => ["start", "--port", $"{port}", "--in-memory"], "/_galley/health")) ours.Add(galley.StartMilliseconds);
        using (var galley = await Server.Start(galleyProgram, port => ["start", "--port", $"{port}", "--data", data], "/_galley/health")) disk.Add(galley.StartMilliseconds);
        using (var floor = await Server.Start(floorProgram, port => [$"{port}", "200", "application/json"], "/")) theirs.Add(floor.StartMilliseconds);
    }

    double M(List<double> list) => list.Order().ElementAt(list.Count / 2);
    Line(string.Create(CultureInfo.InvariantCulture, $"start to the first right answer (median): galley in memory {M(ours):0} ms, on disk {M(disk):0} ms, floor {M(theirs):0} ms; ratio {M(ours) / M(theirs):0.0} and {M(disk) / M(theirs):0.0}"));
}
