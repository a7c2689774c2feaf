using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Galley.Iam.Federation;

/// <summary>A JWT of an identity provider, read but trusted only after <see cref="IsSignedBy(JsonElement)"/> (RFC 7519, RFC 8725: the key's kind decides, never `none` or a shared secret).</summary>
internal sealed class IdentityToken
{
    private const int Longest = 20_000;
    private readonly byte[] _signed, _signature;
    private readonly string _algorithm;

    private IdentityToken(JsonElement head, JsonElement claims, byte[] signed, byte[] signature)
    {
        (_signed, _signature) = (signed, signature);
        _algorithm = Text(head, "alg") ?? "";
        Kid = Text(head, "kid");
        Claims = claims;
    }

    public string? Kid { get; }

    public JsonElement Claims { get; }

    public string Issuer => Text("iss") ?? "";

    public string Subject => Text("sub") ?? "";

    public double Expires => Claims.TryGetProperty("exp", out var exp) && exp.ValueKind == JsonValueKind.Number && exp.TryGetDouble(out var seconds) ? seconds : 0;

    public double IssuedAt => Claims.TryGetProperty("iat", out var iat) && iat.ValueKind == JsonValueKind.Number && iat.TryGetDouble(out var seconds) ? seconds : 0;

    /// <summary>`aud`, as a list.</summary>
    public IReadOnlyList<string> Audience => Texts("aud");

    public string? Text(string claim) => Text(Claims, claim);

    public IReadOnlyList<string> Texts(string claim) => !Claims.TryGetProperty(claim, out var value) ? []
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)]
        : value.ValueKind == JsonValueKind.String ? [value.GetString()!] : [];

    /// <summary>Null for what is no JWT.</summary>
    public static IdentityToken? Read(string token)
    {
        try
        {
            if (token.Length > Longest || token.Split('.') is not [var head, var body, var signature]) return null;
            var strict = new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 16 };
            using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(head), strict);
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(body), strict);
            if (header.RootElement.ValueKind != JsonValueKind.Object || claims.RootElement.ValueKind != JsonValueKind.Object || header.RootElement.TryGetProperty("crit", out _)) return null;
            return new IdentityToken(header.RootElement.Clone(), claims.RootElement.Clone(), Encoding.ASCII.GetBytes($"{head}.{body}"), Base64Url.DecodeFromChars(signature));
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    public bool IsSignedBy(RSAParameters key)
    {
        if (Hash is not { } hash || _algorithm[0] is not ('R' or 'P')) return false;
        using var rsa = RSA.Create(key);
        return rsa.KeySize >= 2048 && rsa.VerifyData(_signed, _signature, hash, _algorithm[0] == 'R' ? RSASignaturePadding.Pkcs1 : RSASignaturePadding.Pss);
    }

    /// <param name="jwk">A key of the provider's JWKS.</param>
    public bool IsSignedBy(JsonElement jwk)
    {
        if (Kid is not null && Text(jwk, "kid") != Kid || Text(jwk, "use") is not (null or "sig") || Hash is not { } hash) return false;
        try
        {
            if (Text(jwk, "kty") == "RSA") return IsSignedBy(new RSAParameters { Modulus = Base64Url.DecodeFromChars(Text(jwk, "n")), Exponent = Base64Url.DecodeFromChars(Text(jwk, "e")) });
            var curve = (_algorithm, Text(jwk, "crv")) switch { ("ES256", "P-256") => ECCurve.NamedCurves.nistP256, ("ES384", "P-384") => ECCurve.NamedCurves.nistP384, _ => (ECCurve?)null };
            if (Text(jwk, "kty") != "EC" || curve is null) return false;
            using var ec = ECDsa.Create(new ECParameters { Curve = curve.Value, Q = new ECPoint { X = Base64Url.DecodeFromChars(Text(jwk, "x")), Y = Base64Url.DecodeFromChars(Text(jwk, "y")) } });
            return ec.VerifyData(_signed, _signature, hash);
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return false;
        }
    }

    private HashAlgorithmName? Hash => _algorithm switch
    {
        "RS256" or "PS256" or "ES256" => HashAlgorithmName.SHA256,
        "RS384" or "PS384" or "ES384" => HashAlgorithmName.SHA384,
        "RS512" or "PS512" => HashAlgorithmName.SHA512,
        _ => null,
    };

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
