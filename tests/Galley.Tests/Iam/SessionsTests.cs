using System.Collections.Concurrent;

namespace Galley.Tests.Iam;

/// <summary>STS beyond the plain AssumeRole: tags, source identity, federation, tokens of foreign providers.</summary>
public class SessionsTests
{
    [Fact]
    public async Task Session_tags_are_a_right_of_their_own_and_transitive_ones_cannot_be_shaken_off()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        const string plain = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}]}""";
        var tagging = plain.Replace("\"sts:AssumeRole\"", "[\"sts:AssumeRole\",\"sts:TagSession\"]", StringComparison.Ordinal);
        foreach (var (name, trust) in ((string, string)[])[("plain", plain), ("first", tagging), ("second", tagging)])
            await root.Call("iam", "CreateRole", new { RoleName = name, AssumeRolePolicyDocument = trust, Tags = new[] { new { Key = "team", Value = "role" } } });
        var user = await Start.User(server, "u", Start.Policy("Allow", "sts:*", "*"));
        Start.Is(await user.Fails("sts", "AssumeRole", new { RoleArn = Role("plain"), RoleSessionName = "s1", Tags = new[] { new { Key = "team", Value = "red" } } }), "AccessDenied", 403,
            $"User: arn:aws:iam::123456789012:user/u is not authorized to perform: sts:TagSession on resource: {Role("plain")}");
        await root.Call("iam", "PutRolePolicy", new { RoleName = "first", PolicyName = "p", PolicyDocument = Start.Policy("Allow", "iam:ListUsers", "*", """{"StringEquals":{"aws:PrincipalTag/team":"red"}}""").Replace("\"Statement\":[", "\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sts:*\",\"Resource\":\"*\"},", StringComparison.Ordinal) });
        await root.Call("iam", "PutRolePolicy", new { RoleName = "second", PolicyName = "p", PolicyDocument = Start.Policy("Allow", "iam:ListRoles", "*", """{"StringEquals":{"aws:PrincipalTag/team":"red"}}""") });

        var untagged = Start.With(server, (await user.Call("sts", "AssumeRole", new { RoleArn = Role("first"), RoleSessionName = "s1" }))["Credentials"]!);
        Assert.Equal("AccessDenied", (await untagged.Fails("iam", "ListUsers")).Code); // the role's own tag says otherwise
        var taken = await user.Call("sts", "AssumeRole", new { RoleArn = Role("first"), RoleSessionName = "s1", Tags = new[] { new { Key = "team", Value = "red" } }, TransitiveTagKeys = new[] { "team" } });
        Assert.Equal(1, (int)taken["PackedPolicySize"]!);
        var first = Start.With(server, taken["Credentials"]!);
        await first.Call("iam", "ListUsers");
        var second = Start.With(server, (await first.Call("sts", "AssumeRole", new { RoleArn = Role("second"), RoleSessionName = "s2" }))["Credentials"]!);
        await second.Call("iam", "ListRoles");
        Assert.Equal("InvalidInput", (await first.Fails("sts", "AssumeRole", new { RoleArn = Role("second"), RoleSessionName = "s2", Tags = new[] { new { Key = "team", Value = "blue" } } })).Code);
    }

    [Fact]
    public async Task A_source_identity_stays_and_an_external_id_and_a_session_name_can_be_asked_for()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        await root.Call("iam", "CreateRole", new { RoleName = "r", AssumeRolePolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["sts:AssumeRole","sts:SetSourceIdentity"],"Condition":{"StringEquals":{"sts:ExternalId":"42"},"StringLike":{"sts:RoleSessionName":"dev-*"}}}]}""" });
        await root.Call("iam", "PutRolePolicy", new { RoleName = "r", PolicyName = "p", PolicyDocument = Start.Policy("Allow", "*", "*") });
        var user = await Start.User(server, "u", Start.Policy("Allow", "sts:*", "*"));
        await user.Fails("sts", "AssumeRole", new { RoleArn = Role("r"), RoleSessionName = "dev-1" });
        await user.Fails("sts", "AssumeRole", new { RoleArn = Role("r"), RoleSessionName = "ops-1", ExternalId = "42" });
        var taken = await user.Call("sts", "AssumeRole", new { RoleArn = Role("r"), RoleSessionName = "dev-1", ExternalId = "42", SourceIdentity = "ann" });
        Assert.Equal("ann", (string?)taken["SourceIdentity"]);
        var session = Start.With(server, taken["Credentials"]!);
        Assert.Equal("AccessDenied", (await session.Fails("sts", "AssumeRole", new { RoleArn = Role("r"), RoleSessionName = "dev-2", ExternalId = "42", SourceIdentity = "bob" })).Code);
        Assert.Equal("ann", (string?)(await session.Call("sts", "AssumeRole", new { RoleArn = Role("r"), RoleSessionName = "dev-2", ExternalId = "42" }))["SourceIdentity"]);
        Start.Is(await session.Fails("sts", "AssumeRole", new { RoleArn = Role("r"), RoleSessionName = "dev-2", ExternalId = "42", DurationSeconds = 3601 }), "ValidationError", 400,
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
    }

    /// <summary>Row 76: what a key makes is never wider than the key.</summary>
    [Fact]
    public async Task Row_76_no_key_that_is_made_can_do_more_than_its_maker()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var user = await Start.User(server, "u", """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:ListTables","sts:*"],"Resource":"*"}]}""");
        var all = Start.Policy("Allow", "*", "*");
        var federated = await user.Call("sts", "GetFederationToken", new { Name = "fred", Policy = all });
        Assert.Equal("arn:aws:sts::123456789012:federated-user/fred", (string?)federated["FederatedUser"]!["Arn"]);
        var fred = Start.With(server, federated["Credentials"]!);
        await fred.Call("dynamodb", "ListTables");
        Start.Is(await fred.Fails("dynamodb", "DescribeLimits"), "AccessDeniedException", 400,
            "User: arn:aws:sts::123456789012:federated-user/fred is not authorized to perform: dynamodb:DescribeLimits on resource: * because no identity-based policy allows the dynamodb:DescribeLimits action");
        Assert.Equal("AccessDeniedException", (await Start.With(server, (await user.Call("sts", "GetFederationToken", new { Name = "none" }))["Credentials"]!).Fails("dynamodb", "ListTables")).Code);
        Start.Is(await fred.Fails("iam", "ListUsers"), "InvalidClientTokenId", 403, "The security token included in the request is invalid");
        Start.Is(await fred.Fails("sts", "GetFederationToken", new { Name = "more" }), "InvalidClientTokenId", 403, "The security token included in the request is invalid");
        var token = Start.With(server, (await user.Call("sts", "GetSessionToken"))["Credentials"]!);
        await token.Call("dynamodb", "ListTables");
        Assert.Equal("InvalidClientTokenId", (await token.Fails("iam", "ListUsers")).Code);
        await root.Call("iam", "CreateRole", new { RoleName = "narrow", AssumeRolePolicyDocument = Start.Trust("""{"AWS":"*"}""") });
        await root.Call("iam", "PutRolePolicy", new { RoleName = "narrow", PolicyName = "p", PolicyDocument = Start.Policy("Allow", "dynamodb:ListTables", "*") });
        var narrow = Start.With(server, (await user.Call("sts", "AssumeRole", new { RoleArn = Role("narrow"), RoleSessionName = "s1", Policy = all }))["Credentials"]!);
        await narrow.Call("dynamodb", "ListTables");
        Assert.Equal("AccessDeniedException", (await narrow.Fails("dynamodb", "DescribeLimits")).Code);
        Start.Is(await narrow.Fails("sts", "DecodeAuthorizationMessage", new { EncodedMessage = "x" }), "AccessDenied", 403,
            "User: arn:aws:sts::123456789012:assumed-role/narrow/s1 is not authorized to perform: sts:DecodeAuthorizationMessage on resource: * because no identity-based policy allows the sts:DecodeAuthorizationMessage action");
        Assert.Equal("InvalidAuthorizationMessageException", (await root.Fails("sts", "DecodeAuthorizationMessage", new { EncodedMessage = "x" })).Code);
    }

    [Fact]
    public async Task A_foreign_providers_token_takes_a_role_that_trusts_it_and_a_wrong_one_does_not()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        using var provider = new OidcProvider();
        var arn = (string)(await root.Call("iam", "CreateOpenIDConnectProvider", new { Url = provider.Issuer, ClientIDList = new[] { "app" } }))["OpenIDConnectProviderArn"]!;
        var name = provider.Issuer["http://".Length..];
        Assert.Equal($"arn:aws:iam::123456789012:oidc-provider/{name}", arn);
        await root.Call("iam", "CreateRole", new { RoleName = "web", AssumeRolePolicyDocument = $$$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"{{{arn}}}"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"{{{name}}}:aud":"app","{{{name}}}:sub":"repo:x"} }}]}""" });
        await root.Call("iam", "PutRolePolicy", new { RoleName = "web", PolicyName = "p", PolicyDocument = Start.Policy("Allow", "iam:ListUsers", "*", $$$"""{"StringEquals":{"{{{name}}}:sub":"repo:x","aws:FederatedProvider":"{{{arn}}}"}}""") });
        var taken = await root.Call("sts", "AssumeRoleWithWebIdentity", new { RoleArn = Role("web"), RoleSessionName = "ci", WebIdentityToken = provider.Token("repo:x", "app", 300) });
        Assert.Equal(("repo:x", arn, "app"), ((string?)taken["SubjectFromWebIdentityToken"], (string?)taken["Provider"], (string?)taken["Audience"]));
        await Start.With(server, taken["Credentials"]!).Call("iam", "ListUsers");

        var wrong = new (string Token, string Code, string Text)[]
        {
            (provider.Token("repo:y", "app", 300), "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
            (provider.Token("repo:x", "other", 300), "InvalidIdentityTokenException", "Incorrect token audience"),
            (provider.Token("repo:x", "app", 300)[..^6] + "AAAAAA", "InvalidIdentityTokenException", "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"),
            (provider.Token("repo:x", "app", 300, algorithm: "none"), "InvalidIdentityTokenException", "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"),
            (provider.Token("repo:x", "app", 300, issuer: "https://elsewhere.example"), "InvalidIdentityTokenException", "No OpenIDConnect provider found in your account for https://elsewhere.example"),
        };
        foreach (var (token, code, text) in wrong)
        {
            var error = await root.Fails("sts", "AssumeRoleWithWebIdentity", new { RoleArn = Role("web"), RoleSessionName = "ci", WebIdentityToken = token });
            Assert.Equal((code, text), (error.Code, error.Text));
        }

        Assert.Equal("ExpiredTokenException", (await root.Fails("sts", "AssumeRoleWithWebIdentity", new { RoleArn = Role("web"), RoleSessionName = "ci", WebIdentityToken = provider.Token("repo:x", "app", -10) })).Code);
        await root.Call("iam", "DeleteOpenIDConnectProvider", new { OpenIDConnectProviderArn = arn });
        Assert.Equal("InvalidIdentityTokenException", (await root.Fails("sts", "AssumeRoleWithWebIdentity", new { RoleArn = Role("web"), RoleSessionName = "ci", WebIdentityToken = provider.Token("repo:x", "app", 300) })).Code);
    }

    [Theory]
    [InlineData("https://169.254.169.254", null)]
    [InlineData(null, "https://169.254.169.254/keys")]
    [InlineData(null, "https://[::ffff:169.254.169.254]/keys")]
    [InlineData(null, "https://[fd00:ec2::254]/keys")]
    public async Task Neither_an_issuer_nor_the_place_of_its_keys_may_be_where_clouds_keep_credentials(string? forbiddenIssuer, string? keys)
    {
        var log = new ConcurrentQueue<string>();
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = Start.Account, Log = log.Enqueue });
        var root = new AwsJs(server);
        using var provider = new OidcProvider(keys);
        var issuer = forbiddenIssuer ?? provider.Issuer;
        var arn = (string)(await root.Call("iam", "CreateOpenIDConnectProvider", new { Url = issuer, ClientIDList = new[] { "app" } }))["OpenIDConnectProviderArn"]!;
        await root.Call("iam", "CreateRole", new { RoleName = "web", AssumeRolePolicyDocument = $$$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"{{{arn}}}"},"Action":"sts:AssumeRoleWithWebIdentity"}]}""" });
        var error = await root.Fails("sts", "AssumeRoleWithWebIdentity", new { RoleArn = Role("web"), RoleSessionName = "ci", WebIdentityToken = provider.Token("repo:x", "app", 300, issuer: issuer) });
        Assert.Equal("InvalidIdentityTokenException", error.Code);
        Assert.Equal(keys is null ? 0 : 1, provider.Asked);
        Assert.Contains(log, line => line.StartsWith($"warning: keys of {issuer} could not be fetched", StringComparison.Ordinal) && line.Contains("out of reach", StringComparison.Ordinal));
    }

    private static string Role(string name) => "arn:aws:iam::123456789012:role/" + name;
}
