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

    /// <summary>The highest index of a list that can be named.</summary>
    private const long LastIndex = uint.MaxValue - 1L;

    private readonly Token[] _tokens = Token.Of(text);
    private readonly SortedDictionary<Rank, string> _problems = [], _ofCondition = [];
    private readonly HashSet<object> _parenthesised = new(ReferenceEqualityComparer.Instance);
    private int[]? _closing;
    private int _at;
    private int _operators;

    /// <summary>The gravest first. Those from <see cref="Undefined"/> on belong to the one condition in which they are, and the first condition that has some tells the gravest of its own.</summary>
    protected enum Rank
    {
        Parentheses, UnknownFunction, Misused, Reserved, UnknownInUpdate, Section, OfCondition, Undefined, UndefinedValue, Operands, Distinct, Types,
    }

    /// <inheritdoc cref="ExpressionContext.Entered"/>
    protected IReadOnlyList<string> Entered => context.Entered(kind);

    protected Token Current => _tokens[_at];

    protected Token Following => _tokens[Math.Min(_at + 1, _tokens.Length - 1)];

    /// <summary>What follows the parentheses that open here.</summary>
    protected Token AfterParentheses => _tokens[(_closing ??= Closing())[_at]];

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
        if (_operators > MostOperators && !_problems.ContainsKey(Rank.UnknownFunction))
            throw Errors.Expression(kind, $"The expression contains too many operators; operator count: {MostOperators + 1}");
        EndCondition();
        foreach (var problem in _problems.Values) throw Errors.Expression(kind, problem);
    }

    /// <summary>Told once the expression is read, unless something graver is wrong; a key condition's first problem is the gravest.</summary>
    protected void Problem(Rank rank, string message)
    {
        if (kind == "KeyConditionExpression") _problems.TryAdd(default, message);
        else (rank > Rank.OfCondition ? _ofCondition : _problems).TryAdd(rank, message);
    }

    /// <summary>A comparison or a function's call is at its end.</summary>
    protected void EndCondition()
    {
        foreach (var problem in _ofCondition.Values)
        {
            _problems.TryAdd(Rank.OfCondition, problem);
            break;
        }
    }

    /// <summary>What stands in parentheses must not stand in another pair of them.</summary>
    protected T Parenthesised<T>(T inner) where T : class
    {
        if (!_parenthesised.Add(inner)) Problem(Rank.Parentheses, "The expression has redundant parentheses;");
        return inner;
    }

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
                Expect("]");
                if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index > LastIndex)
                    Problem(Rank.Operands, $"List index is not within the allowable range; index: [{digits}]");
                steps.Add(new(null, index));
            }
            else
            {
                if (steps.Count > 32) Problem(Rank.Operands, "The document path has too many nesting levels; nesting levels: " + steps.Count.ToString(CultureInfo.InvariantCulture));
                if (steps.Count > 1) context.Enter(kind, steps[0].Name!);
                return new DocumentPath([.. steps]);
            }
    }

    protected bool AtPath => Current.Kind is TokenKind.Name or TokenKind.NamePlaceholder;

    protected bool AtFunction => Current.Kind == TokenKind.Name && Following.Is("(");

    protected ValueOperand ParseValue()
    {
        var placeholder = Advance().Text;
        if (context.Value(placeholder) is { } value) return new(value);
        Problem(kind == "UpdateExpression" ? Rank.UndefinedValue : Rank.Undefined, $"An expression attribute value used in expression is not defined; attribute value: {placeholder}");
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
        Problem(kind == "UpdateExpression" ? Rank.Types : Rank.Operands, $"Incorrect number of operands for operator or function; operator or function: {function}, number of operands: {arguments.Count}");
        return false;
    }

    protected DocumentPath? RequirePath(string function, Operand operand)
    {
        if (operand is PathOperand path) return path.Path;
        Problem(Rank.Types, $"Operator or function requires a document path; operator or function: {function}");
        return null;
    }

    protected void WrongType(string function, AttributeType type)
        => Problem(Rank.Types, $"Incorrect operand type for operator or function; operator or function: {function}, operand type: {type}");

    /// <summary>For each parenthesis that opens, where the token after the one that closes it stands; the end if none does.</summary>
    private int[] Closing()
    {
        var (after, open) = (new int[_tokens.Length], new Stack<int>());
        Array.Fill(after, _tokens.Length - 1);
        for (var at = 0; at < _tokens.Length; at++)
            if (_tokens[at].Is("(")) open.Push(at);
            else if (_tokens[at].Is(")") && open.TryPop(out var opened))
                after[opened] = at + 1;
        return after;
    }

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
