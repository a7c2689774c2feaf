using Galley.DynamoDB.Expressions;

namespace Galley.DynamoDB.PartiQL;

internal enum StatementKind
{
    Select, Insert, Update, Delete, Exists,
}

/// <summary>One parsed statement, before its parameters are known; it never changes and is kept for the next request with the same text.</summary>
internal sealed record Statement(StatementKind Kind, string Table)
{
    public string? Index { get; init; }

    /// <summary>Null for `*`.</summary>
    public IReadOnlyList<Column>? Columns { get; init; }

    public Term? Where { get; init; }

    public IReadOnlyList<(string Attribute, bool Descending)> OrderBy { get; init; } = [];

    /// <summary>The item of INSERT.</summary>
    public IReadOnlyList<(string Name, Term Value)> Item { get; init; } = [];

    /// <summary>SET and REMOVE; a removal has no value.</summary>
    public IReadOnlyList<(DocumentPath Path, Term? Value)> Updates { get; init; } = [];

    /// <summary>`ALL OLD`, `MODIFIED NEW` …</summary>
    public string? Returning { get; init; }

    /// <summary>What is wrong with a column that is no path.</summary>
    public string? Misplaced { get; init; }

    /// <summary>How many `?` it has.</summary>
    public int Parameters { get; init; }

    public bool Reads => Kind == StatementKind.Select;

    public string Action => Kind switch
    {
        StatementKind.Insert => "dynamodb:PartiQLInsert",
        StatementKind.Update => "dynamodb:PartiQLUpdate",
        StatementKind.Delete => "dynamodb:PartiQLDelete",
        _ => "dynamodb:PartiQLSelect",
    };
}

/// <param name="Name">The last named step and the indexes after it: `m.k[0]` is answered as `k[0]`.</param>
internal sealed record Column(DocumentPath Path, string Name);

/// <summary>An expression as written.</summary>
internal abstract record Term;

internal sealed record PathTerm(DocumentPath Path) : Term
{
    public string? TopLevel => Path.IsTopLevel ? Path.Root : null;
}

internal sealed record LiteralTerm(AttributeValue Value) : Term;

internal sealed record ParameterTerm(int Number) : Term;

/// <param name="Word">The function's name, and the first word of its first argument: errors tell their places.</param>
internal sealed record CallTerm(string Function, IReadOnlyList<Term> Arguments, Word Word, Word First) : Term;

/// <param name="Operator">A comparison, or + or - in SET.</param>
internal sealed record BinaryTerm(string Operator, Term Left, Term Right) : Term;

internal sealed record AndTerm(Term Left, Term Right) : Term;

internal sealed record OrTerm(Term Left, Term Right) : Term;

internal sealed record NotTerm(Term Inner) : Term;

internal sealed record BetweenTerm(Term Value, Term Low, Term High) : Term;

internal sealed record InTerm(Term Value, IReadOnlyList<Term> Among) : Term;

/// <summary>`IS MISSING`, `IS NULL`</summary>
internal sealed record IsTerm(Term Value, bool Missing) : Term;
