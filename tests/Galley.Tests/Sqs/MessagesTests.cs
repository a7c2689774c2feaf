using System.Text.Json.Nodes;
using Galley.Tests.Iam;
using Galley.Tests.Lambda;

namespace Galley.Tests.Sqs;

/// <summary>Messages through the AWS SDK, which checks every digest that it is told.</summary>
public class MessagesTests
{
    [Fact]
    public async Task A_message_comes_with_its_attributes_and_is_hidden_until_deleted_or_its_time_is_up()
    {
        var time = Whole();
        await using var server = await Server(time);
        var js = new AwsJs(server);
        var url = await QueuesTests.Make(js, "q", ("VisibilityTimeout", "40"));
        var sent = await js.Call("sqs", "SendMessage", new
        {
            QueueUrl = url,
            MessageBody = "hé \t 😀",
            MessageAttributes = new { n = new { DataType = "Number", StringValue = "-1.5e3" }, text = new { DataType = "String.kind", StringValue = "x" }, bytes = new { DataType = "Binary", BinaryValue = AwsJs.Bytes([0, 255, 3]) } },
            MessageSystemAttributes = new { AWSTraceHeader = new { DataType = "String", StringValue = "Root=1-5759e988-bd862e3fe1be46a994272793" } },
        });
        Assert.Equal(32, ((string)sent["MD5OfMessageAttributes"]!).Length);
        Assert.Equal(32, ((string)sent["MD5OfMessageSystemAttributes"]!).Length);
        var got = await One(js, url, new { QueueUrl = url, MessageSystemAttributeNames = new[] { "All" }, MessageAttributeNames = new[] { "All" } });
        Assert.Equal(("hé \t 😀", (string)sent["MessageId"]!, (string)sent["MD5OfMessageAttributes"]!), ((string)got["Body"]!, (string)got["MessageId"]!, (string)got["MD5OfMessageAttributes"]!));
        Assert.Equal(("-1.5e3", "String.kind", "AP8D"), ((string)got["MessageAttributes"]!["n"]!["StringValue"]!, (string)got["MessageAttributes"]!["text"]!["DataType"]!, (string)got["MessageAttributes"]!["bytes"]!["BinaryValue"]!["$bytes"]!));
        var now = time.GetUtcNow().ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal((now, now, "1", Start.Account, "Root=1-5759e988-bd862e3fe1be46a994272793"),
            ((string)got["Attributes"]!["SentTimestamp"]!, (string)got["Attributes"]!["ApproximateFirstReceiveTimestamp"]!, (string)got["Attributes"]!["ApproximateReceiveCount"]!, (string)got["Attributes"]!["SenderId"]!, (string)got["Attributes"]!["AWSTraceHeader"]!));
        Assert.Empty(await Receive(js, url));
        Assert.Equal("0,1,0", await Counts(js, url));
        time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal("1,0,0", await Counts(js, url));
        var again = await One(js, url, new { QueueUrl = url, AttributeNames = new[] { "ApproximateReceiveCount" }, MessageAttributeNames = new[] { "te.*", "nothing" } });
        Assert.Equal("""{"ApproximateReceiveCount":"2"}""", again["Attributes"]!.ToJsonString());
        Assert.Equal(["text"], again["MessageAttributes"]!.AsObject().Select(pair => pair.Key));
        Assert.NotEqual((string)got["ReceiptHandle"]!, (string)again["ReceiptHandle"]!);
        await js.Call("sqs", "DeleteMessage", new { QueueUrl = url, ReceiptHandle = (string)again["ReceiptHandle"]! });
        await js.Call("sqs", "DeleteMessage", new { QueueUrl = url, ReceiptHandle = (string)again["ReceiptHandle"]! });
        time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal("0,0,0", await Counts(js, url));
    }

