using System.Text.Json.Nodes;

namespace Galley.CloudFormation.Audit;

/// <summary>Looking into properties whose values may be functions: a function is not known and never a finding by itself.</summary>
internal static class Reading
{
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path) node = node is JsonObject map ? map[name] : null;
        return node;
    }

    /// <summary>Text of a scalar, numbers and booleans as text; null for a function.</summary>
    public static string? Text(this JsonNode? node) => node is JsonValue value ? value.ToString() : null;

    public static bool Is(this JsonNode? node, string text) => string.Equals(node.Text(), text, StringComparison.OrdinalIgnoreCase);

    public static bool Says(this JsonNode? node, bool value) => node.Is(value ? "true" : "false");

    public static double? Number(this JsonNode? node) => double.TryParse(node.Text(), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A list, or one thing as a list of it.</summary>
    public static IEnumerable<JsonNode> Items(this JsonNode? node) => node switch
    {
        null => [],
        JsonArray list => list.OfType<JsonNode>(),
        _ => [node],
    };

    public static IEnumerable<string> Texts(this JsonNode? node) => node.Items().Select(item => item.Text()).OfType<string>();

    public static IEnumerable<JsonObject> Objects(this JsonNode? node) => node.Items().OfType<JsonObject>();

    /// <summary>Every text in it, those inside functions too: enough to see what a value is made of.</summary>
    public static string Flat(this JsonNode? node) => node?.ToJsonString() ?? "";

    /// <summary>The statements of a policy document.</summary>
    public static IEnumerable<JsonObject> Statements(this JsonNode? document) => document.At("Statement").Objects();

    public static bool Allows(this JsonObject statement) => statement["Effect"].Is("Allow");

    /// <summary>`"*"` or `{"AWS":"*"}`.</summary>
    public static bool MeansEverybody(this JsonObject statement) => statement["Principal"].Is("*") || statement["Principal"].At("AWS").Texts().Contains("*");
}
