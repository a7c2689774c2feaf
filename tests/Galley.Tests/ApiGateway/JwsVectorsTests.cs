using System.Security.Cryptography;
using System.Text;

namespace Galley.Tests.ApiGateway;

/// <summary>Row 55: some hundred tokens that are not quite the good one, made here, of the kinds that Wycheproof has for JWS.</summary>
public class JwsVectorsTests : JwtGuardedRoute
{
    [Fact]
    public async Task Row55_whatever_is_not_exactly_the_token_is_refused()
    {
        await using var fixture = await HttpApiFixture.Start(new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Now));
        // by the query, where every character can be sent
        var authorizer = await fixture.Call("CreateAuthorizer", new { fixture.ApiId, Name = "jwt", AuthorizerType = "JWT", IdentitySource = new[] { "$request.querystring.t" }, JwtConfiguration = new { Issuer = fixture.Backend.Address + "/issuer", Audience = new[] { "me" } } });
        await fixture.Route("GET /r", authorization: new { AuthorizationType = "JWT", AuthorizerId = (string)authorizer["AuthorizerId"]! });
        var token = fixture.Backend.Token(Claims(fixture));
        Assert.StartsWith("200", await fixture.Says("/r?t=" + token), StringComparison.Ordinal);

        var bad = Vectors(token, fixture.Backend.Key, Claims(fixture)).Distinct().ToList();
        Assert.True(bad.Count > 400, $"{bad.Count}");
        Assert.DoesNotContain(token, bad);
        foreach (var vector in bad)
        {
            var answer = await fixture.Says("/r?t=" + Uri.EscapeDataString(vector));
            Assert.True(answer == "401 {\"message\":\"Unauthorized\"}", $"{answer} for {vector}");
        }

        Assert.StartsWith("200", await fixture.Says("/r?t=" + token), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Vectors(string token, RSA key, Dictionary<string, object> claims)
        => Characters(token).Concat(Padding(token)).Concat(Signatures(token, key)).Concat(Shapes(token)).Concat(Headers(token, key)).Concat(Nested(token, key, claims));

    /// <summary>A foreign character at the beginning, in the middle and at the end of every part.</summary>
    private static IEnumerable<string> Characters(string token)
    {
        foreach (var character in (string[])[" ", "\t", "\r", "\n", "\r\n", "\0", "=", "+", "/", "!", ",", ":", "%3D", "\u00a0", "\u200b", "\ufeff", "é", "Ａ", "\"", "'", "\\"])
            for (var part = 0; part < 3; part++)
            {
                var parts = token.Split('.');
                foreach (var at in (int[])[0, parts[part].Length / 2, parts[part].Length])
                {
                    var changed = token.Split('.');
                    changed[part] = parts[part].Insert(at, character);
                    yield return string.Join('.', changed);
                }
            }
    }

    /// <summary>Base64 with padding, in the other alphabet, and with left-over bits that are not zero.</summary>
    private static IEnumerable<string> Padding(string token)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var parts = token.Split('.');
        for (var part = 0; part < 3; part++)
        {
            foreach (var padding in (string[])["=", "==", "===", "====", "A", "AA", "AAA", "AAAA"]) yield return With(part, parts[part] + padding);
            for (var cut = 1; cut <= 4; cut++) yield return With(part, parts[part][..^cut]);
            yield return With(part, "");
            yield return With(part, parts[part] + "." + parts[part]);
            if (parts[part].Length % 4 != 0)
                for (var bits = 1; bits < (parts[part].Length % 4 == 2 ? 16 : 4); bits++)
                    yield return With(part, parts[part][..^1] + alphabet[alphabet.IndexOf(parts[part][^1], StringComparison.Ordinal) ^ bits]);
        }

        yield return With(2, parts[2].Replace('-', '+').Replace('_', '/') + "+/");

        string With(int part, string text)
        {
            var changed = (string[])parts.Clone();
            changed[part] = text;
            return string.Join('.', changed);
        }
    }

