using System.Buffers.Binary;
using System.Text.Json;
using Galley.DynamoDB.Expressions;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>BatchGetItem and BatchWriteItem: many items of many tables in one call, each on its own terms.</summary>
internal sealed class Batches(TableCatalog catalog)
{
    private const int MostReads = 100, MostWrites = 25, LargestAnswer = 16 << 20;

    /// <summary>What BatchGetItem gives of one partition: 1 MB and an item, each item with one byte more. AWS was seen to stop there to the byte.</summary>
    private const int LargestPart = (1 << 20) + Items.LargestItem;

    public async ValueTask<BatchGetItemResponse> BatchGetItem(BatchGetItemRequest request, Call call)
    {
        var wanted = Check(request);
        var reads = new List<(string TableName, KeysAndAttributes Part, Table Table, Selection? Selection, byte[][] Keys)>();
        foreach (var (name, part, selection) in wanted)
        {
            var table = await catalog.Get(call, name);
            if (selection is not null) table.CheckPaths(selection.Entered);
            var keys = part.Keys!.Select(key =>
            {
                table.CheckKey(key);
                return table.KeyOf(key);
            }).ToArray();
            reads.Add((name, part, table, selection, keys));
        }

        var responses = wanted.ToDictionary(read => read.Name, _ => new List<Item>());
        var unprocessed = new Dictionary<string, KeysAndAttributes>();
        var capacities = new List<Capacity>();
        await catalog.Store.Read(async snapshot =>
        {
            long bytes = 0;
            foreach (var (name, part, table, selection, keys) in reads)
            {
                var capacity = new Capacity(table);
                capacities.Add(capacity);
                var left = new List<Item>();
                var parts = table.Range is null ? null : new Dictionary<ulong, int>();
                for (var i = 0; i < keys.Length; i++)
                {
                    var item = await catalog.Item(snapshot, keys[i]) is { } stored ? Item.Load(stored) : null;
                    if (item is not null && !Fits(item.Size, keys[i]))
                    {
                        left.Add(part.Keys![i]);
                        item = null; // what is left costs as much as nothing
                    }

                    capacity.Add(Capacity.ReadUnits(item?.Size ?? 0, part.ConsistentRead == true));
                    if (item is not null) responses[name].Add(selection is null ? item : selection.Of(item));
                }

                if (left.Count > 0) unprocessed[name] = part with { Keys = [.. left] };

                bool Fits(int size, byte[] key)
                {
                    if (bytes + size > LargestAnswer) return false;
                    if (parts is not null)
                    {
                        var of = BinaryPrimitives.ReadUInt64BigEndian(key.AsSpan(table.Space.Length, Keys.HashLength));
                        var sum = parts.GetValueOrDefault(of) + size + 1;
                        if (sum > LargestPart) return false;
                        parts[of] = sum;
                    }

                    bytes += size;
                    return true;
                }
            }

            return true;
        });
        return new() { Responses = responses, UnprocessedKeys = unprocessed, ConsumedCapacity = Report(capacities, request.ReturnConsumedCapacity) };
    }

    public async ValueTask<BatchWriteItemResponse> BatchWriteItem(BatchWriteItemRequest request, Call call)
    {
        var (names, writes) = Check(request);
        return await catalog.Write<BatchWriteItemResponse>(call, names, tables =>
        {
            var changes = new List<(Change Change, int Table)>();
            var seen = new HashSet<byte[]>(BinaryEquality.Instance);
            foreach (var (write, at) in writes)
            {
                if (write.PutRequest is not null) tables[at].CheckKeyTypes(write.PutRequest.Item!);
                var change = write.PutRequest is { } put ? Change.Put(tables[at], put.Item!) : Change.Delete(tables[at], write.DeleteRequest!.Key!);
                if (!seen.Add(change.Key)) throw Errors.Validation("Provided list of item keys contains duplicates");
                changes.Add((change, at));
            }

            return async transaction =>
            {
                var capacities = tables.Select(table => new Capacity(table)).ToList();
                foreach (var (change, at) in changes) await change.Run(transaction, capacities[at], untold: !Capacity.IsTold(request.ReturnConsumedCapacity));
                return new()
                {
                    UnprocessedItems = [],
                    ConsumedCapacity = Report(capacities, request.ReturnConsumedCapacity),
                    ItemCollectionMetrics = await ItemCollection.Of(transaction, writes.Select(write => (tables[write.Table], (write.Write.PutRequest?.Item ?? write.Write.DeleteRequest!.Key)!)), request.ReturnItemCollectionMetrics),
                };
            };
        });
    }

