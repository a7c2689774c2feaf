using System.Text.Json.Nodes;

namespace Galley.CloudFormation.Template;

/// <summary>
/// The transform `AWS::LanguageExtensions`: `Fn::ForEach` loops written out, and functions in deletion policies. Its other functions
/// (`Fn::Length`, `Fn::ToJsonString`, defaults of `Fn::FindInMap`) are resolved with all the rest.
/// AWS: CloudFormation user guide, "AWS::LanguageExtensions transform".
/// </summary>
internal sealed class LanguageExtensions(Intrinsics values)
{
    public const string Name = "AWS::LanguageExtensions";

    private const string Loop = "Fn::ForEach";
    private const int MaxNodes = 200_000;

    private int _nodes;

    /// <summary>The template without loops; the given one is not touched.</summary>
    public JsonObject Expand(JsonObject root)
    {
        var whole = (JsonObject)Named(Written(root))!;
        foreach (var (name, node) in whole["Resources"] as JsonObject ?? [])
            foreach (var policy in (string[])["DeletionPolicy", "UpdateReplacePolicy"])
                if (node is JsonObject resource && resource[policy] is JsonObject function)
                    resource[policy] = values.ResolveText(function, $"/Resources/{name}/{policy}");
        return whole;
    }

    /// <summary>The name in `Ref` and the first one of `Fn::GetAtt` may be functions over parameters: `!GetAtt [!Sub 'Bucket${Name}', Arn]` in a loop.</summary>
    private JsonNode? Named(JsonNode? node) => node switch
    {
        JsonObject { Count: 1 } call when call.First() is ("Ref", JsonObject name) => new JsonObject { ["Ref"] = values.ResolveText(name, "Ref") },
        JsonObject { Count: 1 } call when call.First() is ("Fn::GetAtt", JsonArray { Count: 2 } two) && two[0] is JsonObject name => new JsonObject { ["Fn::GetAtt"] = new JsonArray(values.ResolveText(name, "Fn::GetAtt"), two[1]?.DeepClone()) },
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Named(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Named)]),
        _ => node?.DeepClone(),
    };

    private JsonNode? Written(JsonNode? node)
    {
        if (++_nodes > MaxNodes) throw Errors.Template($"the loops of the template make more than {MaxNodes} values.");
        switch (node)
        {
            case JsonObject map:
                var written = new JsonObject();
                foreach (var (name, value) in map)
                {
                    if (!name.StartsWith(Loop, StringComparison.Ordinal))
                    {
                        Add(written, name, Written(value));
                        continue;
                    }

                    foreach (var turn in Turns(name, value))
                        foreach (var (member, made) in (JsonObject)Written(turn)!)
                            Add(written, member, made?.DeepClone());
                }

                return written;
            case JsonArray list:
                return new JsonArray([.. list.Select(Written)]);
            default:
                return node?.DeepClone();
        }
    }

    private static void Add(JsonObject map, string name, JsonNode? value)
    {
        if (!map.TryAdd(name, value)) throw Errors.Template($"Fn::ForEach makes the key {name} twice.");
    }

    /// <summary>The body of a loop once for each item: `[identifier, collection, { key: value }]`.</summary>
    private IEnumerable<JsonObject> Turns(string name, JsonNode? loop)
    {
        if (loop is not JsonArray { Count: 3 } parts || Scalars.Text(parts[0]) is not { Length: > 0 } identifier || parts[2] is not JsonObject body || !name.StartsWith(Loop + "::", StringComparison.Ordinal))
            throw Errors.Template($"{name} must be a list of an identifier, a collection and a map.");
        if (values.Resolve(parts[1]) is not JsonArray items) throw Errors.Template($"the collection of {name} must be a list.");
        foreach (var item in items)
            yield return (JsonObject)Substitute(body, identifier, Scalars.Text(item) ?? throw Errors.Template($"the collection of {name} must hold text only."))!;
    }

    private JsonNode? Substitute(JsonNode? node, string identifier, string item)
    {
        if (++_nodes > MaxNodes) throw Errors.Template($"the loops of the template make more than {MaxNodes} values.");
        return node switch
        {
            JsonObject { Count: 1 } map when map.First() is ("Ref", JsonValue name) && Scalars.Text(name) == identifier => JsonValue.Create(item),
            JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(Text(pair.Key), Substitute(pair.Value, identifier, item)))),
            JsonArray list => new JsonArray([.. list.Select(one => Substitute(one, identifier, item))]),
            JsonValue value when value.TryGetValue<string>(out var text) => JsonValue.Create(Text(text)),
            _ => node?.DeepClone(),
        };

        // `&{x}` is the item without what a logical id may not hold.
        string Text(string text) => text
            .Replace("${" + identifier + "}", item, StringComparison.Ordinal)
            .Replace("&{" + identifier + "}", string.Concat(item.Where(char.IsAsciiLetterOrDigit)), StringComparison.Ordinal);
    }
}
