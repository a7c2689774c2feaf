using Galley.DynamoDB.Upkeep;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB.Backups;

/// <summary>
/// Copies the items of a table into a backup, and those of a backup, or of a table as it was at a moment, into a new table.
/// A copy is taken of one snapshot and written in small transactions; one that a crash cut short is begun again from its start.
/// </summary>
internal sealed class TableCopies(Installation installation, TableCatalog catalog, DroppedTables dropped) : IDisposable
{
    public const string Backup = "backup", Restore = "restore";
    private const int Step = 250, LargestStep = 1 << 20;
    private readonly SemaphoreSlim _one = new(1);

    public void Dispose() => _one.Dispose();

    public async ValueTask Run(IReadOnlyList<DueEntry> entries)
    {
        foreach (var entry in entries)
        {
            await _one.WaitAsync();
            try
            {
                if (entry.Work.Kind == Backup) await RunBackup(entry);
                else await RunRestore(entry);
            }
            finally
            {
                _one.Release();
            }
        }
    }

    private async ValueTask RunBackup(DueEntry entry)
    {
        var work = entry.Work;
        var place = Keys.Backup(work.Account, work.Region, work.TableName, work.Label!);
        var backup = await installation.Store.Read(snapshot => snapshot.Get(place, DynamoDBJson.Default.BackupDocument));
        if (backup is not { BackupStatus: "CREATING" })
        {
            await Done(entry);
            return;
        }

        var target = Keys.Space(Keys.Items(work.Account, work.Region, backup.ItemsId), 0);
        var source = Keys.Space(Keys.Items(work.Account, work.Region, work.TableId), 0);
        await Empty(installation.Store, target);
        var (count, bytes) = await installation.Store.Read(async snapshot =>
        {
            (long count, long bytes) = (0, 0);
            await foreach (var chunk in Chunks(snapshot, source))
            {
                await installation.Store.Write(transaction =>
                {
                    foreach (var item in chunk) transaction.Put([.. target, .. item.Key.AsSpan(source.Length)], item.Value);
                    return ValueTask.CompletedTask;
                });
                count += chunk.Count;
                bytes += chunk.Sum(item => (long)Item.Load(item.Value).Size);
            }

            return (count, bytes);
        });
        await installation.Store.Write(transaction =>
        {
            transaction.Delete(entry.Key);
            transaction.Put(place, backup with { BackupStatus = "AVAILABLE", ItemCount = count, BackupSizeBytes = bytes }, DynamoDBJson.Default.BackupDocument);
            return ValueTask.CompletedTask;
        });
    }

    private async ValueTask RunRestore(DueEntry entry)
    {
        var work = entry.Work;
        var call = installation.CallAs(Principal.Service("dynamodb.amazonaws.com"), work.Region);
        var table = await installation.Store.Read(snapshot => catalog.Find(snapshot, call, work.TableName));
        if (table?.Document is not { Restore: { RestoreInProgress: true } restore } || table.Document.TableId != work.TableId)
        {
            await Done(entry);
            return;
        }

        await Empty(installation.Store, Keys.Items(work.Account, work.Region, work.TableId));
        await installation.Store.Read(async snapshot =>
        {
            await foreach (var chunk in Chunks(snapshot, Keys.Space(Keys.Items(work.Account, work.Region, restore.ItemsId), 0)))
                await Apply(table, [.. chunk.Select(item => Item.Load(item.Value)).Select(item => (item, (Item?)item))]);
            if (restore.Moment is not { } moment) return true;
            var undo = new List<(Item, Item?)>();
            await foreach (var change in TableHistory.After(snapshot, Keys.History(work.Account, work.Region, restore.ItemsId, restore.Recovery), moment))
            {
                undo.Add(change);
                if (undo.Count < Step) continue;
                await Apply(table, undo);
                undo.Clear();
            }

            await Apply(table, undo);
            return true;
        });
        await installation.Store.Write(async transaction =>
        {
            // Tags or a policy may have come meanwhile.
            var document = (await catalog.Find(transaction, call, work.TableName))?.Document ?? table.Document;
            transaction.Delete(entry.Key);
            transaction.Put(Keys.Table(call, work.TableName), document with { Status = null, Restore = null }, DynamoDBJson.Default.TableDocument);
            foreach (var id in restore.Reads) transaction.Delete(Keys.Held(work.Account, work.Region, id, work.TableName));
        });
        catalog.Forget();
        dropped.Sweep();
    }

    /// <summary>Puts items, and removes those without one.</summary>
    private ValueTask Apply(Table table, IReadOnlyList<(Item Key, Item? Item)> items) => installation.Store.Write(async transaction =>
    {
        foreach (var (key, item) in items)
        {
            var change = item is null ? Change.Delete(table, key.Only(table.KeyNames)) : Change.Put(table, item);
            await change.Run(transaction, new Capacity(table) { Metered = false });
        }
    });

    private static async IAsyncEnumerable<List<Entry>> Chunks(ISnapshot snapshot, byte[] space)
    {
        var (chunk, bytes) = (new List<Entry>(), 0);
        await foreach (var entry in snapshot.Range(space, Key.After(space)))
        {
            chunk.Add(entry);
            if ((bytes += entry.Value.Length) < LargestStep && chunk.Count < Step) continue;
            yield return chunk;
            (chunk, bytes) = ([], 0);
        }

        if (chunk.Count > 0) yield return chunk;
    }

    /// <summary>Deletes what an earlier run left.</summary>
    public static async ValueTask Empty(IStore store, byte[] prefix)
    {
        var more = true;
        while (more)
            more = await store.Write(async transaction =>
            {
                var keys = new List<byte[]>();
                await foreach (var entry in transaction.Range(prefix, Key.After(prefix)))
                {
                    keys.Add(entry.Key);
                    if (keys.Count == Step) break;
                }

                foreach (var key in keys) transaction.Delete(key);
                return keys.Count == Step;
            });
    }

    private ValueTask Done(DueEntry entry) => installation.Store.Write(transaction =>
    {
        transaction.Delete(entry.Key);
        return ValueTask.CompletedTask;
    });
}
