using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.Tests.Server;

namespace Galley.Tests.Tutorial;

/// <summary>Part D: pool, client, domain, and a person who signs up.</summary>
public sealed partial class TutorialByHand
{
    internal const string Password = "Passw0rd!";

    private const string Idp = "cognito-identity-provider", User = "ann", Email = "ann@example.com", SignInHost = "cook-recipes-app.auth.eu-west-2.amazoncognito.com";

    internal string PoolId { get; private set; } = "";

    internal string ClientId { get; private set; } = "";

    internal string ClientSecret { get; private set; } = "";

    internal string LoginQuery => $"response_type=code&client_id={ClientId}&redirect_uri={Google}";

    private async Task MakePool()
    {
        await Do("CreateUserPool", Idp, "CreateUserPool", new
        {
            PoolName = "CookRecipePool",
            AutoVerifiedAttributes = new[] { "email" },
            MfaConfiguration = "OFF",
            Schema = new[] { new { Name = "email", Required = true, Mutable = true, AttributeDataType = "String" } },
            Policies = new { PasswordPolicy = new { MinimumLength = 8, RequireUppercase = true, RequireLowercase = true, RequireNumbers = true, RequireSymbols = true } },
        });
        PoolId = (string)Answer("CreateUserPool")["UserPool"]!["Id"]!;
        await Do("CreateUserPoolClient", Idp, "CreateUserPoolClient", new { UserPoolId = PoolId, ClientName = "CookRecipeApp", GenerateSecret = true });
        var client = Answer("CreateUserPoolClient")["UserPoolClient"]!;
        (ClientId, ClientSecret) = ((string)client["ClientId"]!, (string)client["ClientSecret"]!);
        await SetClient("UpdateUserPoolClient", Google, Google);
        await Do("DescribeUserPoolClient", Idp, "DescribeUserPoolClient", new { UserPoolId = PoolId, ClientId });
        await Do("CreateUserPoolDomain", Idp, "CreateUserPoolDomain", new { UserPoolId = PoolId, Domain = "cook-recipes-app" });
        await Open("login under https", $"https://{SignInHost}/login?{LoginQuery}");
        var other = await _js!.Call(Idp, "CreateUserPool", new { PoolName = "Other" });
        OtherPoolId = (string)other["UserPool"]!["Id"]!;
        await Refused("DomainTaken", Idp, "CreateUserPoolDomain", new { UserPoolId = OtherPoolId, Domain = "cook-recipes-app" });
        await Do("DescribeUserPool", Idp, "DescribeUserPool", new { UserPoolId = PoolId });
    }

    private string OtherPoolId { get; set; } = "";

    private Task SetClient(string kept, string callback, string logout) => Do(kept, Idp, "UpdateUserPoolClient", new
    {
        UserPoolId = PoolId,
        ClientId,
        ClientName = "CookRecipeApp",
        SupportedIdentityProviders = new[] { "COGNITO" },
        CallbackURLs = new[] { callback },
        LogoutURLs = new[] { logout },
        AllowedOAuthFlows = new[] { "code" },
        AllowedOAuthScopes = new[] { "email", "openid" },
        AllowedOAuthFlowsUserPoolClient = true,
    });

    private async Task SignUp()
    {
        using var browser = new Cognito.Browser(Server, SignInHost);
        Keep("login", await browser.Get("/login?" + LoginQuery));
        Keep("signup", await browser.Get("/signup?" + LoginQuery));
        Keep("weak password", await browser.Submit(("username", User), ("requiredAttributes[email]", Email), ("password", "weakweakweak")));
        Keep("signed up", await browser.Submit(("username", User), ("requiredAttributes[email]", Email), ("password", Password)));
        Keep("confirm page", await browser.Follow(At("signed up")["Location"]));
        using (var program = new SignedHttp(Server.Endpoint, Server.Region, Server.AccessKeyId, Server.SecretAccessKey))
            _answers["Mail"] = JsonNode.Parse((await program.Send("galley", HttpMethod.Get, "/_galley/inbox/messages/wait?to=" + Uri.EscapeDataString(Email), null)).Body)!.AsObject();
        var code = (string)Answer("Mail")["code"]!;
        Keep("wrong code", await browser.Submit(("code", code == "123456" ? "654321" : "123456")));
        await Do("User before", Idp, "AdminGetUser", new { UserPoolId = PoolId, Username = User });
        Keep("confirmed", await browser.Submit(("code", code)));
        await Do("User after", Idp, "AdminGetUser", new { UserPoolId = PoolId, Username = User });

        Keep("sign in as", await browser.Get("/login?" + LoginQuery));
        Keep("same user", await browser.Submit(("continue", "1")));
        Keep("different user page", await browser.Get("/login?" + LoginQuery + "&prompt=login"));
        Keep("different user", await browser.Submit(("username", User), ("password", Password)));
    }

    /// <summary>A sign-in of a browser of its own; gives the code it is sent back with.</summary>
    private async Task<string> NewCode(string callback = Google)
    {
        using var browser = new Cognito.Browser(Server, SignInHost);
        await browser.Get("/login?" + LoginQuery.Replace(Google, callback, StringComparison.Ordinal));
        var back = await browser.Submit(("username", User), ("password", Password));
        return Regex.Match(back.Location ?? back.Body, "[?&]code=([0-9a-f-]{36})").Groups[1].Value;
    }

    /// <summary>An access token for a client that the authorizer does not know.</summary>
    private async Task<string> ForeignToken(string pool)
    {
        var client = (string)(await _js!.Call(Idp, "CreateUserPoolClient", new { UserPoolId = pool, ClientName = "Other", ExplicitAuthFlows = new[] { "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH" } }))["UserPoolClient"]!["ClientId"]!;
        var signedIn = await _js.Call(Idp, "InitiateAuth", new { ClientId = client, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = new { USERNAME = User, PASSWORD = Password } });
        return (string)signedIn["AuthenticationResult"]!["AccessToken"]!;
    }

    private void Keep(string name, (int Status, string? Location, string Body) seen)
        => _pages[name] = new Page(seen.Status, seen.Body, new Dictionary<string, string> { ["Location"] = seen.Location ?? "" });
}
