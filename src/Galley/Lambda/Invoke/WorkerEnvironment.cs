using System.Globalization;

namespace Galley.Lambda.Invoke;

/// <summary>
/// The environment of a function's process: AWS's variables, the role's credentials, the user's own, and what leads unchanged code
/// to Galley. It starts from nothing: no variable of Galley's own process gets in.
/// </summary>
internal static class WorkerEnvironment
{
    /// <summary>Where things are as the process sees them.</summary>
    /// <param name="LayersHere">Where its layers are as we see them.</param>
    /// <param name="NodeModules">Folders that stand in for the modules of AWS's own Node runtime.</param>
    internal sealed record Place(string TaskRoot, string Temporary, string RuntimeApi, string LogStream, string? Interpreter, string? ProxyUrl, string? Layers, string? LayersHere, IReadOnlyList<string> NodeModules, bool Provisioned);

    /// <summary>Where Python keeps what it compiled, since the code itself is not to be written to.</summary>
    public static string PythonCache(Installation installation, FunctionRecord record) => Path.Combine(installation.ScratchFolder, "pycache", record.Blob);

    public static Dictionary<string, string> Build(Installation installation, RuntimeFiles files, FunctionRecord record, RoleCredentials credentials, Place place)
    {
        var kind = Runtimes.KindOf(record.Runtime);
        // Where there is no /opt of the function's own, its layers are reached by these variables alone (docs/differences.md).
        var opt = place.Layers ?? "/opt";
        var path = $"/usr/local/bin:/usr/bin:/bin:{opt}/bin";
        var environment = new Dictionary<string, string>
        {
            ["LANG"] = "C.UTF-8",
            ["TZ"] = ":UTC",
            ["PATH"] = place.Interpreter is { } program ? $"{Path.GetDirectoryName(program)}:{path}" : path,
            ["HOME"] = place.Temporary,
            ["TMPDIR"] = place.Temporary,
            ["LD_LIBRARY_PATH"] = $"{place.TaskRoot}:{place.TaskRoot}/lib:{opt}/lib",
            ["AWS_LAMBDA_INITIALIZATION_TYPE"] = place.Provisioned ? "provisioned-concurrency" : "on-demand",
            ["AWS_XRAY_CONTEXT_MISSING"] = "LOG_ERROR",
            // Nobody listens there, as for a function that is not traced.
            ["AWS_XRAY_DAEMON_ADDRESS"] = "127.0.0.1:2000",
            ["_AWS_XRAY_DAEMON_ADDRESS"] = "127.0.0.1",
            ["_AWS_XRAY_DAEMON_PORT"] = "2000",
            // Everything that speaks to AWS speaks to Galley, and trusts it.
            ["AWS_ENDPOINT_URL"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{installation.Port}"),
            ["AWS_CA_BUNDLE"] = files.Bundle,
            ["REQUESTS_CA_BUNDLE"] = files.Bundle,
            ["SSL_CERT_FILE"] = files.Bundle,
            ["CURL_CA_BUNDLE"] = files.Bundle,
            ["NODE_EXTRA_CA_CERTS"] = files.Authority,
        };
        if (kind == RuntimeKind.Python) environment["PYTHONDONTWRITEBYTECODE"] = "1"; // beside a source; bootstrap.py keeps it elsewhere
        if (kind == RuntimeKind.Python && place.LayersHere is { } layers)
            environment["PYTHONPATH"] = string.Join(':', [$"{opt}/python", .. Directory.Exists($"{layers}/python/lib") ? Directory.GetDirectories($"{layers}/python/lib", "python3*").Select(folder => $"{opt}/python/lib/{Path.GetFileName(folder)}/site-packages") : []]);
        if (kind == RuntimeKind.Node)
            environment["NODE_PATH"] = $"{opt}/nodejs/node{record.Runtime.Replace("nodejs", "", StringComparison.Ordinal).Split('.')[0]}/node_modules:{opt}/nodejs/node_modules:{place.TaskRoot}/node_modules{string.Concat(place.NodeModules.Select(folder => ":" + folder))}";
        if (kind is RuntimeKind.DotNet or RuntimeKind.Provided && place.Interpreter is { } dotnet)
        {
            environment["DOTNET_ROOT"] = Path.GetDirectoryName(dotnet)!;
            environment["DOTNET_TieredPGO"] = "0";
        }

        if (kind == RuntimeKind.DotNet)
        {
            environment["DOTNET_ROLL_FORWARD"] = "LatestMajor"; // AWS has one runtime for each version; this machine has what it has
            environment["DOTNET_GCHeapHardLimit"] = "0x" + ((long)record.MemorySize << 20).ToString("x", CultureInfo.InvariantCulture);
            environment["LAMBDA_RUNTIME_NAME"] = record.Runtime;
        }

        if (place.Layers is not null) environment["GALLEY_LAYERS"] = opt;
        if (place.ProxyUrl is { } proxy)
            foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("HTTPS_PROXY", proxy), ("https_proxy", proxy), ("HTTP_PROXY", proxy), ("http_proxy", proxy), ("NO_PROXY", "127.0.0.1,localhost,::1"), ("no_proxy", "127.0.0.1,localhost,::1")])
                environment[name] = value;

        foreach (var (name, value) in record.OpenEnvironment(installation.Secrets) ?? []) environment[name] = value;

        // AWS's own names, which no function can set.
        environment["_HANDLER"] = record.Handler;
        environment["LAMBDA_TASK_ROOT"] = place.TaskRoot;
        environment["LAMBDA_RUNTIME_DIR"] = files.Folder;
        environment["AWS_LAMBDA_RUNTIME_API"] = place.RuntimeApi;
        environment["AWS_LAMBDA_FUNCTION_NAME"] = record.Name;
        environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = record.MemorySize.ToString(CultureInfo.InvariantCulture);
        environment["AWS_LAMBDA_FUNCTION_VERSION"] = record.Version;
        environment["AWS_LAMBDA_LOG_GROUP_NAME"] = record.LogGroupName;
        environment["AWS_LAMBDA_LOG_STREAM_NAME"] = place.LogStream;
        if (record.JsonLog is { } levels) (environment["AWS_LAMBDA_LOG_FORMAT"], environment["AWS_LAMBDA_LOG_LEVEL"]) = ("JSON", levels.Application);
        environment["AWS_REGION"] = environment["AWS_DEFAULT_REGION"] = record.Region;
        environment["AWS_ACCESS_KEY_ID"] = credentials.AccessKeyId;
        environment["AWS_SECRET_ACCESS_KEY"] = credentials.SecretAccessKey;
        environment["AWS_SESSION_TOKEN"] = credentials.SessionToken;
        if (kind == RuntimeKind.Provided) return environment;
        environment["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + record.Runtime;
        if (kind == RuntimeKind.Python) environment["_GALLEY_PYCACHE"] = PythonCache(installation, record);
        environment["_GALLEY_PORT"] = installation.Port.ToString(CultureInfo.InvariantCulture);
        return environment;
    }
}
