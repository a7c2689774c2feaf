using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using Galley.Tests.Iam;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.CognitoIdentity;

/// <summary>Identity pools by the AWS SDK: guests and signed-in users get keys of their role, and no more than it gives.</summary>
public class IdentityPoolsTests
{
    [Fact]
    public async Task A_guest_gets_keys_that_do_what_the_guests_role_allows_and_a_user_gets_those_of_users()
    {
        await using var place = await Place.Start();
        var guest = await place.Js.Call("cognito-identity", "GetId", new { IdentityPoolId = place.Pool });
        Assert.StartsWith("eu-west-2:", (string?)guest["IdentityId"]);
        var asGuest = await place.Credentials((string)guest["IdentityId"]!, null);
        Assert.Equal($"arn:aws:sts::{Start.Account}:assumed-role/guests/CognitoIdentityCredentials", (string?)(await asGuest.Call("sts", "GetCallerIdentity"))["Arn"]);
        Assert.Equal("AccessDeniedException", (await asGuest.Fails("dynamodb", "GetItem", new { TableName = "notes", Key = new { owner = new { S = "x" } } })).Code);

        var token = await place.SignIn("ann");
        var id = (string)(await place.Js.Call("cognito-identity", "GetId", new { IdentityPoolId = place.Pool, Logins = place.Logins(token) }))["IdentityId"]!;
        Assert.Equal(id, (string?)(await place.Js.Call("cognito-identity", "GetId", new { IdentityPoolId = place.Pool, Logins = place.Logins(token) }))["IdentityId"]);
        var ann = await place.Credentials(id, token);
        // ${cognito-identity.amazonaws.com:sub} in the role's policy: each user the own item, and nobody else's.
        await ann.Call("dynamodb", "PutItem", new { TableName = "notes", Item = new { owner = new { S = id }, text = new { S = "mine" } } });
        Start.Is(await ann.Fails("dynamodb", "PutItem", new { TableName = "notes", Item = new { owner = new { S = "somebody else" } } }), "AccessDeniedException", 400,
            $"User: arn:aws:sts::{Start.Account}:assumed-role/users/CognitoIdentityCredentials is not authorized to perform: dynamodb:PutItem on resource: arn:aws:dynamodb:eu-west-2:{Start.Account}:table/notes because no identity-based policy allows the dynamodb:PutItem action");
    }

    [Fact]
    public async Task A_guest_is_held_to_the_services_for_guests_whatever_the_role_says()
    {
        await using var place = await Place.Start();
        await place.Js.Call("iam", "PutRolePolicy", new { RoleName = "guests", PolicyName = "all", PolicyDocument = Start.Policy("Allow", "*", "*") });
        var guest = await place.Credentials((string)(await place.Js.Call("cognito-identity", "GetId", new { IdentityPoolId = place.Pool }))["IdentityId"]!, null);
        await guest.Call("dynamodb", "Scan", new { TableName = "notes" });
        Start.Is(await guest.Fails("iam", "ListUsers"), "AccessDenied", 403,
            $"User: arn:aws:sts::{Start.Account}:assumed-role/guests/CognitoIdentityCredentials is not authorized to perform: iam:ListUsers on resource: * because no session policy allows the iam:ListUsers action");
    }

