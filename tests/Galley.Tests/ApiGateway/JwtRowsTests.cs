using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.ApiGateway;

/// <summary>Rows 46 to 57 of the negative tests, each with a token beside it that passes.</summary>
public class JwtRowsTests : JwtGuardedRoute
{
    private static async Task Passes(HttpApiFixture fixture, string token) => Assert.Equal(200, (await Try(fixture, "Bearer " + token)).Status);

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("nOnE")]
    public async Task Row46_no_signature_is_no_token(string alg)
    {
        await using var fixture = await Start();
        var token = fixture.Backend.Token(Claims(fixture));
        var parts = token.Split('.');
        var header = Backend.Encode(Encoding.UTF8.GetBytes($$"""{"alg":"{{alg}}","kid":"key-1"}"""));
        await Refused(fixture, $"{header}.{parts[1]}.");
        await Refused(fixture, $"{header}.{parts[1]}.{parts[2]}");
        await Refused(fixture, $"{parts[0]}.{parts[1]}.");
        await Passes(fixture, token);
    }

    [Fact]
    public async Task Row47_the_public_key_is_no_HMAC_secret()
    {
        await using var fixture = await Start();
        var key = fixture.Backend.Key;
        var parameters = key.ExportParameters(false);
        var jwk = $$"""{"kty":"RSA","use":"sig","alg":"RS256","kid":"key-1","n":"{{Backend.Encode(parameters.Modulus)}}","e":"{{Backend.Encode(parameters.Exponent)}}"}""";
        var payload = fixture.Backend.Token(Claims(fixture)).Split('.')[1];
        foreach (var (alg, sign) in ((string, Func<byte[], byte[], byte[]>)[])[("HS256", HMACSHA256.HashData), ("HS384", HMACSHA384.HashData), ("HS512", HMACSHA512.HashData)])
            foreach (var secret in (byte[][])[Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes(key.ExportRSAPublicKeyPem()), key.ExportSubjectPublicKeyInfo(), key.ExportRSAPublicKey(), Encoding.ASCII.GetBytes(jwk), parameters.Modulus!, []])
            {
                var signed = Backend.Encode(Encoding.UTF8.GetBytes($$"""{"alg":"{{alg}}","kid":"key-1"}""")) + "." + payload;
                await Refused(fixture, $"{signed}.{Backend.Encode(sign(secret, Encoding.ASCII.GetBytes(signed)))}", $"signing method {alg} is invalid");
            }

        await Passes(fixture, fixture.Backend.Token(Claims(fixture)));
    }

    [Fact]
    public async Task Row48_only_RSA_signatures_count()
    {
        await using var fixture = await Start();
        var payload = fixture.Backend.Token(Claims(fixture)).Split('.')[1];
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var alg in (string[])["ES256", "ES384", "ES512", "EdDSA", "Ed25519", "PS256", "PS384", "PS512"])
        {
            var signed = Backend.Encode(Encoding.UTF8.GetBytes($$"""{"alg":"{{alg}}","kid":"key-1"}""")) + "." + payload;
            await Refused(fixture, $"{signed}.{Backend.Encode(curve.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}", $"signing method {alg} is invalid");
        }

        var pss = Backend.Encode("""{"alg":"RS256","kid":"key-1"}"""u8) + "." + payload;
        await Refused(fixture, $"{pss}.{Backend.Encode(fixture.Backend.Key.SignData(Encoding.ASCII.GetBytes(pss), HashAlgorithmName.SHA256, RSASignaturePadding.Pss))}");
        foreach (var (alg, hash) in ((string, HashAlgorithmName)[])[("RS256", HashAlgorithmName.SHA256), ("RS384", HashAlgorithmName.SHA384), ("RS512", HashAlgorithmName.SHA512)])
        {
            var signed = Backend.Encode(Encoding.UTF8.GetBytes($$"""{"alg":"{{alg}}","kid":"key-1"}""")) + "." + payload;
            await Passes(fixture, $"{signed}.{Backend.Encode(fixture.Backend.Key.SignData(Encoding.ASCII.GetBytes(signed), hash, RSASignaturePadding.Pkcs1))}");
        }
    }

    [Fact]
    public async Task Row49_a_key_identifier_is_a_name_and_nothing_else()
    {
        await using var fixture = await Start();
        foreach (var kid in (object[])["other", "../../etc/passwd", "/dev/null", "x' OR '1'='1", "key-1\u0000", "KEY-1", "key-1 ", "a\"b", 1, "", new[] { "key-1" }])
            await Refused(fixture, fixture.Backend.Token(Claims(fixture), new { alg = "RS256", kid }));
        await Refused(fixture, fixture.Backend.Token(Claims(fixture), new { alg = "RS256" }));
        await Passes(fixture, fixture.Backend.Token(Claims(fixture), new { alg = "RS256", kid = "key-1" }));
    }

    [Fact]
    public async Task Row50_a_token_cannot_bring_its_own_key()
    {
        await using var fixture = await Start();
        using var attacker = RSA.Create(2048);
        var own = fixture.Backend.Key;
        var mine = attacker.ExportParameters(false);
        var jwk = new { kty = "RSA", kid = "key-1", n = Backend.Encode(mine.Modulus), e = "AQAB" };
        var seen = fixture.Backend.Seen.Count;
        foreach (var header in (object[])[
                     new { alg = "RS256", kid = "key-1", jwk }, new { alg = "RS256", kid = "key-1", jku = fixture.Backend.Address + "/mine" }, new { alg = "RS256", kid = "key-1", x5u = fixture.Backend.Address + "/mine" },
                     new { alg = "RS256", kid = "key-1", x5c = new[] { "MIIB" } }, new { alg = "RS256", kid = "mine", jku = fixture.Backend.Address + "/mine", jwk }])
        {
            fixture.Backend.Key = attacker;
            var forged = fixture.Backend.Token(Claims(fixture), header);
            fixture.Backend.Key = own;
            await Refused(fixture, forged);
        }

        Assert.DoesNotContain("/mine", fixture.Backend.Seen);
        await Passes(fixture, fixture.Backend.Token(Claims(fixture), new { alg = "RS256", kid = "key-1", jku = fixture.Backend.Address + "/mine" })); // well signed: the hint is just not looked at
        Assert.DoesNotContain("/mine", fixture.Backend.Seen.Skip(seen));
    }

    [Fact]
    public async Task Row51_times_are_numbers_and_hold()
    {
        await using var fixture = await Start();
        foreach (var (name, value) in ((string, object)[])[("exp", Seconds(-1)), ("exp", Seconds(0)), ("exp", $"{Seconds(600)}"), ("exp", -1), ("exp", true), ("nbf", Seconds(1)), ("nbf", "0"), ("iat", Seconds(1)), ("iat", "x")])
            await Refused(fixture, fixture.Backend.Token(Claims(fixture, (name, value))));
        foreach (var exp in (string[])["1e400", "null", "[9999999999]", "{}", "1e300"])
            await Refused(fixture, fixture.Backend.Sign("""{"alg":"RS256","kid":"key-1"}""", $$"""{"iss":"{{fixture.Backend.Address}}/issuer","client_id":"me","exp":{{exp}}}"""));
        var none = Claims(fixture);
        none.Remove("exp");
        await Refused(fixture, fixture.Backend.Token(none));
        await Passes(fixture, fixture.Backend.Token(Claims(fixture, ("exp", Seconds(1)), ("nbf", Seconds(0)), ("iat", Seconds(0)))));
        await Passes(fixture, fixture.Backend.Token(Claims(fixture, ("exp", Seconds(600) + 0.5))));
    }

    [Fact]
    public async Task Row52_issuer_and_audience_are_exact()
    {
        await using var fixture = await Start();
        foreach (var issuer in (string[])[fixture.Backend.Address + "/issuer/", fixture.Backend.Address + "/Issuer", fixture.Backend.Address, "https://cognito-idp.eu-west-2.amazonaws.com/eu-west-2_abc", ""])
            await Refused(fixture, fixture.Backend.Token(Claims(fixture, ("iss", issuer))), "invalid issuer");
        const string audience = "the token does not have a valid audience";
        await Refused(fixture, fixture.Backend.Token(Claims(fixture, ("aud", "stranger"))), audience); // client_id is right
        await Refused(fixture, fixture.Backend.Token(Claims(fixture, ("aud", Array.Empty<string>()))), audience);
        await Refused(fixture, fixture.Backend.Token(Claims(fixture, ("aud", 1))), audience);
        await Refused(fixture, fixture.Backend.Token(Claims(fixture, ("client_id", "stranger"))), audience);
        await Refused(fixture, fixture.Backend.Token(Claims(fixture, ("client_id", "ME"))), audience);
        await Passes(fixture, fixture.Backend.Token(Claims(fixture, ("aud", new[] { "stranger", "other" }), ("client_id", "stranger"))));
    }

    [Fact]
    public async Task Row53_a_scoped_route_wants_a_scope()
    {
        await using var fixture = await Start(scopes: ["recipes/read", "recipes/write"]);
        foreach (var (name, value) in ((string, object)[])[("scope", ""), ("scope", "openid"), ("scope", "recipes/readx"), ("scope", "RECIPES/READ"), ("scope", 1), ("token_use", "id")])
        {
            using var response = await fixture.Get("/recipes", ("Authorization", fixture.Backend.Token(Claims(fixture, (name, value)))));
            Assert.Equal((403, "{\"message\":\"Forbidden\"}"), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
            Assert.StartsWith("Bearer scope=\"recipes/read recipes/write\" error=\"insufficient_scope\"", response.Headers.GetValues("www-authenticate").Single(), StringComparison.Ordinal);
        }

        await Passes(fixture, fixture.Backend.Token(Claims(fixture, ("scope", "openid recipes/write"))));
    }

    [Fact]
    public async Task Row54_one_token_in_its_place()
    {
        await using var fixture = await Start();
        var token = fixture.Backend.Token(Claims(fixture));
        using var none = await fixture.Get("/recipes");
        Assert.Equal((401, "{\"message\":\"Unauthorized\"}", "Bearer"), ((int)none.StatusCode, await none.Content.ReadAsStringAsync(), none.Headers.GetValues("www-authenticate").Single()));
        Assert.StartsWith("401", await fixture.Says("/recipes?Authorization=" + token), StringComparison.Ordinal);
        Assert.StartsWith("401", await fixture.Says("/recipes?access_token=" + token), StringComparison.Ordinal);
        Assert.StartsWith("401", await fixture.Says("/recipes", ("Cookie", "Authorization=" + token)), StringComparison.Ordinal);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", fixture.Server.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /recipes HTTP/1.1\r\nHost: {fixture.Host}\r\nAuthorization: Bearer {token}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith("HTTP/1.1 400 ", await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
        await Passes(fixture, token);
    }

    [Fact]
    public async Task Row56_extensions_and_repeated_members_are_refused()
    {
        await using var fixture = await Start();
        var issuer = fixture.Backend.Address + "/issuer";
        var good = $$"""{"iss":"{{issuer}}","client_id":"me","exp":{{Seconds(60)}}}""";
        foreach (var header in (string[])[
                     """{"alg":"RS256","kid":"key-1","crit":["exp"]}""", """{"alg":"RS256","kid":"key-1","crit":[]}""", """{"alg":"RS256","kid":"key-1","crit":["b64"],"b64":false}""", """{"alg":"RS256","kid":"key-1","b64":true}""",
                     """{"alg":"none","alg":"RS256","kid":"key-1"}""", """{"alg":"RS256","kid":"x","kid":"key-1"}""", """{"alg":"RS256","kid":"key-1","typ":"JWT","typ":"x"}"""])
            await Refused(fixture, fixture.Backend.Sign(header, good));
        foreach (var payload in (string[])[
                     $$"""{"iss":"{{issuer}}","client_id":"x","client_id":"me","exp":{{Seconds(60)}}}""", $$"""{"iss":"{{issuer}}","client_id":"me","exp":1,"exp":{{Seconds(60)}}}""",
                     $$"""{"iss":"{{issuer}}","client_id":"me","exp":{{Seconds(60)}},"a":{"b":1,"b":2} }""", good + " x", good + good, "[" + good + "]", "\"" + "x" + "\"", ""])
            await Refused(fixture, fixture.Backend.Sign("""{"alg":"RS256","kid":"key-1"}""", payload));
        await Passes(fixture, fixture.Backend.Sign("""{"alg":"RS256","kid":"key-1"}""", good));
    }

    [Fact]
    public async Task Row57_keys_age_and_a_slow_or_large_document_closes_the_door_without_a_hang()
    {
        var time = new FakeTimeProvider(Now);
        await using var fixture = await Start(time);
        var token = fixture.Backend.Token(Claims(fixture, ("exp", Seconds(90_000))));
        await Passes(fixture, token);
        fixture.Backend.Kid = "key-2";
        time.Advance(TimeSpan.FromHours(1.9));
        await Passes(fixture, token); // AWS keeps keys for up to two hours
        time.Advance(TimeSpan.FromHours(0.2));
        await Refused(fixture, token);
        var renewed = fixture.Backend.Token(Claims(fixture, ("exp", Seconds(90_000))));
        await Passes(fixture, renewed);

        fixture.Backend.Jwks = () => "{\"keys\":[" + new string(' ', 150_001 - 11) + "]}";
        time.Advance(TimeSpan.FromHours(2.1));
        await Refused(fixture, renewed);
        fixture.Backend.Jwks = null;
        time.Advance(TimeSpan.FromSeconds(11));
        await Passes(fixture, renewed);

        fixture.Backend.Slow = true;
        time.Advance(TimeSpan.FromHours(2.1));
        var waiting = Try(fixture, renewed);
        await fixture.Backend.Hanging.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(waiting.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1500));
        Assert.Equal(401, (await waiting.WaitAsync(TimeSpan.FromSeconds(30))).Status);
    }

    [Fact]
    public async Task A_verified_token_is_not_verified_again_yet_a_rotated_key_and_a_changed_authorizer_count()
    {
        var time = new FakeTimeProvider(Now);
        await using var fixture = await HttpApiFixture.Start(time);
        var id = (string)(await fixture.Call("CreateAuthorizer", new { fixture.ApiId, Name = "jwt", AuthorizerType = "JWT", IdentitySource = new[] { "$request.header.Authorization" }, JwtConfiguration = new { Issuer = fixture.Backend.Address + "/issuer", Audience = new[] { "me" } } }))["AuthorizerId"]!;
        // without a target the request fails behind its authorizer, and its trail says how it came so far
        var route = (string)(await fixture.Call("CreateRoute", new { fixture.ApiId, RouteKey = "GET /recipes", AuthorizationType = "JWT", AuthorizerId = id }))["RouteId"]!;
        using var owner = new Server.SignedHttp(fixture.Server.Endpoint, fixture.Server.Region, fixture.Server.AccessKeyId, fixture.Server.SecretAccessKey, time);
        const string verified = "let the request in: token", remembered = "let the request in by what it found before: token";
        var token = fixture.Backend.Token(Claims(fixture, ("exp", Seconds(90_000)), ("scope", "r")));
        Assert.Equal([verified, remembered, remembered], [await How(token), await How(token), await How("Bearer " + token)]);
        Assert.Equal(verified, await How(fixture.Backend.Token(Claims(fixture, ("exp", Seconds(90_001)), ("scope", "r")))));

        await Audience("somebody");
        await Refused(fixture, token, "the token does not have a valid audience");
        await Audience("me");
        Assert.Equal(remembered, await How(token));
        await fixture.Call("UpdateRoute", new { fixture.ApiId, RouteId = route, AuthorizationScopes = new[] { "w" } });
        Assert.Equal(403, (await Try(fixture, token)).Status);
        await fixture.Call("UpdateRoute", new { fixture.ApiId, RouteId = route, AuthorizationScopes = new[] { "r" } });
        Assert.Equal(remembered, await How(token));

        // another key under the same name: AWS may use the old one for two hours, and no longer
        using var old = fixture.Backend.Key;
        fixture.Backend.Key = RSA.Create(2048);
        time.Advance(TimeSpan.FromHours(1.9));
        Assert.Equal(remembered, await How(token));
        time.Advance(TimeSpan.FromHours(0.2));
        Assert.Equal(401, (await Try(fixture, token)).Status);
        var renewed = fixture.Backend.Token(Claims(fixture, ("exp", Seconds(90_000)), ("scope", "r")));
        Assert.Equal([verified, remembered], [await How(renewed), await How(renewed)]);
        time.Advance(TimeSpan.FromHours(2.1)); // the same key again: what it verified stays verified
        Assert.Equal(remembered, await How(renewed));
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(401, (await Try(fixture, renewed)).Status);

        Task Audience(string audience) => fixture.Call("UpdateAuthorizer", new { fixture.ApiId, AuthorizerId = id, JwtConfiguration = new { Issuer = fixture.Backend.Address + "/issuer", Audience = new[] { audience } } });

        async Task<string> How(string sent)
        {
            using var response = await fixture.Get("/recipes", ("Authorization", sent));
            Assert.Equal(500, (int)response.StatusCode);
            var (_, trail) = await owner.Send("galley", HttpMethod.Get, "/_galley/explain/" + Uri.EscapeDataString(response.Headers.GetValues("apigw-requestid").Single()), null);
            return (string)JsonNode.Parse(trail)!["steps"]!.AsArray().Single(step => (string)step!["check"]! == "authorizer")!["why"]!;
        }
    }

    [Fact]
    public async Task Unknown_keys_ask_the_issuer_rarely_and_cannot_lock_out_the_known_ones()
    {
        var time = new FakeTimeProvider(Now);
        await using var fixture = await Start(time);
        var token = fixture.Backend.Token(Claims(fixture));
        await Passes(fixture, token);
        var asked = fixture.Backend.Seen.Count(path => path == "/issuer/keys");
        time.Advance(TimeSpan.FromSeconds(11));
        for (var i = 0; i < 5; i++) await Refused(fixture, fixture.Backend.Token(Claims(fixture), new { alg = "RS256", kid = "unknown" + i }));
        Assert.Equal(asked + 1, fixture.Backend.Seen.Count(path => path == "/issuer/keys"));
        fixture.Backend.Jwks = () => "no JSON";
        time.Advance(TimeSpan.FromSeconds(11));
        await Refused(fixture, fixture.Backend.Token(Claims(fixture), new { alg = "RS256", kid = "another" }));
        await Passes(fixture, token);
    }

    [Fact]
    public async Task A_pool_of_ours_is_one_issuer_under_its_AWS_name_and_its_local_ones()
    {
        await using var fixture = await HttpApiFixture.Start();
        var pool = (string)(await fixture.Aws.Call("cognito-identity-provider", "CreateUserPool", new { PoolName = "p" }))["UserPool"]!["Id"]!;
        var client = (string)(await fixture.Aws.Call("cognito-identity-provider", "CreateUserPoolClient", new { UserPoolId = pool, ClientName = "c", ExplicitAuthFlows = new[] { "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH" } }))["UserPoolClient"]!["ClientId"]!;
        await fixture.Aws.Call("cognito-identity-provider", "AdminCreateUser", new { UserPoolId = pool, Username = "ann", MessageAction = "SUPPRESS" });
        await fixture.Aws.Call("cognito-identity-provider", "AdminSetUserPassword", new { UserPoolId = pool, Username = "ann", Password = "Pa55word!x", Permanent = true });
        var result = (await fixture.Aws.Call("cognito-identity-provider", "AdminInitiateAuth", new { UserPoolId = pool, ClientId = client, AuthFlow = "ADMIN_USER_PASSWORD_AUTH", AuthParameters = new { USERNAME = "ann", PASSWORD = "Pa55word!x" } }))["AuthenticationResult"]!;
        string[] issuers = [$"https://cognito-idp.eu-west-2.amazonaws.com/{pool}", $"http://cognito-idp.eu-west-2.localhost:{fixture.Server.Port}/{pool}", $"http://127.0.0.1:{fixture.Server.Port}/{pool}"];
        for (var i = 0; i < issuers.Length; i++)
        {
            var authorizer = await fixture.Call("CreateAuthorizer", new { fixture.ApiId, Name = "pool" + i, AuthorizerType = "JWT", IdentitySource = new[] { "$request.header.Authorization" }, JwtConfiguration = new { Issuer = issuers[i], Audience = new[] { client } } });
            await fixture.Route($"GET /{i}", authorization: new { AuthorizationType = "JWT", AuthorizerId = (string)authorizer["AuthorizerId"]! });
            foreach (var kind in (string[])["AccessToken", "IdToken"]) Assert.StartsWith("200", await fixture.Says($"/{i}", ("Authorization", "Bearer " + (string)result[kind]!)), StringComparison.Ordinal);
        }

        await fixture.Aws.Call("cognito-identity-provider", "DeleteUserPool", new { UserPoolId = pool });
    }
}
