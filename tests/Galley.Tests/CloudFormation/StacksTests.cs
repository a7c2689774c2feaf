using System.Text.Json.Nodes;

namespace Galley.Tests.CloudFormation;

public class StacksTests
{
    private const string Two = """
        Parameters: {Days: {Type: Number, Default: 7}}
        Resources:
          First: {Type: 'AWS::Logs::LogGroup', Properties: {RetentionInDays: !Ref Days}}
          Second: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: !Sub '${First}-two'}}
        Outputs:
          Name: {Value: !Ref Second, Export: {Name: shared-name}}
          Arn: {Value: !GetAtt First.Arn, Description: where}
        """;

    [Fact]
    public async Task CreateStack_makes_resources_in_order_and_tells_outputs_and_events()
    {
        await using var server = await Start();
        var js = new AwsJs(server);
        var id = (string)(await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = Two, Tags = new[] { new { Key = "a", Value = "b" } } }))["StackId"]!;
        Assert.Matches("^arn:aws:cloudformation:eu-west-2:123456789012:stack/s/[0-9a-f-]{36}$", id);
        var stack = await Settled(js, "s");
        Assert.Equal("CREATE_COMPLETE", (string)stack["StackStatus"]!);
        Assert.Equal("7", (string)stack["Parameters"]![0]!["ParameterValue"]!);
        Assert.Matches("^s-First-[0-9A-Z]{12}-two$", (string)stack["Outputs"]![0]!["OutputValue"]!);
        var events = (await js.Call("cloudformation", "DescribeStackEvents", new { StackName = "s" }))["StackEvents"]!.AsArray()
            .Select(one => $"{(string)one!["LogicalResourceId"]!} {(string)one["ResourceStatus"]!} {(string?)one["ResourceStatusReason"]}".Trim()).Reverse();
        Assert.Equal(
        [
            "s CREATE_IN_PROGRESS User Initiated", "First CREATE_IN_PROGRESS", "First CREATE_IN_PROGRESS Resource creation Initiated", "First CREATE_COMPLETE",
            "Second CREATE_IN_PROGRESS", "Second CREATE_IN_PROGRESS Resource creation Initiated", "Second CREATE_COMPLETE", "s CREATE_COMPLETE",
        ], events);
        Assert.Equal(2, (await js.Call("cloudwatch-logs", "DescribeLogGroups"))["logGroups"]!.AsArray().Count);
        Assert.Equal("shared-name", (string)(await js.Call("cloudformation", "ListExports"))["Exports"]![0]!["Name"]!);
        Assert.Equal(Two, (string)(await js.Call("cloudformation", "GetTemplate", new { StackName = "s" }))["TemplateBody"]!);
    }

    [Fact]
    public async Task A_failure_takes_everything_back()
    {
        await using var server = await Start();
        var js = new AwsJs(server);
        await js.Call("cloudformation", "CreateStack", new
        {
            StackName = "s",
            TemplateBody = "Resources: {A: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: same}}, B: {Type: 'AWS::Logs::LogGroup', DependsOn: A, Properties: {LogGroupName: same}}}",
        });
        Assert.Equal("ROLLBACK_COMPLETE", (string)(await Settled(js, "s"))["StackStatus"]!);
        var events = (await js.Call("cloudformation", "DescribeStackEvents", new { StackName = "s" }))["StackEvents"]!.AsArray();
        Assert.Contains(events, one => (string?)one!["ResourceStatusReason"] == "The following resource(s) failed to create: [B]. Rollback requested by user.");
        Assert.Contains(events, one => (string)one!["ResourceStatus"]! == "CREATE_FAILED" && ((string)one["ResourceStatusReason"]!).Contains("HandlerErrorCode: AlreadyExists", StringComparison.Ordinal));
        Assert.Empty((await js.Call("cloudwatch-logs", "DescribeLogGroups"))["logGroups"]!.AsArray());
        var busy = await js.Fails("cloudformation", "UpdateStack", new { StackName = "s", TemplateBody = Two });
        Assert.EndsWith("is in ROLLBACK_COMPLETE state and can not be updated.", busy.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UpdateStack_changes_in_place_replaces_and_removes()
    {
        await using var server = await Start();
        var js = new AwsJs(server);
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = Two });
        var before = await Settled(js, "s");
        var nothing = await js.Fails("cloudformation", "UpdateStack", new { StackName = "s", TemplateBody = Two });
        Assert.Equal(("ValidationError", "No updates are to be performed."), (nothing.Code, nothing.Text));

        await js.Call("cloudformation", "UpdateStack", new { StackName = "s", UsePreviousTemplate = true, Parameters = new[] { new { ParameterKey = "Days", ParameterValue = "30" } } });
        var after = await Settled(js, "s");
        Assert.Equal("UPDATE_COMPLETE", (string)after["StackStatus"]!);
        Assert.Equal((string)before["Outputs"]![0]!["OutputValue"]!, (string)after["Outputs"]![0]!["OutputValue"]!);
        Assert.Contains((await js.Call("cloudwatch-logs", "DescribeLogGroups"))["logGroups"]!.AsArray(), group => (int?)group!["retentionInDays"] == 30);

        await js.Call("cloudformation", "UpdateStack", new { StackName = "s", TemplateBody = "Resources: {Second: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: other}}}" });
        Assert.Equal("UPDATE_COMPLETE", (string)(await Settled(js, "s"))["StackStatus"]!);
        Assert.Equal("other", (string)Assert.Single((await js.Call("cloudwatch-logs", "DescribeLogGroups"))["logGroups"]!.AsArray())!["logGroupName"]!);
    }

    [Fact]
    public async Task DeleteStack_keeps_what_is_retained_and_says_so()
    {
        await using var server = await Start();
        var js = new AwsJs(server);
        var id = (string)(await js.Call("cloudformation", "CreateStack", new
        {
            StackName = "s",
            EnableTerminationProtection = true,
            TemplateBody = "Resources: {Kept: {Type: 'AWS::Logs::LogGroup', DeletionPolicy: Retain, Properties: {LogGroupName: kept}}, Gone: {Type: 'AWS::Logs::LogGroup'}}",
        }))["StackId"]!;
        await Settled(js, "s");
        Assert.Equal("Stack [s] cannot be deleted while TerminationProtection is enabled", (await js.Fails("cloudformation", "DeleteStack", new { StackName = "s" })).Text);
        await js.Call("cloudformation", "UpdateTerminationProtection", new { StackName = "s", EnableTerminationProtection = false });
        await js.Call("cloudformation", "DeleteStack", new { StackName = "s" });
        Assert.Equal("DELETE_COMPLETE", (string)(await Settled(js, id))["StackStatus"]!);
        Assert.Equal("Stack with id s does not exist", (await js.Fails("cloudformation", "DescribeStacks", new { StackName = "s" })).Text);
        Assert.Equal("Stack [s] does not exist", (await js.Fails("cloudformation", "DescribeStackEvents", new { StackName = "s" })).Text);
        Assert.Equal("kept", (string)Assert.Single((await js.Call("cloudwatch-logs", "DescribeLogGroups"))["logGroups"]!.AsArray())!["logGroupName"]!);
        await js.Call("cloudformation", "DeleteStack", new { StackName = "never-was" });
    }

    [Fact]
    public async Task An_export_in_use_stays()
    {
        await using var server = await Start();
        var js = new AwsJs(server);
        await js.Call("cloudformation", "CreateStack", new { StackName = "giver", TemplateBody = Two });
        await Settled(js, "giver");
        await js.Call("cloudformation", "CreateStack", new { StackName = "taker", TemplateBody = "Resources: {A: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: !Sub ['${n}-taken', {n: !ImportValue shared-name}]}}}" });
        Assert.Equal("CREATE_COMPLETE", (string)(await Settled(js, "taker"))["StackStatus"]!);
        Assert.Equal("taker", (string)(await js.Call("cloudformation", "ListImports", new { ExportName = "shared-name" }))["Imports"]![0]!);
        await js.Call("cloudformation", "DeleteStack", new { StackName = "giver" });
        var stack = await Settled(js, "giver");
        Assert.Equal(("DELETE_FAILED", "Export shared-name cannot be deleted as it is in use by taker"), ((string)stack["StackStatus"]!, (string)stack["StackStatusReason"]!));
    }

    [Fact]
    public async Task Rows_137_to_139_what_cannot_be_deployed_is_refused_with_the_text_of_AWS()
    {
        await using var server = await Start();
        var js = new AwsJs(server);
        async Task Refused(string code, string text, object input)
        {
            var error = await js.Fails("cloudformation", "CreateStack", input);
            Assert.Equal((code, text, 400), (error.Code, error.Text, error.Status));
        }

        await Refused("ValidationError", "Either Template URL or Template Body must be specified.", new { StackName = "s" });
        await Refused("ValidationError", "Template format error: Unrecognized resource types: [AWS::EC2::Instance]", new { StackName = "s", TemplateBody = "Resources: {A: {Type: 'AWS::EC2::Instance'}}" });
        await Refused("ValidationError", "Parameters: [P] must have values", new { StackName = "s", TemplateBody = "Parameters: {P: {Type: String}}\nResources: {A: {Type: 'AWS::Logs::LogGroup'}}" });
        await Refused("ValidationError", "TemplateURL must be a supported URL.", new { StackName = "s", TemplateURL = "file:///etc/passwd" });
        await Refused("ValidationError", "S3 error: Domain name specified in 169.254.169.254 is not a valid S3 domain", new { StackName = "s", TemplateURL = "http://169.254.169.254/latest/meta-data" });
        await Refused("ValidationError", "S3 error: Domain name specified in evil.example is not a valid S3 domain", new { StackName = "s", TemplateURL = "https://evil.example/bucket/t.yaml" });
        using (var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0))
        {
            listener.Start();
            var foreign = $"127.0.0.1:{((System.Net.IPEndPoint)listener.LocalEndpoint).Port}";
            Assert.Equal("ValidationError", (await js.Fails("cloudformation", "CreateStack", new { StackName = "s", TemplateURL = $"http://{foreign}/t.yaml" })).Code);
            Assert.Equal("ValidationError", (await js.Fails("cloudformation", "ValidateTemplate", new { TemplateURL = $"http://{foreign}/t.yaml" })).Code);
            Assert.False(listener.Pending()); // nobody went there
        }

        await Refused("ValidationError", "Template format error: JSON not well-formed. (line 1, column 21)", new { StackName = "s", TemplateBody = "{\"Resources\": {\"A\": x}}" });
        await Refused("ValidationError", "Template format error: At least one Resources member must be defined.", new { StackName = "s", TemplateBody = "Resources: {}" });
        await Refused("ValidationError", "Template format error: Unresolved resource dependencies [InvalidRef] in the Resources block of the template", new { StackName = "s", TemplateBody = "Resources: {A: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: !Ref InvalidRef}}}" });
        await Refused("ValidationError", "Circular dependency between resources: [A, B]", new { StackName = "s", TemplateBody = "Resources: {A: {Type: 'AWS::Logs::LogGroup', DependsOn: B}, B: {Type: 'AWS::Logs::LogGroup', DependsOn: A}}" });
        await Refused("ValidationError", "Role arn:aws:iam::123456789012:role/deploying-role is invalid or cannot be assumed", new { StackName = "s", TemplateBody = Two, RoleARN = "arn:aws:iam::123456789012:role/deploying-role" });
        await Refused("ValidationError", "Galley does not support the parameter NotificationARNs.", new { StackName = "s", TemplateBody = Two, NotificationARNs = new[] { "arn:aws:sns:eu-west-2:123456789012:t" } });
        await Refused("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_AUTO_EXPAND]", new
        {
            StackName = "s",
            TemplateBody = "Transform: AWS::Serverless-2016-10-31\nResources: {A: {Type: 'AWS::Logs::LogGroup'}}",
        });
        var body = "#" + new string('x', 51_200);
        Assert.EndsWith("at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200", (await js.Fails("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = body })).Text, StringComparison.Ordinal);
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = Two });
        await Refused("AlreadyExistsException", "Stack [s] already exists", new { StackName = "s", TemplateBody = Two });
    }

    internal static Task<GalleyServer> Start() => GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });

    internal static async Task<JsonObject> Settled(AwsJs js, string name)
    {
        for (var i = 0; i < 50_000; i++)
        {
            var stack = (await js.Call("cloudformation", "DescribeStacks", new { StackName = name }))["Stacks"]![0]!.AsObject();
            if (!((string)stack["StackStatus"]!).EndsWith("_IN_PROGRESS", StringComparison.Ordinal)) return stack;
        }

        throw new TimeoutException("the stack did not settle");
    }
}