    [Fact]
    public async Task ChangeMessageVisibility_hides_longer_or_shows_at_once()
    {
        var time = Whole();
        await using var server = await Server(time);
        var js = new AwsJs(server);
        var url = await QueuesTests.Make(js, "q");
        await Send(js, url, "m");
        var handle = (string)(await One(js, url))["ReceiptHandle"]!;
        Task Change(int seconds) => js.Call("sqs", "ChangeMessageVisibility", new { QueueUrl = url, ReceiptHandle = handle, VisibilityTimeout = seconds });
        await Change(100);
        time.Advance(TimeSpan.FromSeconds(99));
        Assert.Empty(await Receive(js, url));
        await Change(0);
        Assert.Equal("MessageNotInflight", (await js.Fails("sqs", "ChangeMessageVisibility", new { QueueUrl = url, ReceiptHandle = handle, VisibilityTimeout = 5 })).Code);
        handle = (string)(await One(js, url))["ReceiptHandle"]!;
        var batch = await js.Call("sqs", "ChangeMessageVisibilityBatch", new { QueueUrl = url, Entries = new object[] { new { Id = "a", ReceiptHandle = handle, VisibilityTimeout = 0 }, new { Id = "b", ReceiptHandle = "bad", VisibilityTimeout = 0 } } });
        Assert.Equal(("a", "b", "ReceiptHandleIsInvalid", true), ((string)batch["Successful"]![0]!["Id"]!, (string)batch["Failed"]![0]!["Id"]!, (string)batch["Failed"]![0]!["Code"]!, (bool)batch["Failed"]![0]!["SenderFault"]!));
        handle = (string)(await One(js, url))["ReceiptHandle"]!;
        await js.Call("sqs", "DeleteMessage", new { QueueUrl = url, ReceiptHandle = handle });
        Start.Is(await js.Fails("sqs", "ChangeMessageVisibility", new { QueueUrl = url, ReceiptHandle = handle, VisibilityTimeout = 5 }), "InvalidParameterValue", 400,
            $"Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.");
        Start.Is(await js.Fails("sqs", "DeleteMessage", new { QueueUrl = url, ReceiptHandle = "bad" }), "ReceiptHandleIsInvalid", 400, "The input receipt handle \"bad\" is not a valid receipt handle.");
        var other = await QueuesTests.Make(js, "other");
        Assert.Equal("ReceiptHandleIsInvalid", (await js.Fails("sqs", "DeleteMessage", new { QueueUrl = other, ReceiptHandle = handle })).Code);
    }

    [Fact]
    public async Task A_long_poll_ends_with_the_next_message_with_one_that_becomes_visible_or_empty()
    {
        var time = Whole();
        await using var server = await Server(time);
        var js = new AwsJs(server);
        var url = await QueuesTests.Make(js, "q");
        var poll = Receive(js, url, wait: 20);
        await time.Sleeping(TimeSpan.FromSeconds(20));
        await Send(js, url, "now");
        Assert.Equal("now", (string)Assert.Single(await poll)["Body"]!);
        poll = Receive(js, url, wait: 19);
        await time.Sleeping(TimeSpan.FromSeconds(19));
        time.Advance(TimeSpan.FromSeconds(19));
        Assert.Empty(await poll);
        // that of the first has eleven seconds left to hide
        poll = Receive(js, url, wait: 18);
        await time.Sleeping(TimeSpan.FromSeconds(11));
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("now", (string)Assert.Single(await poll)["Body"]!);
        // a queue may say how long; its deletion ends the wait
        await QueuesTests.Set(js, url, ("ReceiveMessageWaitTimeSeconds", "17"));
        poll = Receive(js, url);
        await time.Sleeping(TimeSpan.FromSeconds(17));
        await js.Call("sqs", "DeleteQueue", new { QueueUrl = url });
        Assert.Equal("QueueDoesNotExist", (await Assert.ThrowsAsync<AwsJsError>(() => poll)).Code);
    }

    /// <summary>Nobody's wait keeps Galley from stopping: its clock, which nobody advances here, would not end it.</summary>
    [Fact]
    public async Task A_long_poll_ends_empty_when_Galley_stops()
    {
        var time = Whole();
        var server = await Server(time);
        var js = new AwsJs(server);
        var poll = Receive(js, await QueuesTests.Make(js, "q"), wait: 20);
        await time.Sleeping(TimeSpan.FromSeconds(20));
        await server.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Empty(await poll);
    }

