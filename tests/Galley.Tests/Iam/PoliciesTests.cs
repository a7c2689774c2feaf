namespace Galley.Tests.Iam;

public class PoliciesTests
{
    [Theory]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Effect":"Allow","Action":"s3:*","Resource":"*"}]}""", "This policy contains invalid Json")]
    [InlineData("not json", "This policy contains invalid Json")]
    [InlineData("""{"Version":"2012-10-17"}""", "Syntax errors in policy.")]
    [InlineData("""{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}""", "Policy document must be version 2012-10-17 or greater.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"GetObject","Resource":"*"}]}""", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"x"}]}""", "Resource x must be in ARN format or \"*\".")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}""", "Policy document should not specify a principal.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*"}]}""", "Policy statement must contain actions.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*"}]}""", "Policy statement must contain resources.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringSame":{"a":"b"}}}]}""", "Invalid Condition type : StringSame")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"allow","Action":"s3:*","Resource":"*"}]}""", "Syntax errors in policy.")]
    public async Task CreatePolicy_refuses_what_is_no_policy(string document, string text)
    {
        await using var server = await Start.Server();
        Start.Is(await new AwsJs(server).Fails("iam", "CreatePolicy", new { PolicyName = "p", PolicyDocument = document }), "MalformedPolicyDocumentException", 400, text);
    }

    [Fact]
    public async Task CreatePolicy_refuses_more_than_6144_letters()
    {
        await using var server = await Start.Server();
        var long_ = Start.Policy("Allow", "s3:*", "arn:aws:s3:::" + new string('a', 6100));
        Start.Is(await new AwsJs(server).Fails("iam", "CreatePolicy", new { PolicyName = "p", PolicyDocument = long_ }), "LimitExceededException", 409, "Cannot exceed quota for PolicySize: 6144");
    }

    [Fact]
    public async Task A_managed_policy_has_up_to_five_versions_of_which_one_is_in_force()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var arn = (string)(await root.Call("iam", "CreatePolicy", new { PolicyName = "p", PolicyDocument = Start.Policy("Allow", "s3:*", "*"), Path = "/a/" }))["Policy"]!["Arn"]!;
        Assert.Equal("arn:aws:iam::123456789012:policy/a/p", arn);
        for (var i = 2; i <= 5; i++) await root.Call("iam", "CreatePolicyVersion", new { PolicyArn = arn, PolicyDocument = Start.Policy("Allow", "s3:GetObject", "*"), SetAsDefault = i == 3 });
        Start.Is(await root.Fails("iam", "CreatePolicyVersion", new { PolicyArn = arn, PolicyDocument = Start.Policy("Allow", "s3:*", "*") }), "LimitExceededException", 409,
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.");
        Assert.Equal("v3", (string?)(await root.Call("iam", "GetPolicy", new { PolicyArn = arn }))["Policy"]!["DefaultVersionId"]);
        Start.Is(await root.Fails("iam", "DeletePolicyVersion", new { PolicyArn = arn, VersionId = "v3" }), "DeleteConflictException", 409, "Cannot delete the default version of a policy.");
        await root.Call("iam", "SetDefaultPolicyVersion", new { PolicyArn = arn, VersionId = "v1" });
        var version = (await root.Call("iam", "GetPolicyVersion", new { PolicyArn = arn, VersionId = "v1" }))["PolicyVersion"]!;
        Assert.Equal(Start.Policy("Allow", "s3:*", "*"), Uri.UnescapeDataString((string)version["Document"]!));
        foreach (var id in (string[])["v2", "v3", "v4", "v5"]) await root.Call("iam", "DeletePolicyVersion", new { PolicyArn = arn, VersionId = id });
        await root.Call("iam", "CreateUser", new { UserName = "u" });
        await root.Call("iam", "AttachUserPolicy", new { UserName = "u", PolicyArn = arn });
        Start.Is(await root.Fails("iam", "DeletePolicy", new { PolicyArn = arn }), "DeleteConflictException", 409, "Cannot delete a policy attached to entities.");
        Assert.Equal("u", (string?)(await root.Call("iam", "ListEntitiesForPolicy", new { PolicyArn = arn }))["PolicyUsers"]![0]!["UserName"]);
        await root.Call("iam", "DetachUserPolicy", new { UserName = "u", PolicyArn = arn });
        await root.Call("iam", "DeletePolicy", new { PolicyArn = arn });
        Start.Is(await root.Fails("iam", "GetPolicy", new { PolicyArn = arn }), "NoSuchEntityException", 404, $"Policy {arn} was not found.");
    }

    [Fact]
    public async Task Policies_of_AWS_are_there_under_their_arns()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var policy = (await root.Call("iam", "GetPolicy", new { PolicyArn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole" }))["Policy"]!;
        Assert.Equal("/service-role/", (string?)policy["Path"]);
        Assert.Contains("logs:PutLogEvents", Uri.UnescapeDataString((string)(await root.Call("iam", "GetPolicyVersion", new { PolicyArn = (string)policy["Arn"]!, VersionId = "v1" }))["PolicyVersion"]!["Document"]!), StringComparison.Ordinal);
        Assert.Contains((await root.Call("iam", "ListPolicies", new { Scope = "AWS" }))["Policies"]!.AsArray(), node => (string?)node!["PolicyName"] == "AdministratorAccess");
    }
}
