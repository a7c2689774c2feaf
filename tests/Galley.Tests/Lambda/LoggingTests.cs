using System.Text.Json.Nodes;

namespace Galley.Tests.Lambda;

/// <summary>LoggingConfig: logs as JSON, from a level on; and TracingConfig, which is kept and samples nothing.</summary>
public class LoggingTests
{
    private static Action<JsonObject> Json(string? application = null, string? system = null) => function =>
    {
        function["Timeout"] = 60;
        function["LoggingConfig"] = new JsonObject { ["LogFormat"] = "JSON" };
        if (application is not null) function["LoggingConfig"]!["ApplicationLogLevel"] = application;
        if (system is not null) function["LoggingConfig"]!["SystemLogLevel"] = system;
    };

    [Fact]
    public async Task Format_and_levels_are_kept_described_and_checked()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        const string code = "def lambda_handler(e, c): pass";
        var created = await functions.Python("f", code, role, Json(system: "WARN"));
        Assert.Equal("""{"LogFormat":"JSON","ApplicationLogLevel":"INFO","SystemLogLevel":"WARN","LogGroup":"/aws/lambda/f"}""", created["LoggingConfig"]!.ToJsonString());
        var version = (string)(await functions.Js.Call("lambda", "PublishVersion", new { FunctionName = "f" }))["Version"]!;
        var updated = await functions.Js.Call("lambda", "UpdateFunctionConfiguration", JsonNode.Parse("""{"FunctionName":"f","LoggingConfig":{"ApplicationLogLevel":"ERROR"},"TracingConfig":{"Mode":"Active"}}""")!);
        Assert.Equal(("""{"LogFormat":"JSON","ApplicationLogLevel":"ERROR","SystemLogLevel":"WARN","LogGroup":"/aws/lambda/f"}""", "Active"), (updated["LoggingConfig"]!.ToJsonString(), (string)updated["TracingConfig"]!["Mode"]!));
        Assert.NotEqual(version, (string)(await functions.Js.Call("lambda", "PublishVersion", new { FunctionName = "f" }))["Version"]!);
        var text = await functions.Js.Call("lambda", "UpdateFunctionConfiguration", JsonNode.Parse("""{"FunctionName":"f","LoggingConfig":{"LogFormat":"Text"}}""")!);
        Assert.Equal("""{"LogFormat":"Text","LogGroup":"/aws/lambda/f"}""", text["LoggingConfig"]!.ToJsonString());

