using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB.Judges;

/// <summary>Conditions in the form from before expressions.</summary>
internal static class ModelLegacy
{
    private static readonly Dictionary<string, string> Operators = new() { ["="] = "EQ", ["<"] = "LT", ["<="] = "LE", [">"] = "GT", [">="] = "GE" };

    /// <summary>`KeyConditions`</summary>
    public static JsonObject KeyConditions(ModelCondition condition) => condition switch
    {
        ModelCondition.Both both => new([.. KeyConditions(both.Left).Concat(KeyConditions(both.Right)).Select(part => KeyValuePair.Create(part.Key, part.Value?.DeepClone()))]),
        ModelCondition.Compare compare => Of(compare.Path, Operators[compare.Operator], compare.Value!),
        ModelCondition.Between between => Of(between.Path, "BETWEEN", between.Low, between.High),
        ModelCondition.BeginsWith begins => Of(begins.Path, "BEGINS_WITH", begins.Prefix),
        _ => throw new ArgumentException($"no key condition: {condition}"),
    };

    /// <summary>`Expected`; null for what it cannot say.</summary>
    public static JsonObject? Expected(ModelCondition condition) => condition switch
    {
        ModelCondition.Exists { Path.Steps.Count: 0 } exists => Of(exists.Path, exists.Wanted ? "NOT_NULL" : "NULL"),
        ModelCondition.Compare { Path.Steps.Count: 0, Operator: "=", Value: { } value, Size: false } compare => Of(compare.Path, "EQ", value),
        _ => null,
    };

    private static JsonObject Of(ModelPath path, string comparison, params ModelValue[] values)
    {
        var one = new JsonObject { ["ComparisonOperator"] = comparison };
        if (values.Length > 0) one["AttributeValueList"] = new JsonArray([.. values.Select(value => value.Json())]);
        return new JsonObject { [path.Root] = one };
    }
}
