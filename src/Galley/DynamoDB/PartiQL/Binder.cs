using Galley.DynamoDB.Expressions;

namespace Galley.DynamoDB.PartiQL;

/// <summary>Puts a request's parameters into a statement's terms and makes of them what expressions are made of.</summary>
internal sealed class Binder
{
    private readonly AttributeValue[] _parameters;

    public Binder(Statement statement, AttributeValue[]? parameters)
    {
        _parameters = parameters ?? [];
        if (statement.Parameters != _parameters.Length) throw Errors.Validation("Number of parameters in request and statement don't match.");
    }

    public Condition? Where(Statement statement) => statement.Where is null ? null : Condition(statement.Where);

    public Condition Condition(Term term)
    {
        switch (term)
        {
            case AndTerm both:
                return new And(Condition(both.Left), Condition(both.Right));
            case OrTerm either:
                return new Or(Condition(either.Left), Condition(either.Right));
            case NotTerm negated:
                return new Not(Condition(negated.Inner));
            case BinaryTerm { Operator: var comparator } binary:
                var (left, right) = (Operand(binary.Left), Operand(binary.Right));
                if (comparator is not "=" and not "<>") CheckOrdered(comparator, left, right);
                return new Comparison(comparator, left, right);
            case BetweenTerm between:
                var (low, high) = (Operand(between.Low), Operand(between.High));
                CheckOrdered("BETWEEN", low, high);
                return new Between(Operand(between.Value), low, high);
            case InTerm among:
                return new In(Operand(among.Value), [.. among.Among.Select(Operand)]);
            case IsTerm { Value: PathTerm path } test:
                return test.Missing ? new Exists(path.Path, Wanted: false) : new HasType(new PathOperand(path.Path), AttributeType.NULL);
            case CallTerm call:
                return Call(call);
            default:
                throw Errors.Malformed("Unexpected term");
        }
    }

    /// <summary>The value of a constant term; null for every other.</summary>
    public AttributeValue? Constant(Term term) => term switch
    {
        LiteralTerm literal => literal.Value,
        ParameterTerm parameter => _parameters[parameter.Number],
        _ => null,
    };

    /// <summary>The item of INSERT.</summary>
    public Item Item(Statement statement)
    {
        var attributes = new Dictionary<string, AttributeValue>();
        foreach (var (name, value) in statement.Item) attributes[name] = Constant(value)!;
        return new Item(attributes);
    }

    public Update Update(Statement statement)
    {
        var sets = new List<(DocumentPath, Operand)>();
        var removes = new List<DocumentPath>();
        var (adds, deletes) = (new List<(DocumentPath, AttributeValue)>(), new List<(DocumentPath, AttributeValue)>());
        foreach (var (path, value) in statement.Updates)
            switch (value)
            {
                case null:
                    removes.Add(path);
                    break;
                case CallTerm { Function: "set_add" } call:
                    adds.Add((path, SetMembers(path, call)));
                    break;
                case CallTerm { Function: "set_delete" } call:
                    deletes.Add((path, SetMembers(path, call)));
                    break;
                default:
                    sets.Add((path, Assigned(value)));
                    break;
            }

        var update = new Update(sets, removes, adds, deletes);
        return Selection.Clash([.. update.Paths]) is { } clash ? throw Errors.Validation(clash) : update;
    }

    private Operand Operand(Term term) => term switch
    {
        PathTerm path => new PathOperand(path.Path),
        LiteralTerm or ParameterTerm => new ValueOperand(Constant(term)!),
        CallTerm { Function: "size" } call => new SizeOperand(Operand(Arguments(call, 1)[0])),
        _ => new ConditionOperand(Condition(term)),
    };

