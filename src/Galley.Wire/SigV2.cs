using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Galley.Wire;

/// <summary>
/// Signature Version 2 as S3 still takes it in links: `AWSAccessKeyId`, `Expires` and `Signature` in the query (HMAC-SHA1).
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html
/// </summary>
internal static class SigV2
{
    private static readonly HashSet<string> SubResources =
    [
        "accelerate", "acl", "analytics", "attributes", "cors", "delete", "encryption", "intelligent-tiering", "inventory", "legal-hold", "lifecycle", "location", "logging", "metrics",
        "notification", "object-lock", "ownershipControls", "partNumber", "policy", "policyStatus", "publicAccessBlock", "replication", "requestPayment", "response-cache-control",
        "response-content-disposition", "response-content-encoding", "response-content-language", "response-content-type", "response-expires", "restore", "retention", "select", "select-type",
        "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website",
    ];

    public static bool Signs(ApiRequest request) => request.RawQuery.Contains("AWSAccessKeyId=", StringComparison.Ordinal) || request.RawQuery.Contains("Signature=", StringComparison.Ordinal) && request.RawQuery.Contains("Expires=", StringComparison.Ordinal);

    /// <summary>The owner of the key that signed the link.</summary>
    /// <exception cref="AwsError">The link is incomplete, over, or not what the key's owner signed.</exception>
    public static async ValueTask<Principal> Verify(ApiRequest request, SigV4.Rules rules, Func<string, ValueTask<CallerKey?>> keys, SignatureErrors errors)
    {
        if (request.QueryValue("AWSAccessKeyId") is not { Length: > 0 } id || request.QueryValue("Signature") is not { Length: > 0 } signature || request.QueryValue("Expires") is not { Length: > 0 } expires)
            throw new AwsError("AccessDenied", "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters", 403);
        if (!long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var until) || until > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            throw new AwsError("AccessDenied", $"Invalid date (should be seconds since epoch): {expires}", 403);
        if (DateTimeOffset.FromUnixTimeSeconds(until) <= rules.Now)
            throw new AwsError("AccessDenied", "Request has expired", 403).With("Expires", Iso(DateTimeOffset.FromUnixTimeSeconds(until))).With("ServerTime", Iso(rules.Now));
        if (rules.AnyCredentials) return rules.Root(id);

        var key = await SigV4.KeyOf(id, keys, rules, errors);
        SigV4.CheckToken(key, request.QueryValue("x-amz-security-token") ?? request.Header("x-amz-security-token"), rules.Now, errors);
        var stringToSign = StringToSign(request, expires);
        if (!Matches(key.Secret, stringToSign, signature)) throw Wrong(id, stringToSign, signature);
        request.Signature = new RequestSignature([], new SigV4Credential(id, "", rules.Region, "s3", ""), expires, signature, SigV4.UnsignedPayload);
        return key.Principal.AccessKeyId == id ? key.Principal : key.Principal with { AccessKeyId = id };
    }

    /// <summary>Whether the secret's owner signed the text (also the policy of a POST form).</summary>
    public static bool Matches(string secret, string text, string signature)
    {
        Span<byte> expected = stackalloc byte[HMACSHA1.HashSizeInBytes], given = stackalloc byte[64];
#pragma warning disable CA5350 // the signature is defined over SHA-1; HMAC does not need collision resistance
        HMACSHA1.HashData(SigV4.Utf8(secret), SigV4.Utf8(text), expected);
#pragma warning restore CA5350
        return signature.Length <= 64 && Convert.TryFromBase64String(signature, given, out var count) && count == expected.Length
               && CryptographicOperations.FixedTimeEquals(expected, given[..count]);
    }

    public static AwsError Wrong(string id, string stringToSign, string signature)
        => new AwsError("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.", 403)
            .With("AWSAccessKeyId", id).With("StringToSign", stringToSign).With("SignatureProvided", signature);

    private static string StringToSign(ApiRequest request, string expires)
    {
        string Value(string name) => request.Header(name) ?? request.QueryValue(name.ToLowerInvariant()) ?? "";
        var text = new StringBuilder().Append(request.Method).Append('\n').Append(Value("Content-MD5")).Append('\n').Append(Value("Content-Type")).Append('\n').Append(expires).Append('\n');
        var amz = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in request.Query)
            if (name.StartsWith("x-amz-", StringComparison.Ordinal))
                amz[name] = value;
        foreach (var (name, values) in request.Http.Request.Headers)
            if (name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase))
                amz[name.ToLowerInvariant()] = string.Join(',', values.Select(value => value?.Trim()));
        foreach (var (name, value) in amz) text.Append(name).Append(':').Append(value).Append('\n');

        if (request.HostBucket.Length > 0) text.Append('/').Append(request.HostBucket);
        text.Append(request.RawPath);
        var mark = '?';
        foreach (var (name, value) in request.Query.Where(pair => SubResources.Contains(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            text.Append(mark).Append(name);
            if (value.Length > 0) text.Append('=').Append(value);
            mark = '&';
        }

        return text.ToString();
    }

    private static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

/// <summary>Signatures over the policy of an S3 POST form.</summary>
public static class PolicySignature
{
    /// <summary>The owner of the key that signed the policy as it was sent.</summary>
    /// <param name="id">The access key.</param>
    /// <param name="credential">Of version 4 (HMAC-SHA256 with its derived key); null for version 2.</param>
    /// <param name="token">The form's session token; a long-term key has none.</param>
    /// <exception cref="AwsError">The key is not known, or its owner did not sign this.</exception>
    public static async ValueTask<Principal> Verify(string id, SigV4Credential? credential, string policy, string signature, string? token, SigV4.Rules rules, Func<string, ValueTask<CallerKey?>> keys)
    {
        if (rules.AnyCredentials) return rules.Root(id);
        var key = await SigV4.KeyOf(id, keys, rules, SignatureErrors.OfS3);
        SigV4.CheckToken(key, token, rules.Now, SignatureErrors.OfS3);
        var matches = credential is null ? SigV2.Matches(key.Secret, policy, signature) : SigV4.Matches(SigningKeys.Get(credential, key.Secret), policy, signature);
        return matches ? key.Principal with { AccessKeyId = id } : throw SigV2.Wrong(id, policy, signature);
    }

    /// <summary>`AKIA…/20261122/eu-west-2/s3/aws4_request`, or null.</summary>
    public static SigV4Credential? ReadCredential(string text) => SigV4Credential.Parse(text);
}
