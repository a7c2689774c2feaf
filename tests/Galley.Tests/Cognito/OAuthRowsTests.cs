using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.Cognito;

/// <summary>Bad OAuth requests with their exact answers; each test is one row of group A of the list of negative tests.</summary>
public partial class OAuthRowsTests
{
    [Theory]
    [InlineData("https://www.google.com/authenticate/")]
    [InlineData("https://www.google.com/Authenticate")]
    [InlineData("https://www.google.com:444/authenticate")]
    [InlineData("https://www.google.com/authenticate?x=1")]
    [InlineData("https://www.google.com/authenticate/sub")]
    [InlineData("http://www.google.com/authenticate")]
    [InlineData("https://www.google.com.evil.example/authenticate")]
    [InlineData("https://wwwXgoogle.com/authenticate")]
    [InlineData("https://www.google.com:80@evil.example/")]
    [InlineData("/\\evil.example")]
    [InlineData("https://www.google.com/authenticate/../evil")]
    [InlineData("https://www.google.com/authenticate%2F..%2Fevil")]
    [InlineData("https://www.google.com/authenticate%252f..%252f")]
    [InlineData("https://www.google.com/authenticate/..;/evil")]
    public async Task Rows_1_to_3_a_foreign_redirect_uri_is_never_followed(string redirect)
    {
        await using var fixture = await Fixture.Start();
        using var browser = fixture.Browser();
        foreach (var path in (string[])["/oauth2/authorize", "/login", "/signup"])
        {
            var (status, location, _) = await browser.Get($"{path}?" + fixture.LoginQuery(redirect: Uri.EscapeDataString(redirect)));
            Assert.Equal((302, $"/error?error=redirect_mismatch&client_id={fixture.ClientId}"), (status, location));
        }

        Assert.Equal(400, (await browser.Get("/error?error=redirect_mismatch")).Status);
        Assert.Equal((302, "/login?" + fixture.LoginQuery()), (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery())) is var good ? (good.Status, good.Location) : default);
    }

    [Theory]
    [InlineData("https://a.example/#x")]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("http://a.example/")]
    public async Task Row_4_such_a_callback_cannot_be_registered(string callback)
    {
        await using var fixture = await Fixture.Start();
        object Client(string url) => new
        {
            UserPoolId = fixture.PoolId,
            ClientName = "x",
            CallbackURLs = new[] { url },
            AllowedOAuthFlows = new[] { "code" },
            AllowedOAuthScopes = new[] { "openid" },
            AllowedOAuthFlowsUserPoolClient = true,
        };
        Assert.Equal("InvalidParameterException", (await fixture.Fails("CreateUserPoolClient", Client(callback))).Code);
        foreach (var good in (string[])["https://a.example/", "http://localhost:3000/", "my-app://signed-in"])
            Assert.Equal(good, (string)(await fixture.Call("CreateUserPoolClient", Client(good)))["UserPoolClient"]!["CallbackURLs"]![0]!);
    }

    [Theory]
    [InlineData("response_type=token", "unauthorized_client")]
    [InlineData("response_type=code&scope=openid%20unknown", "invalid_scope")]
    [InlineData("response_type=code&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "invalid_request")]
    [InlineData("response_type=code&code_challenge_method=plain&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "invalid_request")]
    [InlineData("response_type=code&scope=openid&scope=openid", "invalid_request")]
    [InlineData("response_type=code&prompt=none", "login_required")]
    [InlineData("response_type=code&prompt=none%20login", "invalid_request")]
    [InlineData("response_type=code&request=x", "request_not_supported")]
    [InlineData("response_type=code&request_uri=http%3A%2F%2F169.254.169.254%2F", "request_uri_not_supported")]
    [InlineData("nothing=1", "invalid_request")]
    public async Task Rows_6_to_12_what_is_wrong_is_told_to_the_application(string query, string error)
    {
        await using var fixture = await Fixture.Start();
        using var browser = fixture.Browser();
        var (status, location, _) = await browser.Get($"/oauth2/authorize?client_id={fixture.ClientId}&redirect_uri={Fixture.Callback}&state=s1&{query}");
        Assert.Equal((302, $"{Fixture.Callback}?error={error}&state=s1"), (status, location));
    }

    [Fact]
    public async Task Rows_16_to_18_PKCE_is_proved_and_a_failed_proof_spends_the_code()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var verifier = new string('v', 43);
        var challenge = "&code_challenge_method=S256&code_challenge=" + Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        foreach (var wrong in (string?[])[new string('w', 43), null, verifier[..42], new string('v', 129)])
        {
            var code = await fixture.Code(challenge);
            Assert.Equal((400, """{"error":"invalid_grant"}"""), Answer(await fixture.Exchange(code, verifier: wrong)));
            Assert.Equal((400, """{"error":"invalid_grant"}"""), Answer(await fixture.Exchange(code, verifier: verifier)));
        }

        Assert.Equal((400, """{"error":"invalid_grant"}"""), Answer(await fixture.Exchange(await fixture.Code(), verifier: verifier)));
        Assert.Equal(200, (await fixture.Exchange(await fixture.Code(challenge), verifier: verifier)).Status);
    }

    [Fact]
    public async Task Rows_19_to_21_the_token_endpoint_names_what_is_wrong()
    {
        await using var fixture = await Fixture.Start();
        var code = new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = "x", ["redirect_uri"] = Fixture.Callback };
        Assert.Equal((400, """{"error":"invalid_client"}"""), Answer(await fixture.Token(code, secret: "wrong")));
        Assert.Equal((400, """{"error":"invalid_client"}"""), Answer(await fixture.Token(new(code) { ["client_id"] = "unknown" }, basic: false)));
        Assert.Equal((400, """{"error":"invalid_client"}"""), Answer(await fixture.Token(new(code) { ["client_id"] = fixture.ClientId }, basic: false)));
        Assert.Equal((400, """{"error":"invalid_request"}"""), Answer(await fixture.Token(new(code) { ["client_id"] = fixture.ClientId, ["client_secret"] = fixture.Secret })));
        Assert.Equal((400, """{"error":"unsupported_grant_type"}"""), Answer(await fixture.Token(new() { ["grant_type"] = "password" })));
        Assert.Equal((400, """{"error":"invalid_request"}"""), Answer(await fixture.Token(new() { ["grant_type"] = "refresh_token" })));
        Assert.Equal((400, """{"error":"unauthorized_client"}"""), Answer(await fixture.Token(new() { ["grant_type"] = "client_credentials" })));
        using var browser = fixture.Browser();
        foreach (var content in (HttpContent[])[new StringContent("""{"grant_type":"authorization_code"}""", new MediaTypeHeaderValue("application/json")), new StringContent("grant_type=refresh_token&grant_type=refresh_token", new MediaTypeHeaderValue("application/x-www-form-urlencoded"))])
        {
            var answer = await browser.Send(HttpMethod.Post, "/oauth2/token", content);
            Assert.Equal((400, """{"error":"invalid_request"}"""), (answer.Status, answer.Body));
        }

        Assert.Equal(405, (await browser.Get("/oauth2/token")).Status);
    }

    [Fact]
    public async Task Rows_22_and_23_a_rotating_refresh_token_is_good_once()
    {
        await using var fixture = await Fixture.Start(client: new { ExplicitAuthFlows = new[] { "ALLOW_USER_PASSWORD_AUTH" }, RefreshTokenRotation = new { Feature = "ENABLED", RetryGracePeriodSeconds = 0 } });
        await fixture.User();
        var (_, tokens) = await fixture.Exchange(await fixture.Code());
        Dictionary<string, string> Refresh(string token) => new() { ["grant_type"] = "refresh_token", ["refresh_token"] = token };
        var first = (string)tokens["refresh_token"]!;
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => fixture.Token(Refresh(first))));
        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.Equal((400, """{"error":"invalid_grant"}"""), Answer(answer)));
        // the family of a token that was used twice is over
        Assert.Equal((400, """{"error":"invalid_grant"}"""), Answer(await fixture.Token(Refresh((string)answers.Single(answer => answer.Status == 200).Body["refresh_token"]!))));
    }

    [Fact]
    public async Task Row_24_a_refresh_token_is_its_clients()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var (_, tokens) = await fixture.Exchange(await fixture.Code());
        var other = (await fixture.Call("CreateUserPoolClient", new { UserPoolId = fixture.PoolId, ClientName = "other", GenerateSecret = true }))["UserPoolClient"]!;
        Assert.Equal((400, """{"error":"invalid_grant"}"""), Answer(await fixture.Token(
            new() { ["grant_type"] = "refresh_token", ["refresh_token"] = (string)tokens["refresh_token"]!, ["client_id"] = (string)other["ClientId"]!, ["client_secret"] = (string)other["ClientSecret"]! }, basic: false)));
    }

    private static (int, string) Answer((int Status, JsonObject Body) answer) => (answer.Status, answer.Body.ToJsonString());
}
