namespace Galley.DynamoDB.Streams;

/// <summary>Requests and answers of the DynamoDB Streams API.</summary>
internal sealed record ListStreamsRequest
{
    public string? TableName { get; init; }

    public int? Limit { get; init; }

    public string? ExclusiveStartStreamArn { get; init; }
}

internal sealed record ListStreamsResponse(StreamSummary[] Streams, string? LastEvaluatedStreamArn);

internal sealed record StreamSummary(string StreamArn, string TableName, string StreamLabel);

internal sealed record DescribeStreamRequest
{
    public string? StreamArn { get; init; }

    public int? Limit { get; init; }

    public string? ExclusiveStartShardId { get; init; }

    public ShardFilter? ShardFilter { get; init; }
}

internal sealed record ShardFilter
{
    public string? Type { get; init; }

    public string? ShardId { get; init; }
}

internal sealed record DescribeStreamResponse(StreamDescription StreamDescription);

internal sealed record StreamDescription
{
    public required string StreamArn { get; init; }

    public required string StreamLabel { get; init; }

    public required string StreamStatus { get; init; }

    public required string StreamViewType { get; init; }

    public required DateTimeOffset CreationRequestDateTime { get; init; }

    public required string TableName { get; init; }

    public required KeySchemaElement[] KeySchema { get; init; }

    public required Shard[] Shards { get; init; }
}

internal sealed record Shard(string ShardId, SequenceNumberRange SequenceNumberRange);

internal sealed record SequenceNumberRange(string StartingSequenceNumber, string? EndingSequenceNumber);

internal sealed record GetShardIteratorRequest
{
    public string? StreamArn { get; init; }

    public string? ShardId { get; init; }

    public string? ShardIteratorType { get; init; }

    public string? SequenceNumber { get; init; }
}

internal sealed record GetShardIteratorResponse(string ShardIterator);

internal sealed record GetRecordsRequest
{
    public string? ShardIterator { get; init; }

    public int? Limit { get; init; }
}

internal sealed record GetRecordsResponse(IReadOnlyList<StreamRecord> Records, string? NextShardIterator);
