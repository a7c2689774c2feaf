using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.Lambda;

/// <summary>Asynchronous invocations: queued, retried by the clock, sent on to destinations, kept across a restart.</summary>
public class AsyncTests
{
    // Answers are observed through files: the function under test has no other way to tell.
    private const string Failing = """
        import os
        def lambda_handler(event, context):
            with open(event["file"], "a") as f: f.write(context.aws_request_id + "\n")
            raise ValueError("no")
        """;

    private const string Recording = """
        import json
        def lambda_handler(event, context):
            path = event["requestPayload"]["file"] if "requestPayload" in event else event["file"]
            with open(path + ".record", "w") as f: json.dump(event, f)
            return {"kept": True}
        """;

    [Fact]
    public async Task Invoke_Event_retries_after_one_and_two_minutes_then_tells_the_failure_destination()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var functions = await TestFunctions.Start(time);
        var folder = Directory.CreateTempSubdirectory("galley-async");
        try
        {
            var file = Path.Combine(folder.FullName, "calls");
            var role = await functions.Role("r", "lambda:InvokeFunction");
            await functions.Python("f", Failing, role);
            await functions.Python("after", Recording, role);
            var put = await functions.Js.Call("lambda", "PutFunctionEventInvokeConfig", JsonNode.Parse($$"""{"FunctionName":"f","MaximumRetryAttempts":2,"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:lambda:eu-west-2:{{TestFunctions.Account}}:function:after"} } }""")!);
            Assert.EndsWith(":function:f:$LATEST", (string)put["FunctionArn"]!);
            var answer = await functions.Js.Call("lambda", "Invoke", new { FunctionName = "f", InvocationType = "Event", Payload = AwsJs.Bytes(Encoding.UTF8.GetBytes($$"""{"file":"{{file}}"}""")) });
            Assert.Equal(202, (int)answer["StatusCode"]!);
            Assert.Single(await Lines(file, 1));
            await Move(time, TimeSpan.FromSeconds(61), () => Count(file) >= 2);
            Assert.Equal(2, (await Lines(file, 2)).Length);
            await Move(time, TimeSpan.FromSeconds(121), () => Count(file) >= 3);
            var calls = await Lines(file, 3);
            Assert.Single(calls.Distinct());
            await Until(() => File.Exists(file + ".record"));
            var record = JsonNode.Parse(await Text(file + ".record"))!;
            Assert.Equal(("1.0", "RetriesExhausted", 3, calls[0]), ((string)record["version"]!, (string)record["requestContext"]!["condition"]!, (int)record["requestContext"]!["approximateInvokeCount"]!, (string)record["requestContext"]!["requestId"]!));
            Assert.EndsWith(":function:f:$LATEST", (string)record["requestContext"]!["functionArn"]!);
            Assert.Equal(("Unhandled", 200, "$LATEST"), ((string)record["responseContext"]!["functionError"]!, (int)record["responseContext"]!["statusCode"]!, (string)record["responseContext"]!["executedVersion"]!));
            Assert.Equal("ValueError", (string)record["responsePayload"]!["errorType"]!);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Invoke_Event_tells_the_success_destination_and_only_with_the_roles_right()
    {
        await using var functions = await TestFunctions.Start();
        var folder = Directory.CreateTempSubdirectory("galley-async");
        try
        {
            var file = Path.Combine(folder.FullName, "calls");
            await functions.Python("f", "def lambda_handler(event, context):\n    return [1]\n", await functions.Role("r", "lambda:InvokeFunction"));
            await functions.Python("after", Recording, $"arn:aws:iam::{TestFunctions.Account}:role/r");
            await functions.Js.Call("lambda", "PutFunctionEventInvokeConfig", JsonNode.Parse($$"""{"FunctionName":"f","DestinationConfig":{"OnSuccess":{"Destination":"arn:aws:lambda:eu-west-2:{{TestFunctions.Account}}:function:after"} } }""")!);
            await functions.Js.Call("lambda", "Invoke", new { FunctionName = "f", InvocationType = "Event", Payload = AwsJs.Bytes(Encoding.UTF8.GetBytes($$"""{"file":"{{file}}"}""")) });
            await Until(() => File.Exists(file + ".record"));
            var record = JsonNode.Parse(await Text(file + ".record"))!;
            Assert.Equal(("Success", "[1]", 1), ((string)record["requestContext"]!["condition"]!, record["responsePayload"]!.ToJsonString(), (int)record["requestContext"]!["approximateInvokeCount"]!));
            Assert.Null(record["responseContext"]!["functionError"]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Invoke_Event_survives_a_restart()
    {
        var data = Directory.CreateTempSubdirectory("galley-async");
        try
        {
            var file = Path.Combine(data.FullName, "calls");
            var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
            await using (var first = new TestFunctions(await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = TestFunctions.Account, DataFolder = Path.Combine(data.FullName, "data"), Time = time })))
            {
                await first.Python("f", Failing, await first.Role("r"));
                await first.Js.Call("lambda", "Invoke", new { FunctionName = "f", InvocationType = "Event", Payload = AwsJs.Bytes(Encoding.UTF8.GetBytes($$"""{"file":"{{file}}"}""")) });
                Assert.Single(await Lines(file, 1));
                // The event is in the store until its retry is, so it does not matter when this one stops.
            }

            time.Advance(TimeSpan.FromMinutes(2));
            await using var second = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = TestFunctions.Account, DataFolder = Path.Combine(data.FullName, "data"), Time = time });
            Assert.Single((await Lines(file, 2)).Distinct());
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task EventInvokeConfig_speaks_as_AWS_does()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", "def lambda_handler(event, context):\n    return 1\n", await functions.Role("r"));
        async Task Fails(string code, string text, string command, string input)
        {
            var error = await functions.Js.Fails("lambda", command, JsonNode.Parse(input)!);
            Assert.Equal((code, text), (error.Code, error.Text));
        }

        await Fails("ResourceNotFoundException", $"The function arn:aws:lambda:eu-west-2:{TestFunctions.Account}:function:f:$LATEST doesn't have an EventInvokeConfig", "GetFunctionEventInvokeConfig", """{"FunctionName":"f"}""");
        await Fails("InvalidParameterValueException", "You must specify at least one of error handling or destination setting.", "PutFunctionEventInvokeConfig", """{"FunctionName":"f"}""");
        await Fails("ResourceNotFoundException", "The function doesn't exist.", "PutFunctionEventInvokeConfig", """{"FunctionName":"g","MaximumRetryAttempts":1}""");
        await Fails("InvalidParameterValueException", "You can't specify the function as a destination for itself.", "PutFunctionEventInvokeConfig", """{"FunctionName":"f","DestinationConfig":{"OnSuccess":{"Destination":"arn:aws:lambda:eu-west-2:123456789012:function:f"}}}""");
        Assert.Contains("Galley does not support the destination arn:aws:sqs:", (await functions.Js.Fails("lambda", "PutFunctionEventInvokeConfig", JsonNode.Parse("""{"FunctionName":"f","DestinationConfig":{"OnSuccess":{"Destination":"arn:aws:sqs:eu-west-2:123456789012:q"}}}""")!)).Text, StringComparison.Ordinal);
        Assert.Equal("ValidationException", (await functions.Js.Fails("lambda", "PutFunctionEventInvokeConfig", new { FunctionName = "f", MaximumRetryAttempts = 3 })).Code);
        var put = await functions.Js.Call("lambda", "PutFunctionEventInvokeConfig", new { FunctionName = "f", MaximumRetryAttempts = 0, MaximumEventAgeInSeconds = 60 });
        Assert.Equal("{\"OnSuccess\":{},\"OnFailure\":{}}", put["DestinationConfig"]!.ToJsonString());
        var updated = await functions.Js.Call("lambda", "UpdateFunctionEventInvokeConfig", new { FunctionName = "f", MaximumRetryAttempts = 1 });
        Assert.Equal((1, 60), ((int)updated["MaximumRetryAttempts"]!, (int)updated["MaximumEventAgeInSeconds"]!));
        Assert.Single((JsonArray)(await functions.Js.Call("lambda", "ListFunctionEventInvokeConfigs", new { FunctionName = "f" }))["FunctionEventInvokeConfigs"]!);
        await functions.Js.Call("lambda", "DeleteFunctionEventInvokeConfig", new { FunctionName = "f" });
        Assert.Equal(404, (await functions.Js.Fails("lambda", "UpdateFunctionEventInvokeConfig", new { FunctionName = "f", MaximumRetryAttempts = 1 })).Status);
    }

    /// <summary>Security row 124: a function that calls itself is stopped; the lineage travels in the trace, as the SDKs pass it on.</summary>
    [Fact]
    public async Task Invoke_stops_a_function_that_calls_itself()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", """
            import boto3, json
            client = boto3.client("lambda")
            def lambda_handler(event, context):
                n = event.get("n", 0)
                try:
                    answer = client.invoke(FunctionName=context.function_name, Payload=json.dumps({"n": n + 1}))
                    return json.load(answer["Payload"])
                except client.exceptions.ClientError as e:
                    return [n, e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"]]
            """, await functions.Role("r", "lambda:InvokeFunction"), f => f["Timeout"] = 60);
        Assert.Equal("[15, \"RecursiveInvocationException\", 400]", (await functions.Invoke("f")).Payload);
    }

    private static int Count(string file) => File.Exists(file) ? File.ReadAllLines(file).Length : 0;

    private static async Task<string[]> Lines(string file, int count)
    {
        await Until(() => Count(file) >= count);
        return await File.ReadAllLinesAsync(file);
    }

    private static async Task<string> Text(string file)
    {
        await Until(() => new FileInfo(file).Length > 0);
        return await File.ReadAllTextAsync(file);
    }

    /// <summary>Leaves the failed attempt a moment to put its retry into the store, then puts the clock forward.</summary>
    private static async Task Move(FakeTimeProvider time, TimeSpan by, Func<bool> seen)
    {
        await Task.Delay(300);
        time.Advance(by);
        await Until(seen);
    }

    private static async Task Until(Func<bool> seen)
    {
        for (var i = 0; i < 1000 && !seen(); i++) await Task.Delay(20);
        Assert.True(seen());
    }
}
