using System.Text.Json.Nodes;
using Galley.Tests.Iam;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.Sqs;

/// <summary>Queues through the AWS SDK: made, found, described, changed, tagged, deleted.</summary>
public class QueuesTests
{
    [Fact]
    public async Task CreateQueue_is_idempotent_for_the_same_attributes_and_refuses_others()
    {
        await using var server = await Start.Server();
        var js = new AwsJs(server);
        var url = await Make(js, "q", ("VisibilityTimeout", "60"));
        Assert.Equal($"http://127.0.0.1:{server.Port}/{Start.Account}/q", url);
        Assert.Equal(url, await Make(js, "q"));
        Assert.Equal(url, await Make(js, "q", ("VisibilityTimeout", "060"), ("DelaySeconds", "0")));
        var refused = await js.Fails("sqs", "CreateQueue", new { QueueName = "q", Attributes = new { VisibilityTimeout = "61" } });
        Start.Is(refused, "QueueNameExists", 400, "A queue already exists with the same name and a different value for attribute VisibilityTimeout");
        Assert.Equal(url, (string)(await js.Call("sqs", "GetQueueUrl", new { QueueName = "q" }))["QueueUrl"]!);
        Start.Is(await js.Fails("sqs", "GetQueueUrl", new { QueueName = "other" }), "QueueDoesNotExist", 400, "The specified queue does not exist.");
        Assert.Equal("QueueDoesNotExist", (await js.Fails("sqs", "GetQueueUrl", new { QueueName = "q", QueueOwnerAWSAccountId = "999999999999" })).Code);
        await js.Call("sqs", "DeleteQueue", new { QueueUrl = url });
        Assert.Equal("QueueDoesNotExist", (await js.Fails("sqs", "DeleteQueue", new { QueueUrl = url })).Code);
    }

    /// <summary>A queue's URL is told by the host that the caller used, and taken by its path alone.</summary>
    [Fact]
    public async Task Any_URL_with_the_queues_path_is_the_queues()
    {
        await using var server = await Start.Server();
        var js = new AwsJs(server);
        await Make(js, "q");
        foreach (var host in (string[])[$"http://localhost:{server.Port}", "https://sqs.eu-west-2.amazonaws.com", "https://eu-west-2.queue.amazonaws.com", $"http://sqs.eu-west-2.localhost:{server.Port}"])
            Assert.Equal("0", (string)(await Attributes(js, $"{host}/{Start.Account}/q", "DelaySeconds"))["DelaySeconds"]!);
        foreach (var wrong in (string[])["q", "http://localhost/q", $"http://localhost/{Start.Account}/q/more", "http://localhost/12/q"])
            Start.Is(await js.Fails("sqs", "ListQueueTags", new { QueueUrl = wrong }), "InvalidAddress", 404, $"The address {wrong} is not valid for this endpoint.");
        Assert.Equal("QueueDoesNotExist", (await js.Fails("sqs", "ListQueueTags", new { QueueUrl = "http://localhost/999999999999/q" })).Code);
        Start.Is(await js.Fails("sqs", "PurgeQueue", new { }), "MissingParameter", 400, "The request must contain the parameter QueueUrl.");
    }

    [Fact]
    public async Task Queues_are_listed_by_prefix_and_in_pages()
    {
        await using var server = await Start.Server();
        var js = new AwsJs(server);
        Assert.Null((await js.Call("sqs", "ListQueues"))["QueueUrls"]);
        foreach (var name in (string[])["b1", "a1", "a3", "a2"]) await Make(js, name);
        static string[] Names(JsonObject answer) => [.. answer["QueueUrls"]!.AsArray().Select(url => ((string)url!).Split('/')[^1])];
        Assert.Equal(["a1", "a2", "a3", "b1"], Names(await js.Call("sqs", "ListQueues")));
        var first = await js.Call("sqs", "ListQueues", new { QueueNamePrefix = "a", MaxResults = 2 });
        Assert.Equal(["a1", "a2"], Names(first));
        var second = await js.Call("sqs", "ListQueues", new { QueueNamePrefix = "a", MaxResults = 2, NextToken = (string)first["NextToken"]! });
        Assert.Equal(["a3"], Names(second));
        Assert.Null(second["NextToken"]);
        Assert.Equal("InvalidParameterValue", (await js.Fails("sqs", "ListQueues", new { MaxResults = 1001 })).Code);
    }

