using System.Security.Cryptography;
using Galley.S3.Events;
using Galley.Wire;

namespace Galley.S3;

/// <summary>CopyObject and UploadPartCopy: the source is read with the caller's own right to it.</summary>
internal sealed class Copies(Installation installation, Access access, Objects objects, Blobs blobs, Changes changes, Multipart multipart)
{
    private const int Attempts = 5;

    public async ValueTask<Reply> CopyObject(S3Request request, Call call)
    {
        var bucket = await access.Bucket(request, call);
        var template = ObjectHeaders.Template(request, bucket, call);
        bool replace = Directive(request, "x-amz-metadata-directive"), replaceTags = Directive(request, "x-amz-tagging-directive");
        var conditions = WriteConditions.Read(request);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var source = await Source(request, call);
            var record = source.Record;
            RequireChange(request, source, replace);
            if (record.Size > IncomingBody.MaxObject) throw Errors.InvalidRequest($"The specified copy source is larger than the maximum allowable size for a copy source: {IncomingBody.MaxObject}");
            if (!replaceTags && record.Tags.Count > 0 && !await access.Allows(source.Bucket, call.Principal, source.Version is null ? "s3:GetObjectTagging" : "s3:GetObjectVersionTagging", source.Arn)) throw Errors.AccessDenied();
            if (await Recount(request, source, call) is not { } counted) continue;
            var made = (replace ? template : record with { Redirect = template.Redirect, StorageClass = template.StorageClass, Grants = template.Grants }) with
            {
                Pieces = [.. record.Pieces.Select(piece => piece with { Checksum = null })],
                Size = record.Size,
                ETag = counted.ETag,
                Checksum = counted.Checksum,
                Modified = Buckets.Seconds(installation.Now),
                Tags = replaceTags ? template.Tags : record.Tags,
            };
            var copy = await changes.Write(call.Account, request.Bucket, async write =>
            {
                // the copy is of what is there when it becomes visible; otherwise once more from the start
                var there = new VersionChain(write.Transaction, call.Account, source.Bucket.Name, record.Key);
                if ((await there.Find(source.Version))?.Sequence != record.Sequence) return null;
                return await write.Put(made with { Key = request.Key }, await there.Bytes(record), conditions, Cause.Of(call, Cause.Copy));
            });
            if (copy is not null) return Answer(bucket, source, copy);
        }