    /// <summary>Signatures of wrong length, content or form.</summary>
    private static IEnumerable<string> Signatures(string token, RSA key)
    {
        var signed = token[..token.LastIndexOf('.')];
        var signature = System.Buffers.Text.Base64Url.DecodeFromChars(token.AsSpan(token.LastIndexOf('.') + 1));
        for (var i = 0; i < signature.Length; i += 5) yield return With(Changed(bytes => bytes[i] ^= (byte)(1 << i % 8)));
        foreach (var length in (int[])[1, 2, 32, 64, 128, 255]) yield return With(signature[..length]);
        yield return With([.. signature, 0]);
        yield return With([0, .. signature]);
        yield return With([0, .. signature[..^1]]);
        yield return With([.. signature, .. signature]);
        yield return With([.. signature.Reverse()]);
        yield return With(new byte[signature.Length]);
        yield return With(Enumerable.Repeat((byte)255, signature.Length).ToArray());
        yield return With([.. new byte[signature.Length - 1], 1]);
        yield return With(key.ExportParameters(false).Modulus!);
        yield return signed + "." + Convert.ToHexStringLower(signature);
        yield return signed + "." + Convert.ToHexString(signature);
        foreach (var hash in (HashAlgorithmName[])[HashAlgorithmName.SHA1, HashAlgorithmName.SHA384, HashAlgorithmName.SHA512]) yield return With(key.SignData(Encoding.ASCII.GetBytes(signed), hash, RSASignaturePadding.Pkcs1));
        yield return With(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
        yield return With(key.SignData(Encoding.ASCII.GetBytes(signed + "."), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        yield return With(key.SignData(Encoding.ASCII.GetBytes(signed.Split('.')[1]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        yield return With(SHA256.HashData(Encoding.ASCII.GetBytes(signed)));

        string With(byte[] other) => signed + "." + Backend.Encode(other);

        byte[] Changed(Action<byte[]> change)
        {
            var copy = (byte[])signature.Clone();
            change(copy);
            return copy;
        }
    }

    /// <summary>Other numbers of parts, other orders, and the JSON serialisations.</summary>
    private static IEnumerable<string> Shapes(string token)
    {
        var parts = token.Split('.');
        foreach (var shape in (string[])["{0}", "{0}.{1}", "{1}.{2}", ".{0}.{1}.{2}", "{0}.{1}.{2}.", "{0}..{2}", "..", ".", "...", "{0}.{1}.{2}.x", "{0}.{1}.{2}.x.y", "{0}.{0}.{0}.{0}.{0}", "{1}.{0}.{2}", "{2}.{1}.{0}", "{0},{1},{2}", "{0}:{1}:{2}", "{0}. {1}.{2}", "Bearer", "Bearer ", "Bearer Bearer {0}.{1}.{2}", "bearer  {0}.{1}.{2}", "JWT {0}.{1}.{2}", "null", "undefined", "[object Object]", "\"{0}.{1}.{2}\"", "{0}.{1}.{2},{0}.{1}.{2}"])
            yield return string.Format(System.Globalization.CultureInfo.InvariantCulture, shape, parts[0], parts[1], parts[2]);
        yield return $$"""{"protected":"{{parts[0]}}","payload":"{{parts[1]}}","signature":"{{parts[2]}}"}""";
        yield return $$"""{"payload":"{{parts[1]}}","signatures":[{"protected":"{{parts[0]}}","signature":"{{parts[2]}}"}]}""";
        yield return $$"""{"payload":"{{parts[1]}}","header":{"alg":"RS256","kid":"key-1"},"signature":"{{parts[2]}}"}""";
        yield return Backend.Encode(Encoding.UTF8.GetBytes(token));
        yield return token.ToUpperInvariant();
        yield return token.ToLowerInvariant();
        yield return new string([.. token.Reverse()]);
    }

    /// <summary>Well signed, but with a header that must not count.</summary>
    private static IEnumerable<string> Headers(string token, RSA key)
    {
        var payload = token.Split('.')[1];
        foreach (var header in (string[])[
                     """{"alg":"none"}""", """{"alg":"none","kid":"key-1"}""", """{"alg":"NONE","kid":"key-1"}""", """{"alg":"","kid":"key-1"}""", """{"alg":null,"kid":"key-1"}""", """{"alg":["RS256"],"kid":"key-1"}""", """{"alg":256,"kid":"key-1"}""",
                     """{"alg":"rs256","kid":"key-1"}""", """{"alg":"RS256 ","kid":"key-1"}""", """{"alg":" RS256","kid":"key-1"}""", """{"alg":"RS1","kid":"key-1"}""", """{"alg":"RSA","kid":"key-1"}""", """{"alg":"RSA-OAEP","kid":"key-1"}""", """{"alg":"HS256","kid":"key-1"}""", """{"alg":"PS256","kid":"key-1"}""",
                     """{"alg":"RS384","kid":"key-1"}""", """{"alg":"RS512","kid":"key-1"}""", """{"kid":"key-1"}""", """{"ALG":"RS256","kid":"key-1"}""", """{"alg":"RS256","KID":"key-1"}""", """{"alg":"RS256"}""", """{"alg":"RS256","kid":null}""", """{"alg":"RS256","kid":["key-1"]}""", """{"alg":"RS256","kid":{"a":"key-1"}}""",
                     """{"alg":"RS256","kid":"key-1","crit":["x"],"x":1}""", """{"alg":"RS256","kid":"key-1","crit":"exp"}""", """{"alg":"RS256","kid":"key-1","crit":null}""", """{"alg":"RS256","kid":"key-1","b64":false}""", """{"alg":"RS256","kid":"key-1","b64":false,"crit":["b64"]}""",
                     """{"alg":"RS256","alg":"RS256","kid":"key-1"}""", """{"alg":"RS256","kid":"key-1","kid":"key-1"}""", """{"alg":"RS256","kid":"key-1"}}""", """{"alg":"RS256","kid":"key-1",}""", """{"alg":"RS256" "kid":"key-1"}""", """{'alg':'RS256','kid':'key-1'}""", """{alg:"RS256",kid:"key-1"}""",
                     """{"alg":"RS256","kid":"key-1"} // x""", """/* x */{"alg":"RS256","kid":"key-1"}""", """[{"alg":"RS256","kid":"key-1"}]""", "\"RS256\"", "null", "1", "", "{}", "[]", "\ufeff{\"alg\":\"RS256\",\"kid\":\"key-1\"}", """{"alg":"RS256","kid":"key-1","x":NaN}""", """{"alg":"RS256","kid":"key-1","x":01}"""])
        {
            var signed = Backend.Encode(Encoding.UTF8.GetBytes(header)) + "." + payload;
            yield return signed + "." + Backend.Encode(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        }

        var deep = "{\"alg\":\"RS256\",\"kid\":\"key-1\",\"x\":" + new string('[', 100) + new string(']', 100) + "}";
        var nested = Backend.Encode(Encoding.UTF8.GetBytes(deep)) + "." + payload;
        yield return nested + "." + Backend.Encode(key.SignData(Encoding.ASCII.GetBytes(nested), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        byte[] broken = [.. "{\"alg\":\"RS256\",\"kid\":\"key-1\",\"x\":\""u8, 0xC3, 0x28, .. "\"}"u8];
        var foreign = Backend.Encode(broken) + "." + payload;
        yield return foreign + "." + Backend.Encode(key.SignData(Encoding.ASCII.GetBytes(foreign), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    /// <summary>A token as the payload of a token, and payloads that are no claims.</summary>
    private static IEnumerable<string> Nested(string token, RSA key, Dictionary<string, object> claims)
    {
        var header = token.Split('.')[0];
        var json = System.Text.Json.JsonSerializer.Serialize(claims);
        foreach (var payload in (string[])[token, "\"" + token + "\"", "[" + json + "]", json + json, json[..^1], json + "}", "{\"jwt\":" + json + "}", "null", "true", "[]", "{}", "", " ", json.Replace("\"exp\"", "\"EXP\"", StringComparison.Ordinal), json.Replace("\"iss\"", "\"Iss\"", StringComparison.Ordinal), "\ufeff" + json])
        {
            var signed = header + "." + Backend.Encode(Encoding.UTF8.GetBytes(payload));
            yield return signed + "." + Backend.Encode(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        }
    }
}
