using System.Text.Json.Nodes;

namespace Galley.Tests.Lambda;

/// <summary>Event source mappings on a table's stream: in order, filtered, retried, reported, resumed.</summary>
public class EventSourcesTests
{
    private static readonly string[] Rights = ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"];

    private const string Writing = """
        import json, os
        def lambda_handler(event, context):
            ids = [r["dynamodb"]["Keys"]["id"]["S"] for r in event["Records"]]
            with open(os.environ["OUT"], "a") as f: f.write(json.dumps({"ids": ids, "first": event["Records"][0]}) + "\n")
            if os.environ["MODE"] == "fail" and "bad" in ids: raise ValueError("bad")
            if os.environ["MODE"] == "report":
                return {"batchItemFailures": [{"itemIdentifier": r["dynamodb"]["SequenceNumber"]} for r in event["Records"] if r["dynamodb"]["Keys"]["id"]["S"] == "bad"][:1]}
        """;

    [Fact]
    public async Task A_mapping_gives_filtered_records_in_order_and_goes_on_where_it_was()
    {
        await using var test = await Setup("");
        await test.Put("before", 1);
        var created = await test.Map("""{"StartingPosition":"TRIM_HORIZON","BatchSize":2,"FilterCriteria":{"Filters":[{"Pattern":"{\"dynamodb\":{\"NewImage\":{\"n\":{\"N\":[{\"anything-but\":\"0\"}]}}}}"}]}}""");
        Assert.Equal(("Creating", 2, "No records processed"), ((string)created["State"]!, (int)created["BatchSize"]!, (string)created["LastProcessingResult"]!));
        await test.Put("zero", 0);
        foreach (var id in (string[])["a", "b", "c"]) await test.Put(id, 1);
        await test.Until(ids => ids.Count >= 4);
        Assert.Equal(["before", "a", "b", "c"], test.Ids);
        var record = JsonNode.Parse(test.Lines[0])!["first"]!;
        Assert.Equal(("INSERT", "aws:dynamodb", "1.1", test.Stream), ((string)record["eventName"]!, (string)record["eventSource"]!, (string)record["eventVersion"]!, (string)record["eventSourceARN"]!));

        var uuid = (string)created["UUID"]!;
        await test.Functions.Js.Call("lambda", "TagResource", new { Resource = (string)created["EventSourceMappingArn"]!, Tags = new { a = "b" } });
        Assert.Equal("b", (string)(await test.Functions.Js.Call("lambda", "ListTags", new { Resource = (string)created["EventSourceMappingArn"]! }))["Tags"]!["a"]!);
        await test.Eventually(async () => (string)(await test.Functions.Js.Call("lambda", "GetEventSourceMapping", new { UUID = uuid }))["LastProcessingResult"]! == "OK");
        var disabled = await test.Functions.Js.Call("lambda", "UpdateEventSourceMapping", new { UUID = uuid, Enabled = false });
        Assert.Equal("Disabling", (string)disabled["State"]!);
        await test.Put("later", 1);
        Assert.Equal("Disabled", (string)(await test.Functions.Js.Call("lambda", "GetEventSourceMapping", new { UUID = uuid }))["State"]!);
        await test.Functions.Js.Call("lambda", "UpdateEventSourceMapping", new { UUID = uuid, Enabled = true });
        await test.Until(ids => ids.Count >= 5);
        Assert.Equal(["before", "a", "b", "c", "later"], test.Ids);
        Assert.Equal("Deleting", (string)(await test.Functions.Js.Call("lambda", "DeleteEventSourceMapping", new { UUID = uuid }))["State"]!);
        Assert.Equal("The resource you requested does not exist.", (await test.Functions.Js.Fails("lambda", "GetEventSourceMapping", new { UUID = uuid })).Text);
    }

