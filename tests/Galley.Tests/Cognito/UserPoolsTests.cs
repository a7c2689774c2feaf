using System.Text.Json.Nodes;

namespace Galley.Tests.Cognito;

public class UserPoolsTests
{
    [Fact]
    public async Task CreateUserPool_gives_the_defaults_that_Terraform_expects()
    {
        await using var fixture = await Fixture.Start();
        var pool = (await fixture.Call("DescribeUserPool", new { UserPoolId = fixture.PoolId }))["UserPool"]!;
        Assert.Matches("^eu-west-2_[0-9A-Za-z]{9}$", (string)pool["Id"]!);
        Assert.Equal($"arn:aws:cognito-idp:eu-west-2:123456789012:userpool/{fixture.PoolId}", (string)pool["Arn"]!);
        Assert.Equal("""{"PasswordPolicy":{"MinimumLength":8,"RequireUppercase":true,"RequireLowercase":true,"RequireNumbers":true,"RequireSymbols":true,"TemporaryPasswordValidityDays":7},"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD"]}}""", pool["Policies"]!.ToJsonString());
        Assert.Equal("OFF", (string)pool["MfaConfiguration"]!);
        Assert.Equal("INACTIVE", (string)pool["DeletionProtection"]!);
        Assert.Equal("{}", pool["LambdaConfig"]!.ToJsonString());
        Assert.Equal("COGNITO_DEFAULT", (string)pool["EmailConfiguration"]!["EmailSendingAccount"]!);
        Assert.Equal("cook-recipes-app", (string)pool["Domain"]!);
        Assert.Equal(0, (int)pool["EstimatedNumberOfUsers"]!);
        var schema = pool["SchemaAttributes"]!.AsArray();
        Assert.Equal("profile address birthdate gender preferred_username updated_at website picture identities sub phone_number phone_number_verified zoneinfo locale email email_verified given_name family_name middle_name name nickname", string.Join(' ', schema.Select(attribute => (string)attribute!["Name"]!)));
        Assert.True((bool)schema.First(attribute => (string)attribute!["Name"]! == "email")!["Required"]!);
        Assert.Equal("2048", (string)schema.First(attribute => (string)attribute!["Name"]! == "name")!["StringAttributeConstraints"]!["MaxLength"]!);
        Assert.Equal("OFF", (string)(await fixture.Call("GetUserPoolMfaConfig", new { UserPoolId = fixture.PoolId }))["MfaConfiguration"]!);
    }

    [Fact]
    public async Task CreateUserPool_refuses_by_name_what_is_not_there_yet()
    {
        await using var fixture = await Fixture.Start();
        Assert.Contains("WEB_AUTHN", (await fixture.Fails("CreateUserPool", new { PoolName = "p", Policies = new { SignInPolicy = new { AllowedFirstAuthFactors = new[] { "PASSWORD", "WEB_AUTHN" } } } })).Text);
        Assert.Contains("inboundFederation.lambdaVersion", (await fixture.Fails("CreateUserPool", new { PoolName = "p", LambdaConfig = new { InboundFederation = new { LambdaVersion = "V2_0", LambdaArn = "arn:aws:lambda:eu-west-2:123456789012:function:f" } } })).Text);
        Assert.Contains("AdvancedSecurityMode ENFORCED", (await fixture.Fails("CreateUserPool", new { PoolName = "p", UserPoolAddOns = new { AdvancedSecurityMode = "ENFORCED" } })).Text);
    }

