namespace Galley.DynamoDB;

/// <summary>When the throughput of a table or an index last went up and last went down, and how often down on that day (UTC).</summary>
internal readonly record struct ThroughputHistory(DateTimeOffset? LastIncrease, DateTimeOffset? LastDecrease, int Decreases)
{
    /// <summary>`NumberOfDecreasesToday`</summary>
    public int DecreasesOn(DateTimeOffset day) => LastDecrease?.UtcDateTime.Date == day.UtcDateTime.Date ? Decreases : 0;

    /// <summary>After a change. One that lowers reads and raises writes is both; one that lowers both counts once.</summary>
    public ThroughputHistory After(ProvisionedThroughput before, ProvisionedThroughput after, DateTimeOffset now)
    {
        var more = after.ReadCapacityUnits > before.ReadCapacityUnits || after.WriteCapacityUnits > before.WriteCapacityUnits;
        var less = after.ReadCapacityUnits < before.ReadCapacityUnits || after.WriteCapacityUnits < before.WriteCapacityUnits;
        return new(more ? now : LastIncrease, less ? now : LastDecrease, less ? DecreasesOn(now) + 1 : Decreases);
    }
}