    [Fact]
    public async Task Delayed_messages_wait_and_old_ones_go()
    {
        var time = Whole();
        await using var server = await Server(time);
        var js = new AwsJs(server);
        var url = await QueuesTests.Make(js, "q", ("DelaySeconds", "10"), ("MessageRetentionPeriod", "60"));
        await Send(js, url, "slow");
        await js.Call("sqs", "SendMessage", new { QueueUrl = url, MessageBody = "fast", DelaySeconds = 0 });
        Assert.Equal("1,0,1", await Counts(js, url));
        Assert.Equal("fast", (string)(await One(js, url))["Body"]!);
        Assert.Empty(await Receive(js, url));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("slow", (string)(await One(js, url))["Body"]!);
        time.Advance(TimeSpan.FromSeconds(50));
        Assert.Empty(await Receive(js, url, most: 10));
        Assert.Equal("0,0,0", await Counts(js, url));
        // a queue that is only written to lets the old ones go, too
        for (var n = 0; n < 5; n++) await Send(js, url, $"{n}");
        time.Advance(TimeSpan.FromMinutes(2));
        await Send(js, url, "new");
        Assert.Equal("0,0,1", await Counts(js, url));
    }

    [Fact]
    public async Task What_is_received_too_often_goes_to_the_dead_letter_queue_as_it_was()
    {
        var time = Whole();
        await using var server = await Server(time);
        var js = new AwsJs(server);
        var dead = await QueuesTests.Make(js, "dead");
        var url = await QueuesTests.Make(js, "q", ("RedrivePolicy", $$"""{"deadLetterTargetArn":"arn:aws:sqs:eu-west-2:{{Start.Account}}:dead","maxReceiveCount":2}"""));
        var id = (string)(await js.Call("sqs", "SendMessage", new { QueueUrl = url, MessageBody = "bad", MessageAttributes = new { a = new { DataType = "String", StringValue = "1" } } }))["MessageId"]!;
        for (var n = 0; n < 2; n++)
        {
            await One(js, url);
            time.Advance(TimeSpan.FromSeconds(30));
        }

        var waiting = Receive(js, dead, wait: 20, everything: true);
        await time.Sleeping(TimeSpan.FromSeconds(20));
        await Send(js, url, "good");
        Assert.Equal("good", (string)(await One(js, url, new { QueueUrl = url, MaxNumberOfMessages = 10 }))["Body"]!);
        var letter = Assert.Single(await waiting);
        Assert.Equal((id, "bad", "1", $"arn:aws:sqs:eu-west-2:{Start.Account}:q", "3"), ((string)letter["MessageId"]!, (string)letter["Body"]!, (string)letter["MessageAttributes"]!["a"]!["StringValue"]!, (string)letter["Attributes"]!["DeadLetterQueueSourceArn"]!, (string)letter["Attributes"]!["ApproximateReceiveCount"]!));
        // without its dead-letter queue a queue keeps what it has
        await js.Call("sqs", "DeleteQueue", new { QueueUrl = dead });
        for (var n = 0; n < 4; n++)
        {
            time.Advance(TimeSpan.FromSeconds(30));
            Assert.Equal("good", (string)(await One(js, url))["Body"]!);
        }
    }

