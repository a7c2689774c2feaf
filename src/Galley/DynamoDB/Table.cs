namespace Galley.DynamoDB;

/// <summary>A table ready for work: its stored definition with the key shapes and key prefixes taken out of it once.</summary>
internal sealed class Table
{
    private readonly byte[] _items;
    private readonly Index[] _indexesByName;

    public Table(TableDocument document, byte[] stored, string account, string region, TimeProvider time, Throttle? throttle = null)
    {
        (Account, Region) = (account, region);
        Throttle = document.OnDemand ? null : throttle;
        Document = document;
        Stored = stored;
        _items = Keys.Items(account, region, document.TableId);
        Space = Keys.Space(_items, 0);
        var types = document.AttributeDefinitions.ToDictionary(
            definition => definition.AttributeName!, definition => Enum.Parse<AttributeType>(definition.AttributeType!));
        Hash = Parts(document.KeySchema, "HASH", types)[0];
        Range = Parts(document.KeySchema, "RANGE", types).FirstOrDefault();
        Indexes = [.. document.Indexes.Select(index => new Index(index, Keys.Space(_items, index.Number), Parts(index.KeySchema, "HASH", types), Parts(index.KeySchema, "RANGE", types), KeyNames))];
        _indexesByName = [.. Indexes.OrderBy(index => index.Name, StringComparer.Ordinal)];
        Followers = Followers.Of(this, time);
    }

    public TableDocument Document { get; }

    /// <summary>Null when nothing throttles this table.</summary>
    public Throttle? Throttle { get; }

    public string Account { get; }

    public string Region { get; }

    /// <summary>Null when nothing but the indexes follows a change.</summary>
    public Followers? Followers { get; }

    public string Name => Document.TableName;

    /// <summary>The definition's bytes: a write compares them with the store's, to see that the table is still this one.</summary>
    public byte[] Stored { get; }

    public KeyPart Hash { get; }

    public KeyPart? Range { get; }

    public IReadOnlyList<Index> Indexes { get; }

    /// <summary>Prefix of the items' keys.</summary>
    public byte[] Space { get; }

    public IEnumerable<string> KeyNames => Range is null ? [Hash.Name] : [Hash.Name, Range.Name];

    public bool HasKey(string name) => name == Hash.Name || name == Range?.Name;

    /// <summary>The item's key in the store. The item has its key attributes, of the right types.</summary>
    public byte[] KeyOf(Item item) => Keys.Item(Space, item[Hash.Name]!, Range is null ? null : item[Range.Name]);

    /// <summary>The item's entry in an index; null when it lacks an attribute of the index key (then it is not in the index).</summary>
    public byte[]? KeyIn(Index index, Item item)
    {
        var parts = new AttributeValue[index.Hashes.Length + index.Ranges.Length + (Range is null ? 1 : 2)];
        var at = 0;
        foreach (var part in index.Parts)
        {
            if (item[part.Name] is not { } value || value.Type != part.Type) return null;
            parts[at++] = value;
        }

        parts[at++] = item[Hash.Name]!;
        if (Range is not null) parts[at] = item[Range.Name]!;
        return Keys.Item(index.Space, index.Hashes.Length, parts);
    }

    /// <summary>The index that a Query or Scan names.</summary>
    public Index IndexNamed(string name)
    {
        var index = Indexes.FirstOrDefault(index => index.Name == name) ?? throw Errors.IndexMissing(name);
        return index.Document.Status is null ? index : throw Errors.Validation($"Cannot read from backfilling global secondary index: {name}");
    }

    /// <summary>What of an update no item could make right.</summary>
    public void CheckUpdate(Expressions.Update update)
    {
        if (Indexes.Count > 0)
            foreach (var (name, value) in update.Constants)
                foreach (var index in _indexesByName)
                    if (index.Parts.FirstOrDefault(part => part.Name == name) is { } part) CheckIndexKey(index, part, value, update: true);
        CheckPaths(update.Entered);
    }

    private static void CheckIndexKey(Index index, KeyPart part, AttributeValue value, bool update)
    {
        if (value.Type != part.Type) throw Errors.IndexKeyTypeMismatch(part.Name, part.Type, value.Type, index.Name);
        if (IsEmpty(value)) throw update ? Errors.EmptyIndexKeyUpdate(value.Type) : Errors.EmptyIndexKey(part.Name, value.Type, index.Name);
    }

    /// <summary>Keys are scalars: no path may go into one.</summary>
    public void CheckPaths(IEnumerable<string> entered)
    {
        foreach (var name in entered)
            if (HasKey(name)) throw Errors.KeyNotScalar("Key", name);
            else if (Indexes.Any(index => index.KeyNames.Contains(name)))
                throw Errors.KeyNotScalar("IndexKey", name);
    }

    /// <summary>Checks a key of GetItem and its like: exactly the key attributes, right types, not empty, not too long.</summary>
    public void CheckKey(Item key)
    {
        if (key.Attributes.Count != (Range is null ? 1 : 2)) throw Errors.KeyMismatch();
        CheckKeyParts(key);
    }

    /// <summary>The same without a look at what else it has.</summary>
    public void CheckKeyParts(Item key)
    {
        CheckKeyPart(key, Hash);
        if (Range is not null) CheckKeyPart(key, Range);
        CheckKeyLengths(key);
    }