    [Fact]
    public async Task A_failing_batch_is_bisected_until_only_the_bad_record_is_dropped()
    {
        await using var test = await Setup("fail");
        foreach (var id in (string[])["a", "b", "bad", "c"]) await test.Put(id, 1);
        await test.Map("""{"StartingPosition":"TRIM_HORIZON","BatchSize":10,"BisectBatchOnFunctionError":true,"MaximumRetryAttempts":0}""");
        await test.Put("after", 1);
        await test.Until(ids => ids.Contains("after"));
        var calls = test.Lines.Select(line => string.Join(',', JsonNode.Parse(line)!["ids"]!.AsArray().Select(id => (string)id!))).ToList();
        Assert.Contains("a,b", calls);
        Assert.Contains("c", calls.SelectMany(call => call.Split(',')));
        Assert.Contains(calls, call => !call.Contains("bad", StringComparison.Ordinal) && call.Contains("after", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reported_item_failures_retry_from_the_first_of_them()
    {
        await using var test = await Setup("report");
        foreach (var id in (string[])["a", "b", "bad", "c"]) await test.Put(id, 1);
        await test.Map("""{"StartingPosition":"TRIM_HORIZON","BatchSize":10,"MaximumRetryAttempts":1,"FunctionResponseTypes":["ReportBatchItemFailures"]}""");
        await test.Until(ids => ids.Count >= 6);
        var calls = test.Lines.Select(line => string.Join(',', JsonNode.Parse(line)!["ids"]!.AsArray().Select(id => (string)id!))).ToList();
        Assert.Equal(["a,b,bad,c", "bad,c"], calls.Take(2));
    }

    [Fact]
    public async Task Dropped_records_are_described_in_the_mappings_bucket()
    {
        await using var test = await Setup("fail");
        await test.Functions.Js.Call("s3", "CreateBucket", new { Bucket = "dropped", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        await test.Functions.Js.Call("iam", "PutRolePolicy", new { RoleName = "r", PolicyName = "s3", PolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::dropped/*"}]}""" });
        await test.Put("bad", 1);
        var mapping = await test.Map("""{"StartingPosition":"TRIM_HORIZON","BatchSize":1,"MaximumRetryAttempts":0,"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:s3:::dropped"}}}""");
        Assert.Equal("arn:aws:s3:::dropped", (string)mapping["DestinationConfig"]!["OnFailure"]!["Destination"]!);
        await test.Put("after", 1);
        await test.Until(ids => ids.Contains("after"));
        var listed = (await test.Functions.Js.Call("s3", "ListObjectsV2", new { Bucket = "dropped" }))["Contents"]!.AsArray();
        var key = (string)Assert.Single(listed)!["Key"]!;
        Assert.Matches($"^aws/lambda/{(string)mapping["UUID"]!}/shardId-[0-9a-f-]+/[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}}/[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}\\.[0-9]{{2}}\\.[0-9]{{2}}-[0-9a-f-]{{36}}$", key);
        var record = JsonNode.Parse(await test.Functions.Text("dropped", key))!;
        Assert.Equal(("RetryAttemptsExhausted", 1, "Unhandled", 1, test.Stream), ((string)record["requestContext"]!["condition"]!, (int)record["requestContext"]!["approximateInvokeCount"]!, (string)record["responseContext"]!["functionError"]!, (int)record["DDBStreamBatchInfo"]!["batchSize"]!, (string)record["DDBStreamBatchInfo"]!["streamArn"]!));
        foreach (var name in (string[])["approximateArrivalOfFirstRecord", "approximateArrivalOfLastRecord"]) Assert.Matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", (string)record["DDBStreamBatchInfo"]![name]!);
        Assert.Matches(@"T[0-9:]{8}\.[0-9]{3}Z$", (string)record["timestamp"]!);
        Assert.Equal("bad", (string)JsonNode.Parse((string)record["payload"]!)!["Records"]![0]!["dynamodb"]!["Keys"]!["id"]!["S"]!);
    }

    [Fact]
    public async Task Dropped_records_are_told_to_the_mappings_queue_without_the_event()
    {
        await using var test = await Setup("fail");
        var url = (string)(await test.Functions.Js.Call("sqs", "CreateQueue", new { QueueName = "dropped" }))["QueueUrl"]!;
        await test.Functions.Js.Call("iam", "PutRolePolicy", new { RoleName = "r", PolicyName = "sqs", PolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:*:*:dropped"}]}""" });
        await test.Put("bad", 1);
        var mapping = await test.Map("""{"StartingPosition":"TRIM_HORIZON","MaximumRetryAttempts":0,"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:sqs:eu-west-2:123456789012:dropped"}}}""");
        Assert.Equal("arn:aws:sqs:eu-west-2:123456789012:dropped", (string)mapping["DestinationConfig"]!["OnFailure"]!["Destination"]!);
        var message = (await test.Functions.Js.Call("sqs", "ReceiveMessage", new { QueueUrl = url, WaitTimeSeconds = 20 }))["Messages"]![0]!;
        var record = JsonNode.Parse((string)message["Body"]!)!;
        Assert.Equal(["DDBStreamBatchInfo", "requestContext", "responseContext", "timestamp", "version"], record.AsObject().Select(pair => pair.Key).Order(StringComparer.Ordinal));
        Assert.Equal(("RetryAttemptsExhausted", 1, "Unhandled", 1, test.Stream), ((string)record["requestContext"]!["condition"]!, (int)record["requestContext"]!["approximateInvokeCount"]!, (string)record["responseContext"]!["functionError"]!, (int)record["DDBStreamBatchInfo"]!["batchSize"]!, (string)record["DDBStreamBatchInfo"]!["streamArn"]!));
    }

    [Fact]
    public async Task Parallel_lanes_keep_the_order_of_each_key()
    {
        await using var test = await Setup("");
        for (var n = 0; n < 5; n++)
            foreach (var id in (string[])["a", "b", "c", "d"])
                await test.Put(id, n);
        await test.Map("""{"StartingPosition":"TRIM_HORIZON","BatchSize":2,"ParallelizationFactor":4}""");
        await test.Until(ids => ids.Count >= 20);
        Assert.Equal(20, test.Ids.Count);
        Assert.All(test.Lines, line => Assert.InRange(JsonNode.Parse(line)!["ids"]!.AsArray().Count, 1, 2));
        foreach (var id in (string[])["a", "b", "c", "d"])
        {
            // The first record of each batch carries its number.
            var numbers = test.Lines.Select(line => JsonNode.Parse(line)!["first"]!["dynamodb"]!).Where(record => (string)record["Keys"]!["id"]!["S"]! == id).Select(record => int.Parse((string)record["NewImage"]!["n"]!["N"]!)).ToList();
            Assert.Equal(numbers.Order(), numbers);
        }
    }

    [Fact]
    public async Task A_batching_window_gathers_records_and_old_records_are_dropped()
    {
        await using var test = await Setup("");
        await test.Map("""{"StartingPosition":"TRIM_HORIZON","BatchSize":3,"MaximumBatchingWindowInSeconds":300}""");
        // Nothing before the batch is full: the window is far longer than the test.
        foreach (var id in (string[])["a", "b", "c"]) await test.Put(id, 1);
        await test.Until(ids => ids.Count >= 3);
        Assert.Equal("a,b,c", string.Join(',', JsonNode.Parse(Assert.Single(test.Lines))!["ids"]!.AsArray().Select(id => (string)id!)));
    }

    [Fact]
    public async Task A_batching_window_that_ends_sends_what_has_come()
    {
        var time = new SignallingTime();
        await using var test = await Setup("", time);
        await test.Put("a", 1);
        await test.Put("b", 1);
        await test.Map("""{"StartingPosition":"TRIM_HORIZON","BatchSize":3,"MaximumBatchingWindowInSeconds":17}""");
        await time.Sleeping(TimeSpan.FromSeconds(17));
        Assert.Empty(test.Lines);
        time.Advance(TimeSpan.FromSeconds(17));
        await test.Until(ids => ids.Count >= 2);
        Assert.Equal("a,b", string.Join(',', JsonNode.Parse(Assert.Single(test.Lines))!["ids"]!.AsArray().Select(id => (string)id!)));
    }

    [Fact]
    public async Task Records_older_than_their_age_are_dropped_and_the_next_one_comes()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var test = await Setup("", time);
        await test.Put("old", 1);
        time.Advance(TimeSpan.FromSeconds(120));
        await test.Put("new", 1);
        await test.Map("""{"StartingPosition":"TRIM_HORIZON","MaximumRecordAgeInSeconds":60}""");
        await test.Until(ids => ids.Count >= 1);
        Assert.Equal(["new"], test.Ids);
    }

    private const string Counting = """
        import json, os
        def lambda_handler(event, context):
            with open(os.environ["OUT"], "a") as f: f.write(json.dumps({"ids": [r["dynamodb"]["Keys"]["id"]["S"] for r in event["Records"]], "event": event}) + "\n")
            if event["isFinalInvokeForWindow"]: return
            if os.environ["MODE"] == "none": return {}
            state = event["state"]
            state["n"] = state.get("n", 0) + len(event["Records"])
            if os.environ["MODE"] == "big": state["big"] = "x" * (1 << 20)
            return {"state": state}
        """;

    [Fact]
    public async Task A_tumbling_window_hands_its_state_on_and_ends_with_a_last_event()
    {
        var time = new SignallingTime();
        await using var test = await Setup("", time, Counting);
        foreach (var id in (string[])["a", "b"]) await test.Put(id, 1);
        var created = await test.Map("""{"StartingPosition":"TRIM_HORIZON","BatchSize":1,"TumblingWindowInSeconds":300}""");
        Assert.Equal(300, (int)created["TumblingWindowInSeconds"]!);
        await test.Until(ids => ids.Count >= 2);
        // What was counted is kept while the mapping rests.
        var uuid = (string)created["UUID"]!;
        await test.Functions.Js.Call("lambda", "UpdateEventSourceMapping", new { UUID = uuid, Enabled = false });
        await test.Put("c", 1);
        await test.Functions.Js.Call("lambda", "UpdateEventSourceMapping", new { UUID = uuid, Enabled = true });
        await test.Until(ids => ids.Count >= 3);
        time.Advance(TimeSpan.FromSeconds(300));
        var tries = 0;
        await test.Eventually(() =>
        {
            // A mapping that was about to sleep as the clock moved sleeps from then on; no further than calls' signatures reach.
            if (++tries % 40 == 0 && tries <= 320) time.Advance(TimeSpan.FromMinutes(1));
            return Task.FromResult(test.Lines.Length >= 4);
        });
        await test.Put("d", 1);
        await test.Until(ids => ids.Count >= 4);
        var events = test.Lines.Select(line => JsonNode.Parse(line)!["event"]!).ToList();
        Assert.Equal(["{}", """{"n":1}""", """{"n":2}""", """{"n":3}""", "{}"], events.Select(e => e["state"]!.ToJsonString()));
        Assert.Equal([false, false, false, true, false], events.Select(e => (bool)e["isFinalInvokeForWindow"]!));
        Assert.All(events, e => Assert.False((bool)e["isWindowTerminatedEarly"]!));
        Assert.Empty(events[3]["Records"]!.AsArray());
        Assert.Equal(test.Stream, (string)events[3]["eventSourceARN"]!);
        Assert.StartsWith("shardId-", (string)events[3]["shardId"]!);
        var (start, end) = (DateTimeOffset.Parse((string)events[0]["window"]!["start"]!, System.Globalization.CultureInfo.InvariantCulture), (string)events[0]["window"]!["end"]!);
        Assert.Equal((0, end), (start.ToUnixTimeSeconds() % 300, start.AddSeconds(300).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture)));
        Assert.True(string.CompareOrdinal(end, (string)events[4]["window"]!["start"]!) <= 0); // another window
    }

    [Fact]
    public async Task A_window_whose_state_grows_over_1_MB_ends_early_and_an_answer_without_state_has_failed()
    {
        await using var big = await Setup("big", null, Counting);
        await big.Put("a", 1);
        await big.Map("""{"StartingPosition":"TRIM_HORIZON","TumblingWindowInSeconds":900}""");
        await big.Eventually(() => Task.FromResult(big.Lines.Length >= 2));
        var last = JsonNode.Parse(big.Lines[1])!["event"]!;
        Assert.Equal((true, true, 1), ((bool)last["isFinalInvokeForWindow"]!, (bool)last["isWindowTerminatedEarly"]!, (int)last["state"]!["n"]!));
        await big.Put("b", 1);
        await big.Eventually(() => Task.FromResult(big.Lines.Length >= 3));
        Assert.Equal("{}", JsonNode.Parse(big.Lines[2])!["event"]!["state"]!.ToJsonString());

        await using var none = await Setup("none", null, Counting);
        await none.Put("a", 1);
        var mapping = await none.Map("""{"StartingPosition":"TRIM_HORIZON","MaximumRetryAttempts":0,"TumblingWindowInSeconds":900}""");
        await none.Until(ids => ids.Count >= 1);
        await none.Eventually(async () => (string)(await none.Functions.Js.Call("lambda", "GetEventSourceMapping", new { UUID = (string)mapping["UUID"]! }))["LastProcessingResult"]! == "PROBLEM: Function call failed");
        await none.Put("b", 1);
        await none.Until(ids => ids.Contains("b"));
        Assert.Equal(["a", "b"], none.Ids);
    }

    [Fact]
    public async Task CreateEventSourceMapping_refuses_what_AWS_or_Galley_cannot()
    {
        await using var test = await Setup("");
        async Task<AwsJsError> Fails(string settings) => await Assert.ThrowsAsync<AwsJsError>(() => test.Map(settings));
        Assert.Contains("'startingPosition' failed to satisfy constraint: Member must not be null", (await Fails("{}")).Text, StringComparison.Ordinal);
        Assert.StartsWith("Unsupported starting position for arn type: ", (await Fails("""{"StartingPosition":"AT_TIMESTAMP"}""")).Text);
        Assert.Equal("Invalid filter pattern definition.", (await Fails("""{"StartingPosition":"LATEST","FilterCriteria":{"Filters":[{"Pattern":"{\"a\":1}"}]}}""")).Text);
        Assert.Equal("Galley does not support event sources of kinesis: DynamoDB streams and queues of SQS are the sources here.", (await Fails("""{"EventSourceArn":"arn:aws:kinesis:eu-west-2:123456789012:stream/s"}""")).Text);
        Assert.Equal("Timestamp only valid with StartingPosition AT_TIMESTAMP", (await Fails("""{"StartingPosition":"LATEST","StartingPositionTimestamp":1}""")).Text);
        Assert.Equal("Galley does not support the destination arn:aws:sns:eu-west-2:123456789012:t: buckets and queues are the failure destinations here.", (await Fails("""{"StartingPosition":"LATEST","DestinationConfig":{"OnFailure":{"Destination":"arn:aws:sns:eu-west-2:123456789012:t"}}}""")).Text);
        Assert.Equal("The provided execution role does not have permissions to call SendMessage on SQS", (await Fails("""{"StartingPosition":"LATEST","DestinationConfig":{"OnFailure":{"Destination":"arn:aws:sqs:eu-west-2:123456789012:q"}}}""")).Text);
        Assert.Equal("Galley does not support ParallelizationFactor together with TumblingWindowInSeconds.", (await Fails("""{"StartingPosition":"LATEST","TumblingWindowInSeconds":60,"ParallelizationFactor":2}""")).Text);
        Assert.StartsWith("Stream not found: ", (await Fails($$"""{"StartingPosition":"LATEST","EventSourceArn":"{{test.Stream[..^3]}}999"}""")).Text);
        await test.Functions.Python("poor", "def lambda_handler(e, c): pass", await test.Functions.Role("poor"));
        Assert.StartsWith("Cannot access stream ", (await Fails("""{"StartingPosition":"LATEST","FunctionName":"poor"}""")).Text);
        await test.Map("""{"StartingPosition":"LATEST"}""");
        var twice = await Fails("""{"StartingPosition":"LATEST"}""");
        Assert.Equal(("ResourceConflictException", 409), (twice.Code, twice.Status));
        Assert.Single((JsonArray)(await test.Functions.Js.Call("lambda", "ListEventSourceMappings", new { FunctionName = "f" }))["EventSourceMappings"]!);
    }

    private static async Task<Test> Setup(string mode, TimeProvider? time = null, string code = Writing)
    {
        var functions = await TestFunctions.Start(time);
        var folder = Directory.CreateTempSubdirectory("galley-stream");
        var table = await functions.Js.Call("dynamodb", "CreateTable", JsonNode.Parse("""
            {"TableName":"things","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST",
             "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}}
            """)!);
        var test = new Test(functions, folder, (string)table["TableDescription"]!["LatestStreamArn"]!);
        await functions.Python("f", code, await functions.Role("r", Rights), f =>
        {
            f["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["OUT"] = test.Out, ["MODE"] = mode } };
            if (time is not null) f["Timeout"] = 900; // a clock that steps while an answer is on its way times nothing out
        });
        return test;
    }

    private sealed class Test(TestFunctions functions, DirectoryInfo folder, string stream) : IAsyncDisposable
    {
        public TestFunctions Functions => functions;

        public string Stream => stream;

        public string Out => Path.Combine(folder.FullName, "out");

        public string[] Lines => File.Exists(Out) ? File.ReadAllLines(Out) : [];

        public List<string> Ids => [.. Lines.SelectMany(line => JsonNode.Parse(line)!["ids"]!.AsArray()).Select(id => (string)id!)];

        public Task Put(string id, int n) => functions.Js.Call("dynamodb", "PutItem", JsonNode.Parse($$"""{"TableName":"things","Item":{"id":{"S":"{{id}}"},"n":{"N":"{{n}}"} } }""")!);

        public Task<JsonObject> Map(string settings)
        {
            var input = JsonNode.Parse(settings)!.AsObject();
            input["FunctionName"] ??= "f";
            input["EventSourceArn"] ??= stream;
            return functions.Js.Call("lambda", "CreateEventSourceMapping", input);
        }

        public Task Until(Func<List<string>, bool> seen) => Eventually(() => Task.FromResult(seen(Ids)));

        public async Task Eventually(Func<Task<bool>> seen)
        {
            for (var i = 0; i < 1000; i++)
            {
                if (await seen()) return;
                await Task.Delay(25);
            }

            Assert.Fail("not seen: " + string.Join(' ', Ids));
        }

        public async ValueTask DisposeAsync()
        {
            await functions.DisposeAsync();
            folder.Delete(recursive: true);
        }
    }
}
