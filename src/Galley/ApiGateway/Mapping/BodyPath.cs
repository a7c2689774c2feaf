using System.Text.Json;

namespace Galley.ApiGateway.Mapping;

/// <summary>The JSON paths of parameter mappings: members and indexes, `.a.b[0]['c']`, read from the first 100 KB of a body.</summary>
internal static class BodyPath
{
    private const int MaxBody = 100 << 10;

    public static bool IsValid(string path) => Steps(path) is not null;

    /// <summary>Text as it is, anything else as its JSON; null when there is nothing there.</summary>
    public static string? Find(ReadOnlyMemory<byte> body, string path)
    {
        if (body.Length is 0 or > MaxBody) return null;
        try
        {
            using var document = JsonDocument.Parse(body);
            var at = document.RootElement;
            foreach (var step in Steps(path) ?? [])
                if (step.Name is { } name)
                {
                    if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at)) return null;
                }
                else
                {
                    if (at.ValueKind != JsonValueKind.Array || step.Index >= at.GetArrayLength()) return null;
                    at = at[step.Index];
                }

            return at.ValueKind switch { JsonValueKind.Null => null, JsonValueKind.String => at.GetString(), _ => at.GetRawText() };
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static List<(string? Name, int Index)>? Steps(string path)
    {
        var steps = new List<(string?, int)>();
        for (var at = 0; at < path.Length;)
            if (path[at] == '.')
            {
                var end = path.AsSpan(at + 1).IndexOfAny('.', '[');
                var name = end < 0 ? path[(at + 1)..] : path.Substring(at + 1, end);
                if (name.Length == 0 || name.Contains('*', StringComparison.Ordinal)) return null; // `..` and wildcards are not AWS's either
                steps.Add((name, 0));
                at += 1 + name.Length;
            }
            else if (path[at] == '[' && path.IndexOf(']', at) is > 0 and var close)
            {
                var inner = path[(at + 1)..close];
                if (int.TryParse(inner, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var index)) steps.Add((null, index));
                else if (inner.Length > 2 && inner[0] is '\'' or '"' && inner[^1] == inner[0]) steps.Add((inner[1..^1], 0));
                else return null;
                at = close + 1;
            }
            else
            {
                return null;
            }

        return steps;
    }
}
