using Galley.DynamoDB.Expressions;

namespace Galley.DynamoDB;

/// <summary>Requests and answers of the single-item operations.</summary>
internal sealed record GetItemRequest
{
    public string? TableName { get; init; }

    public Item? Key { get; init; }

    public bool? ConsistentRead { get; init; }

    public string? ProjectionExpression { get; init; }

    public string[]? AttributesToGet { get; init; }

    public Dictionary<string, string>? ExpressionAttributeNames { get; init; }

    public string? ReturnConsumedCapacity { get; init; }
}

internal sealed record GetItemResponse
{
    public Item? Item { get; init; }

    public ConsumedCapacity? ConsumedCapacity { get; init; }
}

internal sealed record PutItemRequest
{
    public string? TableName { get; init; }

    public Item? Item { get; init; }

    public string? ConditionExpression { get; init; }

    public Dictionary<string, ExpectedAttributeValue>? Expected { get; init; }

    public string? ConditionalOperator { get; init; }

    public Dictionary<string, string>? ExpressionAttributeNames { get; init; }

    public ExpressionValues? ExpressionAttributeValues { get; init; }

    public string? ReturnValues { get; init; }

    public string? ReturnConsumedCapacity { get; init; }

    public string? ReturnItemCollectionMetrics { get; init; }

    public string? ReturnValuesOnConditionCheckFailure { get; init; }
}

internal sealed record DeleteItemRequest
{
    public string? TableName { get; init; }

    public Item? Key { get; init; }

    public string? ConditionExpression { get; init; }

    public Dictionary<string, ExpectedAttributeValue>? Expected { get; init; }

    public string? ConditionalOperator { get; init; }

    public Dictionary<string, string>? ExpressionAttributeNames { get; init; }

    public ExpressionValues? ExpressionAttributeValues { get; init; }

    public string? ReturnValues { get; init; }

    public string? ReturnConsumedCapacity { get; init; }

    public string? ReturnItemCollectionMetrics { get; init; }

    public string? ReturnValuesOnConditionCheckFailure { get; init; }
}

internal sealed record UpdateItemRequest
{
    public string? TableName { get; init; }

    public Item? Key { get; init; }

    public string? UpdateExpression { get; init; }

    public Dictionary<string, AttributeValueUpdate>? AttributeUpdates { get; init; }

    public string? ConditionExpression { get; init; }

    public Dictionary<string, ExpectedAttributeValue>? Expected { get; init; }

    public string? ConditionalOperator { get; init; }

    public Dictionary<string, string>? ExpressionAttributeNames { get; init; }

    public ExpressionValues? ExpressionAttributeValues { get; init; }

    public string? ReturnValues { get; init; }

    public string? ReturnConsumedCapacity { get; init; }

    public string? ReturnItemCollectionMetrics { get; init; }

    public string? ReturnValuesOnConditionCheckFailure { get; init; }
}

/// <summary>The answer of PutItem, UpdateItem and DeleteItem.</summary>
internal sealed record ItemResponse
{
    public Item? Attributes { get; init; }

    public ConsumedCapacity? ConsumedCapacity { get; init; }
}
