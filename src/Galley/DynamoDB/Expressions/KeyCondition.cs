using Galley.Store;

namespace Galley.DynamoDB.Expressions;

/// <summary>A KeyConditionExpression: one partition, and a range of its sort keys.</summary>
internal sealed class KeyCondition
{
    private readonly KeyPart[] _hashes, _ranges;
    private readonly AttributeValue[] _equal;
    private readonly Condition? _range;

    /// <param name="hashes">The partition's attributes.</param>
    /// <param name="ranges">The attributes it sorts by.</param>
    /// <param name="equal">Their values, then those of the first range attributes as far as they are given by `=`.</param>
    /// <param name="range">The condition on the next range attribute.</param>
    private KeyCondition(KeyPart[] hashes, KeyPart[] ranges, AttributeValue[] equal, Condition? range)
    {
        _hashes = hashes;
        _ranges = ranges;
        _equal = equal;
        _range = range;
    }

    public static KeyCondition Of(Condition condition, KeyPart hash, KeyPart? range) => Of(condition, [hash], range is null ? [] : [range]);

    public static KeyCondition Of(Condition condition, KeyPart[] hashes, KeyPart[] ranges)
    {
        var parts = new Dictionary<string, Condition>();
        foreach (var part in Flatten(condition))
            if (!parts.TryAdd(AttributeOf(part), part)) throw Errors.Expression("KeyConditionExpression", "KeyConditionExpressions must only contain one condition per key");
        var most = hashes.Length + ranges.Length;
        if (parts.Count > Math.Max(most, 2)) throw Errors.Validation($"The number of query conditions ({parts.Count}) exceeds the number of key attributes defined in the schema ({most})");
        var equal = new List<AttributeValue>();
        foreach (var hash in hashes)
        {
            if (!parts.Remove(hash.Name, out var onHash)) throw Missed(hash.Name);
            if (onHash is not Comparison { Operator: "=", Right: ValueOperand { Value: var value } }) throw Errors.Validation("Query key condition not supported");
            CheckValue(hash, value);
            equal.Add(value);
        }

        var named = Array.FindLastIndex(ranges, range => parts.ContainsKey(range.Name));
        var loose = ranges.Take(Math.Max(named, 0)).Where(range => !parts.TryGetValue(range.Name, out var one) || one is not Comparison { Operator: "=" }).Select(range => range.Name).ToList();
        if (loose.Count > 0)
            throw Errors.Validation($"RANGE key attributes {string.Join(", ", loose)} must have equality conditions specified in the query because a condition is present on key attribute {ranges[named].Name}");
        Condition? onRange = null;
        for (var i = 0; i <= named; i++)
        {
            parts.Remove(ranges[i].Name, out onRange);
            foreach (var bound in ValuesOf(onRange!)) CheckValue(ranges[i], bound);
            if (i < named) equal.AddRange(ValuesOf(onRange!));
        }

        if (parts.Count > 0) throw ranges.Length == 0 || onRange is not null ? Errors.Validation("Query key condition not supported") : Missed(ranges[0].Name);
        return new KeyCondition(hashes, ranges, [.. equal], onRange);
    }

    /// <summary>The attributes that the condition demands by `=`, with their values.</summary>
    public static IEnumerable<(string Attribute, AttributeValue Value)> Equalities(Condition condition)
        => Flatten(condition).OfType<Comparison>().Where(comparison => comparison is { Operator: "=", Left: PathOperand, Right: ValueOperand })
            .Select(comparison => (((PathOperand)comparison.Left).Path.Root, ((ValueOperand)comparison.Right).Value)).DistinctBy(pair => pair.Root);

    /// <summary>Refuses a starting key that lies elsewhere.</summary>
    public void CheckStart(Item key)
    {
        for (var i = _hashes.Length; i < _equal.Length; i++)
            if (!IsAt(_ranges[i - _hashes.Length], i)) throw Unlike();
        if (_range?.Holds(key) == false) throw Unlike();
        for (var i = 0; i < _hashes.Length; i++)
            if (!IsAt(_hashes[i], i))
                throw Errors.Validation(_range is null ? "The provided starting key is outside query boundaries based on provided conditions" : "The query can return at most one row and cannot be restarted");

        bool IsAt(KeyPart part, int i) => key[part.Name]?.Same(_equal[i]) == true;

        static Galley.Wire.AwsError Unlike() => Errors.Validation("The provided starting key does not match the range key predicate");
    }

