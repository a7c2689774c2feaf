using System.Text;

namespace Galley.Iam.Evaluate;

/// <summary>
/// A pattern of a policy: `*`, `?` and, in 2012 policies, variables (`${aws:username}`, `${key, 'default'}`, `${*}`).
/// What a variable stands for is taken literally, stars and all.
/// </summary>
internal sealed class Wildcard
{
    // Not characters of Unicode, so that literal stars and question marks stay what they are.
    private const char Star = '\uFFFE', One = '\uFFFF';
    private readonly List<(string Text, bool Variable)> _parts = [];
    private readonly string? _ready;

    public Wildcard(string pattern, bool variables)
    {
        Pattern = pattern;
        if (!variables || !pattern.Contains("${", StringComparison.Ordinal))
        {
            _ready = Special(pattern);
            return;
        }

        var at = 0;
        for (int open; (open = pattern.IndexOf("${", at, StringComparison.Ordinal)) >= 0;)
        {
            var close = pattern.IndexOf('}', open);
            if (close < 0) break;
            _parts.Add((Special(pattern[at..open]), false));
            _parts.Add((pattern[(open + 2)..close], true));
            at = close + 1;
        }

        _parts.Add((Special(pattern[at..]), false));
    }

    /// <summary>As the policy has it.</summary>
    public string Pattern { get; }

    /// <summary>The condition keys that its variables name.</summary>
    public IEnumerable<string> Variables => _parts.Where(part => part.Variable && part.Text is not ("*" or "?" or "$")).Select(part => part.Text.Split(',')[0].Trim());

    public bool Matches(string text, RequestKeys keys, bool wild = true) => Expand(keys) is { } pattern && (wild ? Glob(pattern, text) : Literal(pattern) == text);

    /// <summary>The pattern with its variables' values; null when one has none.</summary>
    public string? Expand(RequestKeys keys)
    {
        if (_ready is not null) return _ready;
        var text = new StringBuilder();
        foreach (var (part, variable) in _parts)
            if (!variable) text.Append(part);
            else if (Value(part, keys) is { } value && value.AsSpan().IndexOfAny(Star, One) < 0) text.Append(value);
            else return null;
        return text.ToString();
    }

    /// <summary>The pattern as plain text, for operators that know no wildcards.</summary>
    public static string Literal(string expanded) => expanded.Replace(Star, '*').Replace(One, '?');

    /// <summary>Piece by piece between the stars, each found once: never more than pattern times text, and in practice one pass.</summary>
    public static bool Glob(string pattern, string text)
    {
        var first = pattern.IndexOf(Star, StringComparison.Ordinal);
        if (first < 0) return pattern.Length == text.Length && SameAt(pattern, text);
        if (text.Length < first || !SameAt(pattern.AsSpan(0, first), text)) return false;
        var last = pattern.LastIndexOf(Star);
        var tail = pattern.AsSpan(last + 1);
        var rest = text.AsSpan(first);
        if (rest.Length < tail.Length || !SameAt(tail, rest[^tail.Length..])) return false;
        rest = rest[..^tail.Length];
        var middle = first == last ? [] : pattern.AsSpan(first + 1, last - first - 1);
        foreach (var range in middle.Split(Star))
        {
            var piece = middle[range];
            var at = Find(piece, rest);
            if (at < 0) return false;
            rest = rest[(at + piece.Length)..];
        }

        return true;
    }

    private static string? Value(string variable, RequestKeys keys)
    {
        if (variable is "*" or "?" or "$") return variable;
        var comma = variable.IndexOf(',', StringComparison.Ordinal);
        var name = comma < 0 ? variable : variable[..comma].Trim();
        return keys.Single(name) ?? (comma < 0 ? null : variable[(comma + 1)..].Trim().Trim('\''));
    }

    private static string Special(string text) => text.Replace('*', Star).Replace('?', One);

    private static bool SameAt(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        for (var i = 0; i < pattern.Length; i++)
            if (pattern[i] != One && pattern[i] != text[i])
                return false;
        return true;
    }

    private static int Find(ReadOnlySpan<char> piece, ReadOnlySpan<char> text)
    {
        if (!piece.Contains(One)) return text.IndexOf(piece);
        for (var at = 0; at + piece.Length <= text.Length; at++)
            if (SameAt(piece, text[at..]))
                return at;
        return -1;
    }
}
