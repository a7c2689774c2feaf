using Galley.S3.Events;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>
/// The one way in which objects change: in one write with the events that tell of it; what falls out of use is dropped when the write
/// is on the disk.
/// </summary>
internal sealed class Changes(IStore store, Installation installation, Blobs blobs, Outbox outbox)
{
    /// <summary>Runs <paramref name="write"/> over a bucket that exists.</summary>
    /// <exception cref="AwsError">NoSuchBucket, and what the write throws.</exception>
    public async ValueTask<T> Write<T>(string account, string bucket, Func<BucketWrite, ValueTask<T>> write)
    {
        BucketWrite? last = null;
        var result = await store.Write(async tx =>
        {
            var record = await tx.Get(Keys.Bucket(account, bucket), S3Json.Default.BucketRecord) ?? throw Errors.NoSuchBucket(bucket);
            last = new BucketWrite(tx, account, record, installation, outbox);
            return await write(last);
        });
        blobs.Drop(last!.Dropped);
        if (last.Told) outbox.Wake();
        return result;
    }

    /// <summary>Puts one object.</summary>
    public ValueTask<ObjectRecord> Put(string account, string bucket, ObjectRecord record, byte[]? bytes, WriteConditions conditions, Cause cause)
        => Write(account, bucket, write => write.Put(record, bytes, conditions, cause));
}

/// <summary>A running write in one bucket.</summary>
internal sealed class BucketWrite(ITransaction tx, string account, BucketRecord bucket, Installation installation, Outbox outbox)
{
    public ITransaction Transaction => tx;

    public BucketRecord Bucket => bucket;

    public List<Piece> Dropped { get; } = [];

    /// <summary>Some event waits for its function.</summary>
    public bool Told { get; private set; }

    /// <summary>Makes the record the newest version of its key when the conditions hold.</summary>
    public async ValueTask<ObjectRecord> Put(ObjectRecord record, byte[]? bytes, WriteConditions conditions, Cause cause)
    {
        var chain = new VersionChain(tx, account, bucket.Name, record.Key);
        if (conditions.Any) conditions.Check(await chain.Current(), record.Key);
        var added = await chain.Add(bucket.Versioning, record, bytes, installation);
        Dropped.AddRange(chain.Dropped);
        Tell(added, cause);
        return added;
    }

    /// <summary>
    /// Deletes: a version for good when one is named; otherwise the object, where versioning is on by a marker in front of it.
    /// What is not there is no error.
    /// </summary>
    public async ValueTask<Deletion> Delete(string key, string? versionId, WriteConditions conditions, Cause cause)
    {
        var chain = new VersionChain(tx, account, bucket.Name, key);
        if (conditions.Any) conditions.Check(await chain.Find(versionId), key);
        var deletion = versionId is null && bucket.Versioning is not null ? await Mark(chain, key, cause) : await Remove(chain, versionId, cause);
        Dropped.AddRange(chain.Dropped);
        return deletion;
    }

    public void Tell(ObjectRecord record, Cause cause)
    {
        if (bucket.Notifications is { Count: > 0 }) Told |= outbox.Add(tx, bucket, record, cause);
    }

    private async ValueTask<Deletion> Mark(VersionChain chain, string key, Cause cause)
    {
        var marker = await chain.Add(bucket.Versioning, new ObjectRecord(key, [], 0, "", Buckets.Seconds(installation.Now)) { DeleteMarker = true }, null, installation);
        Tell(marker, cause.Marks());
        return new(marker.Version, true);
    }

    private async ValueTask<Deletion> Remove(VersionChain chain, string? versionId, Cause cause)
    {
        if (await chain.Find(versionId) is not { } found) return new(versionId, false);
        await chain.Remove(found);
        Tell(found, cause);
        return new(versionId, found.DeleteMarker);
    }
}

/// <param name="VersionId">The version that was deleted, or the marker that was made; null where there are no versions.</param>
/// <param name="Marker">It is, or was, a delete marker.</param>
internal readonly record struct Deletion(string? VersionId, bool Marker);
