using System.Text.Json.Serialization;
using Galley.DynamoDB.Transfers;
using Galley.Wire;

namespace Galley.DynamoDB.Resources;

/// <summary>The properties of AWS::DynamoDB::Table.</summary>
internal sealed record TableProperties
{
    public string? TableName { get; init; }

    public AttributeDefinition[]? AttributeDefinitions { get; init; }

    public KeySchemaElement[]? KeySchema { get; init; }

    public SecondaryIndex[]? LocalSecondaryIndexes { get; init; }

    public SecondaryIndex[]? GlobalSecondaryIndexes { get; init; }

    public string? BillingMode { get; init; }

    public ProvisionedThroughput? ProvisionedThroughput { get; init; }

    public StreamProperties? StreamSpecification { get; init; }

    public EncryptionProperties? SSESpecification { get; init; }

    public TimeToLiveSpecification? TimeToLiveSpecification { get; init; }

    public RecoveryProperties? PointInTimeRecoverySpecification { get; init; }

    public Tag[]? Tags { get; init; }

    public string? TableClass { get; init; }

    public bool? DeletionProtectionEnabled { get; init; }

    public OnDemandThroughput? OnDemandThroughput { get; init; }

    public WarmThroughputRequest? WarmThroughput { get; init; }

    public PolicyProperties? ResourcePolicy { get; init; }

    public ImportProperties? ImportSourceSpecification { get; init; }

    /// <summary>As the API has it.</summary>
    [JsonIgnore]
    public SSESpecification? Encryption => SSESpecification is null
        ? null
        : new() { Enabled = SSESpecification.SSEEnabled, SSEType = SSESpecification.SSEType, KMSMasterKeyId = SSESpecification.KMSMasterKeyId };
}

internal sealed record EncryptionProperties(bool SSEEnabled, string? SSEType, string? KMSMasterKeyId);

internal sealed record StreamProperties(string? StreamViewType, PolicyProperties? ResourcePolicy = null);

internal sealed record PolicyProperties(System.Text.Json.Nodes.JsonObject? PolicyDocument);

internal sealed record ImportProperties(S3BucketSource? S3BucketSource, string? InputFormat, InputFormatOptions? InputFormatOptions = null, string? InputCompressionType = null);

internal sealed record RecoveryProperties(bool? PointInTimeRecoveryEnabled, int? RecoveryPeriodInDays = null);

[JsonSourceGenerationOptions(
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, NumberHandling = JsonNumberHandling.AllowReadingFromString,
    Converters = [typeof(TextBooleanConverter), typeof(ScalarTextConverter)])]
[JsonSerializable(typeof(TableProperties))]
internal sealed partial class TablePropertiesJson : JsonSerializerContext;
