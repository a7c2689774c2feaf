using System.Text.Json.Nodes;

namespace Galley.Tests.CloudFormation;

/// <summary>Every way in which a deployment goes wrong, with real services: what AWS would say, and nothing half-made left.</summary>
public class FailurePathsTests
{
    private const string Trust = "{Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}";

    [Fact]
    public async Task What_is_refused_at_once_leaves_no_stack()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        foreach (var (template, code, text) in ((string, string, string)[])
                 [
                     ("a: 1\na: 2", "ValidationError", "Template format error: YAML not well-formed. (duplicate key a, line 2, column 1)"),
                     ("""{"Resources": {"A": }}""", "ValidationError", "Template format error: JSON not well-formed. (line 1, column 21)"),
                     ("Description: nothing", "ValidationError", "Template format error: At least one Resources member must be defined."),
                     ("Resources: {A: {Properties: {}}}", "ValidationError", "Template format error: [/Resources/A] Every Resources object must contain a Type member."),
                     ("Resources: {A: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: !Ref Nobody}}}", "ValidationError", "Template format error: Unresolved resource dependencies [Nobody] in the Resources block of the template"),
                     ("Resources: {A: {Type: 'AWS::Logs::LogGroup', DependsOn: B}, B: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: !Ref C}}, C: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: !Ref A}}}", "ValidationError", "Circular dependency between resources: [A, B, C]"),
                     ($"Resources: {{R: {{Type: 'AWS::IAM::Role', Properties: {{AssumeRolePolicyDocument: {Trust}}}}}}}", "InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]"),
                     ($"Resources: {{R: {{Type: 'AWS::IAM::Role', Properties: {{RoleName: r, AssumeRolePolicyDocument: {Trust}}}}}}}", "InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_NAMED_IAM]"),
                 ])
        {
            var error = await js.Fails("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = template });
            Assert.Equal((code, text, 400), (error.Code, error.Text, error.Status));
        }

        Assert.Empty((await js.Call("cloudformation", "ListStacks"))["StackSummaries"]!.AsArray());
        Assert.Empty((await js.Call("cloudwatch-logs", "DescribeLogGroups"))["logGroups"]!.AsArray());
    }