    [Fact]
    public async Task Attributes_have_AWSs_defaults_and_change()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_900_000_000));
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = Start.Account, Time = time, AnyCredentials = true });
        var js = new AwsJs(server);
        var url = await Make(js, "q");
        var all = await Attributes(js, url, "All");
        Assert.Equal("ApproximateNumberOfMessages,ApproximateNumberOfMessagesDelayed,ApproximateNumberOfMessagesNotVisible,CreatedTimestamp,DelaySeconds,LastModifiedTimestamp,MaximumMessageSize,MessageRetentionPeriod,QueueArn,ReceiveMessageWaitTimeSeconds,SqsManagedSseEnabled,VisibilityTimeout",
            string.Join(',', all.Select(pair => pair.Key).Order(StringComparer.Ordinal)));
        Assert.Equal(($"arn:aws:sqs:eu-west-2:{Start.Account}:q", "0", "0", "1048576", "345600", "30", "0", "true", "1900000000"),
            ((string)all["QueueArn"]!, (string)all["ApproximateNumberOfMessages"]!, (string)all["DelaySeconds"]!, (string)all["MaximumMessageSize"]!, (string)all["MessageRetentionPeriod"]!, (string)all["VisibilityTimeout"]!, (string)all["ReceiveMessageWaitTimeSeconds"]!, (string)all["SqsManagedSseEnabled"]!, (string)all["CreatedTimestamp"]!));
        time.Advance(TimeSpan.FromSeconds(5));
        await Set(js, url, ("VisibilityTimeout", "69"), ("DelaySeconds", "420"), ("SqsManagedSseEnabled", "false"));
        var changed = await Attributes(js, url, "VisibilityTimeout", "DelaySeconds", "LastModifiedTimestamp", "SqsManagedSseEnabled");
        Assert.Equal(("69", "420", "1900000005", "false"), ((string)changed["VisibilityTimeout"]!, (string)changed["DelaySeconds"]!, (string)changed["LastModifiedTimestamp"]!, (string)changed["SqsManagedSseEnabled"]!));
        Assert.Equal(4, changed.Count);
        Assert.Null((await js.Call("sqs", "GetQueueAttributes", new { QueueUrl = url }))["Attributes"]);
        Start.Is(await js.Fails("sqs", "GetQueueAttributes", new { QueueUrl = url, AttributeNames = new[] { "Colour" } }), "InvalidAttributeName", 400, "Unknown Attribute Colour.");
    }

    [Theory]
    [InlineData("q.fifo", "{}", "UnsupportedOperation", "Galley does not support FIFO queues.")]
    [InlineData("q", """{"FifoQueue":"true"}""", "UnsupportedOperation", "Galley does not support FIFO queues.")]
    [InlineData("q", """{"FifoQueue":"false"}""", "InvalidAttributeName", "Unknown Attribute FifoQueue.")]
    [InlineData("q", """{"KmsMasterKeyId":"alias/aws/sqs"}""", "UnsupportedOperation", "Galley does not support a KMS key of a queue's own (KmsMasterKeyId).")]
    [InlineData("q!", "{}", "InvalidParameterValue", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")]
    [InlineData("", "{}", "InvalidParameterValue", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")]
    [InlineData("q", """{"Colour":"red"}""", "InvalidAttributeName", "Unknown Attribute Colour.")]
    [InlineData("q", """{"QueueArn":"x"}""", "InvalidAttributeName", "Unknown Attribute QueueArn.")]
    [InlineData("q", """{"VisibilityTimeout":"43201"}""", "InvalidAttributeValue", "Invalid value for the parameter VisibilityTimeout.")]
    [InlineData("q", """{"VisibilityTimeout":"soon"}""", "InvalidAttributeValue", "Invalid value for the parameter VisibilityTimeout.")]
    [InlineData("q", """{"MessageRetentionPeriod":"59"}""", "InvalidAttributeValue", "Invalid value for the parameter MessageRetentionPeriod.")]
    [InlineData("q", """{"MaximumMessageSize":"1048577"}""", "InvalidAttributeValue", "Invalid value for the parameter MaximumMessageSize.")]
    [InlineData("q", """{"SqsManagedSseEnabled":"yes"}""", "InvalidAttributeValue", "Invalid value for the parameter SqsManagedSseEnabled.")]
    [InlineData("q", """{"Policy":"{}"}""", "InvalidAttributeValue", "Invalid value for the parameter Policy.")]
    [InlineData("q", """{"RedrivePolicy":"[]"}""", "InvalidParameterValue", "Value [] for parameter RedrivePolicy is invalid. Reason: Redrive policy is not a valid JSON map.")]
    [InlineData("q", """{"RedrivePolicy":"{\"maxReceiveCount\":1}"}""", "InvalidParameterValue", "Value {\"maxReceiveCount\":1} for parameter RedrivePolicy is invalid. Reason: Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")]
    [InlineData("q", """{"RedrivePolicy":"{\"deadLetterTargetArn\":\"dummy\",\"maxReceiveCount\":42}"}""", "InvalidParameterValue", "Value {\"deadLetterTargetArn\":\"dummy\",\"maxReceiveCount\":42} for parameter RedrivePolicy is invalid. Reason: Invalid value for deadLetterTargetArn.")]
    [InlineData("q", """{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:eu-west-2:123456789012:d\",\"maxReceiveCount\":0}"}""", "InvalidParameterValue", "Value {\"deadLetterTargetArn\":\"arn:aws:sqs:eu-west-2:123456789012:d\",\"maxReceiveCount\":0} for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.")]
    [InlineData("q", """{"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:eu-west-2:123456789012:d\",\"maxReceiveCount\":1}"}""", "InvalidParameterValue", "Value {\"deadLetterTargetArn\":\"arn:aws:sqs:eu-west-2:123456789012:d\",\"maxReceiveCount\":1} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.")]
    public async Task CreateQueue_refuses_what_AWS_or_Galley_cannot(string name, string attributes, string code, string text)
    {
        await using var server = await Start.Server();
        var js = new AwsJs(server);
        var refused = await Assert.ThrowsAsync<AwsJsError>(() => js.Call("sqs", "CreateQueue", new JsonObject { ["QueueName"] = name, ["Attributes"] = JsonNode.Parse(attributes) }));
        Start.Is(refused, code, 400, text);
        Assert.Null((await js.Call("sqs", "ListQueues"))["QueueUrls"]);
    }

    [Fact]
    public async Task A_dead_letter_queue_says_whose_it_is_and_who_may_use_it()
    {
        await using var server = await Start.Server();
        var js = new AwsJs(server);
        var dead = await Make(js, "dead");
        const string arn = $"arn:aws:sqs:eu-west-2:{Start.Account}:dead";
        foreach (var name in (string[])["s1", "s2", "s3"]) await Make(js, name, ("RedrivePolicy", $$"""{ "maxReceiveCount": "3", "deadLetterTargetArn": "{{arn}}" }"""));
        await Make(js, "other");
        Assert.Equal($$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":3}""", (string)(await Attributes(js, (await Make(js, "s1")), "RedrivePolicy"))["RedrivePolicy"]!);
        var page = await js.Call("sqs", "ListDeadLetterSourceQueues", new { QueueUrl = dead, MaxResults = 2 });
        var rest = await js.Call("sqs", "ListDeadLetterSourceQueues", new { QueueUrl = dead, MaxResults = 2, NextToken = (string)page["NextToken"]! });
        Assert.Equal(["s1", "s2", "s3"], page["queueUrls"]!.AsArray().Concat(rest["queueUrls"]!.AsArray()).Select(url => ((string)url!).Split('/')[^1]));
        await Set(js, dead, ("RedriveAllowPolicy", $$"""{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:eu-west-2:{{Start.Account}}:s1"]}"""));
        await Set(js, await Make(js, "s1"), ("RedrivePolicy", $$"""{"maxReceiveCount":4,"deadLetterTargetArn":"{{arn}}"}"""));
        Assert.Equal("InvalidParameterValue", (await js.Fails("sqs", "SetQueueAttributes", new { QueueUrl = await Make(js, "s2"), Attributes = new { RedrivePolicy = $$"""{"maxReceiveCount":4,"deadLetterTargetArn":"{{arn}}"}""" } })).Code);
        await Set(js, await Make(js, "s2"), ("RedrivePolicy", ""));
        Assert.Null((await js.Call("sqs", "GetQueueAttributes", new { QueueUrl = await Make(js, "s2"), AttributeNames = new[] { "RedrivePolicy" } }))["Attributes"]);
        Assert.Equal("InvalidParameterValue", (await js.Fails("sqs", "SetQueueAttributes", new { QueueUrl = dead, Attributes = new { RedriveAllowPolicy = """{"redrivePermission":"some"}""" } })).Code);
    }

    [Fact]
    public async Task Queues_have_tags()
    {
        await using var server = await Start.Server();
        var js = new AwsJs(server);
        var url = (string)(await js.Call("sqs", "CreateQueue", new { QueueName = "q", tags = new { team = "red", a = "1" } }))["QueueUrl"]!;
        await js.Call("sqs", "TagQueue", new { QueueUrl = url, Tags = new { a = "2", b = "3" } });
        await js.Call("sqs", "UntagQueue", new { QueueUrl = url, TagKeys = new[] { "team" } });
        Assert.Equal("""{"a":"2","b":"3"}""", (await js.Call("sqs", "ListQueueTags", new { QueueUrl = url }))["Tags"]!.ToJsonString());
        Assert.Equal("InvalidParameterValue", (await js.Fails("sqs", "TagQueue", new { QueueUrl = url, Tags = new Dictionary<string, string> { ["aws:x"] = "1" } })).Code);
    }

    internal static async Task<string> Make(AwsJs js, string name, params (string Name, string Value)[] attributes)
        => (string)(await js.Call("sqs", "CreateQueue", new { QueueName = name, Attributes = attributes.ToDictionary(one => one.Name, one => one.Value) }))["QueueUrl"]!;

    internal static Task Set(AwsJs js, string url, params (string Name, string Value)[] attributes) => js.Call("sqs", "SetQueueAttributes", new { QueueUrl = url, Attributes = attributes.ToDictionary(one => one.Name, one => one.Value) });

    internal static async Task<JsonObject> Attributes(AwsJs js, string url, params string[] names) => (await js.Call("sqs", "GetQueueAttributes", new { QueueUrl = url, AttributeNames = names }))["Attributes"]!.AsObject();
}
