using System.Text;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>ListMultipartUploads: uploads under way, by key and then by the time they began, rolled up at a delimiter.</summary>
internal sealed class UploadListing(IStore store, Access access)
{
    public async ValueTask<Reply> ListMultipartUploads(S3Request request, Call call)
    {
        await access.Bucket(request, call);
        var encode = Listing.Encoder(request);
        string prefix = request.Query("prefix") ?? "", delimiter = request.Query("delimiter") ?? "";
        string keyMarker = request.Query("key-marker") ?? "", idMarker = request.Query("upload-id-marker") ?? "";
        var max = ListRequest.Number(request, "max-uploads", 1000);
        var all = await store.Read(snapshot => snapshot.List(Keys.Uploads(call.Account, request.Bucket), S3Json.Default.UploadRecord));
        var inOrder = all.Where(upload => upload.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(upload => Encoding.UTF8.GetBytes(upload.Key), Bytes).ThenBy(upload => upload.Sequence).ToList();
        var marked = inOrder.Find(upload => upload.Key == keyMarker && upload.UploadId == idMarker);
        var items = new List<(UploadRecord? Upload, string Key)>();
        foreach (var upload in inOrder)
        {
            var order = keyMarker.Length == 0 ? 1 : Bytes.Compare(Encoding.UTF8.GetBytes(upload.Key), Encoding.UTF8.GetBytes(keyMarker));
            var cut = delimiter.Length == 0 ? -1 : upload.Key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
            var rolledUp = cut < 0 ? null : upload.Key[..(cut + delimiter.Length)];
            if (order < 0 || order == 0 && (marked is null || upload.Sequence <= marked.Sequence) || rolledUp is not null && rolledUp == keyMarker) continue;
            if (rolledUp is null) items.Add((upload, upload.Key));
            else if (items.Count == 0 || items[^1] != (null, rolledUp)) items.Add((null, rolledUp));
        }

        var page = items.Take(max).ToList();
        return S3Xml.Answer("ListMultipartUploadsResult", writer =>
        {
            writer.Element("Bucket", request.Bucket);
            writer.Element("KeyMarker", encode(keyMarker));
            writer.Element("UploadIdMarker", idMarker);
            if (page.Count > 0 && page.Count < items.Count)
            {
                writer.Element("NextKeyMarker", encode(page[^1].Key));
                writer.Element("NextUploadIdMarker", page[^1].Upload?.UploadId ?? "");
            }

            if (prefix.Length > 0) writer.Element("Prefix", encode(prefix));
            if (delimiter.Length > 0) writer.Element("Delimiter", encode(delimiter));
            writer.Element("MaxUploads", S3Xml.Text(max));
            writer.Element("EncodingType", request.Query("encoding-type"));
            writer.Element("IsTruncated", S3Xml.Text(max > 0 && page.Count < items.Count));
            foreach (var (upload, _) in page)
                if (upload is not null) Write(writer, upload, encode, Acls.OwnerId(call.Account));
            foreach (var (upload, key) in page)
                if (upload is null)
                    writer.Element("CommonPrefixes", () => writer.Element("Prefix", encode(key)));
        });
    }

    private static void Write(System.Xml.XmlWriter writer, UploadRecord upload, Func<string, string> encode, string owner) => writer.Element("Upload", () =>
    {
        writer.Element("Key", encode(upload.Key));
        writer.Element("UploadId", upload.UploadId);
        writer.Element("Initiator", () => writer.Element("ID", owner));
        writer.Element("Owner", () => writer.Element("ID", owner));
        writer.Element("StorageClass", upload.Template.StorageClass ?? "STANDARD");
        writer.Element("Initiated", S3Xml.Time(upload.Initiated));
        writer.Element("ChecksumAlgorithm", upload.ChecksumAlgorithm);
        if (upload.ChecksumAlgorithm is not null) writer.Element("ChecksumType", upload.ChecksumType);
    });

    private static readonly Comparer<byte[]> Bytes = Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));
}
