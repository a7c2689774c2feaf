using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.Lambda;

/// <summary>How AWS runs a function that does not begin, ends too early or answers nonsense, and what it tells of it.</summary>
public class AwsRunsTests
{
    [Fact]
    public async Task What_failed_to_begin_runs_no_second_event()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        await functions.Python("py", "raise KeyError('at import')", role);
        await functions.Create("js", "nodejs20.x", "index.nothing", TestFunctions.Zip(("index.js", "exports.handler = async () => 1;")), role);
        foreach (var (name, type, told) in ((string, string, string)[])[("py", "KeyError", "Runtime.Unknown"), ("js", "Runtime.HandlerNotFound", "Runtime.HandlerNotFound")])
            for (var i = 0; i < 4; i++)
            {
                var result = await functions.Invoke(name, tail: true);
                Assert.Equal(type, (string)result.Json["errorType"]!);
                // The start's own lines are in the tail, since it is the start that failed; the report has no time of a start.
                Assert.Matches($"ERROR[^\\n]*\\n(?:[^\\n]*\\n)*INIT_REPORT Init Duration: [0-9.]+ ms\tPhase: init\tStatus: error\tError Type: {told}\nSTART RequestId: ", result.Log);
                Assert.Matches($"Max Memory Used: [0-9]+ MB\tStatus: error\tError Type: {told}\t\n$", result.Log);
            }

