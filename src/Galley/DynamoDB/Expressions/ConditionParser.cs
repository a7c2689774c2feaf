namespace Galley.DynamoDB.Expressions;

/// <summary>ConditionExpression, FilterExpression and KeyConditionExpression. From loose to tight: OR, AND, NOT, comparison.</summary>
internal sealed class ConditionParser(ExpressionContext context, string kind, string text) : ExpressionParser(context, kind, text)
{
    private static readonly string[] Comparators = ["=", "<>", "<", "<=", ">", ">="];

    public Condition ParseAll()
    {
        var condition = ParseOr();
        ExpectEnd();
        return condition;
    }

    private Condition ParseOr()
    {
        var left = ParseAnd();
        while (AcceptWord("OR"))
        {
            CountOperator();
            left = new Or(left, ParseAnd());
        }

        return left;
    }

    private Condition ParseAnd()
    {
        var left = ParseNot();
        while (AcceptWord("AND"))
        {
            CountOperator();
            left = new And(left, ParseNot());
        }

        return left;
    }

    private Condition ParseNot()
    {
        if (!Current.IsWord("NOT")) return ParsePrimary();
        Advance();
        CountOperator();
        return new Not(ParseNot());
    }

    private Condition ParsePrimary()
    {
        if (Current.Is("(") && !IsComparison(AfterParentheses))
        {
            Advance();
            var inner = ParseOr();
            Expect(")");
            return Parenthesised(inner);
        }

        var condition = ParseTest();
        EndCondition();
        return condition;
    }

    private Condition ParseTest()
    {
        var function = AtFunction ? Current.Text : null;
        var arguments = function is null ? null : ParseCall();
        var left = arguments is null ? ParseOperand() : null;
        if (arguments is not null && !IsComparison(Current)) return ConditionFunction(function!, arguments);
        left ??= OperandFunction(function!, arguments!);
        return ParseComparison(left);
    }

    private static bool IsComparison(Token token) => token.Kind == TokenKind.Symbol && Comparators.Contains(token.Text) || token.IsWord("BETWEEN") || token.IsWord("IN");

    private Condition ParseComparison(Operand left)
    {
        if (!IsComparison(Current)) throw SyntaxError();
        CountOperator();
        if (AcceptWord("BETWEEN"))
        {
            var low = ParseOperand();
            if (!AcceptWord("AND")) throw SyntaxError();
            var high = ParseOperand();
            CheckBounds(low, high);
            CheckDistinct("BETWEEN", left, low, high);
            return new Between(left, low, high);
        }

        if (AcceptWord("IN"))
        {
            var among = ParseArguments(ParseOperand);
            if (among.Count > 100) Problem(Rank.Operands, $"The IN operator is provided with too many operands; number of operands: {among.Count}");
            CheckDistinct("IN", left, [.. among]);
            return new In(left, among);
        }

        var comparator = Advance().Text;
        var right = ParseOperand();
        CheckDistinct(comparator, left, right);
        if (comparator is not "=" and not "<>")
            foreach (var operand in (Operand[])[left, right])
                CheckOrdered(comparator, operand);
        return new Comparison(comparator, left, right);
    }

    private Operand ParseOperand()
    {
        if (AtFunction)
        {
            var function = Current.Text;
            return OperandFunction(function, ParseCall());
        }

        if (Accept("("))
        {
            var inner = ParseOperand();
            Expect(")");
            return Parenthesised(inner);
        }

        if (Current.Kind == TokenKind.ValuePlaceholder) return ParseValue();
        if (!AtPath) throw SyntaxError();
        return new PathOperand(ParsePath());
    }

    private List<Operand> ParseCall()
    {
        Advance();
        CountOperator();
        return ParseArguments(ParseOperand);
    }

