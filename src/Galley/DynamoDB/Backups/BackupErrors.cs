using System.Globalization;
using Galley.Wire;

namespace Galley.DynamoDB.Backups;

/// <summary>The errors of backups and restores: other codes than those of tables.</summary>
internal static class BackupErrors
{
    /// <summary>Also of one that is still being created.</summary>
    public static AwsError TableMissing(string name) => new("TableNotFoundException", $"Table not found: {name}");

    public static AwsError TableExists(string name) => new("TableAlreadyExistsException", $"Table already exists: {name}");

    public static AwsError BackupMissing(string arn) => new("BackupNotFoundException", $"Backup not found: {arn}");

    public static AwsError BackupInUse(string problem) => new("BackupInUseException", problem);

    public static AwsError NotRecoverable(string name)
        => new("PointInTimeRecoveryUnavailableException", $"Point in time recovery is not enabled for table '{name}'");

    public static AwsError TableInUse(string name, string backup) => new("TableInUseException", $"Table: {name} is already being restored from backup: {backup}");

    public static AwsError WrongTime(DateTimeOffset asked, DateTimeOffset earliest, DateTimeOffset latest)
    {
        return new("InvalidRestoreTimeException", $"RestoreDateTime '{Told(asked)}' must be within EarliestRestorableDateTime '{Told(earliest)}' and LatestRestorableDateTime '{Told(latest)}'");

        static string Told(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }
}
