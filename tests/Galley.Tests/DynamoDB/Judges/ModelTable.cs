using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB.Judges;

internal sealed record ModelKeyPart(string Name, string Type);

/// <param name="Projected">Null: all attributes.</param>
internal sealed record ModelIndex(string Name, bool Global, IReadOnlyList<ModelKeyPart> Hashes, IReadOnlyList<ModelKeyPart> Ranges, IReadOnlyList<string>? Projected)
{
    public IEnumerable<ModelKeyPart> Parts => Hashes.Concat(Ranges);
}

/// <summary>A table as a dictionary; its indexes are worked out anew for every question.</summary>
internal sealed class ModelTable(string name, ModelKeyPart hash, ModelKeyPart? range, params IReadOnlyList<ModelIndex> indexes)
{
    private readonly SortedDictionary<string, SortedDictionary<string, ModelValue>> _items = new(StringComparer.Ordinal);

    public string Name => name;

    public ModelKeyPart Hash => hash;

    public ModelKeyPart? Range => range;

    public IReadOnlyList<ModelIndex> Indexes => indexes;

    public IEnumerable<ModelKeyPart> Parts => range is null ? [hash] : [hash, range];

    public IEnumerable<SortedDictionary<string, ModelValue>> Items => _items.Values;

    public SortedDictionary<string, ModelValue>? Find(SortedDictionary<string, ModelValue> key) => _items.GetValueOrDefault(KeyText(key));

    public void Store(SortedDictionary<string, ModelValue> key, SortedDictionary<string, ModelValue>? item)
    {
        if (item is null) _items.Remove(KeyText(key));
        else _items[KeyText(key)] = item;
    }

    public string KeyText(SortedDictionary<string, ModelValue> item) => string.Concat(Parts.Select(part => item[part.Name].Canonical + "|"));

    public SortedDictionary<string, ModelValue> KeyOf(SortedDictionary<string, ModelValue> item, ModelIndex? index = null)
        => new(Parts.Concat(index?.Parts ?? []).Select(part => part.Name).Distinct().ToDictionary(part => part, part => item[part]), StringComparer.Ordinal);

    /// <summary>An attribute that is an index's key must have its type and must not be empty.</summary>
    public bool FitsIndexes(SortedDictionary<string, ModelValue> item) => indexes.SelectMany(index => index.Parts)
        .All(part => !item.TryGetValue(part.Name, out var value) || value.Type == part.Type && !value.IsEmptyKey);

    /// <summary>The whole items that are in the index; those without its key are not.</summary>
    public IEnumerable<SortedDictionary<string, ModelValue>> In(ModelIndex? index)
        => index is null ? Items : Items.Where(item => index.Parts.All(part => item.ContainsKey(part.Name)));

    /// <summary>What the index shows of an item.</summary>
    public SortedDictionary<string, ModelValue> Project(ModelIndex? index, SortedDictionary<string, ModelValue> item)
    {
        if (index?.Projected is null) return item;
        var names = Parts.Concat(index.Parts).Select(part => part.Name).Concat(index.Projected).ToHashSet();
        return new(item.Where(member => names.Contains(member.Key)).ToDictionary(), StringComparer.Ordinal);
    }

    /// <summary>
    /// Write capacity of making <paramref name="old"/> into <paramref name="result"/>: one for the table, and one for every index entry that
    /// comes, goes or changes, two for one that moves. All items are under a kilobyte.
    /// </summary>
    public int WriteUnits(SortedDictionary<string, ModelValue>? old, SortedDictionary<string, ModelValue>? result)
    {
        return 1 + indexes.Sum(index => (Entry(index, old), Entry(index, result)) switch
        {
            (null, null) => 0,
            ({ } before, { } after) => before.Place != after.Place ? 2 : before.Text == after.Text ? 0 : 1,
            _ => 1,
        });

        (string Place, string Text)? Entry(ModelIndex index, SortedDictionary<string, ModelValue>? item) => item is null || !index.Parts.All(part => item.ContainsKey(part.Name))
            ? null
            : (string.Concat(index.Parts.Select(part => item[part.Name].Canonical + "|")) + KeyText(item), ModelValue.M(Project(index, item)).Canonical);
    }

