
namespace Galley.DynamoDB.Expressions;

internal enum TokenKind
{
    Name, NamePlaceholder, ValuePlaceholder, Number, Symbol, End,
}

/// <param name="Start">Where it stands in the expression.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Start)
{
    public int End => Start + (Kind == TokenKind.End ? 0 : Text.Length);

    public bool Is(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    /// <summary>Keywords are not case-sensitive.</summary>
    public bool IsWord(string word) => Kind == TokenKind.Name && Text.Equals(word, StringComparison.OrdinalIgnoreCase);

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
            if (char.IsWhiteSpace(c))
            {
                at++;
                continue;
            }

            var start = at++;
            if (char.IsAsciiLetter(c) || c is '#' or ':')
            {
                while (at < text.Length && (IsLetter(text[at]) || char.IsAsciiDigit(text[at]))) at++;
                var kind = c == '#' ? TokenKind.NamePlaceholder : c == ':' ? TokenKind.ValuePlaceholder : TokenKind.Name;
                tokens.Add(new(at == start + 1 && kind != TokenKind.Name ? TokenKind.Symbol : kind, text[start..at], start));
            }
            else if (char.IsAsciiDigit(c))
            {
                while (at < text.Length && (IsLetter(text[at]) || char.IsAsciiDigit(text[at]))) at++;
                var digits = text[start..at];
                tokens.Add(new(digits.All(char.IsAsciiDigit) ? TokenKind.Number : TokenKind.Symbol, digits, start));
            }
            else
            {
                if (at < text.Length && (c == '<' && text[at] is '>' or '=' || c == '>' && text[at] == '=')) at++;
                tokens.Add(new(TokenKind.Symbol, text[start..at], start));
            }
        }

        tokens.Add(new(TokenKind.End, "<EOF>", text.Length));
        return [.. tokens];

        static bool IsLetter(char c) => char.IsAsciiLetter(c) || c == '_';
    }
}
