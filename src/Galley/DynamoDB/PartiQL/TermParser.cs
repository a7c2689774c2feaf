using System.Globalization;
using Galley.DynamoDB.Expressions;
using Galley.Wire;

namespace Galley.DynamoDB.PartiQL;

/// <summary>Words in a row, and the expressions that stand in statements. From loose to tight: OR, AND, NOT, comparison, sum.</summary>
internal abstract class TermParser(string statement)
{
    private const int Deepest = 32, MostNested = 100;
    private static readonly string[] Comparators = ["=", "<>", "!=", "<", "<=", ">", ">="];
    private static readonly HashSet<string> Keywords = new(
        ["SELECT", "FROM", "WHERE", "ORDER", "BY", "AND", "OR", "NOT", "IN", "BETWEEN", "IS", "MISSING", "SET", "REMOVE", "RETURNING", "VALUE", "VALUES", "INSERT", "INTO", "UPDATE", "DELETE", "LIKE"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Further words of SQL that a path must quote after a dot.</summary>
    private static readonly HashSet<string> AfterDot = new(
        ["INNER", "OUTER", "LEFT", "RIGHT", "CROSS", "JOIN", "GROUP", "HAVING", "UNION", "EXCEPT", "INTERSECT", "AS", "CASE", "WHEN", "THEN", "ELSE", "END", "EXISTS", "DISTINCT", "ALL", "CREATE", "DROP", "TABLE"],
        StringComparer.OrdinalIgnoreCase);

    private readonly List<Word> _words = new Scanner(statement).Cut();
    private int _at, _nested;

    /// <summary>How many `?` were read.</summary>
    protected int Parameters { get; private set; }

    protected Word Current => _words[_at];

    protected Word Following => _words[Math.Min(_at + 1, _words.Count - 1)];

    protected Word Advance() => _words[_at++];

    protected bool Accept(string symbol)
    {
        if (!Current.Is(symbol)) return false;
        _at++;
        return true;
    }

    protected bool AcceptKeyword(string keyword)
    {
        if (!Current.IsKeyword(keyword)) return false;
        _at++;
        return true;
    }

    protected void Expect(string symbol)
    {
        if (!Accept(symbol)) throw Unexpected();
    }

    protected void ExpectKeyword(string keyword)
    {
        if (!AcceptKeyword(keyword)) throw Unexpected();
    }

    protected AwsError Unexpected() => Errors.Malformed(Current.Kind == Lexeme.Name && Keywords.Contains(Current.Text) ? "Unexpected keyword" : "Unexpected term");

    protected static bool IsKeyword(Word word) => word.Kind == Lexeme.Name && Keywords.Contains(word.Text);

    protected string ParseName()
    {
        if (Current.Kind == Lexeme.QuotedName || Current.Kind == Lexeme.Name && !Keywords.Contains(Current.Text)) return Advance().Text;
        throw Unexpected();
    }

    protected DocumentPath ParsePath()
    {
        var steps = new List<PathStep> { new(ParseName(), 0) };
        while (true)
            if (Accept("."))
            {
                if (Current.Kind == Lexeme.Name && (Keywords.Contains(Current.Text) || AfterDot.Contains(Current.Text))) throw Errors.Malformed("Invalid path dot component");
                steps.Add(new(ParseName(), 0));
            }
            else if (Accept("["))
            {
                if (Current.Kind == Lexeme.Text) steps.Add(new(Advance().Text, 0));
                else steps.Add(new(null, ParseIndex()));
                Expect("]");
            }
            else return new DocumentPath([.. steps]);
    }

    protected Term ParseCondition()
    {
        if (++_nested > MostNested) throw Errors.Malformed("The expression is nested too deeply");
        var left = ParseAnd();
        while (AcceptKeyword("OR")) left = new OrTerm(left, ParseAnd());
        _nested--;
        return left;
    }

    /// <summary>What SET assigns: a value, a path, a function, or a sum of two.</summary>
    protected Term ParseSum()
    {
        var left = ParsePrimary();
        while (Current.Is("+") || Current.Is("-")) left = new BinaryTerm(Advance().Text, left, ParsePrimary());
        return left;
    }

    /// <summary>`{'name': value, …}`: the item of INSERT, whose values may be parameters.</summary>
    protected List<(string Name, Term Value)> ParseItem()
    {
        Expect("{");
        var item = new List<(string, Term)>();
        if (Accept("}")) return item;
        do
        {
            var name = ParseMemberName();
            if (Current.Kind == Lexeme.Parameter) item.Add((name, ParsePrimary()));
            else item.Add((name, new LiteralTerm(ParseLiteral("root", 0))));
        }
        while (Accept(","));
        Expect("}");
        return item;
    }

    private Term ParseAnd()
    {
        var left = ParseNot();
        while (AcceptKeyword("AND")) left = new AndTerm(left, ParseNot());
        return left;
    }

    private Term ParseNot()
    {
        if (!Current.IsKeyword("NOT")) return ParseComparison();
        if (++_nested > MostNested) throw Errors.Malformed("The expression is nested too deeply");
        Advance();
        var inner = new NotTerm(ParseNot());
        _nested--;
        return inner;
    }

    private Term ParseComparison()
    {
        var left = ParsePrimary();
        if (Current.Kind == Lexeme.Symbol && Comparators.Contains(Current.Text))
        {
            var comparator = Advance().Text;
            return new BinaryTerm(comparator == "!=" ? "<>" : comparator, left, ParsePrimary());
        }

        if (AcceptKeyword("IS"))
        {
            var negated = AcceptKeyword("NOT");
            var missing = AcceptKeyword("MISSING");
            if (!missing) ExpectKeyword("NULL");
            var condition = new IsTerm(left, missing);
            return negated ? new NotTerm(condition) : condition;
        }

        var not = Current.IsKeyword("NOT") && (Following.IsKeyword("IN") || Following.IsKeyword("BETWEEN")) && AcceptKeyword("NOT");
        Term? found = null;
        if (AcceptKeyword("BETWEEN"))
        {
            var low = ParsePrimary();
            ExpectKeyword("AND");
            found = new BetweenTerm(left, low, ParsePrimary());
        }
        else if (AcceptKeyword("IN")) found = new InTerm(left, ParseAmong());
        return found is null ? left : not ? new NotTerm(found) : found;
    }

    private List<Term> ParseAmong()
    {
        var close = Current.Is("(") ? ")" : "]";
        if (!Accept("(")) Expect("[");
        var among = new List<Term>();
        do among.Add(ParsePrimary());
        while (Accept(","));
        Expect(close);
        if (among.Count > 100) throw Errors.Validation($"The IN operator is provided with too many operands; number of operands: {among.Count}");
        return among;
    }

    private Term ParsePrimary()
    {
        var word = Current;
        switch (word.Kind)
        {
            case Lexeme.Parameter:
                Advance();
                return new ParameterTerm(Parameters++);
            case Lexeme.Name when Following.Is("(") && !Keywords.Contains(word.Text):
                Advance();
                var first = Following;
                return new CallTerm(word.Text.ToLowerInvariant(), ParseArguments(), word, first);
            case Lexeme.Name when IsLiteral(word):
            case Lexeme.Text or Lexeme.Number:
                return new LiteralTerm(ParseLiteral("root", 0));
            case Lexeme.Name or Lexeme.QuotedName:
                return new PathTerm(ParsePath());
        }

        if (Accept("("))
        {
            var inner = ParseCondition();
            Expect(")");
            return inner;
        }

        return new LiteralTerm(ParseLiteral("root", 0));
    }

    private List<Term> ParseArguments()
    {
        Expect("(");
        var arguments = new List<Term>();
        if (Accept(")")) return arguments;
        do arguments.Add(ParsePrimary());
        while (Accept(","));
        Expect(")");
        return arguments;
    }

    private static bool IsLiteral(Word word) => word.IsKeyword("TRUE") || word.IsKeyword("FALSE") || word.IsKeyword("NULL");

    /// <param name="where">The place in the value, for errors: `root.a[0]`.</param>
    private AttributeValue ParseLiteral(string where, int depth)
    {
        if (depth >= Deepest) throw Errors.Validation("Nesting Levels have exceeded supported limits under " + where);
        var word = Current;
        if (word.Kind == Lexeme.Parameter) throw Errors.Validation($"Unsupported data type: Parameter under key {where}{word.Place}");
        if (word.Kind == Lexeme.Text) return AttributeValue.S(Advance().Text);
        if (word.Kind == Lexeme.Number || word.Is("-") || word.Is("+")) return AttributeValue.N(Canonical(ParseNumber(), where));
        if (AcceptKeyword("TRUE")) return AttributeValue.True;
        if (AcceptKeyword("FALSE")) return AttributeValue.False;
        if (AcceptKeyword("NULL")) return AttributeValue.Null;
        if (Accept("[")) return ParseList(where, depth);
        if (Accept("<<")) return ParseBag();
        if (word.Kind == Lexeme.Name && Following.Is("(") && !Keywords.Contains(word.Text)) throw Errors.Validation($"Unsupported data type: {word.Text.ToLowerInvariant()} under key {where}{word.Place}");
        if (!Accept("{")) throw Unexpected();
        var members = new Dictionary<string, AttributeValue>();
        if (Accept("}")) return AttributeValue.M(members);
        do
        {
            var name = ParseMemberName();
            members[name] = ParseLiteral($"{where}.{name}", depth + 1);
        }
        while (Accept(","));
        Expect("}");
        return AttributeValue.M(members);
    }

    private AttributeValue ParseList(string where, int depth)
    {
        var elements = new List<AttributeValue>();
        if (Accept("]")) return AttributeValue.L(elements);
        do elements.Add(ParseLiteral($"{where}[{elements.Count}]", depth + 1));
        while (Accept(","));
        Expect("]");
        return AttributeValue.L(elements);
    }

    private AttributeValue ParseBag()
    {
        if (Accept(">>")) throw Errors.Validation("Empty bags are not supported");
        var numbers = new List<string>();
        var texts = new List<string>();
        do
            if (Current.Kind == Lexeme.Text) texts.Add(Advance().Text);
            else if (Current.Kind == Lexeme.Number || Current.Is("-") || Current.Is("+")) numbers.Add(ParseNumber());
            else throw Errors.Validation("Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags");
        while (Accept(","));
        Expect(">>");
        if (texts.Count > 0 && numbers.Count > 0) throw Errors.Validation("Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags");
        if (texts.Distinct().Count() != texts.Count) throw Errors.InvalidParameterValues($"Input collection [{string.Join(", ", texts)}] contains duplicates.");
        if (texts.Count > 0) return AttributeValue.SS([.. texts]);
        var canonical = numbers.ConvertAll(Number.Normalize);
        if (canonical.Distinct().Count() != canonical.Count) throw Errors.InvalidParameterValues($"Input collection [{string.Join(", ", numbers)}] contains duplicates! under root");
        return AttributeValue.NS([.. canonical]);
    }

    private string ParseMemberName()
    {
        if (Current.Kind is not (Lexeme.Text or Lexeme.QuotedName)) throw Unexpected();
        var name = Advance().Text;
        Expect(":");
        return name;
    }

    private string ParseNumber()
    {
        var negative = false;
        while (Current.Is("-") || Current.Is("+")) negative ^= Advance().Text == "-";
        if (Current.Kind != Lexeme.Number) throw Unexpected();
        var text = Advance().Text;
        return IsReadable(text) ? negative ? "-" + text : text : throw Errors.Malformed("");
    }

    /// <summary>AWS's parser keeps exponent and scale of a number in 32 bits each.</summary>
    private static bool IsReadable(string number)
    {
        var mark = number.AsSpan().IndexOfAny('e', 'E');
        if (mark < 0) return true;
        if (!int.TryParse(number.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent)) return false;
        var point = number.IndexOf('.', StringComparison.Ordinal);
        var scale = (point < 0 ? 0 : mark - point - 1) - (long)exponent;
        return scale is >= int.MinValue and <= int.MaxValue;
    }

    /// <summary>A number of the statement itself; what is wrong with it says where in its value it stands.</summary>
    private static string Canonical(string number, string where)
    {
        try
        {
            return Number.Normalize(number);
        }
        catch (ValidationError error)
        {
            throw Errors.Validation($"{ValueProblem.Of(error).Older} under {where}");
        }
    }

    private int ParseIndex()
    {
        var negative = false;
        while (Current.Is("-") || Current.Is("+")) negative ^= Advance().Text == "-";
        if (Current.Kind != Lexeme.Number) throw Unexpected();
        var word = Advance();
        if (!int.TryParse(word.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || negative && index > 0)
            throw Errors.Validation($"List index is not within the allowable range; index: [{(negative ? "-" : "")}{word.Text}]{word.Place}");
        return index;
    }
}
