namespace Galley.DynamoDB.Expressions;

/// <summary>UpdateExpression: SET, REMOVE, ADD and DELETE, each at most once, in any order.</summary>
internal sealed class UpdateParser(ExpressionContext context, string text) : ExpressionParser(context, "UpdateExpression", text)
{
    private readonly List<(DocumentPath Path, Operand Value)> _sets = [];
    private readonly List<DocumentPath> _removes = [];
    private readonly List<(DocumentPath Path, AttributeValue Value)> _adds = [], _deletes = [];
    private readonly HashSet<string> _sections = [];
    private readonly List<DocumentPath> _targets = [];

    public Update ParseAll()
    {
        do
        {
            if (AcceptWord("SET")) Section("SET", ParseSet);
            else if (AcceptWord("REMOVE")) Section("REMOVE", () => _removes.Add(ParseTarget()));
            else if (AcceptWord("ADD")) Section("ADD", () => ParseSetChange("ADD", _adds));
            else if (AcceptWord("DELETE")) Section("DELETE", () => ParseSetChange("DELETE", _deletes));
            else throw SyntaxError();
        }
        while (Current.Kind != TokenKind.End);
        var update = new Update(_sets, _removes, _adds, _deletes);
        if (Selection.Clash(_targets) is { } clash) Problem(Rank.Operands, clash);
        ExpectEnd();
        update.Entered = Entered;
        return update;
    }

    private void Section(string name, Action parse)
    {
        if (!_sections.Add(name)) Problem(Rank.Section, $"The \"{name}\" section can only be used once in an update expression;");
        do
        {
            CountOperator();
            parse();
        }
        while (Accept(","));
    }

    /// <summary>A path that is written.</summary>
    private DocumentPath ParseTarget()
    {
        var path = ParsePath();
        _targets.Add(path);
        return path;
    }

    private void ParseSet()
    {
        var path = ParseTarget();
        Expect("=");
        _sets.Add((path, ParseSum()));
    }

    /// <summary>An operand, or the sum or difference of two; either may stand in parentheses, but a sum is no operand.</summary>
    private Operand ParseSum()
    {
        Operand left;
        if (Accept("("))
        {
            left = ParseSum();
            Expect(")");
            if (Parenthesised(left) is SumOperand) return left;
        }
        else left = ParseOperand();

        if (!Current.Is("+") && !Current.Is("-")) return left;
        var sign = Advance().Text;
        CountOperator();
        var right = ParseOperand();
        foreach (var operand in (Operand[])[left, right])
            if (operand is ValueOperand { Value: var constant } && constant.Type != AttributeType.N)
                WrongType(sign, constant.Type);
        return new SumOperand(left, right, sign == "-");
    }

    private void ParseSetChange(string section, List<(DocumentPath, AttributeValue)> into)
    {
        var path = ParseTarget();
        if (Current.Kind != TokenKind.ValuePlaceholder) throw SyntaxError();
        var value = ParseValue().Value;
        if (!value.IsSet && (section == "DELETE" || value.Type != AttributeType.N))
            Problem(Rank.Distinct, $"Incorrect operand type for operator or function; operator: {section}, operand type: {LongName(value.Type)}, typeSet: ALLOWED_FOR_{section}_OPERAND");
        into.Add((path, value));
    }

    private Operand ParseOperand()
    {
        if (Accept("("))
        {
            var inner = ParseOperand();
            Expect(")");
            return Parenthesised(inner);
        }

        if (Current.Kind == TokenKind.ValuePlaceholder) return ParseValue();
        if (!AtPath) throw SyntaxError();
        if (!AtFunction) return new PathOperand(ParsePath());
        var function = Advance().Text;
        CountOperator();
        var arguments = ParseArguments(ParseOperand);
        if (arguments.Any(argument => argument is ListAppendOperand))
            Problem(Rank.Misused, "The function is not allowed to be used this way in an expression; function: list_append");
        switch (function)
        {
            case "if_not_exists":
                return CheckCount(function, arguments, 2) && RequirePath(function, arguments[0]) is { } path ? new IfNotExistsOperand(path, arguments[1]) : arguments[0];
            case "list_append":
                foreach (var argument in arguments)
                    if (argument is ValueOperand { Value: var value } && value.Type != AttributeType.L)
                        WrongType(function, value.Type);
                return CheckCount(function, arguments, 2) ? new ListAppendOperand(arguments[0], arguments[1]) : arguments[0];
            case "attribute_exists" or "attribute_not_exists" or "attribute_type" or "begins_with" or "contains" or "size":
                Problem(Rank.UnknownInUpdate, $"The function is not allowed in an update expression; function: {function}");
                return arguments[0];
            default:
                Problem(Rank.UnknownInUpdate, $"Invalid function name; function: {function}");
                return arguments[0];
        }
    }

    private static string LongName(AttributeType type) => type switch
    {
        AttributeType.S => "STRING",
        AttributeType.N => "NUMBER",
        AttributeType.B => "BINARY",
        AttributeType.BOOL => "BOOLEAN",
        AttributeType.L => "LIST",
        AttributeType.M => "MAP",
        _ => type.ToString(),
    };
}
