using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Deploy;

/// <summary>What differs between two sets of resolved properties; `10` and `"10"` are the same to a template.</summary>
internal static class Differences
{
    /// <summary>Names of the top-level properties that differ.</summary>
    public static List<string> Between(JsonObject before, JsonObject after)
        => [.. before.Select(pair => pair.Key).Union(after.Select(pair => pair.Key)).Where(name => !Same(before[name], after[name])).Order(StringComparer.Ordinal)];

    public static bool Same(JsonNode? a, JsonNode? b) => (a, b) switch
    {
        (null, null) => true,
        (JsonValue left, JsonValue right) => Scalars.Text(left) == Scalars.Text(right),
        (JsonArray left, JsonArray right) => left.Count == right.Count && left.Zip(right).All(pair => Same(pair.First, pair.Second)),
        (JsonObject left, JsonObject right) => left.Count == right.Count && left.All(pair => right.TryGetPropertyValue(pair.Key, out var other) && Same(pair.Value, other)),
        _ => false,
    };
}
