using Galley.DynamoDB.Expressions;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>One action of TransactWriteItems, its expressions parsed, before its table is known.</summary>
internal sealed record TransactPlan(string TableName, Item Key, long Size, Func<Table, Change> Change)
{
    public static TransactPlan Of(TransactWriteItem? item)
    {
        if (item is null || new object?[] { item.ConditionCheck, item.Put, item.Update, item.Delete }.Count(part => part is not null) != 1)
            throw Errors.Validation("TransactItems can only contain one of Check, Put, Update or Delete");
        var (action, isUpdate) = (item.ConditionCheck ?? item.Put ?? item.Update ?? item.Delete!, item.Update is not null);
        var name = TableNames.Check(action.TableName);
        new Constraints().OneOf(action.ReturnValuesOnConditionCheckFailure, "returnValuesOnConditionCheckFailure", "ALL_OLD", "NONE").Throw();
        if (item.Put is null != action.Item is null || item.Put is null == action.Key is null) throw Errors.Required(item.Put is null ? "Key" : "Item");
        if (isUpdate && action.UpdateExpression is null) throw Errors.Required("UpdateExpression");
        if (!isUpdate && action.UpdateExpression is not null) throw Errors.Unsupported("UpdateExpression outside Update");
        if (item.ConditionCheck is { ConditionExpression: null }) throw Errors.Required("ConditionExpression");

        Update? update = null;
        Condition? condition = null;
        if (isUpdate)
        {
            var expressions = new ExpressionContext(action.ExpressionAttributeNames, action.ExpressionAttributeValues,
                ("UpdateExpression", action.UpdateExpression), ("ConditionExpression", action.ConditionExpression));
            update = expressions.Update(action.UpdateExpression);
            condition = expressions.Condition("ConditionExpression", action.ConditionExpression);
            expressions.End();
        }
        else condition = Items.ParseCondition(action.ExpressionAttributeNames, action.ExpressionAttributeValues, action.ConditionExpression);

        if (action.Item?.HasEmptyName == true) throw Errors.EmptyName();
        (action.Item ?? action.Key!).Sound();
        var onFailure = action.ReturnValuesOnConditionCheckFailure;
        var size = (action.Item ?? action.Key!).Size + (action.ExpressionAttributeValues?.Values.Values.Sum(value => (long)value.Size) ?? 0);
        return new TransactPlan(name, (action.Item ?? action.Key)!, size, table =>
            item.Put is not null ? DynamoDB.Change.Put(table, action.Item!, condition, onFailure)
            : isUpdate ? DynamoDB.Change.Update(table, action.Key!, update, condition, onFailure)
            : item.Delete is not null ? DynamoDB.Change.Delete(table, action.Key!, condition, onFailure)
            : DynamoDB.Change.Check(table, action.Key!, condition!, onFailure));
    }

    /// <summary>The IAM actions of a transaction are those of its parts, each told once.</summary>
    public static IEnumerable<(string Action, string Resource)> Permissions(TransactWriteItemsRequest request, Call call)
        => (request.TransactItems ?? []).Select(item => (Action: ActionOf(item), Table: (item?.ConditionCheck ?? item?.Put ?? item?.Update ?? item?.Delete)?.TableName)).Distinct()
            .Select(part => (part.Action, TableNames.ArnOf(call, part.Table)));

    public static string ActionOf(TransactWriteItem item) => item switch
    {
        { Put: not null } => "dynamodb:PutItem",
        { Update: not null } => "dynamodb:UpdateItem",
        { Delete: not null } => "dynamodb:DeleteItem",
        _ => "dynamodb:ConditionCheckItem",
    };
}

internal sealed record TransactWriteItemsRequest
{
    public TransactWriteItem[]? TransactItems { get; set; }

    public string? ClientRequestToken { get; set; }

    public string? ReturnConsumedCapacity { get; set; }

    public string? ReturnItemCollectionMetrics { get; set; }
}

internal sealed record TransactWriteItem
{
    public TransactAction? ConditionCheck { get; set; }

    public TransactAction? Put { get; set; }

    public TransactAction? Update { get; set; }

    public TransactAction? Delete { get; set; }
}

/// <summary>The members of the four actions; each takes its own.</summary>
internal sealed record TransactAction
{
    public string? TableName { get; set; }

    public Item? Key { get; set; }

    public Item? Item { get; set; }

    public string? UpdateExpression { get; set; }

    public string? ConditionExpression { get; set; }

    public Dictionary<string, string>? ExpressionAttributeNames { get; set; }

    public ExpressionValues? ExpressionAttributeValues { get; set; }

    public string? ReturnValuesOnConditionCheckFailure { get; set; }
}

internal sealed record TransactWriteItemsResponse
{
    public Dictionary<string, List<ItemCollection>>? ItemCollectionMetrics { get; init; }

    public List<ConsumedCapacity>? ConsumedCapacity { get; init; }
}

internal sealed record CancellationReason
{
    public Item? Item { get; init; }

    public required string Code { get; init; }

    public string? Message { get; init; }
}

internal sealed record TransactGetItemsRequest
{
    public TransactGetItem[]? TransactItems { get; set; }

    public string? ReturnConsumedCapacity { get; set; }
}

internal sealed record TransactGetItem
{
    public TransactGet? Get { get; set; }
}

internal sealed record TransactGet
{
    public string? TableName { get; set; }

    public Item? Key { get; set; }

    public string? ProjectionExpression { get; set; }

    public Dictionary<string, string>? ExpressionAttributeNames { get; set; }
}

internal sealed record TransactGetItemsResponse
{
    public required List<GetItemResponse> Responses { get; init; }

    public List<ConsumedCapacity>? ConsumedCapacity { get; init; }
}
