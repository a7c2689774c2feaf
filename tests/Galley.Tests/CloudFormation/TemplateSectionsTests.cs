using System.Text.Json.Nodes;

namespace Galley.Tests.CloudFormation;

/// <summary>Rules, loops, parameters out of Parameter Store, dynamic references, and the role that CloudFormation takes.</summary>
public class TemplateSectionsTests
{
    [Fact]
    public async Task A_rule_that_does_not_hold_refuses_the_stack_before_anything_is_made()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        const string template = """
            Parameters: {Stage: {Type: String, Default: dev}, Days: {Type: Number, Default: 400}}
            Rules:
              Short:
                RuleCondition: !Equals [!Ref Stage, dev]
                Assertions: [{Assert: {'Fn::Contains': [['7', '30'], !Ref Days]}, AssertDescription: 'dev keeps 7 or 30 days'}]
            Resources: {A: {Type: 'AWS::Logs::LogGroup', Properties: {RetentionInDays: !Ref Days}}}
            """;
        Assert.Equal("Template error: Rule Short failed: dev keeps 7 or 30 days", (await js.Fails("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = template })).Text);
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = template, Parameters = new[] { new { ParameterKey = "Stage", ParameterValue = "prod" } } });
        Assert.Equal("CREATE_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
        await js.Call("cloudformation", "CreateStack", new { StackName = "t", TemplateBody = template, Parameters = new[] { new { ParameterKey = "Days", ParameterValue = "30" } } });
        Assert.Equal("CREATE_COMPLETE", (string)(await StacksTests.Settled(js, "t"))["StackStatus"]!);
    }

    [Fact]
    public async Task Loops_are_written_out_in_resources_and_outputs()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        const string template = """
            Transform: AWS::LanguageExtensions
            Parameters: {Names: {Type: CommaDelimitedList, Default: 'a.x,b'}, Keep: {Type: String, Default: Delete}}
            Resources:
              Fn::ForEach::Groups:
                - Name
                - !Ref Names
                - Group&{Name}:
                    Type: AWS::Logs::LogGroup
                    DeletionPolicy: !Ref Keep
                    Properties: {LogGroupName: !Sub 'g-${Name}-${AWS::Region}', Tags: [{Key: length, Value: {'Fn::Length': [1, 2, 3]}}]}
            Outputs:
              Fn::ForEach::Out:
                - Name
                - [ax, b]
                - Arn${Name}: {Value: !GetAtt ['Group${Name}', Arn]}
            """;
        Assert.Equal(["CAPABILITY_AUTO_EXPAND"], (await js.Call("cloudformation", "ValidateTemplate", new { TemplateBody = template }))["Capabilities"]!.AsArray().Select(one => (string)one!));
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = template, Capabilities = new[] { "CAPABILITY_AUTO_EXPAND" } });
        var stack = await StacksTests.Settled(js, "s");
        Assert.Equal("CREATE_COMPLETE", (string)stack["StackStatus"]!);
        Assert.EndsWith("log-group:g-a.x-eu-west-2:*", CustomResourceTests.Output(stack, "Arnax"), StringComparison.Ordinal);
        Assert.EndsWith("log-group:g-b-eu-west-2:*", CustomResourceTests.Output(stack, "Arnb"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parameters_and_references_are_read_from_Parameter_Store()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        await js.Call("ssm", "PutParameter", new { Name = "/app/name", Type = "String", Value = "stored-name" });
        await js.Call("ssm", "PutParameter", new { Name = "/app/days", Type = "String", Value = "30" });
        await js.Call("ssm", "PutParameter", new { Name = "/app/secret", Type = "SecureString", Value = "hush" });
        const string template = """
            Parameters: {Name: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /app/name}}
            Resources:
              A: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: !Ref Name, RetentionInDays: '{{resolve:ssm:/app/days:1}}'}}
              P: {Type: 'AWS::SSM::Parameter', Properties: {Name: /made/here, Type: String, Value: !Ref A}}
            """;
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = template });
        var stack = await StacksTests.Settled(js, "s");
        Assert.Equal("CREATE_COMPLETE", (string)stack["StackStatus"]!);
        Assert.Equal(("/app/name", "stored-name"), ((string)stack["Parameters"]![0]!["ParameterValue"]!, (string)stack["Parameters"]![0]!["ResolvedValue"]!));
        Assert.Equal(30, (int)Assert.Single((await js.Call("cloudwatch-logs", "DescribeLogGroups"))["logGroups"]!.AsArray())!["retentionInDays"]!);
        Assert.Equal("stored-name", (string)(await js.Call("ssm", "GetParameter", new { Name = "/made/here" }))["Parameter"]!["Value"]!);
        Assert.StartsWith("Unable to fetch parameters [/app/secret]", (await js.Fails("cloudformation", "CreateStack", new { StackName = "t", TemplateBody = template, Parameters = new[] { new { ParameterKey = "Name", ParameterValue = "/app/secret" } } })).Text, StringComparison.Ordinal);
        Assert.Equal("Template error: Galley does not support dynamic references such as {{resolve:secretsmanager:x}}.",
            (await js.Fails("cloudformation", "CreateStack", new { StackName = "t", TemplateBody = "Resources: {A: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: '{{resolve:secretsmanager:x}}'}}}" })).Text);
    }

    [Fact]
    public async Task A_parameters_tags_follow_the_template()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        const string template = "Resources: {P: {Type: 'AWS::SSM::Parameter', Properties: {Name: p, Type: String, Value: v, Tags: {stage: WHICH}}}}";
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = template.Replace("WHICH", "one", StringComparison.Ordinal) });
        await StacksTests.Settled(js, "s");
        await js.Call("cloudformation", "UpdateStack", new { StackName = "s", TemplateBody = template.Replace("WHICH", "two", StringComparison.Ordinal) });
        Assert.Equal("UPDATE_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
        var tag = Assert.Single((await js.Call("ssm", "ListTagsForResource", new { ResourceType = "Parameter", ResourceId = "p" }))["TagList"]!.AsArray())!;
        Assert.Equal(("stage", "two"), ((string)tag["Key"]!, (string)tag["Value"]!));
    }

    [Fact]
    public async Task The_given_role_makes_the_resources_and_must_be_allowed_to()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        const string template = "Resources: {A: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: by-role}}}";
        await js.Call("iam", "CreateRole", new { RoleName = "maker", AssumeRolePolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudformation.amazonaws.com"},"Action":"sts:AssumeRole"}]}""" });
        const string role = "arn:aws:iam::123456789012:role/maker";
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = template, RoleARN = role });
        Assert.Equal("ROLLBACK_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
        await js.Call("iam", "PutRolePolicy", new { RoleName = "maker", PolicyName = "p", PolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}""" });
        await js.Call("cloudformation", "CreateStack", new { StackName = "t", TemplateBody = template, RoleARN = role });
        var stack = await StacksTests.Settled(js, "t");
        Assert.Equal(("CREATE_COMPLETE", role), ((string)stack["StackStatus"]!, (string)stack["RoleARN"]!));

        await js.Call("iam", "CreateUser", new { UserName = "u" });
        await js.Call("iam", "PutUserPolicy", new { UserName = "u", PolicyName = "p", PolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cloudformation:*","Resource":"*"}]}""" });
        var key = (await js.Call("iam", "CreateAccessKey", new { UserName = "u" }))["AccessKey"]!;
        var user = new AwsJs(server, (string)key["AccessKeyId"]!, (string)key["SecretAccessKey"]!);
        var refused = await user.Fails("cloudformation", "CreateStack", new { StackName = "v", TemplateBody = template, RoleARN = role });
        Assert.Equal(("AccessDenied", 403), (refused.Code, refused.Status));
        // Who may change the stack need not be able to pass the role that it has.
        await user.Call("cloudformation", "DeleteStack", new { StackName = "t" });
        Assert.Equal("DELETE_COMPLETE", (string)(await StacksTests.Settled(js, (string)stack["StackId"]!))["StackStatus"]!);
    }
}
