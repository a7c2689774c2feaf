using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Galley.Wire;

namespace Galley.Lambda.Invoke;

/// <summary>Starts execution environments: code, role credentials, Runtime API, process.</summary>
internal sealed class WorkerLauncher(Installation installation, CodeStore code, IAssumeRoles roles, LogShipper logs, Delegates delegates)
{
    private static readonly TimeSpan CredentialLife = TimeSpan.FromHours(1);
    private readonly RuntimeFiles _files = new(installation);
    private readonly Interpreters _interpreters = new(installation.Options.ProgramPath);
    private readonly NameProxy _proxy = new(installation);
    private readonly Lock _gate = new();
    private Task<Sandbox?>? _sandbox;
    private Undertaker? _undertaker;

    /// <summary>Throws when functions are to be contained and cannot be.</summary>
    public async ValueTask Start()
    {
        if (installation.Options.Sandbox != SandboxMode.On) return;
        var why = "";
        var found = await Sandbox.Find(installation.ScratchFolder, text => why = text);
        if (found is null) throw new GalleyStartException($"--sandbox needs bubblewrap (`bwrap` on PATH), perl or python3, and a system that lets it make user namespaces: {why}. Install what is missing, or start with --sandbox off.");
        _sandbox = Task.FromResult<Sandbox?>(found);
    }

    /// <summary>Throws <see cref="StartFailure"/> for what the function's owner can mend.</summary>
    public async ValueTask<Worker> Start(FunctionRecord function, bool provisioned, CancellationToken cancel)
    {
        var id = Convert.ToHexStringLower(installation.Ids.Bytes(16));
        var stream = $"{installation.Now.UtcDateTime:yyyy/MM/dd}/[{function.Version}]{id}";
        var log = new WorkerLog(logs, function, stream, installation.Time, provisioned);
        if (delegates.For(function) is { } handler)
        {
            var role = await Credentials(function);
            return new Worker(installation.Time, function, new DelegateRuntime(installation, function, handler, role, log), log, installation.Time.GetTimestamp(), role.Expiration, () => { }) { IsProvisioned = provisioned };
        }

        var found = await _interpreters.For(Runtimes.KindOf(function.Runtime), function.Runtime);
        var folder = await code.Unpack(function.Blob, cancel);
        // A `bootstrap` that is a .NET program without its runtime, as a quick build makes it.
        var interpreter = (found ?? (File.Exists(Path.Combine(folder, "bootstrap.runtimeconfig.json")) ? await _interpreters.DotNet : null))?.Program;
        var layers = await code.UnpackLayers(function.Layers, cancel);
        var credentials = await Credentials(function);
        log.InitStart(found?.Version);
        lock (_gate) _undertaker ??= Undertaker.Start(installation.ScratchFolder);
        var parts = new Parts(interpreter, folder, layers, PrivateFiles.Folder(Path.Combine(installation.ScratchFolder, "tmp", id)), stream, id, provisioned);
        var born = installation.Time.GetTimestamp();
        var runtime = await SandboxOf() is { } sandbox ? await Contained(sandbox, function, credentials, parts, log) : Uncontained(function, credentials, parts, log);
        return new Worker(installation.Time, function, runtime, log, born, credentials.Expiration, () => CleanUp(parts.Temporary)) { IsProvisioned = provisioned };
    }

    public void Stop()
    {
        _proxy.Dispose();
        _undertaker?.Dispose();
    }

    /// <summary>What one environment is made of.</summary>
    private sealed record Parts(string? Interpreter, string Code, string? Layers, string Temporary, string LogStream, string Id, bool Provisioned)
    {
        public string Marker => "AWS_LAMBDA_LOG_STREAM_NAME=" + LogStream;
    }

    /// <summary>bubblewrap where it is wanted and works; looked for once.</summary>
    private Task<Sandbox?> SandboxOf()
    {
        lock (_gate)
            return _sandbox ??= installation.Options.Sandbox == SandboxMode.Off ? Task.FromResult<Sandbox?>(null) : Find();

        async Task<Sandbox?> Find()
        {
            var found = await Sandbox.Find(installation.ScratchFolder, why => installation.Log($"Functions are not contained: {why}. They are held by resource limits and process groups; `galley doctor` says what is missing."));
            if (found is not null) installation.Log("Functions run inside bubblewrap and reach no network but Galley; --allow-network NAME gives one the machine's.");
            return found;
        }
    }

    private ProcessRuntime Uncontained(FunctionRecord function, RoleCredentials credentials, Parts parts, WorkerLog log)
    {
        var api = new RuntimeApi();
        var pass = Runtimes.KindOf(function.Runtime) is RuntimeKind.Provided or RuntimeKind.DotNet ? _proxy.Admit() : null;
        try
        {
            var place = new WorkerEnvironment.Place(parts.Code, parts.Temporary, api.Address, parts.LogStream, parts.Interpreter, pass?.Url, parts.Layers, parts.Layers, NodeModules(function, parts), parts.Provisioned);
            return new ProcessRuntime(api, Process(Command(function, parts, parts.Code, parts.Layers), function, credentials, parts, place, log, null), pass);
        }
        catch
        {
            api.Dispose();
            pass?.Dispose();
            CleanUp(parts.Temporary);
            throw;
        }
    }

