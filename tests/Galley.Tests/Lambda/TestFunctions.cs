using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.Lambda;

/// <summary>A server with functions for tests: roles, zips and invocations in a line each.</summary>
internal sealed class TestFunctions(GalleyServer server) : IAsyncDisposable
{
    public const string Account = "123456789012", TypedProgram = "Galley.Tests.Functions";

    public GalleyServer Server => server;

    public AwsJs Js { get; } = new(server);

    public static async Task<TestFunctions> Start(TimeProvider? time = null, SandboxMode sandbox = SandboxMode.Off)
        => new(await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = Account, Time = time ?? TimeProvider.System, Sandbox = sandbox }));

    public ValueTask DisposeAsync() => server.DisposeAsync();

    /// <summary>A role that Lambda may take, with the actions it may do on everything; its ARN.</summary>
    public async Task<string> Role(string name, params string[] actions)
    {
        await Js.Call("iam", "CreateRole", new { RoleName = name, AssumeRolePolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}""" });
        if (actions.Length > 0)
            await Js.Call("iam", "PutRolePolicy", new
            {
                RoleName = name,
                PolicyName = "p",
                PolicyDocument = new JsonObject
                {
                    ["Version"] = "2012-10-17",
                    ["Statement"] = new JsonArray(new JsonObject { ["Effect"] = "Allow", ["Action"] = new JsonArray([.. actions.Select(action => (JsonNode)action)]), ["Resource"] = "*" }),
                }.ToJsonString(),
            });
        return $"arn:aws:iam::{Account}:role/{name}";
    }

    /// <summary>An object of S3, as text.</summary>
    public async Task<string> Text(string bucket, string key)
    {
        var body = (await Js.Call("s3", "GetObject", new { Bucket = bucket, Key = key }))["Body"]!;
        return body is JsonObject bytes ? Encoding.UTF8.GetString(Convert.FromBase64String((string)bytes["$bytes"]!)) : (string)body!;
    }

    public async Task<JsonObject> Python(string name, string code, string role, Action<JsonObject>? change = null)
        => await Create(name, "python3.12", "lambda_function.lambda_handler", Zip(("lambda_function.py", code)), role, change);

    public async Task<JsonObject> Create(string name, string runtime, string handler, byte[] zip, string role, Action<JsonObject>? change = null)
    {
        var input = new JsonObject
        {
            ["FunctionName"] = name,
            ["Runtime"] = runtime,
            ["Handler"] = handler,
            ["Role"] = role,
            ["Code"] = new JsonObject { ["ZipFile"] = AwsJs.Bytes(zip) },
        };
        change?.Invoke(input);
        return await Js.Call("lambda", "CreateFunction", input);
    }

    /// <summary>Invokes; the payload comes back as text.</summary>
    public async Task<Invoked> Invoke(string name, string payload = "{}", bool tail = false)
    {
        var input = new JsonObject { ["FunctionName"] = name, ["Payload"] = AwsJs.Bytes(Encoding.UTF8.GetBytes(payload)) };
        if (tail) input["LogType"] = "Tail";
        var result = await Js.Call("lambda", "Invoke", input);
        var text = Encoding.UTF8.GetString(Convert.FromBase64String((string?)result["Payload"]?["$bytes"] ?? ""));
        return new Invoked(text, (string?)result["FunctionError"], (string?)result["LogResult"] is { } log ? Encoding.UTF8.GetString(Convert.FromBase64String(log)) : "");
    }

    /// <summary>Processes that run a function of this server, their children included.</summary>
    public int Alive(string name, string? program = null) => Processes(name, program).Count;

    /// <summary>Their ids, as the machine counts; of one program alone where it is named.</summary>
    public List<int> Processes(string name, string? program = null) => [.. Directory.EnumerateDirectories("/proc").Select(folder => int.TryParse(Path.GetFileName(folder), out var id) ? id : 0).Where(id =>
    {
        try
        {
            if (program is not null && File.ReadAllText($"/proc/{id}/comm").TrimEnd() != program) return false;
            var environment = File.ReadAllText($"/proc/{id}/environ");
            return environment.Contains($"AWS_LAMBDA_FUNCTION_NAME={name}\0", StringComparison.Ordinal) && environment.Contains($"AWS_ENDPOINT_URL=http://127.0.0.1:{server.Port}\0", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    })];

    /// <summary>Waits until none is left.</summary>
    public async Task Gone(string name)
    {
        for (var i = 0; i < 500 && Alive(name) > 0; i++) await Task.Delay(20);
        Assert.Equal(0, Alive(name));
    }

    /// <summary>Waits until a function has logged a line so many times.</summary>
    public async Task Logged(string function, string line, int times = 1)
    {
        var log = "";
        for (var i = 0; i < 1000 && log.Split('\n').Count(one => one == line) < times; i++)
        {
            await Task.Delay(25);
            try
            {
                log = string.Join('\n', (await Js.Call("cloudwatch-logs", "FilterLogEvents", new { logGroupName = "/aws/lambda/" + function }))["events"]!.AsArray().Select(one => ((string)one!["message"]!).TrimEnd('\n')));
            }
            catch (AwsJsError)
            {
                // no log yet
            }
        }

        Assert.True(log.Split('\n').Count(one => one == line) >= times, log);
    }

    /// <summary>
    /// One of the test programs that come in every language (folder `probes`, project Galley.Tests.Handlers), as a function of the same name:
    /// `probes` or `bombs`. `provided.al2023` is the C# program behind a bootstrap of its own.
    /// </summary>
    public async Task Create(string runtime, string program, string role, Action<JsonObject>? change = null)
    {
        string Text(string extension) => File.ReadAllText(Path.Combine(Repository.Root, "tests", "Galley.Tests", "Lambda", "probes", program + extension));
        var (handler, zip) = runtime switch
        {
            "python3.12" => ("lambda_function.lambda_handler", Zip(("lambda_function.py", Text(".py")))),
            "nodejs20.x" => ("index.handler", Zip(("index.mjs", Text(".mjs")))),
            "dotnet8" => ($"Galley.Tests.Handlers::ClassLibrary.{char.ToUpperInvariant(program[0])}{program[1..]}::Run", Handlers()),
            _ => (program, Handlers("#!/bin/sh\nexec \"$DOTNET_ROOT/dotnet\" exec Galley.Tests.Handlers.dll\n")),
        };
        await Create(program, runtime, handler, zip, role, change);
    }

    /// <summary>The C# functions; with a bootstrap as a .NET program without its runtime, which the machine's is given to.</summary>
    public static byte[] Handlers(string? bootstrap = null) => Zip(archive =>
    {
        const string Configuration = ".runtimeconfig.json", Name = "Galley.Tests.Handlers";
        byte[] Read(string file) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, file));
        Add(archive, Name + ".dll", Read(Name + ".dll"));
        if (bootstrap is null) return;
        foreach (var name in (string[])[Name, "bootstrap"]) Add(archive, name + Configuration, Read(Name + Configuration));
        Add(archive, "bootstrap", Encoding.UTF8.GetBytes(bootstrap), 0x81ED);
    });

    /// <summary>The C# functions by Galley.Functions, without their runtime, which the machine's is given to; the handler's name chooses one.</summary>
    public static byte[] Typed() => Zip(archive =>
    {
        foreach (var file in (string[])[TypedProgram + ".dll", TypedProgram + ".runtimeconfig.json", "Galley.Functions.dll"]) Add(archive, file, File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, file)));
        Add(archive, "bootstrap.runtimeconfig.json", File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, TypedProgram + ".runtimeconfig.json")));
        Add(archive, "bootstrap", Encoding.UTF8.GetBytes($"#!/bin/sh\nexec \"$DOTNET_ROOT/dotnet\" exec {TypedProgram}.dll\n"), 0x81ED);
    });

    public static byte[] Zip(params (string Name, string Text)[] files)
        => Zip(archive =>
        {
            foreach (var (name, text) in files) Add(archive, name, Encoding.UTF8.GetBytes(text));
        });

    public static byte[] Zip(Action<ZipArchive> fill)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true)) fill(archive);
        return stream.ToArray();
    }

    public static void Add(ZipArchive archive, string name, byte[] bytes, int mode = 0x81A4)
    {
        var entry = archive.CreateEntry(name);
        entry.ExternalAttributes = mode << 16;
        using var content = entry.Open();
        content.Write(bytes);
    }
}

internal sealed record Invoked(string Payload, string? Error, string Log)
{
    public JsonNode Json => JsonNode.Parse(Payload)!;
}
