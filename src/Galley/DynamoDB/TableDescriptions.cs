namespace Galley.DynamoDB;

/// <summary>A table as DescribeTable tells it.</summary>
internal static class TableDescriptions
{
    public static TableDescription Of(TableDocument document, TableSize size) => new()
    {
        AttributeDefinitions = document.AttributeDefinitions,
        TableName = document.TableName,
        KeySchema = document.KeySchema,
        TableStatus = document.Status ?? "ACTIVE",
        CreationDateTime = document.CreationDateTime,
        ProvisionedThroughput = Throughput(document.Throughput) with
        {
            LastIncreaseDateTime = document.LastIncrease,
            LastDecreaseDateTime = document.LastDecrease,
        },
        TableSizeBytes = size.Bytes,
        ItemCount = size.Items,
        TableArn = document.TableArn,
        TableId = document.TableId,
        BillingModeSummary = document.OnDemandSince is null ? null : new(document.OnDemand ? "PAY_PER_REQUEST" : "PROVISIONED", document.OnDemandSince),
        LocalSecondaryIndexes = Indexes(document, global: false, size),
        GlobalSecondaryIndexes = Indexes(document, global: true, size),
        SSEDescription = document.Encryption,
        RestoreSummary = document.Restore is { } restore ? new(restore.SourceBackupArn, restore.SourceTableArn, restore.RestoreDateTime, restore.RestoreInProgress) : null,
        TableClassSummary = document.TableClass is null ? null : new(document.TableClass, document.TableClassSince),
        StreamSpecification = document.Stream is { ClosedAt: null } stream ? new() { StreamEnabled = true, StreamViewType = stream.StreamViewType } : null,
        LatestStreamLabel = document.Stream?.StreamLabel,
        LatestStreamArn = document.Stream?.StreamArn,
        DeletionProtectionEnabled = document.DeletionProtection,
        OnDemandThroughput = document.OnDemandLimits,
        WarmThroughput = Warm(document.OnDemand, document.Throughput, document.Warm),
    };

    public static IndexDescription[]? Indexes(TableDocument document, bool global, TableSize size)
    {
        var indexes = document.Indexes.Where(index => index.Global == global).Select(index => new IndexDescription
        {
            IndexName = index.IndexName,
            KeySchema = index.KeySchema,
            Projection = index.Projection,
            IndexStatus = global ? document.Status ?? index.Status ?? "ACTIVE" : null,
            Backfilling = index.Status is null ? null : true,
            ProvisionedThroughput = global ? Throughput(index.Throughput) : null,
            ItemCount = size.Indexes?.GetValueOrDefault(index.Number).Items ?? 0,
            IndexSizeBytes = size.Indexes?.GetValueOrDefault(index.Number).Bytes ?? 0,
            IndexArn = $"{document.TableArn}/index/{index.IndexName}",
            OnDemandThroughput = index.OnDemandLimits,
            WarmThroughput = global ? Warm(document.OnDemand, index.Throughput, index.Warm) : null,
        }).ToArray();
        return indexes.Length == 0 ? null : indexes;
    }

    private static ThroughputDescription Throughput(ProvisionedThroughput throughput) => new()
    {
        ReadCapacityUnits = throughput.ReadCapacityUnits ?? 0,
        WriteCapacityUnits = throughput.WriteCapacityUnits ?? 0,
    };

    /// <summary>As the call that makes it tells it: only what was asked for, and not there yet.</summary>
    public static WarmThroughput? WarmingUp(bool onDemand, ProvisionedThroughput throughput, WarmThroughputRequest? wanted)
        => wanted is null ? null : Warm(onDemand, throughput, wanted) with { Status = "UPDATING" };

    public static WarmThroughput Warm(bool onDemand, ProvisionedThroughput throughput, WarmThroughputRequest? wanted) => new(
        Math.Max(wanted?.ReadUnitsPerSecond ?? 0, onDemand ? ThroughputRules.WarmReads : throughput.ReadCapacityUnits ?? 0),
        Math.Max(wanted?.WriteUnitsPerSecond ?? 0, onDemand ? ThroughputRules.WarmWrites : throughput.WriteCapacityUnits ?? 0), "ACTIVE");
}
