using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Galley.Tests.Functions;

/// <summary>Whether a type has a place for all that an event says.</summary>
public static class Places
{
    /// <summary>The event as its type; that it says something the type cannot hold is an error.</summary>
    public static T Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
    {
        var value = JsonSerializer.Deserialize(json, type)!;
        var lost = Lost(JsonElement.Parse(json), JsonSerializer.SerializeToElement(value, type), "").ToList();
        return lost.Count == 0 ? value : throw new InvalidOperationException($"{typeof(T).Name} has no place for {string.Join(", ", lost)}");
    }

    private static IEnumerable<string> Lost(JsonElement said, JsonElement kept, string at) => (said.ValueKind, kept.ValueKind) switch
    {
        (JsonValueKind.Null, _) => [],
        (JsonValueKind.Object, JsonValueKind.Object) => said.EnumerateObject().SelectMany(member =>
        {
            var same = kept.EnumerateObject().Where(other => other.Name.Equals(member.Name, StringComparison.OrdinalIgnoreCase)).ToList();
            return same.Count == 0 ? member.Value.ValueKind == JsonValueKind.Null ? [] : [$"{at}.{member.Name}"] : Lost(member.Value, same[0].Value, $"{at}.{member.Name}");
        }),
        (JsonValueKind.Array, JsonValueKind.Array) => said.GetArrayLength() != kept.GetArrayLength() ? [at] : said.EnumerateArray().Zip(kept.EnumerateArray()).SelectMany(pair => Lost(pair.First, pair.Second, at + "[]")),
        _ => said.ValueKind == kept.ValueKind ? [] : [at],
    };
}
