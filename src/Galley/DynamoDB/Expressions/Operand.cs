using System.Globalization;

namespace Galley.DynamoDB.Expressions;

/// <summary>What a comparison or a SET takes its values from.</summary>
internal abstract record Operand
{
    /// <summary>The value for an item; null when the item has none.</summary>
    public abstract AttributeValue? Of(Item item);

    /// <summary>What it counts for in the size of an UpdateItem: see <see cref="Update.Charge"/>.</summary>
    public virtual long Charge => 0;
}

internal sealed record PathOperand(DocumentPath Path) : Operand
{
    public override long Charge => 1 + Path.Steps.Sum(step => 14L + step.Length);

    public override AttributeValue? Of(Item item) => Path.In(item);
}

/// <param name="Value">Null only when the placeholder is not defined, which is told after parsing.</param>
internal sealed record ValueOperand(AttributeValue Value) : Operand
{
    public override long Charge => Value.Size;

    public override AttributeValue? Of(Item item) => Value;
}

/// <summary>`size(path)`</summary>
internal sealed record SizeOperand(Operand Inner) : Operand
{
    public override AttributeValue? Of(Item item) => Inner.Of(item) is not { } value
        ? null
        : value.Type switch
        {
            AttributeType.S or AttributeType.B => Number(value.Size),
            AttributeType.SS or AttributeType.NS => Number(value.Texts.Length),
            AttributeType.BS => Number(value.Binaries.Length),
            AttributeType.L => Number(value.Elements.Count),
            AttributeType.M => Number(value.Members.Count),
            _ => null,
        };

    private static AttributeValue Number(int size) => AttributeValue.N(size.ToString(CultureInfo.InvariantCulture));
}

/// <summary>`if_not_exists(path, operand)`</summary>
internal sealed record IfNotExistsOperand(DocumentPath Path, Operand Otherwise) : Operand
{
    public override long Charge => 39 + new PathOperand(Path).Charge + Otherwise.Charge;

    public override AttributeValue? Of(Item item) => Path.In(item) ?? Otherwise.Of(item);
}

/// <summary>`list_append(a, b)`</summary>
internal sealed record ListAppendOperand(Operand First, Operand Second) : Operand
{
    public override long Charge => 37 + First.Charge + Second.Charge;

    public override AttributeValue? Of(Item item)
    {
        if (First.Of(item) is not { } first || Second.Of(item) is not { } second) return null;
        if (first.Type != AttributeType.L || second.Type != AttributeType.L) throw Update.WrongOperandType();
        return AttributeValue.L([.. first.Elements, .. second.Elements]);
    }
}

/// <summary>`a + b`, `a - b`</summary>
internal sealed record SumOperand(Operand Left, Operand Right, bool Minus) : Operand
{
    public override long Charge => (Minus ? 37 : 34) + Left.Charge + Right.Charge;

    public override AttributeValue? Of(Item item)
    {
        if (Left.Of(item) is not { } left || Right.Of(item) is not { } right) return null;
        if (left.Type != AttributeType.N || right.Type != AttributeType.N) throw Update.WrongOperandType();
        return AttributeValue.N(Minus ? Galley.DynamoDB.Number.Subtract(left.Text, right.Text) : Galley.DynamoDB.Number.Add(left.Text, right.Text));
    }
}
