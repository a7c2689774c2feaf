using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>CopyObject and UploadPartCopy: the source is read with the caller's own right to it.</summary>
internal sealed class Copies(IStore store, Installation installation, Access access, Objects objects, Blobs blobs, Multipart multipart)
{
    public async ValueTask<Reply> CopyObject(S3Request request, Call call)
    {
        var bucket = await access.Bucket(request, call);
        var template = ObjectHeaders.Template(request, bucket, call);
        var source = await Source(request, call);
        var replace = Directive(request, "x-amz-metadata-directive");
        var replaceTags = Directive(request, "x-amz-tagging-directive");
        if (source.Bucket == request.Bucket && source.Record.Key == request.Key && !replace && request.Header("x-amz-website-redirect-location") is null
            && request.Header("x-amz-storage-class") is null && request.Header("x-amz-server-side-encryption") is null)
            throw Errors.InvalidRequest("This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.");
        if (Checksums.Known(request.Header("x-amz-checksum-algorithm")) is { } algorithm && algorithm != source.Record.Checksum?.Algorithm)
            throw Errors.NotSupported($"x-amz-checksum-algorithm: {algorithm} for the copy of an object that has {source.Record.Checksum?.Algorithm ?? "none"}");
        var conditions = WriteConditions.Read(request);
        var (copy, dropped) = await store.Write(async tx =>
        {
            // read again inside the write: the copy is of what is there when it becomes visible
            var current = await tx.Get(Keys.Object(call.Account, source.Bucket, source.Record.Key), S3Json.Default.ObjectRecord) ?? throw Errors.NoSuchKey(source.Record.Key);
            if (current.ETag != source.Record.ETag) ReadConditions.Check(request, current, "x-amz-copy-source-");
            var made = (replace ? template : current with { Redirect = template.Redirect }) with
            {
                Key = request.Key,
                Pieces = current.Pieces,
                Size = current.Size,
                ETag = current.ETag,
                Checksum = current.Checksum,
                Modified = Buckets.Seconds(installation.Now),
                Tags = replaceTags ? template.Tags : current.Tags,
            };
            return (made, await Objects.Commit(tx, call.Account, request.Bucket, made, conditions));
        });
        blobs.Drop(dropped);
        return S3Xml.Answer("CopyObjectResult", writer =>
        {
            writer.Element("LastModified", S3Xml.Time(copy.Modified));
            writer.Element("ETag", copy.ETag);
            if (copy.Checksum is { } checksum)
            {
                writer.Element("ChecksumType", checksum.Type);
                writer.Element("Checksum" + checksum.Algorithm, checksum.Value);
            }
        }).With("x-amz-server-side-encryption", "AES256");
    }

    public async ValueTask<Reply> UploadPartCopy(S3Request request, Call call)
    {
        await access.Bucket(request, call);
        var (number, upload) = await multipart.Target(request, call);
        for (var attempt = 0; ; attempt++)
        {
            var source = (await Source(request, call)).Record;
            var (from, length) = Range(request.Header("x-amz-copy-source-range"), source.Size);
            PieceStream bytes;
            try
            {
                bytes = blobs.Open(source.Pieces, from, length);
            }
            catch (FileNotFoundException) when (attempt < 5)
            {
                continue;
            }

            await using (bytes)
            {
                var part = await multipart.KeepPart(bytes, upload, number, null, call);
                return S3Xml.Answer("CopyPartResult", writer =>
                {
                    writer.Element("LastModified", S3Xml.Time(part.Modified));
                    writer.Element("ETag", part.ETag);
                    if (part.Checksum is { } checksum) writer.Element("Checksum" + checksum.Algorithm, checksum.Value);
                });
            }
        }
    }

    /// <summary>`/bucket/key` or `bucket/key`, percent-encoded; the key is taken literally.</summary>
    private async ValueTask<(string Bucket, ObjectRecord Record)> Source(S3Request request, Call call)
    {
        var header = request.Header("x-amz-copy-source")!;
        var mark = header.IndexOf("?versionId=", StringComparison.Ordinal);
        if (mark >= 0 && header[(mark + 11)..] != "null") throw Errors.InvalidArgument("Invalid version id specified", "versionId", header[(mark + 11)..]);
        var text = S3Request.Decode(mark < 0 ? header : header[..mark]).TrimStart('/');
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 1 || slash == text.Length - 1)
            throw Errors.InvalidArgument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "x-amz-copy-source", header);
        var source = new S3Request("GET", text[..slash], text[(slash + 1)..], [], request.Header);
        if (!BucketNames.Valid(source.Bucket)) throw Errors.InvalidBucketName(source.Bucket);
        var bucket = await access.Bucket(source, call);
        if (!await access.Allows(bucket, call.Principal, "s3:GetObject", source.ObjectArn)) throw Errors.AccessDenied();
        var record = await objects.Find(source, call);
        ReadConditions.Check(request, record, "x-amz-copy-source-");
        return (source.Bucket, record);
    }

    private static bool Directive(S3Request request, string name) => request.Header(name) switch
    {
        null or "COPY" => false,
        "REPLACE" => true,
        var other => throw Errors.InvalidArgument(name == "x-amz-metadata-directive" ? "Unknown metadata directive." : "Unknown tagging directive.", name, other),
    };

    private static (long From, long Length) Range(string? header, long size)
    {
        if (header is null) return (0, size);
        if (header.StartsWith("bytes=", StringComparison.Ordinal) && header[6..].Split('-') is [var first, var last]
            && long.TryParse(first, System.Globalization.NumberStyles.None, null, out var from) && long.TryParse(last, System.Globalization.NumberStyles.None, null, out var to) && from <= to)
            return to < size ? (from, to - from + 1) : throw Errors.InvalidArgument($"Range specified is not valid for source object of size: {size}", "x-amz-copy-source-range", header);
        throw Errors.InvalidArgument("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy", "x-amz-copy-source-range", header);
    }
}
