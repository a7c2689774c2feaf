using System.Text.Json.Nodes;
using Galley.Tests.CloudFormation;
using Galley.Tests.Iam;

namespace Galley.Tests.Lambda;

/// <summary>Queues that feed functions. What the function saw it sends on to the queue `seen`.</summary>
public class QueueSourcesTests
{
    private const string Arn = $"arn:aws:sqs:eu-west-2:{TestFunctions.Account}:";

    /// <summary>Fails for bodies with `bad`: all of the batch, or those alone where it reports failures.</summary>
    private const string Telling = """
        import json, os, boto3
        sqs = boto3.client("sqs")
        def lambda_handler(event, context):
            sqs.send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(event))
            bad = [r["messageId"] for r in event["Records"] if "bad" in r["body"]]
            if bad and os.environ["MODE"] != "report": raise ValueError("bad")
            return {"batchItemFailures": [{"itemIdentifier": i} for i in bad]}
        """;

    [Fact]
    public async Task Messages_come_to_the_function_in_batches_and_are_deleted()
    {
        await using var functions = await Start();
        var (js, url) = (functions.Js, await Queue(functions, "q"));
        var mapping = await Map(functions, new { BatchSize = 3, MaximumBatchingWindowInSeconds = 300, ScalingConfig = new { MaximumConcurrency = 2 } });
        Assert.Equal(("Creating", Arn + "q", 3, 2), ((string)mapping["State"]!, (string)mapping["EventSourceArn"]!, (int)mapping["BatchSize"]!, (int)mapping["ScalingConfig"]!["MaximumConcurrency"]!));
        Assert.Null(mapping["StartingPosition"]);
        Assert.Null(mapping["ParallelizationFactor"]);
        await js.Call("sqs", "SendMessage", new { QueueUrl = url, MessageBody = "one", MessageAttributes = new { a = new { DataType = "String", StringValue = "x" }, b = new { DataType = "Binary", BinaryValue = AwsJs.Bytes([1, 2]) } } });
        foreach (var body in (string[])["two", "three"]) await Sqs.MessagesTests.Send(js, url, body);
        var records = (await Seen(functions))["Records"]!.AsArray();
        Assert.Equal(["one", "three", "two"], records.Select(record => (string)record!["body"]!).Order());
        var first = records.Single(record => (string)record!["body"]! == "one")!;
        Assert.Equal(("aws:sqs", Arn + "q", "eu-west-2", "x", "AQI=", "1"), ((string)first["eventSource"]!, (string)first["eventSourceARN"]!, (string)first["awsRegion"]!, (string)first["messageAttributes"]!["a"]!["stringValue"]!, (string)first["messageAttributes"]!["b"]!["binaryValue"]!, (string)first["attributes"]!["ApproximateReceiveCount"]!));
        await Empty(functions, url);
        await js.Call("lambda", "DeleteEventSourceMapping", new { UUID = (string)mapping["UUID"]! });
    }