    private async ValueTask<ProcessRuntime> Contained(Sandbox sandbox, FunctionRecord function, RoleCredentials credentials, Parts parts, WorkerLog log)
    {
        var open = installation.Options.NetworkFunctions is { Count: > 0 } named && (named.Contains("*") || named.Contains(function.Name));
        var ports = FunctionNetwork.Ports(installation.Port);
        using var network = open ? null : SandboxNetwork.Prepare(installation.ScratchFolder, parts.Id[..12], ports);
        var api = open ? new RuntimeApi() : null;
        var pass = open && Runtimes.KindOf(function.Runtime) is RuntimeKind.Provided or RuntimeKind.DotNet ? _proxy.Admit() : null;
        WorkerProcess? process = null;
        try
        {
            var seenLayers = parts.Layers is null ? null : Sandbox.Layers;
            var place = new WorkerEnvironment.Place(
                Sandbox.TaskRoot, "/tmp", api?.Address ?? $"127.0.0.1:{ports[0]}", parts.LogStream, parts.Interpreter,
                open ? pass?.Url : Runtimes.KindOf(function.Runtime) is RuntimeKind.Provided or RuntimeKind.DotNet ? $"http://127.0.0.1:{ports[2]}" : null, seenLayers, parts.Layers, NodeModules(function, parts), parts.Provisioned);
            var command = sandbox.Wrap(Command(function, parts, Sandbox.TaskRoot, seenLayers), View(function, parts, network));
            process = Process(command, function, credentials, parts, place, log, sandbox.Filter);
            if (network is null) return new ProcessRuntime(api!, process, pass);
            var sockets = await network.Take(process.Exited);
            return new ProcessRuntime(new RuntimeApi(sockets[0], place.RuntimeApi), process, new FunctionNetwork(installation, _proxy, sockets[1], sockets[2]));
        }
        catch
        {
            process?.Dispose();
            api?.Dispose();
            pass?.Dispose();
            CleanUp(parts.Temporary);
            throw;
        }
    }

    private Sandbox.View View(FunctionRecord function, Parts parts, SandboxNetwork? network)
    {
        var kind = Runtimes.KindOf(function.Runtime);
        var cache = kind == RuntimeKind.Python ? PrivateFiles.Folder(WorkerEnvironment.PythonCache(installation, function)) : null;
        var modules = NodeModules(function, parts);
        List<string> shown = [_files.Folder, .. modules];
        // An interpreter outside /usr brings its whole installation: `…/bin/python3` → `…`.
        if (parts.Interpreter is { } interpreter && Path.GetDirectoryName(Path.GetDirectoryName(interpreter)) is { Length: > 1 } home) shown.Add(Path.GetFileName(interpreter) == "dotnet" ? Path.GetDirectoryName(interpreter)! : home);
        var links = new Dictionary<string, string>();
        if (parts.Interpreter is { } program)
            foreach (var name in kind switch { RuntimeKind.Python => (string[])["python", "python3", function.Runtime], RuntimeKind.Node => ["node"], _ => ["dotnet"] })
                links["/var/lang/bin/" + name] = program;
        // Imports of ECMAScript modules do not read NODE_PATH; they look upwards from /var/task.
        if (modules.Count > 0) links["/var/node_modules"] = modules[0];
        return new Sandbox.View(parts.Code, parts.Layers, shown, cache, function.EphemeralSize, network, links);
    }

    private IReadOnlyList<string> NodeModules(FunctionRecord function, Parts parts)
        => Runtimes.KindOf(function.Runtime) == RuntimeKind.Node && parts.Interpreter is { } node ? Interpreters.NodeModules(node, installation.Options.NodePath) : [];

    private WorkerProcess Process(IReadOnlyList<string> command, FunctionRecord function, RoleCredentials credentials, Parts parts, WorkerEnvironment.Place place, WorkerLog log, string? filter)
        => WorkerProcess.Start(
            command, WorkerEnvironment.Build(installation, _files, function, credentials, place), parts.Code, (function.EphemeralSize, function.MemorySize), parts.Marker, log.Output, filter);

    private async ValueTask<RoleCredentials> Credentials(FunctionRecord function)
    {
        try
        {
            return await roles.Assume(function.Role, function.Name.Length > 1 ? function.Name : function.Name + "@lambda_function", CredentialLife, function.Reference().Arn);
        }
        catch (AwsError)
        {
            throw Errors.AccessDenied("The role defined for the function cannot be assumed by Lambda.");
        }
    }

