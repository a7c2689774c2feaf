using System.Globalization;
using Galley.DynamoDB.Backups;
using Galley.Wire;

namespace Galley.DynamoDB.Transfers;

/// <summary>What ExportTableToPointInTime refuses, in AWS's words and order.</summary>
internal static class ExportRules
{
    public const string Full = "FULL_EXPORT", Incremental = "INCREMENTAL_EXPORT", Json = "DYNAMODB_JSON", Ion = "ION", Aes = "AES256", Kms = "KMS", OldAndNew = "NEW_AND_OLD_IMAGES";
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(15), Longest = TimeSpan.FromHours(24), Leeway = TimeSpan.FromSeconds(1);

    public static void Check(ExportTableToPointInTimeRequest request)
    {
        var constraints = new Constraints().Present(request.TableArn, "tableArn").Bucket(request.S3Bucket, prefix: null, "").Token(request.ClientToken)
            .Matches(request.S3BucketOwner, "s3BucketOwner", request.S3BucketOwner is { Length: 12 } owner && owner.All(char.IsAsciiDigit), "[0-9]{12}")
            .OneOf(request.ExportFormat, "exportFormat", Json, Ion).OneOf(request.S3SseAlgorithm, "s3SseAlgorithm", Aes, Kms)
            .OneOf(request.ExportType, "exportType", Full, Incremental)
            .OneOf(request.IncrementalExportSpecification?.ExportViewType, "incrementalExportSpecification.exportViewType", "NEW_IMAGE", OldAndNew);
        if (request.TableArn is { } arn) constraints.Count(arn.Length, "tableArn", 1, 1024, arn);
        if (request.S3Prefix is { } prefix) constraints.Count(prefix.Length, "s3Prefix", 1, 1024, prefix);
        if (request.S3SseKmsKeyId is { } key) constraints.Count(key.Length, "s3SseKmsKeyId", 1, 2048, key);
        constraints.Throw();
        if (!request.TableArn!.StartsWith("arn:", StringComparison.Ordinal)) throw Errors.InvalidParameterValues("tableArn is not a valid ARN");
        if (request.S3SseKmsKeyId is not null && request.S3SseAlgorithm != Kms) throw Invalid("KMS Key Id is not supported for this encryption type");
        if (request.ExportType == Incremental)
        {
            if (request.IncrementalExportSpecification is null) throw Invalid("Incremental Export Specification expected when export type is set as Incremental Export");
            if (request.IncrementalExportSpecification.ExportFromTime is null) throw Invalid("ExportFromTime must be provided in IncrementalExportSpecification");
        }
        else if (request.IncrementalExportSpecification is not null)
            throw Invalid(request.ExportType is null
                ? "Export Type expected to be Incremental Export when incremental export specification is provided"
                : "When Export Type is Full Export , Incremental Export Specification should not be provided");
    }

    /// <summary>S3 takes `aws:kms` with AWS's own key, and no other key.</summary>
    public static void CheckKey(string? key)
    {
        if (key is not (null or "alias/aws/s3")) throw Errors.Unsupported($"S3SseKmsKeyId {key}");
    }

    /// <summary>The moment of a full export.</summary>
    public static DateTimeOffset Moment(DateTimeOffset? asked, TableDocument table, DateTimeOffset now)
    {
        if (asked is { } moment && (moment < table.CreationDateTime - Leeway || moment > now + Leeway)) throw WrongTime("Export Time is invalid");
        if (table.Recovery is not { } recovery) throw BackupErrors.NotRecoverable(table.TableName);
        return asked is null || asked >= ContinuousBackups.Window(recovery, now).Earliest ? asked ?? now : throw NotRecoverableThen();
    }

    /// <summary>The period of an incremental export with what was left out, in whole seconds: its start is in it, its end is not.</summary>
    public static IncrementalExportSpecification Period(IncrementalExportSpecification asked, TableDocument table, DateTimeOffset now)
    {
        var (from, to) = (asked.ExportFromTime!.Value, asked.ExportToTime ?? DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()));
        if (from < table.CreationDateTime - Leeway) throw WrongTime($"Incremental export period from time cannot be less than the table creation time : {Told(from)}");
        if (to > now) throw WrongTime($"Incremental export period to time cannot be greater than the current time : {Told(to)}");
        if (to - from < Shortest) throw WrongTime("Difference between export period from time and export period to time is less than 15 minutes");
        if (to - from > Longest) throw WrongTime("Difference between export period from time and export period to time is greater than 24 hours");
        if (table.Recovery is not { } recovery) throw BackupErrors.NotRecoverable(table.TableName);
        if (from < ContinuousBackups.Window(recovery, now).Earliest) throw NotRecoverableThen();
        return new() { ExportFromTime = from, ExportToTime = to, ExportViewType = asked.ExportViewType ?? OldAndNew };
    }

    private static AwsError NotRecoverableThen() => WrongTime("Point in Time Recovery is not available for specified export time");

    private static AwsError WrongTime(string problem) => new("InvalidExportTimeException", problem);

    private static AwsError Invalid(string problem) => Errors.Validation("Invalid Request: " + problem);

    private static string Told(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
