using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Galley.Wire;

namespace Galley.ApiGateway.Resources;

/// <summary>
/// Template properties (`RouteKey`) as the requests of the API (`routeKey`): the same members under the same contract, so a property
/// that Galley does not support is refused by name here too. Maps keep their keys as they are.
/// </summary>
internal static class Properties
{
    public static T Read<T>(JsonObject properties, JsonTypeInfo<T> type, params ReadOnlySpan<string> maps)
    {
        try
        {
            var members = Camel(properties, maps);
            if (members["responseParameters"] is JsonObject responses) members["responseParameters"] = Responses(responses);
            return ScalarText.Fit(members, type).Deserialize(type)!;
        }
        catch (JsonException e)
        {
            var member = e.Message.StartsWith("The JSON property '", StringComparison.Ordinal) ? e.Message.Split('\'')[1] : null;
            throw member is null
                ? Errors.BadRequest($"Invalid value at {e.Path?.TrimStart('$', '.')}")
                : Errors.Unsupported("the property " + char.ToUpperInvariant(member[0]) + member[1..]);
        }
    }

    public static string? Text(JsonObject properties, string name) => properties[name]?.ToString();

    /// <summary>Templates list an integration's response mappings as sources and destinations; the API has them as a map.</summary>
    private static JsonObject Responses(JsonObject statuses)
    {
        var result = new JsonObject();
        foreach (var (status, value) in statuses)
        {
            if ((value as JsonObject)?["responseParameters"] is not JsonArray list) throw Errors.BadRequest($"ResponseParameters of {status} must be a list named ResponseParameters");
            var map = new JsonObject();
            foreach (var mapping in list.OfType<JsonObject>()) map[mapping["destination"]?.ToString() ?? ""] = mapping["source"]?.DeepClone() ?? "";
            result[status] = map;
        }

        return result;
    }

    private static JsonObject Camel(JsonObject json, ReadOnlySpan<string> maps)
    {
        var result = new JsonObject();
        foreach (var (name, value) in json)
        {
            var key = char.ToLowerInvariant(name[0]) + name[1..];
            if (!maps.Contains(name)) result[key] = Deep(value);
            else if (value is JsonObject map) result[key] = new JsonObject(map.Select(pair => new KeyValuePair<string, JsonNode?>(pair.Key, Deep(pair.Value))));
            else result[key] = value?.DeepClone();
        }

        return result;
    }

    private static JsonNode? Deep(JsonNode? value) => value switch
    {
        JsonObject nested => Camel(nested, []),
        JsonArray list => new JsonArray([.. list.Select(Deep)]),
        _ => value?.DeepClone(),
    };
}
