namespace Galley.DynamoDB.Backups;

/// <summary>Requests and answers of backups and restores.</summary>
internal sealed record CreateBackupRequest
{
    public string? TableName { get; init; }

    public string? BackupName { get; init; }
}

internal sealed record CreateBackupResponse(BackupDetails BackupDetails);

internal sealed record BackupRequest
{
    public string? BackupArn { get; init; }
}

internal sealed record BackupResponse(BackupDescription BackupDescription);

internal sealed record BackupDescription
{
    public required BackupDetails BackupDetails { get; init; }

    public required SourceTableDetails SourceTableDetails { get; init; }

    public required SourceTableFeatureDetails SourceTableFeatureDetails { get; init; }
}

internal sealed record BackupDetails
{
    public required string BackupArn { get; init; }

    public required string BackupName { get; init; }

    public long? BackupSizeBytes { get; init; }

    public required string BackupStatus { get; init; }

    public required string BackupType { get; init; }

    public required DateTimeOffset BackupCreationDateTime { get; init; }

    public DateTimeOffset? BackupExpiryDateTime { get; init; }
}

internal sealed record SourceTableDetails
{
    public required string TableName { get; init; }

    public required string TableId { get; init; }

    public required string TableArn { get; init; }

    public long TableSizeBytes { get; init; }

    public required KeySchemaElement[] KeySchema { get; init; }

    public required DateTimeOffset TableCreationDateTime { get; init; }

    public required ProvisionedThroughput ProvisionedThroughput { get; init; }

    public long ItemCount { get; init; }

    public required string BillingMode { get; init; }

    public OnDemandThroughput? OnDemandThroughput { get; init; }
}

internal sealed record SourceTableFeatureDetails
{
    public SecondaryIndexInfo[]? LocalSecondaryIndexes { get; init; }

    public SecondaryIndexInfo[]? GlobalSecondaryIndexes { get; init; }

    public StreamSpecification? StreamDescription { get; init; }

    public TimeToLiveDescription? TimeToLiveDescription { get; init; }

    public SSEDescription? SSEDescription { get; init; }
}

internal sealed record SecondaryIndexInfo(string IndexName, KeySchemaElement[] KeySchema, Projection Projection, ProvisionedThroughput? ProvisionedThroughput, OnDemandThroughput? OnDemandThroughput);

internal sealed record ListBackupsRequest
{
    public string? TableName { get; init; }

    public int? Limit { get; init; }

    public DateTimeOffset? TimeRangeLowerBound { get; init; }

    public DateTimeOffset? TimeRangeUpperBound { get; init; }

    public string? ExclusiveStartBackupArn { get; init; }

    public string? BackupType { get; init; }
}

internal sealed record ListBackupsResponse(BackupSummary[] BackupSummaries, string? LastEvaluatedBackupArn);

internal sealed record BackupSummary
{
    public required string TableName { get; init; }

    public required string TableId { get; init; }

    public required string TableArn { get; init; }

    public required string BackupArn { get; init; }

    public required string BackupName { get; init; }

    public required DateTimeOffset BackupCreationDateTime { get; init; }

    public DateTimeOffset? BackupExpiryDateTime { get; init; }

    public required string BackupStatus { get; init; }

    public required string BackupType { get; init; }

    public long BackupSizeBytes { get; init; }
}

/// <summary>RestoreTableFromBackup and RestoreTableToPointInTime; each takes its own members.</summary>
internal abstract record RestoreRequest
{
    public string? TargetTableName { get; init; }

    public string? BillingModeOverride { get; init; }

    public SecondaryIndex[]? GlobalSecondaryIndexOverride { get; init; }

    public SecondaryIndex[]? LocalSecondaryIndexOverride { get; init; }

    public ProvisionedThroughput? ProvisionedThroughputOverride { get; init; }

    public OnDemandThroughput? OnDemandThroughputOverride { get; init; }

    public SSESpecification? SSESpecificationOverride { get; init; }
}

internal sealed record RestoreTableFromBackupRequest : RestoreRequest
{
    public string? BackupArn { get; init; }
}

internal sealed record RestoreTableToPointInTimeRequest : RestoreRequest
{
    public string? SourceTableName { get; init; }

    public string? SourceTableArn { get; init; }

    public bool? UseLatestRestorableTime { get; init; }

    public DateTimeOffset? RestoreDateTime { get; init; }
}

internal sealed record UpdateContinuousBackupsRequest
{
    public string? TableName { get; init; }

    public PointInTimeRecoverySpecification? PointInTimeRecoverySpecification { get; init; }
}

internal sealed record PointInTimeRecoverySpecification
{
    public bool? PointInTimeRecoveryEnabled { get; init; }

    public int? RecoveryPeriodInDays { get; init; }
}

internal sealed record ContinuousBackupsResponse(ContinuousBackupsDescription ContinuousBackupsDescription);

internal sealed record ContinuousBackupsDescription(string ContinuousBackupsStatus, PointInTimeRecoveryDescription PointInTimeRecoveryDescription);

internal sealed record PointInTimeRecoveryDescription
{
    public required string PointInTimeRecoveryStatus { get; init; }

    public int? RecoveryPeriodInDays { get; init; }

    public DateTimeOffset? EarliestRestorableDateTime { get; init; }

    public DateTimeOffset? LatestRestorableDateTime { get; init; }
}
