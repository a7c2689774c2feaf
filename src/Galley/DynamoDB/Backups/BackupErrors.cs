using Galley.Wire;

namespace Galley.DynamoDB.Backups;

/// <summary>The errors of backups and restores: other codes than those of tables.</summary>
internal static class BackupErrors
{
    public static AwsError TableMissing(string name) => new("TableNotFoundException", $"Table not found: {name}");

    public static AwsError TableExists(string name) => new("TableAlreadyExistsException", $"Table already exists: {name}");

    public static AwsError BackupMissing(string arn) => new("BackupNotFoundException", $"Backup not found: {arn}");

    public static AwsError BackupInUse(string problem) => new("BackupInUseException", problem);

    public static AwsError NotRecoverable(string name)
        => new("PointInTimeRecoveryUnavailableException", $"Point in time recovery is not enabled for table '{name}'");

    public static AwsError Unavailable(string name)
        => new("ContinuousBackupsUnavailableException", $"Backups are being enabled for the table: {name}. Please retry later");

    public static AwsError WrongTime() => new("InvalidRestoreTimeException",
        "An invalid restore time was specified. RestoreDateTime must be between EarliestRestorableDateTime and LatestRestorableDateTime.");
}
