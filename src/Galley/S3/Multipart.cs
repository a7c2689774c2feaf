using System.Globalization;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>Multipart uploads: start, parts, abort and the lists. An object is made of its parts' blobs; nothing is copied.</summary>
internal sealed class Multipart(IStore store, Installation installation, Access access, Blobs blobs)
{
    private const int MaxPart = 10_000;

    public async ValueTask<Reply> CreateMultipartUpload(S3Request request, Call call)
    {
        var bucket = await access.Bucket(request, call);
        var template = ObjectHeaders.Template(request, bucket, call);
        var asked = request.Header("x-amz-checksum-algorithm");
        var algorithm = Checksums.Known(asked);
        if (asked is not null && algorithm is null)
            throw Errors.InvalidRequest("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
        var type = request.Header("x-amz-checksum-type") ?? (algorithm is null ? Checksums.FullObject : Checksums.DefaultType(algorithm));
        if (type is not (Checksums.FullObject or Checksums.Composite) || type == Checksums.FullObject && algorithm is "SHA1" or "SHA256" || type == Checksums.Composite && algorithm is "CRC64NVME")
            throw Errors.InvalidRequest($"The {type} checksum type cannot be used with the {algorithm?.ToLowerInvariant()} checksum algorithm.");
        var upload = new UploadRecord(request.Bucket, request.Key, installation.Ids.Next(64, Ids.Alphanumeric), Buckets.Seconds(installation.Now), template, algorithm, type, installation.Now.UtcTicks, false);
        await store.Write(async tx =>
        {
            if (await tx.Get(Keys.Bucket(call.Account, request.Bucket)) is null) throw Errors.NoSuchBucket(request.Bucket);
            var there = await VersionChain.Find(tx, call.Account, request.Bucket, request.Key, null) is { DeleteMarker: false };
            tx.Put(Keys.Upload(call.Account, request.Bucket, request.Key, upload.UploadId), upload with { Existed = there }, S3Json.Default.UploadRecord);
        });
        var reply = S3Xml.Answer("InitiateMultipartUploadResult", writer =>
        {
            writer.Element("Bucket", request.Bucket);
            writer.Element("Key", request.Key);
            writer.Element("UploadId", upload.UploadId);
        }).With("x-amz-server-side-encryption", "AES256");
        return algorithm is null ? reply : reply.With("x-amz-checksum-algorithm", algorithm).With("x-amz-checksum-type", type);
    }

    public async ValueTask<Reply> UploadPart(S3Request request, Call call)
    {
        await access.Bucket(request, call);
        var (number, upload) = await Target(request, call);
        await using var body = IncomingBody.Open(request);
        var part = await KeepPart(body, body.Announced, upload, number, body, call);
        return ObjectHeaders.WithChecksum(new Reply().With("ETag", part.ETag).With("x-amz-server-side-encryption", "AES256"), part.Checksum, type: false);
    }

    /// <summary>Part number and upload that a request names.</summary>
    public async ValueTask<(int Number, UploadRecord Upload)> Target(S3Request request, Call call)
    {
        if (!int.TryParse(request.Query("partNumber"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > MaxPart)
            throw Errors.InvalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", request.Query("partNumber"));
        return (number, await Upload(request, call));
    }

    public async ValueTask<PartRecord> KeepPart(Stream content, long? length, UploadRecord upload, int number, IncomingBody? checks, Call call)
    {
        var running = new Checksumming(content, upload.ChecksumAlgorithm ?? "CRC64NVME", checks);
        return await blobs.Keep(running, Math.Max(length ?? long.MaxValue, Blobs.MostInStore + 1), async kept =>
        {
            checks?.Verify(kept);
            var sum = running.Result(kept);
            // a part without bytes is a part all the same, and its blob an empty one
            var piece = new Piece(kept.Blob, kept.Length) { Checksum = upload.ChecksumAlgorithm is null ? null : sum.Value };
            var part = new PartRecord(number, piece, $"\"{kept.Md5}\"", Buckets.Seconds(installation.Now), sum);
            var dropped = await store.Write(async tx =>
            {
                if (await tx.Get(Keys.Upload(call.Account, upload.Bucket, upload.Key, upload.UploadId)) is null) throw Errors.NoSuchUpload(upload.UploadId);
                var key = Keys.Part(call.Account, upload.UploadId, number);
                var old = await tx.Get(key, S3Json.Default.PartRecord);
                if (old is not null) tx.Release(old.Piece.Blob, key);
                tx.Hold(kept.Blob, key);
                tx.Put(key, part, S3Json.Default.PartRecord);
                return old;
            });
            if (dropped is not null) blobs.Drop(dropped.Piece.Blob);
            return part;
        }, call.Cancellation);
    }

    public async ValueTask<Reply> AbortMultipartUpload(S3Request request, Call call)
    {
        await access.Bucket(request, call);
        var upload = await Upload(request, call);
        blobs.Drop(await store.Write(tx => Discard(tx, call.Account, upload)));
        return new Reply(204);
    }

    public async ValueTask<Reply> ListParts(S3Request request, Call call)
    {
        await access.Bucket(request, call);
        var upload = await Upload(request, call);
        var after = ListRequest.Number(request, "part-number-marker", MaxPart);
        if (!request.Has("part-number-marker")) after = 0;
        var max = ListRequest.Number(request, "max-parts", 1000);
        var parts = await store.Read(snapshot => snapshot.List(Keys.Parts(call.Account, upload.UploadId), S3Json.Default.PartRecord));
        var rest = parts.Where(part => part.Number > after).ToList();
        var page = rest.Take(max).ToList();
        return S3Xml.Answer("ListPartsResult", writer =>
        {
            writer.Element("Bucket", request.Bucket);
            writer.Element("Key", Listing.Encoder(request)(request.Key));
            writer.Element("UploadId", upload.UploadId);
            writer.Element("Initiator", () => writer.Element("ID", Acls.OwnerId(call.Account)));
            writer.Element("Owner", () => writer.Element("ID", Acls.OwnerId(call.Account)));
            writer.Element("StorageClass", upload.Template.StorageClass ?? "STANDARD");
            writer.Element("ChecksumAlgorithm", upload.ChecksumAlgorithm);
            writer.Element("PartNumberMarker", S3Xml.Text(after));
            writer.Element("NextPartNumberMarker", S3Xml.Text(page.Count > 0 ? page[^1].Number : 0));
            writer.Element("MaxParts", S3Xml.Text(max));
            writer.Element("IsTruncated", S3Xml.Text(page.Count < rest.Count));
            foreach (var part in page)
                writer.Element("Part", () =>
                {
                    writer.Element("PartNumber", S3Xml.Text(part.Number));
                    writer.Element("LastModified", S3Xml.Time(part.Modified));
                    writer.Element("ETag", part.ETag);
                    writer.Element("Size", S3Xml.Text(part.Piece.Length));
                    if (upload.ChecksumAlgorithm is not null && part.Checksum is { } checksum) writer.Element("Checksum" + checksum.Algorithm, checksum.Value);
                });
        });
    }

    public async ValueTask<UploadRecord> Upload(S3Request request, Call call)
    {
        var id = request.Query("uploadId") ?? "";
        return await store.Read(snapshot => snapshot.Get(Keys.Upload(call.Account, request.Bucket, request.Key, id), S3Json.Default.UploadRecord)) ?? throw Errors.NoSuchUpload(id);
    }

    /// <summary>Forgets an upload and its parts in the running write; gives the pieces that fell out of use.</summary>
    public static async ValueTask<IReadOnlyList<Piece>> Discard(ITransaction tx, string account, UploadRecord upload)
    {
        var pieces = new List<Piece>();
        foreach (var part in await tx.List(Keys.Parts(account, upload.UploadId), S3Json.Default.PartRecord))
        {
            tx.Release(part.Piece.Blob, Keys.Part(account, upload.UploadId, part.Number));
            pieces.Add(part.Piece);
        }

        await tx.DeleteAll(Keys.Parts(account, upload.UploadId));
        tx.Delete(Keys.Upload(account, upload.Bucket, upload.Key, upload.UploadId));
        return pieces;
    }

    /// <summary>Counts the checksum that the upload asks of its parts, unless the part's own body check has it already.</summary>
    private sealed class Checksumming(Stream content, string algorithm, IncomingBody? checks) : ReadOnlyBodyStream
    {
        private readonly IRunningChecksum? _running = checks?.Algorithm == algorithm ? null : Checksums.Start(algorithm);

        public ObjectChecksum Result(KeptBytes kept)
            => checks?.Checksum is { } done && done.Algorithm == algorithm ? done : new(algorithm, Checksums.Value(_running, kept), Checksums.FullObject);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await content.ReadAsync(buffer, cancellationToken);
            _running?.Append(buffer.Span[..read]);
            return read;
        }
    }
}
