using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.DynamoDB.Expressions;

/// <summary>
/// The parameters from before expressions (Expected, AttributeUpdates, KeyConditions, QueryFilter, ScanFilter, AttributesToGet,
/// ConditionalOperator), translated into what the expressions become. Every attribute name is one top-level attribute.
/// </summary>
internal static class Legacy
{
    /// <summary>Old and new parameters must not stand in one request.</summary>
    public static void CheckMix(ReadOnlySpan<(string Name, object? Value)> old, ReadOnlySpan<(string Name, object? Value)> expressions)
    {
        var given = Given(old);
        if (given.Count == 0) return;
        var expressed = Given(expressions);
        // KeyConditions may stand beside expressions that do not replace it.
        if (!expressed.Contains("KeyConditionExpression")) given.Remove("KeyConditions");
        if (expressed.Count > 0 && given.Count > 0)
            throw Errors.Validation("Can not use both expression and non-expression parameters in the same request: "
                                    + $"Non-expression parameters: {{{string.Join(", ", given)}}} Expression parameters: {{{string.Join(", ", expressed)}}}");

        static List<string> Given(ReadOnlySpan<(string Name, object? Value)> parameters)
        {
            var names = new List<string>();
            foreach (var (name, value) in parameters)
                if (value is not null) names.Add(name);
            return names;
        }
    }

    /// <summary>`AttributesToGet`; null when absent.</summary>
    public static Selection? AttributesToGet(string[]? names)
    {
        if (names is null) return null;
        CheckNames(names);
        var seen = new HashSet<string>();
        foreach (var name in names)
            if (!seen.Add(name)) throw Errors.InvalidParameterValues($"Duplicate value in attribute name: {name}");
        return new Selection(names.Select(Path));
    }

    /// <summary>`Expected`; null when absent or empty.</summary>
    public static Condition? Expected(Dictionary<string, ExpectedAttributeValue>? expected, string? conditionalOperator)
    {
        var conditions = new List<Condition>();
        CheckNames(expected?.Keys);
        foreach (var one in expected?.Values ?? Enumerable.Empty<ExpectedAttributeValue>()) CheckSound([one.Value, .. one.AttributeValueList ?? []]);
        foreach (var (name, one) in expected ?? []) conditions.Add(Expected(name, one));
        return Joined(conditions, conditionalOperator);
    }

    /// <summary>`QueryFilter` or `ScanFilter`; null when absent or empty.</summary>
    public static Condition? Filter(Dictionary<string, AttributeCondition>? filter, string? conditionalOperator, bool older = false)
    {
        var conditions = new List<Condition>();
        CheckNames(filter?.Keys);
        foreach (var one in filter?.Values ?? Enumerable.Empty<AttributeCondition>()) CheckSound(one.AttributeValueList ?? [], older);
        foreach (var (name, one) in filter ?? [])
        {
            CheckArguments(one.ComparisonOperator!, one.AttributeValueList ?? []);
            conditions.Add(LegacyComparison.Of(name, one.ComparisonOperator!, one.AttributeValueList ?? []));
        }

        return Joined(conditions, conditionalOperator);
    }

    /// <summary>`KeyConditions` as the parts that a KeyConditionExpression would have.</summary>
    public static Dictionary<string, Condition> KeyConditions(Dictionary<string, AttributeCondition> keys)
    {
        foreach (var one in keys.Values) CheckSound(one.AttributeValueList ?? []);
        foreach (var one in keys.Values) CheckArguments(one.ComparisonOperator!, one.AttributeValueList ?? []);
        if (keys.Count is < 1 or > 8) throw Errors.Validation("Conditions can be of length 1 or 2 only");
        return keys.ToDictionary(pair => pair.Key, pair => LegacyComparison.Of(pair.Key, pair.Value.ComparisonOperator!, pair.Value.AttributeValueList ?? []));
    }

