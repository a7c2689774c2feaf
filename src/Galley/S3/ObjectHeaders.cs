using System.Globalization;
using System.Text;
using Galley.Wire;

namespace Galley.S3;

/// <summary>The headers of objects: what a PUT says and is refused, what a GET or HEAD answers.</summary>
internal static class ObjectHeaders
{
    private const int MostAtOnce = 256 << 10;
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
        if (request.Header("x-amz-server-side-encryption") is { } encryption and not ("AES256" or "aws:kms")) throw Errors.NotSupported($"x-amz-server-side-encryption: {encryption}");
        var storage = StorageClasses.Read(request.Header("x-amz-storage-class"));
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
            StorageClass = storage,
            Grants = AclRules.FromHeaders(request, bucket, call, ofBucket: false),
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
        if (request.QueryPairs.Count == 0) return;
        foreach (var name in Content)
            if (request.Query("response-" + name.ToLowerInvariant()) is { } value)
            {
                if (caller.Kind == PrincipalKind.Anonymous) throw Errors.InvalidRequest("Request specific response headers cannot be used for anonymous GET requests.");
                S3Request.RequireLatin1(value, "response-" + name.ToLowerInvariant());
            }
    }

    /// <summary>The head of the answer to a write.</summary>
    public static Reply Written(BucketRecord bucket, ObjectRecord made)
    {
        var reply = new Reply().With("ETag", made.ETag).With("x-amz-server-side-encryption", "AES256");
        if (Expiration.HeaderFor(bucket, made) is { } expires) reply.With("x-amz-expiration", expires);
        return bucket.Versioning == "Enabled" ? reply.With("x-amz-version-id", made.Version) : reply;
    }

    public static Reply WithVersion(Reply reply, Found found) => found.Versioned ? reply.With("x-amz-version-id", found.Record.Version) : reply;

    /// <summary>The answer's head; given the bytes, or neither for HEAD, the whole answer.</summary>
    public static Func<PieceStream?, ReadOnlyMemory<byte>, Reply> Reply(S3Request request, Found found, ByteRange range) => (stream, bytes) =>
    {
        var record = found.Record;
        var reply = WithVersion(Body(range, stream, bytes), found)
            .With("Accept-Ranges", "bytes").With("Last-Modified", Date(record.Modified)).With("ETag", record.ETag)
            .With("x-amz-server-side-encryption", "AES256").With("Content-Length", range.Length.ToString(CultureInfo.InvariantCulture));
        foreach (var name in Content)
            if ((Override(request, name) ?? record.Headers.GetValueOrDefault(name)) is { Length: > 0 } value)
                reply.With(name, Ascii(value));
        foreach (var (name, value) in record.Metadata) reply.With("x-amz-meta-" + name, Ascii(value));
        if (range.Partial) reply.With("Content-Range", $"bytes {range.From}-{range.From + range.Length - 1}/{record.Size}");
        if (range.Parts is { } parts) reply.With("x-amz-mp-parts-count", parts.ToString(CultureInfo.InvariantCulture));
        if (record.Tags.Count > 0) reply.With("x-amz-tagging-count", record.Tags.Count.ToString(CultureInfo.InvariantCulture));
        if (record.Redirect is not null) reply.With("x-amz-website-redirect-location", record.Redirect);
        if (record.StorageClass is not null) reply.With("x-amz-storage-class", record.StorageClass);
        if (found.Bucket is { Lifecycle: not null } bucket && Expiration.HeaderFor(bucket, record) is { } expires) reply.With("x-amz-expiration", expires);
        return request.Header("x-amz-checksum-mode")?.Equals("ENABLED", StringComparison.OrdinalIgnoreCase) == true && !range.Partial ? WithChecksum(reply, record.Checksum) : reply;
    };

    public static string Date(DateTimeOffset time) => time.ToString("R", CultureInfo.InvariantCulture);

    private static string? Override(S3Request request, string name)
        => request.QueryPairs.Count > 0 && request.Query("response-" + name.ToLowerInvariant()) is { Length: > 0 } value ? value : null;

    private static Reply Body(ByteRange range, PieceStream? stream, ReadOnlyMemory<byte> bytes)
    {
        var status = range.Partial ? 206 : 200;
        if (stream is null) return new Reply(status) { Body = bytes };
        return new Reply(status)
        {
            Stream = async (output, cancel) =>
            {
                await using (stream) await stream.CopyToAsync(output, (int)Math.Clamp(range.Length, 1, MostAtOnce), cancel);
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
