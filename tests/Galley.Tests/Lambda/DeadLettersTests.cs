using System.Text;
using System.Text.Json.Nodes;
using Galley.Tests.CloudFormation;
using Galley.Tests.Iam;

namespace Galley.Tests.Lambda;

/// <summary>Where failed events and the records of invocations go when that is a queue.</summary>
public class DeadLettersTests
{
    private const string Failing = "def lambda_handler(event, context):\n    raise ValueError('no ' + event['name'])\n";
    private const string Arn = $"arn:aws:sqs:eu-west-2:{TestFunctions.Account}:";

    [Fact]
    public async Task An_event_that_failed_three_times_is_left_in_the_dead_letter_queue_with_what_went_wrong()
    {
        var time = new SignallingTime();
        await using var functions = await TestFunctions.Start(time);
        var url = await Queue(functions, "dead");
        var made = await functions.Python("f", Failing, await functions.Role("r", "sqs:SendMessage"), Dead("dead"));
        Assert.Equal(Arn + "dead", (string)made["DeadLetterConfig"]!["TargetArn"]!);
        await Send(functions, "f", """{ "name": "Ann" }""");
        await time.Sleeping(TimeSpan.FromSeconds(60));
        time.Advance(TimeSpan.FromSeconds(61));
        await time.Sleeping(TimeSpan.FromSeconds(120));
        Assert.Equal("0,0,0", await Sqs.MessagesTests.Counts(functions.Js, url));
        time.Advance(TimeSpan.FromSeconds(121));
        var letter = await Next(functions, url);
        Assert.Equal("""{ "name": "Ann" }""", (string)letter["Body"]!);
        var attributes = letter["MessageAttributes"]!;
        Assert.Equal(("Number", "200", "String", "no Ann", "String"), ((string)attributes["ErrorCode"]!["DataType"]!, (string)attributes["ErrorCode"]!["StringValue"]!, (string)attributes["ErrorMessage"]!["DataType"]!, (string)attributes["ErrorMessage"]!["StringValue"]!, (string)attributes["RequestID"]!["DataType"]!));
        Assert.True(Guid.TryParse((string)attributes["RequestID"]!["StringValue"]!, out _));
        Assert.StartsWith("AROA", (string)letter["Attributes"]!["SenderId"]!);
    }

    [Fact]
    public async Task A_throttled_event_that_grew_too_old_goes_there_too_beside_its_record()
    {
        await using var functions = await TestFunctions.Start();
        var (dead, failed) = (await Queue(functions, "dead"), await Queue(functions, "failed"));
        await functions.Python("f", Failing, await functions.Role("r", "sqs:SendMessage"), Dead("dead"));
        await functions.Js.Call("lambda", "PutFunctionConcurrency", new { FunctionName = "f", ReservedConcurrentExecutions = 0 });
        await functions.Js.Call("lambda", "PutFunctionEventInvokeConfig", new { FunctionName = "f", DestinationConfig = new { OnFailure = new { Destination = Arn + "failed" } } });
        await Send(functions, "f", """{"name":"Bob"}""");
        var letter = await Next(functions, dead);
        Assert.Equal(("""{"name":"Bob"}""", "429"), ((string)letter["Body"]!, (string)letter["MessageAttributes"]!["ErrorCode"]!["StringValue"]!));
        var record = JsonNode.Parse((string)(await Next(functions, failed))["Body"]!)!;
        Assert.Equal(("Bob", 0, (string)letter["MessageAttributes"]!["RequestID"]!["StringValue"]!), ((string)record["requestPayload"]!["name"]!, (int)record["requestContext"]!["approximateInvokeCount"]!, (string)record["requestContext"]!["requestId"]!));
    }

    [Fact]
    public async Task Records_of_success_and_failure_go_to_queues()
    {
        await using var functions = await TestFunctions.Start();
        var (good, bad) = (await Queue(functions, "good"), await Queue(functions, "bad"));
        await functions.Python("f", "def lambda_handler(event, context):\n    if event['fail']: raise ValueError('no')\n    return [1]\n", await functions.Role("r", "sqs:SendMessage"));
        await functions.Js.Call("lambda", "PutFunctionEventInvokeConfig", new { FunctionName = "f", MaximumRetryAttempts = 0, DestinationConfig = new { OnSuccess = new { Destination = Arn + "good" }, OnFailure = new { Destination = Arn + "bad" } } });
        await Send(functions, "f", """{"fail":false}""");
        await Send(functions, "f", """{"fail":true}""");
        var success = JsonNode.Parse((string)(await Next(functions, good))["Body"]!)!;
        Assert.Equal(("Success", "[1]", "1.0"), ((string)success["requestContext"]!["condition"]!, success["responsePayload"]!.ToJsonString(), (string)success["version"]!));
        var message = await Next(functions, bad);
        Assert.Null(message["MessageAttributes"]);
        var failure = JsonNode.Parse((string)message["Body"]!)!;
        Assert.Equal(("RetriesExhausted", "Unhandled", "no"), ((string)failure["requestContext"]!["condition"]!, (string)failure["responseContext"]!["functionError"]!, (string)failure["responsePayload"]!["errorMessage"]!));
    }

