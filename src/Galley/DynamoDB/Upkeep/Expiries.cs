using System.Globalization;
using Galley.DynamoDB.Streams;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB.Upkeep;

/// <summary>
/// Time to live: an entry on the agenda for every item that will expire, kept with the item in the same transaction, and the removal
/// when its time has come. AWS promises the removal within days; here it takes seconds.
/// </summary>
internal sealed class Expiries(Installation installation, TableCatalog catalog)
{
    public const string Kind = "expire";
    private const long LastSecond = 253_402_300_799;
    private static readonly TimeSpan Oldest = TimeSpan.FromDays(5 * 365);

    /// <summary>The second an item expires at; null when its attribute is no number or names no second.</summary>
    public static long? SecondOf(Item? item, string attribute)
    {
        if (item?[attribute] is not { Type: AttributeType.N } value) return null;
        var text = value.Text.AsSpan();
        var point = text.IndexOf('.');
        return long.TryParse(point < 0 ? text : text[..point], NumberStyles.None, CultureInfo.InvariantCulture, out var second) && second is > 0 and <= LastSecond ? second : null;
    }

    /// <summary>Keeps the agenda in step with a change of an item.</summary>
    public static void Note(ITransaction transaction, Table table, Item? old, Item? result, DateTimeOffset now)
    {
        var attribute = table.Document.TimeToLive!.AttributeName!;
        var (before, after) = (SecondOf(old, attribute), SecondOf(result, attribute));
        if (before == after) return;
        if (before is { } gone)
        {
            var work = Work(table, old!);
            transaction.Delete(Keys.Due(gone * 1000, work, table.KeyOf(old!)));
        }

        if (after is { } second) Put(transaction, table, result!, second, now);
    }

    /// <summary>For items that were there before time to live was switched on.</summary>
    public static void Put(ITransaction transaction, Table table, Item item, DateTimeOffset now)
    {
        if (SecondOf(item, table.Document.TimeToLive!.AttributeName!) is { } second) Put(transaction, table, item, second, now);
    }

    /// <summary>Removes the items of one table that have expired.</summary>
    public async ValueTask Run(IReadOnlyList<DueEntry> entries)
    {
        var work = entries[0].Work;
        var call = installation.CallAs(Principal.Service("dynamodb.amazonaws.com"), work.Region);
        var stream = await installation.Store.Write(async transaction =>
        {
            foreach (var entry in entries) transaction.Delete(entry.Key);
            if (await catalog.Find(transaction, call, work.TableName) is not { Document.TimeToLive: { } ttl } table || table.Document.TableId != work.TableId) return null;
            foreach (var entry in entries)
            {
                var change = Change.Delete(table, entry.Work.Key!, byService: true);
                var old = await change.Read(transaction);
                if (SecondOf(old, ttl.AttributeName!) is not { } second || DateTimeOffset.FromUnixTimeSeconds(second) > installation.Now) continue;
                await change.Commit(transaction, old, null, new Capacity(table) { Metered = false });
            }

            return table.Document.Stream;
        });
        if (stream is { ClosedAt: null }) catalog.Signals.Ring(stream.StreamArn);
    }

    /// <summary>What expired more than five years ago stays, as on AWS.</summary>
    private static void Put(ITransaction transaction, Table table, Item item, long second, DateTimeOffset now)
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(second);
        if (now - at <= Oldest) Agenda.Put(transaction, at, Work(table, item), table.KeyOf(item));
    }

    private static DueWork Work(Table table, Item item) => new()
    {
        Kind = Kind,
        Account = table.Account,
        Region = table.Region,
        TableName = table.Name,
        TableId = table.Document.TableId,
        Key = item.Only(table.KeyNames),
    };
}
