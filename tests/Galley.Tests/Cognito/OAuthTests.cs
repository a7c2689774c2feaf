using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Galley.Tests.Cognito;

public class OAuthTests
{
    [Fact]
    public async Task The_tutorials_way_from_sign_up_to_a_code_needs_no_further_login()
    {
        // rows 32 to 39: the redirect_uri is not percent-encoded, there is neither scope nor state
        await using var fixture = await Fixture.Start(client: new { AllowedOAuthScopes = new[] { "email" } });
        using var browser = fixture.Browser();
        var login = await browser.Get("/login?" + fixture.LoginQuery());
        Assert.Equal(200, login.Status);
        foreach (var text in (string[])["Username", "Password", "Sign in", "Forgot your password?", "Need an account?", "Sign up"]) Assert.Contains(text, login.Body);
        Assert.Contains("frame-ancestors 'none'", browser.Last!.Headers.GetValues("Content-Security-Policy").Single());
        var signUp = await browser.Get("/signup?" + fixture.LoginQuery());
        Assert.Contains("Password must contain a number", signUp.Body);
        var weak = await browser.Submit(("username", "carol"), ("requiredAttributes[email]", "carol@example.com"), ("password", "weakweakweak"));
        Assert.Equal(200, weak.Status);
        Assert.Contains("Password must have uppercase characters", weak.Body);
        var made = await browser.Submit(("username", "carol"), ("requiredAttributes[email]", "carol@example.com"), ("password", Fixture.Password));
        Assert.Equal((302, $"/confirmUser?{fixture.LoginQuery()}"), (made.Status, made.Location));
        Assert.Contains("Confirm Account", (await browser.Follow(made.Location!)).Body);
        var code = await fixture.MailedCode("carol@example.com");
        var wrong = await browser.Submit(("code", code == "123456" ? "654321" : "123456"));
        Assert.Contains("Invalid verification code provided, please try again.", wrong.Body);
        var confirmed = await browser.Submit(("code", code));
        Assert.Matches($"^{Regex.Escape(Fixture.Callback)}\\?code=[0-9a-f]{{8}}-[0-9a-f-]{{27}}$", confirmed.Location!);

        var again = await browser.Get("/login?" + fixture.LoginQuery());
        Assert.Contains("Sign In as carol", again.Body);
        Assert.Contains("Sign in as a different user", again.Body);
        var asSame = await browser.Submit(("continue", "1"));
        Assert.Matches("\\?code=[0-9a-f-]{36}$", asSame.Location!);
        Assert.NotEqual(confirmed.Location, asSame.Location);
        var straight = await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&state=a%20b"));
        Assert.Matches("\\?code=[0-9a-f-]{36}&state=a%20b$", straight.Location!);
        Assert.Contains("Password", (await browser.Get("/login?" + fixture.LoginQuery("&prompt=login"))).Body);

        // row 45: no openid among the scopes, so no id token, and yet no failure
        var (status, tokens) = await fixture.Exchange(Regex.Match(straight.Location!, "code=([0-9a-f-]{36})").Groups[1].Value);
        Assert.Equal(200, status);
        Assert.Null(tokens["id_token"]);
        Assert.Equal(("Bearer", 3600), ((string)tokens["token_type"]!, (int)tokens["expires_in"]!));
        Assert.NotNull(tokens["refresh_token"]);
    }