    /// <summary>The same for the key of an index.</summary>
    public static void CheckKeyParts(Item key, Index index)
    {
        foreach (var part in index.Parts) CheckKeyPart(key, part);
        if (index.Hashes.Sum(part => key[part.Name]!.Size) > 2048) throw Errors.HashKeyTooLong();
        if (index.Ranges.Sum(part => key[part.Name]!.Size) > 1024) throw Errors.RangeKeyTooLong();
    }

    /// <summary>One of them.</summary>
    public static void CheckKeyPart(Item key, KeyPart part)
    {
        if (key[part.Name] is not { } value || value.Type != part.Type) throw Errors.KeyMismatch();
        if (IsEmpty(value)) throw Errors.EmptyKey(part.Name, value.Type);
    }

    /// <summary>Checks an item that is to be put: keys there and right, index keys right, not too large.</summary>
    public void CheckItem(Item item)
    {
        Check(Hash);
        if (Range is not null) Check(Range);
        CheckKeyLengths(item);
        CheckIndexKeys(item);

        void Check(KeyPart part)
        {
            var value = item[part.Name] ?? throw Errors.MissingKey(part.Name);
            if (value.Type != part.Type) throw Errors.KeyTypeMismatch(part.Name, part.Type, value.Type);
            if (IsEmpty(value)) throw Errors.EmptyKey(part.Name, value.Type);
        }
    }

    /// <summary>Whether an item from before the index fits into it: its key attributes not empty and not too long.</summary>
    public bool Indexable(Index index, Item item)
    {
        return Fits(index.Hashes, 2048) && Fits(index.Ranges, 1024);

        bool Fits(KeyPart[] parts, int longest)
            => parts.All(part => item[part.Name] is { } value && !IsEmpty(value)) && parts.Sum(part => item[part.Name]!.Size) <= longest;
    }

    /// <summary>BatchWriteItem's check before that of <see cref="CheckItem"/>, with words of its own.</summary>
    public void CheckKeyTypes(Item item)
    {
        if (item[Hash.Name]?.Type != Hash.Type || Range is not null && item[Range.Name]?.Type != Range.Type) throw Errors.KeyMismatch();
    }

    /// <param name="update">An update names no index.</param>
    public void CheckIndexKeys(Item item, bool update = false)
    {
        // In the order of their names, whichever way they were made.
        foreach (var index in _indexesByName)
        {
            foreach (var part in index.Parts)
                if (item[part.Name] is { } value) CheckIndexKey(index, part, value, update);
            if (Size(index.Hashes) > 2048) throw Errors.HashKeyTooLong();
            if (Size(index.Ranges) > 1024) throw Errors.RangeKeyTooLong();
        }

        int Size(KeyPart[] parts)
        {
            var size = 0;
            foreach (var part in parts) size += item[part.Name]?.Size ?? 0;
            return size;
        }
    }

    private void CheckKeyLengths(Item item)
    {
        if (item[Hash.Name]!.Size > 2048) throw Errors.HashKeyTooLong();
        if (Range is not null && item[Range.Name]!.Size > 1024) throw Errors.RangeKeyTooLong();
    }

    private static bool IsEmpty(AttributeValue value) => value.Type switch
    {
        AttributeType.S => value.Text.Length == 0,
        AttributeType.B => value.Bytes.Length == 0,
        _ => false,
    };

    private static KeyPart[] Parts(KeySchemaElement[] schema, string keyType, Dictionary<string, AttributeType> types)
        => [.. schema.Where(element => element.KeyType == keyType).Select(element => new KeyPart(element.AttributeName!, types[element.AttributeName!]))];
}

/// <summary>One attribute of a key.</summary>
internal sealed record KeyPart(string Name, AttributeType Type);

/// <summary>A secondary index ready for work. A global one may have up to four attributes in each half of its key.</summary>
internal sealed class Index(IndexDocument document, byte[] space, KeyPart[] hashes, KeyPart[] ranges, IEnumerable<string> tableKeys)
{
    /// <summary>Null: everything is projected.</summary>
    private readonly HashSet<string>? _projected = document.Projection.ProjectionType == "ALL"
        ? null
        : [.. tableKeys, .. document.KeySchema.Select(element => element.AttributeName!), .. document.Projection.NonKeyAttributes ?? []];

    public IndexDocument Document => document;

    public string Name => document.IndexName;

    public bool Global => document.Global;

    public byte[] Space => space;

    public KeyPart[] Hashes => hashes;

    public KeyPart[] Ranges => ranges;

    public KeyPart[] Parts { get; } = [.. hashes, .. ranges];

    /// <summary>The first of its hash attributes, mostly the only one.</summary>
    public KeyPart Hash => hashes[0];

    /// <summary>The first of its range attributes.</summary>
    public KeyPart? Range => ranges.Length == 0 ? null : ranges[0];

    public bool ProjectsAll => _projected is null;

    public IEnumerable<string> KeyNames => Parts.Select(part => part.Name);

    public bool Projects(string name) => _projected is null || _projected.Contains(name);

    public Item Project(Item item) => _projected is null ? item : item.Only(item.Attributes.Keys.Where(_projected.Contains));
}