    [Fact]
    public async Task What_is_not_here_says_so()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        foreach (var (command, input) in ((string, object)[])
                 [
                     ("CreateStackSet", new { StackSetName = "s", TemplateBody = "{}" }), ("ListStackSets", new { }), ("DetectStackDrift", new { StackName = "s" }), ("DescribeStackResourceDrifts", new { StackName = "s" }),
                     ("RegisterType", new { TypeName = "A::B::C", SchemaHandlerPackage = "s3://b/k" }), ("ListTypes", new { }), ("ActivateType", new { TypeName = "A::B::C" }),
                 ])
        {
            var error = await js.Fails("cloudformation", command, input);
            Assert.Equal(("InvalidAction", 400), (error.Code, error.Status));
            Assert.Contains(command, error.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Properties_that_do_not_fit_are_told_by_their_names()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        var stack = 0;
        foreach (var (type, properties, reason) in ((string, string, string)[])
                 [
                     ("AWS::DynamoDB::Table", "{KeySchema: [{AttributeName: a, KeyType: HASH}], AttributeDefinitions: [{AttributeName: a, AttributeType: S}], Colour: red}", "Encountered unsupported property Colour for AWS::DynamoDB::Table"),
                     ("AWS::DynamoDB::Table", "{KeySchema: [{AttributeName: a, KeyType: [HASH]}], AttributeDefinitions: []}", "Properties validation failed for resource R with message:\n#/KeySchema/0/KeyType: the value is not of the type that AWS::DynamoDB::Table has here"),
                     ("AWS::Lambda::Function", "{Code: {ZipFile: x}, Handler: h, Runtime: nodejs20.x}", "Properties validation failed for resource R with message:\n#: required key [Role] not found"),
                     ("AWS::SQS::Queue", "{Colour: red}", "Encountered unsupported property Colour for AWS::SQS::Queue"),
                     ("AWS::Cognito::UserPool", "{Colour: red}", "Encountered unsupported property Colour for AWS::Cognito::UserPool"),
                     ("AWS::Cognito::IdentityPool", "{AllowUnauthenticatedIdentities: true, Colour: red}", "Encountered unsupported property Colour for AWS::Cognito::IdentityPool"),
                     ("AWS::ECR::Repository", "{Colour: red}", "Encountered unsupported property Colour for AWS::ECR::Repository"),
                     ("AWS::KMS::Key", "{KeyPolicy: {}, Colour: red}", "Encountered unsupported property Colour for AWS::KMS::Key"),
                     ("AWS::Logs::LogGroup", "{Tags: [{Key: a, Value: b, Shade: c}]}", "Encountered unsupported property Tags[0].Shade for AWS::Logs::LogGroup"),
                     ("AWS::SSM::Parameter", "{Type: String}", "Properties validation failed for resource R with message:\n#: required key [Value] not found"),
                 ])
        {
            var name = $"s{++stack}";
            await js.Call("cloudformation", "CreateStack", new { StackName = name, TemplateBody = $"Resources: {{R: {{Type: '{type}', Properties: {properties}}}}}" });
            Assert.Equal("ROLLBACK_COMPLETE", (string)(await StacksTests.Settled(js, name))["StackStatus"]!);
            var failed = (await js.Call("cloudformation", "DescribeStackEvents", new { StackName = name }))["StackEvents"]!.AsArray().First(one => (string)one!["ResourceStatus"]! == "CREATE_FAILED")!;
            Assert.StartsWith($"Resource handler returned message: \"{reason}\" (RequestToken: ", (string)failed["ResourceStatusReason"]!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_creation_of_several_steps_that_fails_leaves_nothing_under_the_names_it_was_given()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        await js.Call("cloudformation", "CreateStack", new
        {
            StackName = "s",
            Capabilities = new[] { "CAPABILITY_IAM" },
            TemplateBody = $$$$"""
                Resources:
                  Role: {Type: 'AWS::IAM::Role', Properties: {AssumeRolePolicyDocument: {{{{Trust}}}} } }
                  Function: {Type: 'AWS::Lambda::Function', Properties: {FunctionName: half-made, Runtime: python3.12, Handler: index.handler, Role: !GetAtt Role.Arn, ReservedConcurrentExecutions: 5000, Code: {ZipFile: "def handler(event, context): return 1"}}}
                  Group: {Type: 'AWS::Logs::LogGroup', DependsOn: Role, Properties: {LogGroupName: half-made, RetentionInDays: 8}}
                """,
        });
        Assert.Equal("ROLLBACK_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
        Assert.Empty((await js.Call("lambda", "ListFunctions"))["Functions"]!.AsArray());
        Assert.Empty((await js.Call("cloudwatch-logs", "DescribeLogGroups"))["logGroups"]!.AsArray());
    }

    [Fact]
    public async Task A_failed_creation_does_not_take_away_what_somebody_else_has_under_that_name()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        await js.Call("cloudwatch-logs", "CreateLogGroup", new { logGroupName = "somebodys" });
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = "Resources: {A: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: somebodys, RetentionInDays: 7}}}" });
        Assert.Equal("ROLLBACK_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
        Assert.Single((await js.Call("cloudwatch-logs", "DescribeLogGroups"))["logGroups"]!.AsArray());
    }

    [Fact]
    public async Task An_update_that_fails_goes_back_and_says_so_step_by_step()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = "Resources: {A: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: a, RetentionInDays: 7}}}" });
        await StacksTests.Settled(js, "s");
        await js.Call("cloudformation", "UpdateStack", new
        {
            StackName = "s",
            TemplateBody = """
                Resources:
                  A: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: a, RetentionInDays: 30}}
                  B: {Type: 'AWS::Logs::LogGroup', DependsOn: A, Properties: {LogGroupName: b}}
                  C: {Type: 'AWS::Logs::LogGroup', DependsOn: B, Properties: {LogGroupName: a}}
                """,
        });
        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
        var group = Assert.Single((await js.Call("cloudwatch-logs", "DescribeLogGroups"))["logGroups"]!.AsArray())!;
        Assert.Equal(("a", 7), ((string)group["logGroupName"]!, (int)group["retentionInDays"]!));
        var statuses = (await js.Call("cloudformation", "DescribeStackEvents", new { StackName = "s" }))["StackEvents"]!.AsArray().Reverse()
            .SkipWhile(one => (string)one!["ResourceStatus"]! != "UPDATE_IN_PROGRESS").Select(one => $"{(string)one!["LogicalResourceId"]!} {(string)one["ResourceStatus"]!}").ToList();
        Assert.Equal(
        [
            "s UPDATE_IN_PROGRESS", "A UPDATE_IN_PROGRESS", "A UPDATE_COMPLETE", "B CREATE_IN_PROGRESS", "B CREATE_IN_PROGRESS", "B CREATE_COMPLETE", "C CREATE_IN_PROGRESS", "C CREATE_FAILED",
            "s UPDATE_ROLLBACK_IN_PROGRESS", "A UPDATE_IN_PROGRESS", "A UPDATE_COMPLETE", "s UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        ], statuses.Where(one => !one.Contains("DELETE", StringComparison.Ordinal)).SkipLast(1));
        Assert.Contains("B DELETE_COMPLETE", statuses);
        Assert.Equal("s UPDATE_ROLLBACK_COMPLETE", statuses[^1]);
    }

    [Fact]
    public async Task A_bucket_that_is_not_empty_stays_and_the_deletion_says_why()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        var id = (string)(await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = "Resources: {Full: {Type: 'AWS::S3::Bucket', Properties: {BucketName: a-full-bucket}}, Group: {Type: 'AWS::Logs::LogGroup'}}" }))["StackId"]!;
        await StacksTests.Settled(js, "s");
        await js.Call("s3", "PutObject", new { Bucket = "a-full-bucket", Key = "k", Body = "x" });
        await js.Call("cloudformation", "DeleteStack", new { StackName = "s" });
        var stack = await StacksTests.Settled(js, "s");
        Assert.Equal(("DELETE_FAILED", "The following resource(s) failed to delete: [Full]. "), ((string)stack["StackStatus"]!, (string)stack["StackStatusReason"]!));
        var failed = (await js.Call("cloudformation", "DescribeStackEvents", new { StackName = "s" }))["StackEvents"]!.AsArray().First(one => (string)one!["LogicalResourceId"]! == "Full" && (string)one["ResourceStatus"]! == "DELETE_FAILED")!;
        Assert.Contains("The bucket you tried to delete is not empty", (string)failed["ResourceStatusReason"]!, StringComparison.Ordinal);
        Assert.Empty((await js.Call("cloudwatch-logs", "DescribeLogGroups"))["logGroups"]!.AsArray());

        // It goes once it is empty, or is left alone when that is asked for.
        await js.Call("cloudformation", "DeleteStack", new { StackName = "s", RetainResources = new[] { "Full" } });
        Assert.Equal("DELETE_COMPLETE", (string)(await StacksTests.Settled(js, id))["StackStatus"]!);
        Assert.Equal("a-full-bucket", (string)Assert.Single((await js.Call("s3", "ListBuckets"))["Buckets"]!.AsArray())!["Name"]!);
    }
}
