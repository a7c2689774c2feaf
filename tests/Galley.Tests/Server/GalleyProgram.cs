using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Galley.Tests.Server;

/// <summary>How a program ended and what it said.</summary>
internal sealed record Ended(int Code, string Out, string Error);

/// <summary>
/// A folder of a test's own in which the `galley` program runs as a user starts it: data, keys, running files and scratch all lie in it.
/// The program is the one built beside these tests, or the one that GALLEY_PROGRAM names (a published one).
/// </summary>
internal sealed class Workplace : IDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(2);

    /// <summary>How long a command may take to its end.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    public string Folder { get; } = Directory.CreateTempSubdirectory("galley-program-").FullName;

    public string Data => Path.Combine(Folder, "data");

    /// <summary>More variables for every program that runs here.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>Where running servers are announced to other commands.</summary>
    public string RunningFiles => Path.Combine(Folder, "config", "galley", "running");

    public string Scratch => Path.Combine(Folder, "tmp");

    public static string Program { get; } = Environment.GetEnvironmentVariable("GALLEY_PROGRAM") is { Length: > 0 } named ? named : Published() ?? Beside();

    /// <summary>The native program starts in a tenth of the time; many starts are only then a matter of minutes.</summary>
    public static bool IsNative => Program != Beside();

    public Workplace()
    {
        Directory.CreateDirectory(Scratch);
        Directory.CreateDirectory(Path.Combine(Folder, "config"));
    }

    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>`galley …` to its end.</summary>
    public Task<Ended> Galley(params string[] arguments) => Run(Program, arguments);

    public async Task<Ended> Run(string program, params string[] arguments)
    {
        using var process = Process.Start(Prepare(program, arguments))!;
        using var patience = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var error = process.StandardError.ReadToEndAsync(patience.Token);
        try
        {
            await process.WaitForExitAsync(patience.Token);
            return new Ended(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end");
        }
    }

    /// <summary>`galley start` with this folder's data, ready to answer.</summary>
    public Task<RunningProgram> Start(params string[] arguments) => Serve(["start", .. arguments]);

    /// <summary>Whether this user may mount a disk of its own, which <see cref="StartOnSmallDisk"/> needs.</summary>
    public async Task<bool> CanMount() => OperatingSystem.IsLinux() && File.Exists("/usr/bin/unshare") && (await Run("/usr/bin/unshare", "-rm", "mount", "-t", "tmpfs", "none", Scratch)).Code == 0;

    /// <summary>`galley start` whose data lies on a disk of so many MiB, which goes with the program.</summary>
    public Task<RunningProgram> StartOnSmallDisk(int size)
    {
        Directory.CreateDirectory(Data);
        return Ready(new RunningProgram(this, Process.Start(Prepare("/usr/bin/unshare", ["-rm", "sh", "-c", $"mount -t tmpfs -o size={size}m none \"$0\" && exec \"$@\"", Data, Program, "start", "--port", "0", "--data", Data]))!));
    }

    /// <summary>Any command that keeps a server running, ready to answer.</summary>
    public Task<RunningProgram> Serve(params string[] arguments) => Ready(Launch(arguments));

    /// <summary>Such a command, not waited for: perhaps it is killed before it can answer.</summary>
    /// <param name="arguments">The command's.</param>
    /// <param name="environment">More variables, `NAME=value`.</param>
    public RunningProgram Launch(string[] arguments, params IReadOnlyList<string> environment)
    {
        string[] all = [.. arguments, "--data", Data];
        if (!arguments.Contains("--port")) all = [.. all, "--port", "0"];
        var start = Prepare(Program, all);
        foreach (var variable in environment.Select(variable => variable.Split('=', 2))) start.Environment[variable[0]] = variable[1];
        return new RunningProgram(this, Process.Start(start)!);
    }

    /// <summary>A command that goes on until it is stopped, and is no server.</summary>
    public RunningProgram Watch(params string[] arguments) => new(this, Process.Start(Prepare(Program, arguments))!);

    /// <summary>A shell's script that ends in a server.</summary>
    public RunningProgram WatchShell(string script) => new(this, Process.Start(Prepare("bash", ["-c", script]))!);

    public static async Task<RunningProgram> Ready(RunningProgram program)
    {
        try
        {
            await program.Ready.WaitAsync(StartPatience);
            return program;
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>A Galley that was killed has its scratch folder deleted behind it, perhaps at this moment.</summary>
    public void Dispose()
    {
        for (var tries = 0; ; tries++)
            try
            {
                Directory.Delete(Folder, recursive: true);
                return;
            }
            catch (IOException) when (tries < 100 && Directory.Exists(Folder))
            {
                Thread.Sleep(20);
            }
    }

    private ProcessStartInfo Prepare(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("AWS_", StringComparison.Ordinal) || name == "GALLEY_KEYS").ToList()) start.Environment.Remove(name);
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(Folder, "config");
        start.Environment["TMPDIR"] = Scratch;
        foreach (var (name, value) in Variables) start.Environment[name] = value;
        return start;
    }

    /// <summary>What `./build` made, when it is not older than what stands beside these tests.</summary>
    private static string? Published()
    {
        var program = Path.Combine(Repository.Root, "artifacts", "galley", OperatingSystem.IsWindows() ? "galley.exe" : "galley");
        return File.Exists(program) && File.GetLastWriteTimeUtc(program) >= File.GetLastWriteTimeUtc(Path.ChangeExtension(Beside(), ".dll")) ? program : null;
    }

    private static string Beside()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(configuration.Parent!.Parent!.FullName, "Galley.Cli", configuration.Name, OperatingSystem.IsWindows() ? "Galley.Cli.exe" : "Galley.Cli");
    }
}

