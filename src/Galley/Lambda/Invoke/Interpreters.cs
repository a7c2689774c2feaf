using System.Diagnostics;

namespace Galley.Lambda.Invoke;

/// <summary>Where python3 and node really are: version managers put slow shell scripts on PATH, so each is asked once.</summary>
/// <param name="path">Where to look, as PATH says it; null for the PATH of this process.</param>
internal sealed class Interpreters(string? path)
{
    private const string SdkScope = "@aws-sdk";
    private static readonly string[] NodeTells = ["-p", "process.execPath + '\\n' + process.versions.node"];
    private readonly Lazy<Task<Interpreter?>> _python = new(() => Ask(path, "python3", "-c", "import sys; print(sys.executable, '%d.%d.%d' % sys.version_info[:3], sep='\\n')"));
    private readonly Lazy<Task<Interpreter?>> _node = new(() => Ask(path, "node", NodeTells));

    private readonly Lazy<Task<Interpreter?>> _dotnet = new(() => FindDotNet(path));

    /// <summary>`dotnet`, if this machine has it.</summary>
    public Task<Interpreter?> DotNet => _dotnet.Value;

    /// <summary>The executable for a runtime; null for `provided.*`, whose zip brings its own. Throws what the caller is told when it is missing.</summary>
    public async ValueTask<Interpreter?> For(RuntimeKind kind, string runtime) => kind switch
    {
        RuntimeKind.Python => await _python.Value ?? throw Missing(runtime, "python3", "Install Python 3 so that `python3` is on PATH"),
        RuntimeKind.DotNet => await _dotnet.Value ?? throw Missing(runtime, "dotnet", "Install the .NET 10 runtime so that `dotnet` is on PATH"),
        RuntimeKind.Node => await _node.Value ?? throw Missing(runtime, "node", "Install Node.js so that `node` is on PATH"),
        _ => null,
    };

    /// <summary>
    /// What AWS's Node runtimes carry, the AWS SDK for JavaScript, is taken from this machine: the folders of NODE_PATH, else npm's global
    /// modules if the SDK is among them. They come last, after a function's own.
    /// </summary>
    /// <param name="node">The interpreter.</param>
    /// <param name="nodePath">In NODE_PATH's form; null for that of this process.</param>
    public static IReadOnlyList<string> NodeModules(string node, string? nodePath)
    {
        if ((nodePath ?? Environment.GetEnvironmentVariable("NODE_PATH")) is { Length: > 0 } named) return [.. named.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Where(Directory.Exists)];
        var prefix = Path.GetDirectoryName(Path.GetDirectoryName(node)) ?? "/usr";
        return ((string[])[Path.Combine(prefix, "lib", "node_modules"), "/usr/local/lib/node_modules", "/usr/lib/node_modules"]).FirstOrDefault(folder => Directory.Exists(Path.Combine(folder, SdkScope))) is { } found ? [found] : [];
    }

    /// <summary>Where Node functions find the AWS SDK; null for nowhere.</summary>
    public static async Task<string?> Sdk()
        => await Ask(null, "node", NodeTells) is { } node ? NodeModules(node.Program, null).FirstOrDefault(folder => Directory.Exists(Path.Combine(folder, SdkScope))) : null;

    /// <summary>`dotnet` where its runtime is new enough for what Galley puts beside a class library.</summary>
    private static async Task<Interpreter?> FindDotNet(string? path)
    {
        var program = (path ?? Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "dotnet")).FirstOrDefault(File.Exists);
        if (program is null) return null;
        program = File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program;
        using var process = Process.Start(new ProcessStartInfo(program, ["--list-runtimes"]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        var runtimes = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        // The newest is what runs (DOTNET_ROLL_FORWARD).
        var newest = runtimes.Split('\n').Select(line => line.Split(' ') is ["Microsoft.NETCore.App", var version, ..] && Version.TryParse(version, out var number) ? number : null).Max();
        return newest?.Major >= 10 ? new Interpreter(program, newest.ToString()) : null;
    }

    private static StartFailure Missing(string runtime, string program, string cure)
        => new("Runtime.InvalidEntrypoint", $"The runtime {runtime} needs the program {program}, which this machine does not have. {cure}, then restart Galley.");

    private static async Task<Interpreter?> Ask(string? path, string program, params string[] arguments)
    {
        var file = path is null ? program : path.Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        if (file is null) return null;
        try
        {
            using var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
            process.StandardInput.Close();
            var answer = (await process.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            await process.WaitForExitAsync();
            return process.ExitCode == 0 && answer is [var executable, var version] && File.Exists(executable) ? new Interpreter(executable, version) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}

/// <summary>What runs a function's code.</summary>
/// <param name="Program">The executable.</param>
/// <param name="Version">Its own: `3.13.1`.</param>
internal sealed record Interpreter(string Program, string Version);

/// <summary>A process that could not be started or did not become ready; ends up in the function's own answer.</summary>
internal sealed class StartFailure(string type, string message) : Exception(message)
{
    public string ErrorType => type;
}
