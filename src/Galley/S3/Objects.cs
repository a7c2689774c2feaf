using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>Objects: put, get, head, delete, tags. The bytes are kept first; one write makes the object visible, whole or not at all.</summary>
internal sealed class Objects(IStore store, Installation installation, Access access, Blobs blobs)
{
    public async ValueTask<Reply> PutObject(S3Request request, Call call)
    {
        var bucket = await access.Bucket(request, call);
        var template = ObjectHeaders.Template(request, bucket, call);
        var conditions = WriteConditions.Read(request);
        if (conditions.Any) conditions.Check(await Stored(call.Account, request.Bucket, request.Key), request.Key);
        await using var body = IncomingBody.Open(request);
        var put = await blobs.Keep(body, async blob =>
        {
            body.Verify(blob);
            var record = template with
            {
                Pieces = blob.Length == 0 ? [] : [new Piece(blob.Name, blob.Length)],
                Size = blob.Length,
                ETag = $"\"{blob.Md5}\"",
                Modified = Buckets.Seconds(installation.Now),
                Checksum = body.Checksum,
            };
            blobs.Drop(await store.Write(tx => Commit(tx, call.Account, request.Bucket, record, conditions)));
            if (blob.Length == 0) blobs.Drop(blob.Name);
            return record;
        }, call.Cancellation);
        var reply = new Reply().With("ETag", put.ETag).With("x-amz-server-side-encryption", "AES256");
        return ObjectHeaders.WithChecksum(reply, put.Checksum);
    }

    public ValueTask<Reply> GetObject(S3Request request, Call call) => Read(request, call);

    public ValueTask<Reply> HeadObject(S3Request request, Call call) => Read(request, call);

    public async ValueTask<Reply> DeleteObject(S3Request request, Call call)
    {
        await access.Bucket(request, call);
        RequireNullVersion(request);
        var conditions = WriteConditions.Read(request);
        blobs.Drop(await store.Write(tx => Remove(tx, call.Account, request.Bucket, request.Key, conditions)));
        return new Reply(204);
    }

    public async ValueTask<Reply> GetObjectTagging(S3Request request, Call call)
    {
        var found = await Find(request, call);
        return S3Xml.Answer("Tagging", writer => TagSets.Write(writer, found.Tags));
    }

    public async ValueTask<Reply> PutObjectTagging(S3Request request, Call call)
    {
        var tagging = S3Xml.Parse(await IncomingBody.ReadAll(request, call), "Tagging").Only("TagSet");
        await SetTags(request, call, TagSets.Read(tagging.Child("TagSet") ?? throw Errors.MalformedXml(), 10));
        return new Reply();
    }

    public async ValueTask<Reply> DeleteObjectTagging(S3Request request, Call call)
    {
        await SetTags(request, call, []);
        return new Reply(204);
    }

    /// <summary>The object, or the error that this caller may see.</summary>
    public async ValueTask<ObjectRecord> Find(S3Request request, Call call)
    {
        var bucket = await access.Bucket(request, call);
        RequireNullVersion(request);
        return await Stored(call.Account, request.Bucket, request.Key) ?? throw await access.Missing(bucket, request.Key, call, Errors.NoSuchKey(request.Key));
    }

    public ValueTask<ObjectRecord?> Stored(string account, string bucket, string key)
        => store.Read(snapshot => snapshot.Get(Keys.Object(account, bucket, key), S3Json.Default.ObjectRecord));

    /// <summary>Puts the record in place of what was there, in the running write; gives the pieces that fell out of use.</summary>
    public static async ValueTask<IReadOnlyList<Piece>> Commit(ITransaction tx, string account, string bucket, ObjectRecord record, WriteConditions conditions)
    {
        if (await tx.Get(Keys.Bucket(account, bucket)) is null) throw Errors.NoSuchBucket(bucket);
        var key = Keys.Object(account, bucket, record.Key);
        var old = await tx.Get(key, S3Json.Default.ObjectRecord);
        conditions.Check(old, record.Key);
        foreach (var piece in old?.Pieces ?? []) tx.Release(piece.Blob, key);
        foreach (var piece in record.Pieces) tx.Hold(piece.Blob, key);
        tx.Put(key, record, S3Json.Default.ObjectRecord);
        return old?.Pieces ?? [];
    }

    public static async ValueTask<IReadOnlyList<Piece>> Remove(ITransaction tx, string account, string bucket, string name, WriteConditions conditions)
    {
        var key = Keys.Object(account, bucket, name);
        var old = await tx.Get(key, S3Json.Default.ObjectRecord);
        conditions.Check(old, name);
        if (old is null) return [];
        foreach (var piece in old.Pieces) tx.Release(piece.Blob, key);
        tx.Delete(key);
        return old.Pieces;
    }

    /// <summary>Without versioning there is one version, `null`.</summary>
    public static void RequireNullVersion(S3Request request)
    {
        if (request.Query("versionId") is { } version && version != "null") throw Errors.InvalidArgument("Invalid version id specified", "versionId", version);
    }

    private async ValueTask<Reply> Read(S3Request request, Call call)
    {
        ObjectHeaders.RefuseOverrides(request, call.Principal);
        for (var attempt = 0; ; attempt++)
        {
            var found = await Find(request, call);
            ReadConditions.Check(request, found);
            var range = ByteRange.Read(request, found);
            var reply = ObjectHeaders.Reply(request, found, range);
            if (request.Method == "HEAD") return reply(null);
            try
            {
                return reply(blobs.Open(found.Pieces, range.From, range.Length));
            }
            catch (FileNotFoundException) when (attempt < 5)
            {
                // overwritten between the two reads: the new object is the answer
            }
        }
    }

    private async ValueTask SetTags(S3Request request, Call call, List<Tag> tags)
    {
        await Find(request, call);
        await store.Write(async tx =>
        {
            var key = Keys.Object(call.Account, request.Bucket, request.Key);
            var found = await tx.Get(key, S3Json.Default.ObjectRecord) ?? throw Errors.NoSuchKey(request.Key);
            tx.Put(key, found with { Tags = tags }, S3Json.Default.ObjectRecord);
        });
    }
}
