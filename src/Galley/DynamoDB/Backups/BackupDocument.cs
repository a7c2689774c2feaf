using System.Text.Json.Serialization;

namespace Galley.DynamoDB.Backups;

/// <summary>A backup: a table's definition and a copy of its items, which lie where a table of the id <see cref="ItemsId"/> would have them.</summary>
internal sealed record BackupDocument
{
    public required string BackupArn { get; init; }

    public required string BackupName { get; init; }

    /// <summary>CREATING until the copy is whole.</summary>
    public required string BackupStatus { get; init; }

    /// <summary>USER, or SYSTEM for the one that is left of a deleted table with point-in-time recovery.</summary>
    public required string BackupType { get; init; }

    public required DateTimeOffset BackupCreationDateTime { get; init; }

    public DateTimeOffset? BackupExpiryDateTime { get; init; }

    public long BackupSizeBytes { get; init; }

    public long ItemCount { get; init; }

    public required string ItemsId { get; init; }

    public required TableDocument Table { get; init; }

    public string Id => BackupArn[(BackupArn.LastIndexOf('/') + 1)..];
}

/// <summary>Point-in-time recovery of a table.</summary>
/// <param name="Number">How many times it was switched on: each time has its own changes.</param>
internal sealed record RecoveryDocument(DateTimeOffset Since, int Days, int Number);

/// <summary>Where the items of a table that is being restored come from.</summary>
internal sealed record RestoreDocument
{
    public string? SourceBackupArn { get; init; }

    public required string SourceTableArn { get; init; }

    public required DateTimeOffset RestoreDateTime { get; init; }

    public bool RestoreInProgress { get; init; }

    /// <summary>The items to copy: a backup's, or those of the table.</summary>
    public required string ItemsId { get; init; }

    /// <summary>Undo the changes after this moment, as this recovery of the table kept them.</summary>
    public DateTimeOffset? Moment { get; init; }

    public int Recovery { get; init; }

    /// <summary>What must stay until the restore has read it: the items, and the changes to undo.</summary>
    [JsonIgnore]
    public IEnumerable<string> Reads => Moment is null ? [ItemsId] : [ItemsId, Keys.HistoryId(ItemsId, Recovery)];
}
