namespace Galley.Tests.CloudFormation;

/// <summary>Change sets with ImportExistingResources: what is there under the name that the template spells out becomes the stack's, as it is.</summary>
public class ImportsTests
{
    private const string Two = """
        Resources:
          Group: {Type: 'AWS::Logs::LogGroup', DeletionPolicy: Retain, Properties: {LogGroupName: old, RetentionInDays: 7}}
          Table: {Type: 'AWS::DynamoDB::Table', DeletionPolicy: RetainExceptOnCreate, Properties: {TableName: old, BillingMode: PAY_PER_REQUEST, AttributeDefinitions: [{AttributeName: id, AttributeType: S}], KeySchema: [{AttributeName: id, KeyType: HASH}]}}
          New: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: new}}
        Outputs:
          Arn: {Value: !GetAtt Table.Arn}
        """;

    [Fact]
    public async Task What_is_there_becomes_the_stacks_with_what_is_in_it()
    {
        await using var server = await StacksTests.Start();
        var js = await WithOld(server);
        await js.Call("cloudformation", "CreateChangeSet", new { StackName = "s", ChangeSetName = "c", ChangeSetType = "CREATE", TemplateBody = Two, ImportExistingResources = true });
        var set = await js.Call("cloudformation", "DescribeChangeSet", new { StackName = "s", ChangeSetName = "c" });
        Assert.Equal(("CREATE_COMPLETE", true), ((string)set["Status"]!, (bool)set["ImportExistingResources"]!));
        Assert.Equal(["Group Import old", "New Add ", "Table Import old"], set["Changes"]!.AsArray().Select(one => one!["ResourceChange"]!).Select(one => $"{one["LogicalResourceId"]} {one["Action"]} {one["PhysicalResourceId"]}").Order(StringComparer.Ordinal));
        await js.Call("cloudformation", "ExecuteChangeSet", new { StackName = "s", ChangeSetName = "c" });
        var stack = await StacksTests.Settled(js, "s");
        Assert.Equal("CREATE_COMPLETE", (string)stack["StackStatus"]!);
        Assert.EndsWith(":table/old", CustomResourceTests.Output(stack, "Arn"), StringComparison.Ordinal);
        Assert.Equal("one", (string)(await js.Call("dynamodb", "GetItem", new { TableName = "old", Key = new { id = new { S = "one" } } }))["Item"]!["id"]!["S"]!);
        var events = (await js.Call("cloudformation", "DescribeStackEvents", new { StackName = "s" }))["StackEvents"]!.AsArray().Select(one => $"{one!["LogicalResourceId"]} {one["ResourceStatus"]} {one["ResourceStatusReason"]}").ToList();
        Assert.Contains("Table IMPORT_IN_PROGRESS Resource import started.", events);
        Assert.Contains("Table IMPORT_COMPLETE Resource import completed.", events);

        // From here on it is one of the stack's: changed with it, nobody else's to import, and left when the stack goes.
        await js.Call("cloudformation", "UpdateStack", new { StackName = "s", TemplateBody = Two.Replace("RetentionInDays: 7", "RetentionInDays: 30", StringComparison.Ordinal) });
        Assert.Equal("UPDATE_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
        Assert.Equal(30, (int)(await js.Call("cloudwatch-logs", "DescribeLogGroups", new { logGroupNamePrefix = "old" }))["logGroups"]![0]!["retentionInDays"]!);
        await js.Call("cloudformation", "CreateChangeSet", new { StackName = "t", ChangeSetName = "c", ChangeSetType = "CREATE", TemplateBody = Two, ImportExistingResources = true });
        Assert.All((await js.Call("cloudformation", "DescribeChangeSet", new { StackName = "t", ChangeSetName = "c" }))["Changes"]!.AsArray(), one => Assert.Equal("Add", (string)one!["ResourceChange"]!["Action"]!));
        await js.Call("cloudformation", "DeleteStack", new { StackName = "s" });
        await StacksTests.Settled(js, (string)stack["StackId"]!);
        await HasOld(js);
    }

    [Fact]
    public async Task What_would_go_with_the_stack_is_not_taken_in()
    {
        await using var server = await StacksTests.Start();
        var js = await WithOld(server);
        await js.Call("cloudformation", "CreateChangeSet", new { StackName = "s", ChangeSetName = "c", ChangeSetType = "CREATE", TemplateBody = Two.Replace("DeletionPolicy: Retain,", "", StringComparison.Ordinal), ImportExistingResources = true });
        var set = await js.Call("cloudformation", "DescribeChangeSet", new { StackName = "s", ChangeSetName = "c" });
        Assert.Equal(("FAILED", "UNAVAILABLE"), ((string)set["Status"]!, (string)set["ExecutionStatus"]!));
        Assert.EndsWith("in the template for successful import. The affected resources are Group ({LogGroupName=old})", (string)set["StatusReason"]!, StringComparison.Ordinal);
    }

    /// <summary>RetainExceptOnCreate, and RetainExceptOnCreate as an option, delete what an operation made; this it did not make.</summary>
    [Fact]
    public async Task An_import_that_is_rolled_back_leaves_everything_as_it_was()
    {
        await using var server = await StacksTests.Start();
        var js = await WithOld(server);
        await js.Call("cloudwatch-logs", "CreateLogGroup", new { logGroupName = "new" });
        var failing = Two.Replace("LogGroupName: new", "LogGroupName: !Join ['', [new]]", StringComparison.Ordinal);
        await js.Call("cloudformation", "CreateChangeSet", new { StackName = "s", ChangeSetName = "c", ChangeSetType = "CREATE", TemplateBody = failing, ImportExistingResources = true });
        await js.Call("cloudformation", "ExecuteChangeSet", new { StackName = "s", ChangeSetName = "c", RetainExceptOnCreate = true });
        Assert.Equal("ROLLBACK_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
        await HasOld(js);

        await js.Call("cloudformation", "CreateStack", new { StackName = "t", TemplateBody = "Resources: {A: {Type: 'AWS::Logs::LogGroup'}}" });
        await StacksTests.Settled(js, "t");
        await js.Call("cloudformation", "CreateChangeSet", new { StackName = "t", ChangeSetName = "c", TemplateBody = failing, ImportExistingResources = true });
        await js.Call("cloudformation", "ExecuteChangeSet", new { StackName = "t", ChangeSetName = "c", RetainExceptOnCreate = true });
        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", (string)(await StacksTests.Settled(js, "t"))["StackStatus"]!);
        await HasOld(js);
    }

    private static async Task<AwsJs> WithOld(GalleyServer server)
    {
        var js = new AwsJs(server);
        await js.Call("cloudwatch-logs", "CreateLogGroup", new { logGroupName = "old" });
        await js.Call("dynamodb", "CreateTable", new { TableName = "old", BillingMode = "PAY_PER_REQUEST", AttributeDefinitions = new[] { new { AttributeName = "id", AttributeType = "S" } }, KeySchema = new[] { new { AttributeName = "id", KeyType = "HASH" } } });
        await js.Call("dynamodb", "PutItem", new { TableName = "old", Item = new { id = new { S = "one" } } });
        return js;
    }

    private static async Task HasOld(AwsJs js)
    {
        Assert.Single((await js.Call("cloudwatch-logs", "DescribeLogGroups", new { logGroupNamePrefix = "old" }))["logGroups"]!.AsArray());
        Assert.Equal(1, (int)(await js.Call("dynamodb", "Scan", new { TableName = "old" }))["Count"]!);
    }
}
