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

    public static KeyCondition Of(Condition condition, KeyPart hash, KeyPart? range) => Of(Parts(condition), [hash], range is null ? [] : [range]);

    /// <param name="parts">The conditions by attribute.</param>
    /// <param name="hashes">The partition's attributes.</param>
    /// <param name="ranges">The attributes it sorts by.</param>
    /// <param name="checkStart">Looks at the starting key's value of one of them, before the condition on it.</param>
    public static KeyCondition Of(Dictionary<string, Condition> parts, KeyPart[] hashes, KeyPart[] ranges, Action<KeyPart>? checkStart = null)
    {
        var left = new Dictionary<string, Condition>(parts);
        var most = hashes.Length + ranges.Length;
        if (parts.Count > Math.Max(most, 2)) throw Errors.Validation($"The number of query conditions ({parts.Count}) exceeds the number of key attributes defined in the schema ({most})");
        if (hashes.Length > 1) CheckEqualities(parts, hashes);
        var equal = new List<AttributeValue>();
        foreach (var hash in hashes)
        {
            checkStart?.Invoke(hash);
            if (parts.Count > most) throw NotSupported();
            if (!left.Remove(hash.Name, out var onHash)) throw Missed(hash.Name);
            var values = ValuesOf(onHash);
            foreach (var value in values) CheckValue(hash, value);
            if (onHash is not Comparison { Operator: "=" }) throw NotSupported();
            equal.AddRange(values);
        }

        var named = Array.FindLastIndex(ranges, range => left.ContainsKey(range.Name));
        var loose = ranges.Take(Math.Max(named, 0)).Where(range => !left.TryGetValue(range.Name, out var one) || one is not Comparison { Operator: "=" }).Select(range => range.Name).ToList();
        if (loose.Count > 0)
            throw Errors.Validation($"RANGE key attributes {string.Join(", ", loose)} must have equality conditions specified in the query because a condition is present on key attribute {ranges[named].Name}");
        Condition? onRange = null;
        for (var i = 0; i < ranges.Length; i++)
        {
            checkStart?.Invoke(ranges[i]);
            if (i > named) continue;
            left.Remove(ranges[i].Name, out onRange);
            var bounds = ValuesOf(onRange!);
            foreach (var bound in bounds) CheckValue(ranges[i], bound);
            if (i < named) equal.AddRange(bounds);
        }

        if (left.Count > 0) throw ranges.Length == 0 || onRange is not null ? NotSupported() : Missed(ranges[0].Name);
        return new KeyCondition(hashes, ranges, [.. equal], onRange);
    }

    /// <summary>The conditions that an expression joins, by attribute. Refuses what no table's keys could satisfy.</summary>
    public static Dictionary<string, Condition> Parts(Condition condition)
    {
        var parts = new Dictionary<string, Condition>();
        foreach (var part in Flatten(condition))
            if (!parts.TryAdd(AttributeOf(part), Turned(part))) throw Errors.Expression("KeyConditionExpression", "KeyConditionExpressions must only contain one condition per key");
        return parts;
    }

    /// <summary>The attributes that the conditions demand by `=`, with their values.</summary>
    public static IEnumerable<(string Attribute, AttributeValue Value)> Equalities(Dictionary<string, Condition> parts)
    {
        foreach (var (attribute, part) in parts)
            if (part is Comparison { Operator: "=", Right: ValueOperand { Value: var value } })
                yield return (attribute, value);
    }

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
        _ => [condition],
    };

    /// <summary>`:low &lt;= sort` the other way round.</summary>
    private static Condition Turned(Condition condition)
        => condition is Comparison { Left: ValueOperand value, Right: PathOperand path } comparison ? new Comparison(Turned(comparison.Operator), path, value) : condition;

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
        Operand[] operands = condition switch
        {
            Comparison comparison => [comparison.Left, comparison.Right],
            Between { Value: not PathOperand } => throw InvalidCondition("BETWEEN operator must have the key attribute as its first operand"),
            Between between => [between.Value, between.Low, between.High],
            BeginsWith { Value: not PathOperand } => throw InvalidCondition("begins_with operator must have the key attribute as its first operand"),
            BeginsWith begins => [begins.Value, begins.Prefix],
            _ => [],
        };
        string? attribute = null;
        foreach (var operand in operands)
            switch (operand)
            {
                case SizeOperand:
                    throw Errors.Expression("KeyConditionExpression", "KeyConditionExpressions cannot contain nested operations");
                case PathOperand when attribute is not null:
                    throw InvalidCondition("Multiple attribute names used in one condition");
                case PathOperand { Path.IsTopLevel: false }:
                    throw Errors.Expression("KeyConditionExpression", "KeyConditionExpressions cannot have conditions on nested attributes");
                case PathOperand { Path: var path }:
                    attribute = path.Root;
                    break;
            }

        return attribute ?? throw InvalidCondition("No key attribute specified");
    }

    private static AttributeValue[] ValuesOf(Condition condition) => condition switch
    {
        Comparison { Operator: not "<>", Right: ValueOperand { Value: var value } } => [value],
        Between { Low: ValueOperand low, High: ValueOperand high } => [low.Value, high.Value],
        BeginsWith { Prefix: ValueOperand { Value: var prefix } } => [prefix],
        _ => throw Errors.Validation("Attempted conditional constraint is not an indexable operation"),
    };

    private static void CheckValue(KeyPart part, AttributeValue value)
    {
        if (value.Type != part.Type) throw Errors.InvalidParameterValues("Condition parameter type does not match schema type");
        if (value.Type == AttributeType.S && value.Text.Length == 0 || value.Type == AttributeType.B && value.Bytes.Length == 0)
            throw Errors.EmptyKey(part.Name, value.Type);
    }

    private static Galley.Wire.AwsError InvalidOperator(string name) => Errors.Validation($"Invalid operator used in KeyConditionExpression: {name}");

    private static Galley.Wire.AwsError InvalidCondition(string problem) => Errors.Validation($"Invalid condition in KeyConditionExpression: {problem}");

    /// <summary>A partition of several attributes: AWS names those without an equality in one sentence, as it does for sort keys.</summary>
    private static void CheckEqualities(Dictionary<string, Condition> parts, KeyPart[] hashes)
    {
        var loose = hashes.Where(hash => parts.GetValueOrDefault(hash.Name) is not Comparison { Operator: "=" }).Select(hash => hash.Name).ToList();
        if (loose.Count > 0) throw Errors.Validation($"HASH key attributes {string.Join(", ", loose)} must have equality conditions specified in the query");
    }

    private static Galley.Wire.AwsError NotSupported() => Errors.Validation("Query key condition not supported");

    private static Galley.Wire.AwsError Missed(string attribute) => Errors.Validation($"Query condition missed key schema element: {attribute}");
}
