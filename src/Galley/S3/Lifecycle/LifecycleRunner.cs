using Galley.S3.Events;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>
/// Runs the lifecycle rules of all buckets every hour: expires objects and old versions, takes away lone delete markers and uploads
/// nobody finished, changes storage classes. What a rule sees is looked at again in the write that acts on it.
/// </summary>
internal sealed class LifecycleRunner(IStore store, Installation installation, Changes changes, Blobs blobs)
{
    private const int AtOnce = 200;
    private const long LeastMoved = 128 << 10;
    private static readonly TimeSpan Pace = TimeSpan.FromHours(1);
    private Task _running = Task.CompletedTask;

    public void Start(CancellationToken stopping) => _running = Task.Run(() => Run(stopping), CancellationToken.None);

    public ValueTask Stop() => new(_running);

    private async Task Run(CancellationToken stopping)
    {
        try
        {
            for (; ; await Task.Delay(Pace, installation.Time, stopping))
                try
                {
                    foreach (var bucket in await store.Read(snapshot => snapshot.List(Keys.Buckets(installation.Account), static () => S3Json.Default.BucketRecord)))
                        if (bucket.Lifecycle is { Count: > 0 })
                            await Run(bucket, stopping);
                }
                catch (Exception e) when (!stopping.IsCancellationRequested)
                {
                    installation.Log($"error: S3's lifecycle rules: {e}");
                }
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            // goes on after the next start
        }
    }

    private async Task Run(BucketRecord bucket, CancellationToken stopping)
    {
        byte[] space = Keys.Objects(installation.Account, bucket.Name), from = space, end = Key.After(space);
        while (!stopping.IsCancellationRequested)
        {
            var (keys, next) = await store.Read(async snapshot =>
            {
                var due = new List<string>();
                var seen = 0;
                await foreach (var entry in snapshot.Range(from, end))
                {
                    var current = System.Text.Json.JsonSerializer.Deserialize(entry.Value, S3Json.Default.ObjectRecord)!;
                    if ((await Judge(snapshot, bucket, current)).Count > 0) due.Add(current.Key);
                    if (++seen == AtOnce) return (due, (byte[]?)[.. entry.Key, 0]);
                }

                return (due, null);
            });
            if (keys.Count > 0) await Act(bucket.Name, keys);
            if (next is null) break;
            from = next;
        }

        await Abort(bucket);
    }

    private async ValueTask Act(string bucket, List<string> keys)
    {
        try
        {
            await changes.Write(installation.Account, bucket, async write =>
            {
                foreach (var key in keys)
                {
                    var chain = new VersionChain(write.Transaction, installation.Account, bucket, key);
                    if (await chain.Current() is not { } current) continue;
                    foreach (var (record, action, storageClass) in await Judge(write.Transaction, write.Bucket, current))
                        if (action == Action.Move)
                        {
                            chain.Replace(record with { StorageClass = storageClass });
                            write.Tell(record, Cause.Lifecycle(Cause.Transition, installation.Ids.Next(16, Ids.UpperAlphanumeric)));
                        }
                        else await write.Delete(key, action == Action.Remove ? record.Version : null, default, Cause.Lifecycle(Cause.Expire, installation.Ids.Next(16, Ids.UpperAlphanumeric)));
                }

                return true;
            });
        }
        catch (AwsError error) when (error.Code == "NoSuchBucket")
        {
            // deleted meanwhile
        }
    }

    /// <summary>What the rules want of a key now.</summary>
    private async ValueTask<List<(ObjectRecord Record, Action Action, string? StorageClass)>> Judge(ISnapshot snapshot, BucketRecord bucket, ObjectRecord current)
    {
        var wanted = new List<(ObjectRecord, Action, string?)>();
        var rules = (bucket.Lifecycle ?? []).Where(rule => rule.Enabled).ToList();
        var now = installation.Now;
        var older = bucket.Versioning is null ? [] : await snapshot.List(Keys.VersionsOf(installation.Account, bucket.Name, current.Key), S3Json.Default.ObjectRecord);
        var left = older.Count;
        for (var place = 0; place < older.Count; place++)
        {
            var version = older[place];
            var matching = rules.Where(rule => Expiration.Matches(rule, version)).ToList();
            if (matching.Any(rule => Expiration.Due(version.Noncurrent!.Value, rule.NoncurrentDays, now) && place >= (rule.NewerNoncurrent ?? 0)))
            {
                wanted.Add((version, Action.Remove, null));
                left--;
            }
            else if (!version.DeleteMarker && ClassFor(version, matching.SelectMany(rule => (rule.NoncurrentTransitions ?? []).Where(move => Expiration.Due(version.Noncurrent!.Value, move.Days, now) && place >= (move.Newer ?? 0) && LargeEnough(rule, version)))) is { } colder)
                wanted.Add((version, Action.Move, colder));
        }

        var ofCurrent = rules.Where(rule => Expiration.Matches(rule, current)).ToList();
        var over = ofCurrent.Any(rule => rule.Date <= now || Expiration.Due(current.Modified, rule.Days, now));
        if (current.DeleteMarker)
        {
            if (left == 0 && (over || ofCurrent.Any(rule => rule.ExpiredMarkers))) wanted.Add((current, Action.Remove, null));
        }
        else if (over) wanted.Add((current, Action.Expire, null));
        else if (ClassFor(current, ofCurrent.SelectMany(rule => (rule.Transitions ?? []).Where(move => (move.Date <= now || Expiration.Due(current.Modified, move.Days, now)) && LargeEnough(rule, current)))) is { } cold)
            wanted.Add((current, Action.Move, cold));
        return wanted;
    }

    /// <summary>The coldest class that is due, when it is another one than the object has.</summary>
    private static string? ClassFor(ObjectRecord record, IEnumerable<Transition> due)
        => due.OrderBy(move => move.Days ?? int.MaxValue).LastOrDefault()?.StorageClass is { } name && name != record.StorageClass ? name : null;

    /// <summary>Objects below 128 KiB stay where they are unless the rule speaks of sizes.</summary>
    private static bool LargeEnough(LifecycleRule rule, ObjectRecord record) => record.Size >= LeastMoved || rule.LargerThan is not null || rule.SmallerThan is not null;

    private async ValueTask Abort(BucketRecord bucket)
    {
        var rules = bucket.Lifecycle!.Where(rule => rule is { Enabled: true, AbortDays: not null }).ToList();
        if (rules.Count == 0) return;
        blobs.Drop(await store.Write(async tx =>
        {
            var dropped = new List<Piece>();
            foreach (var upload in await tx.List(Keys.Uploads(installation.Account, bucket.Name), S3Json.Default.UploadRecord))
                if (rules.Any(rule => upload.Key.StartsWith(rule.Prefix ?? "", StringComparison.Ordinal) && Expiration.Due(upload.Initiated, rule.AbortDays, installation.Now)))
                    dropped.AddRange(await Multipart.Discard(tx, installation.Account, upload));
            return dropped;
        }));
    }

    private enum Action
    {
        /// <summary>The current object ends: deleted, or with versioning behind a marker.</summary>
        Expire,

        /// <summary>A version is deleted for good.</summary>
        Remove,

        /// <summary>Another storage class.</summary>
        Move,
    }
}