    /// <param name="function">Which function.</param>
    /// <param name="parts">Where its code is.</param>
    /// <param name="seen">Where its own process sees it.</param>
    /// <param name="seenLayers">Where it sees its layers.</param>
    private string[] Command(FunctionRecord function, Parts parts, string seen, string? seenLayers)
    {
        var kind = Runtimes.KindOf(function.Runtime);
        if (kind != RuntimeKind.Provided)
        {
            string[] managed = kind == RuntimeKind.DotNet ? DotNet(function.Handler, parts.Interpreter!, parts.Code, seen) : [parts.Interpreter!, kind == RuntimeKind.Python ? _files.Python : _files.Node];
            return Wrapper(function, seen, seenLayers) is { } wrapper ? [wrapper, .. managed] : managed;
        }

        var (file, bootstrap) = (Path.Combine(parts.Code, "bootstrap"), Path.Combine(seen, "bootstrap"));
        if (!File.Exists(file) && parts.Layers is { } layers) (file, bootstrap) = (Path.Combine(layers, "bootstrap"), Path.Combine(seenLayers!, "bootstrap"));
        if (!File.Exists(file)) throw new StartFailure("Runtime.InvalidEntrypoint", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & UnixFileMode.UserExecute) == 0) throw new StartFailure("Runtime.InvalidEntrypoint", "fork/exec /var/task/bootstrap: permission denied");
        if (NotExecutable(file, parts) is { } why) throw new StartFailure("Runtime.InvalidEntrypoint", $"fork/exec /{(file.StartsWith(parts.Code, StringComparison.Ordinal) ? "var/task" : "opt")}/bootstrap: {why}");
        return [bootstrap];
    }

    /// <summary>Why the system would not start this program, in its own words: another processor's, no program at all, or without its interpreter.</summary>
    private static string? NotExecutable(string file, Parts parts)
    {
        Span<byte> head = stackalloc byte[256];
        using (var stream = File.OpenRead(file)) head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (head.StartsWith("#!"u8))
        {
            head = head[2..].TrimStart(" \t"u8);
            var end = head.IndexOfAny(" \t\n"u8);
            var interpreter = System.Text.Encoding.UTF8.GetString(end < 0 ? head : head[..end]);
            if (interpreter.StartsWith("/var/", StringComparison.Ordinal)) return null; // seen inside alone
            if (interpreter.StartsWith("/opt/", StringComparison.Ordinal) && parts.Layers is { } layers) interpreter = layers + interpreter["/opt".Length..];
            return File.Exists(interpreter) ? null : "no such file or directory";
        }

        if (!OperatingSystem.IsLinux()) return null;
        int machine = RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => 62, Architecture.Arm64 => 183, _ => 0 };
        return head.Length >= 20 && head.StartsWith("\u007fELF"u8) && (machine == 0 || BinaryPrimitives.ReadUInt16LittleEndian(head[18..]) == machine) ? null : "exec format error";
    }

    /// <summary>The program that AWS_LAMBDA_EXEC_WRAPPER puts before a managed runtime's own, where the process sees it.</summary>
    private string? Wrapper(FunctionRecord function, string seen, string? seenLayers)
        => function.OpenEnvironment(installation.Secrets)?.GetValueOrDefault("AWS_LAMBDA_EXEC_WRAPPER") is not { Length: > 0 } named ? null
            : named.StartsWith("/opt/", StringComparison.Ordinal) && seenLayers is not null ? seenLayers + named["/opt".Length..]
            : named.StartsWith("/var/task/", StringComparison.Ordinal) ? seen + named["/var/task".Length..] : named;

    /// <summary>`Assembly::Type::Method` runs in our host, a bare assembly's name as the program that it is.</summary>
    private string[] DotNet(string handler, string dotnet, string folder, string seen)
    {
        var assembly = handler.Split("::")[0];
        var ours = Path.ChangeExtension(_files.DotNet, ".runtimeconfig.json");
        var own = File.Exists(Path.Combine(folder, assembly + ".runtimeconfig.json")) ? Path.Combine(seen, assembly + ".runtimeconfig.json") : null;
        if (handler.Contains("::", StringComparison.Ordinal)) return [dotnet, "exec", "--runtimeconfig", own ?? ours, _files.DotNet];
        if (Path.GetFileName(assembly) != assembly || !File.Exists(Path.Combine(folder, assembly + ".dll")))
            throw new StartFailure("Runtime.InvalidEntrypoint", $"Could not find the specified handler assembly with the file name '{assembly}.dll'. The assembly should be located in the root of your uploaded .zip file.");
        return own is not null ? [dotnet, "exec", Path.Combine(seen, assembly + ".dll")] : [dotnet, "exec", "--runtimeconfig", ours, Path.Combine(seen, assembly + ".dll")];
    }

    private void CleanUp(string temporary)
    {
        try
        {
            Directory.Delete(temporary, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            installation.Log($"The folder {temporary} could not be deleted: {e.Message}"); // goes with the scratch folder
        }
    }
}