        await functions.Python("none", "import nothere", role);
        Assert.StartsWith("[ERROR] Runtime.ImportModuleError: Unable to import module 'lambda_function': No module named 'nothere'\rTraceback (most recent call last):\nINIT_REPORT ", (await functions.Invoke("none", tail: true)).Log);
    }

    [Fact]
    public async Task Pythons_stack_has_the_imports_frames_and_no_carets()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        await functions.Python("f", "def lambda_handler(event, context):\n    return inner(event) + 1\n\ndef inner(event): return 1 + event['none']\n", role);
        Assert.Equal(["  File \"/var/task/lambda_function.py\", line 2, in lambda_handler\n    return inner(event) + 1\n", "  File \"/var/task/lambda_function.py\", line 4, in inner\n    def inner(event): return 1 + event['none']\n"], (await functions.Invoke("f")).Json["stackTrace"]!.AsArray().Select(line => (string)line!));
        await functions.Python("begins", "raise Exception('x')", role);
        var stack = (await functions.Invoke("begins")).Json["stackTrace"]!.AsArray().Select(line => (string)line!).ToList();
        Assert.Matches("^  File \"/var/lang/lib/python3[.0-9]*/importlib/__init__[.]py\", line [0-9]+, in import_module\n    return _bootstrap[^\n^]*\n$", stack[0]);
        Assert.Matches("^  File \"<frozen importlib._bootstrap>\", line [0-9]+, in _gcd_import\n$", stack[1]);
        Assert.Equal("  File \"/var/task/lambda_function.py\", line 1, in <module>\n    raise Exception('x')\n", stack[^1]);
    }

    [Fact]
    public async Task An_event_goes_to_another_process_when_its_own_ends_before_it_asked_for_it()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        const string once = """
            #!/bin/sh
            H=$(mktemp)
            curl -sS -D "$H" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next" > /dev/null
            I=$(grep -i Lambda-Runtime-Aws-Request-Id "$H" | tr -d '[:space:]' | cut -d: -f2)
            curl -sS -d '"ok"' "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$I/response" > /dev/null
            sleep 0.3
            exit 3
            """;
        await Program(functions, "once", Encoding.UTF8.GetBytes(once), role);
        for (var i = 0; i < 3; i++) Assert.Equal("\"ok\"", (await functions.Invoke("once")).Payload);

        const string uncaught = """exports.handler = async (e) => { if (e.bad) { setTimeout(() => { throw new Error("later"); }, 5); await new Promise(r => setTimeout(r, 9000)); } return 1; };""";
        await functions.Create("js", "nodejs20.x", "index.handler", TestFunctions.Zip(("index.js", uncaught)), role, f => f["Timeout"] = 20);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("later", (string)(await functions.Invoke("js", """{"bad":1}""")).Json["errorMessage"]!);
            Assert.Equal("1", (await functions.Invoke("js")).Payload);
        }
    }

    [Theory]
    [InlineData(SandboxMode.Off)]
    [InlineData(SandboxMode.On)]
    public async Task A_wrapper_that_is_not_there_ends_with_127(SandboxMode sandbox)
    {
        Assert.SkipWhen(sandbox == SandboxMode.On && !File.Exists("/usr/bin/bwrap"), "bubblewrap is not installed");
        await using var functions = await TestFunctions.Start(sandbox: sandbox);
        await functions.Python("f", "def lambda_handler(event, context): return 1", await functions.Role("r"), f => f["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["AWS_LAMBDA_EXEC_WRAPPER"] = "/var/task/none" } });
        var result = await functions.Invoke("f");
        Assert.Equal("Runtime.ExitError", (string)result.Json["errorType"]!);
        Assert.EndsWith(" Error: Runtime exited with error: exit status 127", (string)result.Json["errorMessage"]!);
    }

    [Fact]
    public async Task A_bootstrap_that_cannot_be_started_is_an_invalid_entry_point()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        var foreign = new byte[64];
        "\u007fELF"u8.CopyTo(foreign);
        foreign[18] = 243; // RISC-V
        foreach (var (name, bytes, why) in ((string, byte[], string)[])[
            ("gone", "#!/no/such/shell\n"u8.ToArray(), "no such file or directory"), ("windows", "#!/bin/sh\r\necho\r\n"u8.ToArray(), "no such file or directory"),
            ("foreign", foreign, "exec format error"), ("text", "echo\n"u8.ToArray(), "exec format error"), ("empty", [], "exec format error")])
        {
            await Program(functions, name, bytes, role);
            var result = await functions.Invoke(name);
            Assert.Equal("Runtime.InvalidEntrypoint", (string)result.Json["errorType"]!);
            Assert.EndsWith(" Error: fork/exec /var/task/bootstrap: " + why, (string)result.Json["errorMessage"]!);
        }
    }

    [Fact]
    public async Task A_function_of_one_letter_has_a_session_of_two_and_every_function_an_address_for_traces()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        const string code = """
            import os, boto3
            def lambda_handler(event, context):
                return [boto3.client("sts").get_caller_identity()["Arn"].split("/")[-1], os.environ["AWS_XRAY_DAEMON_ADDRESS"] == os.environ["_AWS_XRAY_DAEMON_ADDRESS"] + ":" + os.environ["_AWS_XRAY_DAEMON_PORT"]]
            """;
        await functions.Python("u", code, role, f => f["Timeout"] = 30);
        await functions.Python("uv", code, role, f => f["Timeout"] = 30);
        Assert.Equal("""["u@lambda_function",true]""", (await functions.Invoke("u")).Json.ToJsonString());
        Assert.Equal("""["uv",true]""", (await functions.Invoke("uv")).Json.ToJsonString());
    }

    [Fact]
    public async Task What_is_no_JSON_cannot_be_answered()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Create("f", "nodejs20.x", "index.handler", TestFunctions.Zip(("index.js", "exports.handler = async (e) => { if (e.big) return 10n; const a = {}; a.a = a; return a; };")), await functions.Role("r"));
        foreach (var payload in (string[])["{}", """{"big":1}"""])
            Assert.Equal(("Error", "Unable to stringify response body"), await functions.Invoke("f", payload) is var result ? ((string)result.Json["errorType"]!, (string)result.Json["errorMessage"]!) : default);
    }

    private static Task<JsonObject> Program(TestFunctions functions, string name, byte[] bootstrap, string role)
        => functions.Create(name, "provided.al2023", "x", TestFunctions.Zip(zip => TestFunctions.Add(zip, "bootstrap", bootstrap, 0x81ED)), role);
}
