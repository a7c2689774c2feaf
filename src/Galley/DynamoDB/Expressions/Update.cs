using Galley.Wire;

namespace Galley.DynamoDB.Expressions;

/// <summary>An UpdateExpression, ready to be applied. Every right-hand side reads the item as it was.</summary>
internal sealed class Update(
    IReadOnlyList<(DocumentPath Path, Operand Value)> sets, IReadOnlyList<DocumentPath> removes,
    IReadOnlyList<(DocumentPath Path, AttributeValue Value)> adds, IReadOnlyList<(DocumentPath Path, AttributeValue Value)> deletes, bool older = false)
{
    /// <summary>Every path that is touched, in the order of the expression's sections.</summary>
    public IEnumerable<DocumentPath> Paths => sets.Select(set => set.Path).Concat(removes).Concat(adds.Select(add => add.Path)).Concat(deletes.Select(delete => delete.Path));

    /// <summary>The attributes that get a value of the request itself, with it: what is wrong with it is wrong whatever the item.</summary>
    public IEnumerable<(string Name, AttributeValue Value)> Constants => sets.Where(set => set.Path.IsTopLevel && set.Value is ValueOperand)
        .Select(set => (set.Path.Root, ((ValueOperand)set.Value).Value)).Concat(adds.Where(add => add.Path.IsTopLevel).Select(add => (add.Path.Root, add.Value)));

    /// <summary>The attributes that a path goes into, read or written.</summary>
    public IReadOnlyList<string> Entered { get; set; } = [];

    public bool OnlyRemoves => sets.Count == 0 && adds.Count == 0 && removes.Count + deletes.Count > 0;

    /// <summary>
    /// What UpdateItem, and it alone, measures beside the finished item: what the expression writes, with a fixed cost for each
    /// clause. Nobody documents it; these are the sizes at which AWS was seen to refuse.
    /// </summary>
    public long Charge
    {
        get
        {
            return 3 + sets.Sum(set => 19 + Target(set.Path) + set.Value.Charge) + adds.Sum(add => 19 + Target(add.Path) + add.Value.Size)
                   + removes.Sum(path => 1 + Target(path)) + deletes.Sum(delete => 1 + Target(delete.Path));

            static long Target(DocumentPath path) => path.Steps.Sum(step => 4L + step.Length) - 4;
        }
    }

    public static AwsError WrongOperandType() => Errors.Validation("An operand in the update expression has an incorrect data type");

    /// <param name="old">The item before; for a new item only its key.</param>
    public Item Apply(Item old)
    {
        var tree = new DocumentTree(old);
        // Elements beyond a list's end are appended in the order of their indexes.
        foreach (var (path, value) in sets.OrderBy(set => set.Path.Steps[^1].Index))
            tree.Set(path, value.Of(old) ?? throw Errors.Validation("The provided expression refers to an attribute that does not exist in the item"));
        foreach (var path in removes) tree.Remove(path);
        foreach (var (path, value) in adds.OrderBy(add => add.Path.Steps[^1].Index)) tree.Set(path, Added(path.In(old), value));
        foreach (var (path, value) in deletes)
            if (path.In(old) is { } existing)
            {
                if (Without(existing, value) is { } rest) tree.Set(path, rest);
                else tree.Remove(path);
            }

        return tree.ToItem();
    }

    /// <summary>AttributeUpdates has words of its own.</summary>
    private AwsError Mismatch() => older ? Errors.Validation("Type mismatch for attribute to update") : WrongOperandType();

    private AttributeValue Added(AttributeValue? existing, AttributeValue value)
    {
        if (existing is null) return value;
        if (existing.Type != value.Type) throw Mismatch();
        return value.Type switch
        {
            AttributeType.N => AttributeValue.N(Number.Add(existing.Text, value.Text)),
            AttributeType.L => AttributeValue.L([.. existing.Elements, .. value.Elements]), // AttributeUpdates only
            AttributeType.SS => AttributeValue.SS([.. existing.Texts.Union(value.Texts).Order(Comparer<string>.Create(AttributeValue.CompareUtf8))]),
            AttributeType.NS => AttributeValue.NS([.. existing.Texts.Union(value.Texts).Order(Comparer<string>.Create(Number.Compare))]),
            _ => AttributeValue.BS([.. existing.Binaries.Union(value.Binaries, BinaryEquality.Instance).Order(Comparer<byte[]>.Create(Sets.CompareBytes))]),
        };
    }

    /// <summary>Null when nothing is left: an empty set cannot be stored.</summary>
    private AttributeValue? Without(AttributeValue existing, AttributeValue value)
    {
        if (existing.Type != value.Type) throw Mismatch();
        if (value.Type == AttributeType.BS)
        {
            var binaries = existing.Binaries.Except(value.Binaries, BinaryEquality.Instance).ToArray();
            return binaries.Length == 0 ? null : AttributeValue.BS(binaries);
        }

        var texts = existing.Texts.Except(value.Texts).ToArray();
        return texts.Length == 0 ? null : value.Type == AttributeType.SS ? AttributeValue.SS(texts) : AttributeValue.NS(texts);
    }
}
