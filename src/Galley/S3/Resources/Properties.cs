using System.Globalization;
using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.S3.Resources;

/// <summary>Reading CloudFormation properties: scalars may be text, and a property we do not have is refused by name.</summary>
internal static class Properties
{
    public static JsonObject Only(this JsonObject properties, string owner, params ReadOnlySpan<string> names)
    {
        foreach (var (name, _) in properties)
            if (!names.Contains(name))
                throw Refused(owner, name);
        return properties;
    }

    public static AwsError Refused(string owner, string name) => new("ValidationError", $"Galley does not support the property {name} of {owner}.");

    public static JsonObject? Object(this JsonObject properties, string name) => properties[name] switch
    {
        null => null,
        JsonObject value => value,
        _ => throw new AwsError("ValidationError", $"Value of property {name} must be an object"),
    };

    public static IEnumerable<JsonObject> Objects(this JsonObject properties, string name) => properties[name] switch
    {
        null => [],
        JsonArray list => list.Select(item => item as JsonObject ?? throw new AwsError("ValidationError", $"Value of property {name} must be a list of objects")),
        _ => throw new AwsError("ValidationError", $"Value of property {name} must be of type List"),
    };

    public static string? Text(this JsonObject properties, string name) => properties[name]?.ToString();

    public static List<string> Texts(this JsonObject properties, string name) => properties[name] switch
    {
        null => [],
        JsonArray list => [.. list.Select(item => item?.ToString() ?? "")],
        _ => throw new AwsError("ValidationError", $"Value of property {name} must be of type List of String"),
    };

    public static bool Flag(this JsonObject properties, string name) => properties.Text(name) is { } text
        && (bool.TryParse(text, out var value) ? value : throw new AwsError("ValidationError", $"Value of property {name} must be of type Boolean"));

    public static int? Number(this JsonObject properties, string name) => properties.Text(name) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new AwsError("ValidationError", $"Value of property {name} must be of type Integer");
}
