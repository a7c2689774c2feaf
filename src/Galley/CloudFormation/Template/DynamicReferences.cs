using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.Wire;

namespace Galley.CloudFormation.Template;

/// <summary>
/// `{{resolve:ssm:name:version}}` in properties, read at the moment a resource is made and never stored resolved.
/// Secrets Manager's and `ssm-secure` are refused by name.
/// </summary>
internal static partial class DynamicReferences
{
    /// <summary>Refuses those that nobody here can resolve.</summary>
    public static void Check(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (_, value) in map) Check(value);
                break;
            case JsonArray list:
                foreach (var item in list) Check(item);
                break;
            default:
                if (Scalars.Text(node) is { } text && Ssm().Replace(text, "").Contains("{{resolve:", StringComparison.Ordinal)) throw Errors.NotSupported("dynamic references such as " + text);
                break;
        }
    }

    /// <summary>The properties with every reference replaced by what it refers to.</summary>
    public static async ValueTask<JsonObject> Resolve(JsonObject properties, IReadParameters parameters, Call call)
        => (JsonObject)(await Node(properties, parameters, call))!;

    private static async ValueTask<JsonNode?> Node(JsonNode? node, IReadParameters parameters, Call call)
    {
        switch (node)
        {
            case JsonObject map:
                var resolved = new JsonObject();
                foreach (var (name, value) in map) resolved.Add(name, await Node(value, parameters, call));
                return resolved;
            case JsonArray list:
                var items = new JsonArray();
                foreach (var item in list) items.Add(await Node(item, parameters, call));
                return items;
            case JsonValue value when value.TryGetValue<string>(out var text) && Ssm().IsMatch(text):
                foreach (Match match in Ssm().Matches(text))
                {
                    var (name, version) = (match.Groups[1].Value, match.Groups[2].Success ? match.Groups[2].Value : null);
                    text = text.Replace(match.Value, await parameters.Read(name, version, call)
                        ?? throw Errors.Validation($"Parameters: [{name}] cannot be found."), StringComparison.Ordinal);
                }

                return JsonValue.Create(text);
            default:
                return node?.DeepClone();
        }
    }

    [GeneratedRegex(@"\{\{resolve:ssm:([a-zA-Z0-9_.\-/]+)(?::([0-9]+))?\}\}")]
    private static partial Regex Ssm();
}
