
namespace Galley.DynamoDB.Expressions;

internal enum TokenKind
{
    Name, Keyword, NamePlaceholder, ValuePlaceholder, Number, Symbol, End,
}

/// <param name="Start">Where it stands in the expression.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Start)
{
    public int End => Start + (Kind == TokenKind.End ? 0 : Text.Length);

    public bool Is(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    /// <summary>Keywords are not case-sensitive, and no names anywhere.</summary>
    public bool IsWord(string word) => Kind == TokenKind.Keyword && Text.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static readonly string[] Keywords = ["IN", "BETWEEN", "NOT", "AND", "OR", "SET", "ADD", "DELETE", "REMOVE"];

    /// <summary>Expressions that were cut: an app sends the same few again and again.</summary>
    private static readonly Generations<string, Token[]> Known = new(1024);

    /// <summary>The tokens of an expression; the last one is the end.</summary>
    public static Token[] Of(string text)
    {
        const int longest = 1024;
        if (Known.TryGet(text, out var known)) return known;
        var tokens = Cut(text);
        if (text.Length <= longest) Known.Keep(text, tokens);
        return tokens;
    }

    private static Token[] Cut(string text)
    {
        var tokens = new List<Token>();
        for (var at = 0; at < text.Length;)
        {
            var c = text[at];
            if (c is ' ' or '\t' or '\n' or '\r')
            {
                at++;
                continue;
            }

            var start = at++;
            if (char.IsAsciiLetter(c) || c is '#' or ':')
            {
                while (at < text.Length && (IsLetter(text[at]) || char.IsAsciiDigit(text[at]))) at++;
                var kind = c == '#' ? TokenKind.NamePlaceholder : c == ':' ? TokenKind.ValuePlaceholder : TokenKind.Name;
                var word = text[start..at];
                if (kind == TokenKind.Name && Keywords.Contains(word, StringComparer.OrdinalIgnoreCase)) kind = TokenKind.Keyword;
                tokens.Add(new(at == start + 1 && c is '#' or ':' ? TokenKind.Symbol : kind, word, start));
            }
            else if (char.IsAsciiDigit(c))
            {
                while (c != '0' && at < text.Length && char.IsAsciiDigit(text[at])) at++; // no leading zeros
                tokens.Add(new(TokenKind.Number, text[start..at], start));
            }
            else if (c is '"' or '\'' && Quoted(text, start) is { } end)
            {
                tokens.Add(new(TokenKind.Symbol, text[start..end], start)); // no rule takes it, but errors show it whole
                at = end;
            }
            else
            {
                if (at < text.Length && (c == '<' && text[at] is '>' or '=' || c == '>' && text[at] == '=')) at++;
                tokens.Add(new(TokenKind.Symbol, text[start..at], start));
            }
        }

        tokens.Add(new(TokenKind.End, "<EOF>", text.Length));
        return [.. tokens];

        static int? Quoted(string text, int start)
        {
            for (var i = start + 1; i < text.Length; i++)
                if (text[i] == text[start]) return i + 1;
                else if (text[i] == '\\' && i + 2 < text.Length && text[i + 1] == text[start]) i++;
            return null;
        }

        static bool IsLetter(char c) => char.IsAsciiLetter(c) || c == '_';
    }
}
