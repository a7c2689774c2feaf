using Galley.DynamoDB.Expressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>What Query and Scan share: walking a range of a table or index and making a page of it.</summary>
internal sealed class Reading
{
    /// <summary>Of AWS's sizes of items, as for capacity: a full page of small items costs 128.5 units in records from 2020 on. Until 2016 or so AWS counted what it stored.</summary>
    private const int PageBytes = 1 << 20;

    private readonly AwsError? _unprojected;

    private Reading(Table table, Index? index, AwsError? unprojected)
    {
        _unprojected = unprojected;
        Table = table;
        Index = index;
    }

    public Table Table { get; }

    public Index? Index { get; }

    public KeyPart[] Hashes => Index?.Hashes ?? [Table.Hash];

    public KeyPart[] Ranges => Index?.Ranges ?? (Table.Range is null ? [] : [Table.Range]);

    public byte[] Space => Index?.Space ?? Table.Space;

    public Condition? Filter { get; private init; }

    public Selection? Selection { get; private init; }

    public bool CountOnly { get; private init; }

    /// <summary>A local index gives what it lacks from the table.</summary>
    public bool FetchesItems { get; private init; }

    public bool Consistent { get; private init; }

    public int? Limit { get; private init; }

    /// <param name="request">The shared members.</param>
    /// <param name="expressions">With filter and projection not parsed yet.</param>
    /// <param name="filter">Of the parameters from before expressions, if given.</param>
    /// <param name="attributes">Likewise.</param>
    /// <param name="older">Scan words some things as it always did.</param>
    public static Func<Table, Reading> Prepare(ReadRequest request, ExpressionContext expressions, Condition? filter, Selection? attributes, bool older)
    {
        filter = expressions.Condition("FilterExpression", request.FilterExpression) ?? filter;
        var selection = expressions.Projection(request.ProjectionExpression) ?? attributes;
        CheckSelect(request, older);
        return table =>
        {
            var index = request.IndexName is null ? null : table.IndexNamed(request.IndexName);
            if (index is { Global: true } && request.ConsistentRead == true) throw Errors.Validation("Consistent reads are not supported on global secondary indexes");
            var wantsMore = request.Select == "ALL_ATTRIBUTES" && index is { ProjectsAll: false }
                            || selection is not null && index is not null && !selection.Attributes.All(index.Projects);
            var unprojected = !wantsMore || !index!.Global ? null
                : request.Select == "ALL_ATTRIBUTES"
                    ? Errors.InvalidParameterValues($"Select type ALL_ATTRIBUTES is not supported for global secondary index {index.Name} because its projection type is not ALL")
                    : Errors.InvalidParameterValues($"Global secondary index {index.Name} does not project [{string.Join(", ", selection!.Attributes.Where(name => !index.Projects(name)))}]");
            return new Reading(table, index, unprojected)
            {
                Filter = filter,
                Selection = selection,
                CountOnly = request.Select == "COUNT",
                FetchesItems = wantsMore,
                Consistent = request.ConsistentRead == true,
                Limit = request.Limit,
            };
        };
    }

    /// <summary>Looks whether an ExclusiveStartKey has as many attributes as the keys.</summary>
    public void CheckStartCount(Item key)
    {
        if (key.Attributes.Count != Table.KeyNames.Concat(Index?.KeyNames ?? []).Distinct().Count()) throw Errors.InvalidStartKey();
    }

    /// <summary>Looks whether it has one attribute, in its type.</summary>
    public static void CheckStart(Item key, KeyPart part)
    {
        if (key[part.Name] is null) throw Errors.InvalidStartKey();
        Table.CheckKeyPart(key, part);
    }

    /// <summary>All of that.</summary>
    public void CheckStart(Item key)
    {
        CheckStartCount(key);
        foreach (var part in Hashes.Concat(Ranges)) CheckStart(key, part);
        if (Index is null) Table.CheckKeyParts(key);
        else Table.CheckKeyParts(key, Index);
    }

    /// <summary>A global index gives only what it has.</summary>
    public void CheckProjected()
    {
        if (_unprojected is not null) throw _unprojected;
    }

    /// <summary>The store key of an ExclusiveStartKey that went through <see cref="CheckStart"/>.</summary>
    public byte[] StartKey(Item key)
    {
        try
        {
            Table.CheckKeyParts(key);
        }
        catch (ValidationError error)
        {
            throw Errors.InvalidStartKey(error.Message);
        }

        return Index is null ? Table.KeyOf(key) : Table.KeyIn(Index, key)!;
    }

    /// <summary>The projection does not go into a key.</summary>
    public void CheckProjection()
    {
        if (Selection is not null) Table.CheckPaths(Selection.Entered);
    }

