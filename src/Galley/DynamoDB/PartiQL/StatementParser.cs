using Galley.DynamoDB.Expressions;
using Galley.Wire;

namespace Galley.DynamoDB.PartiQL;

/// <summary>DynamoDB's four PartiQL statements, and EXISTS(SELECT …) of transactions.</summary>
internal sealed class StatementParser(string text) : TermParser(text)
{
    public Statement ParseAll()
    {
        var statement = AcceptKeyword("SELECT") ? ParseSelect()
            : AcceptKeyword("INSERT") ? ParseInsert()
            : AcceptKeyword("UPDATE") ? ParseUpdate()
            : AcceptKeyword("DELETE") ? ParseDelete()
            : AcceptKeyword("FROM") ? ParseFromFirst()
            : Current.IsKeyword("EXISTS") && Following.Is("(") ? ParseExists()
            : throw Errors.Malformed("Expected data manipulation");
        Accept(";");
        if (Current.Kind != Lexeme.End) throw Leftover();
        return statement with { Parameters = Parameters };
    }

    private Statement ParseSelect()
    {
        var columns = Current.Is("*") ? null : new List<Column>();
        string? misplaced = null;
        if (columns is null) Advance();
        else
            do
            {
                if (Current.Is("*")) throw Errors.Validation("Other attributes should not be present in the projection when '*' is used.");
                if (Current.Kind == Lexeme.Name && Following.Is("(")) misplaced ??= SkipCall();
                else
                {
                    var path = ParsePath();
                    columns.Add(new(path, NameOf(path)));
                }
            }
            while (Accept(","));
        if (Current.Is(",")) throw Errors.Validation("Other attributes should not be present in the projection when '*' is used.");
        ExpectKeyword("FROM");
        var (table, index) = ParseSource();
        ForbidAlias();
        var where = AcceptKeyword("WHERE") ? ParseCondition() : null;
        var order = new List<(string, bool)>();
        if (AcceptKeyword("ORDER"))
        {
            ExpectKeyword("BY");
            do
            {
                var attribute = ParseName();
                var descending = AcceptKeyword("DESC");
                if (!descending) AcceptKeyword("ASC");
                order.Add((attribute, descending));
            }
            while (Accept(","));
            if (where is null && Current.IsKeyword("WHERE")) throw Leftover();
            if (where is null) throw Errors.Validation("Must have WHERE clause in the statement when using ORDER BY clause.");
        }

        return new Statement(StatementKind.Select, table) { Index = index, Columns = columns, Where = where, OrderBy = order, Misplaced = misplaced };
    }

    private Statement ParseExists()
    {
        Advance();
        Expect("(");
        ExpectKeyword("SELECT");
        var select = ParseSelect();
        Expect(")");
        return select with { Kind = StatementKind.Exists };
    }

    private Statement ParseInsert()
    {
        ExpectKeyword("INTO");
        var (table, index) = ParseSource();
        if (index is not null) throw Errors.Malformed("FROM clause may only contain a single table name");
        if (AtAlias) throw Leftover();
        ExpectKeyword("VALUE");
        return new Statement(StatementKind.Insert, table) { Item = ParseItem() };
    }

    private Statement ParseUpdate()
    {
        var (table, index) = ParseSource();
        ForbidAlias();
        var updates = ParseUpdates();
        var where = AcceptKeyword("WHERE") ? ParseCondition() : null;
        return new Statement(StatementKind.Update, table) { Index = index, Updates = updates, Where = where, Returning = ParseReturning() };
    }

    /// <summary>`FROM table WHERE … SET …`: an UPDATE that begins with its table.</summary>
    private Statement ParseFromFirst()
    {
        var (table, index) = ParseSource();
        ForbidAlias();
        var where = AcceptKeyword("WHERE") ? ParseCondition() : null;
        var updates = ParseUpdates();
        return new Statement(StatementKind.Update, table) { Index = index, Updates = updates, Where = where, Returning = ParseReturning() };
    }

    private List<(DocumentPath, Term?)> ParseUpdates()
    {
        var updates = new List<(DocumentPath, Term?)>();
        while (true)
            if (AcceptKeyword("SET"))
                do
                {
                    var path = ParsePath();
                    Expect("=");
                    updates.Add((path, ParseSum()));
                }
                while (Accept(","));
            else if (AcceptKeyword("REMOVE"))
                do updates.Add((ParsePath(), null));
                while (Accept(","));
            else break;
        return updates.Count == 0 ? throw Unexpected() : updates;
    }

    private Statement ParseDelete()
    {
        ExpectKeyword("FROM");
        var (table, index) = ParseSource();
        ForbidAlias();
        var where = AcceptKeyword("WHERE") ? ParseCondition() : null;
        var returning = ParseReturning();
        if (returning is not null and not "ALL OLD")
            throw Errors.Validation($"Invalid returning clause: RETURNING {returning} *. Only RETURNING ALL OLD * is allowed in DELETE statements.");
        return new Statement(StatementKind.Delete, table) { Index = index, Where = where, Returning = returning };
    }

    private string? ParseReturning()
    {
        if (!AcceptKeyword("RETURNING")) return null;
        var what = AcceptKeyword("ALL") ? "ALL" : AcceptKeyword("MODIFIED") ? "MODIFIED" : throw Unexpected();
        var which = AcceptKeyword("OLD") ? "OLD" : AcceptKeyword("NEW") ? "NEW" : throw Unexpected();
        Expect("*");
        return $"{what} {which}";
    }

    private (string Table, string? Index) ParseSource()
    {
        if (Current.Kind is not (Lexeme.Name or Lexeme.QuotedName)) throw Errors.Malformed("Unexpected from source");
        var table = ParseName();
        var index = Accept(".") ? ParseName() : null;
        if (Current.Is(".")) throw Errors.Validation("A path may contain at most 2 components in the FROM clause");
        if (table.Length == 0 || index?.Length == 0) throw Errors.Validation("Path component cannot be an empty string");
        return (table, index);
    }

    private static AwsError Leftover() => Errors.Malformed("Unexpected token after expression");

    private bool AtAlias => Current.Kind == Lexeme.QuotedName || Current.Kind == Lexeme.Name && !IsKeyword(Current);

    private void ForbidAlias()
    {
        if (AtAlias) throw Errors.Validation("Aliasing is not supported");
    }

    /// <summary>A function among the columns is no mistake of grammar; AWS tells it once the index is known.</summary>
    private string SkipCall()
    {
        var problem = "Unexpected path component" + Advance().Place;
        var open = 0;
        do
        {
            if (Current.Kind == Lexeme.End) throw Unexpected();
            open += Current.Is("(") ? 1 : Current.Is(")") ? -1 : 0;
            Advance();
        }
        while (open > 0);
        return problem;
    }

    private static string NameOf(DocumentPath path)
    {
        var at = path.Steps.Count - 1;
        while (path.Steps[at].Name is null) at--;
        return string.Concat(path.Steps.Skip(at).Select(step => step.ToString()));
    }
}
