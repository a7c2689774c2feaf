using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Galley.Wire;

namespace Galley.Bench;

/// <summary>
/// `bench/run lambda [rounds] [events]`: what Galley adds to a warm invocation over the raw round trip to the same process, invocations a
/// second, cold starts beside the bare process's own start, with and without the sandbox, and the memory of an idle function; bombs beside others; a thousand functions. In process,
/// so that no front stands before it.
/// </summary>
internal sealed class LambdaBench(int rounds, int events)
{
    private static readonly TimeSpan BombTime = TimeSpan.FromSeconds(5);
    private const string Role = "arn:aws:iam::000000000000:role/bench";
    private readonly StringBuilder _report = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("galley-bench-").FullName;

    private sealed record Kind(string Name, string Runtime, string Handler, string File, byte[] Code, Func<string, ProcessStartInfo> Bare);

    public async Task Run()
    {
        var root = Directory.GetCurrentDirectory();
        Kind[] kinds =
        [
            new("raw C#, AOT", "provided.al2023", "x", "bootstrap", await File.ReadAllBytesAsync($"{root}/artifacts/floor/Floor"), _ => new ProcessStartInfo($"{root}/artifacts/floor/Floor", ["0", "worker"])),
            new("Python", "python3.12", "f.handler", "f.py", "def handler(event, context):\n    return event\n"u8.ToArray(), folder => Interpreted(await_("python3", "-c", "import sys; print(sys.executable)"), $"{root}/src/Galley/Lambda/Invoke/bootstrap.py", "f.handler", folder)),
            new("Node", "nodejs20.x", "f.handler", "f.mjs", "export const handler = async (event) => event;\n"u8.ToArray(), folder => Interpreted(await_("node", "-p", "process.execPath"), $"{root}/src/Galley/Lambda/Invoke/bootstrap.mjs", "f.handler", folder)),
        ];
        try
        {
            Line("| function | raw p50 µs | Galley p50 µs | adds µs | /s, 16 at once | µs CPU of Galley an event | bare start ms | cold ms | cold in the sandbox ms | idle MiB, bare / Galley / sandbox |");
            Line("|---|---|---|---|---|---|---|---|---|---|");
            foreach (var kind in kinds) await Measure(kind);
            await Bombs(kinds[1]);
            await Growth(kinds[1]);
        }
        finally
        {
            Directory.Delete(_folder, recursive: true);
        }

        Directory.CreateDirectory("artifacts/bench");
        await File.WriteAllTextAsync("artifacts/bench/lambda.md", _report.ToString());

        static string await_(string program, params string[] arguments) => Shell.Run(program, arguments).GetAwaiter().GetResult().Trim();
    }

