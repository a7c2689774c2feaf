using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <param name="Name">Logical id.</param>
/// <param name="Properties">Own and global ones.</param>
/// <param name="Attributes">Condition, DependsOn and the like.</param>
internal sealed record SamResource(string Name, JsonObject Properties, JsonObject Attributes)
{
    public string? Condition => Scalars.Text(Attributes["Condition"]);

    /// <summary>Refuses properties outside <paramref name="known"/>.</summary>
    public void Allow(params ReadOnlySpan<string> known) => Allow(Properties, "", known);

    /// <summary>Refuses members of <paramref name="map"/> outside <paramref name="known"/>.</summary>
    /// <param name="map">A property, or a part of one.</param>
    /// <param name="where">Where it is, for the message: ` of Auth`.</param>
    /// <param name="known">Names of its members.</param>
    public void Allow(JsonObject map, string where, params ReadOnlySpan<string> known)
    {
        foreach (var (member, _) in map)
            if (!known.Contains(member))
                throw SamErrors.Resource(Name, $"Galley does not support the property {member}{where}.");
    }

    public JsonObject Map(string property) => Properties[property] switch
    {
        null => [],
        JsonObject map => map,
        _ => throw SamErrors.Resource(Name, $"Property '{property}' should be a map."),
    };

    public bool IsTrue(string property) => Scalars.Text(Properties[property]) is { } text && bool.TryParse(text, out var value) && value;

    /// <summary>The plain resource, with those attributes that go on to what is made.</summary>
    public JsonObject Make(string type, JsonObject properties, bool itself = false, string[]? dependsOn = null)
    {
        var made = new JsonObject { ["Type"] = type };
        foreach (var (attribute, value) in Attributes)
            if (itself || attribute is "Condition" or "DeletionPolicy" or "UpdateReplacePolicy")
                made.Add(attribute, value?.DeepClone());
        if (dependsOn is not null) made["DependsOn"] = new JsonArray([.. dependsOn.Select(name => JsonValue.Create(name))]);
        made.Add("Properties", properties);
        return made;
    }

    public void Copy(JsonObject to, params ReadOnlySpan<string> properties) => SamNodes.Copy(Properties, to, properties);
}

internal static class SamNodes
{
    public static JsonObject Ref(string name) => new() { ["Ref"] = name };

    public static JsonObject GetAtt(string name, string attribute) => new() { ["Fn::GetAtt"] = new JsonArray(name, attribute) };

    public static JsonObject If(string condition, JsonNode? value) => new() { ["Fn::If"] = new JsonArray(condition, value, Ref("AWS::NoValue")) };

    /// <summary>The three arguments of an `Fn::If`; null for anything else.</summary>
    public static JsonArray? IfOf(JsonNode? node) => node is JsonObject { Count: 1 } call && call["Fn::If"] is JsonArray { Count: 3 } three ? three : null;

    public static bool IsNoValue(JsonNode? node) => node is JsonObject { Count: 1 } call && Scalars.Text(call["Ref"]) == "AWS::NoValue";

    public static bool IsFunction(JsonNode? node) => node is JsonObject { Count: 1 } map && map.First().Key is var name && (name is "Ref" or "Condition" || name.StartsWith("Fn::", StringComparison.Ordinal));

    /// <summary>Both branches of an `Fn::If`, without `AWS::NoValue`, or the node itself.</summary>
    public static IEnumerable<JsonNode?> Branches(JsonNode? node) => IfOf(node) is { } fork ? fork.Skip(1).Where(branch => !IsNoValue(branch)) : [node];

    public static void Copy(JsonObject from, JsonObject to, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (from[name] is { } value)
                to[name] = value.DeepClone();
    }

    /// <summary>A map of tags as the list most resources take.</summary>
    public static JsonArray TagList(JsonObject tags) => new([.. tags.Select(tag => (JsonNode)new JsonObject { ["Key"] = tag.Key, ["Value"] = tag.Value?.DeepClone() })]);

    /// <summary>Bucket, key and version of `s3://bucket/key?versionId=v` or of the map that says the same; null when it is neither.</summary>
    public static JsonObject? Place(JsonNode? uri)
    {
        if (uri is JsonObject map) return map["Bucket"] is null || map["Key"] is null ? null : map;
        if (Scalars.Text(uri) is not { } text || !text.StartsWith("s3://", StringComparison.Ordinal) || text[5..].Split('/', 2) is not [{ Length: > 0 } bucket, { Length: > 0 } rest]) return null;
        var (key, query) = rest.Split('?', 2) is [var before, var after] ? (before, after) : (rest, "");
        var place = new JsonObject { ["Bucket"] = bucket, ["Key"] = key };
        if (query.Split('&').FirstOrDefault(part => part.StartsWith("versionId=", StringComparison.Ordinal)) is { Length: > 10 } version) place["Version"] = version[10..];
        return place;
    }

    /// <summary>The same as the `Code` of a function or the `Content` of a layer.</summary>
    public static JsonObject Code(SamResource resource, string property)
    {
        var place = Place(resource.Properties[property]) ?? throw SamErrors.Resource(resource.Name, resource.Properties[property] is JsonObject
            ? $"'{property}' requires Bucket and Key properties to be specified."
            : $"'{property}' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.");
        var code = new JsonObject { ["S3Bucket"] = place["Bucket"]!.DeepClone(), ["S3Key"] = place["Key"]!.DeepClone() };
        if (place["Version"] is { } version) code["S3ObjectVersion"] = version.DeepClone();
        return code;
    }
}

internal static class SamErrors
{
    public static Wire.AwsError Resource(string name, string why)
        => Errors.Validation($"Transform {SamTransform.Name} failed with: Invalid Serverless Application Specification document. Number of errors found: 1. Resource with id [{name}] is invalid. {why}");

    public static Wire.AwsError Event(string name, string id, string why) => Resource(name, $"Event with id [{id}] is invalid. {why}");
}