    [Fact]
    public async Task Batches_do_what_they_can_and_say_what_they_could_not()
    {
        await using var server = await Start.Server();
        var js = new AwsJs(server);
        var url = await QueuesTests.Make(js, "q", ("MaximumMessageSize", "1024"));
        var sent = await js.Call("sqs", "SendMessageBatch", new
        {
            QueueUrl = url,
            Entries = new object[] { new { Id = "1", MessageBody = "one", MessageAttributes = new { a = new { DataType = "String", StringValue = "x" } } }, new { Id = "2", MessageBody = new string('x', 1025) }, new { Id = "3", MessageBody = "three" }, new { Id = "4", MessageBody = "\u0001" } },
        });
        Assert.Equal(["1", "3"], sent["Successful"]!.AsArray().Select(one => (string)one!["Id"]!));
        Assert.Equal(["2 InvalidParameterValue", "4 InvalidMessageContents"], sent["Failed"]!.AsArray().Select(one => $"{one!["Id"]} {one["Code"]}").Order());
        var got = await Receive(js, url, most: 10);
        Assert.Equal(["one", "three"], got.Select(message => (string)message["Body"]!));
        var deleted = await js.Call("sqs", "DeleteMessageBatch", new { QueueUrl = url, Entries = got.Select((message, n) => new { Id = $"d{n}", ReceiptHandle = (string)message["ReceiptHandle"]! }).Append(new { Id = "bad", ReceiptHandle = "bad" }) });
        Assert.Equal((2, "bad"), (deleted["Successful"]!.AsArray().Count, (string)deleted["Failed"]!.AsArray().Single()!["Id"]!));
        Assert.Equal("0,0,0", await Counts(js, url));

        async Task Fails(string code, string text, params object[] entries) => Start.Is(await js.Fails("sqs", "SendMessageBatch", new { QueueUrl = url, Entries = entries }), code, 400, text);
        await Fails("EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request.");
        await Fails("TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10. You have sent 11.", [.. Enumerable.Range(0, 11).Select(n => new { Id = $"{n}", MessageBody = "x" })]);
        await Fails("BatchEntryIdsNotDistinct", "Id a repeated.", new { Id = "a", MessageBody = "x" }, new { Id = "a", MessageBody = "x" });
        await Fails("InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.", new { Id = "a:b", MessageBody = "x" });
        await QueuesTests.Set(js, url, ("MaximumMessageSize", "1048576"));
        await Fails("BatchRequestTooLong", "Batch requests cannot be longer than 1048576 bytes. You have sent 1200000 bytes.", new { Id = "a", MessageBody = new string('x', 600000) }, new { Id = "b", MessageBody = new string('x', 600000) });
    }

    [Theory]
    [InlineData("SendMessage", """{}""", "MissingParameter", "The request must contain the parameter MessageBody.")]
    [InlineData("SendMessage", """{"MessageBody":""}""", "MissingParameter", "The request must contain the parameter MessageBody.")]
    [InlineData("SendMessage", """{"MessageBody":"\u0000"}""", "InvalidMessageContents", "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")]
    [InlineData("SendMessage", """{"MessageBody":"x","DelaySeconds":901}""", "InvalidParameterValue", "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.")]
    [InlineData("SendMessage", """{"MessageBody":"x","MessageDeduplicationId":"d"}""", "InvalidParameterValue", "Value d for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type.")]
    [InlineData("SendMessage", """{"MessageBody":"x","MessageAttributes":{"a":{"DataType":"Text","StringValue":"x"}}}""", "InvalidParameterValue", "The type of message attribute 'a' is invalid. You must use only the following supported type prefixes: Binary, Number, String.")]
    [InlineData("SendMessage", """{"MessageBody":"x","MessageAttributes":{"a":{"DataType":"String"}}}""", "InvalidParameterValue", "The message attribute 'a' must contain a non-empty message attribute value for message attribute type 'String'.")]
    [InlineData("SendMessage", """{"MessageBody":"x","MessageAttributes":{"a":{"DataType":"Number","StringValue":"one"}}}""", "InvalidParameterValue", "Can't cast the value of message (user) attribute 'a' to a number.")]
    [InlineData("SendMessage", """{"MessageBody":"x","MessageAttributes":{"AWS.a":{"DataType":"String","StringValue":"x"}}}""", "InvalidParameterValue", "The message attribute name 'AWS.a' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters.")]
    [InlineData("ReceiveMessage", """{"MaxNumberOfMessages":11}""", "InvalidParameterValue", "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.")]
    [InlineData("ReceiveMessage", """{"WaitTimeSeconds":21}""", "InvalidParameterValue", "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.")]
    [InlineData("ReceiveMessage", """{"AttributeNames":["Colour"]}""", "InvalidAttributeName", "Unknown Attribute Colour.")]
    [InlineData("DeleteMessage", """{}""", "MissingParameter", "The request must contain the parameter ReceiptHandle.")]
    [InlineData("StartMessageMoveTask", """{"SourceArn":"x"}""", "UnknownOperationException", "Galley does not support the operation StartMessageMoveTask.")]
    public async Task Bad_requests_get_AWSs_errors(string operation, string input, string code, string text)
    {
        await using var server = await Start.Server();
        var js = new AwsJs(server);
        var url = await QueuesTests.Make(js, "q");
        var request = JsonNode.Parse(input)!.AsObject();
        if (operation != "StartMessageMoveTask") request["QueueUrl"] = url;
        Start.Is(await Assert.ThrowsAsync<AwsJsError>(() => js.Call("sqs", operation, request)), code, 400, text);
        Assert.Equal("0,0,0", await Counts(js, url));
    }

