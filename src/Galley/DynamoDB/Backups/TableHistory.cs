using System.Buffers.Binary;
using Galley.Store;

namespace Galley.DynamoDB.Backups;

/// <summary>
/// What point-in-time recovery keeps: for every change of an item what was there before. Undoing the changes after a moment, newest
/// first, gives the table as it was then.
/// </summary>
internal static class TableHistory
{
    public static async ValueTask Append(ITransaction transaction, Table table, int recovery, Item? old, Item? result, DateTimeOffset now)
    {
        var prefix = Keys.History(table.Account, table.Region, table.Document.TableId, recovery);
        // The count lies behind the records, so that it goes with them.
        var counter = Key.From(prefix).Add("count").ToArray();
        var position = (await transaction.Get(counter) is { } count ? BinaryPrimitives.ReadInt64BigEndian(count) : 0) + 1;
        var next = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(next, position);
        transaction.Put(counter, next);
        var item = (old ?? result!.Only(table.KeyNames)).Store();
        var value = new byte[9 + item.Length];
        BinaryPrimitives.WriteInt64BigEndian(value, now.ToUnixTimeMilliseconds());
        value[8] = old is null ? (byte)0 : (byte)1;
        item.CopyTo(value.AsSpan(9));
        transaction.Put(Record(prefix, position), value);
    }

    /// <summary>The changes after <paramref name="moment"/>, newest first: the key, and the item before the change (null: there was none).</summary>
    public static async IAsyncEnumerable<(Item Key, Item? Before)> After(ISnapshot snapshot, byte[] prefix, DateTimeOffset moment)
    {
        await foreach (var entry in snapshot.Range(Record(prefix, 0), Record(prefix, long.MaxValue), descending: true))
        {
            if (TimeOf(entry.Value) <= moment) yield break;
            var item = Item.Load(entry.Value[9..]);
            yield return (item, entry.Value[8] == 1 ? item : null);
        }
    }

    /// <summary>The changes at <paramref name="moment"/> and after, newest first: where each is kept, and the key it has changed.</summary>
    public static async IAsyncEnumerable<(byte[] Change, DateTimeOffset Time, Item Key)> Since(ISnapshot snapshot, byte[] prefix, DateTimeOffset moment)
    {
        await foreach (var entry in snapshot.Range(Record(prefix, 0), Record(prefix, long.MaxValue), descending: true))
        {
            var time = TimeOf(entry.Value);
            if (time < moment) yield break;
            yield return (entry.Key, time, Item.Load(entry.Value[9..]));
        }
    }

    /// <summary>The item before a change; null for none.</summary>
    public static async ValueTask<Item?> Before(ISnapshot snapshot, byte[] change)
        => await snapshot.Get(change) is { } stored && stored[8] == 1 ? Item.Load(stored[9..]) : null;

    public static DateTimeOffset TimeOf(byte[] stored) => stored.Length == 8 ? DateTimeOffset.MaxValue : DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(stored));

    private static byte[] Record(byte[] prefix, long position) => Key.From(prefix).Add("change").Add(position).ToArray();
}
