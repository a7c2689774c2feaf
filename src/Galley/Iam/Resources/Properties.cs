using System.Globalization;
using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.Iam.Resources;

/// <summary>Reading CloudFormation properties: scalars may be text, and a property we do not have is refused by name.</summary>
internal static class Properties
{
    private const int LongestName = 64, Suffix = 13;

    public static JsonObject Only(this JsonObject properties, string owner, params ReadOnlySpan<string> names)
    {
        foreach (var (name, _) in properties)
            if (!names.Contains(name))
                throw Errors.Validation($"Galley does not support the property {name} of {owner}.");
        return properties;
    }

    public static string? Text(this JsonObject properties, string name) => properties[name]?.ToString();

    public static string Needed(this JsonObject properties, string owner, string name)
        => properties.Text(name) ?? throw Errors.Validation($"Property {name} of {owner} cannot be empty.");

    public static int? Number(this JsonObject properties, string name) => properties.Text(name) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Errors.Validation($"Value of property {name} must be of type Integer");

    public static List<string> Texts(this JsonObject properties, string name) => properties[name] switch
    {
        null => [],
        JsonArray list => [.. list.Select(item => item?.ToString() ?? "").Distinct()],
        _ => throw Errors.Validation($"Value of property {name} must be of type List of String"),
    };

    public static IEnumerable<JsonObject> Objects(this JsonObject properties, string name) => properties[name] switch
    {
        null => [],
        JsonArray list => list.Select(item => item as JsonObject ?? throw Errors.Validation($"Value of property {name} must be a list of objects")),
        _ => throw Errors.Validation($"Value of property {name} must be of type List"),
    };

    /// <summary>A policy: an object, or its text.</summary>
    public static string? Document(this JsonObject properties, string name) => properties[name] switch
    {
        null => null,
        JsonObject document => document.ToJsonString(),
        var text => text.ToString(),
    };

    public static IReadOnlyList<Tag> Tags(this JsonObject properties)
        => [.. properties.Objects("Tags").Select(tag => new Tag(tag.Needed("Tag", "Key"), tag.Text("Value") ?? ""))];

    /// <summary>`Policies`: name and document of each inline policy.</summary>
    public static Dictionary<string, string> Policies(this JsonObject properties)
    {
        var policies = new Dictionary<string, string>();
        foreach (var policy in properties.Objects("Policies"))
            policies[policy.Only("Policy", "PolicyName", "PolicyDocument").Needed("Policy", "PolicyName")] = policy.Document("PolicyDocument") ?? "";
        return policies;
    }

    /// <summary>IAM's names are shorter than the stack's may be; the random end stays.</summary>
    public static string Short(string name) => name.Length <= LongestName ? name : name[..(LongestName - Suffix)] + name[^Suffix..];

    public static Resource Resource(string id, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        var all = new Dictionary<string, string>();
        foreach (var (name, value) in attributes) all[name] = value;
        return new Resource(id, all);
    }
}
