using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Galley.Tests.Cognito;

public partial class OAuthRowsTests
{
    private const string Refused = """{"error":"invalid_grant"}""";

    [Fact]
    public async Task Row_5_an_unknown_client_gets_a_page_of_ours()
    {
        await using var fixture = await Fixture.Start();
        using var browser = fixture.Browser();
        foreach (var path in (string[])["/oauth2/authorize", "/login", "/signup", "/forgotPassword"])
        {
            var (status, location, body) = await browser.Get($"{path}?response_type=code&client_id=unknown&redirect_uri=https://evil.example/");
            Assert.Equal((400, null), (status, location));
            Assert.Contains("Client does not exist.", body);
            Assert.DoesNotContain("evil.example", body);
        }

        Assert.Equal(200, (await browser.Get("/login?" + fixture.LoginQuery())).Status);
    }

    [Fact]
    public async Task Row_10_a_doubled_parameter_is_refused_and_a_doubled_client_or_address_stays_here()
    {
        await using var fixture = await Fixture.Start();
        using var browser = fixture.Browser();
        foreach (var more in (string[])["&client_id=" + fixture.ClientId, "&redirect_uri=" + Fixture.Callback])
            Assert.Equal((400, null), (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery(more))) is var here ? (here.Status, here.Location) : default);
        Assert.Equal(Fixture.Callback + "?error=invalid_request", (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&state=1&state=1"))).Location);
        Assert.Equal(Fixture.Callback + "?error=invalid_request&state=1", (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&state=1&scope=openid&scope=openid"))).Location);
        Assert.StartsWith("/login?", (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&state=1&scope=openid"))).Location);
    }

    [Fact]
    public async Task Row_12_a_request_uri_is_not_fetched()
    {
        await using var fixture = await Fixture.Start();
        using var trap = new TcpListener(IPAddress.Loopback, 0);
        trap.Start();
        using var browser = fixture.Browser();
        var at = Uri.EscapeDataString($"http://{trap.LocalEndpoint}/");
        Assert.Equal(Fixture.Callback + "?error=request_uri_not_supported", (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&request_uri=" + at))).Location);
        Assert.False(trap.Pending());
    }

    [Fact]
    public async Task Row_13_a_code_that_comes_twice_is_refused_and_ends_what_it_bought()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var code = await fixture.Code();
        var (status, tokens) = await fixture.Exchange(code);
        Assert.Equal((200, 200), (status, (await fixture.UserInfo((string)tokens["access_token"]!)).Status));
        Assert.Equal((400, Refused), Answer(await fixture.Exchange(code)));
        Assert.Equal(401, (await fixture.UserInfo((string)tokens["access_token"]!)).Status);
        Assert.Equal((400, Refused), Answer(await fixture.Token(new() { ["grant_type"] = "refresh_token", ["refresh_token"] = (string)tokens["refresh_token"]! })));
    }

    [Fact]
    public async Task Row_14_one_code_in_sixteen_requests_at_once_buys_once()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var code = await fixture.Code();
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => fixture.Exchange(code)));
        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.Equal((400, Refused), Answer(answer)));
    }

    [Fact]
    public async Task Row_15_a_code_is_its_times_its_clients_and_its_addresss()
    {
        await using var fixture = await Fixture.Start(client: new { CallbackURLs = new[] { Fixture.Callback, "https://www.google.com/other" } });
        await fixture.User();
        var other = (await fixture.Call("CreateUserPoolClient", new { UserPoolId = fixture.PoolId, ClientName = "other", GenerateSecret = true, SupportedIdentityProviders = new[] { "COGNITO" }, CallbackURLs = new[] { Fixture.Callback }, AllowedOAuthFlows = new[] { "code" }, AllowedOAuthScopes = new[] { "openid" }, AllowedOAuthFlowsUserPoolClient = true }))["UserPoolClient"]!;
        var code = await fixture.Code();
        Assert.Equal((400, Refused), Answer(await fixture.Token(new() { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = Fixture.Callback, ["client_id"] = (string)other["ClientId"]!, ["client_secret"] = (string)other["ClientSecret"]! }, basic: false)));
        Assert.Equal((400, Refused), Answer(await fixture.Exchange(code, "https://www.google.com/other")));
        fixture.Time.Advance(TimeSpan.FromSeconds(299));
        Assert.Equal(200, (await fixture.Exchange(code)).Status);
        var late = await fixture.Code();
        fixture.Time.Advance(TimeSpan.FromSeconds(301));
        Assert.Equal((400, Refused), Answer(await fixture.Exchange(late)));
    }

    [Fact]
    public async Task Row_19_a_strict_server_answers_a_wrong_secret_with_401_and_a_challenge()
    {
        await using var fixture = await Fixture.Start(strict: true);
        var code = new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = "x", ["redirect_uri"] = Fixture.Callback };
        Assert.Equal((401, """{"error":"invalid_client"}"""), Answer(await fixture.Token(code, secret: "wrong")));
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, fixture.Server.Endpoint + "oauth2/token") { Content = new FormUrlEncodedContent(code) };
        request.Headers.Host = "cook-recipes-app.auth.eu-west-2.amazoncognito.com";
        request.Headers.Authorization = new("Basic", Convert.ToBase64String("a:b"u8));
        using var response = await http.SendAsync(request);
        Assert.Equal("Basic", response.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Equal((400, Refused), Answer(await fixture.Token(code)));
    }

    [Fact]
    public async Task Row_24_a_refresh_cannot_ask_for_more_but_for_less()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var (_, tokens) = await fixture.Exchange(await fixture.Code());
        Dictionary<string, string> Asking(string scope) => new() { ["grant_type"] = "refresh_token", ["refresh_token"] = (string)tokens["refresh_token"]!, ["scope"] = scope };
        Assert.Equal((400, """{"error":"invalid_scope"}"""), Answer(await fixture.Token(Asking("openid email profile"))));
        Assert.Equal("openid", (string)Fixture.Claims((string)(await fixture.Token(Asking("openid"))).Body["access_token"]!)["scope"]!);
        Assert.Equal("openid email", (string)Fixture.Claims((string)(await fixture.Token(Asking("openid email"))).Body["access_token"]!)["scope"]!);
    }

