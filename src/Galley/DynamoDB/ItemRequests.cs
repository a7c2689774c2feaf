using Galley.DynamoDB.Expressions;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>Requests and answers of the single-item operations.</summary>
internal sealed record GetItemRequest
{
    public string? TableName { get; set; }

    public Item? Key { get; set; }

    public bool? ConsistentRead { get; set; }

    public string? ProjectionExpression { get; set; }

    public string[]? AttributesToGet { get; set; }

    public Dictionary<string, string>? ExpressionAttributeNames { get; set; }

    public string? ReturnConsumedCapacity { get; set; }
}

internal sealed record GetItemResponse
{
    public Item? Item { get; set; }

    public ConsumedCapacity? ConsumedCapacity { get; set; }
}

/// <summary>The members that PutItem, UpdateItem and DeleteItem share, and the checks of single members.</summary>
internal abstract record ItemWriteRequest
{
    public string? TableName { get; set; }

    public string? ConditionExpression { get; set; }

    public Dictionary<string, ExpectedAttributeValue>? Expected { get; set; }

    public string? ConditionalOperator { get; set; }

    public Dictionary<string, string>? ExpressionAttributeNames { get; set; }

    public ExpressionValues? ExpressionAttributeValues { get; set; }

    public string? ReturnValues { get; set; }

    public string? ReturnConsumedCapacity { get; set; }

    public string? ReturnItemCollectionMetrics { get; set; }

    public string? ReturnValuesOnConditionCheckFailure { get; set; }

    /// <summary>
    /// Gives the table's name. What has no table name, item or key at all, or a value nested far too deep, is told in AWS's older words,
    /// with all else that is wrong with single members.
    /// </summary>
    protected string Check(Item? target, string path, Action<Constraints>? further = null)
    {
        var constraints = new Constraints();
        if (TableName is null || target is null || NestsFarTooDeep(target))
        {
            constraints.ReturnConsumedCapacity(ReturnConsumedCapacity);
            if (TableName?.StartsWith("arn:", StringComparison.Ordinal) != true) constraints.Name(TableName, "tableName", shortest: 1);
            constraints.OneOf(ReturnValues, "returnValues", "ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW")
                .ReturnItemCollectionMetrics(ReturnItemCollectionMetrics).ConditionalOperator(ConditionalOperator).Present(target, path).Throw();
        }

        var name = TableNames.Check(TableName);
        constraints.ReturnConsumedCapacity(ReturnConsumedCapacity).ReturnValues(ReturnValues).ReturnItemCollectionMetrics(ReturnItemCollectionMetrics)
            .OneOf(ReturnValuesOnConditionCheckFailure, "returnValuesOnConditionCheckFailure", "ALL_OLD", "NONE")
            .NewConditionalOperator(ConditionalOperator).Expected(Expected);
        further?.Invoke(constraints);
        constraints.Throw();
        return name;
    }

    /// <summary>ReturnValues of a write that makes nothing new out of the old.</summary>
    protected void CheckOldValuesOnly()
    {
        if (ReturnValues is not null and not "NONE" and not "ALL_OLD") throw Errors.Validation("ReturnValues can only be ALL_OLD or NONE");
    }

    /// <summary>AWS reads such a request otherwise, and finds other problems in it first.</summary>
    protected bool NestsFarTooDeep(Item? target)
        => target?.Problem?.StandsAlone == true || ExpressionAttributeValues?.Problem?.StandsAlone == true
           || Expected?.Values.Any(one => one?.Value?.Problem?.StandsAlone == true || one?.AttributeValueList?.Any(value => value.Problem?.StandsAlone == true) == true) == true;

    protected void CheckMix()
        => Legacy.CheckMix([("Expected", Expected), ("ConditionalOperator", ConditionalOperator)], [("ConditionExpression", ConditionExpression)]);

    protected Condition? ParseCondition()
        => Items.ParseCondition(ExpressionAttributeNames, ExpressionAttributeValues, ConditionExpression) ?? Legacy.Expected(Expected, ConditionalOperator);
}

internal sealed record PutItemRequest : ItemWriteRequest
{
    public Item? Item { get; set; }

    public (string TableName, Item Item, Condition? Condition) Read()
    {
        var name = Check(Item, "item");
        if (NestsFarTooDeep(Item)) CheckOldValuesOnly();
        try
        {
            Item!.Sound();
            CheckOldValuesOnly();
            Items.CheckSize(Item);
            CheckMix();
            return (name, Item, ParseCondition());
        }
        catch (ValidationError error) when (!error.StandsAlone)
        {
            throw Errors.Enveloped(error);
        }
    }
}

internal sealed record DeleteItemRequest : ItemWriteRequest
{
    public Item? Key { get; set; }

    public (string TableName, Item Key, Condition? Condition) Read()
    {
        var name = Check(Key, "key");
        if (NestsFarTooDeep(Key)) CheckOldValuesOnly();
        try
        {
            Key!.Sound();
            CheckOldValuesOnly();
            CheckMix();
            return (name, Key, ParseCondition());
        }
        catch (ValidationError error) when (!error.StandsAlone)
        {
            throw Errors.Enveloped(error);
        }
    }
}

internal sealed record UpdateItemRequest : ItemWriteRequest
{
    public Item? Key { get; set; }

    public string? UpdateExpression { get; set; }

    public Dictionary<string, AttributeValueUpdate>? AttributeUpdates { get; set; }

    public (string TableName, Item Key, Update? Update, Condition? Condition) Read()
    {
        // This operation alone tells a wrong ReturnValues before everything else.
        if (TableName is { Length: > 0 } && Key is not null) new Constraints().ReturnValues(ReturnValues).Throw();
        var name = Check(Key, "key", constraints => constraints.AttributeUpdates(AttributeUpdates));
        try
        {
            Key!.Sound();
            Legacy.CheckMix(
                [("AttributeUpdates", AttributeUpdates), ("Expected", Expected), ("ConditionalOperator", ConditionalOperator)],
                [("UpdateExpression", UpdateExpression), ("ConditionExpression", ConditionExpression)]);
            var expressions = new ExpressionContext(ExpressionAttributeNames, ExpressionAttributeValues,
                ("UpdateExpression", UpdateExpression), ("ConditionExpression", ConditionExpression));
            var update = expressions.Update(UpdateExpression) ?? Legacy.Updates(AttributeUpdates);
            var condition = expressions.Condition("ConditionExpression", ConditionExpression) ?? Legacy.Expected(Expected, ConditionalOperator);
            expressions.End();
            return (name, Key, update, condition);
        }
        catch (ValidationError error) when (!error.StandsAlone)
        {
            throw Errors.Enveloped(error);
        }
    }
}

/// <summary>The answer of PutItem, UpdateItem and DeleteItem.</summary>
internal sealed record ItemResponse
{
    public Item? Attributes { get; set; }

    public ItemCollection? ItemCollectionMetrics { get; set; }

    public ConsumedCapacity? ConsumedCapacity { get; set; }
}
