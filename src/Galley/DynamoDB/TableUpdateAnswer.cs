namespace Galley.DynamoDB;

/// <summary>
/// UpdateTable's answer tells the change as begun, as AWS's does: throughputs, warm throughputs and the table class are still the old ones, a new
/// billing mode and a new stream are told already, and what takes AWS its time is UPDATING. DescribeTable tells it done. Measured on AWS in
/// October 2026.
/// </summary>
internal static class TableUpdateAnswer
{
    public static TableDescription Of(TableDocument before, TableDocument after, UpdateTableRequest request, TableSize size, DateTimeOffset asked)
    {
        var switched = before.OnDemand != after.OnDemand;
        return TableDescriptions.Of(after, size, asked) with
        {
            AttributeDefinitions = TableRules.Sorted(after.AttributeDefinitions.UnionBy(before.AttributeDefinitions, definition => definition.AttributeName)),
            TableStatus = TableUpdateRules.TakesTime(request) ? "UPDATING" : "ACTIVE",
            ProvisionedThroughput = !switched ? Begun(before.Throughput, before.History, after.History, asked)
                : after.OnDemand ? TableDescriptions.Throughput(after.Throughput, before.History, asked) with { LastDecreaseDateTime = asked } // there only, and not in DescribeTable
                : TableDescriptions.Throughput(after.Throughput, after.History, asked),
            BillingModeSummary = TableDescriptions.Billing(after.OnDemand, before.OnDemandSince) ?? (after.OnDemand ? new("PAY_PER_REQUEST", null) : null),
            TableClassSummary = TableDescriptions.Class(before),
            OnDemandThroughput = Asked(before.OnDemandLimits, request.OnDemandThroughput) ?? after.OnDemandLimits,
            WarmThroughput = Begun(TableDescriptions.Warm(before.OnDemand, before.Throughput, before.Warm), request.WarmThroughput),
            SSEDescription = request.SSESpecification is null ? after.Encryption : (before.Encryption ?? after.Encryption)! with { Status = "UPDATING" },
            GlobalSecondaryIndexes = Indexes(before, after, request, size, asked),
        };
    }

    private static IndexDescription[]? Indexes(TableDocument before, TableDocument after, UpdateTableRequest request, TableSize size, DateTimeOffset asked)
    {
        var left = (TableDescriptions.Indexes(after, global: true, size, asked) ?? []).ToList();
        var told = new List<IndexDescription>();
        foreach (var index in TableDescriptions.Indexes(before, global: true, size, asked) ?? [])
            if (left.Find(other => other.IndexName == index.IndexName) is not { } kept) told.Add(index with { IndexStatus = "DELETING", Backfilling = null });
            else if (request.GlobalSecondaryIndexUpdates?.FirstOrDefault(update => update.Update?.IndexName == index.IndexName)?.Update is { } update) told.Add(Updated(index, kept, update));
            else told.Add(kept);
        told.AddRange(left.Where(index => !told.Exists(other => other.IndexName == index.IndexName)).Select(index => index with { IndexStatus = "CREATING", Backfilling = false }));
        return told.Count == 0 ? null : [.. told];

        IndexDescription Updated(IndexDescription index, IndexDescription kept, SecondaryIndex update)
        {
            if (before.OnDemand != after.OnDemand) return kept with { IndexStatus = "UPDATING" };
            var (was, became) = (before.Indexes.First(each => each.IndexName == index.IndexName), after.Indexes.First(each => each.IndexName == index.IndexName));
            return kept with
            {
                IndexStatus = update is { ProvisionedThroughput: null, OnDemandThroughput: null } ? kept.IndexStatus : "UPDATING",
                ProvisionedThroughput = Begun(was.Throughput, was.History, became.History, asked),
                OnDemandThroughput = Asked(was.OnDemandLimits, update.OnDemandThroughput) ?? kept.OnDemandThroughput,
                WarmThroughput = Begun(index.WarmThroughput!, update.WarmThroughput),
            };
        }
    }

    /// <summary>The units are the old ones, the time is that of the request.</summary>
    private static ThroughputDescription Begun(ProvisionedThroughput old, ThroughputHistory before, ThroughputHistory after, DateTimeOffset asked)
        => TableDescriptions.Throughput(old, before, asked) with
        {
            LastIncreaseDateTime = after.LastIncrease == before.LastIncrease ? before.LastIncrease : asked,
            LastDecreaseDateTime = after.LastDecrease == before.LastDecrease ? before.LastDecrease : asked,
        };

    private static WarmThroughput Begun(WarmThroughput old, WarmThroughputRequest? asked) => asked is null ? old : old with { Status = "UPDATING" };

    /// <summary>Limits are told as they were asked for, -1 and all.</summary>
    private static OnDemandThroughput? Asked(OnDemandThroughput? before, OnDemandThroughput? asked) => asked is null
        ? null
        : new() { MaxReadRequestUnits = asked.MaxReadRequestUnits ?? before?.MaxReadRequestUnits, MaxWriteRequestUnits = asked.MaxWriteRequestUnits ?? before?.MaxWriteRequestUnits };
}
