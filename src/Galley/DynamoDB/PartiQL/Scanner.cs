using System.Text;

namespace Galley.DynamoDB.PartiQL;

internal enum Lexeme
{
    Name, QuotedName, Text, Number, Parameter, Symbol, End,
}

/// <param name="Line">From 1, as AWS tells places: line, column, length.</param>
internal readonly record struct Word(Lexeme Kind, string Text, int Line, int Column, int Length)
{
    public bool Is(string symbol) => Kind == Lexeme.Symbol && Text == symbol;

    public bool IsKeyword(string keyword) => Kind == Lexeme.Name && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    public string Place => $" at {Line}:{Column}:{Length}";
}

/// <summary>Cuts a PartiQL statement into words: 'text', "name", numbers, ?, symbols; comments are left out.</summary>
internal sealed class Scanner(string statement)
{
    private static readonly string[] Pairs = ["<<", ">>", "<>", "<=", ">=", "!="];
    private readonly List<Word> _words = [];
    private int _at, _line = 1, _lineStart;

    public List<Word> Cut()
    {
        while (true)
        {
            SkipBlank();
            if (_at == statement.Length) break;
            var c = statement[_at];
            if (c == '\'') Quoted(Lexeme.Text);
            else if (c == '"') Quoted(Lexeme.QuotedName);
            else if (IsLetter(c)) Take(Lexeme.Name, Run(_at, x => IsLetter(x) || char.IsAsciiDigit(x)));
            else if (char.IsAsciiDigit(c) || c == '.' && _at + 1 < statement.Length && char.IsAsciiDigit(statement[_at + 1])) Take(Lexeme.Number, NumberEnd());
            else if (c == '?') Take(Lexeme.Parameter, _at + 1);
            else if (c == '#') throw Errors.Malformed("");
            else Take(Lexeme.Symbol, _at + (Pairs.Contains(statement[_at..Math.Min(_at + 2, statement.Length)]) ? 2 : 1));
        }

        _words.Add(new(Lexeme.End, "", _line, _at - _lineStart + 1, 0));
        return _words;
    }

    private static bool IsLetter(char c) => char.IsLetter(c) || c is '_' or '$';

    private void SkipBlank()
    {
        while (_at < statement.Length)
        {
            if (statement[_at] == '\n')
            {
                _line++;
                _lineStart = ++_at;
            }
            else if (char.IsWhiteSpace(statement[_at])) _at++;
            else if (statement.AsSpan(_at).StartsWith("--"))
            {
                var end = statement.IndexOf('\n', _at);
                _at = end < 0 ? statement.Length : end;
            }
            else if (statement.AsSpan(_at).StartsWith("/*"))
            {
                var end = statement.IndexOf("*/", _at + 2, StringComparison.Ordinal);
                if (end < 0) throw Errors.Malformed("");
                for (; _at < end + 2; _at++)
                    if (statement[_at] == '\n') (_line, _lineStart) = (_line + 1, _at + 1);
            }
            else return;
        }
    }

    private void Take(Lexeme kind, int end)
    {
        _words.Add(new(kind, statement[_at..end], _line, _at - _lineStart + 1, end - _at));
        _at = end;
    }

    private int Run(int from, Func<char, bool> belongs)
    {
        while (from < statement.Length && belongs(statement[from])) from++;
        return from;
    }

    private int NumberEnd()
    {
        var end = Run(_at, char.IsAsciiDigit);
        if (end < statement.Length && statement[end] == '.') end = Run(end + 1, char.IsAsciiDigit);
        if (end == statement.Length || statement[end] is not ('e' or 'E')) return end;
        var digits = end + 1;
        if (digits < statement.Length && statement[digits] is '+' or '-') digits++;
        return digits < statement.Length && char.IsAsciiDigit(statement[digits]) ? Run(digits, char.IsAsciiDigit) : end;
    }

    /// <summary>A doubled quote stands for one.</summary>
    private void Quoted(Lexeme kind)
    {
        var quote = statement[_at];
        var (start, text) = (_at, new StringBuilder());
        while (true)
        {
            if (++_at >= statement.Length) throw Errors.Malformed("");
            if (statement[_at] != quote) text.Append(statement[_at]);
            else if (_at + 1 < statement.Length && statement[_at + 1] == quote) text.Append(statement[_at++]);
            else break;
        }

        _at++;
        _words.Add(new(kind, text.ToString(), _line, start - _lineStart + 1, _at - start));
    }
}