    public static List<ConsumedCapacity>? Report(IEnumerable<Capacity> capacities, string? mode)
        => !Capacity.IsTold(mode) ? null : [.. capacities.Select(capacity => capacity.Report(mode)!)];

    private static List<(string Name, KeysAndAttributes Part, Selection? Selection)> Check(BatchGetItemRequest request)
    {
        if (request.RequestItems is not { } tables) throw Errors.Required("RequestItems");
        var constraints = new Constraints().Length(tables.Count, "RequestItems", 1, MostReads);
        if (tables.Keys.Any(IsMalformed)) constraints.Add(MalformedName(JsonSerializer.Serialize(tables, DynamoDBJson.Default.DictionaryStringKeysAndAttributes)));
        constraints.ReturnConsumedCapacity(request.ReturnConsumedCapacity);
        foreach (var (name, part) in tables)
        {
            constraints.Present(part?.Keys, $"requestItems.{name}.member.keys");
            if (part?.Keys?.Contains(null!) == true) throw Errors.EmptyAttributeValue();
            if (part?.Keys is { } keys) constraints.Length(keys.Length, $"RequestItems.{name}.member.Keys", 1, MostReads);
            constraints.AttributesToGet(part?.AttributesToGet, $"requestItems.{name}.member.attributesToGet");
        }

        constraints.Throw();
        if (tables.Values.Sum(part => part.Keys!.Length) > MostReads) throw Errors.Validation("Too many items requested for the BatchGetItem call");
        Legacy.CheckMix([("AttributesToGet", tables.Values.FirstOrDefault(part => part.AttributesToGet is not null))],
            [("ProjectionExpression", tables.Values.FirstOrDefault(part => part.ProjectionExpression is not null))]);
        var wanted = new List<(string, KeysAndAttributes, Selection?)>();
        foreach (var (name, part) in tables)
        {
            foreach (var key in part.Keys!) key.Sound();
            for (var i = 1; i < part.Keys!.Length; i++)
                for (var j = 0; j < i; j++)
                    if (part.Keys[i].Same(part.Keys[j])) throw Errors.Validation("Provided list of item keys contains duplicates");
            wanted.Add((name, part, Items.ParseProjection(part.ExpressionAttributeNames, part.ProjectionExpression, part.AttributesToGet)));
        }

        return wanted;
    }

