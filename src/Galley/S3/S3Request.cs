using System.Globalization;
using System.Text;
using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.S3;

/// <summary>
/// A request as S3 reads it: bucket from the host or the first path segment, the key from the raw rest, percent-decoded once and
/// never normalised (`..`, `//` and `.` are letters of a key).
/// </summary>
internal sealed class S3Request(string method, string bucket, string key, IReadOnlyList<KeyValuePair<string, string>> query, Func<string, string?> header)
{
    private const int MaxKeyBytes = 1024;
    private const string Item = "Galley.S3.Request";
    private const string Meta = "x-amz-meta-";
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public string Method => method;

    public string Bucket => bucket;

    public string Key => key;

    public IReadOnlyList<KeyValuePair<string, string>> QueryPairs => query;

    /// <summary>Null when the request did not come over HTTP (<see cref="S3Service.Fetch"/>).</summary>
    public HttpContext? Http => Api?.Http;

    /// <summary>The request on the wire; null as for <see cref="Http"/>.</summary>
    public ApiRequest? Api { get; init; }

    /// <summary>The bucket, once it was read.</summary>
    public BucketRecord? Known { get; set; }

    /// <summary>The tags of the object meant, for `s3:ExistingObjectTag/…`, once they were read.</summary>
    public IReadOnlyList<Tag>? Tags { get; set; }

    private Task<ReadOnlyMemory<byte>>? _document;

    /// <summary>The body of a request whose tags IAM may ask for: it is read once, for whoever needs it first and whoever needs it next.</summary>
    public Task<ReadOnlyMemory<byte>> Document(Call call) => _document ??= IncomingBody.ReadAll(this, call).AsTask();

    /// <summary>The fields of a POST form, which stand for headers; null for other requests.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Fields { get; init; }

    public string? Header(string name) => header(name) is { Length: > 0 } value ? value : null;

    public string? Query(string name)
    {
        foreach (var (at, value) in query)
            if (at == name)
                return value;
        return null;
    }

    public bool Has(string name) => Query(name) is not null;

    public string BucketArn => "arn:aws:s3:::" + bucket;

    public string ObjectArn => $"arn:aws:s3:::{bucket}/{key}";

    /// <summary>The `x-amz-meta-…` headers, names in lower case without prefix.</summary>
    public Dictionary<string, string> Metadata()
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var size = 0;
        if (Http is null) return metadata;
        foreach (var (name, value) in Fields ?? Http.Request.Headers.Select(header => new KeyValuePair<string, string>(header.Key, header.Value.ToString())))
        {
            if (!name.StartsWith(Meta, StringComparison.OrdinalIgnoreCase)) continue;
            RequireLatin1(value, name);
            metadata[name[Meta.Length..].ToLowerInvariant()] = value;
            size += name.Length - Meta.Length + value.Length;
        }

        if (size > 2048)
            throw new AwsError("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
                .With("Size", size.ToString(CultureInfo.InvariantCulture)).With("MaxSizeAllowed", "2048");
        return metadata;
    }

    public static void RequireLatin1(string value, string name)
    {
        foreach (var c in value)
            if (c > 0xFF || c < ' ' && c != '\t')
                throw Errors.InvalidArgument("Header value cannot be represented using ISO-8859-1.", name, value);
    }

    /// <summary>Reads the target of a request. Throws S3's errors for names that cannot be.</summary>
    public static S3Request Read(ApiRequest api)
    {
        if (api.Http.Items.TryGetValue(Item, out var read)) return (S3Request)read!;
        var (bucket, key) = Target(api);
        if (bucket.Length > 0 && !BucketNames.Valid(bucket)) throw Errors.InvalidBucketName(bucket);
        CheckKey(key);
        var request = new S3Request(api.Method, bucket, key, api.Query, api.Header) { Api = api };
        api.Http.Items[Item] = request;
        return request;
    }

    /// <summary>The request as it was read before; null when it was not, or could not be.</summary>
    public static S3Request? Of(ApiRequest api) => api.Http.Items.TryGetValue(Item, out var read) ? (S3Request?)read : null;

    public static void CheckKey(string key)
    {
        if (key.Contains('\0', StringComparison.Ordinal)) throw InvalidUri(key);
        if (StrictUtf8.GetByteCount(key) is > MaxKeyBytes and var size)
            throw new AwsError("KeyTooLongError", "Your key is too long").With("Size", size.ToString(CultureInfo.InvariantCulture)).With("MaxSizeAllowed", "1024");
    }

    /// <summary>Decodes `%XX` to UTF-8; refuses what is not UTF-8, and NUL.</summary>
    public static string Decode(string text)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var count = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '%')
            {
                // the server decodes raw bytes of the request line as Latin-1 or UTF-8; only ASCII is a valid target
                count += Encoding.UTF8.GetBytes(text.AsSpan(at, char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1), bytes.AsSpan(count));
                if (char.IsHighSurrogate(text[at])) at++;
                continue;
            }

            if (at + 2 >= text.Length || !byte.TryParse(text.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[count]) || bytes[count] == 0)
                throw InvalidUri(text);
            count++;
            at += 2;
        }

        try
        {
            return StrictUtf8.GetString(bytes, 0, count);
        }
        catch (DecoderFallbackException)
        {
            throw InvalidUri(text);
        }
    }

    /// <summary>The version that the request names, or null.</summary>
    /// <exception cref="AwsError">InvalidArgument for what can be no version id.</exception>
    public string? VersionId => Query("versionId") is { } id ? CheckedVersion(id) : null;

    public static string CheckedVersion(string id) => id.Length == 0
        ? throw Errors.InvalidArgument("Version id cannot be the empty string", "versionId", "")
        : VersionChain.IsId(id) ? id : throw Errors.InvalidArgument("Invalid version id specified", "versionId", id);

    private static (string Bucket, string Key) Target(ApiRequest api)
    {
        if (S3Control.BucketOf(api) is { } named) return (named, "");
        var path = api.RawPath.StartsWith('/') ? api.RawPath[1..] : api.RawPath;
        if (api.HostBucket.Length > 0) return (api.HostBucket, Decode(path));
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (Decode(path), "") : (Decode(path[..slash]), Decode(path[(slash + 1)..]));
    }

    private static AwsError InvalidUri(string text) => new AwsError("InvalidURI", "Couldn't parse the specified URI.").With("URI", text);
}
