using System.Diagnostics;
using Galley.Iam.Evaluate;
using Galley.Wire;

namespace Galley.Tests.Iam;

/// <summary>The negative tests of policies, rows 72 to 80, by their numbers; row 76 stands in SessionsTests.</summary>
public class PolicyRowsTests
{
    [Fact]
    public async Task Row_72_the_same_member_twice()
    {
        await using var server = await Start.Server();
        Start.Is(await Put(server, """{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Effect":"Allow","Action":"s3:*","Resource":"*"}]}"""), "MalformedPolicyDocumentException", 400, "This policy contains invalid Json");
        Start.Is(await Put(server, """{"Version":"2012-10-17","Statement":[],"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"""), "MalformedPolicyDocumentException", 400, "This policy contains invalid Json");
    }

    [Fact]
    public async Task Row_73_no_JSON_and_no_statement()
    {
        await using var server = await Start.Server();
        Start.Is(await Put(server, "not json"), "MalformedPolicyDocumentException", 400, "This policy contains invalid Json");
        Start.Is(await Put(server, """{"Version":"2012-10-17"}"""), "MalformedPolicyDocumentException", 400, "Syntax errors in policy.");
        var root = new AwsJs(server);
        await root.Call("s3", "CreateBucket", new { Bucket = "row-seventy-three", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        Start.Is(await root.Fails("s3", "PutBucketPolicy", new { Bucket = "row-seventy-three", Policy = "not json" }), "MalformedPolicy", 400, "Policies must be valid JSON and the first byte must be '{'");
        Start.Is(await root.Fails("s3", "PutBucketPolicy", new { Bucket = "row-seventy-three", Policy = """{"Version":"2012-10-17"}""" }), "MalformedPolicy", 400, "Missing required field Statement");
    }

    [Theory]
    [InlineData("""{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}""", "Policy document must be version 2012-10-17 or greater.")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}""", "Policy document must be version 2012-10-17 or greater.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"GetObject","Resource":"*"}]}""", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:a:b","Resource":"*"}]}""", "Actions/Condition can contain only one colon.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s 3:Get","Resource":"*"}]}""", "Vendor s 3 is not valid")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"s*:Get","Resource":"*"}]}""", "Vendor s* is not valid")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"b/*"}]}""", "Resource b/* must be in ARN format or \"*\".")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:error:s3::example:b"}]}""", "Partition \"error\" is not valid for resource \"arn:error:s3:*:example:b\".")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:us-east-1::b"}]}""", "Resource arn:aws:s3:us-east-1::b can not contain region information.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam:us-east-1:123456789012:user/u"}]}""", "IAM resource arn:aws:iam:us-east-1:123456789012:user/u cannot contain region information.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::123456789012:people/u"}]}""", "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}""", "Policy document should not specify a principal.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"SourceIp":"x"}}}]}""", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":"s3:*","Resource":"*"},{"Sid":"a","Effect":"Allow","Action":"s3:*","Resource":"*"}]}""", "Statement IDs (SID) in a single policy must be unique.")]
    [InlineData("""{"Version":"2012-10-17","Extra":1,"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}""", "Syntax errors in policy.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Ressource":"*"}]}""", "Syntax errors in policy.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","NotAction":"s3:*","Resource":"*"}]}""", "Syntax errors in policy.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Permit","Action":"s3:*","Resource":"*"}]}""", "Syntax errors in policy.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":{"a":"s3:*"},"Resource":"*"}]}""", "Syntax errors in policy.")]
    public void Row_74_what_is_no_policy_is_refused_with_AWSs_words(string policy, string text)
        => Assert.Equal(text, Assert.Throws<PolicyProblem>(() => PolicyRules.Identity(policy, versionNeeded: true)).Message);

    [Theory]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/*"},"Action":"sts:AssumeRole"}]}""", "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:user/*\"")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda"},"Action":"sts:AssumeRole"}]}""", "Invalid principal in policy: \"Service\":\"lambda\"")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"s3:GetObject"}]}""", "AssumeRole policy may only specify STS AssumeRole actions.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Resource":"*"}]}""", "Has prohibited field Resource")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}""", "Missing required field Principal")]
    public void Row_74_a_trust_policy_too(string policy, string text) => Assert.Equal(text, Assert.Throws<PolicyProblem>(() => PolicyRules.Trust(policy)).Message);

    [Fact]
    public async Task Row_75_a_deny_wins_silence_denies_and_boundaries_and_sessions_only_narrow()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var all = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}]}""";
        var user = await Start.User(server, "u");
        Start.Is(await user.Fails("dynamodb", "ListTables"), "AccessDeniedException", 400, "User: arn:aws:iam::123456789012:user/u is not authorized to perform: dynamodb:ListTables on resource: * because no identity-based policy allows the dynamodb:ListTables action");
        await root.Call("iam", "PutUserPolicy", new { UserName = "u", PolicyName = "all", PolicyDocument = all });
        await user.Call("dynamodb", "ListTables");
        await root.Call("iam", "PutUserPolicy", new { UserName = "u", PolicyName = "no", PolicyDocument = Start.Policy("Deny", "dynamodb:ListTables", "*") });
        Start.Is(await user.Fails("dynamodb", "ListTables"), "AccessDeniedException", 400, "User: arn:aws:iam::123456789012:user/u is not authorized to perform: dynamodb:ListTables on resource: * with an explicit deny in an identity-based policy");
        await root.Call("iam", "DeleteUserPolicy", new { UserName = "u", PolicyName = "no" });
        var boundary = (string)(await root.Call("iam", "CreatePolicy", new { PolicyName = "b", PolicyDocument = Start.Policy("Allow", "s3:*", "*") }))["Policy"]!["Arn"]!;
        await root.Call("iam", "PutUserPermissionsBoundary", new { UserName = "u", PermissionsBoundary = boundary });
        Start.Is(await user.Fails("dynamodb", "ListTables"), "AccessDeniedException", 400, "User: arn:aws:iam::123456789012:user/u is not authorized to perform: dynamodb:ListTables on resource: * because no permissions boundary allows the dynamodb:ListTables action");
    }

    [Fact]
    public async Task Row_77_sixty_four_stars_and_6145_letters()
    {
        var wild = new Wildcard(string.Concat(Enumerable.Repeat("*a", 64)) + "b", true);
        var text = new string('a', 10_000);
        Assert.False(wild.Matches(text, new RequestKeys()));
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 20; i++) Assert.False(wild.Matches(text, new RequestKeys()));
        Assert.True(watch.Elapsed / 20 < TimeSpan.FromMilliseconds(10), $"{watch.Elapsed.TotalMilliseconds / 20} ms each");
        await using var server = await Start.Server();
        var policy = Start.Policy("Allow", "s3:*", "arn:aws:s3:::X");
        policy = policy.Replace("X", new string('a', 6145 - (policy.Length - 1)), StringComparison.Ordinal);
        Assert.Equal(6145, policy.Length);
        Start.Is(await Put(server, policy), "LimitExceededException", 409, "Cannot exceed quota for PolicySize: 6144");
        await new AwsJs(server).Call("iam", "CreatePolicy", new { PolicyName = "p", PolicyDocument = policy.Replace("aa", "a", StringComparison.Ordinal) });
    }

    [Fact]
    public void Row_78_a_user_named_star_NotAction_with_Allow_and_absent_keys()
    {
        var star = new Principal(PrincipalKind.User, "arn:aws:iam::123456789012:user/*", "AIDA");
        Assert.False(May(star, "s3:GetObject", "arn:aws:s3:::b/bob/k", Start.Policy("Allow", "s3:*", "arn:aws:s3:::b/${aws:username}/*")));
        Assert.True(May(star, "s3:GetObject", "arn:aws:s3:::b/*/k", Start.Policy("Allow", "s3:*", "arn:aws:s3:::b/${aws:username}/*")));
        Assert.False(May(star, "iam:CreateUser", "*", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}}"""));
        Assert.True(May(star, "s3:GetObject", "*", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}}"""));
        foreach (var (condition, holds) in ((string, bool)[])[("StringEqualsIfExists", true), ("ForAllValues:StringEquals", true), ("ForAnyValue:StringEquals", false), ("StringEquals", false), ("StringNotEquals", true), ("ForAllValues:StringNotEquals", true)])
            Assert.Equal(holds, May(star, "s3:GetObject", "*", Start.Policy("Allow", "s3:*", "*", $$$"""{"{{{condition}}}":{"x:absent":"1"}}""")));
    }

    [Fact]
    public async Task Row_79_a_role_that_does_not_trust_and_a_name_with_a_colon()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        await root.Call("iam", "CreateRole", new { RoleName = "r", AssumeRolePolicyDocument = Start.Trust("""{"Service":"lambda.amazonaws.com"}""") });
        var user = await Start.User(server, "u", Start.Policy("Allow", "sts:*", "*"));
        Start.Is(await user.Fails("sts", "AssumeRole", new { RoleArn = "arn:aws:iam::123456789012:role/r", RoleSessionName = "s1" }), "AccessDenied", 403,
            "User: arn:aws:iam::123456789012:user/u is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/r");
        Start.Is(await user.Fails("sts", "AssumeRole", new { RoleArn = "arn:aws:iam::123456789012:role/r", RoleSessionName = "Session1:2" }), "ValidationError", 400,
            @"1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*");
    }

    [Fact]
    public void Row_80_actions_without_case_resources_with_it()
    {
        var ann = new Principal(PrincipalKind.User, "arn:aws:iam::123456789012:user/ann", "AIDA");
        Assert.True(May(ann, "s3:GetObject", "arn:aws:s3:::b/k", Start.Policy("Allow", "S3:getOBJECT", "*")));
        Assert.False(May(ann, "s3:GetObject", "arn:aws:s3:::b/k", Start.Policy("Allow", "s3:GetObject", "arn:aws:s3:::B/k")));
    }

    private static async Task<AwsJsError> Put(GalleyServer server, string policy) => await new AwsJs(server).Fails("iam", "CreatePolicy", new { PolicyName = "row", PolicyDocument = policy });

    private static bool May(Principal caller, string action, string resource, string policy)
        => PolicyEvaluation.Decide(caller, "123456789012", new CallerPolicies([new("p", PolicyDocument.Parse(policy))], null, []), null, action, resource, RequestKeys.Of(caller, "123456789012", DateTimeOffset.UnixEpoch)).Allowed;
}