    /// <summary>`AttributeUpdates`; null when absent.</summary>
    public static Update? Updates(Dictionary<string, AttributeValueUpdate>? updates)
    {
        if (updates is null) return null;
        CheckNames(updates.Keys);
        CheckSound([.. updates.Values.Select(update => update.Value)]);
        var sets = new List<(DocumentPath, Operand)>();
        var removes = new List<DocumentPath>();
        var (adds, deletes) = (new List<(DocumentPath, AttributeValue)>(), new List<(DocumentPath, AttributeValue)>());
        foreach (var (name, update) in updates)
            switch (update.Action ?? "PUT", update.Value)
            {
                case ("DELETE", null):
                    removes.Add(Path(name));
                    break;
                case (_, null):
                    throw Errors.InvalidParameterValues("Only DELETE action is allowed when no attribute value is specified");
                case ("DELETE", { IsSet: true } value):
                    deletes.Add((Path(name), value));
                    break;
                case ("DELETE", { } value):
                    throw Errors.InvalidParameterValues($"DELETE action with value is not supported for the type {value.Type}");
                case ("ADD", { IsSet: true } or { Type: AttributeType.N or AttributeType.L }):
                    adds.Add((Path(name), update.Value));
                    break;
                case ("ADD", { } value):
                    throw Errors.InvalidParameterValues($"ADD action is not supported for the type {value.Type}");
                case (_, { } value):
                    sets.Add((Path(name), new ValueOperand(value)));
                    break;
            }

        return new Update(sets, removes, adds, deletes, older: true);
    }

    private static void CheckNames(IEnumerable<string>? names)
    {
        if (names?.Any(AttributeValueConverter.IsTooLong) == true) throw Errors.NameTooLong();
    }

    private static void CheckSound(ReadOnlySpan<AttributeValue?> values, bool older = false)
    {
        foreach (var value in values)
            if (value?.Problem is { } problem) throw problem.Error(older);
    }

    private static DocumentPath Path(string name) => new([new PathStep(name, 0)]);

    private static Condition? Joined(List<Condition> conditions, string? conditionalOperator)
    {
        if (conditionalOperator is not null && conditions.Count < 2)
            throw Errors.Validation(conditions.Count == 0
                ? "ConditionalOperator cannot be used without Filter or Expected"
                : "ConditionalOperator can only be used when Filter or Expected has two or more elements");
        return conditions.Count == 0
            ? null
            : conditions.Aggregate((left, right) => conditionalOperator == "OR" ? new Or(left, right) : new And(left, right));
    }

    private static Condition Expected(string name, ExpectedAttributeValue one)
    {
        if (one is { AttributeValueList: not null, Value: not null }) throw Invalid("Value and AttributeValueList cannot be used together");
        if (one.ComparisonOperator is { } comparison)
        {
            if (one.Exists is not null) throw Invalid("Exists and ComparisonOperator cannot be used together");
            if (comparison is not "NULL" and not "NOT_NULL" && one is { AttributeValueList: null, Value: null })
                throw Invalid($"Value or AttributeValueList must be used with ComparisonOperator: {comparison}");
            var values = one.AttributeValueList ?? (one.Value is null ? [] : [one.Value]);
            CheckArguments(comparison, values);
            return LegacyComparison.Of(name, comparison, values);
        }

        if (one.AttributeValueList is not null) throw Invalid("AttributeValueList can only be used with a ComparisonOperator");
        if (one.Exists == false)
            return one.Value is null ? new Exists(Path(name), Wanted: false) : throw Invalid("Value cannot be used when Exists is false");
        return one.Value is null
            ? throw Invalid($"Value must be provided when Exists is {(one.Exists is null ? "null" : "true")}")
            : new Comparison("=", new PathOperand(Path(name)), new ValueOperand(one.Value));

        AwsError Invalid(string problem) => Errors.InvalidParameterValues($"{problem} for Attribute: {name}");
    }

    private static void CheckArguments(string comparison, AttributeValue[] values)
    {
        var fits = comparison switch
        {
            "NULL" or "NOT_NULL" => values.Length == 0,
            "IN" => values.Length > 0,
            "BETWEEN" => values.Length == 2,
            _ => values.Length == 1,
        };
        if (!fits) throw Errors.InvalidParameterValues($"Invalid number of argument(s) for the {comparison} ComparisonOperator");
        foreach (var value in values)
            if (value.Type != values[0].Type) throw Errors.InvalidParameterValues("AttributeValues inside AttributeValueList must be of same type");
        if (values.Length > 0 && !Takes(comparison, values[0].Type))
            throw Errors.InvalidParameterValues($"ComparisonOperator {comparison} is not valid for {values[0].Type} AttributeValue type");
        if (comparison == "BETWEEN" && values[0].CompareTo(values[1]) > 0)
            throw Errors.Validation("The BETWEEN condition was provided a range where the lower bound is greater than the upper bound");
    }

    private static bool Takes(string comparison, AttributeType type) => comparison switch
    {
        "EQ" or "NE" => true,
        "BEGINS_WITH" => type is AttributeType.S or AttributeType.B,
        _ => type is AttributeType.S or AttributeType.N or AttributeType.B,
    };
}

