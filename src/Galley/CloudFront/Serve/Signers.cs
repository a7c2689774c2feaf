using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace Galley.CloudFront.Serve;

/// <summary>Why a signed request was refused: the `Error` document that CloudFront answers.</summary>
internal sealed record SignatureFault(int Status, string Code, string Message, string Why)
{
    public static SignatureFault Denied(string why) => new(403, "AccessDenied", "Access denied", why);

    public byte[] Document() => Encoding.UTF8.GetBytes($"""<?xml version="1.0" encoding="UTF-8"?><Error><Code>{Code}</Code><Message>{Message}</Message></Error>""");
}

/// <summary>
/// Signed URLs and signed cookies: canned and custom policies, RSA or ECDSA keys of the behaviour's key groups. The account's own
/// number (or `self`) as trusted signer stands for all public keys of the account.
/// </summary>
internal sealed class Signers(Dictionary<string, AsymmetricAlgorithm> keys)
{
    private static readonly string[] Parameters = ["Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"];

    public static Signers? Of(XElement behavior, SiteParts parts)
    {
        bool Enabled(string list) => behavior.Element(list)?.Element("Enabled")?.Value == "true";
        if (!Enabled("TrustedKeyGroups") && !Enabled("TrustedSigners")) return null;
        var ids = Enabled("TrustedSigners") ? [.. parts.PublicKeys] : new HashSet<string>();
        foreach (var group in behavior.Element("TrustedKeyGroups")!.Element("Items")?.Elements() ?? [])
            ids.UnionWith(parts.Setting("KeyGroup", group.Value)?.Element("Items")!.Elements().Select(key => key.Value) ?? []);
        var keys = new Dictionary<string, AsymmetricAlgorithm>();
        foreach (var id in ids)
            if (parts.Setting("PublicKey", id) is { } key)
                keys[id] = PublicKeys.Parse(key.Element("EncodedKey")!.Value)!;
        return new Signers(keys);
    }

    /// <summary>The query without what belongs to the signature: neither key nor origin see it.</summary>
    public static string Unsigned(string query) => query.Length == 0 ? query
        : string.Join('&', query.Split('&').Where(pair => !Parameters.Contains(pair.Split('=')[0])));

