using System.Text.RegularExpressions;

namespace Galley.Logs;

/// <summary>
/// CloudWatch's filter patterns over plain text: `a b` (both), `?a ?b` (either), `-a` (not), `"a phrase"`, `%regex%`.
/// Patterns over JSON fields and columns are refused by name.
/// </summary>
internal static class FilterPattern
{
    private static readonly TimeSpan RegexLimit = TimeSpan.FromMilliseconds(100);

    public static Predicate<string> Parse(string? pattern)
    {
        pattern = pattern?.Trim();
        if (string.IsNullOrEmpty(pattern)) return _ => true;
        if (pattern[0] is '{' or '[') throw Errors.InvalidParameter("Galley does not support filter patterns over JSON fields or columns.");
        List<Predicate<string>> all = [], any = [], none = [];
        for (var at = 0; at < pattern.Length;)
        {
            if (char.IsWhiteSpace(pattern[at]))
            {
                at++;
                continue;
            }

            var list = pattern[at] switch { '?' => any, '-' => none, _ => all };
            if (list != all) at++;
            list.Add(Term(pattern, ref at));
        }

        return text => all.TrueForAll(term => term(text)) && !none.Exists(term => term(text)) && (any.Count == 0 || all.Count > 0 || any.Exists(term => term(text)));
    }

    private static Predicate<string> Term(string pattern, ref int at)
    {
        var start = at;
        if (at < pattern.Length && pattern[at] is '"' or '%')
        {
            var end = pattern.IndexOf(pattern[at], at + 1);
            if (end < 0) throw Errors.InvalidParameter("Invalid filter pattern");
            var inner = pattern[(at + 1)..end];
            at = end + 1;
            return pattern[start] == '"' ? Contains(inner) : Matches(inner);
        }

        while (at < pattern.Length && !char.IsWhiteSpace(pattern[at])) at++;
        return at == start ? throw Errors.InvalidParameter("Invalid filter pattern") : Contains(pattern[start..at]);
    }

    private static Predicate<string> Contains(string text) => message => message.Contains(text, StringComparison.Ordinal);

    private static Predicate<string> Matches(string expression)
    {
        try
        {
            var regex = new Regex(expression, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, RegexLimit);
            return regex.IsMatch;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw Errors.InvalidParameter("Invalid filter pattern");
        }
    }
}
