using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.ApiGateway;

/// <summary>Group C of the security rows: what must not get past a JWT authorizer.</summary>
public class JwtAuthorizerTests : JwtGuardedRoute
{
    [Fact]
    public async Task A_good_token_passes_with_and_without_Bearer_until_it_expires()
    {
        var time = new FakeTimeProvider(Now);
        await using var fixture = await Start(time);
        var token = fixture.Backend.Token(Claims(fixture));
        Assert.Equal((401, "Bearer"), await NoToken(fixture));
        Assert.Equal(200, (await Try(fixture, "Bearer " + token)).Status);
        Assert.Equal(200, (await Try(fixture, token)).Status);
        Assert.Equal(200, (await Try(fixture, fixture.Backend.Token(Claims(fixture, ("aud", new[] { "x", "other" }))))).Status);
        time.Advance(TimeSpan.FromSeconds(600));
        await Refused(fixture, token, "the token has expired");

        static async Task<(int, string)> NoToken(HttpApiFixture fixture)
        {
            using var response = await fixture.Get("/recipes?Authorization=x");
            return ((int)response.StatusCode, response.Headers.GetValues("www-authenticate").Single());
        }
    }

    [Fact]
    public async Task Claims_of_another_audience_issuer_or_time_are_refused()
    {
        await using var fixture = await Start();
        await Refused(fixture, fixture.Backend.Token(Claims(fixture, ("client_id", "stranger"))), "the token does not have a valid audience");
        await Refused(fixture, fixture.Backend.Token(Claims(fixture, ("aud", "stranger"))), "the token does not have a valid audience");
        await Refused(fixture, fixture.Backend.Token(Claims(fixture, ("iss", fixture.Backend.Address + "/issuer/"))), "invalid issuer");
        foreach (var (name, value) in ((string, object)[])[("exp", Seconds(-1)), ("exp", Seconds(0)), ("exp", "9999999999"), ("exp", -1), ("nbf", Seconds(1)), ("iat", Seconds(1)), ("nbf", "0")])
            await Refused(fixture, fixture.Backend.Token(Claims(fixture, (name, value))));
        var withoutExp = Claims(fixture);
        withoutExp.Remove("exp");
        await Refused(fixture, fixture.Backend.Token(withoutExp));
        var issuer = fixture.Backend.Address + "/issuer";
        await Refused(fixture, fixture.Backend.Sign($$"""{"alg":"RS256","kid":"{{fixture.Backend.Kid}}"}""", $$"""{"iss":"{{issuer}}","client_id":"me","exp":1e400}"""));
        await Refused(fixture, fixture.Backend.Sign($$"""{"alg":"RS256","kid":"{{fixture.Backend.Kid}}"}""", $$"""{"iss":"{{issuer}}","client_id":"x","client_id":"me","exp":{{Seconds(60)}}}"""));
    }

    [Fact]
    public async Task Algorithms_keys_and_headers_that_do_not_belong_are_refused()
    {
        await using var fixture = await Start();
        var claims = Claims(fixture);
        foreach (var alg in (string[])["none", "None", "nOnE", "HS256", "ES256", "EdDSA", "PS256", "rs256", ""])
            await Refused(fixture, fixture.Backend.Token(claims, new { alg, kid = "key-1" }));
        foreach (var kid in (object[])["other", "../../etc/passwd", "x' OR '1'='1", "a\"b", 1, ""])
            await Refused(fixture, fixture.Backend.Token(claims, new { alg = "RS256", kid }));
        await Refused(fixture, fixture.Backend.Token(claims, new { alg = "RS256" }));
        await Refused(fixture, fixture.Backend.Token(claims, new { alg = "RS256", kid = "key-1", crit = new[] { "exp" } }));
        await Refused(fixture, fixture.Backend.Token(claims, new { alg = "RS256", kid = "key-1", b64 = false }));

        var payload = fixture.Backend.Token(claims).Split('.')[1];
        var header = Backend.Encode("""{"alg":"HS256","kid":"key-1"}"""u8);
        var publicKey = Encoding.ASCII.GetBytes(fixture.Backend.Key.ExportSubjectPublicKeyInfoPem());
        await Refused(fixture, $"{header}.{payload}.{Backend.Encode(HMACSHA256.HashData(publicKey, Encoding.ASCII.GetBytes($"{header}.{payload}")))}", "signing method HS256 is invalid");

        using var attacker = RSA.Create(2048);
        var mine = attacker.ExportParameters(false);
        var own = fixture.Backend.Key;
        fixture.Backend.Key = attacker;
        var forged = fixture.Backend.Token(claims, new { alg = "RS256", kid = "key-1", jku = fixture.Backend.Address + "/mine", jwk = new { kty = "RSA", n = Backend.Encode(mine.Modulus), e = "AQAB" } });
        fixture.Backend.Key = own;
        await Refused(fixture, forged, "crypto/rsa: verification error");
        Assert.DoesNotContain("/mine", fixture.Backend.Seen);
    }