    public async ValueTask<ReadResponse> Page(TableCatalog catalog, byte[] from, byte[] to, bool descending, string? returnCapacity)
    {
        var capacity = new Capacity(Table);
        ItemPage? page = null;
        Item? last = null;
        var (scanned, count, bytes) = (0, 0, 0L);
        await catalog.Store.Read(async snapshot =>
        {
            if (!FetchesItems)
            {
                var key = catalog.Reads.KeyOf(Keys.GroupLength(Space, from, to), from, to, descending, Limit);
                if (catalog.Reads.Find<KeptPage>(key, snapshot.State, out var wanted) is { } kept)
                {
                    TakeAll(kept);
                    return true;
                }

                page = CountOnly ? null : new ItemPage();
                var gathering = wanted ? new KeptPage.Gathering() : null;
                await snapshot.Visit(from, to, descending, (_, value) =>
                {
                    gathering?.Add(Item.SizeOf(value), Item.JsonOf(value));
                    return Take(Item.SizeOf(value), Item.JsonOf(value), null);
                });
                if (gathering?.End(stopped: last is not null) is { } whole) catalog.Reads.Keep(key, whole, whole.Bytes, snapshot.State);
                return true;
            }

            page = CountOnly ? null : new ItemPage();
            await foreach (var entry in snapshot.Range(from, to, descending))
            {
                var item = Item.Load(entry.Value);
                if (await snapshot.Get(Table.KeyOf(item)) is { } stored)
                {
                    item = Item.Load(stored);
                    capacity.Add(Capacity.ReadUnits(item.Size, Consistent));
                }

                if (!Take(Item.SizeOf(entry.Value), Item.JsonOf(entry.Value), item)) break;
            }

            return true;
        });
        capacity.Add(Capacity.ReadUnits(bytes, Consistent), Index);
        return new ReadResponse
        {
            Items = page,
            Count = count,
            ScannedCount = scanned,
            LastEvaluatedKey = last?.Only(Table.KeyNames.Concat(Index?.KeyNames ?? [])),
            ConsumedCapacity = capacity.Report(returnCapacity),
        };

        // A stored value is its size and its wire form: what nobody asks about goes into the answer as it lies.
        bool Take(int size, ReadOnlySpan<byte> json, Item? fetched)
        {
            scanned++;
            bytes += size;
            var stops = scanned == Limit || bytes >= PageBytes;
            if (stops) last = Item.Of(size, json);
            if (Filter is null && Selection is null && fetched is null)
            {
                count++;
                page?.Add(json);
                return !stops;
            }

            var item = fetched ?? last ?? Item.Of(size, json);
            if (Filter?.Holds(item) == false) return !stops;
            count++;
            page?.Add((Selection is null ? item : Selection.Of(item)).Json.Span);
            return !stops;
        }

        void TakeAll(KeptPage kept)
        {
            if (Filter is not null || Selection is not null)
            {
                page = CountOnly ? null : new ItemPage();
                for (var i = 0; i < kept.Count; i++) Take(kept.SizeOf(i), kept.JsonOf(i), null);
                return;
            }

            (scanned, count, bytes) = (kept.Count, kept.Count, kept.ItemBytes);
            page = CountOnly ? null : new ItemPage(kept);
            if (kept.Stopped) last = Item.Of(kept.SizeOf(kept.Count - 1), kept.JsonOf(kept.Count - 1));
        }
    }

    private static void CheckSelect(ReadRequest request, bool older)
    {
        var given = request.ProjectionExpression is not null ? "ProjectionExpression" : request.AttributesToGet is not null ? "AttributesToGet" : null;
        if (given is not null && request.Select is not null and not "SPECIFIC_ATTRIBUTES")
            throw Problem($"Cannot specify the {given} when choosing to get {(request.Select == "COUNT" ? "only the Count" : request.Select)}");
        if (request.Select == "SPECIFIC_ATTRIBUTES" && given is null)
            throw Problem("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES");
        if (request.Select == "ALL_PROJECTED_ATTRIBUTES" && request.IndexName is null)
            throw Problem("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"); // in Scan too

        AwsError Problem(string message) => older ? Errors.Validation(message) : Errors.Enveloped(Errors.Validation(message));
    }
}

/// <summary>The members that Query and Scan share.</summary>
internal abstract record ReadRequest
{
    public string? TableName { get; set; }

    public string? IndexName { get; set; }

    public string? FilterExpression { get; set; }

    public string? ProjectionExpression { get; set; }

    public string[]? AttributesToGet { get; set; }

    public string? ConditionalOperator { get; set; }

    public Dictionary<string, string>? ExpressionAttributeNames { get; set; }

    public ExpressionValues? ExpressionAttributeValues { get; set; }

    public string? Select { get; set; }

    public int? Limit { get; set; }

    public Item? ExclusiveStartKey { get; set; }

    public bool? ConsistentRead { get; set; }

    public string? ReturnConsumedCapacity { get; set; }

    /// <param name="older">Scan still has the older words.</param>
    /// <param name="further">Adds the constraints of the one operation.</param>
    public string Check(bool older, Func<Constraints, Constraints> further)
    {
        var name = TableNames.Check(TableName);
        if (!older && ConditionalOperator is not null and not "AND" and not "OR")
            throw Errors.Validation("Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]");
        var constraints = new Constraints();
        if (older) constraints.AtLeast(Limit, "limit", 1);
        else if (Limit < 1) constraints.Add("Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1");
        constraints.ReturnConsumedCapacity(ReturnConsumedCapacity)
            .OneOf(Select, "select", "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES");
        if (IndexName is not null) constraints.Name(IndexName, "indexName");
        further(constraints.ConditionalOperator(ConditionalOperator).AttributesToGet(AttributesToGet)).Throw();
        return name;
    }
}

internal sealed record ReadResponse
{
    public ItemPage? Items { get; init; }

    public int Count { get; init; }

    public int ScannedCount { get; init; }

    public Item? LastEvaluatedKey { get; init; }

    public ConsumedCapacity? ConsumedCapacity { get; init; }
}