    [Fact]
    public async Task UpdateUserPoolClient_replaces_everything_and_keeps_the_secret()
    {
        await using var fixture = await Fixture.Start();
        Assert.Matches("^[a-z0-9]{26}$", fixture.ClientId);
        Assert.Matches("^[a-z0-9]{51}$", fixture.Secret);
        await fixture.Call("UpdateUserPoolClient", new
        {
            UserPoolId = fixture.PoolId,
            fixture.ClientId,
            SupportedIdentityProviders = new[] { "COGNITO" },
            CallbackURLs = new[] { "https://d1.cloudfront.net/authenticate" },
            AllowedOAuthFlows = new[] { "code" },
            AllowedOAuthScopes = new[] { "email" },
            AllowedOAuthFlowsUserPoolClient = true,
        });
        var client = (await fixture.Call("DescribeUserPoolClient", new { UserPoolId = fixture.PoolId, fixture.ClientId }))["UserPoolClient"]!;
        Assert.Equal(fixture.Secret, (string)client["ClientSecret"]!);
        Assert.Equal("CookRecipeApp", (string)client["ClientName"]!);
        Assert.Equal("""["https://d1.cloudfront.net/authenticate"]""", client["CallbackURLs"]!.ToJsonString());
        Assert.Null(client["LogoutURLs"]);
        Assert.Null(client["ExplicitAuthFlows"]);
        Assert.Equal(30, (int)client["RefreshTokenValidity"]!);
        Assert.True((bool)client["EnableTokenRevocation"]!);
    }

