using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Galley.Tests.Cognito;

/// <summary>
/// With `StrictOidc`: what the OpenID Foundation's plans "Basic OP" (35 modules for a static client), "Config OP" (1) and "RP-Initiated Logout OP" (11)
/// ask of a server, in our own words. Each test names the modules whose assertions it makes.
/// </summary>
public class StrictOidcTests
{
    private const string Host = "cook-recipes-app.auth.eu-west-2.amazoncognito.com";

    /// <summary>oidcc-server, oidcc-server-client-secret-post, oidcc-ensure-request-without-nonce-succeeds-for-code-flow, oidcc-ensure-request-with-valid-pkce-succeeds.</summary>
    [Theory]
    [InlineData(true, true, false)]
    [InlineData(false, true, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, true)]
    public async Task The_code_flow_ends_in_a_valid_id_token(bool basic, bool nonce, bool pkce)
    {
        await using var fixture = await Start();
        var verifier = new string('v', 43);
        var more = (nonce ? "&nonce=n-0S6" : "") + (pkce ? "&code_challenge_method=S256&code_challenge=" + Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))) : "");
        var form = new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = await fixture.Code("&scope=openid&state=s1" + more), ["redirect_uri"] = Fixture.Callback };
        if (pkce) form["code_verifier"] = verifier;
        if (!basic) (form["client_id"], form["client_secret"]) = (fixture.ClientId, fixture.Secret);
        using var http = new HttpClient();
        using var request = Post(fixture, "/oauth2/token", form);
        if (basic) request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{fixture.ClientId}:{fixture.Secret}")));
        using var response = await http.SendAsync(request);
        var tokens = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        Assert.Equal("no-cache", response.Headers.Pragma.ToString());
        Assert.Equal("Bearer", (string)tokens["token_type"]!);
        Assert.True((int)tokens["expires_in"]! > 0);
        await Valid(fixture, (string)tokens["id_token"]!, nonce ? "n-0S6" : null);
        Assert.Equal(Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes((string)tokens["access_token"]!)).AsSpan(0, 16)), (string)Fixture.Claims((string)tokens["id_token"]!)["at_hash"]!);
    }

    /// <summary>oidcc-alternate-happy-flow.</summary>
    [Fact]
    public async Task Neither_the_order_of_scopes_nor_that_of_parameters_matters()
    {
        await using var fixture = await Start();
        using var browser = fixture.Browser();
        await browser.Get($"/oauth2/authorize?state=s1&nonce=n1&scope=email%20openid&response_type=code&redirect_uri={Uri.EscapeDataString(Fixture.Callback)}&client_id={fixture.ClientId}");
        await browser.Follow(browser.Last!.Headers.Location!.OriginalString);
        var (_, location, _) = await browser.Submit(("username", "alice"), ("password", Fixture.Password));
        Assert.EndsWith("&state=s1", location);
        var tokens = Tokens(await fixture.Exchange(CodeOf(location)));
        await Valid(fixture, (string)tokens["id_token"]!, "n1");
        Assert.Equal("email email_verified sub username", string.Join(' ', (await UserInfo(fixture, tokens)).Select(claim => claim.Key).Order()));
    }

    /// <summary>oidcc-response-type-missing.</summary>
    [Fact]
    public async Task Without_a_response_type_the_application_hears_invalid_request()
    {
        await using var fixture = await Start();
        using var browser = fixture.Browser();
        var (_, location, _) = await browser.Get($"/oauth2/authorize?client_id={fixture.ClientId}&redirect_uri={Fixture.Callback}&scope=openid&state=s1");
        Assert.Equal(Fixture.Callback + "?error=invalid_request&state=s1", location);
    }

    /// <summary>oidcc-userinfo-get, oidcc-userinfo-post-header, oidcc-userinfo-post-body.</summary>
    [Fact]
    public async Task UserInfo_takes_the_token_in_three_ways_and_says_the_same_subject()
    {
        await using var fixture = await Start();
        var tokens = await Tokens(fixture, "openid");
        var access = (string)tokens["access_token"]!;
        using var http = new HttpClient();
        foreach (var way in (string[])["get", "post-header", "post-body"])
        {
            using var request = way == "post-body" ? Post(fixture, "/oauth2/userInfo", new() { ["access_token"] = access }) : new HttpRequestMessage(way == "get" ? HttpMethod.Get : HttpMethod.Post, fixture.Server.Endpoint + "oauth2/userInfo");
            request.Headers.Host = Host;
            if (way != "post-body") request.Headers.Authorization = new("Bearer", access);
            using var response = await http.SendAsync(request);
            Assert.Equal(200, (int)response.StatusCode);
            Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
            Assert.Equal((string)Fixture.Claims((string)tokens["id_token"]!)["sub"]!, (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["sub"]!);
        }

        using var none = await http.SendAsync(With(new HttpRequestMessage(HttpMethod.Get, fixture.Server.Endpoint + "oauth2/userInfo"), "not.a.token"));
        Assert.Equal(401, (int)none.StatusCode);
        Assert.StartsWith("Bearer error=\"invalid_token\"", none.Headers.NonValidated["WWW-Authenticate"].ToString());
    }

    /// <summary>oidcc-scope-profile, -email, -address, -phone, -all, oidcc-ensure-other-scope-order-succeeds.</summary>
    [Theory]
    [InlineData("openid", "")]
    [InlineData("openid profile", "birthdate family_name given_name name updated_at")]
    [InlineData("openid email", "email email_verified")]
    [InlineData("openid address", "address")]
    [InlineData("openid phone", "phone_number phone_number_verified")]
    [InlineData("openid profile email address phone", "address birthdate email email_verified family_name given_name name phone_number phone_number_verified updated_at")]
    [InlineData("email openid", "email email_verified")]
    public async Task Each_scope_brings_its_claims_in_their_types(string scope, string claims)
    {
        await using var fixture = await Start();
        var info = await UserInfo(fixture, await Tokens(fixture, scope));
        Assert.Equal(claims, string.Join(' ', info.Select(claim => claim.Key).Where(name => name is not ("sub" or "username")).Order(StringComparer.Ordinal)));
        if (info["email_verified"] is { } verified) Assert.True((bool)verified);
        if (info["phone_number_verified"] is { } phone) Assert.True((bool)phone);
        if (info["updated_at"] is { } updated) Assert.Equal(1_700_000_000, (long)updated);
        if (info["address"] is { } address) Assert.Equal("1 High Street", (string)address["formatted"]!);
    }

    /// <summary>
    /// oidcc-display-page, -display-popup, -ui-locales, -claims-locales, -ensure-request-with-acr-values-succeeds,
    /// -ensure-request-with-unknown-parameter-succeeds, -login-hint, -claims-essential, oidcc-max-age-10000, and an unknown scope.
    /// </summary>
    [Theory]
    [InlineData("&display=page")]
    [InlineData("&display=popup")]
    [InlineData("&ui_locales=se")]
    [InlineData("&claims_locales=se")]
    [InlineData("&acr_values=1%202")]
    [InlineData("&extra=foobar")]
    [InlineData("&login_hint=alice")]
    [InlineData("&claims=%7B%22userinfo%22%3A%7B%22name%22%3A%7B%22essential%22%3Atrue%7D%7D%7D")]
    [InlineData("&max_age=10000")]
    [InlineData("&scope=openid%20offline_access%20unknown")]
    public async Task What_a_server_may_pass_over_does_no_harm(string more)
    {
        await using var fixture = await Start();
        Assert.Equal(36, (await fixture.Code(more.Contains("scope") ? more : "&scope=openid" + more)).Length);
    }

    /// <summary>oidcc-prompt-login, oidcc-max-age-1.</summary>
    [Theory]
    [InlineData("&prompt=login")]
    [InlineData("&max_age=1")]
    public async Task A_fresh_login_is_demanded_and_dated(string more)
    {
        await using var fixture = await Start();
        using var browser = fixture.Browser();
        var first = await SignIn(fixture, browser, "&scope=openid");
        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        var again = await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&scope=openid" + more));
        Assert.StartsWith("/login?", again.Location);
        Assert.DoesNotContain("Sign In as", (await browser.Follow(again.Location!)).Body);
        var second = Tokens(await fixture.Exchange(CodeOf((await browser.Submit(("username", "alice"), ("password", Fixture.Password))).Location)));
        Assert.Equal((long)Fixture.Claims((string)first["id_token"]!)["auth_time"]! + 2, (long)Fixture.Claims((string)second["id_token"]!)["auth_time"]!);
    }

    /// <summary>oidcc-prompt-none-not-logged-in, oidcc-prompt-none-logged-in, oidcc-id-token-hint, oidcc-max-age-10000.</summary>
    [Fact]
    public async Task Silence_is_kept_with_prompt_none()
    {
        await using var fixture = await Start();
        using var browser = fixture.Browser();
        Assert.Equal(Fixture.Callback + "?error=login_required&state=s1", (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&scope=openid&prompt=none&state=s1"))).Location);
        var first = await SignIn(fixture, browser, "&scope=openid");
        fixture.Time.Advance(TimeSpan.FromSeconds(5));
        foreach (var more in (string[])["&prompt=none", "&prompt=none&id_token_hint=" + (string)first["id_token"]!, "&max_age=10000"])
        {
            var silent = Tokens(await fixture.Exchange(CodeOf((await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&scope=openid" + more))).Location)));
            foreach (var claim in (string[])["sub", "auth_time"]) Assert.Equal(Fixture.Claims((string)first["id_token"]!)[claim]!.ToString(), Fixture.Claims((string)silent["id_token"]!)[claim]!.ToString());
        }

        // the negative twins: too old, somebody else, a hint that we did not sign, none beside another
        Assert.Equal(Fixture.Callback + "?error=login_required", (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&scope=openid&prompt=none&max_age=1"))).Location);
        await fixture.User("bob", "bob@example.com");
        using var other = fixture.Browser();
        var bobs = await SignIn(fixture, other, "&scope=openid", "bob");
        Assert.Equal(Fixture.Callback + "?error=login_required", (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&scope=openid&prompt=none&id_token_hint=" + (string)bobs["id_token"]!))).Location);
        Assert.Equal(Fixture.Callback + "?error=invalid_request", (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&scope=openid&id_token_hint=" + (string)first["access_token"]!))).Location);
        Assert.Equal(Fixture.Callback + "?error=invalid_request", (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&scope=openid&prompt=none%20login"))).Location);
    }

    /// <summary>oidcc-codereuse, oidcc-codereuse-30seconds.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public async Task A_code_used_again_is_refused_and_its_tokens_end(int seconds)
    {
        await using var fixture = await Start();
        var code = await fixture.Code("&scope=openid");
        var tokens = Tokens(await fixture.Exchange(code));
        fixture.Time.Advance(TimeSpan.FromSeconds(seconds));
        var (status, body) = await fixture.Exchange(code);
        Assert.Equal((400, "invalid_grant"), (status, (string)body["error"]!));
        using var http = new HttpClient();
        using var answer = await http.SendAsync(With(new HttpRequestMessage(HttpMethod.Get, fixture.Server.Endpoint + "oauth2/userInfo"), (string)tokens["access_token"]!));
        Assert.Equal(401, (int)answer.StatusCode);
    }

    /// <summary>oidcc-ensure-registered-redirect-uri, oidcc-ensure-request-object-with-redirect-uri, oidcc-request-uri-unsigned-…, oidcc-unsigned-request-object-….</summary>
    [Fact]
    public async Task Foreign_addresses_and_request_objects_are_refused()
    {
        await using var fixture = await Start();
        using var browser = fixture.Browser();
        var foreign = await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&scope=openid", "https://www.google.com/authenticate2"));
        Assert.StartsWith("/error?error=redirect_mismatch", foreign.Location);
        Assert.Equal(400, (await browser.Follow(foreign.Location!)).Status);
        Assert.Equal(Fixture.Callback + "?error=request_not_supported&state=s1", (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&scope=openid&state=s1&request=eyJhbGciOiJub25lIn0.e30."))).Location);
        Assert.Equal(Fixture.Callback + "?error=request_uri_not_supported&state=s1", (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&scope=openid&state=s1&request_uri=https%3A%2F%2Frp.example%2Fr"))).Location);
    }

    /// <summary>oidcc-ensure-post-request-succeeds; Cognito itself answers GET only.</summary>
    [Fact]
    public async Task An_authorization_request_may_come_by_POST()
    {
        await using var fixture = await Start();
        using var browser = fixture.Browser();
        var form = new Dictionary<string, string> { ["response_type"] = "code", ["client_id"] = fixture.ClientId, ["redirect_uri"] = Fixture.Callback, ["scope"] = "openid", ["state"] = "a b" };
        var posted = await browser.Send(HttpMethod.Post, "/oauth2/authorize", new FormUrlEncodedContent(form), "https://rp.example");
        Assert.Equal(302, posted.Status);
        await browser.Follow((await browser.Follow(posted.Location!)).Location!);
        Assert.Matches("\\?code=[0-9a-f-]{36}&state=a%20b$", (await browser.Submit(("username", "alice"), ("password", Fixture.Password))).Location);

        await using var cognito = await Fixture.Start();
        using var other = cognito.Browser();
        Assert.Equal(404, (await other.Send(HttpMethod.Post, "/oauth2/authorize", new FormUrlEncodedContent(form))).Status);
    }

    /// <summary>oidcc-refresh-token; and the client's failed proof is 401 with a challenge (RFC 6749 §5.2).</summary>
    [Fact]
    public async Task A_refreshed_id_token_speaks_of_the_same_login()
    {
        await using var fixture = await Start();
        var tokens = await Tokens(fixture, "openid email");
        fixture.Time.Advance(TimeSpan.FromSeconds(9));
        var again = Tokens(await fixture.Token(new() { ["grant_type"] = "refresh_token", ["refresh_token"] = (string)tokens["refresh_token"]! }));
        foreach (var claim in (string[])["iss", "sub", "aud", "auth_time"]) Assert.Equal(Fixture.Claims((string)tokens["id_token"]!)[claim]!.ToString(), Fixture.Claims((string)again["id_token"]!)[claim]!.ToString());
        Assert.NotEqual((long)Fixture.Claims((string)tokens["id_token"]!)["iat"]!, (long)Fixture.Claims((string)again["id_token"]!)["iat"]!);
        Assert.Equal((string)Fixture.Claims((string)tokens["id_token"]!)["sub"]!, (string)(await UserInfo(fixture, again))["sub"]!);
        var (status, refused) = await fixture.Token(new() { ["grant_type"] = "refresh_token", ["refresh_token"] = (string)tokens["refresh_token"]! }, secret: "wrong");
        Assert.Equal((401, "invalid_client"), (status, (string)refused["error"]!));
    }

    /// <summary>oidcc-discovery-endpoint-verification, oidcc-rp-initiated-logout-discovery-endpoint-verification.</summary>
    [Fact]
    public async Task The_configuration_says_all_that_it_must()
    {
        await using var fixture = await Start();
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{fixture.Server.Endpoint}{fixture.PoolId}/.well-known/openid-configuration");
        request.Headers.Host = "cognito-idp.eu-west-2.amazonaws.com";
        using var response = await http.SendAsync(request);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        var said = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
        Assert.Equal($"https://cognito-idp.eu-west-2.amazonaws.com/{fixture.PoolId}", (string)said["issuer"]!);
        foreach (var name in (string[])["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint", "revocation_endpoint"]) Assert.StartsWith("https://", (string)said[name]!);
        bool Has(string name, string value) => said[name]!.AsArray().Any(item => (string)item! == value);
        Assert.True(Has("response_types_supported", "code") && Has("subject_types_supported", "public") && Has("id_token_signing_alg_values_supported", "RS256"));
        Assert.True(Has("scopes_supported", "openid") && Has("grant_types_supported", "authorization_code") && Has("claims_supported", "sub") && Has("code_challenge_methods_supported", "S256"));
        Assert.False((bool)said["request_parameter_supported"]! || (bool)said["request_uri_parameter_supported"]! || (bool)said["claims_parameter_supported"]!);
        foreach (var key in (await Jwks(fixture)).AsArray())
        {
            Assert.Equal(("RSA", "RS256", "sig"), ((string)key!["kty"]!, (string)key["alg"]!, (string)key["use"]!));
            foreach (var secret in (string[])["d", "p", "q", "dp", "dq", "qi", "k"]) Assert.Null(key[secret]);
        }
    }

    /// <summary>oidcc-rp-initiated-logout, -no-state, -no-post-logout-redirect-uri.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task A_logout_that_the_id_token_vouches_for_happens_at_once(bool address, bool state)
    {
        await using var fixture = await Start();
        using var browser = fixture.Browser();
        var tokens = await SignIn(fixture, browser, "&scope=openid");
        var (status, location, body) = await browser.Get($"/logout?id_token_hint={(string)tokens["id_token"]!}" + (address ? $"&post_logout_redirect_uri={Fixture.Callback}" : "") + (state ? "&state=abc" : ""));
        if (address) Assert.Equal(Fixture.Callback + (state ? "?state=abc" : ""), location);
        else Assert.True(status == 200 && body.Contains("You are signed out"));
        Assert.Contains("error=login_required", (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&scope=openid&prompt=none"))).Location);
    }

    /// <summary>oidcc-rp-initiated-logout-bad-post-logout-redirect-uri, -query-added-to-post-logout-redirect-uri, -bad-id-token-hint, -modified-id-token-hint, -no-id-token-hint with an address.</summary>
    [Fact]
    public async Task A_logout_with_a_wrong_address_or_hint_is_an_error_page_and_ends_nothing()
    {
        await using var fixture = await Start();
        using var browser = fixture.Browser();
        var hint = (string)(await SignIn(fixture, browser, "&scope=openid"))["id_token"]!;
        var parts = hint.Split('.');
        var modified = $"{parts[0]}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1])).Replace("alice", "bobby", StringComparison.Ordinal)))}.{parts[2]}";
        foreach (var query in (string[])[
            $"id_token_hint={hint}&post_logout_redirect_uri=https://rp.example/other", $"id_token_hint={hint}&post_logout_redirect_uri={Fixture.Callback}?x=1",
            $"id_token_hint=nonsense&post_logout_redirect_uri={Fixture.Callback}", $"id_token_hint={modified}&post_logout_redirect_uri={Fixture.Callback}", $"post_logout_redirect_uri={Fixture.Callback}&state=abc"])
        {
            var answer = await browser.Get("/logout?" + query);
            Assert.Equal((400, null), (answer.Status, answer.Location));
        }

        Assert.Contains("code=", (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&scope=openid&prompt=none"))).Location);
    }

    /// <summary>oidcc-rp-initiated-logout-no-params, -only-state, -no-id-token-hint: nobody vouches, so the person is asked.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("?state=abc")]
    [InlineData("?client_id=CLIENT&post_logout_redirect_uri=" + Fixture.Callback + "&state=abc")]
    public async Task A_logout_without_a_hint_asks_first(string query)
    {
        await using var fixture = await Start();
        using var browser = fixture.Browser();
        await SignIn(fixture, browser, "&scope=openid");
        var ask = await browser.Get("/logout" + query.Replace("CLIENT", fixture.ClientId, StringComparison.Ordinal));
        Assert.Contains("Sign out?", ask.Body);
        Assert.Contains("code=", (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&scope=openid&prompt=none"))).Location);
        await browser.Get("/logout" + query.Replace("CLIENT", fixture.ClientId, StringComparison.Ordinal));
        var done = await browser.Submit(("_confirmed", "1"));
        if (query.Contains("post_logout")) Assert.Equal(Fixture.Callback + "?state=abc", done.Location);
        else Assert.Contains("You are signed out", done.Body);
        Assert.Contains("error=login_required", (await browser.Get("/oauth2/authorize?" + fixture.LoginQuery("&scope=openid&prompt=none"))).Location);
    }

    private static async Task<Fixture> Start()
    {
        var fixture = await Fixture.Start(client: new { AllowedOAuthScopes = new[] { "openid", "email", "phone", "profile" } }, strict: true);
        await fixture.User();
        await fixture.Call("AdminUpdateUserAttributes", new
        {
            UserPoolId = fixture.PoolId,
            Username = "alice",
            UserAttributes = new Dictionary<string, string>
            {
                ["name"] = "Alice Example",
                ["given_name"] = "Alice",
                ["family_name"] = "Example",
                ["birthdate"] = "1990-01-02",
                ["address"] = "1 High Street",
                ["phone_number"] = "+441632960001",
                ["phone_number_verified"] = "true",
                ["updated_at"] = "1700000000",
            }.Select(pair => new { Name = pair.Key, pair.Value }),
        });
        return fixture;
    }

    private static async Task<JsonObject> Tokens(Fixture fixture, string scope) => Tokens(await fixture.Exchange(await fixture.Code("&scope=" + Uri.EscapeDataString(scope))));

    private static JsonObject Tokens((int Status, JsonObject Body) answer)
    {
        Assert.True(answer.Status == 200, answer.Body.ToJsonString());
        return answer.Body;
    }

    private static async Task<JsonObject> SignIn(Fixture fixture, Browser browser, string more, string name = "alice")
    {
        await browser.Get("/login?" + fixture.LoginQuery(more));
        return Tokens(await fixture.Exchange(CodeOf((await browser.Submit(("username", name), ("password", Fixture.Password))).Location)));
    }

    private static string CodeOf(string? location) => Regex.Match(location!, "[?&]code=([0-9a-f-]{36})").Groups[1].Value;

    private static async Task<JsonObject> UserInfo(Fixture fixture, JsonObject tokens)
    {
        using var http = new HttpClient();
        using var response = await http.SendAsync(With(new HttpRequestMessage(HttpMethod.Get, fixture.Server.Endpoint + "oauth2/userInfo"), (string)tokens["access_token"]!));
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
    }

    private static HttpRequestMessage With(HttpRequestMessage request, string token)
    {
        request.Headers.Host = Host;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    private static HttpRequestMessage Post(Fixture fixture, string path, Dictionary<string, string> form)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, fixture.Server.Endpoint.ToString().TrimEnd('/') + path) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Host = Host;
        return request;
    }

    private static async Task<JsonNode> Jwks(Fixture fixture)
    {
        using var http = new HttpClient();
        return JsonNode.Parse(await http.GetStringAsync($"{fixture.Server.Endpoint}{fixture.PoolId}/.well-known/jwks.json"))!["keys"]!;
    }

    /// <summary>OIDC Core §3.1.3.7: signature by a published key, issuer, audience, times, nonce.</summary>
    private static async Task Valid(Fixture fixture, string token, string? nonce)
    {
        var parts = token.Split('.');
        var head = JsonNode.Parse(Base64Url.DecodeFromChars(parts[0]))!;
        var key = (await Jwks(fixture)).AsArray().Single(key => (string)key!["kid"]! == (string)head["kid"]!)!;
        using var rsa = RSA.Create(new RSAParameters { Modulus = Base64Url.DecodeFromChars((string)key["n"]!), Exponent = Base64Url.DecodeFromChars((string)key["e"]!) });
        Assert.Equal("RS256", (string)head["alg"]!);
        Assert.True(rsa.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        var claims = Fixture.Claims(token);
        Assert.Equal(($"https://cognito-idp.eu-west-2.amazonaws.com/{fixture.PoolId}", fixture.ClientId, nonce), ((string)claims["iss"]!, (string)claims["aud"]!, (string?)claims["nonce"]));
        Assert.InRange((string)claims["sub"]!, "0", "g");
        var now = fixture.Time.GetUtcNow().ToUnixTimeSeconds();
        Assert.True((long)claims["iat"]! <= now && (long)claims["exp"]! > now && (long)claims["auth_time"]! <= now);
    }
}
