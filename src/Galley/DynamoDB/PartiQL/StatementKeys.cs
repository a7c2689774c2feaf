using Galley.DynamoDB.Expressions;

namespace Galley.DynamoDB.PartiQL;

/// <summary>What IAM's conditions can ask of one statement.</summary>
/// <param name="table">Null when there is none; then every value that is compared counts as a leading key.</param>
internal sealed class StatementKeys(Statement statement, AttributeValue[]? parameters, Table? table)
{
    private readonly Binder _binder = new(statement, parameters);

    public IEnumerable<(string Name, string Value)> All
    {
        get
        {
            var (leading, scans) = statement.Kind switch
            {
                StatementKind.Insert => ([.. _binder.Item(statement).Attributes.Where(pair => table is null || pair.Key == table.Hash.Name).Select(pair => pair.Value)], false),
                StatementKind.Select => Read(),
                _ => ([.. Compared(table?.Hash.Name)], false),
            };
            foreach (var value in leading)
                if (ConditionKeys.Text(value) is { } text)
                {
                    yield return ("LeadingKeys", text);
                    yield return ("FirstPartitionKeyValues", text);
                }

            foreach (var name in Attributes().Distinct()) yield return ("Attributes", name);
            if (statement.Kind == StatementKind.Select)
            {
                yield return ("FullTableScan", scans ? "true" : "false");
                yield return ("Select", statement.Columns is not null ? "SPECIFIC_ATTRIBUTES" : statement.Index is null ? "ALL_ATTRIBUTES" : "ALL_PROJECTED_ATTRIBUTES");
            }
            else if (statement.Kind != StatementKind.Exists)
                yield return ("ReturnValues", statement.Returning?.Replace("MODIFIED", "UPDATED", StringComparison.Ordinal).Replace(' ', '_') ?? "NONE");
        }
    }

    private (AttributeValue[] Leading, bool Scans) Read()
    {
        var index = statement.Index is null ? null : table?.Indexes.FirstOrDefault(index => index.Name == statement.Index);
        if (table is null || statement.Index is not null && index is null) return ([.. Compared(null)], false);
        var reads = new KeyReads(_binder, index?.Hash ?? table.Hash, index is null ? table.Range : index.Range).Of(statement.Where, index?.Space ?? table.Space);
        return reads is null ? ([], true) : ([.. reads.Select(read => read.Hash)], false);
    }

    /// <summary>The values that `=` demands of an attribute, or of any.</summary>
    private IEnumerable<AttributeValue> Compared(string? attribute)
        => KeyReads.Conjuncts(statement.Where).SelectMany(term => (attribute is null ? KeyReads.Roots(term) : [attribute]).Select(name => KeyReads.EqualTo(_binder, term, name, inCounts: true))).OfType<AttributeValue>();

    private IEnumerable<string> Attributes() => statement.Item.Select(member => member.Name)
        .Concat(statement.Updates.Select(update => update.Path.Root))
        .Concat(statement.Columns?.Select(column => column.Path.Root) ?? [])
        .Concat(statement.Where is null ? [] : KeyReads.Roots(statement.Where));
}