    [Fact]
    public async Task Row_25_revocation_names_what_is_wrong_and_is_silent_about_unknown_tokens()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var (_, tokens) = await fixture.Exchange(await fixture.Code());
        var refresh = (string)tokens["refresh_token"]!;
        using var browser = fixture.Browser();
        async Task<(int, string)> Revoke(string? token, string? secret = null)
        {
            var form = new Dictionary<string, string> { ["client_id"] = fixture.ClientId, ["client_secret"] = secret ?? fixture.Secret };
            if (token is not null) form["token"] = token;
            var answer = await browser.Send(HttpMethod.Post, "/oauth2/revoke", new FormUrlEncodedContent(form));
            return (answer.Status, answer.Body);
        }

        Assert.Equal((400, """{"error":"invalid_request"}"""), await Revoke(null));
        Assert.Equal((400, """{"error":"unsupported_token_type"}"""), await Revoke((string)tokens["access_token"]!));
        Assert.Equal((401, """{"error":"invalid_client"}"""), await Revoke(refresh, "wrong"));
        Assert.Equal((200, ""), await Revoke("unknown"));
        Assert.Equal(200, (await fixture.UserInfo((string)tokens["access_token"]!)).Status);
        Assert.Equal((200, ""), await Revoke(refresh));
        Assert.Equal(401, (await fixture.UserInfo((string)tokens["access_token"]!)).Status);
    }

    [Fact]
    public async Task Row_26_userInfo_refuses_in_AWSs_words()
    {
        const string dead = "error=\"invalid_token\", error_description=\"Access token is expired, disabled, or deleted, or the user has globally signed out.\"";
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var (_, tokens) = await fixture.Exchange(await fixture.Code());
        var access = (string)tokens["access_token"]!;
        foreach (var token in (string[])[(string)tokens["id_token"]!, (string)(await fixture.SignIn())["AuthenticationResult"]!["AccessToken"]!, access[..^4] + (access[^4] == 'A' ? 'B' : 'A') + access[^3..]])
            Assert.Equal((401, dead), (await fixture.UserInfo(token)) is var refused ? (refused.Status, refused.Challenge) : default);
        foreach (var token in (string?[])["nonsense", "", null])
            Assert.Equal((400, "error=\"invalid_request\", error_description=\"Bad OAuth2 request at UserInfo Endpoint\""), (await fixture.UserInfo(token)) is var bad ? (bad.Status, bad.Challenge) : default);
        Assert.Equal(200, (await fixture.UserInfo(access)).Status);
        fixture.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(401, (await fixture.UserInfo(access)).Status);
        var fresh = (string)(await fixture.Exchange(await fixture.Code())).Body["access_token"]!;
        await fixture.Call("AdminUserGlobalSignOut", new { UserPoolId = fixture.PoolId, Username = "alice" });
        Assert.Equal((401, dead), (await fixture.UserInfo(fresh)) is var revoked ? (revoked.Status, revoked.Challenge) : default);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData(Fixture.Callback + "?x=1")]
    [InlineData(Fixture.Callback + "/")]
    public async Task Row_27_a_logout_goes_nowhere_but_to_a_registered_address(string target)
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        using var browser = fixture.Browser();
        await browser.Get("/login?" + fixture.LoginQuery());
        await browser.Submit(("username", "alice"), ("password", Fixture.Password));
        Assert.Equal((400, null), (await browser.Get($"/logout?client_id={fixture.ClientId}&logout_uri={Uri.EscapeDataString(target)}")) is var page ? (page.Status, page.Location) : default);
        Assert.Contains("Sign In as alice", (await browser.Get("/login?" + fixture.LoginQuery())).Body);
        Assert.Equal((302, Fixture.Callback), (await browser.Get($"/logout?client_id={fixture.ClientId}&logout_uri={Fixture.Callback}")) is var good ? (good.Status, good.Location) : default);
        Assert.DoesNotContain("Sign In as", (await browser.Get("/login?" + fixture.LoginQuery())).Body);
    }

    [Fact]
    public async Task Row_28_the_log_in_page_is_not_framed_not_forged_and_gives_a_new_session()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        using var browser = fixture.Browser();
        await browser.Get("/login?" + fixture.LoginQuery());
        var headers = browser.Last!.Headers;
        Assert.Contains("frame-ancestors 'none'", headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("DENY", headers.GetValues("X-Frame-Options").Single());
        var form = new Dictionary<string, string> { ["username"] = "alice", ["password"] = Fixture.Password };
        Assert.Equal(403, (await browser.Send(HttpMethod.Post, "/login?" + fixture.LoginQuery(), new FormUrlEncodedContent(form))).Status);
        var token = new Dictionary<string, string>(form) { ["_csrf"] = browser.Cookies["XSRF-TOKEN"] };
        Assert.Equal(403, (await browser.Send(HttpMethod.Post, "/login?" + fixture.LoginQuery(), new FormUrlEncodedContent(token), origin: "https://evil.example")).Status);
        Assert.DoesNotContain("cognito", browser.Cookies.Keys);
        // A session planted before the log-in is not the one after it.
        browser.Cookies["cognito"] = new string('x', 64);
        var sessions = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            await browser.Get("/login?" + fixture.LoginQuery("&prompt=login"));
            Assert.Equal(302, (await browser.Submit(("username", "alice"), ("password", Fixture.Password))).Status);
            sessions.Add(browser.Cookies["cognito"]);
        }

        Assert.Equal(3, sessions.Append(new string('x', 64)).Distinct().Count());
        Assert.Contains(browser.Last!.Headers.GetValues("Set-Cookie"), cookie => cookie.StartsWith("cognito=", StringComparison.Ordinal) && cookie.Contains("httponly", StringComparison.OrdinalIgnoreCase) && cookie.Contains("samesite=lax", StringComparison.OrdinalIgnoreCase));
        browser.Cookies["cognito"] = sessions[0];
        Assert.DoesNotContain("Sign In as", (await browser.Get("/login?" + fixture.LoginQuery())).Body);
    }

    [Fact]
    public async Task Row_29_a_reset_needs_this_users_mailed_code()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        await fixture.User("eve", "eve@example.com");
        using var browser = fixture.Browser();
        // before the first step: a page that leads there, nothing else
        Assert.StartsWith("/forgotPassword?", (await browser.Get("/confirmForgotPassword?" + fixture.LoginQuery())).Location);
        await browser.Get("/forgotPassword?" + fixture.LoginQuery());
        await browser.Follow((await browser.Submit(("username", "eve"))).Location!);
        var evesCode = await fixture.MailedCode("eve@example.com");
        await browser.Get("/forgotPassword?" + fixture.LoginQuery());
        await browser.Follow((await browser.Submit(("username", "alice"))).Location!);
        var code = await fixture.MailedCode("alice@example.com");
        Assert.SkipWhen(code == evesCode, "one in a million");
        (string, string)[] With(string given) => [("code", given), ("password", "N3w-password!"), ("confirm_password", "N3w-password!"), ("username", "alice")];
        foreach (var wrong in (string[])["", evesCode])
            Assert.Contains("Invalid verification code provided, please try again.", (await browser.Submit(With(wrong))).Body);
        Assert.NotNull((await fixture.SignIn())["AuthenticationResult"]);
        Assert.StartsWith("/login?", (await browser.Submit(With(code))).Location);
        Assert.NotNull((await fixture.SignIn(password: "N3w-password!"))["AuthenticationResult"]);
        Assert.NotNull((await fixture.SignIn("eve"))["AuthenticationResult"]);
    }
}