    /// <summary>`size(path)` is the one function that gives a value here.</summary>
    private Operand OperandFunction(string function, List<Operand> arguments)
    {
        if (function == "size")
        {
            if (!CheckCount(function, arguments, 1)) return arguments[0];
            if (TypeOf(arguments[0]) is AttributeType.N or AttributeType.BOOL or AttributeType.NULL) WrongType(function, TypeOf(arguments[0])!.Value);
            return new SizeOperand(arguments[0]);
        }

        if (function is "attribute_exists" or "attribute_not_exists" or "attribute_type" or "begins_with" or "contains")
            Problem(Rank.Misused, $"The function is not allowed to be used this way in an expression; function: {function}");
        else Unfit(function);
        return arguments[0];
    }

    private Condition ConditionFunction(string function, List<Operand> arguments)
    {
        var nothing = new And(null!, null!);
        switch (function)
        {
            case "attribute_exists" or "attribute_not_exists":
                return CheckCount(function, arguments, 1) && RequirePath(function, arguments[0]) is { } path ? new Exists(path, function == "attribute_exists") : nothing;
            case "attribute_type":
                return CheckCount(function, arguments, 2) && TypeNamed(arguments[1]) is { } type ? new HasType(arguments[0], type) : nothing; // any value, whatever the guide says
            case "begins_with":
                if (!CheckCount(function, arguments, 2)) return nothing;
                foreach (var argument in arguments)
                    if (TypeOf(argument) is { } given && given is not AttributeType.S and not AttributeType.B)
                        WrongType(function, given);
                CheckDistinct(function, arguments[0], arguments[1]);
                return new BeginsWith(arguments[0], arguments[1]);
            case "contains":
                if (!CheckCount(function, arguments, 2)) return nothing;
                CheckDistinct(function, arguments[0], arguments[1]);
                return new Contains(arguments[0], arguments[1]);
            case "size":
                Problem(Rank.Misused, $"The function is not allowed to be used this way in an expression; function: {function}");
                return nothing;
            default:
                Unfit(function);
                return nothing;
        }
    }

    private void Unfit(string function)
    {
        if (function is "if_not_exists" or "list_append") Problem(Rank.Misused, $"The function is not allowed in a condition expression; function: {function}");
        else Problem(Rank.UnknownFunction, $"Invalid function name; function: {function}");
    }

    /// <summary>The operand's type where the expression alone tells it.</summary>
    private static AttributeType? TypeOf(Operand operand) => operand switch
    {
        ValueOperand { Value.Type: var type } => type,
        SizeOperand => AttributeType.N,
        _ => null,
    };

    private AttributeType? TypeNamed(Operand operand)
    {
        if (operand is not ValueOperand { Value: var value })
        {
            Problem(Rank.Types, "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
            return null;
        }

        if (value.Type != AttributeType.S) WrongType("attribute_type", value.Type);
        else if (Enum.TryParse<AttributeType>(value.Text, out var type) && type.ToString() == value.Text) return type;
        else Problem(Rank.Types, $"Invalid attribute type name found; type: {value.Text}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}");
        return null;
    }

    private void CheckBounds(Operand low, Operand high)
    {
        CheckOrdered("BETWEEN", low);
        CheckOrdered("BETWEEN", high);
        if (low is not ValueOperand { Value: var from } || high is not ValueOperand { Value: var to }) return;
        if (from.Type != to.Type)
            Problem(Rank.Types, $"The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {from}, upper bound operand: AttributeValue: {to}");
        else if (from.CompareTo(to) > 0)
            Problem(Rank.Types, $"The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {from}, upper bound operand: AttributeValue: {to}");
    }

    private void CheckOrdered(string comparator, Operand operand)
    {
        if (operand is ValueOperand { Value: var value } && value.Type is not (AttributeType.S or AttributeType.N or AttributeType.B))
            WrongType(comparator, value.Type);
    }

    private void CheckDistinct(string comparator, Operand first, params ReadOnlySpan<Operand> rest)
    {
        if (first is not PathOperand { Path: var path }) return;
        foreach (var operand in rest)
            if (operand is PathOperand { Path: var other } && path.Same(other))
                Problem(Rank.Distinct, $"The first operand must be distinct from the remaining operands for this operator or function; operator: {comparator}, first operand: {path}");
    }
}