        async Task<AwsJsError> Fails(string logging) => await functions.Js.Fails("lambda", "UpdateFunctionConfiguration", JsonNode.Parse($$"""{"FunctionName":"f","LoggingConfig":{{logging}}}""")!);
        var level = await Fails("""{"ApplicationLogLevel":"INFO"}""");
        Assert.Equal(("InvalidParameterValueException", 400), (level.Code, level.Status));
        Assert.StartsWith("LogLevel is not supported when LogFormat is set to \"Text\".", level.Text);
        Assert.Contains("[TRACE, DEBUG, INFO, WARN, ERROR, FATAL]", (await Fails("""{"LogFormat":"JSON","ApplicationLogLevel":"LOUD"}""")).Text, StringComparison.Ordinal);
        Assert.Contains("[DEBUG, INFO, WARN]", (await Fails("""{"LogFormat":"JSON","SystemLogLevel":"ERROR"}""")).Text, StringComparison.Ordinal);
        Assert.Contains("[JSON, Text]", (await Fails("""{"LogFormat":"Xml"}""")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Python_logs_objects_above_its_level()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        const string code = """
            import logging, json
            log = logging.getLogger("shop")
            def lambda_handler(event, context):
                log.debug("not seen")
                log.info("sold %d", 3, extra={"thing": "pears"})
                print(json.dumps({"level": "debug", "message": "not seen either"}))
                print("plain")
                try: 1 / 0
                except ZeroDivisionError: log.exception("caught")
                if event.get("fail"): raise ValueError("bad")
                return context.aws_request_id
            """;
        await functions.Python("f", code, role, Json());
        var first = await functions.Invoke("f", tail: true);
        var id = first.Payload.Trim('"');
        var lines = first.Log.TrimEnd('\n').Split('\n');
        Assert.Equal("plain", lines[2]);
        var (start, sold, caught, report) = (JsonNode.Parse(lines[0])!, JsonNode.Parse(lines[1])!, JsonNode.Parse(lines[3])!, JsonNode.Parse(lines[4])!);
        Assert.Equal(5, lines.Length);
        Assert.Equal($$"""{"requestId":"{{id}}","version":"$LATEST"}""", start["record"]!.ToJsonString());
        Assert.Equal(("platform.start", "INFO", "sold 3", "shop", "pears", id), ((string)start["type"]!, (string)sold["level"]!, (string)sold["message"]!, (string)sold["logger"]!, (string)sold["thing"]!, (string)sold["requestId"]!));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", (string)sold["timestamp"]!);
        Assert.Equal(("ERROR", "caught", "ZeroDivisionError", "division by zero"), ((string)caught["level"]!, (string)caught["message"]!, (string)caught["errorType"]!, (string)caught["errorMessage"]!));
        Assert.Contains("lambda_function.py:lambda_handler:", (string)caught["location"]!, StringComparison.Ordinal);
        Assert.Equal(("platform.report", id, "success", 128), ((string)report["type"]!, (string)report["record"]!["requestId"]!, (string)report["record"]!["status"]!, (int)report["record"]!["metrics"]!["memorySizeMB"]!));
        Assert.True((double)report["record"]!["metrics"]!["initDurationMs"]! > 0);

        var failed = (await functions.Invoke("f", """{"fail":1}""", tail: true)).Log.TrimEnd('\n').Split('\n').Where(line => line[0] == '{').Select(line => JsonNode.Parse(line)!).ToList();
        var error = failed.Single(line => (string?)line["errorMessage"] == "bad");
        Assert.Equal(("ERROR", "ValueError"), ((string)error["level"]!, (string)error["errorType"]!));
        Assert.Equal(["platform.start", "platform.runtimeDone", "platform.report"], failed.Select(line => (string?)line["type"]).Where(type => type is not null));
        Assert.Equal(("error", "Runtime.Unknown"), ((string)failed[^1]["record"]!["status"]!, (string)failed[^1]["record"]!["errorType"]!));
    }

    [Fact]
    public async Task Node_logs_objects_and_the_platform_its_events_from_its_own_level_on()
    {
        await using var functions = await TestFunctions.Start();
        const string code = """
            export const handler = async (event, context) => {
              console.debug("not seen");
              console.info("nor this");
              console.warn({ sold: 3 });
              console.error("failed with", new TypeError("no pears"));
              return context.awsRequestId;
            };
            """;
        await functions.Create("f", "nodejs20.x", "f.handler", TestFunctions.Zip(("f.mjs", code)), await functions.Role("r", "logs:*"), Json("WARN", "DEBUG"));
        var result = await functions.Invoke("f", tail: true);
        var id = result.Payload.Trim('"');
        var lines = result.Log.TrimEnd('\n').Split('\n').Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(["platform.start", null, null, "platform.runtimeDone", "platform.report"], lines.Select(line => (string?)line["type"]));
        Assert.Equal(("WARN", id, """{"sold":3}"""), ((string)lines[1]["level"]!, (string)lines[1]["requestId"]!, lines[1]["message"]!.ToJsonString()));
        Assert.Equal(("ERROR", "TypeError", "no pears"), ((string)lines[2]["level"]!, (string)lines[2]["errorType"]!, (string)lines[2]["errorMessage"]!));
        Assert.Equal((38, "success"), ((int)lines[3]["record"]!["metrics"]!["producedBytes"]!, (string)lines[3]["record"]!["status"]!));

        // The start's own events are in the stream alone.
        var told = await Eventually(functions, "f", all => all.Exists(line => line.Contains("platform.initReport", StringComparison.Ordinal)));
        var init = JsonNode.Parse(told.Find(line => line.Contains("platform.initStart", StringComparison.Ordinal))!)!["record"]!;
        Assert.Equal(("on-demand", "init", "f"), ((string)init["initializationType"]!, (string)init["phase"]!, (string)init["functionName"]!));
        Assert.Matches(@"^nodejs:[0-9]+\.[0-9]+\.[0-9]+$", (string)init["runtimeVersion"]!);
    }

    [Fact]
    public async Task A_class_library_logs_objects_with_the_members_of_its_messages()
    {
        await using var functions = await TestFunctions.Start();
        var library = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Galley.Tests.Handlers.dll"));
        var zip = TestFunctions.Zip(archive => TestFunctions.Add(archive, "Galley.Tests.Handlers.dll", library));
        var role = await functions.Role("r");
        await functions.Create("f", "dotnet8", "Galley.Tests.Handlers::ClassLibrary.Greeter::Log", zip, role, Json());
        var result = await functions.Invoke("f", tail: true);
        var lines = result.Log.TrimEnd('\n').Split('\n').Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal([null, "sold 3 of pears", "half a line", null], lines.Select(line => (string?)line["message"]));
        Assert.Equal(("Warning", 3, "pears", result.Payload.Trim('"')), ((string)lines[1]["level"]!, (int)lines[1]["count"]!, (string)lines[1]["thing"]!, (string)lines[1]["requestId"]!));

        await functions.Create("fails", "dotnet8", "Galley.Tests.Handlers::ClassLibrary.Greeter::Fail", zip, role, Json());
        var failed = (await functions.Invoke("fails", """{"Name":"Ada","Age":36}""", tail: true)).Log.TrimEnd('\n').Split('\n').Select(line => JsonNode.Parse(line)!).Single(line => (string?)line["level"] == "Error");
        Assert.Equal("System.InvalidOperationException", (string)failed["errorType"]!);
    }

    [Fact]
    public async Task A_time_out_and_a_crash_are_told_by_the_report()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        const string code = """
            import os, time
            def lambda_handler(event, context):
                if "crash" in event: os._exit(7)
                time.sleep(60)
            """;
        foreach (var (name, format, payload, expected) in ((string, string, string, string)[])[
            ("late", "JSON", "{}", "\"status\":\"timeout\""), ("ends", "JSON", """{"crash":1}""", "\"status\":\"error\",\"errorType\":\"Runtime.ExitError\""),
            ("text-ends", "Text", """{"crash":1}""", "\tStatus: error\tError Type: Runtime.ExitError\t\n")])
        {
            await functions.Python(name, code, role, function =>
            {
                (function["Timeout"], function["LoggingConfig"]) = (1, new JsonObject { ["LogFormat"] = format });
            });
            Assert.Contains(expected, (await functions.Invoke(name, payload, tail: true)).Log, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Tracing_is_described_and_samples_nothing()
    {
        await using var functions = await TestFunctions.Start();
        var created = await functions.Python("f", "import os\ndef lambda_handler(e, c): return os.environ['_X_AMZN_TRACE_ID']", await functions.Role("r"), function => function["TracingConfig"] = new JsonObject { ["Mode"] = "Active" });
        Assert.Equal("Active", (string)created["TracingConfig"]!["Mode"]!);
        Assert.Matches("^\"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", (await functions.Invoke("f")).Payload);
        Assert.Contains("[Active, PassThrough]", (await functions.Js.Fails("lambda", "UpdateFunctionConfiguration", JsonNode.Parse("""{"FunctionName":"f","TracingConfig":{"Mode":"Always"}}""")!)).Text, StringComparison.Ordinal);
    }

    private static async Task<List<string>> Eventually(TestFunctions functions, string name, Func<List<string>, bool> seen)
    {
        for (var i = 0; i < 1000; i++)
        {
            try
            {
                var events = (await functions.Js.Call("cloudwatch-logs", "FilterLogEvents", new { logGroupName = "/aws/lambda/" + name }))["events"]!.AsArray();
                List<string> lines = [.. events.Select(one => (string)one!["message"]!)];
                if (seen(lines)) return lines;
            }
            catch (AwsJsError e) when (e.Code == "ResourceNotFoundException")
            {
                // nothing was written yet
            }

            await Task.Delay(25);
        }

        throw new Xunit.Sdk.XunitException("not seen in the log");
    }
}
