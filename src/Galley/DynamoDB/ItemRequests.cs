using Galley.DynamoDB.Expressions;

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

internal sealed record PutItemRequest
{
    public string? TableName { get; set; }

    public Item? Item { get; set; }

    public string? ConditionExpression { get; set; }

    public Dictionary<string, ExpectedAttributeValue>? Expected { get; set; }

    public string? ConditionalOperator { get; set; }

    public Dictionary<string, string>? ExpressionAttributeNames { get; set; }

    public ExpressionValues? ExpressionAttributeValues { get; set; }

    public string? ReturnValues { get; set; }

    public string? ReturnConsumedCapacity { get; set; }

    public string? ReturnItemCollectionMetrics { get; set; }

    public string? ReturnValuesOnConditionCheckFailure { get; set; }
}

internal sealed record DeleteItemRequest
{
    public string? TableName { get; set; }

    public Item? Key { get; set; }

    public string? ConditionExpression { get; set; }

    public Dictionary<string, ExpectedAttributeValue>? Expected { get; set; }

    public string? ConditionalOperator { get; set; }

    public Dictionary<string, string>? ExpressionAttributeNames { get; set; }

    public ExpressionValues? ExpressionAttributeValues { get; set; }

    public string? ReturnValues { get; set; }

    public string? ReturnConsumedCapacity { get; set; }

    public string? ReturnItemCollectionMetrics { get; set; }

    public string? ReturnValuesOnConditionCheckFailure { get; set; }
}

internal sealed record UpdateItemRequest
{
    public string? TableName { get; set; }

    public Item? Key { get; set; }

    public string? UpdateExpression { get; set; }

    public Dictionary<string, AttributeValueUpdate>? AttributeUpdates { get; set; }

    public string? ConditionExpression { get; set; }

    public Dictionary<string, ExpectedAttributeValue>? Expected { get; set; }

    public string? ConditionalOperator { get; set; }

    public Dictionary<string, string>? ExpressionAttributeNames { get; set; }

    public ExpressionValues? ExpressionAttributeValues { get; set; }

    public string? ReturnValues { get; set; }

    public string? ReturnConsumedCapacity { get; set; }

    public string? ReturnItemCollectionMetrics { get; set; }

    public string? ReturnValuesOnConditionCheckFailure { get; set; }
}

/// <summary>The answer of PutItem, UpdateItem and DeleteItem.</summary>
internal sealed record ItemResponse
{
    public Item? Attributes { get; set; }

    public ConsumedCapacity? ConsumedCapacity { get; set; }
}
