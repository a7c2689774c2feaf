using System.Text.Json;
using System.Text.Json.Nodes;

namespace Galley.CloudFormation.Template;

/// <summary>Scalars as CloudFormation writes them into text: numbers as spelled, booleans as `true` and `false`.</summary>
internal static class Scalars
{
    public static string Text(JsonValue value) => value.GetValueKind() switch
    {
        JsonValueKind.String => value.GetValue<string>(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => value.ToJsonString(),
    };

    /// <summary>The text of a scalar; null for anything else.</summary>
    public static string? Text(JsonNode? node) => node is JsonValue value ? Text(value) : null;
}
