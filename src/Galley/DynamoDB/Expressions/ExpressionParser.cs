using System.Globalization;
using Galley.Wire;

namespace Galley.DynamoDB.Expressions;

/// <summary>
/// What the three expression parsers share: tokens, paths, operands, and errors. Syntax errors are thrown at once;
/// what is wrong with the meaning is told after the whole expression was read, the gravest kind first, as AWS does.
/// </summary>
internal abstract class ExpressionParser(ExpressionContext context, string kind, string text)
{
    private const int MostOperators = 300;
    private readonly Token[] _tokens = Token.Of(text);
    private readonly SortedDictionary<int, string> _problems = [];
    private int _at;
    private int _operators;

    protected enum Rank
    {
        Reserved, UnknownFunction, Parentheses, Undefined, Misused, Operands, Types,
    }

    protected Token Current => _tokens[_at];

    protected Token Following => _tokens[Math.Min(_at + 1, _tokens.Length - 1)];

    protected Token Advance() => _tokens[_at++];

    protected bool Accept(string symbol)
    {
        if (!Current.Is(symbol)) return false;
        _at++;
        return true;
    }

    protected bool AcceptWord(string word)
    {
        if (!Current.IsWord(word)) return false;
        _at++;
        return true;
    }

    protected void Expect(string symbol)
    {
        if (!Accept(symbol)) throw SyntaxError();
    }

    protected void ExpectEnd()
    {
        if (Current.Kind != TokenKind.End) throw SyntaxError();
        // AWS counts no further than the first operator too many, and knows an unknown function before it counts.
        if (_operators > MostOperators && !_problems.ContainsKey((int)Rank.UnknownFunction))
            throw Errors.Expression(kind, $"The expression contains too many operators; operator count: {MostOperators + 1}");
        foreach (var problem in _problems.Values) throw Errors.Expression(kind, problem);
    }

    /// <summary>Told once the expression is read, unless something graver is wrong; a key condition's first problem is the gravest.</summary>
    protected void Problem(Rank rank, string message) => _problems.TryAdd(kind == "KeyConditionExpression" ? 0 : (int)rank, message);

    protected void CountOperator() => _operators++;

    /// <summary>The token and its neighbours, as they stand in the text.</summary>
    protected AwsError SyntaxError()
    {
        var first = _tokens[Math.Max(_at - 1, 0)];
        var last = Following;
        return Errors.Expression(kind, $"Syntax error; token: \"{Current.Text}\", near: \"{text[first.Start..Math.Max(last.End, Current.End)]}\"");
    }

    protected DocumentPath ParsePath()
    {
        var steps = new List<PathStep> { new(ParseName(), 0) };
        context.Touch(kind, steps[0].Name!);
        while (true)
            if (Accept(".")) steps.Add(new(ParseName(), 0));
            else if (Accept("["))
            {
                if (Current.Kind != TokenKind.Number) throw SyntaxError();
                var digits = Advance().Text;
                if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                    Problem(Rank.Operands, $"List index is not within the allowable range; index: [{digits}]");
                Expect("]");
                steps.Add(new(null, index));
            }
            else
            {
                if (steps.Count > 32) Problem(Rank.Operands, "The document path has too many nesting levels; nesting levels: " + steps.Count.ToString(CultureInfo.InvariantCulture));
                return new DocumentPath([.. steps]);
            }
    }

    protected bool AtPath => Current.Kind is TokenKind.Name or TokenKind.NamePlaceholder;

    protected bool AtFunction => Current.Kind == TokenKind.Name && Following.Is("(");

    protected ValueOperand ParseValue()
    {
        var placeholder = Advance().Text;
        if (context.Value(placeholder) is { } value) return new(value);
        Problem(Rank.Undefined, $"An expression attribute value used in expression is not defined; attribute value: {placeholder}");
        return new(AttributeValue.Null);
    }

    /// <summary>`(a, b)` after a function's name.</summary>
    protected List<Operand> ParseArguments(Func<Operand> parse)
    {
        Expect("(");
        var arguments = new List<Operand>();
        do arguments.Add(parse());
        while (Accept(","));
        Expect(")");
        return arguments;
    }

    /// <summary>False, with the problem noted, when a function has the wrong number of arguments.</summary>
    protected bool CheckCount(string function, List<Operand> arguments, int wanted)
    {
        if (arguments.Count == wanted) return true;
        Problem(Rank.Operands, $"Incorrect number of operands for operator or function; operator or function: {function}, number of operands: {arguments.Count}");
        return false;
    }

    protected DocumentPath? RequirePath(string function, Operand operand)
    {
        if (operand is PathOperand path) return path.Path;
        Problem(Rank.Operands, $"Operator or function requires a document path; operator or function: {function}");
        return null;
    }

    protected void WrongType(string function, AttributeValue value)
        => Problem(Rank.Types, $"Incorrect operand type for operator or function; operator or function: {function}, operand type: {value.Type}");

    private string ParseName()
    {
        if (!AtPath) throw SyntaxError();
        var token = Advance();
        if (token.Kind == TokenKind.Name)
        {
            if (ReservedWords.Contains(token.Text)) Problem(Rank.Reserved, $"Attribute name is a reserved keyword; reserved keyword: {token.Text}");
            return token.Text;
        }

        if (context.Name(token.Text) is { } name) return name;
        Problem(Rank.Undefined, $"An expression attribute name used in the document path is not defined; attribute name: {token.Text}");
        return token.Text;
    }
}