    [Fact]
    public async Task What_does_not_belong_is_refused_with_AWSs_words()
    {
        await using var place = await Place.Start();
        var (ann, bob) = (await place.SignIn("ann"), await place.SignIn("bob"));
        var id = (string)(await place.Js.Call("cognito-identity", "GetId", new { IdentityPoolId = place.Pool, Logins = place.Logins(ann) }))["IdentityId"]!;
        var refusals = new (object Input, string Code, string Text)[]
        {
            (new { IdentityId = id }, "NotAuthorizedException", $"Access to Identity '{id}' is forbidden."),
            (new { IdentityId = id, Logins = place.Logins(bob) }, "NotAuthorizedException", "Logins don't match. Please include at least one valid login for this identity or identity pool."),
            (new { IdentityId = id, Logins = place.Logins(ann[..^8] + "AAAAAAAA") }, "NotAuthorizedException", "Invalid login token. Token signature invalid."),
            (new { IdentityId = id, Logins = place.Logins("x") }, "NotAuthorizedException", "Invalid login token. Not a valid OpenId Connect identity token."),
            (new { IdentityId = id, Logins = new Dictionary<string, string> { ["cognito-idp.eu-west-2.amazonaws.com/eu-west-2_other"] = ann } }, "NotAuthorizedException", "Token is not from a supported provider of this identity pool."),
            (new { IdentityId = "eu-west-2:00000000-0000-0000-0000-000000000000" }, "ResourceNotFoundException", "Identity 'eu-west-2:00000000-0000-0000-0000-000000000000' not found."),
            (new { IdentityId = id, Logins = place.Logins(ann), CustomRoleArn = place.Role("guests") }, "InvalidParameterException", "Custom role ARN is only allowed with role mappings of type Token."),
        };
        foreach (var (input, code, text) in refusals) Start.Is(await place.Js.Fails("cognito-identity", "GetCredentialsForIdentity", input), code, 400, text);
        Start.Is(await place.Js.Fails("cognito-identity", "GetOpenIdToken", new { IdentityId = id, Logins = place.Logins(ann) }), "InvalidParameterException", 400, "Basic (classic) flow is not enabled, please use enhanced flow.");
        await place.Js.Call("cognito-identity", "UpdateIdentityPool", new { IdentityPoolId = place.Pool, IdentityPoolName = "app", AllowUnauthenticatedIdentities = false, CognitoIdentityProviders = place.Providers });
        Start.Is(await place.Js.Fails("cognito-identity", "GetId", new { IdentityPoolId = place.Pool }), "NotAuthorizedException", 400, "Unauthenticated access is not supported for this identity pool.");
        // The role must trust this very pool.
        await place.Js.Call("iam", "UpdateAssumeRolePolicy", new { RoleName = "users", PolicyDocument = Place.Trust("eu-west-2:11111111-1111-1111-1111-111111111111", "authenticated") });
        Start.Is(await place.Js.Fails("cognito-identity", "GetCredentialsForIdentity", new { IdentityId = id, Logins = place.Logins(ann) }), "InvalidIdentityPoolConfigurationException", 400,
            "Invalid identity pool configuration. Check assigned IAM roles for this pool.");
        place.Time.Advance(TimeSpan.FromHours(2));
        Assert.StartsWith("Invalid login token. Token expired: ", (await place.Anonymous("GetCredentialsForIdentity", new { IdentityId = id, Logins = place.Logins(ann) })).Text);
    }

    /// <summary>Whoever can serve a document may name any issuer that ends like a pool of ours; its keys are nobody's, and nobody is asked for them.</summary>
    [Fact]
    public async Task A_token_of_somebody_who_calls_himself_the_pool_is_refused_and_nobody_is_asked()
    {
        await using var place = await Place.Start();
        using var evil = new OidcProvider();
        var forged = evil.Token("00000000-0000-0000-0000-000000000001", place.Client, 300, issuer: $"{evil.Issuer}/{place.UserPool}", more: ",\"token_use\":\"id\",\"cognito:username\":\"ann\"");
        Start.Is(await place.Js.Fails("cognito-identity", "GetId", new { IdentityPoolId = place.Pool, Logins = place.Logins(forged) }), "NotAuthorizedException", 400, "Invalid login token. Issuer doesn't match providerName");
        var (name, own) = (evil.Issuer["http://".Length..], evil.Token("x", place.Client, 300));
        Start.Is(await place.Js.Fails("cognito-identity", "GetId", new { IdentityPoolId = place.Pool, Logins = new Dictionary<string, string> { [name] = own } }), "NotAuthorizedException", 400, "Token is not from a supported provider of this identity pool.");
        Start.Is(await place.Js.Fails("cognito-identity", "GetId", new { IdentityPoolId = place.Pool, Logins = place.Logins(own) }), "NotAuthorizedException", 400, "Invalid login token. Issuer doesn't match providerName");
        Assert.Equal(0, evil.Asked);

        // the same, of a provider that the pool knows, is good
        var arn = (string)(await place.Js.Call("iam", "CreateOpenIDConnectProvider", new { Url = evil.Issuer, ClientIDList = new[] { place.Client } }))["OpenIDConnectProviderArn"]!;
        await place.Js.Call("cognito-identity", "UpdateIdentityPool", new { IdentityPoolId = place.Pool, IdentityPoolName = "app", AllowUnauthenticatedIdentities = true, CognitoIdentityProviders = place.Providers, OpenIdConnectProviderARNs = new[] { arn } });
        Assert.NotNull((await place.Js.Call("cognito-identity", "GetId", new { IdentityPoolId = place.Pool, Logins = new Dictionary<string, string> { [name] = own } }))["IdentityId"]);
        Assert.InRange(evil.Asked, 1, 2);
    }

