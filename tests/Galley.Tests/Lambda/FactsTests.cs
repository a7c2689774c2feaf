using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Galley.Tests.Server;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.Lambda;

/// <summary>What clients and functions read word by word: texts of refusals, small answers, the context, the Runtime API's own errors.</summary>
public class FactsTests
{
    private const string Arn = $"arn:aws:lambda:eu-west-2:{TestFunctions.Account}:function:";

    [Fact]
    public async Task Refusals_are_worded_as_AWS_words_them()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        await functions.Python("f", "def lambda_handler(event, context):\n    return 1\n", role);
        using var http = new SignedHttp(functions.Server.Endpoint, "eu-west-2", functions.Server.AccessKeyId, functions.Server.SecretAccessKey);
        const string All = "/2015-03-31/functions";
        string Function(string zip, string more = "") => $$"""{"FunctionName":"f","Runtime":"python3.12","Handler":"a.b","Role":"{{role}}","Code":{"ZipFile":"{{zip}}"}{{more}}}""";
        var zip = Convert.ToBase64String(TestFunctions.Zip(("a.py", "")));

        await Refused(404, "GET", $"{All}/none", null, "Function not found: " + Arn + "none", capital: true);
        await Refused(409, "POST", All, Function(zip), "Function already exist: f");
        await Refused(400, "POST", All, Function("AAAA"), "Could not unzip uploaded file. Please check your file, then try to upload again.");
        await Refused(413, "POST", All, Function(Convert.ToBase64String(new byte[52_428_801])), "Zipped size must be smaller than 52428800 bytes");
        await Refused(400, "POST", All, Function(zip, """,  "Environment":{"Variables":{"AWS_REGION":"x"}}"""),
            "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION");
        await Refused(412, "PUT", $"{All}/f/configuration", """{"Timeout":4,"RevisionId":"00000000-0000-0000-0000-000000000000"}""",
            "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id");
        await Refused(400, "PUT", "/2017-10-31/functions/f/concurrency", """{"ReservedConcurrentExecutions":901}""", "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].");

        await Refused(404, "GET", $"{All}/f/policy", null, "The resource you requested does not exist.", capital: true);
        const string Statement = """{"StatementId":"s3","Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com"}""";
        Assert.Equal(HttpStatusCode.Created, (await http.Send("lambda", HttpMethod.Post, $"{All}/f/policy", Encoding.UTF8.GetBytes(Statement))).Status);
        await Refused(409, "POST", $"{All}/f/policy", Statement, "The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing statement.");
        await Refused(404, "DELETE", $"{All}/f/policy/x", null, "Statement x is not found in resource policy.", capital: true);
        await Refused(404, "GET", $"{All}/f/aliases/none", null, $"Cannot find alias arn: {Arn}f:none", capital: true);

        const string Url = "/2021-10-31/functions/f/url", Auth = """{"AuthType":"NONE"}""";
        await Refused(404, "GET", Url, null, "The resource you requested does not exist.", capital: true);
        Assert.Equal(HttpStatusCode.Created, (await http.Send("lambda", HttpMethod.Post, Url, Encoding.UTF8.GetBytes(Auth))).Status);
        await Refused(409, "POST", Url, Auth, $"Failed to create function url config for [functionArn = {Arn}f]. Error message:  FunctionUrlConfig exists for this Lambda function");
        await Refused(404, "GET", "/2015-03-31/event-source-mappings/00000000-0000-0000-0000-000000000000", null, "The resource you requested does not exist.", capital: true);

        // What is not set is an empty answer and no error.
        Assert.Equal((HttpStatusCode.OK, "{}"), await http.Send("lambda", HttpMethod.Get, "/2019-09-30/functions/f/concurrency", null));
        Assert.Equal((HttpStatusCode.OK, "{}"), await http.Send("lambda", HttpMethod.Get, "/2020-06-30/functions/f/code-signing-config", null));
        var limits = JsonNode.Parse((await http.Send("lambda", HttpMethod.Get, "/2016-08-19/account-settings/", null)).Body)!;
        Assert.Equal((1000, 1000, 262_144_000, 1), ((int)limits["AccountLimit"]!["ConcurrentExecutions"]!, (int)limits["AccountLimit"]!["UnreservedConcurrentExecutions"]!, (int)limits["AccountLimit"]!["CodeSizeUnzipped"]!, (int)limits["AccountUsage"]!["FunctionCount"]!));

