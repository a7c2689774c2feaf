using System.Text.Json.Serialization;
using Galley.Wire;

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

    /// <summary>What DescribeLimits says of one table, and of one index.</summary>
    public const long MostOfTable = 40_000;

    public static void CheckAccount(Call call, CreateTableRequest request)
    {
        CheckAccount(call, null, request.ProvisionedThroughput, request.OnDemandThroughput, request.WarmThroughput);
        foreach (var index in request.GlobalSecondaryIndexes ?? []) CheckAccount(call, index.IndexName, index.ProvisionedThroughput, index.OnDemandThroughput, index.WarmThroughput);
    }

    public static void CheckAccount(Call call, UpdateTableRequest request)
    {
        CheckAccount(call, null, request.ProvisionedThroughput, request.OnDemandThroughput, request.WarmThroughput);
        foreach (var update in request.GlobalSecondaryIndexUpdates ?? [])
            if ((update.Create ?? update.Update) is { } index) CheckAccount(call, index.IndexName, index.ProvisionedThroughput, index.OnDemandThroughput, index.WarmThroughput);
    }

    private static void CheckAccount(Call call, string? index, ProvisionedThroughput? throughput, OnDemandThroughput? limits, WarmThroughputRequest? warm)
    {
        Provisioned("ReadCapacityUnits", throughput?.ReadCapacityUnits);
        Provisioned("WriteCapacityUnits", throughput?.WriteCapacityUnits);
        Other("MaxReadRequestUnits for OnDemandThroughput", limits?.MaxReadRequestUnits, " : ", "Read");
        Other("MaxWriteRequestUnits for OnDemandThroughput", limits?.MaxWriteRequestUnits, " : ", "Write");
        Other("ReadUnitsPerSecond for WarmThroughput", warm?.ReadUnitsPerSecond, " ", "Read");
        Other("WriteUnitsPerSecond for WarmThroughput", warm?.WriteUnitsPerSecond, " ", "Write");

        void Provisioned(string name, long? units)
        {
            if (units > MostOfTable)
                throw Exceeded($"The requested {name}{(index is null ? "" : $" for index {index}")}, {units}, is above the per {(index is null ? "table" : "index")} maximum for the account in {call.Region}. Per table maximum: {MostOfTable}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.");
        }

        void Other(string name, long? units, string before, string kind)
        {
            if (units > MostOfTable)
                throw Exceeded($"Subscriber limit exceeded: Requested {name} for {(index is null ? "table" : $"index{before}{index}")} exceeds TableMax{kind}CapacityUnits of the account in region {call.Region}");
        }

        static AwsError Exceeded(string message) => new("LimitExceededException", message);
    }

    /// <param name="wanted">If any.</param>
    /// <param name="onDemand">Whether the table is.</param>
    /// <param name="updating">A table that is there; then -1 takes a limit away.</param>
    /// <param name="index">Null for the table itself.</param>
    public static OnDemandThroughput? Check(OnDemandThroughput? wanted, bool onDemand, bool updating, string? index = null)
    {
        if (wanted is null) return null;
        Check("MaxReadRequestUnits", wanted.MaxReadRequestUnits);
        Check("MaxWriteRequestUnits", wanted.MaxWriteRequestUnits);
        return wanted;

        void Check(string name, long? units)
        {
            if (units is null) return;
            if (!onDemand)
                throw Errors.InvalidParameterValues(updating
                    ? $"{name} for OnDemandThroughput{(index is null ? "" : $" for index : {index}")} cannot be specified when the table BillingMode is PROVISIONED"
                    : $"{name} for OnDemandThroughput{(index is null ? "" : $" for index: {index}")} cannot be specified when table BillingMode is PROVISIONED.");
            if (units < 1 && !(updating && units == -1)) throw Errors.InvalidParameterValues($"Requested {name} for OnDemandThroughput for {(index is null ? "table" : $"index : {index}")} is outside of valid range");
        }
    }

    /// <summary>The limits after an update, where -1 takes one away; null when none is left.</summary>
    public static OnDemandThroughput? Merge(OnDemandThroughput? old, OnDemandThroughput wanted)
    {
        var merged = new OnDemandThroughput { MaxReadRequestUnits = Limit(wanted.MaxReadRequestUnits ?? old?.MaxReadRequestUnits), MaxWriteRequestUnits = Limit(wanted.MaxWriteRequestUnits ?? old?.MaxWriteRequestUnits) };
        return merged.IsEmpty ? null : merged;

        static long? Limit(long? units) => units == -1 ? null : units;
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
                throw Errors.InvalidParameterValues($"Requested {name} for WarmThroughput for {what} is lower than initial throughput for OnDemand. See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html#on-demand-capacity-mode-initial");
            if (!onDemand && units < provisioned)
                throw Errors.InvalidParameterValues($"Requested {name} for WarmThroughput for {what} is lower than {capacity} of ProvisionedThroughput");
        }
    }

    /// <summary>Warm throughput is only ever raised.</summary>
    public static WarmThroughputRequest Raise(WarmThroughput now, WarmThroughputRequest wanted, string what = "table")
    {
        Check("ReadUnitsPerSecond", wanted.ReadUnitsPerSecond, now.ReadUnitsPerSecond);
        Check("WriteUnitsPerSecond", wanted.WriteUnitsPerSecond, now.WriteUnitsPerSecond);
        return new() { ReadUnitsPerSecond = wanted.ReadUnitsPerSecond ?? now.ReadUnitsPerSecond, WriteUnitsPerSecond = wanted.WriteUnitsPerSecond ?? now.WriteUnitsPerSecond };

        void Check(string name, long? units, long current)
        {
            if (units < current) throw Errors.InvalidParameterValues($"Requested {name} for WarmThroughput for {what} is lower than current WarmThroughput, decreasing WarmThroughput is not supported");
        }
    }
}

internal sealed record OnDemandThroughput
{
    public long? MaxReadRequestUnits { get; init; }

    public long? MaxWriteRequestUnits { get; init; }

    [JsonIgnore]
    public bool IsEmpty => MaxReadRequestUnits is null && MaxWriteRequestUnits is null;
}

internal sealed record WarmThroughputRequest
{
    public long? ReadUnitsPerSecond { get; init; }

    public long? WriteUnitsPerSecond { get; init; }

    [JsonIgnore]
    public bool IsEmpty => ReadUnitsPerSecond is null && WriteUnitsPerSecond is null;
}
