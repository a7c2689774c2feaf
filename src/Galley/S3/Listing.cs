using System.Text.Json;
using System.Xml;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>ListObjects, version 1 and 2.</summary>
internal sealed class Listing(IStore store, Access access)
{
    private const int MaxKeys = 1000;

    public async ValueTask<Reply> ListObjects(S3Request request, Call call)
    {
        if (request.Query("list-type") is { } type) return type == "2" ? await ListObjectsV2(request, call) : throw Errors.InvalidArgument("Invalid List Type specified in ListObjectsV2 request", "list-type", type);
        var list = await Ask(request, call, request.Query("marker"));
        var page = await Page(list, request, call);
        var encode = Encoder(request);
        return S3Xml.Answer("ListBucketResult", writer =>
        {
            writer.Element("Name", request.Bucket);
            writer.Element("Prefix", encode(list.Prefix));
            writer.Element("Marker", encode(list.After ?? ""));
            if (page.Last is not null && list.Delimiter.Length > 0) writer.Element("NextMarker", encode(page.Last));
            Head(writer, request, list, page.Last is not null, encode);
            Entries(writer, page, encode, call.Account);
        });
    }

    public async ValueTask<Reply> ListObjectsV2(S3Request request, Call call)
    {
        var token = request.Query("continuation-token");
        if (token is { Length: 0 }) throw Errors.InvalidArgument("The continuation token provided is incorrect", "continuation-token");
        var list = await Ask(request, call, token is null ? request.Query("start-after") : ListRequest.FromToken(token));
        var page = await Page(list, request, call);
        var encode = Encoder(request);
        return S3Xml.Answer("ListBucketResult", writer =>
        {
            writer.Element("Name", request.Bucket);
            writer.Element("Prefix", encode(list.Prefix));
            writer.Element("ContinuationToken", token);
            if (page.Last is not null) writer.Element("NextContinuationToken", ListRequest.ToToken(page.Last));
            if (request.Query("start-after") is { Length: > 0 } after) writer.Element("StartAfter", encode(after));
            writer.Element("KeyCount", S3Xml.Text(page.Items.Count + page.Prefixes.Count));
            Head(writer, request, list, page.Last is not null, encode);
            Entries(writer, page, encode, request.Query("fetch-owner") == "true" ? call.Account : null);
        });
    }

    /// <summary>URL-encoded as S3 does for `encoding-type=url`: `/` stays, a blank is `+`. Otherwise as it is.</summary>
    public static Func<string, string> Encoder(S3Request request) => request.Query("encoding-type") switch
    {
        null => text => text,
        "url" => UrlEncode,
        var other => throw Errors.InvalidArgument("Invalid Encoding Method specified in Request", "encoding-type", other),
    };

    public static string UrlEncode(string text) => Uri.EscapeDataString(text).Replace("%2F", "/", StringComparison.Ordinal).Replace("%20", "+", StringComparison.Ordinal);

    private async ValueTask<ListRequest> Ask(S3Request request, Call call, string? after)
    {
        await access.Bucket(request, call);
        return new(request.Query("prefix") ?? "", request.Query("delimiter") ?? "", after, ListRequest.Number(request, "max-keys", MaxKeys));
    }

    private ValueTask<ListRequest.Page<ObjectRecord>> Page(ListRequest list, S3Request request, Call call)
        => store.Read(snapshot => list.Read(snapshot, Keys.Objects(call.Account, request.Bucket), entry => JsonSerializer.Deserialize(entry.Value, S3Json.Default.ObjectRecord) is { DeleteMarker: false } found ? found : null));

    public static void Head(XmlWriter writer, S3Request request, ListRequest list, bool truncated, Func<string, string> encode)
    {
        writer.Element("MaxKeys", S3Xml.Text(list.Max));
        if (list.Delimiter.Length > 0) writer.Element("Delimiter", encode(list.Delimiter));
        writer.Element("EncodingType", request.Query("encoding-type"));
        writer.Element("IsTruncated", S3Xml.Text(truncated));
    }

    private static void Entries(XmlWriter writer, ListRequest.Page<ObjectRecord> page, Func<string, string> encode, string? owner)
    {
        foreach (var item in page.Items)
            writer.Element("Contents", () =>
            {
                writer.Element("Key", encode(item.Key));
                Facts(writer, item, owner);
            });
        Prefixes(writer, page.Prefixes, encode);
    }

    public static void Facts(XmlWriter writer, ObjectRecord item, string? owner)
    {
        writer.Element("LastModified", S3Xml.Time(item.Modified));
        writer.Element("ETag", item.ETag);
        if (item.Checksum is { } checksum)
        {
            writer.Element("ChecksumAlgorithm", checksum.Algorithm);
            writer.Element("ChecksumType", checksum.Type);
        }

        writer.Element("Size", S3Xml.Text(item.Size));
        if (owner is not null) writer.Element("Owner", () => writer.Element("ID", Acls.OwnerId(owner)));
        writer.Element("StorageClass", item.StorageClass ?? "STANDARD");
    }

    public static void Prefixes(XmlWriter writer, IReadOnlyList<string> prefixes, Func<string, string> encode)
    {
        foreach (var prefix in prefixes) writer.Element("CommonPrefixes", () => writer.Element("Prefix", encode(prefix)));
    }
}