    [Fact]
    public async Task A_code_buys_tokens_once_and_a_second_try_ends_them()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var code = await fixture.Code("&nonce=n-1");
        var (status, tokens) = await fixture.Exchange(code);
        Assert.Equal(200, status);
        var id = Fixture.Claims((string)tokens["id_token"]!);
        var access = Fixture.Claims((string)tokens["access_token"]!);
        Assert.Equal("n-1", (string)id["nonce"]!);
        Assert.Equal(Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes((string)tokens["access_token"]!))[..16]), (string)id["at_hash"]!);
        Assert.Equal(("openid email", 2), ((string)access["scope"]!, (int)access["version"]!));
        Assert.Equal("alice@example.com", (string)id["email"]!);
        Assert.Equal(200, (await UserInfo(fixture, (string)tokens["access_token"]!)).Status);

        Assert.Equal((400, """{"error":"invalid_grant"}"""), Answer(await fixture.Exchange(code)));
        Assert.Equal(401, (await UserInfo(fixture, (string)tokens["access_token"]!)).Status);
        Assert.Equal((400, """{"error":"invalid_grant"}"""), Answer(await fixture.Token(new() { ["grant_type"] = "refresh_token", ["refresh_token"] = (string)tokens["refresh_token"]! })));
    }

    [Fact]
    public async Task Sixteen_parallel_uses_of_one_code_have_one_winner()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var code = await fixture.Code();
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => fixture.Exchange(code)));
        Assert.Single(answers, answer => answer.Status == 200);
        Assert.Equal(15, answers.Count(answer => answer.Status == 400 && (string)answer.Body["error"]! == "invalid_grant"));
    }

    [Fact]
    public async Task A_code_is_bound_to_time_address_secret_and_grant()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var code = await fixture.Code();
        Assert.Equal((400, """{"error":"invalid_client"}"""), Answer(await fixture.Token(new() { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = Fixture.Callback }, secret: "wrong")));
        Assert.Equal((400, """{"error":"invalid_grant"}"""), Answer(await fixture.Exchange(code, Fixture.Callback + "/")));
        Assert.Equal((400, """{"error":"invalid_grant"}"""), Answer(await fixture.Exchange("00000000-0000-0000-0000-000000000000")));
        Assert.Equal((400, """{"error":"unsupported_grant_type"}"""), Answer(await fixture.Token(new() { ["grant_type"] = "password" })));
        Assert.Equal((400, """{"error":"invalid_request"}"""), Answer(await fixture.Token(new() { ["grant_type"] = "refresh_token" })));
        Assert.Equal((400, """{"error":"unauthorized_client"}"""), Answer(await fixture.Token(new() { ["grant_type"] = "client_credentials" })));
        Assert.Equal((400, """{"error":"invalid_request"}"""), Answer(await fixture.Token(new() { ["grant_type"] = "authorization_code", ["client_secret"] = fixture.Secret, ["code"] = code, ["redirect_uri"] = Fixture.Callback })));
        var late = await fixture.Code();
        fixture.Time.Advance(TimeSpan.FromSeconds(301));
        Assert.Equal((400, """{"error":"invalid_grant"}"""), Answer(await fixture.Exchange(late)));
        var fresh = await fixture.Code();
        var inBody = await fixture.Token(new() { ["grant_type"] = "authorization_code", ["code"] = fresh, ["redirect_uri"] = Fixture.Callback, ["client_id"] = fixture.ClientId, ["client_secret"] = fixture.Secret }, basic: false);
        Assert.Equal(200, inBody.Status);
    }

    [Fact]
    public async Task Pkce_is_S256_only_and_a_wrong_verifier_burns_the_code()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var verifier = new string('v', 43);
        var challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        var query = $"&code_challenge={challenge}&code_challenge_method=S256";
        Assert.Equal(200, (await fixture.Exchange(await fixture.Code(query), verifier: verifier)).Status);
        var code = await fixture.Code(query);
        Assert.Equal(400, (await fixture.Exchange(code, verifier: new string('w', 43))).Status);
        Assert.Equal((400, """{"error":"invalid_grant"}"""), Answer(await fixture.Exchange(code, verifier: verifier)));
        Assert.Equal(400, (await fixture.Exchange(await fixture.Code(query))).Status);
        Assert.Equal(400, (await fixture.Exchange(await fixture.Code(), verifier: verifier)).Status);
        using var browser = fixture.Browser();
        Assert.Equal(Fixture.Callback + "?error=invalid_request&state=s", (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery($"&state=s&code_challenge={challenge}"))).Location);
        Assert.Equal(Fixture.Callback + "?error=invalid_request", (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery($"&code_challenge={challenge}&code_challenge_method=plain"))).Location);
    }

    [Theory]
    [InlineData("https://www.google.com/authenticate/")]
    [InlineData("https://www.google.com/Authenticate")]
    [InlineData("https://www.google.com:444/authenticate")]
    [InlineData("https://www.google.com/authenticate?x=1")]
    [InlineData("https://www.google.com.evil.example/authenticate")]
    [InlineData("https://www.google.com/authenticate/../evil")]
    [InlineData("https://www.google.com@evil.example/authenticate")]
    [InlineData("/%5Cevil.example")]
    public async Task An_address_that_is_not_registered_is_never_gone_to(string redirect)
    {
        await using var fixture = await Fixture.Start();
        using var browser = fixture.Browser();
        foreach (var page in (string[])["/login", "/oauth2/authorize"])
        {
            var refused = await browser.Get($"{page}?{fixture.LoginQuery(redirect: Uri.EscapeDataString(redirect))}");
            Assert.Equal((302, $"/error?error=redirect_mismatch&client_id={fixture.ClientId}"), (refused.Status, refused.Location));
            var error = await browser.Follow(refused.Location!);
            Assert.Equal(400, error.Status);
            Assert.Contains("An error was encountered with the requested page.", error.Body);
            Assert.Contains("redirect_mismatch", error.Body);
        }
    }

    [Fact]
    public async Task What_may_be_told_to_the_application_is_told_there()
    {
        await using var fixture = await Fixture.Start();
        using var browser = fixture.Browser();
        async Task<string?> Location(string query) => (await browser.Get("/oauth2/authorize?" + query)).Location;
        var basic = $"client_id={fixture.ClientId}&redirect_uri={Fixture.Callback}";
        Assert.Equal(Fixture.Callback + "?error=invalid_request&state=s", await Location(basic + "&state=s"));
        Assert.Equal(Fixture.Callback + "?error=unauthorized_client", await Location(basic + "&response_type=token"));
        Assert.Equal(Fixture.Callback + "?error=invalid_scope&state=s", await Location(fixture.LoginQuery("&scope=openid%20admin&state=s")));
        Assert.Equal(Fixture.Callback + "?error=login_required&state=s", await Location(fixture.LoginQuery("&prompt=none&state=s")));
        Assert.Equal(Fixture.Callback + "?error=request_uri_not_supported", await Location(fixture.LoginQuery("&request_uri=http://169.254.169.254/")));
        Assert.Equal(Fixture.Callback + "?error=invalid_request", await Location(fixture.LoginQuery("&scope=openid&scope=email")));
        Assert.Null(await Location(fixture.LoginQuery("&client_id=other")));
        var unknown = await browser.Get($"/login?response_type=code&client_id=nobody&redirect_uri={Fixture.Callback}");
        Assert.Equal((400, null), (unknown.Status, unknown.Location));
        Assert.Equal($"/login?{fixture.LoginQuery("&state=s")}", await Location(fixture.LoginQuery("&state=s")));
    }

    [Fact]
    public async Task Registered_AWS_addresses_stand_for_their_local_twins()
    {
        await using var fixture = await Fixture.Start(client: new { CallbackURLs = new[] { "https://d1abc.cloudfront.net/authenticate" } });
        await fixture.User();
        var local = $"http://d1abc.cloudfront.localhost:{fixture.Server.Port}/authenticate";
        using var browser = fixture.Browser($"cook-recipes-app.auth.eu-west-2.localhost:{fixture.Server.Port}");
        Assert.Equal(200, (await browser.Get("/login?" + fixture.LoginQuery(redirect: local))).Status);
        var back = await browser.Submit(("username", "alice"), ("password", Fixture.Password));
        Assert.StartsWith(local + "?code=", back.Location);
        // a function that knows the AWS name exchanges what the browser got under the local one
        Assert.Equal(200, (await fixture.Exchange(back.Location!.Split("code=")[1], "https://d1abc.cloudfront.net/authenticate")).Status);
    }

    [Fact]
    public async Task Pages_work_under_the_path_form()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        using var browser = new Browser(fixture.Server, $"localhost:{fixture.Server.Port}");
        var login = await browser.Get("/_galley/auth/cook-recipes-app/login?" + fixture.LoginQuery());
        Assert.Contains("action=\"/_galley/auth/cook-recipes-app/login?", login.Body);
        Assert.StartsWith(Fixture.Callback + "?code=", (await browser.Submit(("username", "alice"), ("password", Fixture.Password))).Location);
    }

    [Fact]
    public async Task A_form_from_elsewhere_is_refused_and_a_login_makes_a_new_session()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        using var browser = fixture.Browser();
        var query = fixture.LoginQuery();
        FormUrlEncodedContent Form(string csrf) => new([KeyValuePair.Create("username", "alice"), KeyValuePair.Create("password", Fixture.Password), KeyValuePair.Create("_csrf", csrf)]);
        Assert.Equal(403, (await browser.Send(HttpMethod.Post, "/login?" + query, Form("x"))).Status);
        await browser.Get("/login?" + query);
        var csrf = browser.Cookies["XSRF-TOKEN"];
        Assert.Equal(403, (await browser.Send(HttpMethod.Post, "/login?" + query, Form("x"))).Status);
        Assert.Equal(403, (await browser.Send(HttpMethod.Post, "/login?" + query, Form(csrf), "https://evil.example")).Status);
        browser.Cookies["cognito"] = "chosen-by-someone";
        Assert.Equal(302, (await browser.Send(HttpMethod.Post, "/login?" + query, Form(csrf))).Status);
        Assert.NotEqual("chosen-by-someone", browser.Cookies["cognito"]);
        var cookie = browser.Last!.Headers.GetValues("Set-Cookie").Single(line => line.StartsWith("cognito=", StringComparison.Ordinal)).ToLowerInvariant();
        Assert.Contains("httponly", cookie);
        Assert.Contains("samesite=lax", cookie);
    }

    [Fact]
    public async Task A_wrong_password_stays_on_the_page_and_text_is_encoded()
    {
        await using var fixture = await Fixture.Start();
        using var browser = fixture.Browser();
        await browser.Get("/login?" + fixture.LoginQuery());
        var wrong = await browser.Submit(("username", "<script>alert(1)</script>"), ("password", "Wr0ng-one!"));
        Assert.Equal(200, wrong.Status);
        Assert.Contains("Incorrect username or password.", wrong.Body);
        Assert.DoesNotContain("<script>alert", wrong.Body);
    }

    [Fact]
    public async Task A_temporary_password_is_changed_on_a_page_of_its_own()
    {
        await using var fixture = await Fixture.Start();
        await fixture.Call("AdminCreateUser", new { UserPoolId = fixture.PoolId, Username = "tom", TemporaryPassword = "Temp0rary!", UserAttributes = new[] { new { Name = "email", Value = "tom@example.com" } } });
        using var browser = fixture.Browser();
        await browser.Get("/login?" + fixture.LoginQuery());
        var change = await browser.Submit(("username", "tom"), ("password", "Temp0rary!"));
        Assert.Equal("/changePassword?" + fixture.LoginQuery(), change.Location);
        await browser.Follow(change.Location!);
        Assert.Contains("The passwords do not match.", (await browser.Submit(("password", Fixture.Password), ("confirm_password", "x"))).Body);
        Assert.StartsWith(Fixture.Callback + "?code=", (await browser.Submit(("password", Fixture.Password), ("confirm_password", Fixture.Password))).Location);
    }

    [Fact]
    public async Task A_forgotten_password_needs_the_mailed_code_in_the_same_browser()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        using var browser = fixture.Browser();
        Assert.Equal("/forgotPassword?" + fixture.LoginQuery(), (await browser.Get("/confirmForgotPassword?" + fixture.LoginQuery())).Location);
        await browser.Get("/forgotPassword?" + fixture.LoginQuery());
        var sent = await browser.Submit(("username", "alice"));
        await browser.Follow(sent.Location!);
        var code = await fixture.MailedCode("alice@example.com");
        Assert.Contains("Invalid verification code provided", (await browser.Submit(("code", code == "111111" ? "222222" : "111111"), ("password", "N3w-password!"), ("confirm_password", "N3w-password!"))).Body);
        Assert.NotNull((await fixture.SignIn())["AuthenticationResult"]);
        Assert.Equal("/login?" + fixture.LoginQuery(), (await browser.Submit(("code", code), ("password", "N3w-password!"), ("confirm_password", "N3w-password!"))).Location);
        Assert.NotNull((await fixture.SignIn("alice", "N3w-password!"))["AuthenticationResult"]);
    }

    [Fact]
    public async Task Logout_clears_the_session_and_goes_to_registered_addresses_only()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        using var browser = fixture.Browser();
        await browser.Get("/login?" + fixture.LoginQuery());
        await browser.Submit(("username", "alice"), ("password", Fixture.Password));
        foreach (var bad in (string[])["https://evil.example/", Fixture.Callback + "?x=1"])
        {
            var refused = await browser.Get($"/logout?client_id={fixture.ClientId}&logout_uri={Uri.EscapeDataString(bad)}");
            Assert.Equal((400, null), (refused.Status, refused.Location));
        }

        Assert.Contains("Sign In as alice", (await browser.Get("/login?" + fixture.LoginQuery())).Body);
        Assert.Equal(Fixture.Callback, (await browser.Get($"/logout?client_id={fixture.ClientId}&logout_uri={Fixture.Callback}")).Location);
        Assert.DoesNotContain("Sign In as", (await browser.Get("/login?" + fixture.LoginQuery())).Body);
    }

    [Fact]
    public async Task UserInfo_answers_scopes_and_refuses_in_AWSs_words()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var (_, tokens) = await fixture.Exchange(await fixture.Code());
        var (status, body, _) = await UserInfo(fixture, (string)tokens["access_token"]!);
        var info = JsonNode.Parse(body)!;
        Assert.Equal((200, "alice@example.com", "true", "alice"), (status, (string)info["email"]!, (string)info["email_verified"]!, (string)info["username"]!));
        var dead = await UserInfo(fixture, (string)tokens["id_token"]!);
        Assert.Equal((401, "error=\"invalid_token\", error_description=\"Access token is expired, disabled, or deleted, or the user has globally signed out.\""), (dead.Status, dead.Challenge));
        Assert.Equal(401, (await UserInfo(fixture, (string)(await fixture.SignIn())["AuthenticationResult"]!["AccessToken"]!)).Status);
        var malformed = await UserInfo(fixture, "nonsense");
        Assert.Equal((400, "error=\"invalid_request\", error_description=\"Bad OAuth2 request at UserInfo Endpoint\""), (malformed.Status, malformed.Challenge));
        fixture.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(401, (await UserInfo(fixture, (string)tokens["access_token"]!)).Status);
    }

    [Fact]
    public async Task Refresh_keeps_auth_time_and_cannot_widen_its_scopes()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var (_, tokens) = await fixture.Exchange(await fixture.Code());
        var refresh = new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = (string)tokens["refresh_token"]! };
        fixture.Time.Advance(TimeSpan.FromMinutes(10));
        var (status, again) = await fixture.Token(refresh);
        Assert.Equal(200, status);
        Assert.Null(again["refresh_token"]);
        Assert.Equal((long)Fixture.Claims((string)tokens["access_token"]!)["auth_time"]!, (long)Fixture.Claims((string)again["access_token"]!)["auth_time"]!);
        Assert.Equal((400, """{"error":"invalid_scope"}"""), Answer(await fixture.Token(new(refresh) { ["scope"] = "openid profile" })));
        fixture.Time.Advance(TimeSpan.FromDays(30));
        Assert.Equal((400, """{"error":"invalid_grant"}"""), Answer(await fixture.Token(refresh)));
    }

    [Fact]
    public async Task A_machine_gets_a_token_for_its_own_scopes()
    {
        await using var fixture = await Fixture.Start();
        await fixture.Call("CreateResourceServer", new { UserPoolId = fixture.PoolId, Identifier = "api", Name = "api", Scopes = new[] { new { ScopeName = "read", ScopeDescription = "r" } } });
        var client = (await fixture.Call("CreateUserPoolClient", new { UserPoolId = fixture.PoolId, ClientName = "machine", GenerateSecret = true, AllowedOAuthFlows = new[] { "client_credentials" }, AllowedOAuthScopes = new[] { "api/read" }, AllowedOAuthFlowsUserPoolClient = true }))["UserPoolClient"]!;
        Dictionary<string, string> Form(string? scope) => new() { ["grant_type"] = "client_credentials", ["client_id"] = (string)client["ClientId"]!, ["client_secret"] = (string)client["ClientSecret"]!, ["scope"] = scope ?? "" };
        var (status, body) = await fixture.Token(Form(null), basic: false);
        Assert.Equal(200, status);
        var claims = Fixture.Claims((string)body["access_token"]!);
        Assert.Equal(("api/read", (string)client["ClientId"]!), ((string)claims["scope"]!, (string)claims["sub"]!));
        Assert.Null(body["refresh_token"]);
        Assert.Equal((400, """{"error":"invalid_scope"}"""), Answer(await fixture.Token(Form("api/write"), basic: false)));
    }

    [Fact]
    public async Task Revoke_answers_as_RFC_7009_in_AWSs_statuses()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var (_, tokens) = await fixture.Exchange(await fixture.Code());
        async Task<(int, string)> Revoke(string? token, string? secret = null)
        {
            using var browser = fixture.Browser();
            var form = new Dictionary<string, string> { ["client_id"] = fixture.ClientId, ["client_secret"] = secret ?? fixture.Secret };
            if (token is not null) form["token"] = token;
            var answer = await browser.Send(HttpMethod.Post, "/oauth2/revoke", new FormUrlEncodedContent(form));
            return (answer.Status, answer.Body);
        }

        Assert.Equal((400, """{"error":"invalid_request"}"""), await Revoke(null));
        Assert.Equal((400, """{"error":"unsupported_token_type"}"""), await Revoke((string)tokens["access_token"]!));
        Assert.Equal((401, """{"error":"invalid_client"}"""), await Revoke((string)tokens["refresh_token"]!, "wrong"));
        Assert.Equal((200, ""), await Revoke("unknown"));
        Assert.Equal((200, ""), await Revoke((string)tokens["refresh_token"]!));
        Assert.Equal(401, (await UserInfo(fixture, (string)tokens["access_token"]!)).Status);
    }

    private static (int, string) Answer((int Status, JsonObject Body) answer) => (answer.Status, answer.Body.ToJsonString());

    private static async Task<(int Status, string Body, string? Challenge)> UserInfo(Fixture fixture, string token)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, fixture.Server.Endpoint + "oauth2/userInfo");
        request.Headers.Host = $"cook-recipes-app.auth.{fixture.Server.Region}.amazoncognito.com";
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.NonValidated.TryGetValues("WWW-Authenticate", out var challenge) ? challenge.ToString() : null);
    }
}
