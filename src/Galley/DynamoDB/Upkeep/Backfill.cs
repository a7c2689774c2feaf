using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB.Upkeep;

/// <summary>
/// What a filled table needs when it gets a new global index or a time to live: its items are walked some at a time, each step one
/// transaction, while writes go on. Writes keep the new index themselves from the start, so a step may meet an item before or after
/// a write and the outcome is the same; the place reached is in the store, so a killed process goes on where it was.
/// </summary>
internal sealed class Backfill(Installation installation, TableCatalog catalog)
{
    public const string Index = "index", TimeToLive = "ttl";
    private const int Step = 250, LargestStep = 1 << 20;

    /// <summary>The work that is left after <paramref name="cursor"/>.</summary>
    public static DueWork Work(string kind, Table table, int number, byte[]? cursor) => new()
    {
        Kind = kind,
        Account = table.Account,
        Region = table.Region,
        TableName = table.Name,
        TableId = table.Document.TableId,
        Number = number,
        Cursor = cursor,
    };

    public async ValueTask Run(IReadOnlyList<DueEntry> entries)
    {
        foreach (var entry in entries)
            if (await installation.Store.Write(transaction => Walk(transaction, entry)))
                catalog.Forget();
    }

    /// <summary>One step over the table's items. Gives the place to go on from, or null at the end.</summary>
    public static async ValueTask<byte[]?> Fill(ITransaction transaction, Table table, byte[]? cursor, Action<Item> each)
    {
        var (count, bytes) = (0, 0);
        var items = new List<Item>();
        byte[]? next = null;
        await foreach (var entry in transaction.Range(cursor ?? table.Space, Key.After(table.Space)))
        {
            if (count == Step || bytes >= LargestStep)
            {
                next = entry.Key;
                break;
            }

            count++;
            bytes += entry.Value.Length;
            items.Add(Item.Load(entry.Value));
        }

        foreach (var item in items) each(item);
        return next;
    }

    /// <summary>Items without the index's key attributes, or with ones of another type or too long, stay out of it.</summary>
    public static void PutEntry(ITransaction transaction, Table table, Index index, Item item)
    {
        if (table.Indexable(index, item) && table.KeyIn(index, item) is { } key) transaction.Put(key, index.Project(item).Store());
    }

    /// <summary>True when the table's definition changed: the index is ready.</summary>
    private async ValueTask<bool> Walk(ITransaction transaction, DueEntry entry)
    {
        var work = entry.Work;
        var call = installation.CallAs(Principal.Service("dynamodb.amazonaws.com"), work.Region);
        transaction.Delete(entry.Key);
        if (await catalog.Find(transaction, call, work.TableName) is not { } table || table.Document.TableId != work.TableId) return false;
        byte[]? next;
        if (work.Kind == TimeToLive)
        {
            if (table.Document.TimeToLive is null) return false;
            next = await Fill(transaction, table, work.Cursor, item => Expiries.Put(transaction, table, item, installation.Now));
        }
        else
        {
            if (table.Indexes.FirstOrDefault(each => each.Document.Number == work.Number) is not { } index) return false;
            next = await Fill(transaction, table, work.Cursor, item => PutEntry(transaction, table, index, item));
            if (next is null)
            {
                var ready = table.Document with { Indexes = [.. table.Document.Indexes.Select(each => each.Number == work.Number ? each with { Status = null } : each)] };
                transaction.Put(Keys.Table(call, work.TableName), ready, DynamoDBJson.Default.TableDocument);
                return true;
            }
        }

        if (next is not null) Agenda.Put(transaction, DateTimeOffset.UnixEpoch, work with { Cursor = next });
        return false;
    }
}
