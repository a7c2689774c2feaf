using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.Iam;

public class StsTests
{
    [Fact]
    public async Task GetCallerIdentity_tells_root_user_and_session()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var identity = await root.Call("sts", "GetCallerIdentity");
        Assert.Equal(("arn:aws:iam::123456789012:root", "123456789012", "123456789012"), ((string?)identity["Arn"], (string?)identity["UserId"], (string?)identity["Account"]));
        var user = await Start.User(server, "u");
        Assert.Equal("arn:aws:iam::123456789012:user/u", (string?)(await user.Call("sts", "GetCallerIdentity"))["Arn"]);
        var named = await Start.User(server, "v", Start.Policy("Allow", "iam:GetUser", "*"));
        Assert.Equal("v", (string?)(await named.Call("iam", "GetUser"))["User"]!["UserName"]);
        await root.Call("iam", "CreateRole", new { RoleName = "r", AssumeRolePolicyDocument = Start.Trust("""{"AWS":"arn:aws:iam::123456789012:user/u"}""") });
        var assumed = await user.Call("sts", "AssumeRole", new { RoleArn = "arn:aws:iam::123456789012:role/r", RoleSessionName = "s1" });
        Assert.StartsWith("ASIA", (string?)assumed["Credentials"]!["AccessKeyId"], StringComparison.Ordinal);
        Assert.Equal("arn:aws:sts::123456789012:assumed-role/r/s1", (string?)assumed["AssumedRoleUser"]!["Arn"]);
        var session = await Start.With(server, assumed["Credentials"]!).Call("sts", "GetCallerIdentity");
        Assert.Equal("arn:aws:sts::123456789012:assumed-role/r/s1", (string?)session["Arn"]);
        Assert.EndsWith(":s1", (string?)session["UserId"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task AssumeRole_asks_the_trust_policy_first()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var user = await Start.User(server, "u", Start.Policy("Allow", "sts:AssumeRole", "*"));
        var plain = await Start.User(server, "plain");
        foreach (var (name, principal) in ((string, string)[])[
                     ("service", """{"Service":"lambda.amazonaws.com"}"""), ("other", """{"AWS":"arn:aws:iam::123456789012:user/v"}"""), ("account", """{"AWS":"123456789012"}""")])
            await root.Call("iam", "CreateRole", new { RoleName = name, AssumeRolePolicyDocument = Start.Trust(principal) });
        foreach (var name in (string[])["service", "other", "missing"])
            Start.Is(await user.Fails("sts", "AssumeRole", new { RoleArn = "arn:aws:iam::123456789012:role/" + name, RoleSessionName = "s1" }), "AccessDenied", 403,
                $"User: arn:aws:iam::123456789012:user/u is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/{name}");
        // The whole account is trusted: then the caller's own policy decides.
        await user.Call("sts", "AssumeRole", new { RoleArn = "arn:aws:iam::123456789012:role/account", RoleSessionName = "s1" });
        Assert.Equal("AccessDenied", (await plain.Fails("sts", "AssumeRole", new { RoleArn = "arn:aws:iam::123456789012:role/account", RoleSessionName = "s1" })).Code);
        Start.Is(await user.Fails("sts", "AssumeRole", new { RoleArn = "arn:aws:iam::123456789012:role/account", RoleSessionName = "Session1:2" }), "ValidationError", 400,
            @"1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*");
        Start.Is(await user.Fails("sts", "AssumeRole", new { RoleArn = "arn:aws:iam::123456789012:role/account", RoleSessionName = "s1", DurationSeconds = 7200 }), "ValidationError", 400,
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    }

    [Fact]
    public async Task A_session_has_its_roles_rights_narrowed_by_its_session_policy_until_it_ends()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await Start.Server(time);
        var root = new AwsJs(server);
        await root.Call("iam", "CreateRole", new { RoleName = "r", AssumeRolePolicyDocument = Start.Trust("""{"AWS":"*"}""") });
        await root.Call("iam", "PutRolePolicy", new { RoleName = "r", PolicyName = "p", PolicyDocument = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:ListUsers","iam:ListRoles"],"Resource":"*"}}""" });
        var wide = Start.With(server, (await root.Call("sts", "AssumeRole", new { RoleArn = "arn:aws:iam::123456789012:role/r", RoleSessionName = "s1", DurationSeconds = 900 }))["Credentials"]!);
        await wide.Call("iam", "ListUsers");
        await wide.Call("iam", "ListRoles");
        var narrowed = (await root.Call("sts", "AssumeRole", new { RoleArn = "arn:aws:iam::123456789012:role/r", RoleSessionName = "s2", Policy = Start.Policy("Allow", "iam:*", "*").Replace("iam:*", "iam:ListUsers", StringComparison.Ordinal) }))["Credentials"]!;
        var narrow = Start.With(server, narrowed);
        await narrow.Call("iam", "ListUsers");
        Start.Is(await narrow.Fails("iam", "ListRoles"), "AccessDenied", 403,
            "User: arn:aws:sts::123456789012:assumed-role/r/s2 is not authorized to perform: iam:ListRoles on resource: * because no session policy allows the iam:ListRoles action");
        Assert.Equal("InvalidClientTokenId", (await new AwsJs(server, (string)narrowed["AccessKeyId"]!, (string)narrowed["SecretAccessKey"]!).Fails("iam", "ListUsers")).Code);
        Assert.Equal("InvalidClientTokenId", (await new AwsJs(server, (string)narrowed["AccessKeyId"]!, (string)narrowed["SecretAccessKey"]!, "x").Fails("iam", "ListUsers")).Code);

        // Policies are asked anew at each call.
        await root.Call("iam", "PutRolePolicy", new { RoleName = "r", PolicyName = "p", PolicyDocument = Start.Policy("Deny", "*", "*") });
        Start.Is(await wide.Fails("iam", "ListUsers"), "AccessDenied", 403,
            "User: arn:aws:sts::123456789012:assumed-role/r/s1 is not authorized to perform: iam:ListUsers on resource: * with an explicit deny in an identity-based policy");
    }

    [Fact]
    public async Task Temporary_keys_end_by_the_clock()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddMinutes(-10));
        await using var server = await Start.Server(time);
        var credentials = (await new AwsJs(server).Call("sts", "GetSessionToken", new { DurationSeconds = 900 }))["Credentials"]!;
        var session = Start.With(server, credentials);
        Assert.Equal("arn:aws:iam::123456789012:root", (string?)(await session.Call("sts", "GetCallerIdentity"))["Arn"]);
        Start.Is(await session.Fails("sts", "GetSessionToken"), "AccessDenied", 403, "Cannot call GetSessionToken with session credentials");
        time.Advance(TimeSpan.FromSeconds(899));
        Assert.Equal("arn:aws:iam::123456789012:root", (string?)(await session.Call("sts", "GetCallerIdentity"))["Arn"]);
        time.Advance(TimeSpan.FromSeconds(1));
        Start.Is(await session.Fails("sts", "GetCallerIdentity"), "ExpiredToken", 403, "The security token included in the request is expired");
    }
}