        async Task Refused(int status, string method, string path, string? body, string message, bool capital = false)
        {
            var answer = await http.Send("lambda", new HttpMethod(method), path, body is null ? null : Encoding.UTF8.GetBytes(body));
            Assert.True(
                status == (int)answer.Status && JsonNode.DeepEquals(new JsonObject { ["Type"] = "User", [capital ? "Message" : "message"] = message }, JsonNode.Parse(answer.Body)), $"{method} {path}: {answer.Status} {answer.Body}");
        }
    }

    [Fact]
    public async Task A_function_is_told_who_it_is_and_who_calls()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        await functions.Python("f", """
            def lambda_handler(event, context):
                said = context.client_context
                return [context.function_name, context.function_version, context.memory_limit_in_mb, context.invoked_function_arn, context.log_group_name,
                    context.log_stream_name.split("[")[1][:8], len(context.aws_request_id), 0 < context.get_remaining_time_in_millis() <= 3000, context.identity.cognito_identity_id,
                    [said.custom["a"], said.env["locale"], said.client.app_title] if said else None]
            """, role);
        var plain = await functions.Invoke("f");
        Assert.Equal($"""["f", "$LATEST", "128", "{Arn}f", "/aws/lambda/f", "$LATEST]", 36, true, null, null]""", plain.Payload);
        var context = Convert.ToBase64String("""{"custom":{"a":"b"},"env":{"locale":"en"},"client":{"app_title":"app"}}"""u8);
        var asked = await functions.Js.Call("lambda", "Invoke", new { FunctionName = "f", Qualifier = "$LATEST", ClientContext = context });
        Assert.Equal("$LATEST", (string)asked["ExecutedVersion"]!);
        Assert.EndsWith($"""{Arn}f:$LATEST", "/aws/lambda/f", "$LATEST]", 36, true, null, ["b", "en", "app"]]""", Encoding.UTF8.GetString(Convert.FromBase64String((string)asked["Payload"]!["$bytes"]!)));

        await functions.Create("broken", "python3.12", "f.run", TestFunctions.Zip(("f.py", "def run(:\n")), role);
        var broken = (await functions.Invoke("broken")).Json;
        Assert.Equal("Runtime.UserCodeSyntaxError", (string)broken["errorType"]!);
        Assert.StartsWith("Syntax error in module 'f': ", (string)broken["errorMessage"]!);
    }

    [Fact]
    public async Task The_Runtime_API_keeps_to_its_states()
    {
        await using var functions = await TestFunctions.Start();
        const string script = """
            #!/bin/sh
            A="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01"
            H=$(mktemp)
            curl -sS -D "$H" "$A/runtime/invocation/next" > /dev/null
            I=$(grep -i Lambda-Runtime-Aws-Request-Id "$H" | tr -d '[:space:]' | cut -d: -f2)
            say() { curl -sS -w ' %{http_code}\n' "$@"; }
            say "$A/ping"
            say "$A/runtime/invocation/next"
            say -d '{}' "$A/runtime/init/error"
            say -d 1 "$A/runtime/invocation/$I/response"
            say -d 2 "$A/runtime/invocation/$I/response"
            curl -sS "$A/runtime/invocation/next"
            """;
        await functions.Create("f", "provided.al2023", "x", TestFunctions.Zip(zip => TestFunctions.Add(zip, "bootstrap", Encoding.UTF8.GetBytes(script), 0x81ED)), await functions.Role("r", "logs:*"));
        Assert.Equal("1", (await functions.Invoke("f")).Payload);
        var log = "";
        for (var i = 0; i < 500 && !log.Contains("InvalidRequestID", StringComparison.Ordinal); i++)
        {
            await Task.Delay(20);
            try
            {
                log = string.Concat((await functions.Js.Call("cloudwatch-logs", "FilterLogEvents", new { logGroupName = "/aws/lambda/f" }))["events"]!.AsArray().Select(line => (string)line!["message"]!));
            }
            catch (AwsJsError)
            {
                // no log yet
            }
        }

        Assert.Contains("pong 200", log, StringComparison.Ordinal);
        Assert.Contains("""{"status":"OK"} 202""", log, StringComparison.Ordinal);
        Assert.Contains("""{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"} 400""", log, StringComparison.Ordinal);
        Assert.Equal(2, log.Split("\"errorType\":\"InvalidStateTransition\"} 403").Length - 1);
        Assert.StartsWith("INIT_START Runtime Version: ", log);
    }

    [Fact]
    public async Task Nothing_runs_for_a_function_that_nobody_calls_any_more()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var functions = await TestFunctions.Start(time);
        await functions.Python("f", "import os\ndef lambda_handler(event, context):\n    return os.getpid()\n", await functions.Role("r"));
        var first = (int)(await functions.Invoke("f")).Json;
        time.Advance(TimeSpan.FromMinutes(3)); // a signature may be 15 minutes old, no more
        Assert.Equal(first, (int)(await functions.Invoke("f")).Json);
        for (var minute = 0; minute < 11; minute++) time.Advance(TimeSpan.FromMinutes(1));
        await functions.Gone("f");
        Assert.NotEqual(first, (int)(await functions.Invoke("f")).Json);
    }

    /// <summary>AWS's version identifiers are mapped to what the machine has: the log says to what.</summary>
    [Theory]
    [InlineData("python3.8", "python", "import sys\ndef handler(e, c): return '%d.%d.%d' % sys.version_info[:3]\n")]
    [InlineData("nodejs16.x", "nodejs", "exports.handler = async () => process.versions.node;\n")]
    [InlineData("dotnet6", "dotnet", "")]
    public async Task The_log_says_what_really_runs(string runtime, string kind, string code)
    {
        await using var functions = await TestFunctions.Start();
        var (handler, zip) = code.Length > 0 ? ("index.handler", TestFunctions.Zip(("index.py", code), ("index.js", code))) : ("Galley.Tests.Handlers::ClassLibrary.Greeter::Version", TestFunctions.Handlers());
        await functions.Create("f", runtime, handler, zip, await functions.Role("r", "logs:*"), f => f["Timeout"] = 60);
        var version = (string)(await functions.Invoke("f")).Json!;
        var log = "";
        for (var i = 0; i < 500 && !log.Contains("INIT_START", StringComparison.Ordinal); i++)
        {
            await Task.Delay(20);
            try
            {
                log = string.Concat((await functions.Js.Call("cloudwatch-logs", "FilterLogEvents", new { logGroupName = "/aws/lambda/f" }))["events"]!.AsArray().Select(line => (string)line!["message"]!));
            }
            catch (AwsJsError)
            {
                // no log yet
            }
        }

        Assert.StartsWith($"INIT_START Runtime Version: {kind}:{version}\t", log);
    }

    /// <summary>A new version of the code compiles itself, not the standard library; nothing is written beside a source, by a child neither.</summary>
    [Theory]
    [InlineData(SandboxMode.Off)]
    [InlineData(SandboxMode.On)]
    public async Task Python_keeps_what_it_compiled_of_the_function_and_uses_what_lies_compiled(SandboxMode sandbox)
    {
        Assert.SkipWhen(sandbox == SandboxMode.On && !File.Exists("/usr/bin/bwrap"), "bubblewrap is not installed");
        await using var functions = await TestFunctions.Start(sandbox: sandbox);
        var code = TestFunctions.Zip(
            ("lambda_function.py", """
                import json, os, subprocess, sys, helper

                def lambda_handler(event, context):
                    subprocess.run([sys.executable, "-c", "import other"], check=True, cwd=os.path.dirname(__file__))
                    beside = os.path.join(os.path.dirname(json.__file__), "__pycache__", "__init__.%s.pyc" % sys.implementation.cache_tag)
                    here = os.path.dirname(__file__)
                    return {
                        "helper is kept elsewhere": not helper.__cached__.startswith(here) and os.path.exists(helper.__cached__),
                        "the library is used where it lies": (json.__cached__ == beside) == os.path.exists(beside),
                        "the code's folder": sorted(os.listdir(here)),
                        "ours": sorted(name for name in os.environ if "GALLEY" in name),
                    }
                """), ("helper.py", "x = 1\n"), ("other.py", "y = 2\n"));
        await functions.Create("f", "python3.12", "lambda_function.lambda_handler", code, await functions.Role("r"), f => f["Timeout"] = 60);
        var answer = await functions.Invoke("f");
        Assert.Equal("""{"helper is kept elsewhere":true,"the library is used where it lies":true,"the code's folder":["helper.py","lambda_function.py","other.py"],"ours":[]}""", answer.Json.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }
}
