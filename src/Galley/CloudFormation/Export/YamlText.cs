using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Galley.CloudFormation.Export;

/// <summary>A template as YAML that people read: block style, short forms of the functions, quotes only where they are needed.</summary>
internal static partial class YamlText
{
    public static string Write(JsonObject template)
    {
        var text = new StringBuilder();
        Map(template, 0, text);
        return text.ToString();
    }

    private static void Map(JsonObject map, int depth, StringBuilder text)
    {
        foreach (var (name, value) in map)
        {
            text.Append(' ', depth * 2).Append(Scalar(name)).Append(':');
            Value(value, depth, text);
        }
    }

    private static void Value(JsonNode? value, int depth, StringBuilder text)
    {
        switch (value)
        {
            case JsonObject { Count: 1 } call when Short(call) is { } written:
                text.Append(' ').Append(written).Append('\n');
                break;
            case JsonObject { Count: 0 }:
                text.Append(" {}\n");
                break;
            case JsonObject map:
                text.Append('\n');
                Map(map, depth + 1, text);
                break;
            case JsonArray { Count: 0 }:
                text.Append(" []\n");
                break;
            case JsonArray list:
                text.Append('\n');
                foreach (var item in list)
                {
                    text.Append(' ', depth * 2 + 2).Append('-');
                    // The first member of a map stands behind the dash.
                    if (item is JsonObject { Count: > 0 } map && Short(map) is null)
                    {
                        var inner = new StringBuilder();
                        Map(map, depth + 2, inner);
                        text.Append(' ').Append(inner.ToString().AsSpan((depth + 2) * 2));
                    }
                    else Value(item, depth + 1, text);
                }

                break;
            case JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String && scalar.GetValue<string>() is var lines && lines.Contains('\n', StringComparison.Ordinal) && Block().IsMatch(lines):
                text.Append(lines.EndsWith('\n') ? " |\n" : " |-\n");
                foreach (var line in lines.TrimEnd('\n').Split('\n')) text.Append(line.Length == 0 ? "" : new string(' ', depth * 2 + 2)).Append(line).Append('\n');
                break;
            case JsonValue scalar:
                text.Append(' ').Append(scalar.GetValueKind() == JsonValueKind.String ? Scalar(scalar.GetValue<string>()) : scalar.ToJsonString()).Append('\n');
                break;
            default:
                text.Append(" null\n");
                break;
        }
    }

    private static string? Short(JsonObject call) => call.Count != 1 ? null : call.First() switch
    {
        ("Ref", JsonValue name) => $"!Ref {name}",
        ("Fn::GetAtt", JsonArray { Count: 2 } two) when two[1] is JsonValue => $"!GetAtt {two[0]}.{two[1]}",
        ("Fn::Sub", JsonValue text) => $"!Sub {Scalar(text.GetValue<string>())}",
        _ => null,
    };

    /// <summary>Plain where YAML 1.1 reads the same text, else in quotes.</summary>
    private static string Scalar(string text) => Plain().IsMatch(text) && !Word().IsMatch(text) ? text
        : text.Any(letter => letter < ' ' || letter > '~') ? JsonValue.Create(text).ToJsonString()
        : string.Create(CultureInfo.InvariantCulture, $"'{text.Replace("'", "''", StringComparison.Ordinal)}'");

    [GeneratedRegex(@"\A(?:[A-Za-z/$](?:[A-Za-z0-9_./$*{}=+()-]|:(?=[^\s])|(?<=[^\s]) (?=[A-Za-z0-9(]))*|/)\z")]
    private static partial Regex Plain();

    /// <summary>Words that YAML 1.1 takes for something else, and what looks like one.</summary>
    [GeneratedRegex(@"\A(?:y|n|yes|no|on|off|true|false|null)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Word();

    /// <summary>Lines that a literal block keeps: no tabs or other control characters, no line that begins with a space first, no empty end but one.</summary>
    [GeneratedRegex(@"\A(?!\s)[^\x00-\x09\x0b-\x1f\x7f]*(?<!\n\n)\z")]
    private static partial Regex Block();
}
