using System.Text;

namespace Galley.DynamoDB.Transfers;

/// <summary>Amazon Ion text letter by letter: white space and comments, names, strings. What breaks a rule of Ion is a FormatException.</summary>
internal sealed class IonLetters(TextReader text)
{
    private readonly char[] _buffer = new char[8192];
    private int _at, _end;

    /// <summary>Letters that may still be read; null for any number.</summary>
    public int? Left { get; set; }

    public static FormatException Malformed() => new("The text is no item in Amazon Ion.");

    public static bool StartsName(int letter) => letter is '_' or '$' or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z');

    public static bool IsDigit(int letter) => letter is >= '0' and <= '9';

    /// <summary>-1 at the end.</summary>
    public int Peek()
    {
        if (_at < _end) return _buffer[_at];
        (_at, _end) = (0, text.Read(_buffer, 0, _buffer.Length));
        return _end > 0 ? _buffer[0] : -1;
    }

    public char Next()
    {
        if (Peek() < 0 || Left-- <= 0) throw Malformed();
        return _buffer[_at++];
    }

    public void Expect(char letter)
    {
        if (Next() != letter) throw Malformed();
    }

    /// <summary>Whether the letter comes, which then is taken.</summary>
    public bool Take(char letter)
    {
        if (Peek() != letter) return false;
        Next();
        return true;
    }

    /// <summary>White space and comments.</summary>
    public void Skip()
    {
        while (true)
            switch (Peek())
            {
                case ' ' or '\t' or '\n' or '\r' or '\v' or '\f':
                    Next();
                    break;
                case '/':
                    Next();
                    Comment(Next());
                    break;
                default:
                    return;
            }
    }

    /// <summary>A symbol without quotes, or a keyword.</summary>
    public string Name()
    {
        if (!StartsName(Peek())) throw Malformed();
        var name = new StringBuilder();
        while (StartsName(Peek()) || IsDigit(Peek())) name.Append(Next());
        return name.ToString();
    }

    /// <summary>Behind a `'`. Null when that began `'''`, a long string.</summary>
    public string? QuotedSymbol() => !Take('\'') ? Quoted('\'') : Take('\'') ? null : "";

    /// <summary>Behind the opening quote.</summary>
    public string Quoted(char quote)
    {
        var value = new StringBuilder();
        while (true)
        {
            var letter = Next();
            if (letter == quote) return Unicode(value);
            if (letter == '\\') Escape(value);
            else if (letter < ' ' && letter is not ('\t' or '\v' or '\f')) throw Malformed();
            else value.Append(letter);
        }
    }

    /// <summary>Behind `'''`. Long strings that follow each other are one; their lines end in `\n`.</summary>
    public string LongString()
    {
        var value = new StringBuilder();
        while (true)
        {
            for (var quotes = 0; quotes < 3;)
            {
                var letter = Next();
                if (letter == '\'')
                {
                    quotes++;
                    continue;
                }

                value.Append('\'', quotes);
                quotes = 0;
                if (letter == '\\') Escape(value);
                else if (letter == '\r' && Take('\n') || letter is '\r' or '\n') value.Append('\n');
                else if (letter < ' ' && letter is not ('\t' or '\v' or '\f')) throw Malformed();
                else value.Append(letter);
            }

            Skip();
            if (Peek() != '\'') return Unicode(value);
            for (var i = 0; i < 3; i++) Expect('\'');
        }
    }

    private void Escape(StringBuilder value)
    {
        var letter = Next();
        switch (letter)
        {
            case '"' or '\'' or '\\' or '/' or '?':
                value.Append(letter);
                break;
            case 'x':
                value.Append((char)Hex(2));
                break;
            case 'u':
                value.Append((char)Hex(4));
                break;
            case 'U':
                value.Append(Rune.TryCreate(Hex(8), out var rune) ? rune.ToString() : throw Malformed());
                break;
            case '\n':
                break;
            case '\r':
                Take('\n');
                break;
            default:
                var at = "0abtnfrv".IndexOf(letter, StringComparison.Ordinal);
                value.Append(at < 0 ? throw Malformed() : "\0\a\b\t\n\f\r\v"[at]);
                break;
        }
    }

    private int Hex(int digits)
    {
        var value = 0;
        for (; digits > 0; digits--)
        {
            var letter = Next();
            if (!char.IsAsciiHexDigit(letter)) throw Malformed();
            value = value << 4 | (letter <= '9' ? letter - '0' : (letter | 32) - 'a' + 10);
        }

        return value;
    }

    /// <summary>Half a surrogate pair is no text.</summary>
    private static string Unicode(StringBuilder value)
    {
        var text = value.ToString();
        for (var i = 0; i < text.Length; i++)
            if (char.IsSurrogate(text[i]))
            {
                if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) throw Malformed();
                i++;
            }

        return text;
    }

    private void Comment(char kind)
    {
        if (kind == '/')
            while (Peek() is not (< 0 or '\n' or '\r')) Next();
        else if (kind == '*')
        {
            for (char last = Next(), letter = Next(); (last, letter) is not ('*', '/'); letter = Next()) last = letter;
        }
        else throw Malformed();
    }
}
