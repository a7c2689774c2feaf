using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// A JWT in compact form, read strictly: three parts of canonical base64url without padding, no duplicate members, no extensions
/// (`crit`, `b64`), RSA signatures only. Key hints inside the token (`jku`, `x5u`, `jwk` …) are never looked at.
/// </summary>
internal sealed class Jwt
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };
    private static readonly SearchValues<char> Base64UrlAlphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private Jwt(string kid, HashAlgorithmName hash, byte[] signed, byte[] signature, VerifiedToken claims)
    {
        Kid = kid;
        Hash = hash;
        Signed = signed;
        Signature = signature;
        Claims = claims;
    }

    public string Kid { get; }

    public HashAlgorithmName Hash { get; }

    public byte[] Signed { get; }

    public byte[] Signature { get; }

    /// <summary>Not to be believed before the signature is checked.</summary>
    public VerifiedToken Claims { get; }

    /// <summary>Null, with the reason in <paramref name="problem"/>, for anything that is not exactly a signed token.</summary>
    public static Jwt? Read(string token, out string problem)
    {
        problem = "token contains an invalid number of segments";
        var first = token.IndexOf('.', StringComparison.Ordinal);
        var second = first < 0 ? -1 : token.IndexOf('.', first + 1);
        if (second < 0 || token.IndexOf('.', second + 1) >= 0) return null;
        problem = "token is malformed";
        try
        {
            if (Decode(token.AsSpan(0, first)) is not { } header || Decode(token.AsSpan(first + 1, second - first - 1)) is not { } payload || Decode(token.AsSpan(second + 1)) is not { Length: > 0 } signature)
                return null;
            // the parser looks only at texts that are asked for
            if (!System.Text.Unicode.Utf8.IsValid(header) || !System.Text.Unicode.Utf8.IsValid(payload)) return null;
            using var head = JsonDocument.Parse(header, Strict);
            using var body = JsonDocument.Parse(payload, Strict);
            if (head.RootElement.ValueKind != JsonValueKind.Object || body.RootElement.ValueKind != JsonValueKind.Object) return null;
            if (Algorithm(head.RootElement, ref problem) is not { } hash) return null;
            if (head.RootElement.TryGetProperty("crit", out _) || head.RootElement.TryGetProperty("b64", out _))
            {
                problem = "token uses an unsupported header";
                return null;
            }

            if (!head.RootElement.TryGetProperty("kid", out var kid) || kid.ValueKind != JsonValueKind.String)
            {
                problem = "token has no key identifier";
                return null;
            }

            return new Jwt(kid.GetString()!, hash, Encoding.ASCII.GetBytes(token, 0, second), signature, VerifiedToken.Read(body.RootElement));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static HashAlgorithmName? Algorithm(JsonElement header, ref string problem)
    {
        var name = header.TryGetProperty("alg", out var alg) && alg.ValueKind == JsonValueKind.String ? alg.GetString()! : "";
        HashAlgorithmName? hash = name switch
        {
            "RS256" => HashAlgorithmName.SHA256,
            "RS384" => HashAlgorithmName.SHA384,
            "RS512" => HashAlgorithmName.SHA512,
            _ => null,
        };
        if (hash is null) problem = IsPlain(name) ? $"signing method {name} is invalid" : "signing method is invalid";
        return hash;
    }

    /// <summary>Whether a text from a token may stand in a header value.</summary>
    public static bool IsPlain(string text) => text.Length is > 0 and <= 128 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '=' or '+' or '/');

    private static byte[]? Decode(ReadOnlySpan<char> text)
    {
        if (text.ContainsAnyExcept(Base64UrlAlphabet) || text.Length % 4 == 1) return null;
        var bytes = System.Buffers.Text.Base64Url.DecodeFromChars(text);
        // left-over bits must be zero: otherwise two texts would mean one token
        return text.Length % 4 == 0 || System.Buffers.Text.Base64Url.EncodeToString(bytes.AsSpan(bytes.Length - bytes.Length % 3))[^1] == text[^1] ? bytes : null;
    }
}

/// <summary>The claims of a token, once and for all in the forms that checks and events need.</summary>
internal sealed class VerifiedToken
{
    /// <summary>Seconds; later than any date we can name.</summary>
    private const double Never = 253_402_300_800;

    /// <summary>The claims as AWS hands them to functions: everything is text.</summary>
    public required KeyValuePair<string, string>[] Claims { get; init; }

    /// <summary>The same as a JSON object, for the events of every request with this token.</summary>
    public byte[] ClaimsJson => field ??= ProxyEvent.Object(json =>
    {
        foreach (var (name, value) in Claims) json.WriteString(name, value);
    }).ToArray();

    public required string? Issuer { get; init; }

    /// <summary>Null when the token has no `aud` at all: only then may `client_id` stand in.</summary>
    public required IReadOnlyList<string>? Audience { get; init; }

    public required string? ClientId { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>Seconds since 1970; NaN for a value that is no time.</summary>
    public required double? Expires { get; init; }

    public required double? NotBefore { get; init; }

    public required double? IssuedAt { get; init; }

    /// <summary>The key that verified the signature.</summary>
    public PublicKey? Key { get; set; }

    public string Kid { get; set; } = "";

    public static VerifiedToken Read(JsonElement body)
    {
        var claims = new List<KeyValuePair<string, string>>();
        foreach (var claim in body.EnumerateObject()) claims.Add(new(claim.Name, AsText(claim.Value)));
        return new VerifiedToken
        {
            Claims = [.. claims],
            Issuer = Text(body, "iss"),
            ClientId = Text(body, "client_id"),
            Audience = body.TryGetProperty("aud", out var aud) ? Texts(aud, split: false) : null,
            Scopes = body.TryGetProperty("scope", out var scope) ? Texts(scope, split: true) : body.TryGetProperty("scp", out scope) ? Texts(scope, split: true) : [],
            Expires = Seconds(body, "exp"),
            NotBefore = Seconds(body, "nbf"),
            IssuedAt = Seconds(body, "iat"),
        };
    }

    private static string? Text(JsonElement body, string name) => body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static List<string> Texts(JsonElement value, bool split) => value.ValueKind switch
    {
        JsonValueKind.String => split ? [.. value.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries)] : [value.GetString()!],
        JsonValueKind.Array => [.. value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)],
        _ => [],
    };

    private static double? Seconds(JsonElement body, string name)
    {
        if (!body.TryGetProperty(name, out var value)) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is >= 0 and < Never ? seconds : double.NaN;
    }

    /// <summary>As Go prints it, which is what AWS's events show: `[a b]` for lists, `map[k:v]` for objects.</summary>
    private static string AsText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => "<nil>",
        JsonValueKind.Array => "[" + string.Join(' ', value.EnumerateArray().Select(AsText)) + "]",
        JsonValueKind.Object => "map[" + string.Join(' ', value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => $"{member.Name}:{AsText(member.Value)}")) + "]",
        _ => value.TryGetInt64(out var whole) ? whole.ToString(CultureInfo.InvariantCulture) : value.GetRawText(),
    };
}
