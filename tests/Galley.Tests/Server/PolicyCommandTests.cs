using System.Net;
using System.Text.RegularExpressions;

namespace Galley.Tests.Server;

/// <summary>`galley start --iam audit`, `galley policy suggest` and `galley audit` of what runs, as a user types them.</summary>
public partial class PolicyCommandTests
{
    [Fact]
    public async Task Audit_mode_lets_through_and_says_so_and_the_least_policy_is_written_from_what_was_called()
    {
        using var place = new Workplace();
        await using var program = await place.Start("--iam", "audit");
        using var aws = await program.Client();
        await Ok(aws.Query("iam", "Action=CreateUser&Version=2010-05-08&UserName=u"));
        var keys = await Ok(aws.Query("iam", "Action=CreateAccessKey&Version=2010-05-08&UserName=u"));
        using var user = await program.Client(KeyId().Match(keys).Groups[1].Value, Secret().Match(keys).Groups[1].Value);
        await Ok(user.TryJson("dynamodb", "DynamoDB_20120810.ListTables", new { }));
        await program.Says("audit: would refuse dynamodb:ListTables on * to arn:aws:iam::000000000000:user/u");

        var policy = await place.Galley("policy", "suggest", "arn:aws:iam::000000000000:user/u", "--port", program.PortText);
        Assert.Equal(0, policy.Code);
        Assert.Contains("dynamodb:ListTables", policy.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("dynamodb:*", policy.Out, StringComparison.Ordinal);
        // and of a role, by its name
        await Ok(aws.Query("iam", "Action=CreateRole&Version=2010-05-08&RoleName=r&AssumeRolePolicyDocument=" + Uri.EscapeDataString("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole"}]}""")));
        Assert.Equal(1, (await place.Galley("policy", "suggest", "r", "--port", program.PortText)).Code); // it has called nothing yet
        var session = await Ok(aws.Query("sts", "Action=AssumeRole&Version=2011-06-15&RoleSessionName=session&RoleArn=" + Uri.EscapeDataString("arn:aws:iam::000000000000:role/r")));
        using var role = await program.Client(KeyId().Match(session).Groups[1].Value, Secret().Match(session).Groups[1].Value);
        await Ok(role.Send("logs", HttpMethod.Post, "/", "{}"u8.ToArray(), ("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", "Logs_20140328.DescribeLogGroups"), ("X-Amz-Security-Token", Token().Match(session).Groups[1].Value)));
        var ofRole = await place.Galley("policy", "suggest", "r", "--port", program.PortText);
        Assert.Equal(0, ofRole.Code);
        Assert.Contains("logs:DescribeLogGroups", ofRole.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("dynamodb", ofRole.Out, StringComparison.Ordinal);

        var unknown = await place.Galley("policy", "suggest", "never", "--port", program.PortText);
        Assert.Equal(1, unknown.Code);
        Assert.StartsWith("galley: ", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_stacks_that_run_are_audited_too()
    {
        using var place = new Workplace();
        await using var program = await place.Start();
        using var aws = await program.Client();
        const string template = "Resources: {Site: {Type: 'AWS::S3::Bucket'}, Open: {Type: 'AWS::S3::BucketPolicy', Properties: {Bucket: !Ref Site, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: '*', Action: 's3:GetObject', Resource: !Sub '${Site.Arn}/*'}]}}}}";
        await Ok(aws.Query("cloudformation", $"Action=CreateStack&Version=2010-05-15&StackName=open&TemplateBody={Uri.EscapeDataString(template)}"));
        await Ok(aws.Query("cloudformation", $"Action=CreateChangeSet&Version=2010-05-15&StackName=reviewed&ChangeSetName=c&ChangeSetType=CREATE&TemplateBody={Uri.EscapeDataString(template)}"));
        var said = await place.Galley("audit", "--port", program.PortText);
        Assert.Equal(1, said.Code);
        Assert.Contains("open/Open", said.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("reviewed/", said.Out, StringComparison.Ordinal);
    }

    private static async Task<string> Ok(Task<(HttpStatusCode Status, string Body)> call)
    {
        var (status, body) = await call;
        Assert.True(status == HttpStatusCode.OK, body);
        return body;
    }

    [GeneratedRegex("<AccessKeyId>([^<]+)<")]
    private static partial Regex KeyId();

    [GeneratedRegex("<SessionToken>([^<]+)<")]
    private static partial Regex Token();

    [GeneratedRegex("<SecretAccessKey>([^<]+)<")]
    private static partial Regex Secret();
}