    [Fact]
    public async Task A_guest_who_signs_in_keeps_the_identity_and_another_user_cannot_take_it()
    {
        await using var place = await Place.Start();
        var (ann, bob) = (await place.SignIn("ann"), await place.SignIn("bob"));
        var id = (string)(await place.Js.Call("cognito-identity", "GetId", new { IdentityPoolId = place.Pool }))["IdentityId"]!;
        await place.Credentials(id, ann);
        Assert.Equal(id, (string?)(await place.Js.Call("cognito-identity", "GetId", new { IdentityPoolId = place.Pool, Logins = place.Logins(ann) }))["IdentityId"]);
        Assert.Equal("[\"" + place.Provider + "\"]", (await place.Js.Call("cognito-identity", "DescribeIdentity", new { IdentityId = id }))["Logins"]!.ToJsonString());
        Start.Is(await place.Js.Fails("cognito-identity", "GetCredentialsForIdentity", new { IdentityId = id }), "NotAuthorizedException", 400, $"Access to Identity '{id}' is forbidden.");
        var bobs = (string)(await place.Js.Call("cognito-identity", "GetId", new { IdentityPoolId = place.Pool, Logins = place.Logins(bob) }))["IdentityId"]!;
        var guest = (string)(await place.Js.Call("cognito-identity", "GetId", new { IdentityPoolId = place.Pool }))["IdentityId"]!;
        Start.Is(await place.Js.Fails("cognito-identity", "GetCredentialsForIdentity", new { IdentityId = guest, Logins = place.Logins(bob) }), "ResourceConflictException", 400, "Logins are already linked to another account.");
        Assert.Equal(3, (await place.Js.Call("cognito-identity", "ListIdentities", new { IdentityPoolId = place.Pool, MaxResults = 60 }))["Identities"]!.AsArray().Count);
        await place.Js.Call("cognito-identity", "UnlinkIdentity", new { IdentityId = id, Logins = place.Logins(ann), LoginsToRemove = new[] { place.Provider } });
        Assert.NotEqual(id, (string?)(await place.Js.Call("cognito-identity", "GetId", new { IdentityPoolId = place.Pool, Logins = place.Logins(ann) }))["IdentityId"]);
        await place.Js.Call("cognito-identity", "DeleteIdentities", new { IdentityIdsToDelete = new[] { bobs } });
        Start.Is(await place.Js.Fails("cognito-identity", "DescribeIdentity", new { IdentityId = bobs }), "ResourceNotFoundException", 400, $"Identity '{bobs}' not found.");
    }

