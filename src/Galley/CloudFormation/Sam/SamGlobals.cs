using System.Text.Json.Nodes;

namespace Galley.CloudFormation.Sam;

/// <summary>The Globals section: maps are merged into a resource's own, lists are put before them, scalars give way.</summary>
internal sealed class SamGlobals
{
    private static readonly HashSet<string> Sections = ["Function", "HttpApi", "SimpleTable"];

    private readonly JsonObject _globals;

    public SamGlobals(JsonNode? globals)
    {
        _globals = globals switch { null => [], JsonObject map => map, _ => throw Errors.Template("Globals must be a map.") };
        foreach (var (section, _) in _globals)
            if (!Sections.Contains(section))
                throw Errors.NotSupported($"the section {section} of Globals");
    }

    public JsonObject Merge(string kind, JsonObject own) => _globals[kind] is JsonObject shared ? (JsonObject)Merge(shared, own) : own;

    private static JsonNode Merge(JsonNode shared, JsonNode own) => (shared, own) switch
    {
        (JsonObject a, JsonObject b) when !IsFunction(a) && !IsFunction(b) => Merge(a, b),
        (JsonArray a, JsonArray b) => new JsonArray([.. a.Concat(b).Select(item => item?.DeepClone())]),
        _ => own.DeepClone(),
    };

    private static JsonObject Merge(JsonObject shared, JsonObject own)
    {
        var merged = (JsonObject)shared.DeepClone();
        foreach (var (name, value) in own)
            merged[name] = value is not null && shared[name] is { } other ? Merge(other, value) : value?.DeepClone();
        return merged;
    }

    private static bool IsFunction(JsonObject map) => map.Count == 1 && map.First().Key is var name && (name == "Ref" || name.StartsWith("Fn::", StringComparison.Ordinal));
}