/// <summary>The thirteen ComparisonOperators.</summary>
internal static class LegacyComparison
{
    public static Condition Of(string name, string comparison, AttributeValue[] values)
    {
        var path = new DocumentPath([new PathStep(name, 0)]);
        var attribute = new PathOperand(path);
        return comparison switch
        {
            "EQ" => new Comparison("=", attribute, new ValueOperand(values[0])),
            "NE" => new Comparison("<>", attribute, new ValueOperand(values[0])),
            "LT" => new Comparison("<", attribute, new ValueOperand(values[0])),
            "LE" => new Comparison("<=", attribute, new ValueOperand(values[0])),
            "GT" => new Comparison(">", attribute, new ValueOperand(values[0])),
            "GE" => new Comparison(">=", attribute, new ValueOperand(values[0])),
            "NULL" => new Exists(path, Wanted: false),
            "NOT_NULL" => new Exists(path, Wanted: true),
            "CONTAINS" => new Contains(attribute, new ValueOperand(values[0])),
            // Unlike NE it does not hold where the attribute is missing.
            "NOT_CONTAINS" => new And(new Exists(path, Wanted: true), new Not(new Contains(attribute, new ValueOperand(values[0])))),
            "BEGINS_WITH" => new BeginsWith(attribute, new ValueOperand(values[0])),
            "BETWEEN" => new Between(attribute, new ValueOperand(values[0]), new ValueOperand(values[1])),
            _ => new In(attribute, [.. values.Select(value => new ValueOperand(value))]),
        };
    }

    /// <summary>Checks the shape of a map of conditions (the filter parameters).</summary>
    public static Constraints Conditions(this Constraints constraints, Dictionary<string, AttributeCondition>? conditions, string path)
    {
        foreach (var (name, one) in conditions ?? [])
            constraints.Present(one?.ComparisonOperator, $"{path}.{name}.member.comparisonOperator").Comparison(one?.ComparisonOperator, $"{path}.{name}.member.comparisonOperator");
        return constraints;
    }

    /// <summary>Checks the shape of `Expected`.</summary>
    public static Constraints Expected(this Constraints constraints, Dictionary<string, ExpectedAttributeValue>? expected)
    {
        foreach (var (name, one) in expected ?? [])
            constraints.Present(one, $"expected.{name}.member").Comparison(one?.ComparisonOperator, $"expected.{name}.member.comparisonOperator");
        return constraints;
    }

    public static Constraints ConditionalOperator(this Constraints constraints, string? value) => constraints.OneOf(value, "conditionalOperator", "OR", "AND");

    public static Constraints AttributesToGet(this Constraints constraints, string[]? names, string path = "attributesToGet")
    {
        if (names is null) return constraints;
        constraints.Count(names.Length, path, 1, 255, $"[{string.Join(", ", names)}]");
        for (var i = 0; i < names.Length; i++) constraints.Present(names[i], $"{path}.{i + 1}.member");
        return constraints;
    }

    public static Constraints AttributeUpdates(this Constraints constraints, Dictionary<string, AttributeValueUpdate>? updates)
    {
        foreach (var (name, one) in updates ?? [])
            constraints.Present(one, $"attributeUpdates.{name}.member").OneOf(one?.Action, $"attributeUpdates.{name}.member.action", "ADD", "DELETE", "PUT");
        return constraints;
    }

    private static Constraints Comparison(this Constraints constraints, string? value, string path) => constraints.OneOf(value, path,
        "IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL", "NE", "LE", "BEGINS_WITH", "GE", "CONTAINS");
}

/// <summary>One entry of KeyConditions, QueryFilter or ScanFilter.</summary>
internal sealed record AttributeCondition
{
    [JsonConverter(typeof(WaitingValuesConverter))]
    public AttributeValue[]? AttributeValueList { get; init; }

    public string? ComparisonOperator { get; init; }
}

/// <summary>One entry of Expected.</summary>
internal sealed record ExpectedAttributeValue
{
    [JsonConverter(typeof(WaitingValueConverter))]
    public AttributeValue? Value { get; init; }

    public bool? Exists { get; init; }

    public string? ComparisonOperator { get; init; }

    [JsonConverter(typeof(WaitingValuesConverter))]
    public AttributeValue[]? AttributeValueList { get; init; }
}

/// <summary>One entry of AttributeUpdates.</summary>
internal sealed record AttributeValueUpdate
{
    [JsonConverter(typeof(WaitingValueConverter))]
    public AttributeValue? Value { get; init; }

    public string? Action { get; init; }
}