    [Fact]
    public async Task Roles_are_chosen_by_rules_and_by_the_tokens_groups()
    {
        await using var place = await Place.Start();
        await place.Js.Call("iam", "CreateRole", new { RoleName = "admins", AssumeRolePolicyDocument = Place.Trust(place.Pool, "authenticated") });
        var key = $"{place.Provider}:{place.Client}";
        await place.Js.Call("cognito-identity", "SetIdentityPoolRoles", new
        {
            IdentityPoolId = place.Pool,
            Roles = new Dictionary<string, string> { ["authenticated"] = place.Role("users") },
            RoleMappings = new Dictionary<string, object> { [key] = new { Type = "Rules", AmbiguousRoleResolution = "Deny", RulesConfiguration = new { Rules = new[] { new { Claim = "email", MatchType = "StartsWith", Value = "ann@", RoleARN = place.Role("admins") } } } } },
        });
        var (ann, bob) = (await place.SignIn("ann"), await place.SignIn("bob"));
        Assert.Contains(":assumed-role/admins/", await place.RoleOf(ann));
        Assert.Equal("NotAuthorizedException", (await place.Js.Fails("cognito-identity", "GetCredentialsForIdentity", new { IdentityId = await place.Id(bob), Logins = place.Logins(bob) })).Code);

        await place.Js.Call("cognito-identity", "SetIdentityPoolRoles", new
        {
            IdentityPoolId = place.Pool,
            Roles = new Dictionary<string, string> { ["authenticated"] = place.Role("users") },
            RoleMappings = new Dictionary<string, object> { [key] = new { Type = "Token", AmbiguousRoleResolution = "AuthenticatedRole" } },
        });
        Assert.Contains(":assumed-role/users/", await place.RoleOf(bob));
        await place.Js.Call("cognito-identity-provider", "CreateGroup", new { UserPoolId = place.UserPool, GroupName = "admins", RoleArn = place.Role("admins"), Precedence = 1 });
        await place.Js.Call("cognito-identity-provider", "AdminAddUserToGroup", new { UserPoolId = place.UserPool, GroupName = "admins", Username = "bob" });
        bob = await place.SignIn("bob", again: true);
        Assert.Contains(":assumed-role/admins/", await place.RoleOf(bob));
        Assert.Equal("Token", (string?)(await place.Js.Call("cognito-identity", "GetIdentityPoolRoles", new { IdentityPoolId = place.Pool }))["RoleMappings"]![key]!["Type"]);
    }