    [Fact]
    public async Task PurgeQueue_empties_a_queue_once_a_minute()
    {
        var time = Whole();
        await using var server = await Server(time);
        var js = new AwsJs(server);
        var url = await QueuesTests.Make(js, "q");
        for (var n = 0; n < 3; n++) await Send(js, url, "x");
        await One(js, url);
        await js.Call("sqs", "PurgeQueue", new { QueueUrl = url });
        Assert.Equal("0,0,0", await Counts(js, url));
        Start.Is(await js.Fails("sqs", "PurgeQueue", new { QueueUrl = url }), "PurgeQueueInProgress", 403, "Only one PurgeQueue operation on q is allowed every 60 seconds.");
        time.Advance(TimeSpan.FromSeconds(60));
        await js.Call("sqs", "PurgeQueue", new { QueueUrl = url });
    }

    /// <summary>Two that ask at once never get the same message.</summary>
    [Fact]
    public async Task Every_message_goes_to_one_of_many_receivers()
    {
        await using var server = await Start.Server();
        var js = new AwsJs(server);
        var url = await QueuesTests.Make(js, "q");
        var sent = (await Task.WhenAll(Enumerable.Range(0, 60).Select(async n => (string)(await js.Call("sqs", "SendMessage", new { QueueUrl = url, MessageBody = $"{n}" }))["MessageId"]!))).Order().ToList();
        var got = await Task.WhenAll(Enumerable.Range(0, 12).Select(async _ =>
        {
            var mine = new List<string>();
            while (await Receive(js, url, most: 7) is { Count: > 0 } some) mine.AddRange(some.Select(message => (string)message["MessageId"]!));
            return mine;
        }));
        Assert.Equal(sent, got.SelectMany(ids => ids).Order());
    }

    /// <summary>A clock that begins with a whole second: due times have milliseconds.</summary>
    private static SignallingTime Whole()
    {
        var time = new SignallingTime();
        time.Advance(TimeSpan.FromTicks(TimeSpan.TicksPerSecond - time.GetUtcNow().Ticks % TimeSpan.TicksPerSecond));
        return time;
    }

    internal static Task<GalleyServer> Server(TimeProvider time) => GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = Start.Account, Time = time, AnyCredentials = true });

    internal static Task Send(AwsJs js, string url, string body) => js.Call("sqs", "SendMessage", new { QueueUrl = url, MessageBody = body });

    internal static async Task<List<JsonObject>> Receive(AwsJs js, string url, int most = 1, int? wait = null, bool everything = false)
    {
        var input = new JsonObject { ["QueueUrl"] = url, ["MaxNumberOfMessages"] = most };
        if (wait is not null) input["WaitTimeSeconds"] = wait;
        if (everything) (input["MessageSystemAttributeNames"], input["MessageAttributeNames"]) = (new JsonArray("All"), new JsonArray("All"));
        return [.. ((await js.Call("sqs", "ReceiveMessage", input))["Messages"] as JsonArray ?? []).Select(message => message!.AsObject())];
    }

    private static async Task<JsonObject> One(AwsJs js, string url, object? input = null)
        => Assert.Single((await js.Call("sqs", "ReceiveMessage", input ?? new { QueueUrl = url }))["Messages"]!.AsArray())!.AsObject();

    /// <summary>Waiting, in flight, delayed.</summary>
    internal static async Task<string> Counts(AwsJs js, string url)
    {
        var all = await QueuesTests.Attributes(js, url, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed");
        return $"{all["ApproximateNumberOfMessages"]},{all["ApproximateNumberOfMessagesNotVisible"]},{all["ApproximateNumberOfMessagesDelayed"]}";
    }
}
