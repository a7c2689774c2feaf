using System.Text.Json.Nodes;
using Galley.Tests.CloudFormation;
using Galley.Tests.Iam;

namespace Galley.Tests.Sqs;

/// <summary>Queues and their policies by CloudFormation and by Terraform.</summary>
public class ResourcesTests
{
    private const string Template = """
        Parameters: {Seconds: {Type: Number, Default: 45}, Action: {Type: String, Default: 'sqs:SendMessage'}}
        Resources:
          Dead: {Type: 'AWS::SQS::Queue', Properties: {QueueName: dead, MessageRetentionPeriod: 1209600}}
          Work:
            Type: AWS::SQS::Queue
            Properties:
              VisibilityTimeout: !Ref Seconds
              ReceiveMessageWaitTimeSeconds: '20'
              SqsManagedSseEnabled: 'true'
              RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
              Tags: [{Key: team, Value: red}]
          Policy:
            Type: AWS::SQS::QueuePolicy
            Properties:
              Queues: [!Ref Work]
              PolicyDocument:
                Version: '2012-10-17'
                Statement: [{Effect: Allow, Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:user/alice'}, Action: !Ref Action, Resource: !GetAtt Work.Arn}]
        Outputs: {Url: {Value: !Ref Work}, Arn: {Value: !GetAtt Work.Arn}, Name: {Value: !GetAtt Work.QueueName}, Same: {Value: !GetAtt Work.QueueUrl}, Dead: {Value: !Ref Dead}}
        """;

