using System.Security.Cryptography;
using System.Text;

namespace Galley.Wire;

/// <summary>The other side of <see cref="SigV4"/>: signs requests that we send ourselves, and presigned URLs.</summary>
public static partial class SigV4
{
    /// <summary>Who signs for what.</summary>
    public sealed record Signer(string AccessKeyId, string SecretAccessKey, string Region, string Service, string? SessionToken = null)
    {
        internal SigV4Credential Credential(DateTimeOffset now) => new(AccessKeyId, FormatTime(now)[..8], Region, Service, "aws4_request");
    }

    /// <summary>The headers to add to a request, `Authorization` among them. Signs host, content type and everything in <paramref name="headers"/>.</summary>
    /// <param name="signer">Who signs.</param>
    /// <param name="method">`POST`</param>
    /// <param name="url">With path and query exactly as they will be sent.</param>
    /// <param name="headers">Headers that shall be signed; `host` is added.</param>
    /// <param name="payloadHash">Hex SHA-256 of the body, or one of S3's words.</param>
    /// <param name="now">Time of signing.</param>
    public static IReadOnlyDictionary<string, string> Sign(
        Signer signer, string method, Uri url, IEnumerable<KeyValuePair<string, string>> headers, string payloadHash, DateTimeOffset now)
    {
        var asSent = signer.Service == "s3";
        var added = new Dictionary<string, string> { ["x-amz-date"] = FormatTime(now) };
        if (asSent) added["x-amz-content-sha256"] = payloadHash;
        if (signer.SessionToken is not null) added["x-amz-security-token"] = signer.SessionToken;
        var signed = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = url.Authority };
        foreach (var (name, value) in headers.Concat(added)) signed[name.ToLowerInvariant()] = value;

        var credential = signer.Credential(now);
        var names = string.Join(';', signed.Keys);
        var signature = Signature(signer, credential, method, url, url.Query.TrimStart('?'), signed, names, asSent, payloadHash, now);
        added["Authorization"] = $"{Algorithm} Credential={credential.AccessKeyId}/{credential.Scope}, SignedHeaders={names}, Signature={signature}";
        return added;
    }

    /// <summary>The URL with a signature in its query that lets anybody send this one request until it expires.</summary>
    /// <param name="signer">Who lends the right.</param>
    /// <param name="method">`GET`</param>
    /// <param name="url">The object.</param>
    /// <param name="life">At most a week.</param>
    /// <param name="now">Time of signing.</param>
    /// <param name="headers">Headers that the sender must send with these values.</param>
    public static Uri Presign(Signer signer, string method, Uri url, TimeSpan life, DateTimeOffset now, IEnumerable<KeyValuePair<string, string>>? headers = null)
    {
        var asSent = signer.Service == "s3";
        var signed = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = url.Authority };
        foreach (var (name, value) in headers ?? []) signed[name.ToLowerInvariant()] = value;
        var credential = signer.Credential(now);
        var names = string.Join(';', signed.Keys);
        var query = new StringBuilder(url.Query.TrimStart('?'));
        Append("X-Amz-Algorithm", Algorithm);
        Append("X-Amz-Credential", $"{credential.AccessKeyId}/{credential.Scope}");
        Append("X-Amz-Date", FormatTime(now));
        Append("X-Amz-Expires", $"{life.TotalSeconds:0}");
        if (signer.SessionToken is not null) Append("X-Amz-Security-Token", signer.SessionToken);
        Append("X-Amz-SignedHeaders", names);
        var signature = Signature(signer, credential, method, url, query.ToString(), signed, names, asSent, asSent ? UnsignedPayload : EmptyPayload, now);
        Append("X-Amz-Signature", signature);
        return new Uri($"{url.GetLeftPart(UriPartial.Path)}?{query}");

        void Append(string name, string value) => query.Append(query.Length == 0 ? "" : "&").Append(name).Append('=').Append(Uri.EscapeDataString(value));
    }

    /// <summary>The hex signature of any text, as S3's browser uploads sign their policy.</summary>
    public static string SignText(string secretAccessKey, SigV4Credential credential, string text)
        => Convert.ToHexStringLower(HMACSHA256.HashData(SigningKeys.Get(credential, secretAccessKey), Encoding.UTF8.GetBytes(text)));

    /// <summary>Hex SHA-256, as payload hashes are written.</summary>
    public static string HashPayload(ReadOnlySpan<byte> body) => Sha256(body);

    private static string Signature(
        Signer signer, SigV4Credential credential, string method, Uri url, string query, IReadOnlyDictionary<string, string> headers,
        string names, bool asSent, string payloadHash, DateTimeOffset now)
    {
        using var canonical = CanonicalRequest.Write(method, url.AbsolutePath, query, name => headers[name], SignedHeaders.Of(names), asSent, withoutSignature: true, payloadHash);
        var text = StringToSign(Algorithm, FormatTime(now), credential.Scope, canonical.Bytes);
        return SignText(signer.SecretAccessKey, credential, text);
    }
}
