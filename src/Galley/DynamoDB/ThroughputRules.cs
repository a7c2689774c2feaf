namespace Galley.DynamoDB;

/// <summary>The most that an on-demand table may serve, and what any table is warmed up for. Both are kept and told; Galley serves what it can.</summary>
internal static class ThroughputRules
{
    public const long WarmReads = 12000, WarmWrites = 4000;

    /// <summary>What AWS takes for capacity at all.</summary>
    private const long Most = 1_000_000_000_000;

    public static void CheckBounds(ProvisionedThroughput throughput)
    {
        if (throughput.ReadCapacityUnits > Most) throw Errors.Validation($"Given value {throughput.ReadCapacityUnits} for ReadCapacityUnits is out of bounds");
        if (throughput.WriteCapacityUnits > Most) throw Errors.Validation($"Given value {throughput.WriteCapacityUnits} for WriteCapacityUnits is out of bounds");
    }

    /// <param name="what">`table`, or `index : name`.</param>
    public static OnDemandThroughput? Check(OnDemandThroughput? wanted, bool onDemand, bool updating, string what = "table")
    {
        if (wanted is null) return null;
        Check("MaxReadRequestUnits", wanted.MaxReadRequestUnits);
        Check("MaxWriteRequestUnits", wanted.MaxWriteRequestUnits);
        return wanted;

        void Check(string name, long? units)
        {
            if (units is null) return;
            if (!onDemand) throw Errors.InvalidParameterValues($"{name} for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED");
            if (units < 1 && !(updating && units == -1)) throw Errors.InvalidParameterValues($"Requested {name} for OnDemandThroughput for {what} is outside of valid range");
        }
    }

    /// <summary>The limits after an update, where -1 takes one away.</summary>
    public static OnDemandThroughput? Merge(OnDemandThroughput? old, OnDemandThroughput wanted)
    {
        var (reads, writes) = (wanted.MaxReadRequestUnits ?? old?.MaxReadRequestUnits ?? -1, wanted.MaxWriteRequestUnits ?? old?.MaxWriteRequestUnits ?? -1);
        return reads == -1 && writes == -1 ? null : new() { MaxReadRequestUnits = reads, MaxWriteRequestUnits = writes };
    }

    public static WarmThroughputRequest? CheckWarm(WarmThroughputRequest? wanted, ProvisionedThroughput throughput, bool onDemand, string what = "table")
    {
        if (wanted is null) return null;
        Check("ReadUnitsPerSecond", wanted.ReadUnitsPerSecond, WarmReads, throughput.ReadCapacityUnits, "ReadCapacityUnits");
        Check("WriteUnitsPerSecond", wanted.WriteUnitsPerSecond, WarmWrites, throughput.WriteCapacityUnits, "WriteCapacityUnits");
        return wanted;

        void Check(string name, long? units, long initial, long? provisioned, string capacity)
        {
            if (units is null) return;
            if (onDemand && units < initial)
                throw Errors.InvalidParameterValues($"Requested {name} for WarmThroughput for {what} is lower than initial throughput for OnDemand. See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html");
            if (!onDemand && units < provisioned)
                throw Errors.InvalidParameterValues($"Requested {name} for WarmThroughput for {what} is lower than {capacity} of ProvisionedThroughput");
        }
    }

    public static WarmThroughputRequest Raise(TableDocument table, WarmThroughputRequest wanted)
    {
        var now = TableDescriptions.Warm(table.OnDemand, table.Throughput, table.Warm);
        Check("ReadUnitsPerSecond", wanted.ReadUnitsPerSecond, now.ReadUnitsPerSecond);
        Check("WriteUnitsPerSecond", wanted.WriteUnitsPerSecond, now.WriteUnitsPerSecond);
        return new() { ReadUnitsPerSecond = wanted.ReadUnitsPerSecond ?? now.ReadUnitsPerSecond, WriteUnitsPerSecond = wanted.WriteUnitsPerSecond ?? now.WriteUnitsPerSecond };

        static void Check(string name, long? units, long current)
        {
            if (units < current) throw Errors.InvalidParameterValues($"Requested {name} for WarmThroughput for table is lower than current WarmThroughput, decreasing WarmThroughput is not supported");
        }
    }
}

internal sealed record OnDemandThroughput
{
    public long? MaxReadRequestUnits { get; init; }

    public long? MaxWriteRequestUnits { get; init; }
}

internal sealed record WarmThroughputRequest
{
    public long? ReadUnitsPerSecond { get; init; }

    public long? WriteUnitsPerSecond { get; init; }
}