    [Fact]
    public async Task The_functions_role_must_be_allowed_to_send()
    {
        await using var functions = await TestFunctions.Start();
        var js = functions.Js;
        var poor = await functions.Role("poor");
        const string refused = "The provided execution role does not have permissions to call SendMessage on SQS";
        var error = await Assert.ThrowsAsync<AwsJsError>(() => functions.Python("f", Failing, poor, Dead("dead")));
        Start.Is(error, "InvalidParameterValueException", 400, refused);
        await functions.Python("f", Failing, poor);
        object dead = new { FunctionName = "f", DeadLetterConfig = new { TargetArn = Arn + "dead" } };
        Assert.Equal(refused, (await js.Fails("lambda", "UpdateFunctionConfiguration", dead)).Text);
        Assert.Equal($"The function's execution role does not have permissions to call SendMessage on {Arn}dead", (await js.Fails("lambda", "PutFunctionEventInvokeConfig", new { FunctionName = "f", DestinationConfig = new { OnSuccess = new { Destination = Arn + "dead" } } })).Text);
        Assert.Null((await js.Call("lambda", "GetFunctionConfiguration", new { FunctionName = "f" }))["DeadLetterConfig"]);

        // The queue's own policy may let it, too.
        var url = await Queue(functions, "dead");
        await Sqs.QueuesTests.Set(js, url, ("Policy", $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"{{poor}}"},"Action":"sqs:SendMessage","Resource":"{{Arn}}dead"}]}"""));
        Assert.Equal(Arn + "dead", (string)(await js.Call("lambda", "UpdateFunctionConfiguration", dead))["DeadLetterConfig"]!["TargetArn"]!);
        await js.Call("lambda", "PutFunctionEventInvokeConfig", new { FunctionName = "f", MaximumRetryAttempts = 0 });
        await Send(functions, "f", """{"name":"Cy"}""");
        Assert.Equal("""{"name":"Cy"}""", (string)(await Next(functions, url))["Body"]!);
        // Another role without the right is refused, as is a target that is none.
        Assert.Equal(refused, (await js.Fails("lambda", "UpdateFunctionConfiguration", new { FunctionName = "f", Role = await functions.Role("other") })).Text);
        Assert.Equal("ValidationException", (await js.Fails("lambda", "UpdateFunctionConfiguration", new { FunctionName = "f", DeadLetterConfig = new { TargetArn = "dead" } })).Code);
        Assert.Null((await js.Call("lambda", "UpdateFunctionConfiguration", new { FunctionName = "f", DeadLetterConfig = new { TargetArn = "" } }))["DeadLetterConfig"]);
    }

    /// <summary>A right that is taken away later costs the letter, as on AWS, and the log says so; the next event is handled.</summary>
    [Fact]
    public async Task What_a_queue_does_not_take_is_lost_and_said()
    {
        var said = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var functions = new TestFunctions(await GalleyServer.StartAsync(new GalleyOptions
        {
            Port = 0,
            Account = TestFunctions.Account,
            Sandbox = SandboxMode.Off,
            Log = line =>
            {
                if (line.Contains("did not take", StringComparison.Ordinal)) said.TrySetResult(line);
            },
        }));
        var url = await Queue(functions, "dead");
        await functions.Python("f", Failing, await functions.Role("r", "sqs:SendMessage"), Dead("dead"));
        await functions.Js.Call("lambda", "PutFunctionEventInvokeConfig", new { FunctionName = "f", MaximumRetryAttempts = 0 });
        await functions.Js.Call("iam", "DeleteRolePolicy", new { RoleName = "r", PolicyName = "p" });
        await Send(functions, "f", """{"name":"Di"}""");
        Assert.Contains($"does not allow sqs:SendMessage on {Arn}dead", await said.Task.WaitAsync(TimeSpan.FromSeconds(60)), StringComparison.Ordinal);
        await functions.Js.Call("iam", "PutRolePolicy", new { RoleName = "r", PolicyName = "p", PolicyDocument = Start.Policy("Allow", "sqs:SendMessage", "*") });
        await Send(functions, "f", """{"name":"Ed"}""");
        Assert.Equal("""{"name":"Ed"}""", (string)(await Next(functions, url))["Body"]!);
    }

    [Fact]
    public async Task A_version_keeps_the_dead_letter_queue_it_was_published_with()
    {
        await using var functions = await TestFunctions.Start();
        var (first, second) = (await Queue(functions, "first"), await Queue(functions, "second"));
        await functions.Python("f", Failing, await functions.Role("r", "sqs:SendMessage"), f =>
        {
            Dead("first")(f);
            f["Publish"] = true;
        });
        await functions.Js.Call("lambda", "UpdateFunctionConfiguration", new { FunctionName = "f", DeadLetterConfig = new { TargetArn = Arn + "second" } });
        foreach (var qualifier in (string[])["1", "$LATEST"])
        {
            await functions.Js.Call("lambda", "PutFunctionEventInvokeConfig", new { FunctionName = "f", Qualifier = qualifier, MaximumRetryAttempts = 0 });
            await functions.Js.Call("lambda", "Invoke", new { FunctionName = "f", Qualifier = qualifier, InvocationType = "Event", Payload = AwsJs.Bytes(Encoding.UTF8.GetBytes($$"""{"name":"{{qualifier}}"}""")) });
        }

        Assert.Equal("""{"name":"1"}""", (string)(await Next(functions, first))["Body"]!);
        Assert.Equal("""{"name":"$LATEST"}""", (string)(await Next(functions, second))["Body"]!);
    }

    [Fact]
    public async Task A_SAM_template_has_dead_letters_and_queues_of_its_own_making()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Js.Call("cloudformation", "CreateStack", new
        {
            StackName = "s",
            Capabilities = new[] { "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND" },
            TemplateBody = """
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  Dead: {Type: AWS::SQS::Queue}
                  F:
                    Type: AWS::Serverless::Function
                    Properties:
                      Runtime: python3.12
                      Handler: index.handler
                      InlineCode: |
                        def handler(event, context):
                            raise ValueError('no')
                      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
                      EventInvokeConfig:
                        MaximumRetryAttempts: 0
                        DestinationConfig: {OnFailure: {Type: SQS}}
                Outputs: {Function: {Value: !Ref F}, Dead: {Value: !Ref Dead}, Failed: {Value: !Ref FEventInvokeConfigOnFailureQueue}}
                """,
        });
        var stack = await StacksTests.Settled(functions.Js, "s");
        Assert.Equal("CREATE_COMPLETE", (string)stack["StackStatus"]!);
        var outputs = stack["Outputs"]!.AsArray().ToDictionary(output => (string)output!["OutputKey"]!, output => (string)output!["OutputValue"]!);
        await Send(functions, outputs["Function"], """{"n":1}""");
        Assert.Equal("""{"n":1}""", (string)(await Next(functions, outputs["Dead"]))["Body"]!);
        Assert.Equal("RetriesExhausted", (string)JsonNode.Parse((string)(await Next(functions, outputs["Failed"]))["Body"]!)!["requestContext"]!["condition"]!);
        await functions.Js.Call("cloudformation", "DeleteStack", new { StackName = "s" });
        Assert.Equal("DELETE_COMPLETE", (string)(await StacksTests.Settled(functions.Js, (string)stack["StackId"]!))["StackStatus"]!);
    }

    private static Action<JsonObject> Dead(string queue) => function => function["DeadLetterConfig"] = new JsonObject { ["TargetArn"] = Arn + queue };

    private static Task<string> Queue(TestFunctions functions, string name) => Sqs.QueuesTests.Make(functions.Js, name);

    private static Task Send(TestFunctions functions, string name, string payload)
        => functions.Js.Call("lambda", "Invoke", new { FunctionName = name, InvocationType = "Event", Payload = AwsJs.Bytes(Encoding.UTF8.GetBytes(payload)) });

    /// <summary>The next message, for which it waits.</summary>
    private static async Task<JsonNode> Next(TestFunctions functions, string url)
        => Assert.Single(await Sqs.MessagesTests.Receive(functions.Js, url, wait: 20, everything: true));
}
