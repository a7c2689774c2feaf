namespace Galley.Tests.DynamoDB.Judges;

/// <summary>A condition that knows its text and, by the plain reading of AWS's guide, whether it holds.</summary>
internal abstract record ModelCondition
{
    public abstract string Render(ModelScope scope);

    public abstract bool Holds(SortedDictionary<string, ModelValue> item);

    /// <summary>Every path in it.</summary>
    public IEnumerable<ModelPath> Paths => this switch
    {
        Both both => both.Left.Paths.Concat(both.Right.Paths),
        Either either => either.Left.Paths.Concat(either.Right.Paths),
        Negation negation => negation.Inner.Paths,
        Precedence all => all.A.Paths.Concat(all.B.Paths).Concat(all.C.Paths).Concat(all.D.Paths),
        Exists exists => [exists.Path],
        TypeIs type => [type.Path],
        BeginsWith begins => [begins.Path],
        Contains contains => [contains.Path],
        Among among => [among.Path],
        Between between => [between.Path],
        Compare compare => compare.Other is null ? [compare.Path] : [compare.Path, compare.Other],
        _ => [],
    };

    public sealed record Both(ModelCondition Left, ModelCondition Right) : ModelCondition
    {
        public override string Render(ModelScope scope) => $"({Left.Render(scope)}) AND ({Right.Render(scope)})";

        public override bool Holds(SortedDictionary<string, ModelValue> item) => Left.Holds(item) & Right.Holds(item);
    }

    public sealed record Either(ModelCondition Left, ModelCondition Right) : ModelCondition
    {
        public override string Render(ModelScope scope) => $"({Left.Render(scope)}) or ({Right.Render(scope)})";

        public override bool Holds(SortedDictionary<string, ModelValue> item) => Left.Holds(item) | Right.Holds(item);
    }

    public sealed record Negation(ModelCondition Inner) : ModelCondition
    {
        public override string Render(ModelScope scope) => $"NOT ({Inner.Render(scope)})";

        public override bool Holds(SortedDictionary<string, ModelValue> item) => !Inner.Holds(item);
    }

    /// <summary>a AND b OR NOT c AND d, without parentheses: NOT binds tighter than AND, AND tighter than OR.</summary>
    public sealed record Precedence(ModelCondition A, ModelCondition B, ModelCondition C, ModelCondition D) : ModelCondition
    {
        public override string Render(ModelScope scope) => $"{A.Render(scope)} AND {B.Render(scope)} OR NOT {C.Render(scope)} AND {D.Render(scope)}";

        public override bool Holds(SortedDictionary<string, ModelValue> item) => A.Holds(item) && B.Holds(item) || !C.Holds(item) && D.Holds(item);
    }

    public sealed record Exists(ModelPath Path, bool Wanted) : ModelCondition
    {
        public override string Render(ModelScope scope) => $"{(Wanted ? "attribute_exists" : "attribute_not_exists")}({Path.Render(scope)})";

        public override bool Holds(SortedDictionary<string, ModelValue> item) => Path.In(item) is not null == Wanted;
    }

    public sealed record TypeIs(ModelPath Path, string Type) : ModelCondition
    {
        public override string Render(ModelScope scope) => $"attribute_type({Path.Render(scope)}, {scope.Value(ModelValue.S(Type))})";

        public override bool Holds(SortedDictionary<string, ModelValue> item) => Path.In(item)?.Type == Type;
    }

    public sealed record BeginsWith(ModelPath Path, ModelValue Prefix) : ModelCondition
    {
        public override string Render(ModelScope scope) => $"begins_with({Path.Render(scope)}, {scope.Value(Prefix)})";

        public override bool Holds(SortedDictionary<string, ModelValue> item)
            => Path.In(item) is { Type: "S" or "B" } value && value.Type == Prefix.Type
               && value.Text.StartsWith(Prefix.Text, StringComparison.Ordinal);
    }

    public sealed record Contains(ModelPath Path, ModelValue Part) : ModelCondition
    {
        public override string Render(ModelScope scope) => $"contains({Path.Render(scope)}, {scope.Value(Part)})";

        public override bool Holds(SortedDictionary<string, ModelValue> item) => Path.In(item) is { } value && value.Type switch
        {
            "S" => Part.Type == "S" && value.Text.Contains(Part.Text, StringComparison.Ordinal),
            "B" => Part.Type == "B" && Convert.FromHexString(value.Text).AsSpan().IndexOf(Convert.FromHexString(Part.Text)) >= 0,
            "L" or "SS" or "NS" or "BS" => value.Elements.Any(Part.Same),
            _ => false,
        };
    }

    public sealed record Among(ModelPath Path, IReadOnlyList<ModelValue> Values) : ModelCondition
    {
        public override string Render(ModelScope scope) => $"{Path.Render(scope)} IN ({string.Join(", ", Values.Select(scope.Value))})";

        public override bool Holds(SortedDictionary<string, ModelValue> item) => Path.In(item) is { } value && Values.Any(value.Same);
    }

    public sealed record Between(ModelPath Path, ModelValue Low, ModelValue High) : ModelCondition
    {
        public override string Render(ModelScope scope) => $"{Path.Render(scope)} BETWEEN {scope.Value(Low)} AND {scope.Value(High)}";

        public override bool Holds(SortedDictionary<string, ModelValue> item) => Path.In(item) is { } value && value.Compare(Low) >= 0 && value.Compare(High) <= 0;
    }

    /// <param name="Size">Compares the size of what the path leads to.</param>
    /// <param name="Turned">Writes the value first.</param>
    public sealed record Compare(ModelPath Path, string Operator, ModelValue? Value, ModelPath? Other, bool Size, bool Turned) : ModelCondition
    {
        public override string Render(ModelScope scope)
        {
            var left = Size ? $"size({Path.Render(scope)})" : Path.Render(scope);
            var right = Value is null ? Other!.Render(scope) : scope.Value(Value);
            return Turned ? $"{right} {Operator} {left}" : $"{left} {Operator} {right}";
        }

        public override bool Holds(SortedDictionary<string, ModelValue> item)
        {
            var (left, right) = (Size ? Path.In(item)?.SizeOf : Path.In(item), Value ?? Other!.In(item));
            if (Turned) (left, right) = (right, left);
            if (left is null || right is null) return Operator == "<>";
            return Operator switch
            {
                "=" => left.Same(right),
                "<>" => !left.Same(right),
                "<" => left.Compare(right) < 0,
                "<=" => left.Compare(right) <= 0,
                ">" => left.Compare(right) > 0,
                _ => left.Compare(right) >= 0,
            };
        }
    }
}
