using Galley.Wire;

namespace Galley.DynamoDB.Upkeep;

/// <summary>Something to be done at a time, as it is stored.</summary>
internal sealed record DueWork
{
    public required string Kind { get; init; }

    public required string Account { get; init; }

    public required string Region { get; init; }

    public required string TableName { get; init; }

    public required string TableId { get; init; }

    /// <summary>A stream's label; the id of a backup, export or import.</summary>
    public string? Label { get; init; }

    /// <summary>An index's, or a recovery's, number.</summary>
    public int Number { get; init; }

    /// <summary>Where it goes on.</summary>
    public byte[]? Cursor { get; init; }

    /// <summary>With whose rights; null for those of the service.</summary>
    public Principal? Caller { get; init; }

    /// <summary>An export's table, which may be gone by then.</summary>
    public TableDocument? Table { get; init; }

    /// <summary>The key of an item that expires.</summary>
    public Item? Key { get; init; }
}

/// <summary>Work whose time has come, and the key it lies under.</summary>
internal sealed record DueEntry(byte[] Key, DueWork Work);