    private Operand Assigned(Term term)
    {
        if (term is BinaryTerm { Operator: "+" or "-" } sum)
        {
            var (left, right) = (Assigned(sum.Left), Assigned(sum.Right));
            foreach (var operand in (Operand[])[left, right])
                if (operand is ValueOperand { Value: { Type: not AttributeType.N } value }) throw WrongType(sum.Operator, value);
            return new SumOperand(left, right, sum.Operator == "-");
        }

        return term switch
        {
            PathTerm or LiteralTerm or ParameterTerm => Operand(term),
            CallTerm { Function: "list_append" } call => Arguments(call, 2) is [var first, var second] ? new ListAppendOperand(ListOf(first), ListOf(second)) : throw Errors.Malformed(""),
            CallTerm { Function: "if_not_exists" } call => Arguments(call, 2) is [PathTerm path, var otherwise]
                ? new IfNotExistsOperand(path.Path, Assigned(otherwise))
                : throw RequiresPath("if_not_exists"),
            CallTerm call => throw Errors.Validation($"The function is not allowed in an update expression; function: {call.Function}"),
            _ => throw Errors.Malformed("Unexpected term"),
        };

        Operand ListOf(Term argument)
        {
            var operand = Assigned(argument);
            return operand is ValueOperand { Value: { Type: not AttributeType.L } value } ? throw WrongType("list_append", value) : operand;
        }
    }

    private AttributeValue SetMembers(DocumentPath path, CallTerm call)
    {
        var name = call.Function.ToUpperInvariant();
        if (call.Arguments.Count != 2) throw Errors.Validation($"{name} must have exactly two arguments{call.Word.Place}");
        if (call.Arguments is not [PathTerm first, var second] || !first.Path.Same(path))
            throw Errors.Validation($"The first argument to {name} must equal the assignment value{call.Word.Place}");
        return Constant(second) is { IsSet: true } members ? members : throw Errors.Validation($"The second argument to {name} must be a value with type SET{call.First.Place}");
    }

    private Condition Call(CallTerm call)
    {
        switch (call.Function)
        {
            case "attribute_exists" or "attribute_not_exists":
                return Arguments(call, 1)[0] is PathTerm path ? new Exists(path.Path, call.Function == "attribute_exists") : throw RequiresPath(call.Function);
            case "attribute_type":
                if (Arguments(call, 2) is not [PathTerm typed, var name]) throw RequiresPath(call.Function);
                return new HasType(new PathOperand(typed.Path), TypeNamed(Constant(name) ?? throw RequiresPath(call.Function)));
            case "begins_with":
                var (value, prefix) = (Operand(Arguments(call, 2)[0]), Operand(call.Arguments[1]));
                foreach (var operand in (Operand[])[value, prefix])
                    if (operand is ValueOperand { Value: { Type: not (AttributeType.S or AttributeType.B) } wrong }) throw WrongType(call.Function, wrong);
                return new BeginsWith(value, prefix);
            case "contains":
                return new Contains(Operand(Arguments(call, 2)[0]), Operand(call.Arguments[1]));
            default:
                throw Errors.Validation($"Unrecognized function: {call.Function}{call.Word.Place}");
        }
    }

    private static IReadOnlyList<Term> Arguments(CallTerm call, int count) => call.Arguments.Count == count
        ? call.Arguments
        : throw Errors.Validation($"Incorrect number of operands for operator or function; operator or function: {call.Function}, number of operands: {call.Arguments.Count}");

    private static AttributeType TypeNamed(AttributeValue name)
    {
        if (name.Type != AttributeType.S) throw WrongType("attribute_type", name);
        return Enum.TryParse<AttributeType>(name.Text, out var type) && type.ToString() == name.Text
            ? type
            : throw Errors.Validation($"Invalid attribute type name found; type: {name.Text}, valid types: {{N,BS,L,B,NULL,M,S,SS,NS,BOOL}}");
    }

    private static void CheckOrdered(string comparator, params ReadOnlySpan<Operand> operands)
    {
        foreach (var operand in operands)
            if (operand is ValueOperand { Value: { Type: not (AttributeType.S or AttributeType.N or AttributeType.B) } value }) throw WrongType(comparator, value);
    }

    private static Galley.Wire.AwsError RequiresPath(string function) => Errors.Validation($"Operator or function requires a document path; operator or function: {function}");

    private static Galley.Wire.AwsError WrongType(string function, AttributeValue value)
        => Errors.Validation($"Incorrect operand type for operator or function; operator or function: {function}, operand type: {value.Type}");
}

/// <summary>A condition as a value, as in `attribute_exists(a) = false`.</summary>
internal sealed record ConditionOperand(Condition Inner) : Operand
{
    public override AttributeValue? Of(Item item) => AttributeValue.Bool(Inner.Holds(item));
}
