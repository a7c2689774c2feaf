using Galley.Wire;

namespace Galley.DynamoDB.PartiQL;

/// <summary>Statements by their text, parsed once.</summary>
internal sealed class StatementTexts
{
    private const int Longest = 8192;
    private readonly Generations<string, Statement> _statements = new(1024);

    public Statement Parse(string text)
    {
        if (_statements.TryGet(text, out var known)) return known;
        var statement = new StatementParser(text).ParseAll();
        _statements.Keep(text, statement);
        return statement;
    }

    /// <summary>The right that a statement needs: its action on its table or index.</summary>
    public (string Action, string Resource) Right(string? text, Call call)
    {
        var statement = Parse(text ?? "");
        return (statement.Action, TableNames.ArnOf(call, statement.Table, statement.Index));
    }

    /// <summary>Null for a statement that cannot be read; what is wrong with it, its operation will tell.</summary>
    public string? Action(string? text) => TryParse(text)?.Action;

    private Statement? TryParse(string? text)
    {
        try
        {
            return text is null ? null : Parse(text);
        }
        catch (AwsError)
        {
            return null;
        }
    }

    /// <summary>Parameters are looked at before the statement; PartiQL tells what is wrong with them in the older words.</summary>
    public static void CheckValues(AttributeValue[]? parameters)
    {
        foreach (var parameter in parameters ?? [])
            if (parameter.Problem is { } problem) throw problem.Error(older: true);
    }

    public static void Check(Constraints constraints, string? statement, AttributeValue[]? parameters, string path = "")
    {
        constraints.Present(statement, path + "statement");
        if (statement is not null) constraints.Count(statement.Length, path + "statement", 1, Longest, statement);
        if (parameters is not null) constraints.Count(parameters.Length, path + "parameters", 1, int.MaxValue, "[]");
    }
}
