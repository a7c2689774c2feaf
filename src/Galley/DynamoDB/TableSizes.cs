using System.Collections.Concurrent;
using Galley.Store;

namespace Galley.DynamoDB;

/// <summary>
/// ItemCount and the sizes of DescribeTable. As on AWS they are about six hours old: counted when asked for, kept for that long.
/// A table younger than that counts as empty.
/// </summary>
internal sealed class TableSizes(Installation installation)
{
    private static readonly TimeSpan Age = TimeSpan.FromHours(6);
    private readonly ConcurrentDictionary<string, (DateTimeOffset At, TableSize Size)> _sizes = new();

    public async ValueTask<TableSize> Of(Table table)
    {
        var now = installation.Now;
        if (_sizes.TryGetValue(table.Document.TableId, out var known) && now - known.At < Age) return known.Size;
        if (now - table.Document.CreationDateTime < Age) return default;
        var size = await installation.Store.Read(async snapshot =>
        {
            var (items, bytes) = await Count(snapshot, table.Space);
            var indexes = new Dictionary<int, (long, long)>();
            foreach (var index in table.Indexes) indexes[index.Document.Number] = await Count(snapshot, index.Space);
            return new TableSize(items, bytes, indexes);
        });
        _sizes[table.Document.TableId] = (now, size);
        return size;
    }

    public void Forget() => _sizes.Clear();

    private static async ValueTask<(long Items, long Bytes)> Count(ISnapshot snapshot, byte[] space)
    {
        long items = 0, bytes = 0;
        await foreach (var entry in snapshot.Range(space, Key.After(space)))
        {
            items++;
            bytes += Item.Load(entry.Value).Size;
        }

        return (items, bytes);
    }
}

internal readonly record struct TableSize(long Items, long Bytes, Dictionary<int, (long Items, long Bytes)>? Indexes);