    [Theory]
    [InlineData("https://example.com/cb#fragment")]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("http://example.com/cb")]
    [InlineData("http://localhost.evil.example/cb")]
    [InlineData("/relative")]
    [InlineData("https://user:password@example.com/")]
    public async Task CreateUserPoolClient_refuses_a_callback_that_is_not_safe(string url)
    {
        await using var fixture = await Fixture.Start();
        var error = await fixture.Fails("CreateUserPoolClient", new { UserPoolId = fixture.PoolId, ClientName = "c", CallbackURLs = new[] { url } });
        Assert.Equal("InvalidParameterException", error.Code);
    }

    [Fact]
    public async Task CreateUserPoolClient_takes_local_callbacks_and_refuses_unknown_scopes()
    {
        await using var fixture = await Fixture.Start();
        await fixture.Call("CreateUserPoolClient", new { UserPoolId = fixture.PoolId, ClientName = "c", CallbackURLs = new[] { "http://localhost:3000/cb", "http://app.localhost:4566/cb", "myapp://cb" } });
        var scope = await fixture.Fails("CreateUserPoolClient", new { UserPoolId = fixture.PoolId, ClientName = "c", AllowedOAuthScopes = new[] { "https://api.example.com/read" } });
        Assert.Equal("ScopeDoesNotExistException", scope.Code);
        Assert.Equal("Invalid scope requested: https://api.example.com/read", scope.Text);
        await fixture.Call("CreateResourceServer", new { UserPoolId = fixture.PoolId, Identifier = "https://api.example.com", Name = "api", Scopes = new[] { new { ScopeName = "read", ScopeDescription = "r" } } });
        await fixture.Call("CreateUserPoolClient", new { UserPoolId = fixture.PoolId, ClientName = "c", AllowedOAuthScopes = new[] { "https://api.example.com/read" } });
        Assert.Equal("Invalid range for token validity.", (await fixture.Fails("CreateUserPoolClient", new { UserPoolId = fixture.PoolId, ClientName = "c", AccessTokenValidity = 1, TokenValidityUnits = new { AccessToken = "minutes" } })).Text);
    }

    [Fact]
    public async Task CreateUserPoolDomain_refuses_a_taken_prefix_and_guards_the_pool()
    {
        await using var fixture = await Fixture.Start();
        var other = (string)(await fixture.Call("CreateUserPool", new { PoolName = "other" }))["UserPool"]!["Id"]!;
        Assert.Equal("Domain already associated with another user pool.", (await fixture.Fails("CreateUserPoolDomain", new { UserPoolId = other, Domain = "cook-recipes-app" })).Text);
        Assert.Equal("User pool cannot be deleted. It has a domain configured that should be deleted first.", (await fixture.Fails("DeleteUserPool", new { UserPoolId = fixture.PoolId })).Text);
        Assert.Equal("ACTIVE", (string)(await fixture.Call("DescribeUserPoolDomain", new { Domain = "cook-recipes-app" }))["DomainDescription"]!["Status"]!);
        Assert.Equal("{}", (await fixture.Call("DescribeUserPoolDomain", new { Domain = "nobodys" }))["DomainDescription"]!.ToJsonString());
        await fixture.Call("DeleteUserPoolDomain", new { UserPoolId = fixture.PoolId, Domain = "cook-recipes-app" });
        await fixture.Call("DeleteUserPool", new { UserPoolId = fixture.PoolId });
        var gone = await fixture.Fails("DescribeUserPool", new { UserPoolId = fixture.PoolId });
        Assert.Equal(("ResourceNotFoundException", $"User pool {fixture.PoolId} does not exist."), (gone.Code, gone.Text));
    }

    [Fact]
    public async Task Jwks_and_discovery_answer_on_AWS_and_local_names()
    {
        await using var fixture = await Fixture.Start();
        using var http = new HttpClient();
        async Task<JsonObject> Get(string document, string? host)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{fixture.Server.Endpoint}{fixture.PoolId}/.well-known/{document}");
            if (host is not null) request.Headers.Host = host;
            using var response = await http.SendAsync(request);
            Assert.Equal(200, (int)response.StatusCode);
            return JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
        }

        var keys = (await Get("jwks.json", null))["keys"]!.AsArray();
        Assert.Equal(2, keys.Count);
        Assert.All(keys, key => Assert.Matches("^[A-Za-z0-9+/]{43}=$", (string)key!["kid"]!));
        var aws = await Get("openid-configuration", "cognito-idp.eu-west-2.amazonaws.com");
        Assert.Equal($"https://cognito-idp.eu-west-2.amazonaws.com/{fixture.PoolId}", (string)aws["issuer"]!);
        Assert.Equal("https://cook-recipes-app.auth.eu-west-2.amazoncognito.com/oauth2/token", (string)aws["token_endpoint"]!);
        var local = await Get("openid-configuration", $"localhost:{fixture.Server.Port}");
        Assert.Equal((string)aws["issuer"]!, (string)local["issuer"]!);
        Assert.Equal($"http://cook-recipes-app.auth.eu-west-2.localhost:{fixture.Server.Port}/oauth2/token", (string)local["token_endpoint"]!);
        Assert.Equal($"http://localhost:{fixture.Server.Port}/{fixture.PoolId}/.well-known/jwks.json", (string)local["jwks_uri"]!);
        var missing = await http.GetAsync($"{fixture.Server.Endpoint}eu-west-2_000000000/.well-known/jwks.json");
        Assert.Equal(400, (int)missing.StatusCode);
    }

    [Fact]
    public async Task Browsers_may_call_what_needs_no_signature_and_nothing_else()
    {
        await using var fixture = await Fixture.Start();
        using var http = new HttpClient();
        using var preflight = new HttpRequestMessage(HttpMethod.Options, fixture.Server.Endpoint);
        preflight.Headers.Add("Origin", "https://app.example");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "content-type,x-amz-target");
        using var allowed = await http.SendAsync(preflight);
        Assert.Equal("*", allowed.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.DoesNotContain("authorization", allowed.Headers.GetValues("Access-Control-Allow-Headers").Single(), StringComparison.OrdinalIgnoreCase);

        async Task<HttpResponseMessage> Post(string target)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, fixture.Server.Endpoint) { Content = new StringContent("""{"AccessToken":"x"}""", null, "application/x-amz-json-1.1") };
            request.Headers.Add("X-Amz-Target", "AWSCognitoIdentityProviderService." + target);
            return await http.SendAsync(request);
        }

        using var open = await Post("GetUser");
        Assert.Equal("*", open.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal("NotAuthorizedException:", open.Headers.GetValues("x-amzn-ErrorType").Single());
        Assert.Equal("""{"__type":"NotAuthorizedException","message":"Invalid Access Token"}""", await open.Content.ReadAsStringAsync());
        using var closed = await Post("ListUserPools");
        Assert.False(closed.Headers.Contains("Access-Control-Allow-Origin"));
    }
}
