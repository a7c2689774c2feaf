using Galley.Wire;

namespace Galley.Lambda.Invoke;

/// <summary>Starts execution environments: code, role credentials, Runtime API, process.</summary>
internal sealed class WorkerLauncher(Installation installation, CodeStore code, IAssumeRoles roles, LogShipper logs)
{
    private static readonly TimeSpan CredentialLife = TimeSpan.FromHours(1);
    private readonly RuntimeFiles _files = new(installation);
    private readonly Interpreters _interpreters = new(installation.Options.ProgramPath);
    private readonly NameProxy _proxy = new(installation);
    private Sandbox? _sandbox;

    /// <summary>Throws when functions are to be contained and cannot be.</summary>
    public void Start()
    {
        if (!installation.Options.Sandbox) return;
        _sandbox = Sandbox.Find() ?? throw new GalleyStartException("--sandbox needs bubblewrap (`bwrap` on PATH) and a system that lets it make user namespaces. Install it, or start without --sandbox.");
    }

    /// <summary>Throws <see cref="StartFailure"/> for what the function's owner can mend.</summary>
    public async ValueTask<Worker> Start(FunctionRecord function, bool provisioned, CancellationToken cancel)
    {
        var kind = Runtimes.KindOf(function.Runtime);
        var interpreter = await _interpreters.For(kind, function.Runtime);
        var folder = await code.Unpack(function.Blob, cancel);
        var layers = await code.UnpackLayers(function.Layers, cancel);
        var credentials = await Credentials(function);
        var id = Convert.ToHexStringLower(installation.Ids.Bytes(16));
        var stream = $"{installation.Now.UtcDateTime:yyyy/MM/dd}/[{function.Version}]{id}";
        var temporary = PrivateFiles.Folder(Path.Combine(installation.ScratchFolder, "tmp", id));
        var api = new RuntimeApi();
        var pass = kind is RuntimeKind.Provided or RuntimeKind.DotNet ? _proxy.Admit() : null;
        try
        {
            var log = new WorkerLog(logs, function, stream);
            log.Platform($"INIT_START Runtime Version: {function.Runtime.Replace("python", "python:", StringComparison.Ordinal).Replace("nodejs", "nodejs:", StringComparison.Ordinal)}\tRuntime Version ARN: {function.Configuration(installation.Secrets).RuntimeVersionConfig.RuntimeVersionArn}");
            var place = new WorkerEnvironment.Place(folder, temporary, api.Address, stream, interpreter, pass?.Url, layers, provisioned, _sandbox is not null);
            var environment = WorkerEnvironment.Build(installation, _files, function, credentials, place);
            var process = WorkerProcess.Start(
                Contained(Command(function, interpreter, folder, layers), function, interpreter, folder, layers), environment, folder, (function.EphemeralSize, function.MemorySize), "AWS_LAMBDA_LOG_STREAM_NAME=" + stream, log.Output);
            return new Worker(installation.Time, function, api, process, log, credentials.Expiration, () => CleanUp(temporary, pass)) { IsProvisioned = provisioned };
        }
        catch
        {
            api.Dispose();
            CleanUp(temporary, pass);
            throw;
        }
    }

    public void Stop() => _proxy.Dispose();

    private async ValueTask<RoleCredentials> Credentials(FunctionRecord function)
    {
        try
        {
            return await roles.Assume(function.Role, function.Name, CredentialLife);
        }
        catch (AwsError)
        {
            throw Errors.AccessDenied("The role defined for the function cannot be assumed by Lambda.");
        }
    }

    private IReadOnlyList<string> Contained(string[] command, FunctionRecord function, string? interpreter, string folder, string? layers)
    {
        if (_sandbox is null) return command;
        var cache = Runtimes.KindOf(function.Runtime) == RuntimeKind.Python ? PrivateFiles.Folder(WorkerEnvironment.PythonCache(installation, function)) : null;
        List<string> shown = [_files.Folder];
        // An interpreter outside /usr brings its whole installation: `…/bin/python3` → `…`.
        if (interpreter is not null && Path.GetDirectoryName(Path.GetDirectoryName(interpreter)) is { Length: > 1 } home) shown.Add(Path.GetFileName(interpreter) == "dotnet" ? Path.GetDirectoryName(interpreter)! : home);
        return _sandbox.Wrap(command, new Sandbox.View(folder, layers, shown, cache, function.EphemeralSize));
    }

    private string[] Command(FunctionRecord function, string? interpreter, string folder, string? layers)
    {
        var kind = Runtimes.KindOf(function.Runtime);
        if (kind == RuntimeKind.DotNet) return DotNet(function.Handler, interpreter!, folder);
        if (kind == RuntimeKind.Python) return [interpreter!, _files.Python];
        if (kind == RuntimeKind.Node) return [interpreter!, _files.Node];
        var bootstrap = Path.Combine(folder, "bootstrap");
        if (!File.Exists(bootstrap) && layers is not null) bootstrap = Path.Combine(layers, "bootstrap");
        if (!File.Exists(bootstrap)) throw new StartFailure("Runtime.InvalidEntrypoint", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(bootstrap) & UnixFileMode.UserExecute) == 0) throw new StartFailure("Runtime.InvalidEntrypoint", "fork/exec /var/task/bootstrap: permission denied");
        return [bootstrap];
    }

    /// <summary>`Assembly::Type::Method` runs in our host, a bare assembly's name as the program that it is.</summary>
    private string[] DotNet(string handler, string dotnet, string folder)
    {
        var assembly = handler.Split("::")[0];
        var own = Path.Combine(folder, assembly + ".runtimeconfig.json");
        if (handler.Contains("::", StringComparison.Ordinal))
            return [dotnet, "exec", "--runtimeconfig", File.Exists(own) ? own : Path.ChangeExtension(_files.DotNet, ".runtimeconfig.json"), _files.DotNet];
        if (Path.GetFileName(assembly) != assembly || !File.Exists(Path.Combine(folder, assembly + ".dll")))
            throw new StartFailure("Runtime.InvalidEntrypoint", $"Could not find the specified handler assembly with the file name '{assembly}.dll'. The assembly should be located in the root of your uploaded .zip file.");
        return File.Exists(own) ? [dotnet, "exec", Path.Combine(folder, assembly + ".dll")] : [dotnet, "exec", "--runtimeconfig", Path.ChangeExtension(_files.DotNet, ".runtimeconfig.json"), Path.Combine(folder, assembly + ".dll")];
    }

    private void CleanUp(string temporary, NameProxy.Pass? pass)
    {
        pass?.Dispose();
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
