using System.Buffers.Binary;
using Galley.Store;

namespace Galley.DynamoDB;

/// <summary>`ReturnItemCollectionMetrics`: how much a table with local indexes keeps under one partition key, to the gigabyte.</summary>
internal sealed record ItemCollection
{
    private const double Gigabyte = 1L << 30;

    public required Item ItemCollectionKey { get; init; }

    public required double[] SizeEstimateRangeGB { get; init; }

    /// <summary>Null when not asked for, or when the table has no local index.</summary>
    public static async ValueTask<ItemCollection?> Of(ISnapshot snapshot, Table table, Item item, string? mode)
    {
        if (mode != "SIZE" || table.Indexes.All(index => index.Global)) return null;
        long bytes = 0;
        foreach (var space in (byte[][])[table.Space, .. table.Indexes.Where(index => !index.Global).Select(index => index.Space)])
        {
            var partition = Keys.Item(space, 1, item[table.Hash.Name]!);
            await foreach (var entry in snapshot.Range(partition, Key.After(partition))) bytes += BinaryPrimitives.ReadInt32LittleEndian(entry.Value);
        }

        var whole = Math.Floor(bytes / Gigabyte);
        return new() { ItemCollectionKey = item.Only([table.Hash.Name]), SizeEstimateRangeGB = [whole, whole + 1] };
    }

    /// <summary>The same for the changes of a batch or transaction, by table.</summary>
    public static async ValueTask<Dictionary<string, List<ItemCollection>>?> Of(ISnapshot snapshot, IEnumerable<(Table Table, Item Item)> changed, string? mode)
    {
        if (mode != "SIZE") return null;
        var all = new Dictionary<string, List<ItemCollection>>();
        foreach (var (table, item) in changed.DistinctBy(change => Keys.Item(change.Table.Space, 1, change.Item[change.Table.Hash.Name]!), BinaryEquality.Instance))
        {
            if (await Of(snapshot, table, item, mode) is not { } one) continue;
            if (!all.TryGetValue(table.Name, out var list)) all[table.Name] = list = [];
            list.Add(one);
        }

        return all.Count == 0 ? null : all;
    }
}
