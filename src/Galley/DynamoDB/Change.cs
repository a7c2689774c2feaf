using Galley.DynamoDB.Expressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>
/// One change of one item, checked and ready: PutItem, UpdateItem, DeleteItem and each action of a batch or transaction.
/// The item and its index entries change in the same transaction.
/// </summary>
internal sealed class Change
{
    private readonly Func<Item?, Item?> _apply;

    private Change(Table table, byte[] key, Func<Item?, Item?> apply)
    {
        Table = table;
        Key = key;
        _apply = apply;
    }

    public Table Table { get; }

    public byte[] Key { get; }

    public Condition? Condition { get; init; }

    /// <summary>`ReturnValuesOnConditionCheckFailure`</summary>
    public string? OnFailure { get; init; }

    /// <summary>A condition alone: nothing is written.</summary>
    public bool CheckOnly { get; private init; }

    public bool ByService { get; private init; }

    private bool Inserts { get; init; }

    private bool Replaces { get; init; }

    /// <summary>Whether what was there before decides over nothing, except what the caller is told of it: then it need not be read.</summary>
    public bool IsBlind => Replaces && Condition is null && Table is { Indexes.Count: 0, Followers: null, Throttle: null };

    public static Change Put(Table table, Item item, Condition? condition = null, string? onFailure = null)
    {
        table.CheckItem(item);
        Items.CheckSize(item);
        _ = item.Store(); // here, where others are not waiting
        return new Change(table, table.KeyOf(item), _ => item) { Condition = condition, OnFailure = onFailure, Replaces = true };
    }

    /// <summary>INSERT of PartiQL: an item that is there already is a duplicate.</summary>
    public static Change Insert(Table table, Item item)
    {
        var put = Put(table, item);
        return new Change(table, put.Key, _ => item) { Condition = new Exists(new DocumentPath([new PathStep(table.Hash.Name, 0)]), Wanted: false), Inserts = true };
    }

    /// <param name="byService">The time to live removes the item, no caller.</param>
    public static Change Delete(Table table, Item key, Condition? condition = null, string? onFailure = null, bool byService = false)
    {
        table.CheckKey(key);
        return new Change(table, table.KeyOf(key), _ => null) { Condition = condition, OnFailure = onFailure, ByService = byService };
    }

    public static Change Update(Table table, Item key, Update? update, Condition? condition = null, string? onFailure = null)
    {
        table.CheckKey(key);
        foreach (var path in update?.Paths ?? [])
            if (table.HasKey(path.Root)) throw Errors.KeyUpdate(path.Root);
        if (update is not null) table.CheckUpdate(update);
        return new Change(table, table.KeyOf(key), old =>
        {
            // Removing alone makes no item where there is none, and its paths need not lead anywhere.
            if (old is null && update?.OnlyRemoves == true) return null;
            var item = update is null ? old ?? key : update.Apply(old ?? key);
            foreach (var path in update?.Paths ?? [])
                if (item[path.Root] is { Type: AttributeType.L or AttributeType.M } value && value.Depth >= AttributeValueConverter.Deepest) throw Errors.UpdatedTooDeep();
            table.CheckIndexKeys(item, update: true);
            return item.Size <= Items.LargestItem ? item : throw Errors.UpdatedItemTooLarge();
        })
        { Condition = condition, OnFailure = onFailure };
    }

    public static Change Check(Table table, Item key, Condition condition, string? onFailure)
    {
        table.CheckKey(key);
        return new Change(table, table.KeyOf(key), old => old) { Condition = condition, OnFailure = onFailure, CheckOnly = true };
    }

    public async ValueTask<Item?> Read(ISnapshot snapshot) => await snapshot.Get(Key) is { } stored ? Item.Load(stored) : null;

    public bool Allows(Item? old) => Condition is null || Condition.Holds(old ?? Nothing);

    /// <param name="shown">The item that the error shows.</param>
    public AwsError Failure(Item? shown) => Inserts ? Errors.DuplicateItem() : Errors.ConditionalCheckFailed(shown);

    /// <summary>The item that a failed condition shows.</summary>
    public Item? Shown(Item? old) => OnFailure == "ALL_OLD" ? old : null;

    public Item? Result(Item? old) => _apply(old);

    /// <summary>Reads, checks the condition, writes.</summary>
    /// <param name="transaction">Holds the write.</param>
    /// <param name="capacity">Is told what it takes.</param>
    /// <param name="untold">Nobody is told of the item as it was, nor of the capacity, which hangs on it too.</param>
    public async ValueTask<(Item? Old, Item? New)> Run(ITransaction transaction, Capacity capacity, bool untold = false)
    {
        var old = untold && IsBlind ? null : await Read(transaction);
        if (!Allows(old)) throw Failure(Shown(old));
        var result = Result(old);
        await Commit(transaction, old, result, capacity);
        return (old, result);
    }

    /// <summary>The one place where an item changes: the item, its index entries, and what else follows it.</summary>
    public ValueTask Commit(ITransaction transaction, Item? old, Item? result, Capacity capacity, int factor = 1)
    {
        capacity.AddWrite(factor * Capacity.WriteUnits(Math.Max(old?.Size ?? 0, result?.Size ?? 0)));
        if (CheckOnly) return default;
        if (result is not null) transaction.Put(Key, result.Store());
        else if (old is not null) transaction.Delete(Key);
        foreach (var index in Table.Indexes) Commit(transaction, index, old, result, capacity, factor);
        return Table.Followers is null ? default : Table.Followers.Note(transaction, old, result, ByService);
    }

    private void Commit(ITransaction transaction, Index index, Item? old, Item? result, Capacity capacity, int factor)
    {
        var oldKey = old is null ? null : Table.KeyIn(index, old);
        var newKey = result is null ? null : Table.KeyIn(index, result);
        if (oldKey is null && newKey is null) return;
        var moved = oldKey is not null && newKey is not null && !oldKey.AsSpan().SequenceEqual(newKey);
        var before = oldKey is null ? null : index.Project(old!);
        var after = newKey is null ? null : index.Project(result!);
        if (!moved && before is not null && after is not null && before.Same(after)) return;
        if (oldKey is not null && (newKey is null || moved))
        {
            transaction.Delete(oldKey);
            capacity.AddWrite(factor * Capacity.WriteUnits(before!.Size), index);
        }

        if (newKey is null) return;
        transaction.Put(newKey, after!.Store());
        capacity.AddWrite(factor * Capacity.WriteUnits(Math.Max(moved ? 0 : before?.Size ?? 0, after.Size)), index);
    }

    private static readonly Item Nothing = new([]);
}
