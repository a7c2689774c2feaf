namespace Galley.DynamoDB;

/// <summary>A table as DescribeTable tells it.</summary>
internal static class TableDescriptions
{
    /// <param name="now">Counts today's decreases.</param>
    public static TableDescription Of(TableDocument document, TableSize size, DateTimeOffset now) => new()
    {
        AttributeDefinitions = document.AttributeDefinitions,
        TableName = document.TableName,
        KeySchema = document.KeySchema,
        TableStatus = document.Status ?? "ACTIVE",
        CreationDateTime = document.CreationDateTime,
        ProvisionedThroughput = Throughput(document.Throughput, document.History, now),
        TableSizeBytes = size.Bytes,
        ItemCount = size.Items,
        TableArn = document.TableArn,
        TableId = document.TableId,
        BillingModeSummary = Billing(document.OnDemand, document.OnDemandSince),
        LocalSecondaryIndexes = Indexes(document, global: false, size, now),
        GlobalSecondaryIndexes = Indexes(document, global: true, size, now),
        SSEDescription = document.Encryption,
        RestoreSummary = document.Restore is { RestoreInProgress: true } restore ? new(restore.SourceBackupArn, restore.SourceTableArn, restore.RestoreDateTime, restore.RestoreInProgress) : null,
        TableClassSummary = Class(document),
        StreamSpecification = document.Stream is { ClosedAt: null } stream ? new() { StreamEnabled = true, StreamViewType = stream.StreamViewType } : null,
        LatestStreamLabel = document.Stream?.StreamLabel,
        LatestStreamArn = document.Stream?.StreamArn,
        DeletionProtectionEnabled = document.DeletionProtection,
        OnDemandThroughput = document.OnDemandLimits,
        WarmThroughput = Warm(document.OnDemand, document.Throughput, document.Warm),
    };

    public static IndexDescription[]? Indexes(TableDocument document, bool global, TableSize size, DateTimeOffset now)
    {
        var indexes = document.Indexes.Where(index => index.Global == global).Select(index => new IndexDescription
        {
            IndexName = index.IndexName,
            KeySchema = index.KeySchema,
            Projection = index.Projection,
            IndexStatus = global ? document.Status ?? index.Status ?? "ACTIVE" : null,
            Backfilling = index.Status is null ? null : true,
            ProvisionedThroughput = global ? Throughput(index.Throughput, index.History, now) : null,
            ItemCount = size.Indexes?.GetValueOrDefault(index.Number).Items ?? 0,
            IndexSizeBytes = size.Indexes?.GetValueOrDefault(index.Number).Bytes ?? 0,
            IndexArn = $"{document.TableArn}/index/{index.IndexName}",
            OnDemandThroughput = index.OnDemandLimits,
            WarmThroughput = global ? Warm(document.OnDemand, index.Throughput, index.Warm) : null,
        }).ToArray();
        return indexes.Length == 0 ? null : indexes;
    }

    /// <summary>Null for a table that was never on demand.</summary>
    public static BillingModeSummary? Billing(bool onDemand, DateTimeOffset? since) => since is null ? null : new(onDemand ? "PAY_PER_REQUEST" : "PROVISIONED", since);

    public static TableClassSummary? Class(TableDocument document) => document.TableClass is null ? null : new(document.TableClass, document.TableClassSince);

    public static ThroughputDescription Throughput(ProvisionedThroughput throughput, ThroughputHistory history, DateTimeOffset now) => new()
    {
        LastIncreaseDateTime = history.LastIncrease,
        LastDecreaseDateTime = history.LastDecrease,
        NumberOfDecreasesToday = history.DecreasesOn(now),
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
