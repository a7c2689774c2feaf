namespace Galley.Tests.CloudFormation;

public class ChangeSetsTests
{
    private const string One = "Resources: {A: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: one, RetentionInDays: 7}}}";

    [Fact]
    public async Task A_change_set_makes_a_stack_and_then_knows_what_would_change()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        // Empty lists as `aws cloudformation deploy` sends them.
        await js.Call("cloudformation", "CreateChangeSet", new { StackName = "s", ChangeSetName = "c1", ChangeSetType = "CREATE", TemplateBody = One, Parameters = Array.Empty<object>(), Tags = Array.Empty<object>(), Capabilities = Array.Empty<string>() });
        Assert.Equal("REVIEW_IN_PROGRESS", (string)(await js.Call("cloudformation", "DescribeStacks", new { StackName = "s" }))["Stacks"]![0]!["StackStatus"]!);
        var set = await js.Call("cloudformation", "DescribeChangeSet", new { StackName = "s", ChangeSetName = "c1" });
        Assert.Equal(("CREATE_COMPLETE", "AVAILABLE", "Add"), ((string)set["Status"]!, (string)set["ExecutionStatus"]!, (string)set["Changes"]![0]!["ResourceChange"]!["Action"]!));
        await js.Call("cloudformation", "ExecuteChangeSet", new { StackName = "s", ChangeSetName = "c1" });
        Assert.Equal("CREATE_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);

        await js.Call("cloudformation", "CreateChangeSet", new { StackName = "s", ChangeSetName = "c2", TemplateBody = One });
        var nothing = await js.Call("cloudformation", "DescribeChangeSet", new { StackName = "s", ChangeSetName = "c2" });
        Assert.Equal("FAILED", (string)nothing["Status"]!);
        Assert.Equal("The submitted information didn't contain changes. Submit different information to create a change set.", (string)nothing["StatusReason"]!);
        Assert.StartsWith("InvalidChangeSetStatus", (await js.Fails("cloudformation", "ExecuteChangeSet", new { StackName = "s", ChangeSetName = "c2" })).Code, StringComparison.Ordinal);

        await js.Call("cloudformation", "CreateChangeSet", new { StackName = "s", ChangeSetName = "c3", TemplateBody = One.Replace("one", "two", StringComparison.Ordinal) });
        var change = (await js.Call("cloudformation", "DescribeChangeSet", new { StackName = "s", ChangeSetName = "c3" }))["Changes"]![0]!["ResourceChange"]!;
        Assert.Equal(("Modify", "True", "LogGroupName"), ((string)change["Action"]!, (string)change["Replacement"]!, (string)change["Details"]![0]!["Target"]!["Name"]!));
        await js.Call("cloudformation", "DeleteChangeSet", new { StackName = "s", ChangeSetName = "c3" });
        var gone = await js.Fails("cloudformation", "DescribeChangeSet", new { StackName = "s", ChangeSetName = "c3" });
        Assert.Equal((404, "ChangeSet [c3] does not exist"), (gone.Status, gone.Text));
        Assert.Equal("Stack [s] already exists and cannot be created again with the changeSet [c4].",
            (await js.Fails("cloudformation", "CreateChangeSet", new { StackName = "s", ChangeSetName = "c4", ChangeSetType = "CREATE", TemplateBody = One })).Text);
        Assert.Equal("Stack [t] does not exist", (await js.Fails("cloudformation", "CreateChangeSet", new { StackName = "t", ChangeSetName = "c", TemplateBody = One })).Text);
    }

    [Fact]
    public async Task A_template_is_summed_up_and_checked()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        var body = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "samples", "cook-recipes", "template.yaml"));
        var summary = await js.Call("cloudformation", "GetTemplateSummary", new { TemplateBody = body });
        Assert.Equal(["DomainPrefix", "ViewerProtocolPolicy"], summary["Parameters"]!.AsArray().Select(parameter => (string)parameter!["ParameterKey"]!));
        Assert.Equal(["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"], summary["Capabilities"]!.AsArray().Select(capability => (string)capability!));
        Assert.Equal("Template format error: At least one Resources member must be defined.", (await js.Fails("cloudformation", "ValidateTemplate", new { TemplateBody = "Description: x" })).Text);
    }
}