/// <summary>A started `galley`; killed at the end of the test when it still runs.</summary>
internal sealed partial class RunningProgram : IAsyncDisposable
{
    private readonly Workplace _place;
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new(), _error = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _said = new(0);
    private readonly Task _reading;
    private Dictionary<string, string>? _environment;

    public RunningProgram(Workplace place, Process process)
    {
        (_place, _process) = (place, process);
        _reading = Task.WhenAll(Read(process.StandardOutput, _output), Read(process.StandardError, _error));
        _ = _reading.ContinueWith(_ => _ready.TrySetException(new InvalidOperationException("galley ended: " + Error)), TaskScheduler.Default);
    }

    /// <summary>Done when the first line says where it answers.</summary>
    public Task Ready => _ready.Task;

    public int Port { get; private set; }

    public Uri Endpoint => new($"http://127.0.0.1:{Port}");

    public string PortText => Port.ToString(CultureInfo.InvariantCulture);

    public string Output => string.Join('\n', _output);

    public string Error => string.Join('\n', _error);

    /// <summary>Done when a line holds this text, for the n-th time since the start.</summary>
    public async Task Says(string text, int times = 1)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            while (_output.Concat(_error).Count(line => line.Contains(text, StringComparison.Ordinal)) < times)
            {
                Assert.False(_reading.IsCompleted, $"galley ended and did not say '{text}':\n{Output}\n{Error}");
                await Task.WhenAny(_said.WaitAsync(patience.Token), _reading);
                patience.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"'{text}' was not said {times} times:\n{Output}\n{Error}");
        }
    }

    /// <summary>What `galley env` prints, by name.</summary>
    public async Task<IReadOnlyDictionary<string, string>> Environment()
    {
        if (_environment is not null) return _environment;
        var env = await _place.Galley("env", "--port", PortText);
        Assert.Equal(0, env.Code);
        return _environment = Export().Matches(env.Out).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
    }

    /// <summary>A client with the keys of `galley env`.</summary>
    public async Task<SignedHttp> Client(string? accessKeyId = null, string? secretAccessKey = null)
    {
        var environment = await Environment();
        return new SignedHttp(Endpoint, environment["AWS_REGION"], accessKeyId ?? environment["AWS_ACCESS_KEY_ID"], secretAccessKey ?? environment["AWS_SECRET_ACCESS_KEY"]);
    }

    /// <summary>What it has computed for so far, user and system, to 10 ms: other programs do not count.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>The addresses at the other ends of its TCP connections, in the hexadecimal words of the kernel (Linux).</summary>
    public List<string> Peers
    {
        get
        {
            const string ours = "socket:[";
            var sockets = Directory.GetFiles($"/proc/{_process.Id}/fd").Select(file => new FileInfo(file).LinkTarget ?? "").Where(link => link.StartsWith(ours, StringComparison.Ordinal)).Select(link => link[ours.Length..^1]).ToHashSet();
            return [.. new[] { "tcp", "tcp6" }.SelectMany(table => File.ReadLines($"/proc/{_process.Id}/net/{table}").Skip(1)).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(words => words[3] != Listening && sockets.Contains(words[9])).Select(words => words[2].Split(':')[0])];
        }
    }

    private const string Listening = "0A";

    /// <summary>The most memory it has held, in MB.</summary>
    public int PeakMemory => int.Parse(File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).AsSpan(6).TrimEnd("kB ").Trim(), CultureInfo.InvariantCulture) / 1024;

    /// <summary>How much of the program's own code is mapped, in KiB (Linux).</summary>
    public int CodeInMemory
    {
        get
        {
            var lines = File.ReadLines($"/proc/{_process.Id}/smaps").SkipWhile(line => !(line.Contains(" r-xp ", StringComparison.Ordinal) && line.EndsWith(Workplace.Program, StringComparison.Ordinal)));
            return int.Parse(lines.First(line => line.StartsWith("Rss:", StringComparison.Ordinal)).AsSpan(4).TrimEnd("kB ").Trim(), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Makes the disk of <see cref="Workplace.StartOnSmallDisk"/> larger.</summary>
    public async Task MoreRoom(Workplace place, int size)
        => Assert.Equal(0, (await place.Run("nsenter", "-U", "--preserve-credentials", "-m", "-t", _process.Id.ToString(CultureInfo.InvariantCulture), "mount", "-o", $"remount,size={size}m", place.Data)).Code);

    /// <summary>SIGKILL: no chance to write anything more.</summary>
    public async Task Kill()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>`kill -SIGNAL`, as Ctrl-C and service managers do; gives the exit code.</summary>
    public async Task<int> Signal(string signal)
    {
        Assert.Equal(0, (await _place.Run("kill", "-" + signal, _process.Id.ToString(CultureInfo.InvariantCulture))).Code);
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        await _reading;
        _said.Dispose();
    }

    private async Task Read(StreamReader from, ConcurrentQueue<string> into)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            into.Enqueue(line);
            _said.Release();
            if (ReadyLine().Match(line) is not { Success: true } match) continue;
            Port = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            _ready.TrySetResult();
        }
    }

    [GeneratedRegex(@"^Galley is ready at http://127\.0\.0\.1:(\d+)")]
    private static partial Regex ReadyLine();

    [GeneratedRegex("^export ([A-Z0-9_]+)='(.*)'$", RegexOptions.Multiline)]
    private static partial Regex Export();
}
