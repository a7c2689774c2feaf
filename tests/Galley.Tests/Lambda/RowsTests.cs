using System.Buffers.Binary;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.Tests.Server;

namespace Galley.Tests.Lambda;

/// <summary>The negative rows of group I, one test each, beside what is just inside the limit and works. Row 123 is in ProbesTests.</summary>
public partial class RowsTests
{
    private const string Echo = "def lambda_handler(event, context):\n    return event\n";

    [Fact]
    public async Task Row_116_an_event_that_is_no_JSON_or_no_UTF8_is_refused()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Echo, await functions.Role("r"));
        foreach (var bytes in (byte[][])["{\"a\":"u8.ToArray(), "abc"u8.ToArray(), "{} {}"u8.ToArray(), [(byte)'"', 0xFF, 0xFE, (byte)'"'], [.. "{\"a\":\""u8, 0xC0, 0xAF, .. "\"}"u8], "\"\\uD800\""u8.ToArray()])
        {
            var error = await functions.Js.Fails("lambda", "Invoke", new { FunctionName = "f", Payload = AwsJs.Bytes(bytes) });
            Assert.Equal(("InvalidRequestContentException", 400), (error.Code, error.Status));
            Assert.StartsWith("Could not parse request body into json: Could not parse payload into json: ", error.Text);
        }

        Assert.Equal("""{"a": "ü€😀"}""", Regex.Unescape((await functions.Invoke("f", """{"a":"ü€😀"}""")).Payload));
    }

    [Fact]
    public async Task Row_117_a_payload_over_6_MB_or_1_MB_asynchronous_is_refused()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", "def lambda_handler(event, context):\n    return len(event)\n", await functions.Role("r"), f => f["Timeout"] = 30);
        using var http = Client(functions);
        var (status, body) = await http.Send("lambda", HttpMethod.Post, "/2015-03-31/functions/f/invocations", Text(6_291_457));
        AssertError(HttpStatusCode.RequestEntityTooLarge, """{"message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation","Type":"User"}""", status, body);
        Assert.Equal((HttpStatusCode.OK, "6291454"), await http.Send("lambda", HttpMethod.Post, "/2015-03-31/functions/f/invocations", Text(6_291_456)));
        (status, body) = await http.Send("lambda", HttpMethod.Post, "/2015-03-31/functions/f/invocations", Text(1_048_577), ("X-Amz-Invocation-Type", "Event"));
        AssertError(HttpStatusCode.RequestEntityTooLarge, """{"message":"Request must be smaller than 1048576 bytes for the InvokeFunction operation","Type":"User"}""", status, body);
        Assert.Equal(HttpStatusCode.Accepted, (await http.Send("lambda", HttpMethod.Post, "/2015-03-31/functions/f/invocations", Text(1_048_576), ("X-Amz-Invocation-Type", "Event"))).Status);
    }

    [Fact]
    public async Task Row_118_a_result_over_6291556_bytes_is_the_functions_error()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", "def lambda_handler(event, context):\n    return 'x' * event\n", await functions.Role("r"), f => f["Timeout"] = 30);
        var large = await functions.Invoke("f", "6291555");
        Assert.Equal(("Unhandled", """{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}"""), (large.Error, large.Payload));
        var whole = await functions.Invoke("f", "6291554");
        Assert.Equal((null, 6_291_556), (whole.Error, whole.Payload.Length));
    }

    [Fact]
    public async Task Row_119_a_time_out_and_an_exit_are_told_and_leave_no_process()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", """
            import os, subprocess, time
            def lambda_handler(event, context):
                child = subprocess.Popen(["sleep", "60"])
                print("child", child.pid, "of", os.getpid())
                if "exit" in event: os._exit(event["exit"])
                if "signal" in event: os.kill(os.getpid(), event["signal"])
                time.sleep(event.get("sleep", 0))
                child.kill()
                return "in time"
            """, await functions.Role("r"), f => f["Timeout"] = 1);
        var late = await functions.Invoke("f", """{"sleep":30}""", tail: true);
        Assert.Equal("Unhandled", late.Error);
        Assert.Matches("""^\{"errorMessage":"RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds","errorType":"Sandbox\.Timedout"\}$""", late.Payload);
        await AllGone(late.Log);
        foreach (var (input, reason) in ((string, string)[])[("""{"exit":127}""", "with error: exit status 127"), ("""{"exit":0}""", "without providing a reason"), ("""{"signal":9}""", "with error: signal: killed")])
        {
            var ended = await functions.Invoke("f", input, tail: true);
            Assert.Equal("Unhandled", ended.Error);
            Assert.Matches($$"""^\{"errorMessage":"RequestId: [0-9a-f-]{36} Error: Runtime exited {{reason}}","errorType":"Runtime\.ExitError"\}$""", ended.Payload);
            await AllGone(ended.Log);
        }

        Assert.Equal("\"in time\"", (await functions.Invoke("f", "{}")).Payload);
    }

    [Fact]
    public async Task Row_120_a_zip_that_unpacks_to_more_than_262144000_bytes_is_refused_whatever_it_says()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        var bomb = TestFunctions.Zip(zip => TestFunctions.Add(zip, "zeros", new byte[262_144_001]));
        foreach (var zip in (byte[][])[bomb, Claiming(bomb, 1000)])
        {
            var error = await Assert.ThrowsAsync<AwsJsError>(() => functions.Create("f", "python3.12", "a.b", zip, role));
            Assert.Equal(("InvalidParameterValueException", 400), (error.Code, error.Status));
            Assert.Contains(error.Text, (string[])["Unzipped size must be smaller than 262144000 bytes", "Could not unzip uploaded file. Please check your file, then try to upload again."]);
        }

        Assert.Equal("Unzipped size must be smaller than 262144000 bytes", (await Assert.ThrowsAsync<AwsJsError>(() => functions.Create("f", "python3.12", "a.b", bomb, role))).Text);
        await functions.Create("most", "python3.12", "a.b", TestFunctions.Zip(zip => TestFunctions.Add(zip, "zeros", new byte[262_143_999])), role);

        using var http = Client(functions);
        var (status, body) = await http.Send("lambda", HttpMethod.Post, "/2015-03-31/functions", new byte[70_167_212]);
        AssertError(HttpStatusCode.RequestEntityTooLarge, """{"message":"Request must be smaller than 70167211 bytes for the CreateFunction operation","Type":"User"}""", status, body);
    }

    [Fact]
    public async Task Row_121_a_zip_with_names_or_kinds_that_leave_its_folder_is_refused_and_modes_are_masked()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        var x = "x"u8.ToArray();
        var zips = new Dictionary<string, byte[]>
        {
            ["up"] = TestFunctions.Zip(zip => TestFunctions.Add(zip, "../galley-row-121", x)),
            ["up within"] = TestFunctions.Zip(zip => TestFunctions.Add(zip, "a/../../galley-row-121", x)),
            ["absolute"] = TestFunctions.Zip(zip => TestFunctions.Add(zip, "/tmp/galley-row-121", x)),
            ["drive"] = TestFunctions.Zip(zip => TestFunctions.Add(zip, "C:/galley-row-121", x)),
            ["backslash"] = TestFunctions.Zip(zip => TestFunctions.Add(zip, "..\\galley-row-121", x)),
            ["NUL"] = Renamed("aaaa.py", "a\0aa.py"),
            ["symbolic link"] = TestFunctions.Zip(zip => TestFunctions.Add(zip, "link", "/etc/passwd"u8.ToArray(), 0xA1FF)),
            ["device"] = TestFunctions.Zip(zip => TestFunctions.Add(zip, "device", [], 0x61A4)),
            ["pipe"] = TestFunctions.Zip(zip => TestFunctions.Add(zip, "pipe", [], 0x11A4)),
            ["setuid"] = TestFunctions.Zip(zip => TestFunctions.Add(zip, "setuid", x, 0x89ED)),
            ["equal names"] = TestFunctions.Zip(("a.py", "1"), ("a.py", "2")),
            ["file and folder"] = TestFunctions.Zip(("a", "1"), ("a/b.py", "2")),
            ["no zip"] = "no zip at all"u8.ToArray(),
            ["cut"] = TestFunctions.Zip(("a.py", "1"))[..^10],
        };
        foreach (var (kind, zip) in zips)
        {
            var error = await Assert.ThrowsAsync<AwsJsError>(() => functions.Create("f", "python3.12", "a.b", zip, role));
            Assert.Equal((kind, "InvalidParameterValueException", 400, "Could not unzip uploaded file. Please check your file, then try to upload again."), (kind, error.Code, error.Status, error.Text));
        }

        Assert.False(File.Exists("/tmp/galley-row-121"));
        await functions.Create("f", "python3.12", "m.handler", TestFunctions.Zip(zip =>
        {
            TestFunctions.Add(zip, "m.py", Encoding.UTF8.GetBytes("import os\ndef handler(e, c): return [oct(os.stat(os.path.join(os.environ['LAMBDA_TASK_ROOT'], n)).st_mode & 0o7777) for n in ('m.py', 'bin/run')]"), 0x81FF & ~0x49);
            TestFunctions.Add(zip, "bin/run", x, 0x81FF);
        }), role);
        Assert.Equal("""["0o400", "0o500"]""", (await functions.Invoke("f")).Payload);
    }

    [Fact]
    public async Task Row_122_environment_handler_and_name_keep_to_their_forms()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        JsonObject Variables(int size) => new() { ["Variables"] = new JsonObject { ["A1"] = new string('x', size - """{"A1":""}""".Length) } };
        var large = await Assert.ThrowsAsync<AwsJsError>(() => functions.Python("f", Echo, role, f => f["Environment"] = Variables(4097)));
        Assert.Equal(("InvalidParameterValueException", 400), (large.Code, large.Status));
        Assert.StartsWith("Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {\"A1\":\"x", large.Text);
        await functions.Python("full", Echo, role, f => f["Environment"] = Variables(4096));

        await functions.Create("up", "python3.12", "../../x.handler", TestFunctions.Zip(("x.py", Echo)), role);
        var up = await functions.Invoke("up");
        Assert.Equal(("Unhandled", "Runtime.ImportModuleError"), (up.Error, (string)up.Json["errorType"]!));
        await functions.Create("node", "nodejs20.x", "../../x.handler", TestFunctions.Zip(("x.js", "")), role);
        Assert.Equal("Runtime.MalformedHandlerName", (string)(await functions.Invoke("node")).Json["errorType"]!);

        foreach (var name in (string[])["a;id", "$(id)", "a b"])
        {
            var error = await Assert.ThrowsAsync<AwsJsError>(() => functions.Python(name, Echo, role));
            Assert.Equal(("ValidationException", 400), (error.Code, error.Status));
            Assert.StartsWith($"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ", error.Text);
        }

        await functions.Python(new string('a', 64), Echo, role);
        Assert.Equal("{}", (await functions.Invoke(new string('a', 64))).Payload);
    }

    [Fact]
    public async Task Row_124_a_function_that_calls_itself_is_stopped_at_its_sixteenth_step()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", """
            import boto3, json
            client = boto3.client("lambda")
            def lambda_handler(event, context):
                n = event.get("n", 0)
                if n == event.get("enough"): return n
                try:
                    answer = client.invoke(FunctionName=context.function_name, Payload=json.dumps({**event, "n": n + 1}))
                    return json.load(answer["Payload"])
                except client.exceptions.ClientError as e:
                    return [n, e.response["Error"]["Code"], e.response["Error"]["Message"], e.response["ResponseMetadata"]["HTTPStatusCode"]]
            """, await functions.Role("r", "lambda:InvokeFunction"), f => f["Timeout"] = 60);
        Assert.Equal($"[15, \"RecursiveInvocationException\", \"Lambda has detected that the function arn:aws:lambda:eu-west-2:{TestFunctions.Account}:function:f is being invoked in a recursive loop and stopped the invocation.\", 400]", (await functions.Invoke("f")).Payload);
        Assert.Equal("5", (await functions.Invoke("f", """{"enough":5}""")).Payload);
    }

    [Fact]
    public async Task Row_124_more_at_once_than_reserved_is_throttled()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", "import time\ndef lambda_handler(event, context):\n    time.sleep(event['sleep'])\n    return 'ran'\n", await functions.Role("r"), f => f["Timeout"] = 30);
        await functions.Js.Call("lambda", "PutFunctionConcurrency", new { FunctionName = "f", ReservedConcurrentExecutions = 0 });
        using var http = Client(functions);
        var (status, body) = await http.Send("lambda", HttpMethod.Post, "/2015-03-31/functions/f/invocations", "{}"u8.ToArray());
        AssertError(HttpStatusCode.TooManyRequests, """{"message":"Rate Exceeded.","Type":"User","Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}""", status, body);
        var error = await functions.Js.Fails("lambda", "Invoke", new { FunctionName = "f" });
        Assert.Equal(("TooManyRequestsException", 429), (error.Code, error.Status));
        await functions.Js.Call("lambda", "PutFunctionConcurrency", new { FunctionName = "f", ReservedConcurrentExecutions = 1 });
        Assert.Equal("\"ran\"", (await functions.Invoke("f", """{"sleep":0}""")).Payload);
    }

    [Fact]
    public async Task Row_124_a_hundred_megabytes_of_output_are_cut_and_cost_the_server_no_memory()
    {
        using var place = new Workplace();
        await using var program = await place.Start();
        using var aws = await program.Client();
        await CreateByHttp(aws, "f", """
            import sys
            def lambda_handler(event, context):
                for _ in range(event["megabytes"]): sys.stdout.write("x" * ((1 << 20) - 1) + "\n")
                for _ in range(event["megabytes"]): sys.stdout.write("y" * 1023 + "\n")
                return "written"
            """);
        Assert.Equal((HttpStatusCode.OK, "\"written\""), await Invoke(1));
        var before = program.PeakMemory;
        Assert.Equal((HttpStatusCode.OK, "\"written\""), await Invoke(100));
        Assert.InRange(program.PeakMemory - before, 0, 60);
        for (var i = 0; i < 500 && !await IsLogged(); i++) await Task.Delay(20); // lines go out behind the answer
        Assert.True(await IsLogged());

        async Task<bool> IsLogged() => (await aws.Json("logs", "Logs_20140328.FilterLogEvents", new { logGroupName = "/aws/lambda/f", filterPattern = "\"is cut here\"" }))["events"]!.AsArray().Count > 0;
        Task<(HttpStatusCode, string)> Invoke(int megabytes) => aws.Send("lambda", HttpMethod.Post, "/2015-03-31/functions/f/invocations", Encoding.UTF8.GetBytes($$"""{"megabytes":{{megabytes}}}"""));
    }

    internal static async Task CreateByHttp(SignedHttp aws, string name, string code, int timeout = 60)
    {
        Assert.Equal(HttpStatusCode.OK, (await aws.Query("iam", $"Action=CreateRole&Version=2010-05-08&RoleName={name}&AssumeRolePolicyDocument=" + Uri.EscapeDataString("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"""))).Status);
        Assert.Equal(HttpStatusCode.OK, (await aws.Query("iam", $"Action=PutRolePolicy&Version=2010-05-08&RoleName={name}&PolicyName=p&PolicyDocument=" + Uri.EscapeDataString("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}"""))).Status);
        var create = new JsonObject
        {
            ["FunctionName"] = name,
            ["Runtime"] = "python3.12",
            ["Handler"] = "lambda_function.lambda_handler",
            ["Timeout"] = timeout,
            ["Role"] = $"arn:aws:iam::000000000000:role/{name}",
            ["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(TestFunctions.Zip(("lambda_function.py", code))) },
        };
        var (status, body) = await aws.Send("lambda", HttpMethod.Post, "/2015-03-31/functions", Encoding.UTF8.GetBytes(create.ToJsonString()), ("Content-Type", "application/json"));
        Assert.True(status == HttpStatusCode.Created, body);
    }

    private static void AssertError(HttpStatusCode status, string body, HttpStatusCode gotStatus, string gotBody)
        => Assert.True(status == gotStatus && JsonNode.DeepEquals(JsonNode.Parse(body), JsonNode.Parse(gotBody)), $"{gotStatus} {gotBody}");

    private static SignedHttp Client(TestFunctions functions) => new(functions.Server.Endpoint, "eu-west-2", functions.Server.AccessKeyId, functions.Server.SecretAccessKey);

    private static byte[] Text(int size) => [(byte)'"', .. Enumerable.Repeat((byte)'x', size - 2), (byte)'"'];

    /// <summary>Both processes that the function named are gone within a second.</summary>
    private static async Task AllGone(string log)
    {
        var pids = Pids().Match(log);
        Assert.True(pids.Success, log);
        foreach (var pid in (string[])[pids.Groups[1].Value, pids.Groups[2].Value])
        {
            for (var i = 0; i < 100 && IsAlive(pid); i++) await Task.Delay(10);
            Assert.False(IsAlive(pid), $"process {pid} lives");
        }

        static bool IsAlive(string pid)
        {
            try
            {
                return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    /// <summary>The same zip, but every header says that its file is this large unpacked.</summary>
    private static byte[] Claiming(byte[] zip, uint size)
    {
        var lying = (byte[])zip.Clone();
        for (var i = 0; i + 30 < lying.Length; i++)
            if (lying.AsSpan(i).StartsWith("PK\x01\x02"u8)) BinaryPrimitives.WriteUInt32LittleEndian(lying.AsSpan(i + 24), size);
            else if (lying.AsSpan(i).StartsWith("PK\x03\x04"u8)) BinaryPrimitives.WriteUInt32LittleEndian(lying.AsSpan(i + 22), size);
        return lying;
    }

    private static byte[] Renamed(string name, string other)
    {
        var zip = TestFunctions.Zip((name, "x"));
        for (int at; (at = zip.AsSpan().IndexOf(Encoding.ASCII.GetBytes(name))) >= 0;) Encoding.ASCII.GetBytes(other).CopyTo(zip, at);
        return zip;
    }

    [GeneratedRegex("child ([0-9]+) of ([0-9]+)")]
    private static partial Regex Pids();
}
