using System.Text.Json.Serialization;
using Galley.DynamoDB.Backups;
using Galley.DynamoDB.Streams;

namespace Galley.DynamoDB;

/// <summary>A table as it is stored.</summary>
internal sealed record TableDocument
{
    public required string TableName { get; init; }

    public required string TableId { get; init; }

    public required string TableArn { get; init; }

    public required DateTimeOffset CreationDateTime { get; init; }

    public required AttributeDefinition[] AttributeDefinitions { get; init; }

    public required KeySchemaElement[] KeySchema { get; init; }

    public required IndexDocument[] Indexes { get; init; }

    /// <summary>Highest number an index ever had; numbers are not used again, so that leftovers of an old index cannot show.</summary>
    public int LastIndex { get; init; }

    public bool OnDemand { get; init; }

    public DateTimeOffset? OnDemandSince { get; init; }

    public required ProvisionedThroughput Throughput { get; init; }

    public DateTimeOffset? LastIncrease { get; init; }

    public DateTimeOffset? LastDecrease { get; init; }

    /// <summary>On the day of the last one.</summary>
    public int Decreases { get; init; }

    [JsonIgnore]
    public ThroughputHistory History
    {
        get => new(LastIncrease, LastDecrease, Decreases);
        init => (LastIncrease, LastDecrease, Decreases) = value;
    }

    public bool DeletionProtection { get; init; }

    /// <summary>`OnDemandThroughput`</summary>
    public OnDemandThroughput? OnDemandLimits { get; init; }

    /// <summary>`WarmThroughput`, where more was asked for than a table has by itself, or it once had more.</summary>
    public WarmThroughputRequest? Warm { get; init; }

    public PolicyDocument? Policy { get; init; }

    public string? TableClass { get; init; }

    public DateTimeOffset? TableClassSince { get; init; }

    /// <summary>When the class was changed the time before.</summary>
    public DateTimeOffset? TableClassSinceBefore { get; init; }

    public SSEDescription? Encryption { get; init; }

    public EncryptionChanges? EncryptionChanges { get; init; }

    public TimeToLiveSpecification? TimeToLive { get; init; }

    /// <summary>The latest stream; it is closed when the stream was switched off.</summary>
    public StreamDocument? Stream { get; init; }

    /// <summary>`CREATING` while the table is being restored; null when it is ready.</summary>
    public string? Status { get; init; }

    /// <summary>Point-in-time recovery, when it is on.</summary>
    public RecoveryDocument? Recovery { get; init; }

    /// <summary>How often it was switched on.</summary>
    public int LastRecovery { get; init; }

    public RestoreDocument? Restore { get; init; }

    public Dictionary<string, string> Tags { get; init; } = [];
}

/// <summary>A secondary index as it is stored with its table.</summary>
internal sealed record IndexDocument
{
    public required int Number { get; init; }

    public required string IndexName { get; init; }

    public required bool Global { get; init; }

    public required KeySchemaElement[] KeySchema { get; init; }

    public required Projection Projection { get; init; }

    /// <summary>`CREATING` until the items that were there before it are in it; null when it is ready.</summary>
    public string? Status { get; init; }

    public ProvisionedThroughput Throughput { get; init; } = new() { ReadCapacityUnits = 0, WriteCapacityUnits = 0 };

    public DateTimeOffset? LastIncrease { get; init; }

    public DateTimeOffset? LastDecrease { get; init; }

    /// <summary>On the day of the last one.</summary>
    public int Decreases { get; init; }

    [JsonIgnore]
    public ThroughputHistory History
    {
        get => new(LastIncrease, LastDecrease, Decreases);
        init => (LastIncrease, LastDecrease, Decreases) = value;
    }

    public OnDemandThroughput? OnDemandLimits { get; init; }

    public WarmThroughputRequest? Warm { get; init; }
}

internal sealed record AttributeDefinition
{
    public string? AttributeName { get; init; }

    public string? AttributeType { get; init; }
}

internal sealed record KeySchemaElement
{
    public string? AttributeName { get; init; }

    public string? KeyType { get; init; }
}

internal sealed record Projection
{
    public string? ProjectionType { get; init; }

    public string[]? NonKeyAttributes { get; init; }
}

internal sealed record ProvisionedThroughput
{
    public long? ReadCapacityUnits { get; init; }

    public long? WriteCapacityUnits { get; init; }
}

internal sealed record SSEDescription
{
    public string? Status { get; init; }

    public string? SSEType { get; init; }

    public string? KMSMasterKeyArn { get; init; }
}

internal sealed record TimeToLiveSpecification
{
    public string? AttributeName { get; init; }

    public bool? Enabled { get; init; }
}