    public JsonObject CreateTable()
    {
        var parts = Parts.Concat(indexes.SelectMany(index => index.Parts)).Distinct();
        var request = new JsonObject
        {
            ["TableName"] = name,
            ["BillingMode"] = "PAY_PER_REQUEST",
            ["AttributeDefinitions"] = new JsonArray([.. parts.Select(part => new JsonObject { ["AttributeName"] = part.Name, ["AttributeType"] = part.Type })]),
            ["KeySchema"] = Schema(1, Parts),
        };
        foreach (var kind in indexes.GroupBy(index => index.Global))
            request[kind.Key ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes"] = new JsonArray([.. kind.Select(index => new JsonObject
            {
                ["IndexName"] = index.Name,
                ["KeySchema"] = Schema(index.Hashes.Count, index.Parts),
                ["Projection"] = index.Projected switch
                {
                    null => new JsonObject { ["ProjectionType"] = "ALL" },
                    [] => new JsonObject { ["ProjectionType"] = "KEYS_ONLY" },
                    var some => new JsonObject { ["ProjectionType"] = "INCLUDE", ["NonKeyAttributes"] = new JsonArray([.. some.Select(one => (JsonNode)one)]) },
                },
            })]);
        return request;

        static JsonArray Schema(int hashes, IEnumerable<ModelKeyPart> parts)
            => new([.. parts.Select((part, i) => new JsonObject { ["AttributeName"] = part.Name, ["KeyType"] = i < hashes ? "HASH" : "RANGE" })]);
    }

    /// <summary>Fresh tables of one of the shapes.</summary>
    public static IReadOnlyDictionary<string, ModelTable> Of(string rangeType, string hashType)
    {
        ModelKeyPart a = new("a", hashType), b = new("b", rangeType), c = new("c", "S"), d = new("d", "N"), n = new("n", "N");
        return new[]
        {
            new ModelTable("@one", a, b,
                new ModelIndex("local-all", false, [a], [d], null), new ModelIndex("local-keys", false, [a], [c], []),
                new ModelIndex("global-all", true, [c], [d], null), new ModelIndex("global-some", true, [d], [], ["e"])),
            new ModelTable("@two", a, null, new ModelIndex("global-keys", true, [c], [b], []), new ModelIndex("global-many", true, [c, d], [n, b], null)),
        }.ToDictionary(table => table.Name);
    }
}

/// <summary>One write of one item; also an action of a transaction.</summary>
/// <param name="Kind">Put, Update, Delete or ConditionCheck.</param>
/// <param name="Item">The item of Put; else the key.</param>
internal sealed record ModelChange(string Table, string Kind, SortedDictionary<string, ModelValue> Item, ModelCondition? Condition, ModelUpdate? Update, bool ShowOnFailure)
{
    public JsonObject Body()
    {
        var scope = new ModelScope();
        var body = new JsonObject { ["TableName"] = Table, [Kind == "Put" ? "Item" : "Key"] = ModelValue.Json(Item) };
        if (Update is not null) body["UpdateExpression"] = Update.Render(scope);
        if (Condition is not null) body["ConditionExpression"] = Condition.Render(scope);
        if (ShowOnFailure) body["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD";
        scope.AddTo(body);
        return body;
    }

    /// <summary>Whether what it writes whatever the item fits the table's indexes; else it is refused before its condition is asked.</summary>
    public bool FitsIndexes(ModelTable table) => table.FitsIndexes(Kind == "Put" ? Item : Update?.Constants ?? []);

    /// <summary>What would be there after it; nothing is stored yet.</summary>
    public SortedDictionary<string, ModelValue>? Result(ModelTable table, SortedDictionary<string, ModelValue>? old)
    {
        if (!FitsIndexes(table)) throw Refusal.Invalid();
        if (Condition?.Holds(old ?? []) == false) throw new Refusal("ConditionalCheckFailedException") { Shown = ShowOnFailure ? old : null };
        switch (Kind)
        {
            case "Put":
                return Item;
            case "Delete":
                return null;
            case "ConditionCheck":
                return old;
            default:
                // Removing alone makes no item where there is none.
                if (old is null && Update?.Actions.All(action => action.Section is "REMOVE" or "DELETE") == true) return null;
                var result = Update is null ? old ?? Item : Update.Apply(old ?? Item);
                return table.FitsIndexes(result) ? result : throw Refusal.Invalid();
        }
    }
}