    [Theory]
    [InlineData("fail")]
    [InlineData("report")]
    public async Task What_the_function_does_not_handle_comes_again_and_ends_in_the_dead_letter_queue(string mode)
    {
        await using var functions = await Start(mode);
        var dead = await Queue(functions, "dead");
        var url = await Sqs.QueuesTests.Make(functions.Js, "q", ("VisibilityTimeout", "3"), ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{Arn}}dead","maxReceiveCount":2}"""));
        await functions.Js.Call("sqs", "SendMessageBatch", new { QueueUrl = url, Entries = new[] { new { Id = "a", MessageBody = "good" }, new { Id = "b", MessageBody = "bad" } } });
        await Map(functions, new { BatchSize = mode == "report" ? 2 : 1, FunctionResponseTypes = mode == "report" ? new[] { "ReportBatchItemFailures" } : [] });
        var letter = Assert.Single(await Sqs.MessagesTests.Receive(functions.Js, dead, wait: 20, everything: true));
        Assert.Equal("bad", (string)letter["Body"]!);
        await Empty(functions, url);
        Assert.Equal("0,1,0", await Sqs.MessagesTests.Counts(functions.Js, dead));
    }

    [Fact]
    public async Task Filters_see_a_body_of_JSON_and_delete_what_they_do_not_want()
    {
        await using var functions = await Start();
        var url = await Queue(functions, "q");
        await Map(functions, new { BatchSize = 1, FilterCriteria = new { Filters = new[] { new { Pattern = """{"body":{"kind":["order"]}}""" } } } });
        foreach (var body in (string[])["text", """{"kind":"news"}""", """{"kind":"order"}"""]) await Sqs.MessagesTests.Send(functions.Js, url, body);
        Assert.Equal("""{"kind":"order"}""", (string)(await Seen(functions))["Records"]![0]!["body"]!);
        await Empty(functions, url);
        Assert.Equal("0,1,0", await Sqs.MessagesTests.Counts(functions.Js, await Queue(functions, "seen"))); // the one that was just received
    }

    [Fact]
    public async Task CreateEventSourceMapping_refuses_what_a_queue_cannot()
    {
        await using var functions = await Start();
        async Task Fails(string text, object settings) => Assert.Equal(text, (await Assert.ThrowsAsync<AwsJsError>(() => Map(functions, settings))).Text);
        await Fails("Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.", new { });
        await Sqs.QueuesTests.Make(functions.Js, "q", ("VisibilityTimeout", "2"));
        await Fails("Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds", new { });
        await Fails("StartingPosition is not valid for SQS event sources.", new { StartingPosition = "LATEST" });
        await Fails("Unsupported ParallelizationFactor parameter for given event source mapping type.", new { ParallelizationFactor = 2 });
        await Sqs.QueuesTests.Set(functions.Js, await Queue(functions, "other"), ("VisibilityTimeout", "30"));
        await Fails("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10", new { BatchSize = 11, EventSourceArn = Arn + "other" });
        await functions.Python("poor", "def lambda_handler(e, c): pass", await functions.Role("poor"));
        await Fails("The provided execution role does not have permissions to call ReceiveMessage on SQS", new { FunctionName = "poor", EventSourceArn = Arn + "other" });
    }

    [Fact]
    public async Task A_SAM_template_feeds_a_function_from_its_queue()
    {
        await using var functions = await Start();
        await functions.Js.Call("cloudformation", "CreateStack", new
        {
            StackName = "s",
            Capabilities = new[] { "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND" },
            TemplateBody = """
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  Work: {Type: AWS::SQS::Queue}
                  Done: {Type: AWS::SQS::Queue}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: index.handler
                      InlineCode: |
                        import os, boto3
                        def handler(event, context):
                            boto3.client("sqs").send_message(QueueUrl=os.environ["DONE"], MessageBody=event["Records"][0]["body"] + "!")
                      Environment: {Variables: {DONE: !Ref Done}}
                      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Done.QueueName}}]
                      Events: {Work: {Type: SQS, Properties: {Queue: !GetAtt Work.Arn, BatchSize: 1}}}
                Outputs: {Work: {Value: !Ref Work}, Done: {Value: !Ref Done}}
                """,
        });
        var stack = await StacksTests.Settled(functions.Js, "s");
        Assert.Equal("CREATE_COMPLETE", (string)stack["StackStatus"]!);
        var outputs = stack["Outputs"]!.AsArray().ToDictionary(output => (string)output!["OutputKey"]!, output => (string)output!["OutputValue"]!);
        await Sqs.MessagesTests.Send(functions.Js, outputs["Work"], "work");
        Assert.Equal("work!", (string)Assert.Single(await Sqs.MessagesTests.Receive(functions.Js, outputs["Done"], wait: 20))["Body"]!);
        await functions.Js.Call("cloudformation", "DeleteStack", new { StackName = "s" });
        Assert.Equal("DELETE_COMPLETE", (string)(await StacksTests.Settled(functions.Js, (string)stack["StackId"]!))["StackStatus"]!);
    }

    private static async Task<TestFunctions> Start(string mode = "")
    {
        var functions = await TestFunctions.Start();
        var seen = await Queue(functions, "seen");
        await functions.Python("f", Telling, await functions.Role("r", "sqs:*"), f => f["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["SEEN"] = seen, ["MODE"] = mode } });
        return functions;
    }

    private static Task<string> Queue(TestFunctions functions, string name) => Sqs.QueuesTests.Make(functions.Js, name);

    private static Task<JsonObject> Map(TestFunctions functions, object settings)
    {
        var request = System.Text.Json.JsonSerializer.SerializeToNode(settings)!.AsObject();
        request["FunctionName"] ??= "f";
        request["EventSourceArn"] ??= Arn + "q";
        return functions.Js.Call("lambda", "CreateEventSourceMapping", request);
    }

    /// <summary>What the function saw next.</summary>
    private static async Task<JsonNode> Seen(TestFunctions functions)
        => JsonNode.Parse((string)Assert.Single(await Sqs.MessagesTests.Receive(functions.Js, await Queue(functions, "seen"), wait: 20))["Body"]!)!;

    private static async Task Empty(TestFunctions functions, string url)
    {
        for (var i = 0; i < 1000 && await Sqs.MessagesTests.Counts(functions.Js, url) != "0,0,0"; i++) await Task.Delay(20);
        Assert.Equal("0,0,0", await Sqs.MessagesTests.Counts(functions.Js, url));
    }
}
