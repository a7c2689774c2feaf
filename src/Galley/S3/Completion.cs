using System.Globalization;
using System.Security.Cryptography;
using Galley.S3.Events;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>CompleteMultipartUpload: checks the client's list of parts and makes the object of their blobs in one write.</summary>
internal sealed class Completion(Installation installation, Access access, Changes changes, Multipart multipart)
{
    private const long MinPart = 5 << 20;

    public async ValueTask<Reply> CompleteMultipartUpload(S3Request request, Call call)
    {
        var bucket = await access.Bucket(request, call);
        var upload = await multipart.Upload(request, call);
        var asked = Read(S3Xml.Parse(await IncomingBody.ReadAll(request, call, 4 << 20, headersAreOfBody: false), "CompleteMultipartUpload"), upload);
        var conditions = WriteConditions.Read(request);
        var made = await changes.Write(call.Account, upload.Bucket, async write =>
        {
            var tx = write.Transaction;
            if (await tx.Get(Keys.Upload(call.Account, upload.Bucket, upload.Key, upload.UploadId)) is null) throw Errors.NoSuchUpload(upload.UploadId);
            var parts = new List<PartRecord>();
            foreach (var one in asked) parts.Add(Checked(one, await tx.Get(Keys.Part(call.Account, upload.UploadId, one.Number), S3Json.Default.PartRecord), upload));
            RequireSizes(parts, upload);
            if (conditions.Any) RequireNoConflict(conditions, upload, await VersionChain.Find(tx, call.Account, upload.Bucket, upload.Key, null));
            var record = Assemble(request, upload, parts);
            write.Dropped.AddRange(await Multipart.Discard(tx, call.Account, upload));
            return await write.Put(record, null, conditions, Cause.Of(call, Cause.Complete));
        });
        var reply = S3Xml.Answer("CompleteMultipartUploadResult", writer =>
        {
            writer.Element("Location", $"https://{request.Bucket}.s3.{call.Region}.amazonaws.com/{Uri.EscapeDataString(request.Key)}");
            writer.Element("Bucket", request.Bucket);
            writer.Element("Key", request.Key);
            writer.Element("ETag", made.ETag);
            if (made.Checksum is not { } checksum) return;
            writer.Element("Checksum" + checksum.Algorithm, checksum.Value);
            writer.Element("ChecksumType", checksum.Type);
        }).With("x-amz-server-side-encryption", "AES256");
        return bucket.Versioning == "Enabled" ? reply.With("x-amz-version-id", made.Version) : reply;
    }

    /// <summary>What happened to the key while the upload was under way, and its conditions alone would not show.</summary>
    private static void RequireNoConflict(WriteConditions conditions, UploadRecord upload, ObjectRecord? current)
    {
        conditions.Check(current, upload.Key);
        if (conditions.IfAbsent && upload.Existed) throw Errors.Conflict("If-None-Match", upload.Key);
        if (conditions.IfMatch is not null && current!.Sequence > upload.Sequence) throw Errors.Conflict("If-Match", upload.Key);
    }

    private static List<Asked> Read(System.Xml.Linq.XElement root, UploadRecord upload)
    {
        var asked = new List<Asked>();
        foreach (var part in root.Only("Part").Elements())
        {
            part.Only(["PartNumber", "ETag", .. Checksums.Algorithms.Select(algorithm => "Checksum" + algorithm)]);
            asked.Add(new Asked(
                part.Number("PartNumber") ?? throw Errors.MalformedXml(), part.ChildText("ETag") ?? throw Errors.MalformedXml(),
                upload.ChecksumAlgorithm is { } algorithm ? part.ChildText("Checksum" + algorithm) : null));
        }

        if (asked.Count == 0) throw Errors.MalformedXml();
        for (var at = 1; at < asked.Count; at++)
            if (asked[at].Number <= asked[at - 1].Number)
                throw new AwsError("InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.").With("UploadId", upload.UploadId);
        return asked;
    }

    private static PartRecord Checked(Asked asked, PartRecord? part, UploadRecord upload)
    {
        if (part is null || part.ETag.Trim('"') != asked.ETag.Trim('"') || asked.Checksum is not null && asked.Checksum != part.Checksum?.Value)
            throw new AwsError("InvalidPart", "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.")
                .With("UploadId", upload.UploadId).With("PartNumber", S3Xml.Text(asked.Number)).With("ETag", asked.ETag.Trim('"'));
        return part;
    }

    private static void RequireSizes(List<PartRecord> parts, UploadRecord upload)
    {
        foreach (var part in parts.SkipLast(1))
            if (part.Piece.Length < MinPart)
                throw new AwsError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
                    .With("ProposedSize", S3Xml.Text(part.Piece.Length)).With("MinSizeAllowed", S3Xml.Text(MinPart))
                    .With("PartNumber", S3Xml.Text(part.Number)).With("ETag", part.ETag.Trim('"'));
        if (parts.Sum(part => part.Piece.Length) > 5L << 40) throw Errors.EntityTooLarge().With("UploadId", upload.UploadId);
    }

    private ObjectRecord Assemble(S3Request request, UploadRecord upload, List<PartRecord> parts)
    {
        var md5 = MD5.HashData([.. parts.SelectMany(part => Convert.FromHexString(part.ETag.Trim('"')))]);
        var size = parts.Sum(part => part.Piece.Length);
        var checksum = Checksums.Join(upload.ChecksumAlgorithm ?? "CRC64NVME", upload.ChecksumType!, [.. parts.Select(part => (part.Checksum!.Value, part.Piece.Length))]);
        if (request.Header(Checksums.HeaderOf(checksum.Algorithm)) is { } said && said != checksum.Value && said != checksum.Value.Split('-')[0]) throw Errors.BadDigest(checksum.Algorithm);
        if (request.Header("x-amz-mp-object-size") is { } length && length != size.ToString(CultureInfo.InvariantCulture))
            throw Errors.InvalidRequest($"The provided 'x-amz-mp-object-size' header value {length} does not match what was computed: {size}");
        return upload.Template with
        {
            Key = upload.Key,
            Pieces = [.. parts.Select(part => part.Piece)],
            Size = size,
            ETag = $"\"{Convert.ToHexStringLower(md5)}-{parts.Count}\"",
            Modified = Buckets.Seconds(installation.Now),
            Checksum = checksum,
        };
    }

    private sealed record Asked(int Number, string ETag, string? Checksum);
}
