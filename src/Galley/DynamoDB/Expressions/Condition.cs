namespace Galley.DynamoDB.Expressions;

/// <summary>A condition or filter, ready to be asked of items.</summary>
internal abstract record Condition
{
    public abstract bool Holds(Item item);
}

internal sealed record And(Condition Left, Condition Right) : Condition
{
    public override bool Holds(Item item) => Left.Holds(item) && Right.Holds(item);
}

internal sealed record Or(Condition Left, Condition Right) : Condition
{
    public override bool Holds(Item item) => Left.Holds(item) || Right.Holds(item);
}

internal sealed record Not(Condition Inner) : Condition
{
    public override bool Holds(Item item) => !Inner.Holds(item);
}

/// <summary>Values of two types are never equal and never in order; an attribute that is missing is unequal to everything.</summary>
internal sealed record Comparison(string Operator, Operand Left, Operand Right) : Condition
{
    public override bool Holds(Item item)
    {
        var left = Left.Of(item);
        var right = Right.Of(item);
        if (Operator == "=") return left is not null && right is not null && left.Same(right);
        if (Operator == "<>") return left is null || right is null || !left.Same(right);
        if (left is null || right is null || left.CompareTo(right) is not { } order) return false;
        return Operator switch
        {
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
    }
}

internal sealed record Between(Operand Value, Operand Low, Operand High) : Condition
{
    public override bool Holds(Item item)
        => Value.Of(item) is { } value && Low.Of(item) is { } low && High.Of(item) is { } high && value.CompareTo(low) >= 0 && value.CompareTo(high) <= 0;
}

internal sealed record In(Operand Value, IReadOnlyList<Operand> Among) : Condition
{
    public override bool Holds(Item item)
        => Value.Of(item) is { } value && Among.Any(operand => operand.Of(item) is { } one && value.Same(one));
}

internal sealed record Exists(DocumentPath Path, bool Wanted) : Condition
{
    public override bool Holds(Item item) => Path.In(item) is not null == Wanted;
}

internal sealed record HasType(Operand Value, AttributeType Type) : Condition
{
    public override bool Holds(Item item) => Value.Of(item)?.Type == Type;
}

internal sealed record BeginsWith(Operand Value, Operand Prefix) : Condition
{
    public override bool Holds(Item item) => Value.Of(item) is { } value && Prefix.Of(item) is { } prefix && value.Type == prefix.Type && value.Type switch
    {
        AttributeType.S => value.Text.StartsWith(prefix.Text, StringComparison.Ordinal),
        AttributeType.B => value.Bytes.AsSpan().StartsWith(prefix.Bytes),
        _ => false,
    };
}

internal sealed record Contains(Operand Value, Operand Part) : Condition
{
    public override bool Holds(Item item) => Value.Of(item) is { } value && Part.Of(item) is { } part && value.Type switch
    {
        AttributeType.S => part.Type == AttributeType.S && value.Text.Contains(part.Text, StringComparison.Ordinal),
        AttributeType.B => part.Type == AttributeType.B && value.Bytes.AsSpan().IndexOf(part.Bytes) >= 0,
        AttributeType.SS => part.Type == AttributeType.S && value.Texts.Contains(part.Text),
        AttributeType.NS => part.Type == AttributeType.N && value.Texts.Contains(part.Text),
        AttributeType.BS => part.Type == AttributeType.B && AttributeValue.Contains(value.Binaries, part.Bytes),
        AttributeType.L => value.Elements.Any(part.Same),
        _ => false,
    };
}