    private static (List<string> Names, List<(WriteRequest Write, int Table)> Writes) Check(BatchWriteItemRequest request)
    {
        if (request.RequestItems is not { } tables) throw Errors.Required("RequestItems");
        new Constraints().ReturnConsumedCapacity(request.ReturnConsumedCapacity).ReturnItemCollectionMetrics(request.ReturnItemCollectionMetrics).Throw();
        if (tables.Count == 0) throw Errors.Validation("The requestItems parameter is required for BatchWriteItem");
        var constraints = new Constraints().Length(tables.Count, "RequestItems", 1, MostWrites);
        if (tables.Keys.Any(IsMalformed)) constraints.Add(MalformedName(Shown(tables)));
        foreach (var (name, list) in tables) constraints.Present(list, $"requestItems.{name}.member");
        if (tables.Values.Any(list => list is { Length: 0 }))
            constraints.Add($"Value '{Shown(tables)}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]");
        foreach (var (name, list) in tables)
            for (var i = 0; i < list?.Length; i++)
            {
                var at = $"requestItems.{name}.member.{i + 1}.member";
                if (list[i]?.DeleteRequest is { Key: null }) constraints.Present(null, at + ".deleteRequest.key");
                if (list[i]?.PutRequest is { Item: null }) constraints.Present(null, at + ".putRequest.item");
            }

        foreach (var (name, list) in tables)
            if (list?.Length > MostWrites) constraints.Length(list.Length, $"RequestItems.{name}.member", 1, MostWrites);
        constraints.Throw();
        var writes = new List<(WriteRequest, int)>();
        var names = new List<string>();
        foreach (var (name, list) in tables)
        {
            foreach (var write in list)
            {
                if (write is null || write.PutRequest is null == write.DeleteRequest is null)
                    throw Errors.TwoDatatypes(); // AWS's words for none of the two as well
                (write.PutRequest?.Item ?? write.DeleteRequest!.Key!).Sound(older: true);
                if (write.PutRequest is not null) Items.CheckSize(write.PutRequest.Item!);
                writes.Add((write, names.Count));
            }

            names.Add(name);
        }

        return writes.Count <= MostWrites ? (names, writes) : throw Errors.Validation("Too many items requested for the BatchWriteItem call");
    }

    private static bool IsMalformed(string name)
        => !name.StartsWith("arn:", StringComparison.Ordinal) && (name.Length is < 3 or > 255 || !Constraints.IsName(name));

    private static string MalformedName(string shown)
        => $"Value '{shown}' at 'requestItems' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]";

    /// <summary>The request as AWS's own objects print themselves.</summary>
    private static string Shown(Dictionary<string, WriteRequest[]> tables)
    {
        return "{" + string.Join(", ", tables.Select(table => $"{table.Key}=[{string.Join(", ", (table.Value ?? []).Select(One))}]")) + "}";

        static string One(WriteRequest? write)
            => $"WriteRequest(putRequest={(write?.PutRequest is { } put ? $"PutRequest(item={Attributes(put.Item)})" : "null")}, deleteRequest={(write?.DeleteRequest is { } delete ? $"DeleteRequest(key={Attributes(delete.Key)})" : "null")})";

        static string Attributes(Item? item) => "{" + string.Join(", ", (item?.Attributes ?? []).Select(pair => $"{pair.Key}={pair.Value}")) + "}";
    }
}

internal sealed record BatchGetItemRequest
{
    public Dictionary<string, KeysAndAttributes>? RequestItems { get; set; }

    public string? ReturnConsumedCapacity { get; set; }
}

internal sealed record KeysAndAttributes
{
    public Item[]? Keys { get; set; }

    public bool? ConsistentRead { get; set; }

    public string? ProjectionExpression { get; set; }

    public string[]? AttributesToGet { get; set; }

    public Dictionary<string, string>? ExpressionAttributeNames { get; set; }
}

internal sealed record BatchGetItemResponse
{
    public required Dictionary<string, List<Item>> Responses { get; init; }

    public required Dictionary<string, KeysAndAttributes> UnprocessedKeys { get; init; }

    public List<ConsumedCapacity>? ConsumedCapacity { get; init; }
}

internal sealed record BatchWriteItemRequest
{
    public Dictionary<string, WriteRequest[]>? RequestItems { get; set; }

    public string? ReturnConsumedCapacity { get; set; }

    public string? ReturnItemCollectionMetrics { get; set; }
}

internal sealed record WriteRequest
{
    public PutRequest? PutRequest { get; set; }

    public DeleteRequest? DeleteRequest { get; set; }
}

internal sealed record PutRequest
{
    public Item? Item { get; set; }
}

internal sealed record DeleteRequest
{
    public Item? Key { get; set; }
}

internal sealed record BatchWriteItemResponse
{
    public required Dictionary<string, WriteRequest[]> UnprocessedItems { get; init; }

    public Dictionary<string, List<ItemCollection>>? ItemCollectionMetrics { get; init; }

    public List<ConsumedCapacity>? ConsumedCapacity { get; init; }
}
