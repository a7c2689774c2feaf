using System.Globalization;
using System.Text;
using Galley.Wire;

namespace Galley.S3;

/// <summary>The headers of objects: what a PUT says and is refused, what a GET or HEAD answers.</summary>
internal static class ObjectHeaders
{
    private const int SmallBody = 64 << 10;
    private const string DefaultType = "binary/octet-stream";
    private static readonly string[] Content = ["Content-Type", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Expires"];

    private static readonly string[] Refused =
    [
        "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-context", "x-amz-server-side-encryption-customer-algorithm",
        "x-amz-server-side-encryption-customer-key", "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date", "x-amz-object-lock-legal-hold",
        "x-amz-write-offset-bytes", "x-amz-copy-source-server-side-encryption-customer-algorithm",
    ];

    /// <summary>What the headers of a PUT, copy or multipart start say about the object to be.</summary>
    public static ObjectRecord Template(S3Request request, BucketRecord bucket, Call call)
    {
        foreach (var name in Refused)
            if (request.Header(name) is not null)
                throw Errors.NotSupported(name);
        if (request.Header("x-amz-server-side-encryption") is { } encryption and not "AES256") throw Errors.NotSupported($"x-amz-server-side-encryption: {encryption}");
        if (request.Header("x-amz-storage-class") is { } storage and not "STANDARD") throw Errors.NotSupported($"x-amz-storage-class: {storage}");
        Acls.RefuseHeaders(request, bucket.Ownership);
        if (request.Header("x-amz-website-redirect-location") is { } redirect && !(redirect.StartsWith('/') || redirect.StartsWith("http://", StringComparison.Ordinal) || redirect.StartsWith("https://", StringComparison.Ordinal)))
            throw new AwsError("InvalidRedirectLocation", "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.");
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Content-Type"] = DefaultType };
        foreach (var name in Content)
            if (Stored(name, request.Header(name)) is { } value)
            {
                S3Request.RequireLatin1(value, name);
                headers[name] = value;
            }

        return new ObjectRecord(request.Key, [], 0, "", default)
        {
            Headers = headers,
            Metadata = request.Metadata(),
            Tags = TagSets.Read(request.Header("x-amz-tagging")),
            Redirect = request.Header("x-amz-website-redirect-location"),
        };
    }

    public static Reply WithChecksum(Reply reply, ObjectChecksum? checksum, bool type = true)
    {
        if (checksum is null) return reply;
        reply.With(Checksums.HeaderOf(checksum.Algorithm), checksum.Value);
        return type ? reply.With("x-amz-checksum-type", checksum.Type) : reply;
    }

    /// <summary>`response-content-type` and its like are for signed requests only.</summary>
    public static void RefuseOverrides(S3Request request, Principal caller)
    {
        foreach (var name in Content)
            if (request.Query("response-" + name.ToLowerInvariant()) is { } value)
            {
                if (caller.Kind == PrincipalKind.Anonymous) throw Errors.InvalidRequest("Request specific response headers cannot be used for anonymous GET requests.");
                S3Request.RequireLatin1(value, "response-" + name.ToLowerInvariant());
            }
    }

    /// <summary>The answer's head; given the bytes, or null for HEAD, the whole answer.</summary>
    public static Func<PieceStream?, Reply> Reply(S3Request request, ObjectRecord found, ByteRange range) => bytes =>
    {
        var reply = Body(range, bytes)
            .With("Accept-Ranges", "bytes").With("Last-Modified", Date(found.Modified)).With("ETag", found.ETag)
            .With("x-amz-server-side-encryption", "AES256").With("Content-Length", range.Length.ToString(CultureInfo.InvariantCulture));
        foreach (var name in Content)
            if ((request.Query("response-" + name.ToLowerInvariant()) ?? found.Headers.GetValueOrDefault(name)) is { Length: > 0 } value)
                reply.With(name, Ascii(value));
        foreach (var (name, value) in found.Metadata) reply.With("x-amz-meta-" + name, Ascii(value));
        if (range.Partial) reply.With("Content-Range", $"bytes {range.From}-{range.From + range.Length - 1}/{found.Size}");
        if (range.Parts is { } parts) reply.With("x-amz-mp-parts-count", parts.ToString(CultureInfo.InvariantCulture));
        if (found.Tags.Count > 0) reply.With("x-amz-tagging-count", found.Tags.Count.ToString(CultureInfo.InvariantCulture));
        if (found.Redirect is not null) reply.With("x-amz-website-redirect-location", found.Redirect);
        return request.Header("x-amz-checksum-mode") == "ENABLED" && !range.Partial ? WithChecksum(reply, found.Checksum) : reply;
    };

    public static string Date(DateTimeOffset time) => time.ToString("R", CultureInfo.InvariantCulture);

    private static Reply Body(ByteRange range, PieceStream? bytes)
    {
        var status = range.Partial ? 206 : 200;
        if (bytes is null) return new Reply(status);
        return new Reply(status)
        {
            Stream = async (output, cancel) =>
            {
                await using (bytes) await bytes.CopyToAsync(output, (int)Math.Clamp(range.Length, 1, SmallBody), cancel);
            },
        };
    }

    /// <summary>`aws-chunked` says how the bytes travelled, not what they are.</summary>
    private static string? Stored(string name, string? value)
    {
        if (name != "Content-Encoding" || value is null) return value;
        var left = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(coding => coding != "aws-chunked").ToList();
        return left.Count == 0 ? null : string.Join(',', left);
    }

    /// <summary>Headers leave as ASCII; what is not is encoded as RFC 2047 has it, as S3 does.</summary>
    private static string Ascii(string value)
        => System.Text.Ascii.IsValid(value) ? value : $"=?UTF-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(value))}?=";
}
