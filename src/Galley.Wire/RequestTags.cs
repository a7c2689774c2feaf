using System.Text.Json;

namespace Galley.Wire;

/// <summary>
/// The tags in a request, read from its JSON whatever the service: a list of `{Key, Value}` (in KMS `{TagKey, TagValue}`) or a map, under the names AWS's services use.
/// Read only when a policy asks for `aws:RequestTag/…` or `aws:TagKeys`.
/// </summary>
public static class RequestTags
{
    private static readonly string[] Tags = ["Tags", "tags", "UserPoolTags", "IdentityPoolTags"], Names = ["TagKeys", "tagKeys"];

    /// <returns>Names with values of tags to put on; names with null of tags to take off. None for what is no JSON object.</returns>
    public static IEnumerable<KeyValuePair<string, string?>> In(ReadOnlyMemory<byte> json)
    {
        using var document = Parse(json);
        if (document?.RootElement is not { ValueKind: JsonValueKind.Object } root) return [];
        var found = new List<KeyValuePair<string, string?>>();
        foreach (var member in root.EnumerateObject())
            if (Tags.Contains(member.Name)) found.AddRange(Pairs(member.Value));
            else if (Names.Contains(member.Name)) found.AddRange(Texts(member.Value).Select(name => new KeyValuePair<string, string?>(name, null)));
        return found;
    }

    private static IEnumerable<KeyValuePair<string, string?>> Pairs(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => [.. json.EnumerateObject().Select(tag => new KeyValuePair<string, string?>(tag.Name, Text(tag.Value)))],
        JsonValueKind.Array => [.. json.EnumerateArray().Where(tag => tag.ValueKind == JsonValueKind.Object).Select(tag => new KeyValuePair<string, string?>(Member(tag, "Key", "key", "TagKey") ?? "", Member(tag, "Value", "value", "TagValue") ?? ""))],
        _ => [],
    };

    private static IEnumerable<string> Texts(JsonElement json)
        => json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray().Select(Text)] : [Text(json)];

    private static string? Member(JsonElement json, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (json.TryGetProperty(name, out var value))
                return Text(value);
        return null;
    }

    private static string Text(JsonElement json) => json.ValueKind == JsonValueKind.String ? json.GetString()! : json.GetRawText();

    private static JsonDocument? Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return json.Length == 0 ? null : JsonDocument.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