        throw new AwsError("OperationAborted", "A conflicting conditional operation is currently in progress against this resource. Please try again.", 409);
    }

    public async ValueTask<Reply> UploadPartCopy(S3Request request, Call call)
    {
        await access.Bucket(request, call);
        var (number, upload) = await multipart.Target(request, call);
        for (var attempt = 0; ; attempt++)
        {
            var source = await Source(request, call);
            var (from, length) = Range(request.Header("x-amz-copy-source-range"), source.Record.Size);
            Stream bytes;
            try
            {
                bytes = Open(source, from, length);
            }
            catch (FileNotFoundException) when (attempt < Attempts)
            {
                continue;
            }

            await using (bytes)
            {
                var part = await multipart.KeepPart(bytes, null, upload, number, null, call);
                var reply = S3Xml.Answer("CopyPartResult", writer =>
                {
                    writer.Element("LastModified", S3Xml.Time(part.Modified));
                    writer.Element("ETag", part.ETag);
                    if (part.Checksum is { } checksum) writer.Element("Checksum" + checksum.Algorithm, checksum.Value);
                }).With("x-amz-server-side-encryption", "AES256");
                return source.Bucket.Versioning is null ? reply : reply.With("x-amz-copy-source-version-id", source.Record.Version);
            }
        }
    }

    private static Reply Answer(BucketRecord bucket, CopySource source, ObjectRecord copy)
    {
        var reply = S3Xml.Answer("CopyObjectResult", writer =>
        {
            writer.Element("LastModified", S3Xml.Time(copy.Modified));
            writer.Element("ETag", copy.ETag);
            if (copy.Checksum is not { } checksum) return;
            writer.Element("ChecksumType", checksum.Type);
            writer.Element("Checksum" + checksum.Algorithm, checksum.Value);
        }).With("x-amz-server-side-encryption", "AES256");
        if (bucket.Versioning == "Enabled") reply.With("x-amz-version-id", copy.Version);
        return source.Bucket.Versioning is null ? reply : reply.With("x-amz-copy-source-version-id", source.Record.Version);
    }

    private static void RequireChange(S3Request request, CopySource source, bool replace)
    {
        if (source.Bucket.Name == request.Bucket && source.Record.Key == request.Key && source.Version is null && !replace && request.Header("x-amz-website-redirect-location") is null
            && request.Header("x-amz-storage-class") is null && request.Header("x-amz-server-side-encryption") is null)
            throw Errors.InvalidRequest("This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.");
    }

    /// <summary>ETag and checksum of the copy, which is one piece whatever its source was made of; null when the source is gone meanwhile.</summary>
    private async ValueTask<(string ETag, ObjectChecksum? Checksum)?> Recount(S3Request request, CopySource source, Call call)
    {
        var record = source.Record;
        var asked = request.Header("x-amz-checksum-algorithm") is { } name
            ? Checksums.Known(name) ?? throw Errors.InvalidRequest("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
            : record.Checksum?.Algorithm;
        if (!record.Multipart && (asked is null || asked == record.Checksum?.Algorithm)) return (record.ETag, record.Checksum);
        try
        {
            await using var bytes = Open(source, 0, record.Size);
            using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
            using var sha256 = asked == "SHA256" ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
            var running = asked is null ? null : Checksums.Start(asked);
            var buffer = new byte[64 << 10];
            for (int read; (read = await bytes.ReadAsync(buffer, call.Cancellation)) > 0;)
            {
                md5.AppendData(buffer, 0, read);
                sha256?.AppendData(buffer, 0, read);
                running?.Append(buffer.AsSpan(0, read));
            }

            var value = sha256?.GetHashAndReset() ?? running?.Finish();
            return ($"\"{Convert.ToHexStringLower(md5.GetHashAndReset())}\"", value is null ? null : new(asked!, Convert.ToBase64String(value), Checksums.FullObject));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private Stream Open(CopySource source, long from, long length)
        => source.Bytes is { } bytes ? new MemoryStream(bytes, (int)from, (int)length, writable: false) : blobs.Open(source.Record.Pieces, from, length);

    /// <summary>`/bucket/key` or `bucket/key`, percent-encoded, with `?versionId=`; the key is taken literally.</summary>
    private async ValueTask<CopySource> Source(S3Request request, Call call)
    {
        var header = request.Header("x-amz-copy-source")!;
        var mark = header.IndexOf("?versionId=", StringComparison.Ordinal);
        var version = mark < 0 ? null : S3Request.CheckedVersion(header[(mark + 11)..]);
        var text = S3Request.Decode(mark < 0 ? header : header[..mark]);
        if (text.StartsWith('/')) text = text[1..];
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 1 || slash == text.Length - 1)
            throw Errors.InvalidArgument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "x-amz-copy-source", header);
        var source = new S3Request("GET", text[..slash], text[(slash + 1)..], [], request.Header);
        if (!BucketNames.Valid(source.Bucket)) throw Errors.InvalidBucketName(source.Bucket);
        var bucket = await access.Bucket(source, call);
        if (!await access.Allows(bucket, call.Principal, version is null ? "s3:GetObject" : "s3:GetObjectVersion", source.ObjectArn, version: version)) throw Errors.AccessDenied();
        var found = await objects.Stored(call.Account, source.Bucket, source.Key, version, withBytes: true);
        if (found is { Record.DeleteMarker: true } && version is not null) throw Errors.InvalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.");
        if (found is null or { Record.DeleteMarker: true }) throw await access.Missing(bucket, source.Key, call, version is null ? Errors.NoSuchKey(source.Key) : Errors.NoSuchVersion(source.Key, version));
        ReadConditions.Check(request, found.Record, "x-amz-copy-source-");
        return new(bucket, found.Record, found.Bytes, version, source.ObjectArn);
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

    private sealed record CopySource(BucketRecord Bucket, ObjectRecord Record, byte[]? Bytes, string? Version, string Arn);
}
