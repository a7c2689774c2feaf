using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Galley.Cognito.Federation;

/// <summary>OIDC Core §3.1.3.7: an id token of a provider is its own, for us, in time, and answers our request.</summary>
internal static class ForeignIdToken
{
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    /// <summary>The claims.</summary>
    /// <exception cref="FederationFailed">Anything is wrong with it.</exception>
    public static JsonDocument Verify(string token, JsonDocument keys, string issuer, string clientId, string nonce, DateTimeOffset now)
    {
        JsonDocument? body = null;
        try
        {
            var strict = new JsonDocumentOptions { AllowDuplicateProperties = false };
            var parts = token.Split('.');
            if (parts.Length != 3 || token.Length > 64 << 10) throw new FormatException();
            using var head = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]), strict);
            body = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]), strict);
            var signed = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}");
            var signature = Base64Url.DecodeFromChars(parts[2]);
            var claims = body.RootElement;
            var wrong = head.RootElement.TryGetProperty("crit", out _) || !IsSigned(head.RootElement, keys, signed, signature) ? "its signature"
                : Text(claims, "iss") != issuer ? "its issuer"
                : !IsFor(claims, clientId) ? "its audience"
                : claims.GetProperty("exp").GetInt64() <= (now - Skew).ToUnixTimeSeconds() || claims.GetProperty("iat").GetInt64() > (now + Skew).ToUnixTimeSeconds() ? "its time"
                : Text(claims, "nonce") != nonce ? "its nonce"
                : Text(claims, "sub") is not { Length: > 0 } ? "its subject" : null;
            if (wrong is null) return body;
            throw new FederationFailed("the provider's id token is not valid: " + wrong);
        }
        catch (Exception e)
        {
            body?.Dispose();
            if (e is FormatException or JsonException or InvalidOperationException or KeyNotFoundException or CryptographicException) throw new FederationFailed("the provider's id token cannot be read");
            throw;
        }
    }

    private static bool IsFor(JsonElement claims, string clientId)
    {
        var audience = claims.GetProperty("aud");
        if (audience.ValueKind == JsonValueKind.String) return audience.GetString() == clientId;
        var several = audience.EnumerateArray().Select(item => item.GetString()).ToList();
        return several.Contains(clientId) && (several.Count == 1 || Text(claims, "azp") == clientId);
    }

    /// <summary>RS256, PS256 or ES256 with a key of the provider whose kind fits; never `none`, never a shared secret.</summary>
    private static bool IsSigned(JsonElement head, JsonDocument keys, byte[] signed, byte[] signature)
    {
        var (algorithm, kid) = (Text(head, "alg"), Text(head, "kid"));
        foreach (var key in keys.RootElement.GetProperty("keys").EnumerateArray())
        {
            if (kid is not null && Text(key, "kid") != kid || Text(key, "use") is not (null or "sig")) continue;
            if (algorithm is "RS256" or "PS256" && Text(key, "kty") == "RSA")
            {
                using var rsa = RSA.Create(new RSAParameters { Modulus = Base64Url.DecodeFromChars(Text(key, "n")), Exponent = Base64Url.DecodeFromChars(Text(key, "e")) });
                if (rsa.KeySize >= 2048 && rsa.VerifyData(signed, signature, HashAlgorithmName.SHA256, algorithm == "RS256" ? RSASignaturePadding.Pkcs1 : RSASignaturePadding.Pss)) return true;
            }
            else if (algorithm == "ES256" && Text(key, "kty") == "EC" && Text(key, "crv") == "P-256")
            {
                using var ec = ECDsa.Create(new ECParameters
                {
                    Curve = ECCurve.NamedCurves.nistP256,
                    Q = new ECPoint { X = Base64Url.DecodeFromChars(Text(key, "x")), Y = Base64Url.DecodeFromChars(Text(key, "y")) },
                });
                if (ec.VerifyData(signed, signature, HashAlgorithmName.SHA256)) return true;
            }
        }

        return false;
    }

    private static string? Text(JsonElement json, string name)
        => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
