using System.Text.Json.Serialization;
using Galley.DynamoDB.Expressions;

namespace Galley.DynamoDB.Transfers;

/// <summary>Requests and answers of exports and imports.</summary>
internal sealed record ExportTableToPointInTimeRequest
{
    public string? TableArn { get; init; }

    public DateTimeOffset? ExportTime { get; init; }

    public string? ClientToken { get; init; }

    public string? S3Bucket { get; init; }

    public string? S3BucketOwner { get; init; }

    public string? S3Prefix { get; init; }

    public string? S3SseAlgorithm { get; init; }

    public string? S3SseKmsKeyId { get; init; }

    public string? ExportFormat { get; init; }

    public string? ExportType { get; init; }

    public IncrementalExportSpecification? IncrementalExportSpecification { get; init; }

    public FilterSpecification? FilterSpecification { get; init; }
}

internal sealed record FilterSpecification
{
    public string? FilterExpression { get; init; }

    public string? ProjectionExpression { get; init; }

    public string? KeyConditionExpression { get; init; }

    public Dictionary<string, string>? ExpressionAttributeNames { get; init; }

    public ExpressionValues? ExpressionAttributeValues { get; init; }
}

internal sealed record IncrementalExportSpecification
{
    public DateTimeOffset? ExportFromTime { get; init; }

    public DateTimeOffset? ExportToTime { get; init; }

    public string? ExportViewType { get; init; }
}

internal sealed record ExportResponse(ExportDescription ExportDescription);

internal sealed record ExportRequest
{
    public string? ExportArn { get; init; }
}

/// <summary>Told and stored in the same form.</summary>
internal sealed record ExportDescription
{
    public required string ExportArn { get; init; }

    public required string ExportStatus { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public DateTimeOffset? EndTime { get; init; }

    public string? ExportManifest { get; init; }

    public required string TableArn { get; init; }

    public required string TableId { get; init; }

    /// <summary>Null for an incremental export.</summary>
    public DateTimeOffset? ExportTime { get; init; }

    public string? ClientToken { get; init; }

    public required string S3Bucket { get; init; }

    public string? S3BucketOwner { get; init; }

    public string? S3Prefix { get; init; }

    public required string S3SseAlgorithm { get; init; }

    public string? S3SseKmsKeyId { get; init; }

    public string? FailureCode { get; init; }

    public string? FailureMessage { get; init; }

    public required string ExportFormat { get; init; }

    public long? BilledSizeBytes { get; init; }

    public long? ItemCount { get; init; }

    /// <summary>Null if the call named none.</summary>
    public string? ExportType { get; init; }

    public IncrementalExportSpecification? IncrementalExportSpecification { get; init; }

    public FilterSpecification? FilterSpecification { get; init; }
}

internal sealed record ListExportsRequest
{
    public string? TableArn { get; init; }

    public int? MaxResults { get; init; }

    public string? NextToken { get; init; }
}

internal sealed record ListExportsResponse(ExportSummary[] ExportSummaries, string? NextToken);

internal sealed record ExportSummary(string ExportArn, string ExportStatus, string ExportType);

internal sealed record ImportTableRequest
{
    public string? ClientToken { get; init; }

    public S3BucketSource? S3BucketSource { get; init; }

    public string? InputFormat { get; init; }

    public InputFormatOptions? InputFormatOptions { get; init; }

    public string? InputCompressionType { get; init; }

    public TableCreationParameters? TableCreationParameters { get; init; }
}

internal sealed record S3BucketSource
{
    public string? S3BucketOwner { get; init; }

    public string? S3Bucket { get; init; }

    public string? S3KeyPrefix { get; init; }
}

internal sealed record InputFormatOptions
{
    public CsvOptions? Csv { get; init; }
}

internal sealed record CsvOptions
{
    public string? Delimiter { get; init; }

    public string[]? HeaderList { get; init; }
}

internal sealed record TableCreationParameters
{
    public string? TableName { get; init; }

    public AttributeDefinition[]? AttributeDefinitions { get; init; }

    public KeySchemaElement[]? KeySchema { get; init; }

    public string? BillingMode { get; init; }

    public ProvisionedThroughput? ProvisionedThroughput { get; init; }

    public OnDemandThroughput? OnDemandThroughput { get; init; }

    public SSESpecification? SSESpecification { get; init; }

    public SecondaryIndex[]? GlobalSecondaryIndexes { get; init; }
}

internal sealed record ImportResponse(ImportTableDescription ImportTableDescription);

internal sealed record ImportRequest
{
    public string? ImportArn { get; init; }
}

/// <summary>Told and stored in the same form.</summary>
internal sealed record ImportTableDescription
{
    public required string ImportArn { get; init; }

    public required string ImportStatus { get; init; }

    public required string TableArn { get; init; }

    public required string TableId { get; init; }

    public string? ClientToken { get; init; }

    public required S3BucketSource S3BucketSource { get; init; }

    public string? CloudWatchLogGroupArn { get; init; }

    public long ErrorCount { get; init; }

    public required string InputFormat { get; init; }

    public InputFormatOptions? InputFormatOptions { get; init; }

    public required string InputCompressionType { get; init; }

    public required TableCreationParameters TableCreationParameters { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public DateTimeOffset? EndTime { get; init; }

    /// <summary>Without compression; null before anything is read.</summary>
    public long? ProcessedSizeBytes { get; init; }

    public long ProcessedItemCount { get; init; }

    public long ImportedItemCount { get; init; }

    public string? FailureCode { get; init; }

    public string? FailureMessage { get; init; }
}

internal sealed record ListImportsRequest
{
    public string? TableArn { get; init; }

    public int? PageSize { get; init; }

    public string? NextToken { get; init; }
}

internal sealed record ListImportsResponse(ImportSummary[] ImportSummaryList, string? NextToken);

internal sealed record ImportSummary
{
    public required string ImportArn { get; init; }

    public required string ImportStatus { get; init; }

    public required string TableArn { get; init; }

    public required S3BucketSource S3BucketSource { get; init; }

    public string? CloudWatchLogGroupArn { get; init; }

    public required string InputFormat { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public DateTimeOffset? EndTime { get; init; }
}

/// <summary>The files that an export leaves beside its data.</summary>
internal sealed record ExportManifest
{
    public required string version { get; init; }

    public required string exportArn { get; init; }

    public required string startTime { get; init; }

    public required string endTime { get; init; }

    public required string tableArn { get; init; }

    public required string tableId { get; init; }

    public string? exportTime { get; init; }

    public string? exportFromTime { get; init; }

    public string? exportToTime { get; init; }

    public required string s3Bucket { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? s3Prefix { get; init; }

    public required string s3SseAlgorithm { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? s3SseKmsKeyId { get; init; }

    public required string manifestFilesS3Key { get; init; }

    public long billedSizeBytes { get; init; }

    public long itemCount { get; init; }

    public required string outputFormat { get; init; }

    public string? outputView { get; init; }

    public required string exportType { get; init; }
}

internal sealed record ExportFile(long itemCount, string md5Checksum, string etag, string dataFileS3Key);
