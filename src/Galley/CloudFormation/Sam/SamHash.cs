using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Galley.CloudFormation.Sam;

/// <summary>
/// The ten digits that SAM puts behind names of what must be made anew when its content changes: SHA-1 over compact JSON with sorted
/// names and ASCII only, so that a template deployed here and on AWS has the same resources.
/// </summary>
internal static class SamHash
{
    private const int Digits = 10;

    /// <summary>Empty for nothing at all; text is hashed as it is.</summary>
    public static string Of(JsonNode? data)
    {
        if (data is null or JsonObject { Count: 0 } || data is JsonValue value && value.GetValueKind() == JsonValueKind.String && value.GetValue<string>().Length == 0) return "";
        var text = new StringBuilder();
        if (data is JsonValue single && single.GetValueKind() == JsonValueKind.String) text.Append(single.GetValue<string>());
        else Write(data, text);
#pragma warning disable CA5350 // a name, not a proof: SAM's own are SHA-1
        return Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..Digits];
#pragma warning restore CA5350
    }

    private static void Write(JsonNode? node, StringBuilder text)
    {
        switch (node)
        {
            case JsonObject map:
                text.Append('{');
                foreach (var (name, member) in map.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    if (text[^1] != '{') text.Append(',');
                    Write(name, text);
                    text.Append(':');
                    Write(member, text);
                }

                text.Append('}');
                break;
            case JsonArray list:
                text.Append('[');
                for (var i = 0; i < list.Count; i++)
                {
                    if (i > 0) text.Append(',');
                    Write(list[i], text);
                }

                text.Append(']');
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                Write(value.GetValue<string>(), text);
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.Number && value.ToJsonString() is var digits && digits.AsSpan().ContainsAny('.', 'e', 'E'):
                var number = double.Parse(digits, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture);
                text.Append(number.AsSpan().ContainsAny('.', 'E') ? number : number + ".0");
                break;
            default:
                text.Append(node?.ToJsonString() ?? "null");
                break;
        }
    }

    private static void Write(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (var letter in value)
            text.Append(letter switch
            {
                '"' => "\\\"",
                '\\' => @"\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\f' => "\\f",
                '\b' => "\\b",
                >= ' ' and <= '\x7f' => letter.ToString(),
                _ => $"\\u{(int)letter:x4}",
            });
        text.Append('"');
    }
}