    [Fact]
    public async Task What_is_not_exactly_three_canonical_parts_is_refused()
    {
        await using var fixture = await Start();
        var token = fixture.Backend.Token(Claims(fixture));
        var parts = token.Split('.');
        await Refused(fixture, "null", "token contains an invalid number of segments");
        await Refused(fixture, token + ".x.y", "token contains an invalid number of segments");
        var last = token[^1];
        var alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var twin = alphabet[alphabet.IndexOf(last, StringComparison.Ordinal) ^ 1]; // the same bytes, other left-over bits
        foreach (var bad in (string[])[$"{parts[0]}.{parts[1]}.", $"{parts[0]}.{parts[1]}.{parts[2]}=", $"{parts[0]}=.{parts[1]}.{parts[2]}", $"{parts[0]}.{parts[1]}=.{parts[2]}",
                     $"{parts[0]} .{parts[1]}.{parts[2]}", token[..^1] + twin, $".{parts[1]}.{parts[2]}", $"{parts[0]}..{parts[2]}", "{\"payload\":\"x\"}", token[..^4] + "AAAA", $"{parts[0]}.{parts[1]}.{parts[2].Replace('-', '+').Replace('_', '/')}+"])
            await Refused(fixture, bad);
        Assert.Equal(200, (await Try(fixture, token)).Status);
        using var twice = await fixture.Get("/recipes", ("Authorization", token), ("Authorization", token));
        Assert.NotEqual(200, (int)twice.StatusCode);
    }

    [Fact]
    public async Task A_route_with_scopes_wants_one_of_them()
    {
        await using var fixture = await Start(scopes: ["recipes/read", "recipes/write"]);
        Assert.Equal(200, (await Try(fixture, fixture.Backend.Token(Claims(fixture, ("scope", "openid recipes/write"))))).Status);
        Assert.Equal(200, (await Try(fixture, fixture.Backend.Token(Claims(fixture, ("scp", new[] { "recipes/read" }))))).Status);
        foreach (var scope in (string[])["", "recipes", "recipes/readx", "openid"])
        {
            var (status, challenge) = await Try(fixture, fixture.Backend.Token(Claims(fixture, ("scope", scope))));
            Assert.Equal(403, status);
            Assert.StartsWith("Bearer scope=\"recipes/read recipes/write\" error=\"insufficient_scope\"", challenge, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_key_that_is_gone_for_two_hours_verifies_nothing_and_a_broken_key_document_closes_the_door()
    {
        var time = new FakeTimeProvider(Now);
        await using var fixture = await Start(time);
        var token = fixture.Backend.Token(Claims(fixture, ("exp", Seconds(90_000))));
        Assert.Equal(200, (await Try(fixture, token)).Status);
        fixture.Backend.Kid = "key-2";
        time.Advance(TimeSpan.FromHours(2.1));
        await Refused(fixture, token);
        var renewed = fixture.Backend.Token(Claims(fixture, ("exp", Seconds(90_000))));
        Assert.Equal(200, (await Try(fixture, renewed)).Status);
        fixture.Backend.Jwks = () => "{\"keys\":[" + new string(' ', 150_001) + "]}";
        time.Advance(TimeSpan.FromHours(2.1));
        await Refused(fixture, renewed);
        fixture.Backend.Jwks = null;
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(200, (await Try(fixture, renewed)).Status);
    }
}
