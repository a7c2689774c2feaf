using System.Text;

namespace Galley.ApiGateway.Mapping;

/// <summary>
/// The value of a parameter mapping: `$request.header.x` alone, text with `${request.path.id}` inside, or plain text.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
/// </summary>
internal sealed class MappingText
{
    private readonly List<(string Text, bool IsSource)> _parts = [];

    /// <param name="text">As the user wrote it.</param>
    /// <param name="side">`request` or `response`: what may be named.</param>
    public static MappingText Parse(string text, string side)
    {
        var parsed = new MappingText();
        if (text.StartsWith('$') && !text.StartsWith("${", StringComparison.Ordinal))
        {
            parsed.AddSource(text[1..], text, side);
            return parsed;
        }

        for (var at = 0; at < text.Length;)
        {
            var open = text.IndexOf("${", at, StringComparison.Ordinal);
            var close = open < 0 ? -1 : text.IndexOf('}', open);
            if (open < 0)
            {
                parsed._parts.Add((text[at..], false));
                break;
            }

            if (close < 0) throw MappingRules.Invalid($"Invalid mapping expression specified: {text}");
            if (open > at) parsed._parts.Add((text[at..open], false));
            parsed.AddSource(text[(open + 2)..close], text, side);
            at = close + 1;
        }

        return parsed;
    }

    public bool NamesBody => _parts.Exists(part => part.IsSource && (part.Text is "request.body" or "response.body" || part.Text.Contains(".body.", StringComparison.Ordinal) || part.Text.Contains(".body[", StringComparison.Ordinal)));

    /// <summary>Null when one of its sources has no value: the mapping is then left out.</summary>
    public string? Resolve(Func<string, string?> valueOf)
    {
        if (_parts is [var (only, isSource)]) return isSource ? valueOf(only) : only;
        var result = new StringBuilder();
        foreach (var (text, source) in _parts)
            if (!source) result.Append(text);
            else if (valueOf(text) is { } value) result.Append(value);
            else return null;
        return result.ToString();
    }

    private void AddSource(string source, string whole, string side)
    {
        if (!IsSource(source, side)) throw MappingRules.Invalid($"Invalid mapping expression specified: {whole}");
        _parts.Add((source, true));
    }

    private static bool IsSource(string source, string side)
    {
        if (Named(source, "context.") || Named(source, "stageVariables.")) return true;
        if (!source.StartsWith(side + ".", StringComparison.Ordinal)) return false;
        var rest = source[(side.Length + 1)..];
        if (rest == "body" || rest.StartsWith("body.", StringComparison.Ordinal) || rest.StartsWith("body[", StringComparison.Ordinal)) return BodyPath.IsValid(rest["body".Length..]);
        return Named(rest, "header.") || side == "request" && (rest == "path" || Named(rest, "path.") || Named(rest, "querystring."));
    }

    private static bool Named(string source, string kind) => source.Length > kind.Length && source.StartsWith(kind, StringComparison.Ordinal);
}
