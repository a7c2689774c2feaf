using System.Text;
using System.Text.Json;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>ListObjectVersions: all versions and delete markers, keys in order, each key's newest first.</summary>
internal sealed class VersionListing(IStore store, Access access)
{
    private const int MaxKeys = 1000;

    public async ValueTask<Reply> ListObjectVersions(S3Request request, Call call)
    {
        var bucket = await access.Bucket(request, call);
        string? after = request.Query("key-marker"), version = request.Query("version-id-marker") is { Length: > 0 } id ? S3Request.CheckedVersion(id) : null;
        if (version is not null && string.IsNullOrEmpty(after)) throw Errors.InvalidArgument("A version-id marker cannot be specified without a key marker.", "version-id-marker", version);
        var list = new ListRequest(request.Query("prefix") ?? "", request.Query("delimiter") ?? "", after, ListRequest.Number(request, "max-keys", MaxKeys));
        var encode = Listing.Encoder(request);
        var page = await store.Read(snapshot => Read(snapshot, call.Account, bucket, list, version));
        return S3Xml.Answer("ListVersionsResult", writer =>
        {
            writer.Element("Name", request.Bucket);
            writer.Element("Prefix", encode(list.Prefix));
            writer.Element("KeyMarker", encode(after ?? ""));
            writer.Element("VersionIdMarker", version ?? "");
            if (page.NextKey is not null) writer.Element("NextKeyMarker", encode(page.NextKey));
            writer.Element("NextVersionIdMarker", page.NextVersion);
            Listing.Head(writer, request, list, page.NextKey is not null, encode);
            foreach (var item in page.Items)
                writer.Element(item.DeleteMarker ? "DeleteMarker" : "Version", () =>
                {
                    writer.Element("Key", encode(item.Key));
                    writer.Element("VersionId", item.Version);
                    writer.Element("IsLatest", S3Xml.Text(item.Noncurrent is null));
                    if (!item.DeleteMarker)
                    {
                        Listing.Facts(writer, item, call.Account);
                        return;
                    }

                    writer.Element("LastModified", S3Xml.Time(item.Modified));
                    writer.Element("Owner", () => writer.Element("ID", Acls.OwnerId(call.Account)));
                });
            Listing.Prefixes(writer, page.Prefixes, encode);
        });
    }

    private static async ValueTask<Page> Read(ISnapshot snapshot, string account, BucketRecord bucket, ListRequest list, string? version)
    {
        var page = new Page([], []);
        if (list.Max == 0) return page;
        var space = Keys.Objects(account, bucket.Name);
        if (version is not null && list.After!.StartsWith(list.Prefix, StringComparison.Ordinal))
        {
            // the rest of the key on which the page before ended
            var place = (await VersionChain.Find(snapshot, account, bucket.Name, list.After, version))?.Sequence ?? long.MaxValue;
            await foreach (var one in Chain(snapshot, account, bucket.Name, list.After, place))
                if (!page.Add(one, list.Max))
                    return page;
        }

        byte[] from = list.Start(space), end = Key.After(Keys.Under(space, list.Prefix));
        while (true)
        {
            string? rolledUp = null;
            await foreach (var entry in snapshot.Range(from, end))
            {
                var key = Encoding.UTF8.GetString(entry.Key, space.Length, entry.Key.Length - space.Length);
                var cut = list.Delimiter.Length == 0 ? -1 : key.IndexOf(list.Delimiter, list.Prefix.Length, StringComparison.Ordinal);
                if (cut >= 0)
                {
                    rolledUp = key[..(cut + list.Delimiter.Length)];
                    break;
                }

                if (!page.Add(JsonSerializer.Deserialize(entry.Value, S3Json.Default.ObjectRecord)!, list.Max)) return page;
                if (bucket.Versioning is null) continue;
                await foreach (var older in Chain(snapshot, account, bucket.Name, key, long.MaxValue))
                    if (!page.Add(older, list.Max))
                        return page;
            }

            if (rolledUp is null) return page with { NextKey = null, NextVersion = null };
            if (!page.Add(rolledUp, list.Max)) return page;
            from = Key.After(Keys.Under(space, rolledUp));
        }
    }

    /// <summary>The older versions of a key below a place.</summary>
    private static IAsyncEnumerable<ObjectRecord> Chain(ISnapshot snapshot, string account, string bucket, string key, long below)
        => Records(snapshot.Range(below == long.MaxValue ? Keys.VersionsOf(account, bucket, key) : [.. Keys.Version(account, bucket, key, below), 0], Key.After(Keys.VersionsOf(account, bucket, key))));

    private static async IAsyncEnumerable<ObjectRecord> Records(IAsyncEnumerable<Entry> entries)
    {
        await foreach (var entry in entries) yield return JsonSerializer.Deserialize(entry.Value, S3Json.Default.ObjectRecord)!;
    }

    private sealed record Page(List<ObjectRecord> Items, List<string> Prefixes)
    {
        /// <summary>Where the next page goes on, in case there is one.</summary>
        public string? NextKey { get; set; }

        public string? NextVersion { get; set; }

        /// <summary>False when the page was full already.</summary>
        public bool Add(ObjectRecord item, int max)
        {
            if (Items.Count + Prefixes.Count == max) return false;
            Items.Add(item);
            (NextKey, NextVersion) = (item.Key, item.Version);
            return true;
        }

        public bool Add(string prefix, int max)
        {
            if (Items.Count + Prefixes.Count == max) return false;
            Prefixes.Add(prefix);
            (NextKey, NextVersion) = (prefix, null);
            return true;
        }
    }
}
