namespace Galley.DynamoDB;

/// <summary>Requests and answers of the table operations.</summary>
internal sealed record CreateTableRequest
{
    public string? TableName { get; init; }

    public AttributeDefinition[]? AttributeDefinitions { get; init; }

    public KeySchemaElement[]? KeySchema { get; init; }

    public SecondaryIndex[]? LocalSecondaryIndexes { get; init; }

    public SecondaryIndex[]? GlobalSecondaryIndexes { get; init; }

    public string? BillingMode { get; init; }

    public ProvisionedThroughput? ProvisionedThroughput { get; init; }

    public StreamSpecification? StreamSpecification { get; init; }

    public SSESpecification? SSESpecification { get; init; }

    public Tag[]? Tags { get; init; }

    public string? TableClass { get; init; }

    public bool? DeletionProtectionEnabled { get; init; }

    public OnDemandThroughput? OnDemandThroughput { get; init; }

    public WarmThroughputRequest? WarmThroughput { get; init; }

    public string? ResourcePolicy { get; init; }
}

internal sealed record SecondaryIndex
{
    public string? IndexName { get; init; }

    public KeySchemaElement[]? KeySchema { get; init; }

    public Projection? Projection { get; init; }

    public ProvisionedThroughput? ProvisionedThroughput { get; init; }

    public OnDemandThroughput? OnDemandThroughput { get; init; }

    public WarmThroughputRequest? WarmThroughput { get; init; }
}

internal sealed record StreamSpecification
{
    public bool? StreamEnabled { get; init; }

    public string? StreamViewType { get; init; }
}

internal sealed record SSESpecification
{
    public bool? Enabled { get; init; }

    public string? SSEType { get; init; }

    public string? KMSMasterKeyId { get; init; }
}

internal sealed record Tag
{
    public string? Key { get; init; }

    public string? Value { get; init; }
}

internal sealed record UpdateTableRequest
{
    public string? TableName { get; init; }

    public AttributeDefinition[]? AttributeDefinitions { get; init; }

    public string? BillingMode { get; init; }

    public ProvisionedThroughput? ProvisionedThroughput { get; init; }

    public GlobalSecondaryIndexUpdate[]? GlobalSecondaryIndexUpdates { get; init; }

    public StreamSpecification? StreamSpecification { get; init; }

    public SSESpecification? SSESpecification { get; init; }

    public string? TableClass { get; init; }

    public bool? DeletionProtectionEnabled { get; init; }

    public OnDemandThroughput? OnDemandThroughput { get; init; }

    public WarmThroughputRequest? WarmThroughput { get; init; }
}

internal sealed record GlobalSecondaryIndexUpdate
{
    public SecondaryIndex? Create { get; init; }

    public SecondaryIndex? Update { get; init; }

    public SecondaryIndex? Delete { get; init; }
}

internal sealed record TableRequest
{
    public string? TableName { get; init; }
}

internal sealed record ListTablesRequest
{
    public string? ExclusiveStartTableName { get; init; }

    public int? Limit { get; init; }
}

internal sealed record ListTablesResponse(string[] TableNames, string? LastEvaluatedTableName);

internal sealed record TableDescriptionResponse(TableDescription TableDescription);

internal sealed record DescribeTableResponse(TableDescription Table);

internal sealed record TableDescription
{
    public AttributeDefinition[]? AttributeDefinitions { get; init; }

    public required string TableName { get; init; }

    public KeySchemaElement[]? KeySchema { get; init; }

    public required string TableStatus { get; init; }

    public DateTimeOffset? CreationDateTime { get; init; }

    public required ThroughputDescription ProvisionedThroughput { get; init; }

    public long TableSizeBytes { get; init; }

    public long ItemCount { get; init; }

    public required string TableArn { get; init; }

    public required string TableId { get; init; }

    public BillingModeSummary? BillingModeSummary { get; init; }

    public IndexDescription[]? LocalSecondaryIndexes { get; init; }

    public IndexDescription[]? GlobalSecondaryIndexes { get; init; }

    public StreamSpecification? StreamSpecification { get; init; }

    public string? LatestStreamLabel { get; init; }

    public string? LatestStreamArn { get; init; }

    public SSEDescription? SSEDescription { get; init; }

    public RestoreSummary? RestoreSummary { get; init; }

    public TableClassSummary? TableClassSummary { get; init; }

    public bool DeletionProtectionEnabled { get; init; }

    public OnDemandThroughput? OnDemandThroughput { get; init; }

    public WarmThroughput? WarmThroughput { get; init; }
}

internal sealed record ThroughputDescription
{
    public DateTimeOffset? LastIncreaseDateTime { get; init; }

    public DateTimeOffset? LastDecreaseDateTime { get; init; }

    public long NumberOfDecreasesToday { get; init; }

    public long ReadCapacityUnits { get; init; }

    public long WriteCapacityUnits { get; init; }
}

internal sealed record BillingModeSummary(string BillingMode, DateTimeOffset? LastUpdateToPayPerRequestDateTime);

internal sealed record RestoreSummary(string? SourceBackupArn, string SourceTableArn, DateTimeOffset RestoreDateTime, bool RestoreInProgress);

internal sealed record TableClassSummary(string TableClass, DateTimeOffset? LastUpdateDateTime);

internal sealed record WarmThroughput(long ReadUnitsPerSecond, long WriteUnitsPerSecond, string Status);

internal sealed record IndexDescription
{
    public required string IndexName { get; init; }

    public required KeySchemaElement[] KeySchema { get; init; }

    public required Projection Projection { get; init; }

    public string? IndexStatus { get; init; }

    public bool? Backfilling { get; init; }

    public ThroughputDescription? ProvisionedThroughput { get; init; }

    public long IndexSizeBytes { get; init; }

    public long ItemCount { get; init; }

    public required string IndexArn { get; init; }

    public OnDemandThroughput? OnDemandThroughput { get; init; }

    public WarmThroughput? WarmThroughput { get; init; }
}