    /// <summary>Null when the request may go on.</summary>
    /// <param name="exchange">The viewer's request.</param>
    /// <param name="urls">The URL as the signer may have written it: as asked for, and by the names it stands for.</param>
    /// <param name="now">Time.</param>
    public SignatureFault? Check(Exchange exchange, IReadOnlyList<string> urls, DateTimeOffset now)
    {
        var given = Given(exchange);
        if (given("Key-Pair-Id") is not { Length: > 0 } keyId) return new(403, "MissingKey", "Missing Key-Pair-Id query parameter or cookie value", "the request is not signed");
        if (!keys.TryGetValue(keyId, out var key)) return new(403, "InvalidKey", "Unknown Key", $"the key {keyId} is in no key group of the behaviour");
        if (given("Signature") is not { Length: > 0 } signature) return new(403, "MissingSignature", "Missing Signature query parameter or cookie value", "there is no signature");
        var (policy, expires) = (given("Policy"), given("Expires"));
        if (policy is null && expires is null) return new(403, "MissingPolicy", "Missing Policy or Expires query parameter or cookie value", "there is neither policy nor expiry");
        if (Decode(signature) is not { } signed) return new(403, "MalformedSignature", "Could not unencode Signature", "the signature is not base64");
        var hash = given("Hash-Algorithm") == "SHA256" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1;
        if (policy is not null)
        {
            if (Decode(policy) is not { } document) return new(403, "MalformedPolicy", "Malformed Policy", "the policy is not base64");
            return Verifies(key, document, signed, hash) ? Judge(document, urls, exchange.ViewerAddress, now) : SignatureFault.Denied("the signature is not that of the policy");
        }

        if (!long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var until)) return new(403, "MalformedExpires", "Malformed Expires", "Expires is not a number");
        foreach (var url in urls)
            if (Verifies(key, Encoding.UTF8.GetBytes(Canned(url, expires)), signed, hash))
                return now.ToUnixTimeSeconds() < until ? null : SignatureFault.Denied("the signed URL has expired");
        return SignatureFault.Denied("the signature is not that of this URL and this expiry");
    }

    private static string Canned(string url, string expires) => "{\"Statement\":[{\"Resource\":\"" + url + "\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":" + expires + "}}}]}";

    private static Func<string, string?> Given(Exchange exchange)
    {
        var query = exchange.SentQuery.Split('&').Select(pair => pair.Split('=', 2)).Where(pair => pair.Length == 2 && Parameters.Contains(pair[0])).GroupBy(pair => pair[0]).ToDictionary(group => group.Key, group => Uri.UnescapeDataString(group.First()[1]));
        return query.ContainsKey("Key-Pair-Id") || query.ContainsKey("Signature")
            ? query.GetValueOrDefault
            : name => exchange.Http.Request.Cookies["CloudFront-" + name];
    }

    private static SignatureFault? Judge(byte[] policy, IReadOnlyList<string> urls, string address, DateTimeOffset now)
    {
        var malformed = new SignatureFault(400, "MalformedPolicy", "Malformed Policy", "the policy is not one statement with a condition DateLessThan");
        try
        {
            using var json = JsonDocument.Parse(policy);
            if (json.RootElement.GetProperty("Statement") is not { ValueKind: JsonValueKind.Array } statements || statements.GetArrayLength() != 1) return malformed;
            var condition = statements[0].GetProperty("Condition");
            var seconds = now.ToUnixTimeSeconds();
            if (seconds >= condition.GetProperty("DateLessThan").GetProperty("AWS:EpochTime").GetInt64()) return SignatureFault.Denied("the signature has expired");
            if (condition.TryGetProperty("DateGreaterThan", out var after) && seconds <= after.GetProperty("AWS:EpochTime").GetInt64()) return SignatureFault.Denied("the signature is not valid yet");
            if (condition.TryGetProperty("IpAddress", out var from) && !Contains(from.GetProperty("AWS:SourceIp").GetString()!, address)) return SignatureFault.Denied($"the policy does not allow the address {address}");
            var resource = statements[0].TryGetProperty("Resource", out var named) ? named.GetString()! : "*";
            return urls.Any(url => Matches(resource, url)) ? null : SignatureFault.Denied("the policy's Resource is another");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return malformed;
        }
    }

    private static bool Contains(string range, string address)
        => IPAddress.TryParse(address, out var ip) && IPNetwork.TryParse(range.Contains('/', StringComparison.Ordinal) ? range : range + "/32", out var network)
            && (network.PrefixLength == 0 || network.Contains(ip));

    /// <summary>`*` any characters, `?` one; without backtracking into earlier stars.</summary>
    private static bool Matches(string pattern, string text)
    {
        int p = 0, t = 0, star = -1, mark = 0;
        while (t < text.Length)
            if (p < pattern.Length && pattern[p] == '*') (star, mark) = (p++, t);
            else if (p < pattern.Length && (pattern[p] == text[t] || pattern[p] == '?')) (p, t) = (p + 1, t + 1);
            else if (star >= 0) (p, t) = (star + 1, ++mark);
            else return false;
        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }

    private static bool Verifies(AsymmetricAlgorithm key, byte[] text, byte[] signature, HashAlgorithmName hash) => key switch
    {
        RSA rsa => rsa.VerifyData(text, signature, hash, RSASignaturePadding.Pkcs1),
        ECDsa curve => curve.VerifyData(text, signature, hash, DSASignatureFormat.Rfc3279DerSequence),
        _ => false,
    };

    /// <summary>CloudFront's base64: `-` for `+`, `_` for `=`, `~` for `/`.</summary>
    private static byte[]? Decode(string text)
    {
        var plain = text.Replace('-', '+').Replace('_', '=').Replace('~', '/');
        var bytes = new byte[plain.Length];
        return Convert.TryFromBase64String(plain, bytes, out var length) ? bytes[..length] : null;
    }
}
