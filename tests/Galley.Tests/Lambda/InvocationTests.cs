using System.Diagnostics;
using System.Text.RegularExpressions;
using Galley.Wire;

namespace Galley.Tests.Lambda;

public class InvocationTests
{
    [Fact]
    public async Task Invoke_gives_what_python_returns_with_bare_decimals_and_a_log_tail()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("GetRecipes", """
            from decimal import Decimal
            def lambda_handler(event, context):
                print("looking")
                return [{"name": "Pizza", "calories": Decimal("895"), "half": Decimal("0.50")}, event, context.memory_limit_in_mb]
            """, await functions.Role("r"));
        var result = await functions.Invoke("GetRecipes", """{"key1":"value1"}""", tail: true);
        Assert.Null(result.Error);
        Assert.Equal("""[{"name": "Pizza", "calories": 895, "half": 0.50}, {"key1": "value1"}, "128"]""", result.Payload);
        Assert.Matches(new Regex(@"^START RequestId: [0-9a-f-]{36} Version: \$LATEST\nlooking\nEND RequestId: [0-9a-f-]{36}\nREPORT RequestId: [0-9a-f-]{36}\tDuration: [0-9.]+ ms\tBilled Duration: [0-9]+ ms\tMemory Size: 128 MB\tMax Memory Used: [0-9]+ MB\tInit Duration: [0-9.]+ ms\t\n$"), result.Log);
    }

    [Fact]
    public async Task Invoke_reuses_a_warm_process_and_starts_anew_when_the_code_changes()
    {
        await using var functions = await TestFunctions.Start();
        const string code = "import os\ncount = 0\ndef lambda_handler(event, context):\n    global count\n    count += 1\n    return [count, os.getpid()]\n";
        await functions.Python("f", code, await functions.Role("r"));
        var first = (await functions.Invoke("f")).Json;
        var second = await functions.Invoke("f", tail: true);
        Assert.Equal(1, (int)first[0]!);
        Assert.Equal(2, (int)second.Json[0]!);
        Assert.Equal((int)first[1]!, (int)second.Json[1]!);
        Assert.DoesNotContain("Init Duration", second.Log, StringComparison.Ordinal);

        await functions.Js.Call("lambda", "UpdateFunctionCode", new System.Text.Json.Nodes.JsonObject { ["FunctionName"] = "f", ["ZipFile"] = AwsJs.Bytes(TestFunctions.Zip(("lambda_function.py", code.Replace("count += 1", "count += 10", StringComparison.Ordinal)))) });
        Assert.Equal(10, (int)(await functions.Invoke("f")).Json[0]!);
        await Gone((int)first[1]!);
    }

    [Fact]
    public async Task Invoke_runs_node_functions_of_every_shape()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        await functions.Create("async", "nodejs20.x", "index.handler", TestFunctions.Zip(("index.mjs", "export const handler = async (e, c) => { console.log('hello', e.a); return { a: e.a, id: c.awsRequestId.length }; };")), role);
        await functions.Create("callback", "nodejs20.x", "index.handler", TestFunctions.Zip(("index.js", "exports.handler = (e, c, done) => setTimeout(() => done(null, 'later'), 5);")), role);
        await functions.Create("failing", "nodejs20.x", "index.handler", TestFunctions.Zip(("index.js", "exports.handler = async () => { throw new TypeError('no'); };")), role);
        await functions.Create("missing", "nodejs20.x", "index.handler", TestFunctions.Zip(("index.js", "require('nothere'); exports.handler = async () => 1;")), role);
        await functions.Create("stuck", "nodejs20.x", "index.handler", TestFunctions.Zip(("index.js", "exports.handler = () => new Promise(() => {});")), role);

        var result = await functions.Invoke("async", """{"a":"ü"}""", tail: true);
        Assert.Equal("""{"a":"ü","id":36}""", result.Payload);
        Assert.Matches(new Regex("\n[0-9T:.-]+Z\t[0-9a-f-]{36}\tINFO\thello ü\n"), result.Log);
        Assert.Equal("\"later\"", (await functions.Invoke("callback")).Payload);
        var failed = await functions.Invoke("failing");
        Assert.Equal("Unhandled", failed.Error);
        Assert.Equal(("TypeError", "no"), ((string)failed.Json["errorType"]!, (string)failed.Json["errorMessage"]!));
        Assert.StartsWith("TypeError: no", (string)failed.Json["trace"]![0]!);
        Assert.Equal("Runtime.ImportModuleError", (string)(await functions.Invoke("missing")).Json["errorType"]!);
        Assert.Equal("Runtime.NodeJsExit", (string)(await functions.Invoke("stuck")).Json["errorType"]!);
    }

    [Theory]
    [InlineData("def lambda_handler(e, c):\n    raise ValueError('bad')", "ValueError", "bad")]
    [InlineData("import nothere", "Runtime.ImportModuleError", "Unable to import module 'lambda_function': No module named 'nothere'")]
    [InlineData("def other(): pass", "Runtime.HandlerNotFound", "Handler 'lambda_handler' missing on module 'lambda_function'")]
    [InlineData("raise KeyError('at import')", "KeyError", "'at import'")]
    [InlineData("def lambda_handler(e, c):\n    return {1, 2}", "Runtime.MarshalError", "Unable to marshal response: Object of type set is not JSON serializable")]
    public async Task Invoke_gives_pythons_errors_as_AWS_does(string code, string type, string message)
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", code, await functions.Role("r"));
        var result = await functions.Invoke("f");
        Assert.Equal("Unhandled", result.Error);
        Assert.Equal((type, message), ((string)result.Json["errorType"]!, (string)result.Json["errorMessage"]!));
        Assert.NotNull(result.Json["requestId"]);
        Assert.NotNull(result.Json["stackTrace"]);
    }

    [Fact]
    public async Task Invoke_shows_the_line_that_failed_and_keeps_the_process()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", "import os\ndef lambda_handler(event, context):\n    if event: raise Exception('x')\n    return os.getpid()\n", await functions.Role("r"));
        var before = (await functions.Invoke("f")).Payload;
        var failed = await functions.Invoke("f", """{"a":1}""", tail: true);
        Assert.StartsWith("  File \"/var/task/lambda_function.py\", line 3, in lambda_handler\n    if event: raise Exception('x')\n", (string)failed.Json["stackTrace"]![0]!);
        Assert.Contains("[ERROR] Exception: x\rTraceback (most recent call last):\r\u00a0\u00a0File \"/var/task/lambda_function.py\"", failed.Log, StringComparison.Ordinal);
        Assert.Equal(before, (await functions.Invoke("f")).Payload);
    }

    [Fact]
    public async Task Invoke_ends_a_function_that_takes_too_long_with_all_its_children()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("slow", """
            import subprocess, time, os
            a = subprocess.Popen(["sleep", "1000"])
            b = subprocess.Popen(["sleep", "1000"], start_new_session=True)
            open("/tmp/galley-test-" + os.environ["MARK"], "w").write(f"{os.getpid()} {a.pid} {b.pid}")
            def lambda_handler(event, context):
                time.sleep(100)
            """, await functions.Role("r"), f =>
        {
            f["Timeout"] = 1;
            f["Environment"] = new System.Text.Json.Nodes.JsonObject { ["Variables"] = new System.Text.Json.Nodes.JsonObject { ["MARK"] = $"{functions.Server.Port}" } };
        });
        var watch = Stopwatch.StartNew();
        var result = await functions.Invoke("slow", tail: true);
        Assert.InRange(watch.Elapsed.TotalSeconds, 1, 10);
        Assert.Equal("Unhandled", result.Error);
        Assert.Equal("Sandbox.Timedout", (string)result.Json["errorType"]!);
        Assert.Matches(new Regex("^RequestId: [0-9a-f-]{36} Error: Task timed out after 1.00 seconds$"), (string)result.Json["errorMessage"]!);
        Assert.Matches(new Regex(@"\n[0-9T:.-]+Z [0-9a-f-]{36} Task timed out after 1.00 seconds\n\nREPORT "), result.Log);
        var path = $"/tmp/galley-test-{functions.Server.Port}";
        var processes = (await File.ReadAllTextAsync(path)).Split(' ');
        File.Delete(path);
        Assert.Equal(3, processes.Length);
        foreach (var process in processes) await Gone(int.Parse(process, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Invoke_reports_a_process_that_ends_and_the_next_one_works()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", "import os\ndef lambda_handler(event, context):\n    if event: os._exit(event['code'])\n    return 'fine'\n", await functions.Role("r"));
        var one = await functions.Invoke("f", """{"code":3}""");
        Assert.Equal("Runtime.ExitError", (string)one.Json["errorType"]!);
        Assert.EndsWith(" Error: Runtime exited with error: exit status 3", (string)one.Json["errorMessage"]!);
        Assert.Equal("\"fine\"", (await functions.Invoke("f")).Payload);
        await functions.Python("atonce", "import os\nos._exit(0)\n", $"arn:aws:iam::{TestFunctions.Account}:role/r");
        Assert.EndsWith(" Error: Runtime exited without providing a reason", (string)(await functions.Invoke("atonce")).Json["errorMessage"]!);
    }

    [Fact]
    public async Task Invoke_refuses_answers_and_events_that_are_too_large()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", "def lambda_handler(event, context):\n    return 'x' * event['n']\n", await functions.Role("r"));
        Assert.Null((await functions.Invoke("f", """{"n":6291554}""")).Error);
        var result = await functions.Invoke("f", """{"n":6291555}""");
        Assert.Equal("Unhandled", result.Error);
        Assert.Equal("Function.ResponseSizeTooLarge", (string)result.Json["errorType"]!);
        Assert.Equal("Response payload size exceeded maximum allowed payload size (6291556 bytes).", (string)result.Json["errorMessage"]!);
        var refused = await Assert.ThrowsAsync<AwsJsError>(() => functions.Invoke("f", $"\"{new string('x', 6_291_455)}\""));
        Assert.Equal(("RequestTooLargeException", 413), (refused.Code, refused.Status));
        var unreadable = await Assert.ThrowsAsync<AwsJsError>(() => functions.Invoke("f", "{"));
        Assert.Equal(("InvalidRequestContentException", 400), (unreadable.Code, unreadable.Status));
        Assert.StartsWith("Could not parse request body into json: ", unreadable.Text);
    }

    [Fact]
    public async Task Invoke_runs_at_the_same_time_as_often_as_reserved_and_not_more()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", "import time, os\ndef lambda_handler(event, context):\n    time.sleep(1.5)\n    return os.getpid()\n", await functions.Role("r"));
        await functions.Js.Call("lambda", "PutFunctionConcurrency", new { FunctionName = "f", ReservedConcurrentExecutions = 2 });
        var all = Enumerable.Range(0, 3).Select(_ => functions.Invoke("f")).ToList();
        var refused = (await Task.WhenAll(all.Select(one => Record.ExceptionAsync(() => one).AsTask()))).OfType<AwsJsError>().ToList();
        var third = Assert.Single(refused);
        Assert.Equal(("TooManyRequestsException", 429, "Rate Exceeded."), (third.Code, third.Status, third.Text));
        Assert.Equal("ReservedFunctionConcurrentInvocationLimitExceeded", (string)third.Fields["Reason"]!);
        var processes = await Task.WhenAll(all.Where(one => one.IsCompletedSuccessfully));
        Assert.NotEqual(processes[0].Payload, processes[1].Payload);
        await functions.Js.Call("lambda", "PutFunctionConcurrency", new { FunctionName = "f", ReservedConcurrentExecutions = 0 });
        Assert.Equal("TooManyRequestsException", (await Assert.ThrowsAsync<AwsJsError>(() => functions.Invoke("f"))).Code);
    }

    [Fact]
    public async Task Invoke_serves_more_callers_than_it_starts_processes_for()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", "import os\ndef lambda_handler(event, context):\n    return [event['n'], os.getpid()]\n", await functions.Role("r"));
        var results = await Task.WhenAll(Enumerable.Range(0, 60).Select(async n => (n, (await functions.Invoke("f", $$"""{"n":{{n}}}""")).Json)));
        Assert.All(results, result => Assert.Equal(result.n, (int)result.Json[0]!));
        Assert.InRange(results.Select(result => (int)result.Json[1]!).Distinct().Count(), 1, 50);
    }

    [Fact]
    public async Task A_caller_that_keeps_its_thread_holds_up_no_other_event()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", "count = 0\ndef lambda_handler(e, c):\n    global count\n    count += 1\n    return count", await functions.Role("r"), f => f["Timeout"] = 60);
        var caller = new Principal(PrincipalKind.Root, $"arn:aws:iam::{TestFunctions.Account}:root", TestFunctions.Account);
        async Task<string> Invoke() => System.Text.Encoding.UTF8.GetString((await functions.Server.Functions.Invoke("f", caller, null, "{}"u8.ToArray(), CancellationToken.None)).Payload.Span);
        await Invoke();
        var third = Task.Run(async () =>
        {
            await Invoke().ConfigureAwait(false);
            // Whoever brought the answer stands here, while the same process is to run another event.
            return Invoke().Wait(TimeSpan.FromSeconds(30)) ? await Invoke() : "late";
        });
        Assert.Equal("4", await third);
    }

    [Fact]
    public async Task Stop_leaves_no_process_behind()
    {
        int process;
        await using (var functions = await TestFunctions.Start())
        {
            await functions.Python("f", "import os\ndef lambda_handler(event, context):\n    return os.getpid()\n", await functions.Role("r"));
            process = (int)(await functions.Invoke("f")).Json;
        }

        await Gone(process);
    }

    [Fact]
    public async Task Invoke_runs_a_bootstrap_and_says_what_is_wrong_with_one()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        const string script = """
            #!/bin/sh
            while true; do
              H=$(mktemp)
              E=$(curl -sS -D "$H" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next") || exit 1
              I=$(grep -i Lambda-Runtime-Aws-Request-Id "$H" | tr -d '[:space:]' | cut -d: -f2)
              curl -sS -X POST "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/other/response" -d 1
              echo
              curl -sS -X POST "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$I/response" -d "[\"$_HANDLER\",$E]" > /dev/null
            done
            """;
        await functions.Create("f", "provided.al2023", "anything", TestFunctions.Zip(zip => TestFunctions.Add(zip, "bootstrap", System.Text.Encoding.UTF8.GetBytes(script), 0x81ED)), role);
        var result = await functions.Invoke("f", """{"a":1}""", tail: true);
        Assert.Equal("""["anything",{"a":1}]""", result.Payload);
        Assert.Contains("""{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}""", result.Log, StringComparison.Ordinal);

        await functions.Create("none", "provided.al2023", "x", TestFunctions.Zip(("other", "")), role);
        var none = await functions.Invoke("none");
        Assert.Equal("Runtime.InvalidEntrypoint", (string)none.Json["errorType"]!);
        await functions.Create("plain", "provided.al2023", "x", TestFunctions.Zip(("bootstrap", "#!/bin/sh")), role);
        Assert.EndsWith("permission denied", (string)(await functions.Invoke("plain")).Json["errorMessage"]!);
    }

    [Fact]
    public async Task Invoke_checks_dry_runs_and_refuses_what_is_not_there()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", "def lambda_handler(event, context):\n    pass\n", await functions.Role("r"));
        Assert.Equal(204, (int)(await functions.Js.Call("lambda", "Invoke", new { FunctionName = "f", InvocationType = "DryRun" }))["StatusCode"]!);
        Assert.Equal("null", (await functions.Invoke("f")).Payload);
        var missing = await functions.Js.Fails("lambda", "Invoke", new { FunctionName = "nothere" });
        Assert.Equal(("ResourceNotFoundException", 404, $"Function not found: arn:aws:lambda:eu-west-2:{TestFunctions.Account}:function:nothere:$LATEST"), (missing.Code, missing.Status, missing.Text));
    }

    private static async Task Gone(int process)
    {
        for (var i = 0; i < 200 && Directory.Exists($"/proc/{process}") && !(await State(process)).Contains("(zombie)", StringComparison.Ordinal); i++) await Task.Delay(10);
        Assert.True(!Directory.Exists($"/proc/{process}") || (await State(process)).Contains("(zombie)", StringComparison.Ordinal), $"process {process} lives");

        static async Task<string> State(int process)
        {
            try
            {
                return await File.ReadAllTextAsync($"/proc/{process}/status");
            }
            catch (IOException)
            {
                return "(zombie)";
            }
        }
    }
}
