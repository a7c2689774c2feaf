using System.Text;
using System.Text.Json.Nodes;
using Galley.Lambda;
using Galley.Lambda.Invoke;
using Galley.Store;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.Lambda;

/// <summary>Asynchronous invocations: queued, retried by the clock, sent on to destinations, kept across a restart.</summary>
public sealed class AsyncTests : IDisposable
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

    private readonly string _folder = Directory.CreateTempSubdirectory("galley-async-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Invoke_Event_retries_after_one_and_two_minutes_then_tells_the_failure_destination()
    {
        var time = new SignallingTime();
        await using var functions = await TestFunctions.Start(time);
        var file = Path.Combine(_folder, "calls");
        var role = await functions.Role("r", "lambda:InvokeFunction");
        await functions.Python("f", Failing, role);
        await functions.Python("after", Recording, role);
        var put = await functions.Js.Call("lambda", "PutFunctionEventInvokeConfig", JsonNode.Parse($$"""{"FunctionName":"f","MaximumRetryAttempts":2,"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:lambda:eu-west-2:{{TestFunctions.Account}}:function:after"} } }""")!);
        Assert.EndsWith(":function:f:$LATEST", (string)put["FunctionArn"]!);
        var answer = await Send(functions, file);
        Assert.Equal(202, (int)answer["StatusCode"]!);
        Assert.Single(await Lines(file, 1));
        // The queue sleeps until the retry when that is in the store, and no sooner.
        await time.Sleeping(TimeSpan.FromSeconds(60));
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(2, (await Lines(file, 2)).Length);
        await time.Sleeping(TimeSpan.FromSeconds(120));
        time.Advance(TimeSpan.FromSeconds(121));
        var calls = await Lines(file, 3);
        Assert.Single(calls.Distinct());
        await Until(() => File.Exists(file + ".record"));
        var record = JsonNode.Parse(await Text(file + ".record"))!;
        Assert.Equal(("1.0", "RetriesExhausted", 3, calls[0]), ((string)record["version"]!, (string)record["requestContext"]!["condition"]!, (int)record["requestContext"]!["approximateInvokeCount"]!, (string)record["requestContext"]!["requestId"]!));
        Assert.EndsWith(":function:f:$LATEST", (string)record["requestContext"]!["functionArn"]!);
        Assert.Equal(("Unhandled", 200, "$LATEST"), ((string)record["responseContext"]!["functionError"]!, (int)record["responseContext"]!["statusCode"]!, (string)record["responseContext"]!["executedVersion"]!));
        Assert.Equal("ValueError", (string)record["responsePayload"]!["errorType"]!);
    }

    [Fact]
    public async Task Invoke_Event_gives_up_when_the_event_is_too_old_for_its_retry()
    {
        var time = new SignallingTime();
        await using var functions = await TestFunctions.Start(time);
        var file = Path.Combine(_folder, "calls");
        var role = await functions.Role("r", "lambda:InvokeFunction");
        await functions.Python("f", Failing, role);
        await functions.Python("after", Recording, role);
        await functions.Js.Call("lambda", "PutFunctionEventInvokeConfig", JsonNode.Parse($$"""{"FunctionName":"f","MaximumEventAgeInSeconds":60,"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:lambda:eu-west-2:{{TestFunctions.Account}}:function:after"} } }""")!);
        await Send(functions, file);
        await Lines(file, 1);
        await time.Sleeping(TimeSpan.FromSeconds(60));
        time.Advance(TimeSpan.FromSeconds(61));
        await Until(() => File.Exists(file + ".record"));
        var record = JsonNode.Parse(await Text(file + ".record"))!["requestContext"]!;
        Assert.Equal(("EventAgeExceeded", 1), ((string)record["condition"]!, (int)record["approximateInvokeCount"]!));
        Assert.Single(await Lines(file, 1));
    }

    [Fact]
    public async Task Invoke_Event_tells_the_success_destination_and_only_with_the_roles_right()
    {
        await using var functions = await TestFunctions.Start();
        var file = Path.Combine(_folder, "calls");
        await functions.Python("f", "def lambda_handler(event, context):\n    return [1]\n", await functions.Role("r", "lambda:InvokeFunction"));
        await functions.Python("after", Recording, $"arn:aws:iam::{TestFunctions.Account}:role/r");
        await functions.Js.Call("lambda", "PutFunctionEventInvokeConfig", JsonNode.Parse($$"""{"FunctionName":"f","DestinationConfig":{"OnSuccess":{"Destination":"arn:aws:lambda:eu-west-2:{{TestFunctions.Account}}:function:after"} } }""")!);
        await Send(functions, file);
        await Until(() => File.Exists(file + ".record"));
        var record = JsonNode.Parse(await Text(file + ".record"))!;
        Assert.Equal(("Success", "[1]", 1), ((string)record["requestContext"]!["condition"]!, record["responsePayload"]!.ToJsonString(), (int)record["requestContext"]!["approximateInvokeCount"]!));
        Assert.Null(record["responseContext"]!["functionError"]);
    }

    [Fact]
    public async Task Invoke_Event_leaves_the_record_of_its_failure_in_a_bucket_with_the_roles_right()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Js.Call("s3", "CreateBucket", new { Bucket = "failed", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        await functions.Python("f", "def lambda_handler(event, context):\n    raise ValueError(event['n'])\n", await functions.Role("r", "s3:PutObject"));
        await functions.Js.Call("lambda", "PutFunctionEventInvokeConfig", JsonNode.Parse("""{"FunctionName":"f","MaximumRetryAttempts":0,"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:s3:::failed"}}}""")!);
        await functions.Js.Call("lambda", "Invoke", new { FunctionName = "f", InvocationType = "Event", Payload = AwsJs.Bytes("""{"n":1}"""u8) });
        string? key = null;
        for (var i = 0; i < 1000 && key is null; i++, await Task.Delay(20)) key = (string?)(await functions.Js.Call("s3", "ListObjectsV2", new { Bucket = "failed" }))["Contents"]?[0]?["Key"];
        Assert.Matches(@"^aws/lambda/async/f/[0-9]{4}/[0-9]{2}/[0-9]{2}/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9a-f-]{36}$", key);
        var record = JsonNode.Parse(await functions.Text("failed", key!))!;
        Assert.Equal(("RetriesExhausted", 1, "ValueError"), ((string)record["requestContext"]!["condition"]!, (int)record["requestPayload"]!["n"]!, (string)record["responsePayload"]!["errorType"]!));
        Assert.Contains("is invalid", (await functions.Js.Fails("lambda", "PutFunctionEventInvokeConfig", JsonNode.Parse("""{"FunctionName":"f","DestinationConfig":{"OnSuccess":{"Destination":"arn:aws:s3:::failed"}}}""")!)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_Event_survives_a_restart()
    {
        var file = Path.Combine(_folder, "calls");
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using (var first = new TestFunctions(await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = TestFunctions.Account, DataFolder = Path.Combine(_folder, "data"), Time = time })))
        {
            await first.Python("f", Failing, await first.Role("r"));
            await Send(first, file);
            Assert.Single(await Lines(file, 1));
            // The event is in the store until its retry is, so it does not matter when this one stops.
        }

        time.Advance(TimeSpan.FromMinutes(2));
        await using var second = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = TestFunctions.Account, DataFolder = Path.Combine(_folder, "data"), Time = time });
        Assert.Single((await Lines(file, 2)).Distinct());
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
        Assert.Contains("Galley does not support the destination arn:aws:sns:", (await functions.Js.Fails("lambda", "PutFunctionEventInvokeConfig", JsonNode.Parse("""{"FunctionName":"f","DestinationConfig":{"OnSuccess":{"Destination":"arn:aws:sns:eu-west-2:123456789012:q"}}}""")!)).Text, StringComparison.Ordinal);
        Assert.Equal("ValidationException", (await functions.Js.Fails("lambda", "PutFunctionEventInvokeConfig", new { FunctionName = "f", MaximumRetryAttempts = 3 })).Code);
        var put = await functions.Js.Call("lambda", "PutFunctionEventInvokeConfig", new { FunctionName = "f", MaximumRetryAttempts = 0, MaximumEventAgeInSeconds = 60 });
        Assert.Equal("{\"OnSuccess\":{},\"OnFailure\":{}}", put["DestinationConfig"]!.ToJsonString());
        var updated = await functions.Js.Call("lambda", "UpdateFunctionEventInvokeConfig", new { FunctionName = "f", MaximumRetryAttempts = 1 });
        Assert.Equal((1, 60), ((int)updated["MaximumRetryAttempts"]!, (int)updated["MaximumEventAgeInSeconds"]!));
        Assert.Single((JsonArray)(await functions.Js.Call("lambda", "ListFunctionEventInvokeConfigs", new { FunctionName = "f" }))["FunctionEventInvokeConfigs"]!);
        await functions.Js.Call("lambda", "DeleteFunctionEventInvokeConfig", new { FunctionName = "f" });
        Assert.Equal(404, (await functions.Js.Fails("lambda", "UpdateFunctionEventInvokeConfig", new { FunctionName = "f", MaximumRetryAttempts = 1 })).Status);
    }

    /// <summary>An event for the function `f`, which writes into the file that it names.</summary>
    private static Task<JsonObject> Send(TestFunctions functions, string file)
        => functions.Js.Call("lambda", "Invoke", new { FunctionName = "f", InvocationType = "Event", Payload = AwsJs.Bytes(Encoding.UTF8.GetBytes($$"""{"file":"{{file}}"}""")) });

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

    private static async Task Until(Func<bool> seen)
    {
        for (var i = 0; i < 1000 && !seen(); i++) await Task.Delay(20);
        Assert.True(seen());
    }

    [Fact]
    public async Task The_queue_goes_on_when_the_store_could_not_be_read()
    {
        var time = new SignallingTime();
        var said = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var opened = Installations.Open(new GalleyOptions { Port = 0, Time = time, Log = line => said.TrySetResult(line) });
        var failing = new FailingStore(opened.Store);
        var queue = new AsyncQueue(opened with { Store = failing }, null!, null!, null!, null!);
        using var stop = new CancellationTokenSource();
        failing.Fails = true;
        queue.Start(stop.Token);
        Assert.Equal("error: the queue of asynchronous events could not be read: not now", await said.Task);
        await time.Sleeping(TimeSpan.FromSeconds(1));
        failing.Fails = false;
        // An event of a function that is no more leaves the queue when the queue runs.
        await queue.Add(new FunctionRef("000000000000", "eu-west-2", "gone", null), "id", "", null, "{}"u8.ToArray());
        time.Advance(TimeSpan.FromSeconds(1));
        await Until(() => opened.Store.Read(snapshot => snapshot.List(Keys.Queue, LambdaJson.Default.AsyncEvent)).AsTask().GetAwaiter().GetResult().Count == 0);
        await stop.CancelAsync();
        await queue.Stop();
    }

    private sealed class FailingStore(IStore store) : IStore
    {
        public bool Fails { get; set; }

        public event Action<IEnumerable<byte[]>, long>? Changing
        {
            add => store.Changing += value;
            remove => store.Changing -= value;
        }

        public IKeepValues? Kept { get; set; }

        public ValueTask<T> Read<T>(Func<ISnapshot, ValueTask<T>> read) => Fails ? throw new IOException("not now") : store.Read(read);

        public ValueTask<T> Write<T>(Func<ITransaction, ValueTask<T>> write) => store.Write(write);

        public ValueTask Clear() => store.Clear();

        public ValueTask DisposeAsync() => store.DisposeAsync();
    }
}