    private async Task Measure(Kind kind)
    {
        var code = Directory.CreateDirectory(Path.Combine(_folder, kind.Name)).FullName;
        await File.WriteAllBytesAsync(Path.Combine(code, kind.File), kind.Code);
        await using var open = await Galley(kind, SandboxMode.Off);
        await using var contained = await Galley(kind, SandboxMode.On);
        List<double> raw = [], ours = [], bare = [], cold = [], boxed = [];
        var (bareMemory, memory, boxedMemory) = (0.0, 0.0, 0.0);
        for (var round = 0; round < rounds; round++)
        {
            using var floor = new RawFloor(kind.Bare(code));
            bare.Add(floor.Started());
            raw.Add(Median(events, () => floor.RoundTrip("{\"a\":1}"u8)));
            bareMemory = Proc.Memory(floor.Process);
            await Renew(open);
            cold.Add(await Once(open));
            ours.Add(await MedianAsync(events, async () => await Once(open)));
            await Renew(contained);
            boxed.Add(await Once(contained));
            (memory, boxedMemory) = (MemoryOf(open.Port), MemoryOf(contained.Port));
        }

        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < events / 4; i++) await Once(open);
        })));
        var many = events / 4 * 16;
        var cpu = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMicroseconds / many;
        Line(string.Create(CultureInfo.InvariantCulture,
            $"| {kind.Name} | {Middle(raw) * 1000:0} | {Middle(ours) * 1000:0} | {(Middle(ours) - Middle(raw)) * 1000:0} | {many / watch.Elapsed.TotalSeconds:0} | {cpu:0} | {Middle(bare):0} | {Middle(cold):0} | {Middle(boxed):0} | {bareMemory:0} / {memory:0} / {boxedMemory:0} |"));
    }

    /// <summary>
    /// The faults of tests/Galley.Tests/Lambda/probes/bombs.py, each again and again in a contained function: what the one caller of another
    /// function notices, and how far Galley's memory grows (the process is the bench's own). Each gets a new environment, so `restarts` does that alone.
    /// </summary>
    private async Task Bombs(Kind kind)
    {
        await using var server = await Galley(kind, SandboxMode.On);
        var bomb = new Kind("bomb", "python3.12", "b.lambda_handler", "b.py", await File.ReadAllBytesAsync("tests/Galley.Tests/Lambda/probes/bombs.py"), kind.Bare);
        await Create(AwsOf(server), "bombs", bomb, seconds: 1);
        await Once(server, "bombs");
        Line("");
        Line("| in a contained function | times | calls of another | p50 µs | p99 µs | p99 beside its own | MiB that Galley grew |");
        Line("|---|---|---|---|---|---|---|");
        var alone = 0.0;
        foreach (var name in (string[])["nothing", "restarts", "memory", "threads", "files", "disk", "output", "result", "forks", "daemon"])
        {
            var (before, most, times, stop) = (Proc.Memory(Environment.ProcessId), 0.0, 0, false);
            var exploding = name == "nothing" ? Task.CompletedTask : Task.Run(async () =>
            {
                for (; !Volatile.Read(ref stop); times++)
                {
                    await server.Functions.Invoke("bombs", Root(server), null, Encoding.UTF8.GetBytes(name == "restarts" ? "{}" : $$"""{"bomb":"{{name}}","parts":"2"}"""), CancellationToken.None);
                    await server.Functions.Renew("bombs");
                }
            });
            var all = new List<double>();
            for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < BombTime;)
            {
                all.Add(await Once(server));
                if (all.Count % 100 == 0) most = Math.Max(most, Proc.Memory(Environment.ProcessId));
            }

            Volatile.Write(ref stop, true);
            await exploding;
            all.Sort();
            var p99 = all[all.Count * 99 / 100];
            if (name == "nothing") alone = p99;
            Line(string.Create(CultureInfo.InvariantCulture, $"| {name} | {times} | {all.Count} | {Middle(all) * 1000:0} | {p99 * 1000:0} | {p99 / alone:0.0} | {Math.Max(0, most - before):0} |"));
        }
    }

    /// <summary>What one function's callers notice of a thousand others (performance, row 16), and what each of those costs that has run once.</summary>
    private async Task Growth(Kind kind)
    {
        const int many = 1000, ran = 50;
        await using var server = await Galley(kind, SandboxMode.On);
        Line("");
        Line("| functions | warm p50 µs | cold ms | MiB of Galley |");
        Line("|---|---|---|---|");
        var (warm, cold) = await Row(1);
        for (var i = 1; i < many; i++) await Create(AwsOf(server), $"g{i}", kind, seconds: 60);
        for (var i = 1; i <= ran; i++) await Once(server, $"g{i}");
        var (warmThen, coldThen) = await Row(many);
        Line(string.Create(CultureInfo.InvariantCulture, $"| ratio | {warmThen / warm:0.00} | {coldThen / cold:0.00} | |"));

        async Task<(double Warm, double Cold)> Row(int functions)
        {
            var starts = new List<double>();
            for (var round = 0; round < rounds; round++)
            {
                await Renew(server);
                starts.Add(await Once(server));
            }

            var calls = await MedianAsync(events, async () => await Once(server));
            Line(string.Create(CultureInfo.InvariantCulture, $"| {functions} | {calls * 1000:0} | {Middle(starts):0} | {Proc.Memory(Environment.ProcessId):0} |"));
            return (calls, Middle(starts));
        }
    }

    private static async Task<GalleyServer> Galley(Kind kind, SandboxMode sandbox)
    {
        var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Sandbox = sandbox });
        var aws = AwsOf(server);
        await aws.Form("iam", "Action=CreateRole&Version=2010-05-08&RoleName=bench&AssumeRolePolicyDocument=" + Uri.EscapeDataString("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"""));
        await Create(aws, "f", kind, seconds: 60);
        await aws.Xml(HttpMethod.Post, "/2015-03-31/functions/f/invocations", "lambda", "{}"); // the code is unpacked, the sandbox found
        return server;
    }

    private static Aws AwsOf(GalleyServer server) => new(server.Port, new Dictionary<string, string> { ["AWS_REGION"] = server.Region, ["AWS_ACCESS_KEY_ID"] = server.AccessKeyId, ["AWS_SECRET_ACCESS_KEY"] = server.SecretAccessKey });

    private static async Task Create(Aws aws, string name, Kind kind, int seconds)
    {
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            var entry = archive.CreateEntry(kind.File);
            entry.ExternalAttributes = 0x81ED << 16;
            await using var content = await entry.OpenAsync();
            await content.WriteAsync(kind.Code);
        }

        await aws.Xml(HttpMethod.Post, "/2015-03-31/functions", "lambda", $$"""{"FunctionName":"{{name}}","Runtime":"{{kind.Runtime}}","Handler":"{{kind.Handler}}","Role":"{{Role}}","Timeout":{{seconds}},"Code":{"ZipFile":"{{Convert.ToBase64String(zip.ToArray())}}"} }""");
    }

    /// <summary>The next invocation is a cold start.</summary>
    private static Task Renew(GalleyServer server) => server.Functions.Renew("f");

    /// <summary>Milliseconds of one invocation from inside.</summary>
    private static async Task<double> Once(GalleyServer server, string function = "f")
    {
        var start = Stopwatch.GetTimestamp();
        var result = await server.Functions.Invoke(function, Root(server), null, function == "f" ? "{\"a\":1}"u8.ToArray() : "{}"u8.ToArray(), CancellationToken.None);
        if (result.FunctionError is not null) throw new InvalidOperationException(Encoding.UTF8.GetString(result.Payload.Span));
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static Principal Root(GalleyServer server) => new(PrincipalKind.Root, $"arn:aws:iam::{server.Account}:root", server.Account);

    /// <summary>MiB of the processes that a Galley runs for its function.</summary>
    private static double MemoryOf(int port) => Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)).Sum(folder =>
    {
        try
        {
            return File.ReadAllText(folder + "/environ").Contains($"AWS_ENDPOINT_URL=http://127.0.0.1:{port}\0", StringComparison.Ordinal) ? Proc.Memory(int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture)) : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    });

    private static ProcessStartInfo Interpreted(string interpreter, string bootstrap, string handler, string folder)
    {
        var start = new ProcessStartInfo(interpreter, [bootstrap]);
        start.Environment["LAMBDA_TASK_ROOT"] = folder;
        start.Environment["_HANDLER"] = handler;
        start.Environment["_GALLEY_PORT"] = "1";
        return start;
    }

    private static double Median(int times, Func<double> run) => Middle([.. Enumerable.Range(0, times).Select(_ => run())]);

    private static async Task<double> MedianAsync(int times, Func<Task<double>> run)
    {
        var all = new List<double>(times);
        for (var i = 0; i < times; i++) all.Add(await run());
        return Middle(all);
    }

    private static double Middle(List<double> all) => all.Order().ElementAt(all.Count / 2);

    private void Line(string text)
    {
        Console.WriteLine(text);
        _report.AppendLine(text);
    }
}

