using Galley.S3.Events;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>Objects: put, get, head, delete, tags. The bytes are kept first; one write makes the object visible, whole or not at all.</summary>
internal sealed class Objects(IStore store, Installation installation, Access access, Blobs blobs, Changes changes)
{
    public async ValueTask<Reply> PutObject(S3Request request, Call call)
    {
        var bucket = await access.Bucket(request, call);
        var template = ObjectHeaders.Template(request, bucket, call);
        var conditions = WriteConditions.Read(request);
        if (conditions.Any) conditions.Check((await Stored(call.Account, request.Bucket, request.Key, null))?.Record, request.Key);
        await using var body = IncomingBody.Open(request);
        var put = await blobs.Keep(
            body, body.Announced, kept =>
            {
                body.Verify(kept);
                return changes.Put(call.Account, request.Bucket, Made(template, kept, body.Checksum), kept.Bytes, conditions, Cause.Of(call, Cause.Put));
            }, call.Cancellation);
        return ObjectHeaders.WithChecksum(ObjectHeaders.Written(bucket, put), put.Checksum);
    }

    /// <summary>The object that a template becomes with its bytes.</summary>
    public ObjectRecord Made(ObjectRecord template, KeptBytes kept, ObjectChecksum? checksum) => template with
    {
        Pieces = kept.Pieces,
        Size = kept.Length,
        ETag = $"\"{kept.Md5}\"",
        Modified = Buckets.Seconds(installation.Now),
        Checksum = checksum,
    };

    public ValueTask<Reply> GetObject(S3Request request, Call call) => Read(request, call);

    public ValueTask<Reply> HeadObject(S3Request request, Call call) => Read(request, call);

    public async ValueTask<Reply> DeleteObject(S3Request request, Call call)
    {
        var bucket = await access.Bucket(request, call);
        var (version, conditions) = (request.VersionId, WriteConditions.Read(request));
        var deletion = await changes.Write(call.Account, request.Bucket, write => write.Delete(request.Key, version, conditions, Cause.Of(call, Cause.Delete)));
        var reply = new Reply(204);
        if (bucket.Versioning is not null && deletion.VersionId is { } id) reply.With("x-amz-version-id", id);
        return deletion.Marker ? reply.With("x-amz-delete-marker", "true") : reply;
    }

    public async ValueTask<Reply> GetObjectTagging(S3Request request, Call call)
    {
        var found = await Find(request, call);
        return ObjectHeaders.WithVersion(S3Xml.Answer("Tagging", writer => TagSets.Write(writer, found.Record.Tags)), found);
    }

    public async ValueTask<Reply> PutObjectTagging(S3Request request, Call call)
    {
        var tagging = S3Xml.Parse(await IncomingBody.ReadAll(request, call), "Tagging").Only("TagSet");
        var tags = TagSets.Read(tagging.Child("TagSet") ?? throw Errors.MalformedXml(), 10);
        return ObjectHeaders.WithVersion(new Reply(), await Change(request, call, Cause.TagPut, record => record with { Tags = tags }));
    }

    public async ValueTask<Reply> DeleteObjectTagging(S3Request request, Call call)
        => ObjectHeaders.WithVersion(new Reply(204), await Change(request, call, Cause.TagDelete, record => record with { Tags = [] }));

    /// <summary>Nothing here is archived, so there is nothing to restore.</summary>
    public async ValueTask<Reply> RestoreObject(S3Request request, Call call)
    {
        var found = await Find(request, call);
        throw new AwsError("InvalidObjectState", "Restore is not allowed for the object's current storage class", 403).With("StorageClass", found.Record.StorageClass ?? "STANDARD");
    }

    /// <summary>The object or the version asked for, or the error that this caller may see.</summary>
    public async ValueTask<Found> Find(S3Request request, Call call, bool withBytes = false)
    {
        var bucket = await access.Bucket(request, call);
        var version = request.VersionId;
        var stored = await Stored(call.Account, request.Bucket, request.Key, version, withBytes);
        if (stored is not { } found) throw await access.Missing(bucket, request.Key, call, version is null or "null" ? Errors.NoSuchKey(request.Key) : Errors.NoSuchVersion(request.Key, version));
        if (!found.Record.DeleteMarker) return found with { Versioned = bucket.Versioning is not null, Bucket = bucket };
        var error = version is null
            ? await access.Missing(bucket, request.Key, call, Errors.NoSuchKey(request.Key))
            : Errors.MethodNotAllowed(request.Method, "DeleteMarker").WithHeader("Allow", "DELETE").WithHeader("Last-Modified", ObjectHeaders.Date(found.Record.Modified));
        throw error.WithHeader("x-amz-delete-marker", "true").WithHeader("x-amz-version-id", found.Record.Version);
    }

    /// <summary>What is in the store, a delete marker too.</summary>
    public ValueTask<Found?> Stored(string account, string bucket, string key, string? version, bool withBytes = false) => store.Read(async snapshot =>
    {
        // Only the newest version is kept with its bytes: they lie under the number that its record says, and never change.
        var place = installation.Reads.KeyOf(Keys.Object(account, bucket, key));
        var wanted = false;
        if (version is null && withBytes && installation.Reads.Find<Found>(place, snapshot.State, out wanted) is { } kept) return kept;
        if (await VersionChain.Find(snapshot, account, bucket, key, version) is not { } record) return null;
        var found = new Found(record, withBytes ? await VersionChain.BytesOf(snapshot, account, bucket, record) : null);
        if (wanted) installation.Reads.Keep(place, found, 1000 + (found.Bytes?.Length ?? 0), snapshot.State);
        return found;
    });

    /// <summary>Changes what is said about a version, not its bytes.</summary>
    public async ValueTask<Found> Change(S3Request request, Call call, string told, Func<ObjectRecord, ObjectRecord> change)
    {
        var found = await Find(request, call);
        await changes.Write(call.Account, request.Bucket, async write =>
        {
            var chain = new VersionChain(write.Transaction, call.Account, request.Bucket, request.Key);
            var record = await chain.Find(found.Versioned ? found.Record.Version : null) is { DeleteMarker: false } there ? there : throw Errors.NoSuchKey(request.Key);
            chain.Replace(change(record));
            write.Tell(record, Cause.Of(call, told));
            return true;
        });
        return found;
    }

    private async ValueTask<Reply> Read(S3Request request, Call call)
    {
        ObjectHeaders.RefuseOverrides(request, call.Principal);
        for (var attempt = 0; ; attempt++)
        {
            var found = await Find(request, call, withBytes: request.Method != "HEAD");
            ReadConditions.Check(request, found.Record);
            var range = ByteRange.Read(request, found.Record);
            var head = ObjectHeaders.Reply(request, found, range);
            if (request.Method == "HEAD") return head(null, default);
            if (range.Length == 0) return head(null, ReadOnlyMemory<byte>.Empty);
            if (found.Bytes is { } bytes) return head(null, bytes.AsMemory((int)range.From, (int)range.Length));
            try
            {
                return head(blobs.Open(found.Record.Pieces, range.From, range.Length), default);
            }
            catch (FileNotFoundException) when (attempt < 5)
            {
                // overwritten between the two reads: the new object is the answer
            }
        }
    }
}

/// <summary>A version of an object as it was read.</summary>
/// <param name="Record">What it is.</param>
/// <param name="Bytes">Its bytes when they lie in the store and were asked for.</param>
internal sealed record Found(ObjectRecord Record, byte[]? Bytes)
{
    /// <summary>The bucket has, or had, versioning: answers name the version.</summary>
    public bool Versioned { get; init; }

    public BucketRecord? Bucket { get; init; }
}
