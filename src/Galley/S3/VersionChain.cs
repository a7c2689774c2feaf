using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text.Json;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>
/// The versions of one key in a running write. The newest stands among the objects, the older ones in a row of their own each;
/// where versioning is not on there is only the newest.
/// </summary>
internal sealed class VersionChain(ITransaction tx, string account, string bucket, string key)
{
    private const int IdBytes = 24;
    private readonly byte[] _current = Keys.Object(account, bucket, key);

    /// <summary>Pieces that fell out of use, to be dropped once the write is through.</summary>
    public List<Piece> Dropped { get; } = [];

    public ValueTask<ObjectRecord?> Current() => tx.Get(_current, S3Json.Default.ObjectRecord);

    public ValueTask<ObjectRecord?> Find(string? versionId) => Find(tx, account, bucket, key, versionId);

    /// <summary>The newest version without an id, or the one that has it; a delete marker is found like any other.</summary>
    public static async ValueTask<ObjectRecord?> Find(ISnapshot snapshot, string account, string bucket, string key, string? versionId)
    {
        var current = await snapshot.Get(Keys.Object(account, bucket, key), S3Json.Default.ObjectRecord);
        if (versionId is null || current is null || current.Version == versionId) return current;
        if (versionId != "null")
            return SequenceOf(versionId) is { } sequence && await snapshot.Get(Keys.Version(account, bucket, key, sequence), S3Json.Default.ObjectRecord) is { } found && found.VersionId == versionId ? found : null;
        // The null version's place is not known; only keys that had one before versioning, or since it was suspended, have it.
        await foreach (var older in snapshot.All(Keys.VersionsOf(account, bucket, key), S3Json.Default.ObjectRecord))
            if (older.VersionId is null)
                return older;
        return null;
    }

    /// <summary>Makes the record the newest version as the bucket's versioning has it; gives it with its id.</summary>
    /// <param name="versioning">The bucket's.</param>
    /// <param name="record">What to add.</param>
    /// <param name="bytes">Its bytes when they are small enough for the store.</param>
    /// <param name="installation">For time and ids.</param>
    public async ValueTask<ObjectRecord> Add(string? versioning, ObjectRecord record, byte[]? bytes, Installation installation)
    {
        var current = await Current();
        var sequence = Math.Max(installation.Now.UtcTicks, (current?.Sequence ?? 0) + 1);
        if (versioning is null || versioning == "Suspended" && current is { VersionId: null }) Erase(current);
        else
        {
            if (versioning == "Suspended" && current is not null && await Find("null") is { } old)
            {
                tx.Delete(Keys.Version(account, bucket, key, old.Sequence));
                Erase(old);
            }

            if (current is not null) tx.Put(Keys.Version(account, bucket, key, current.Sequence), current with { Noncurrent = Buckets.Seconds(installation.Now) }, S3Json.Default.ObjectRecord);
        }

        var added = record with { Key = key, Sequence = sequence, VersionId = versioning == "Enabled" ? NewId(sequence, installation.Ids) : null, Noncurrent = null };
        if (bytes is { Length: > 0 }) tx.Put(Keys.Bytes(account, bucket, key, sequence), bytes);
        if (added.Pieces.Any(piece => !piece.InStore))
        {
            var holder = Keys.Holder(account, bucket, key, sequence);
            foreach (var piece in added.Pieces)
                if (!piece.InStore)
                    tx.Hold(piece.Blob, holder);
        }

        tx.Put(_current, added, S3Json.Default.ObjectRecord);
        return added;
    }

    /// <summary>Deletes one version for good; the next older one becomes the newest when this one was.</summary>
    public async ValueTask Remove(ObjectRecord version)
    {
        Erase(version);
        if (version.Noncurrent is not null)
        {
            tx.Delete(Keys.Version(account, bucket, key, version.Sequence));
            return;
        }

        tx.Delete(_current);
        var older = Keys.VersionsOf(account, bucket, key);
        await foreach (var entry in tx.Range(older, Key.After(older)))
        {
            tx.Delete(entry.Key);
            tx.Put(_current, JsonSerializer.Deserialize(entry.Value, S3Json.Default.ObjectRecord)! with { Noncurrent = null }, S3Json.Default.ObjectRecord);
            break;
        }
    }

    /// <summary>Puts a changed record (tags, grants, storage class) in the place of the version it was made from.</summary>
    public void Replace(ObjectRecord changed)
        => tx.Put(changed.Noncurrent is null ? _current : Keys.Version(account, bucket, key, changed.Sequence), changed, S3Json.Default.ObjectRecord);

    public ValueTask<byte[]?> Bytes(ObjectRecord version) => BytesOf(tx, account, bucket, version);

    /// <summary>The bytes of a version that lie in the store; null for those of blobs.</summary>
    public static ValueTask<byte[]?> BytesOf(ISnapshot snapshot, string account, string bucket, ObjectRecord version)
        => version.Pieces is [{ InStore: true }] ? snapshot.Get(Keys.Bytes(account, bucket, version.Key, version.Sequence)) : new((byte[]?)null);

    /// <summary>Whether the text has the form of a version id.</summary>
    public static bool IsId(string text) => text == "null" || SequenceOf(text) is not null;

    private void Erase(ObjectRecord? version)
    {
        if (version is null) return;
        var holder = version.Pieces.Any(piece => !piece.InStore) ? Keys.Holder(account, bucket, key, version.Sequence) : [];
        foreach (var piece in version.Pieces)
            if (piece.InStore) tx.Delete(Keys.Bytes(account, bucket, key, version.Sequence));
            else
            {
                tx.Release(piece.Blob, holder);
                Dropped.Add(piece);
            }
    }

    /// <summary>Opaque to clients; the first eight bytes say where the version stands.</summary>
    private static string NewId(long sequence, Ids ids)
    {
        var bytes = ids.Bytes(IdBytes);
        BinaryPrimitives.WriteInt64BigEndian(bytes, sequence);
        return Base64Url.EncodeToString(bytes).Replace('-', '.');
    }

    private static long? SequenceOf(string id)
    {
        Span<byte> bytes = stackalloc byte[IdBytes];
        return id.Length == 32 && Base64Url.TryDecodeFromChars(id.Replace('.', '-'), bytes, out var count) && count == IdBytes ? BinaryPrimitives.ReadInt64BigEndian(bytes) : null;
    }
}
