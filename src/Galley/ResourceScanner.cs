using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Galley.Wire;

namespace Galley;

/// <summary>Says what there is of a resource type, by whomever it was made: CloudFormation scans it and writes templates of it.</summary>
/// <param name="Type">`AWS::DynamoDB::Table`</param>
/// <param name="Action">What whoever scans needs the right to: `dynamodb:DescribeTable`.</param>
/// <param name="Scan">Everything of the type in the call's account and region.</param>
internal sealed record ResourceScanner(string Type, string Action, Func<Call, ValueTask<IReadOnlyList<ScannedResource>>> Scan);

/// <param name="PhysicalId">What `Ref` gives.</param>
/// <param name="Properties">What a template says to have it again; what it need not say is left out.</param>
internal sealed record ScannedResource(string PhysicalId, JsonObject Properties)
{
    /// <summary>The primary identifier of the type's schema, by property: `{"ApiId": …, "RouteId": …}`.</summary>
    public required IReadOnlyDictionary<string, string> Identifier { get; init; }

    /// <summary>What `Fn::GetAtt` gives.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();

    /// <summary>A word for its logical id.</summary>
    public required string Label { get; init; }

    /// <summary>Members that no template may hold, as paths (`ProviderDetails.client_secret`): parameters take their places.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>Members that cannot be read back, such as a function's code: parameters take their places too.</summary>
    public IReadOnlyList<string> WriteOnly { get; init; } = [];

    /// <summary>The resource that it goes with, by type and physical id: routes go with their API.</summary>
    public (string Type, string PhysicalId)? Parent { get; init; }
}

/// <summary>Turning what is kept into what a template says.</summary>
internal static class Described
{
    /// <summary>The members of the value that the contract has and that say something: no nulls, empty lists, maps and texts.</summary>
    public static JsonObject As<T>(T value, JsonTypeInfo<T> type, params ReadOnlySpan<string> members)
    {
        var all = JsonSerializer.SerializeToNode(value, type)!.AsObject();
        var kept = new JsonObject();
        foreach (var member in members)
            if (all.Remove(member, out var found) && Trimmed(found) is { } said)
                kept[member] = said;
        return kept;
    }

    /// <summary>`routeKey` as `RouteKey`, at every depth outside maps of the user's names.</summary>
    public static JsonObject Pascal(JsonObject members, params string[] maps) => new(members.Select(pair => KeyValuePair.Create(
        char.ToUpperInvariant(pair.Key[0]) + pair.Key[1..],
        maps.Contains(pair.Key) ? pair.Value?.DeepClone() : Deep(pair.Value))));

    /// <summary>The same with one more member; null adds none.</summary>
    public static JsonObject Saying(this JsonObject map, string name, JsonNode? value)
    {
        if (value is not null) map[name] = value;
        return map;
    }

    public static JsonArray Tags(IEnumerable<KeyValuePair<string, string>> tags) => new([.. tags.Select(tag => (JsonNode)new JsonObject { ["Key"] = tag.Key, ["Value"] = tag.Value })]);

    public static Dictionary<string, string> Of(params ReadOnlySpan<(string Name, string Value)> pairs)
    {
        var map = new Dictionary<string, string>();
        foreach (var (name, value) in pairs) map[name] = value;
        return map;
    }

    /// <summary>Null for what says nothing.</summary>
    public static JsonNode? Trimmed(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Trimmed(pair.Value))).Where(pair => pair.Value is not null)) is { Count: > 0 } trimmed ? trimmed : null,
        JsonArray { Count: 0 } => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String && value.GetValue<string>().Length == 0 => null,
        _ => node?.DeepClone(),
    };

    private static JsonNode? Deep(JsonNode? node) => node switch
    {
        JsonObject map => Pascal(map),
        JsonArray list => new JsonArray([.. list.Select(Deep)]),
        _ => node?.DeepClone(),
    };
}
