using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Galley.Wire;

/// <summary>
/// A template's scalars as a contract wants them: CloudFormation writes a number or a boolean out where the resource has text, at any
/// depth. For contracts shared with an API, whose own requests must spell text as text; the others take <see cref="ScalarTextConverter"/>.
/// </summary>
public static class ScalarText
{
    /// <summary>Changes the node in place; what the contract does not know stays, to be refused by it.</summary>
    public static JsonNode? Fit(JsonNode? node, JsonTypeInfo contract)
    {
        switch (node)
        {
            case JsonValue value when contract.Type == typeof(string):
                return value.GetValueKind() switch
                {
                    JsonValueKind.True => "true",
                    JsonValueKind.False => "false",
                    JsonValueKind.Number => value.ToJsonString(),
                    _ => value,
                };
            case JsonObject map when contract.Kind == JsonTypeInfoKind.Object:
                foreach (var property in contract.Properties)
                    if (map[property.Name] is { } member) Replace(member, Fit(member, contract.Options.GetTypeInfo(property.PropertyType)), fitted => map[property.Name] = fitted);
                return map;
            case JsonObject map when contract.Kind == JsonTypeInfoKind.Dictionary:
                foreach (var (name, member) in map.ToList()) Replace(member, Fit(member, contract.Options.GetTypeInfo(contract.ElementType!)), fitted => map[name] = fitted);
                return map;
            case JsonArray list when contract.Kind == JsonTypeInfoKind.Enumerable:
                for (var i = 0; i < list.Count; i++)
                {
                    var at = i;
                    Replace(list[i], Fit(list[i], contract.Options.GetTypeInfo(contract.ElementType!)), fitted => list[at] = fitted);
                }

                return list;
            default:
                return node;
        }
    }

    private static void Replace(JsonNode? old, JsonNode? fitted, Action<JsonNode?> put)
    {
        if (!ReferenceEquals(old, fitted)) put(fitted);
    }
}
