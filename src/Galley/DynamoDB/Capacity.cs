namespace Galley.DynamoDB;

/// <summary>Capacity that one operation consumed of one table. It tells what AWS would charge, and is refused where the installation throttles.</summary>
internal sealed class Capacity(Table table)
{
    private SortedDictionary<string, double>? _local, _global;
    private double _table;

    public Table Table => table;

    /// <summary>Set for transactions, which also tell the direction.</summary>
    public bool? TransactionWrites { get; init; }

    public static double ReadUnits(long bytes, bool consistent) => Math.Max(1, (bytes + 4095) / 4096) * (consistent ? 1 : 0.5);

    public static double WriteUnits(long bytes) => Math.Max(1, (bytes + 1023) / 1024);

    /// <summary>False for work that no caller asked for: it is never refused.</summary>
    public bool Metered { get; init; } = true;

    /// <param name="mode">`ReturnConsumedCapacity`</param>
    public static bool IsTold(string? mode) => mode is not (null or "NONE");

    public void AddWrite(double units, Index? index = null)
    {
        if (Metered) table.Throttle?.Take(table, units, write: true, index?.Document);
        Count(units, index);
    }

    public void Add(double units, Index? index = null)
    {
        if (Metered) table.Throttle?.Take(table, units, write: false, index?.Document);
        Count(units, index);
    }

    private void Count(double units, Index? index)
    {
        if (index is null) _table += units;
        else
        {
            var ofIndexes = index.Global ? _global ??= new(StringComparer.Ordinal) : _local ??= new(StringComparer.Ordinal);
            ofIndexes[index.Name] = ofIndexes.GetValueOrDefault(index.Name) + units;
        }
    }

    /// <param name="mode">`ReturnConsumedCapacity`</param>
    public ConsumedCapacity? Report(string? mode)
    {
        if (!IsTold(mode)) return null;
        var total = _table + (_local?.Values.Sum() ?? 0) + (_global?.Values.Sum() ?? 0);
        var all = mode == "INDEXES";
        return new ConsumedCapacity
        {
            TableName = table.Name,
            CapacityUnits = total,
            ReadCapacityUnits = TransactionWrites == false ? total : null,
            WriteCapacityUnits = TransactionWrites == true ? total : null,
            Table = all ? Units(_table) : null,
            LocalSecondaryIndexes = all ? _local?.ToDictionary(pair => pair.Key, pair => Units(pair.Value)) : null,
            GlobalSecondaryIndexes = all ? _global?.ToDictionary(pair => pair.Key, pair => Units(pair.Value)) : null,
        };

        CapacityUnits Units(double units) => new()
        {
            CapacityUnits_ = units,
            ReadCapacityUnits = TransactionWrites == false ? units : null,
            WriteCapacityUnits = TransactionWrites == true ? units : null,
        };
    }
}

internal sealed record ConsumedCapacity
{
    public required string TableName { get; init; }

    public double CapacityUnits { get; init; }

    public double? ReadCapacityUnits { get; init; }

    public double? WriteCapacityUnits { get; init; }

    public CapacityUnits? Table { get; init; }

    public Dictionary<string, CapacityUnits>? LocalSecondaryIndexes { get; init; }

    public Dictionary<string, CapacityUnits>? GlobalSecondaryIndexes { get; init; }
}

internal sealed record CapacityUnits
{
    [System.Text.Json.Serialization.JsonPropertyName("CapacityUnits")]
    public double CapacityUnits_ { get; init; }

    public double? ReadCapacityUnits { get; init; }

    public double? WriteCapacityUnits { get; init; }
}