    /// <summary>The store keys that satisfy it: from ≤ key &lt; to.</summary>
    public (byte[] From, byte[] To) Range(byte[] space)
    {
        var partition = Keys.Item(space, _hashes.Length, _equal);
        byte[] from = partition, to = Key.After(partition);
        switch (_range)
        {
            case Comparison { Right: ValueOperand { Value: var value } } comparison:
                var at = Keys.Sort(partition, value);
                if (comparison.Operator is "=" or ">=") from = at;
                if (comparison.Operator is ">") from = Key.After(at);
                if (comparison.Operator is "=" or "<=") to = Key.After(at);
                if (comparison.Operator is "<") to = at;
                break;
            case Between { Low: ValueOperand low, High: ValueOperand high }:
                from = Keys.Sort(partition, low.Value);
                to = Key.After(Keys.Sort(partition, high.Value));
                break;
            case BeginsWith { Prefix: ValueOperand prefix }:
                from = Keys.Sort(partition, prefix.Value, open: true);
                to = Key.After(from);
                break;
        }

        return (from, to);
    }

    private static IEnumerable<Condition> Flatten(Condition condition) => condition switch
    {
        And and => Flatten(and.Left).Concat(Flatten(and.Right)),
        Or => throw InvalidOperator("OR"),
        Not => throw InvalidOperator("NOT"),
        In => throw InvalidOperator("IN"),
        Exists exists => throw InvalidOperator(exists.Wanted ? "attribute_exists" : "attribute_not_exists"),
        HasType => throw InvalidOperator("attribute_type"),
        Contains => throw InvalidOperator("contains"),
        Comparison { Operator: "<>" } => throw InvalidOperator("<>"),
        // Written the other way round: `:low <= sort`.
        Comparison { Left: ValueOperand value, Right: PathOperand path } comparison => [new Comparison(Turned(comparison.Operator), path, value)],
        _ => [condition],
    };

    private static string Turned(string comparator) => comparator switch
    {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        _ => comparator,
    };

    private static string AttributeOf(Condition condition)
    {
        var (operand, valid) = condition switch
        {
            Comparison comparison => (comparison.Left, comparison.Right is ValueOperand),
            Between between => (between.Value, between is { Low: ValueOperand, High: ValueOperand }),
            BeginsWith begins => (begins.Value, begins.Prefix is ValueOperand),
            _ => (null, false),
        };
        if (operand is SizeOperand) throw Errors.Expression("KeyConditionExpression", "KeyConditionExpressions cannot contain nested operations");
        if (operand is not PathOperand path || !valid) throw Errors.Validation("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition");
        return path.Path.IsTopLevel ? path.Path.Root : throw Errors.Expression("KeyConditionExpression", "KeyConditionExpressions cannot have conditions on nested attributes");
    }

    private static IEnumerable<AttributeValue> ValuesOf(Condition condition) => condition switch
    {
        Comparison comparison => [((ValueOperand)comparison.Right).Value],
        Between between => [((ValueOperand)between.Low).Value, ((ValueOperand)between.High).Value],
        BeginsWith begins => [((ValueOperand)begins.Prefix).Value],
        _ => [],
    };

    private static void CheckValue(KeyPart part, AttributeValue value)
    {
        if (value.Type != part.Type) throw Errors.InvalidParameterValues("Condition parameter type does not match schema type");
        if (value.Type == AttributeType.S && value.Text.Length == 0 || value.Type == AttributeType.B && value.Bytes.Length == 0)
            throw Errors.EmptyKey(part.Name, value.Type);
    }

    private static Galley.Wire.AwsError InvalidOperator(string name) => Errors.Validation($"Invalid operator used in KeyConditionExpression: {name}");

    private static Galley.Wire.AwsError Missed(string attribute) => Errors.Validation($"Query condition missed key schema element: {attribute}");
}
