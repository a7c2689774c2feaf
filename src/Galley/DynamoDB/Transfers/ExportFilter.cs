using Galley.DynamoDB.Expressions;
using Galley.Store;

namespace Galley.DynamoDB.Transfers;

/// <summary>
/// Which items an export takes, and what of them, by the rules of Query (with a key condition) and Scan. What it leaves out counts as read.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Filtered.html
/// </summary>
internal sealed class ExportFilter
{
    private readonly Condition? _filter;
    private readonly Selection? _selection;

    /// <exception cref="Galley.Wire.AwsError">ValidationException, in the words of Query.</exception>
    public ExportFilter(FilterSpecification? given, Table table)
    {
        (From, To) = (table.Space, Key.After(table.Space));
        if (given is null) return;
        var expressions = new ExpressionContext(given.ExpressionAttributeNames, given.ExpressionAttributeValues,
            ("KeyConditionExpression", given.KeyConditionExpression), ("FilterExpression", given.FilterExpression), ("ProjectionExpression", given.ProjectionExpression));
        var condition = expressions.Condition("KeyConditionExpression", given.KeyConditionExpression);
        _filter = expressions.Condition("FilterExpression", given.FilterExpression);
        _selection = expressions.Projection(given.ProjectionExpression);
        expressions.End();
        if (condition is not null)
        {
            (From, To) = KeyCondition.Of(condition, table.Hash, table.Range).Range(table.Space);
            foreach (var name in table.KeyNames)
                if (expressions.Touches("FilterExpression", name))
                    throw Errors.Validation($"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}");
        }

        if (_selection is not null) table.CheckPaths(_selection.Entered);
        table.CheckPaths(expressions.Entered("FilterExpression"));
    }

    /// <summary>Where the items lie that the key condition means.</summary>
    public byte[] From { get; }

    public byte[] To { get; }

    public bool Covers(byte[] key) => key.AsSpan().SequenceCompareTo(From) >= 0 && key.AsSpan().SequenceCompareTo(To) < 0;

    public bool Takes(Item item) => _filter?.Holds(item) != false;

    public Item? Chosen(Item? item) => item is null || _selection is null ? item : _selection.Of(item);
}