/// <summary>The least that a Runtime API can do: one socket, one process, bytes out and bytes in.</summary>
internal sealed class RawFloor : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[] _buffer = new byte[64 << 10];
    private int _have;
    private readonly long _start;
    private readonly Process _process;
    private Socket? _socket;

    public RawFloor(ProcessStartInfo start)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        start.Environment["AWS_LAMBDA_RUNTIME_API"] = $"127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}";
        _start = Stopwatch.GetTimestamp();
        _process = System.Diagnostics.Process.Start(start)!;
    }

    public int Process => _process.Id;

    /// <summary>Milliseconds from the start of the process to its first answer.</summary>
    public double Started()
    {
        _socket = _listener.Accept();
        _socket.NoDelay = true;
        Read(); // GET next
        RoundTrip("{}"u8);
        return Stopwatch.GetElapsedTime(_start).TotalMilliseconds;
    }

    /// <summary>Milliseconds from sending an event to holding its answer.</summary>
    public double RoundTrip(ReadOnlySpan<byte> @event)
    {
        var head = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\nLambda-Runtime-Deadline-Ms: 99999999999999\r\nLambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-2:000000000000:function:f\r\nContent-Length: {@event.Length}\r\n\r\n");
        var start = Stopwatch.GetTimestamp();
        _socket!.Send([.. head, .. @event]);
        Read(); // POST response
        var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        _socket.Send("HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"status\":\"OK\"}"u8);
        Read(); // GET next
        return elapsed;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
        _socket?.Dispose();
        _listener.Dispose();
    }

    /// <summary>One request. Python and Node ask for their next event in the breath of their answer: what is behind the request stays for the next.</summary>
    private void Read()
    {
        for (; ; _have += _socket!.Receive(_buffer.AsSpan(_have)))
        {
            var end = _buffer.AsSpan(0, _have).IndexOf("\r\n\r\n"u8);
            if (end < 0) continue;
            var head = Encoding.ASCII.GetString(_buffer, 0, end);
            var at = head.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
            var length = at < 0 ? 0 : int.Parse(head.AsSpan(at + 16).Split('\r') is var parts && parts.MoveNext() ? head.AsSpan(at + 16)[parts.Current] : "0", CultureInfo.InvariantCulture);
            if (_have < end + 4 + length) continue;
            _have -= end + 4 + length;
            _buffer.AsSpan(end + 4 + length, _have).CopyTo(_buffer);
            return;
        }
    }
}
