using System.Text.Json.Serialization;

namespace Galley.DynamoDB.PartiQL;

/// <summary>Requests and answers of the three PartiQL operations.</summary>
internal sealed record ExecuteStatementRequest
{
    public string? Statement { get; init; }

    [JsonConverter(typeof(WaitingValuesConverter))]
    public AttributeValue[]? Parameters { get; init; }

    public bool? ConsistentRead { get; init; }

    public string? NextToken { get; init; }

    public string? ReturnConsumedCapacity { get; init; }

    public int? Limit { get; init; }

    public string? ReturnValuesOnConditionCheckFailure { get; init; }
}

internal sealed record ExecuteStatementResponse
{
    public required IReadOnlyList<Item> Items { get; init; }

    public string? NextToken { get; init; }

    public ConsumedCapacity? ConsumedCapacity { get; init; }

    public Item? LastEvaluatedKey { get; init; }
}

internal sealed record BatchExecuteStatementRequest
{
    public BatchStatementRequest?[]? Statements { get; init; }

    public string? ReturnConsumedCapacity { get; init; }
}

internal sealed record BatchStatementRequest
{
    public string? Statement { get; init; }

    [JsonConverter(typeof(WaitingValuesConverter))]
    public AttributeValue[]? Parameters { get; init; }

    public bool? ConsistentRead { get; init; }

    /// <summary>AWS takes it, and shows no item in a batch whatever it says.</summary>
    public string? ReturnValuesOnConditionCheckFailure { get; init; }
}

internal sealed record BatchExecuteStatementResponse
{
    public required BatchStatementResponse[] Responses { get; init; }

    public List<ConsumedCapacity>? ConsumedCapacity { get; init; }
}

internal sealed record BatchStatementResponse
{
    public BatchStatementError? Error { get; init; }

    public string? TableName { get; init; }

    public Item? Item { get; init; }
}

internal sealed record BatchStatementError(string Code, string Message);

internal sealed record ExecuteTransactionRequest
{
    public ParameterizedStatement?[]? TransactStatements { get; init; }

    public string? ClientRequestToken { get; init; }

    public string? ReturnConsumedCapacity { get; init; }
}

internal sealed record ParameterizedStatement
{
    public string? Statement { get; init; }

    [JsonConverter(typeof(WaitingValuesConverter))]
    public AttributeValue[]? Parameters { get; init; }

    public string? ReturnValuesOnConditionCheckFailure { get; init; }
}

internal sealed record ExecuteTransactionResponse
{
    public required List<GetItemResponse> Responses { get; init; }

    public List<ConsumedCapacity>? ConsumedCapacity { get; init; }
}
