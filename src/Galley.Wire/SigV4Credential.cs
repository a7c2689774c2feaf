namespace Galley.Wire;

/// <summary>`AKIA…/20261122/eu-west-2/dynamodb/aws4_request`: the key and the scope of a signature. Version 4a leaves the region out.</summary>
public sealed record SigV4Credential(string AccessKeyId, string Date, string Region, string Service, string Terminator)
{
    public string Scope { get; } = Region.Length == 0 ? $"{Date}/{Service}/{Terminator}" : $"{Date}/{Region}/{Service}/{Terminator}";

    /// <summary>The key that it was last used with: that of the same secret, as long as that is not another one.</summary>
    internal DerivedKey? Signing { get; set; }

    private static readonly KeptByText<SigV4Credential> Known = new(text
        => text.Split('/') is [{ Length: > 0 } id, var date, { Length: > 0 } region, var service, var terminator] ? new(id, date, region, service, terminator) : null);

    internal static SigV4Credential? Parse(ReadOnlySpan<char> text) => Known.Read(text);

    /// <summary>That of version 4a, `AKIA…/20261122/cloudfront-keyvaluestore/aws4_request`.</summary>
    internal static SigV4Credential? ParseWithoutRegion(ReadOnlySpan<char> text)
        => text.ToString().Split('/') is [{ Length: > 0 } id, var date, var service, var terminator] ? new(id, date, "", service, terminator) : null;

    /// <summary>The credential of a request, signed in its header or its query; null for none or one without its five parts.</summary>
    internal static SigV4Credential? Of(ApiRequest request)
    {
        var header = request.Header("Authorization");
        if (header is null) return request.RawQuery.Contains("X-Amz-Credential", StringComparison.Ordinal) ? Parse(request.QueryValue("X-Amz-Credential")) : null;
        var isAsymmetric = header.StartsWith(SigV4A.Algorithm, StringComparison.Ordinal);
        if (!isAsymmetric && !header.StartsWith(SigV4.Algorithm, StringComparison.Ordinal)) return null;
        var start = header.IndexOf("Credential=", StringComparison.Ordinal);
        if (start < 0) return null;
        var rest = header.AsSpan(start + "Credential=".Length);
        var end = rest.IndexOfAny(',', ' ');
        rest = end < 0 ? rest : rest[..end];
        return isAsymmetric ? ParseWithoutRegion(rest) : Parse(rest);
    }
}

/// <param name="secret">The secret access key.</param>
/// <param name="key">What follows from it for one day, region and service.</param>
internal sealed class DerivedKey(string secret, byte[] key)
{
    public string Secret => secret;

    public byte[] Key => key;
}

/// <summary>A verified signature, for bodies whose chunks are signed one upon the other.</summary>
/// <param name="SigningKey">The derived key of day, region and service.</param>
/// <param name="Credential">Key and scope.</param>
/// <param name="Timestamp">`20261122T160000Z`</param>
/// <param name="Seed">The signature of the request itself, upon which the first chunk's is built.</param>
/// <param name="PayloadHash">What the request said of its body (`x-amz-content-sha256`).</param>
public sealed record RequestSignature(byte[] SigningKey, SigV4Credential Credential, string Timestamp, string Seed, string PayloadHash)
{
    /// <summary>`--credentials any`: nothing was verified, so nothing of the body can be.</summary>
    public bool Unchecked { get; init; }
}