    [Fact]
    public async Task The_basic_flow_takes_a_role_with_the_pools_own_token_and_a_developer_vouches_for_users()
    {
        await using var place = await Place.Start();
        await place.Js.Call("cognito-identity", "UpdateIdentityPool", new
        {
            IdentityPoolId = place.Pool,
            IdentityPoolName = "app",
            AllowUnauthenticatedIdentities = true,
            AllowClassicFlow = true,
            DeveloperProviderName = "login.example",
            CognitoIdentityProviders = place.Providers,
        });
        var ann = await place.SignIn("ann");
        var id = await place.Id(ann);
        var token = (string)(await place.Js.Call("cognito-identity", "GetOpenIdToken", new { IdentityId = id, Logins = place.Logins(ann) }))["Token"]!;
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]))!;
        Assert.Equal(("https://cognito-identity.amazonaws.com", place.Pool, id), ((string?)claims["iss"], (string?)claims["aud"], (string?)claims["sub"]));
        Assert.StartsWith($"[\"authenticated\",\"{place.Provider}\",\"{place.Provider}:CognitoSignIn:", claims["amr"]!.ToJsonString());
        var taken = await place.Js.Call("sts", "AssumeRoleWithWebIdentity", new { RoleArn = place.Role("users"), RoleSessionName = "web", WebIdentityToken = token });
        Assert.Equal((id, "cognito-identity.amazonaws.com", place.Pool), ((string?)taken["SubjectFromWebIdentityToken"], (string?)taken["Provider"], (string?)taken["Audience"]));
        await Start.With(place.Server, taken["Credentials"]!).Call("dynamodb", "PutItem", new { TableName = "notes", Item = new { owner = new { S = id } } });
        Start.Is(await place.Js.Fails("sts", "AssumeRoleWithWebIdentity", new { RoleArn = place.Role("guests"), RoleSessionName = "web", WebIdentityToken = token }), "AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity");
        Start.Is(await place.Js.Fails("sts", "AssumeRoleWithWebIdentity", new { RoleArn = place.Role("users"), RoleSessionName = "web", WebIdentityToken = "a.b.c" }), "InvalidIdentityTokenException", 400,
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");

        var vouched = await place.Js.Call("cognito-identity", "GetOpenIdTokenForDeveloperIdentity", new { IdentityPoolId = place.Pool, Logins = new Dictionary<string, string> { ["login.example"] = "carl" } });
        var carl = (string)vouched["IdentityId"]!;
        var keys = (await place.Js.Call("cognito-identity", "GetCredentialsForIdentity", new { IdentityId = carl, Logins = new Dictionary<string, string> { ["cognito-identity.amazonaws.com"] = (string)vouched["Token"]! } }))["Credentials"]!;
        Assert.Equal($"arn:aws:sts::{Start.Account}:assumed-role/users/CognitoIdentityCredentials", (string?)(await new AwsJs(place.Server, (string)keys["AccessKeyId"]!, (string)keys["SecretKey"]!, (string)keys["SessionToken"]!).Call("sts", "GetCallerIdentity"))["Arn"]);
        Assert.Equal(carl, (string?)(await place.Js.Call("cognito-identity", "LookupDeveloperIdentity", new { IdentityPoolId = place.Pool, DeveloperUserIdentifier = "carl", MaxResults = 1 }))["IdentityId"]);
        var dora = (string)(await place.Js.Call("cognito-identity", "GetOpenIdTokenForDeveloperIdentity", new { IdentityPoolId = place.Pool, Logins = new Dictionary<string, string> { ["login.example"] = "dora" } }))["IdentityId"]!;
        Assert.Equal(dora, (string?)(await place.Js.Call("cognito-identity", "MergeDeveloperIdentities", new { SourceUserIdentifier = "carl", DestinationUserIdentifier = "dora", DeveloperProviderName = "login.example", IdentityPoolId = place.Pool }))["IdentityId"]);
        Assert.Equal("ResourceNotFoundException", (await place.Js.Fails("cognito-identity", "DescribeIdentity", new { IdentityId = carl })).Code);
    }

    [Fact]
    public async Task Claims_become_principal_tags_and_a_signed_out_user_is_refused_where_the_pool_asks()
    {
        await using var place = await Place.Start();
        await place.Js.Call("cognito-identity", "SetPrincipalTagAttributeMap", new { IdentityPoolId = place.Pool, IdentityProviderName = place.Provider, UseDefaults = false, PrincipalTags = new { mail = "email" } });
        await place.Js.Call("iam", "PutRolePolicy", new { RoleName = "users", PolicyName = "tagged", PolicyDocument = Start.Policy("Allow", "iam:ListUsers", "*", """{"StringEquals":{"aws:PrincipalTag/mail":"ann@example.com"}}""") });
        var (ann, bob) = (await place.SignIn("ann"), await place.SignIn("bob"));
        await (await place.Credentials(await place.Id(ann), ann)).Call("iam", "ListUsers");
        Assert.Equal("AccessDenied", (await (await place.Credentials(await place.Id(bob), bob)).Fails("iam", "ListUsers")).Code);

        await place.Js.Call("cognito-identity", "UpdateIdentityPool", new { IdentityPoolId = place.Pool, IdentityPoolName = "app", AllowUnauthenticatedIdentities = false, CognitoIdentityProviders = new[] { new { ProviderName = place.Provider, ClientId = place.Client, ServerSideTokenCheck = true } } });
        await place.Credentials(await place.Id(ann), ann);
        await place.Js.Call("cognito-identity-provider", "AdminUserGlobalSignOut", new { UserPoolId = place.UserPool, Username = "ann" });
        Start.Is(await place.Js.Fails("cognito-identity", "GetId", new { IdentityPoolId = place.Pool, Logins = place.Logins(ann) }), "NotAuthorizedException", 400, "Invalid login token. The user is not signed in.");
    }

    [Fact]
    public async Task A_pool_with_the_default_principal_tags_can_be_read_afterwards()
    {
        await using var place = await Place.Start();
        var asked = new { IdentityPoolId = place.Pool, IdentityProviderName = place.Provider };
        await place.Js.Call("cognito-identity", "SetPrincipalTagAttributeMap", new { IdentityPoolId = place.Pool, IdentityProviderName = place.Provider, UseDefaults = true });
        Assert.True((bool)(await place.Js.Call("cognito-identity", "GetPrincipalTagAttributeMap", asked))["UseDefaults"]!);
        await place.Js.Call("cognito-identity", "SetPrincipalTagAttributeMap", new { IdentityPoolId = place.Pool, IdentityProviderName = place.Provider, UseDefaults = true, PrincipalTags = new { mail = "email" } });
        Assert.Equal("email", (string)(await place.Js.Call("cognito-identity", "GetPrincipalTagAttributeMap", asked))["PrincipalTags"]!["mail"]!);
    }

    [Fact]
    public async Task A_pool_is_made_tagged_listed_and_deleted_and_refuses_what_it_lacks()
    {
        await using var server = await Start.Server();
        var js = new AwsJs(server);
        var pool = (string)(await js.Call("cognito-identity", "CreateIdentityPool", new { IdentityPoolName = "p q", AllowUnauthenticatedIdentities = true, IdentityPoolTags = new { team = "red" } }))["IdentityPoolId"]!;
        var arn = $"arn:aws:cognito-identity:eu-west-2:{Start.Account}:identitypool/{pool}";
        await js.Call("cognito-identity", "TagResource", new { ResourceArn = arn, Tags = new { cost = "1" } });
        await js.Call("cognito-identity", "UntagResource", new { ResourceArn = arn, TagKeys = new[] { "team" } });
        Assert.Equal("{\"cost\":\"1\"}", (await js.Call("cognito-identity", "ListTagsForResource", new { ResourceArn = arn }))["Tags"]!.ToJsonString());
        await js.Call("cognito-identity", "CreateIdentityPool", new { IdentityPoolName = "other", AllowUnauthenticatedIdentities = false });
        var page = await js.Call("cognito-identity", "ListIdentityPools", new { MaxResults = 1 });
        Assert.Single(page["IdentityPools"]!.AsArray());
        Assert.Single((await js.Call("cognito-identity", "ListIdentityPools", new { MaxResults = 1, NextToken = (string)page["NextToken"]! }))["IdentityPools"]!.AsArray());
        Start.Is(await js.Fails("cognito-identity", "CreateIdentityPool", new { IdentityPoolName = "x", AllowUnauthenticatedIdentities = true, SupportedLoginProviders = new Dictionary<string, string> { ["graph.facebook.com"] = "1" } }), "InvalidParameterException", 400,
            "Galley does not support the login provider graph.facebook.com: its tokens can only be checked by asking it.");
        Assert.Equal("Galley does not support the parameter SamlProviderARNs.", (await js.Fails("cognito-identity", "CreateIdentityPool", new { IdentityPoolName = "x", AllowUnauthenticatedIdentities = true, SamlProviderARNs = new[] { "arn:aws:iam::1:saml-provider/x" } })).Text);
        var user = await Start.User(server, "u", Start.Policy("Allow", "cognito-identity:Describe*", "*", """{"StringEquals":{"aws:ResourceTag/cost":"1"}}"""));
        await user.Call("cognito-identity", "DescribeIdentityPool", new { IdentityPoolId = pool });
        await js.Call("cognito-identity", "UntagResource", new { ResourceArn = arn, TagKeys = new[] { "cost" } });
        Assert.Equal("AccessDeniedException", (await user.Fails("cognito-identity", "DescribeIdentityPool", new { IdentityPoolId = pool })).Code);
        await js.Call("cognito-identity", "DeleteIdentityPool", new { IdentityPoolId = pool });
        Start.Is(await js.Fails("cognito-identity", "DescribeIdentityPool", new { IdentityPoolId = pool }), "ResourceNotFoundException", 400, $"IdentityPool '{pool}' not found.");
    }
}
