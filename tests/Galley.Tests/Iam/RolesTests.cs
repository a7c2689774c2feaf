namespace Galley.Tests.Iam;

public class RolesTests
{
    private const string Lambda = """{"Service":"lambda.amazonaws.com"}""";

    [Fact]
    public async Task CreateRole_keeps_all_and_GetRole_gives_the_trust_policy_percent_encoded()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var trust = Start.Trust(Lambda);
        var made = (await root.Call("iam", "CreateRole", new
        {
            RoleName = "myDynamoDbRole",
            AssumeRolePolicyDocument = trust,
            Path = "/service-role/",
            Description = "d",
            MaxSessionDuration = 7200,
            Tags = new[] { new { Key = "a", Value = "b" } },
        }))["Role"]!;
        Assert.Equal("arn:aws:iam::123456789012:role/service-role/myDynamoDbRole", (string?)made["Arn"]);
        Assert.StartsWith("AROA", (string?)made["RoleId"], StringComparison.Ordinal);
        var got = (await root.Call("iam", "GetRole", new { RoleName = "myDynamoDbRole" }))["Role"]!;
        Assert.Equal(trust, Uri.UnescapeDataString((string)got["AssumeRolePolicyDocument"]!));
        Assert.StartsWith("%7B%22Version%22", (string?)got["AssumeRolePolicyDocument"], StringComparison.Ordinal);
        Assert.Equal(7200, (int)got["MaxSessionDuration"]!);
        Assert.Equal("b", (string?)got["Tags"]![0]!["Value"]);
        Assert.Empty((await root.Call("iam", "ListInstanceProfilesForRole", new { RoleName = "myDynamoDbRole" }))["InstanceProfiles"]!.AsArray());
        Start.Is(await root.Fails("iam", "CreateRole", new { RoleName = "MYDYNAMODBROLE", AssumeRolePolicyDocument = trust }), "EntityAlreadyExistsException", 409, "Role with name MYDYNAMODBROLE already exists.");
        Start.Is(await root.Fails("iam", "GetRole", new { RoleName = "x" }), "NoSuchEntityException", 404, "The role with name x cannot be found.");
    }

    [Fact]
    public async Task DeleteRole_needs_policies_gone()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        await root.Call("iam", "CreateRole", new { RoleName = "r", AssumeRolePolicyDocument = Start.Trust(Lambda) });
        const string Basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        await root.Call("iam", "AttachRolePolicy", new { RoleName = "r", PolicyArn = Basic });
        await root.Call("iam", "PutRolePolicy", new { RoleName = "r", PolicyName = "in", PolicyDocument = Start.Policy("Allow", "s3:*", "*") });
        Assert.Equal("AWSLambdaBasicExecutionRole", (string?)(await root.Call("iam", "ListAttachedRolePolicies", new { RoleName = "r" }))["AttachedPolicies"]![0]!["PolicyName"]);
        Assert.Equal("in", (string?)(await root.Call("iam", "ListRolePolicies", new { RoleName = "r" }))["PolicyNames"]![0]);
        Start.Is(await root.Fails("iam", "DeleteRole", new { RoleName = "r" }), "DeleteConflictException", 409, "Cannot delete entity, must detach all policies first.");
        await root.Call("iam", "DetachRolePolicy", new { RoleName = "r", PolicyArn = Basic });
        Start.Is(await root.Fails("iam", "DeleteRole", new { RoleName = "r" }), "DeleteConflictException", 409, "Cannot delete entity, must delete policies first.");
        await root.Call("iam", "DeleteRolePolicy", new { RoleName = "r", PolicyName = "in" });
        await root.Call("iam", "DeleteRole", new { RoleName = "r" });
        Assert.Empty((await root.Call("iam", "ListRoles"))["Roles"]!.AsArray());
    }

    [Fact]
    public async Task ListRoles_gives_pages()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        foreach (var name in (string[])["a", "b", "c"]) await root.Call("iam", "CreateRole", new { RoleName = name, AssumeRolePolicyDocument = Start.Trust(Lambda) });
        var first = await root.Call("iam", "ListRoles", new { MaxItems = 2 });
        Assert.True((bool)first["IsTruncated"]!);
        var second = await root.Call("iam", "ListRoles", new { MaxItems = 2, Marker = (string?)first["Marker"] });
        Assert.False((bool)second["IsTruncated"]!);
        Assert.Equal("c", (string?)second["Roles"]!.AsArray().Single()!["RoleName"]);
    }

    [Theory]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:nonsense"},"Action":"sts:AssumeRole"}]}""", "Invalid principal in policy: \"AWS\":\"arn:nonsense\"")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}""", "Missing required field Principal")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}]}""", "AssumeRole policy may only specify STS AssumeRole actions.")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}]}""", "Has prohibited field Resource")]
    public async Task CreateRole_refuses_a_wrong_trust_policy(string trust, string text)
    {
        await using var server = await Start.Server();
        Start.Is(await new AwsJs(server).Fails("iam", "CreateRole", new { RoleName = "r", AssumeRolePolicyDocument = trust }), "MalformedPolicyDocumentException", 400, text);
    }

    [Fact]
    public async Task CreateRole_refuses_wrong_names_and_an_option_it_does_not_know()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        Start.Is(await root.Fails("iam", "CreateRole", new { RoleName = "a b", AssumeRolePolicyDocument = Start.Trust(Lambda) }), "ValidationError", 400,
            "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-");
        Start.Is(await root.Fails("iam", "CreateRole", new { RoleName = new string('a', 65), AssumeRolePolicyDocument = Start.Trust(Lambda) }), "ValidationError", 400,
            $"1 validation error detected: Value '{new string('a', 65)}' at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64");
        Start.Is(await root.Fails("iam", "EnableMFADevice", new { UserName = "u", SerialNumber = "arn:aws:iam::123456789012:mfa/u", AuthenticationCode1 = "123456", AuthenticationCode2 = "123457" }), "InvalidAction", 400, "Could not find operation EnableMFADevice for version 2010-05-08");
    }
}
