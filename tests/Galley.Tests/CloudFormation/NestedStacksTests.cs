using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.CloudFormation;

public class NestedStacksTests
{
    private const string Child = """
        Parameters: {Name: {Type: String}, Days: {Type: Number, Default: 7}}
        Resources: {Group: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: !Ref Name, RetentionInDays: !Ref Days}}}
        Outputs: {Arn: {Value: !GetAtt Group.Arn}}
        """;

    private const string Parent = """
        Parameters: {Days: {Type: Number, Default: 7}, Name: {Type: String, Default: inner}}
        Resources:
          Inner:
            Type: AWS::CloudFormation::Stack
            Properties: {TemplateURL: 'https://templates.s3.eu-west-2.amazonaws.com/child.yaml', Parameters: {Name: !Ref Name, Days: !Ref Days}}
          After: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: !Sub ['after-${a}', {a: !Select [6, !Split [':', !GetAtt Inner.Outputs.Arn]]}]}}
        Outputs: {Inner: {Value: !Ref Inner}}
        """;

    [Fact]
    public async Task A_stack_in_a_stack_is_made_changed_and_deleted_with_it()
    {
        await using var server = await StacksTests.Start();
        var js = await WithTemplates(server);
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = Parent });
        var made = await StacksTests.Settled(js, "s");
        Assert.Equal("CREATE_COMPLETE", (string)made["StackStatus"]!);
        Assert.Equal(["after-inner", "inner"], await Groups(js));
        var inner = (await js.Call("cloudformation", "DescribeStacks", new { StackName = CustomResourceTests.Output(made, "Inner") }))["Stacks"]![0]!;
        Assert.Matches("^s-Inner-[0-9A-Z]{12}$", (string)inner["StackName"]!);
        Assert.Equal(((string)made["StackId"]!, (string)made["StackId"]!), ((string)inner["ParentId"]!, (string)inner["RootId"]!));

        await js.Call("cloudformation", "UpdateStack", new { StackName = "s", UsePreviousTemplate = true, Parameters = new[] { new { ParameterKey = "Days", ParameterValue = "30" } } });
        Assert.Equal("UPDATE_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
        Assert.Contains((await js.Call("cloudwatch-logs", "DescribeLogGroups"))["logGroups"]!.AsArray(), group => (int?)group!["retentionInDays"] == 30);

        await js.Call("cloudformation", "DeleteStack", new { StackName = "s" });
        Assert.Equal("DELETE_COMPLETE", (string)(await StacksTests.Settled(js, (string)made["StackId"]!))["StackStatus"]!);
        Assert.Equal("DELETE_COMPLETE", (string)(await StacksTests.Settled(js, (string)inner["StackId"]!))["StackStatus"]!);
        Assert.Empty(await Groups(js));
    }

    [Fact]
    public async Task A_failure_inside_takes_the_whole_back()
    {
        await using var server = await StacksTests.Start();
        var js = await WithTemplates(server);
        await js.Call("cloudwatch-logs", "CreateLogGroup", new { logGroupName = "inner" });
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = Parent });
        Assert.Equal("ROLLBACK_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
        var events = (await js.Call("cloudformation", "DescribeStackEvents", new { StackName = "s" }))["StackEvents"]!.AsArray();
        Assert.Contains(events, one => (string)one!["ResourceStatus"]! == "CREATE_FAILED"
            && ((string)one["ResourceStatusReason"]!) is var why && why.StartsWith("Embedded stack arn:aws:cloudformation:eu-west-2:123456789012:stack/s-Inner-", StringComparison.Ordinal)
            && why.Contains(" was not successfully created: The following resource(s) failed to create: [Group].", StringComparison.Ordinal));
        Assert.Equal(["inner"], await Groups(js)); // the one that was there before
        Assert.All((await js.Call("cloudformation", "ListStacks"))["StackSummaries"]!.AsArray(), one => Assert.Contains((string)one!["StackStatus"]!, (string[])["ROLLBACK_COMPLETE", "DELETE_COMPLETE"]));
    }

    private static async Task<AwsJs> WithTemplates(GalleyServer server)
    {
        var js = new AwsJs(server);
        await js.Call("s3", "CreateBucket", new { Bucket = "templates", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        await js.Call("s3", "PutObject", new JsonObject { ["Bucket"] = "templates", ["Key"] = "child.yaml", ["Body"] = AwsJs.Bytes(Encoding.UTF8.GetBytes(Child)) });
        return js;
    }

    private static async Task<IEnumerable<string>> Groups(AwsJs js)
        => (await js.Call("cloudwatch-logs", "DescribeLogGroups"))["logGroups"]!.AsArray().Select(group => (string)group!["logGroupName"]!).Order(StringComparer.Ordinal);
}