    [Fact]
    public async Task A_stack_makes_queues_and_their_policy_changes_them_and_lets_them_go()
    {
        await using var server = await Start.Server();
        var js = new AwsJs(server);
        await Start.User(server, "alice");
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = Template });
        var stack = await StacksTests.Settled(js, "s");
        Assert.Equal("CREATE_COMPLETE", (string)stack["StackStatus"]!);
        var outputs = stack["Outputs"]!.AsArray().ToDictionary(output => (string)output!["OutputKey"]!, output => (string)output!["OutputValue"]!);
        Assert.StartsWith("s-Work-", outputs["Name"]);
        Assert.Equal(($"https://sqs.eu-west-2.amazonaws.com/{Start.Account}/{outputs["Name"]}", outputs["Url"], $"arn:aws:sqs:eu-west-2:{Start.Account}:{outputs["Name"]}", $"https://sqs.eu-west-2.amazonaws.com/{Start.Account}/dead"),
            (outputs["Url"], outputs["Same"], outputs["Arn"], outputs["Dead"]));
        var all = await QueuesTests.Attributes(js, outputs["Url"], "All");
        Assert.Equal(("45", "20", "true", $$"""{"deadLetterTargetArn":"arn:aws:sqs:eu-west-2:{{Start.Account}}:dead","maxReceiveCount":3}"""),
            ((string)all["VisibilityTimeout"]!, (string)all["ReceiveMessageWaitTimeSeconds"]!, (string)all["SqsManagedSseEnabled"]!, (string)all["RedrivePolicy"]!));
        Assert.Equal("""{"team":"red"}""", (await js.Call("sqs", "ListQueueTags", new { QueueUrl = outputs["Url"] }))["Tags"]!.ToJsonString());
        Assert.Contains("user/alice", (string)all["Policy"]!);
        await MessagesTests.Send(js, outputs["Url"], "kept");

        var changed = Template.Replace("Default: 45", "Default: 46", StringComparison.Ordinal).Replace("      ReceiveMessageWaitTimeSeconds: '20'\n", "", StringComparison.Ordinal).Replace("Default: 'sqs:SendMessage'", "Default: 'sqs:ReceiveMessage'", StringComparison.Ordinal);
        await js.Call("cloudformation", "UpdateStack", new { StackName = "s", TemplateBody = changed });
        Assert.Equal("UPDATE_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
        all = await QueuesTests.Attributes(js, outputs["Url"], "All");
        Assert.Equal(("46", "0", "1"), ((string)all["VisibilityTimeout"]!, (string)all["ReceiveMessageWaitTimeSeconds"]!, (string)all["ApproximateNumberOfMessages"]!));
        Assert.Contains("sqs:ReceiveMessage", (string)all["Policy"]!);

        await js.Call("cloudformation", "DeleteStack", new { StackName = "s" });
        Assert.Equal("DELETE_COMPLETE", (string)(await StacksTests.Settled(js, (string)stack["StackId"]!))["StackStatus"]!);
        Assert.Null((await js.Call("sqs", "ListQueues"))["QueueUrls"]);
    }

    /// <summary>A stack takes no queue that is there already, and has no rights that its maker has not.</summary>
    [Fact]
    public async Task A_stack_that_may_not_or_cannot_is_rolled_back()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var url = await QueuesTests.Make(root, "dead");
        await root.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = """{"Resources":{"Dead":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":"dead"}}}}""" });
        Assert.Equal("ROLLBACK_COMPLETE", (string)(await StacksTests.Settled(root, "s"))["StackStatus"]!);
        await QueuesTests.Attributes(root, url, "All");
        await root.Call("cloudformation", "CreateStack", new { StackName = "fifo", TemplateBody = """{"Resources":{"Q":{"Type":"AWS::SQS::Queue","Properties":{"FifoQueue":true}}}}""" });
        Assert.Equal("ROLLBACK_COMPLETE", (string)(await StacksTests.Settled(root, "fifo"))["StackStatus"]!);
        var user = await Start.User(server, "u", """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudformation:*","sqs:CreateQueue","sqs:DeleteQueue"],"Resource":"*"}]}""");
        var policy = """{"Resources":{"P":{"Type":"AWS::SQS::QueuePolicy","Properties":{"Queues":["QUEUE"],"PolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}]}}}}}""".Replace("QUEUE", url, StringComparison.Ordinal);
        await user.Call("cloudformation", "CreateStack", new { StackName = "p", TemplateBody = policy });
        Assert.Equal("ROLLBACK_COMPLETE", (string)(await StacksTests.Settled(user, "p"))["StackStatus"]!);
        Assert.Null((await root.Call("sqs", "GetQueueAttributes", new { QueueUrl = url, AttributeNames = new[] { "Policy" } }))["Attributes"]);
    }

    [Fact]
    public async Task Terraform_applies_queues_finds_nothing_to_change_and_destroys_them()
    {
        static string Text(int seconds) => $$"""
            resource "aws_sqs_queue" "dead" { name = "dead" }
            resource "aws_sqs_queue" "work" {
              name                       = "work"
              visibility_timeout_seconds = {{seconds}}
              redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 4 })
              tags                       = { team = "red" }
            }
            resource "aws_sqs_queue_policy" "work" {
              queue_url = aws_sqs_queue.work.id
              policy    = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "own", Effect = "Allow", Principal = { AWS = "arn:aws:iam::{{Start.Account}}:root" }, Action = "sqs:*", Resource = aws_sqs_queue.work.arn }] })
            }
            data "aws_sqs_queue" "work" { name = aws_sqs_queue.work.name }
            output "url" { value = data.aws_sqs_queue.work.url }
            """;
        await using var server = await Start.Server();
        using var terraform = await Terraform.Of(server, Text(31));
        await terraform.Apply();
        await terraform.Change(Text(32));
        await terraform.Apply();
        await terraform.PlanNothing();
        var url = (string)(await terraform.Outputs())["url"]!["value"]!;
        var js = new AwsJs(server);
        Assert.Equal("32", (string)(await QueuesTests.Attributes(js, url, "VisibilityTimeout"))["VisibilityTimeout"]!);
        await terraform.Destroy();
        Assert.Null((await js.Call("sqs", "ListQueues"))["QueueUrls"]);
    }

    /// <summary>What was made by hand as a template, which makes it again elsewhere.</summary>
    [Fact]
    public async Task Queues_made_by_hand_are_exported_as_a_template()
    {
        await using var server = await Start.Server();
        var js = new AwsJs(server);
        await QueuesTests.Make(js, "dead");
        var url = await QueuesTests.Make(js, "q", ("DelaySeconds", "5"), ("RedrivePolicy", $$"""{"deadLetterTargetArn":"arn:aws:sqs:eu-west-2:{{Start.Account}}:dead","maxReceiveCount":2}"""));
        await QueuesTests.Set(js, url, ("Policy", """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}]}"""));
        var scan = (string)(await js.Call("cloudformation", "StartResourceScan"))["ResourceScanId"]!;
        for (var i = 0; i < 500 && (string)(await js.Call("cloudformation", "DescribeResourceScan", new { ResourceScanId = scan }))["Status"]! != "COMPLETE"; i++) await Task.Delay(20);
        var found = (await js.Call("cloudformation", "ListResourceScanResources", new { ResourceScanId = scan, ResourceTypePrefix = "AWS::SQS" }))["Resources"]!.AsArray();
        Assert.Equal(["AWS::SQS::Queue", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy"], found.Select(one => (string)one!["ResourceType"]!).Order());
        await js.Call("cloudformation", "CreateGeneratedTemplate", new JsonObject { ["GeneratedTemplateName"] = "t", ["Resources"] = new JsonArray([.. found.Select(one => (JsonNode)new JsonObject { ["ResourceType"] = (string)one!["ResourceType"]!, ["ResourceIdentifier"] = one["ResourceIdentifier"]!.DeepClone() })]) });
        string? body = null;
        for (var i = 0; i < 500 && body is null; i++, await Task.Delay(20))
            if ((string)(await js.Call("cloudformation", "DescribeGeneratedTemplate", new { GeneratedTemplateName = "t" }))["Status"]! == "COMPLETE")
                body = (string)(await js.Call("cloudformation", "GetGeneratedTemplate", new { GeneratedTemplateName = "t", Format = "JSON" }))["TemplateBody"]!;
        var resources = JsonNode.Parse(body!)!["Resources"]!.AsObject().Select(pair => pair.Value!).ToList();
        Assert.Equal(3, resources.Count);
        Assert.Contains("Fn::GetAtt", resources.Single(one => (int?)one["Properties"]!["DelaySeconds"] == 5)["Properties"]!["RedrivePolicy"]!.ToJsonString());
    }
}
