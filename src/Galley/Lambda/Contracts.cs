using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>The wire and store contracts of Lambda.</summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.AllowReadingFromString, Converters = [typeof(TextBooleanConverter)])]
[JsonSerializable(typeof(FunctionRecord))]
[JsonSerializable(typeof(AliasRecord))]
[JsonSerializable(typeof(PolicyRecord))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(Empty))]
[JsonSerializable(typeof(CreateFunctionRequest))]
[JsonSerializable(typeof(UpdateFunctionCodeRequest))]
[JsonSerializable(typeof(UpdateFunctionConfigurationRequest))]
[JsonSerializable(typeof(FunctionRequest))]
[JsonSerializable(typeof(ListFunctionsRequest))]
[JsonSerializable(typeof(ListFunctionsResponse))]
[JsonSerializable(typeof(GetFunctionResponse))]
[JsonSerializable(typeof(PublishVersionRequest))]
[JsonSerializable(typeof(ListVersionsRequest))]
[JsonSerializable(typeof(ListVersionsResponse))]
[JsonSerializable(typeof(CreateAliasRequest))]
[JsonSerializable(typeof(UpdateAliasRequest))]
[JsonSerializable(typeof(AliasRequest))]
[JsonSerializable(typeof(ListAliasesRequest))]
[JsonSerializable(typeof(AliasConfiguration))]
[JsonSerializable(typeof(ListAliasesResponse))]
[JsonSerializable(typeof(AddPermissionRequest))]
[JsonSerializable(typeof(AddPermissionResponse))]
[JsonSerializable(typeof(RemovePermissionRequest))]
[JsonSerializable(typeof(GetPolicyResponse))]
[JsonSerializable(typeof(TagRequest))]
[JsonSerializable(typeof(UntagRequest))]
[JsonSerializable(typeof(ArnRequest))]
[JsonSerializable(typeof(ListTagsResponse))]
[JsonSerializable(typeof(PutConcurrencyRequest))]
[JsonSerializable(typeof(Concurrency))]
[JsonSerializable(typeof(CodeSigningResponse))]
[JsonSerializable(typeof(AccountSettings))]
[JsonSerializable(typeof(FunctionFailure))]
[JsonSerializable(typeof(Sources.MappingRecord))]
[JsonSerializable(typeof(Sources.WindowRecord))]
[JsonSerializable(typeof(Sources.CreateMappingRequest))]
[JsonSerializable(typeof(Sources.UpdateMappingRequest))]
[JsonSerializable(typeof(Sources.MappingRequest))]
[JsonSerializable(typeof(Sources.ListMappingsRequest))]
[JsonSerializable(typeof(Sources.MappingConfiguration))]
[JsonSerializable(typeof(Sources.ListMappingsResponse))]
[JsonSerializable(typeof(EventInvokeRecord))]
[JsonSerializable(typeof(EventInvokeConfigRequest))]
[JsonSerializable(typeof(EventInvokeConfiguration))]
[JsonSerializable(typeof(ListOfFunctionRequest))]
[JsonSerializable(typeof(ListEventInvokeConfigsResponse))]
[JsonSerializable(typeof(ProvisionedRecord))]
[JsonSerializable(typeof(ProvisionedRequest))]
[JsonSerializable(typeof(PutProvisionedRequest))]
[JsonSerializable(typeof(ProvisionedConcurrency))]
[JsonSerializable(typeof(ListProvisionedResponse))]
[JsonSerializable(typeof(Invoke.AsyncEvent))]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonObject))]
[JsonSerializable(typeof(FunctionRef))]
[JsonSerializable(typeof(LayerRecord))]
[JsonSerializable(typeof(PublishLayerVersionRequest))]
[JsonSerializable(typeof(LayerVersionRequest))]
[JsonSerializable(typeof(LayerArnRequest))]
[JsonSerializable(typeof(ListLayersRequest))]
[JsonSerializable(typeof(AddLayerPermissionRequest))]
[JsonSerializable(typeof(RemoveLayerPermissionRequest))]
[JsonSerializable(typeof(LayerVersion))]
[JsonSerializable(typeof(ListLayersResponse))]
[JsonSerializable(typeof(ListLayerVersionsResponse))]
[JsonSerializable(typeof(UrlRecord))]
[JsonSerializable(typeof(UrlRequest))]
[JsonSerializable(typeof(UrlConfiguration))]
[JsonSerializable(typeof(ListUrlsResponse))]
[JsonSerializable(typeof(PutRecursionRequest))]
[JsonSerializable(typeof(RecursionConfig))]
[JsonSerializable(typeof(PutRuntimeManagementRequest))]
[JsonSerializable(typeof(RuntimeManagement))]
internal sealed partial class LambdaJson : JsonSerializerContext;

internal sealed record FunctionCode
{
    public byte[]? ZipFile { get; init; }

    public string? S3Bucket { get; init; }

    public string? S3Key { get; init; }

    public string? S3ObjectVersion { get; init; }

    // Refused: there are no images here.
    public string? ImageUri { get; init; }
}

internal sealed record EnvironmentDescription
{
    public Dictionary<string, string>? Variables { get; init; }
}

internal sealed record TracingConfig
{
    public string? Mode { get; init; }
}

internal sealed record EphemeralStorage
{
    public int Size { get; init; } = 512;
}

internal sealed record SnapStart
{
    public string? ApplyOn { get; init; }

    public string? OptimizationStatus { get; init; }
}

internal sealed record LoggingConfig
{
    public string? LogFormat { get; init; }

    public string? ApplicationLogLevel { get; init; }

    public string? SystemLogLevel { get; init; }

    public string? LogGroup { get; init; }
}

internal sealed record RuntimeVersionConfig(string RuntimeVersionArn);

internal sealed record DeadLetterConfig(string? TargetArn);

internal sealed record VpcConfig(string[]? SubnetIds, string[]? SecurityGroupIds, bool? Ipv6AllowedForDualStack);

/// <summary>What CreateFunction and UpdateFunctionConfiguration have in common.</summary>
internal abstract record FunctionSettings
{
    public string? Runtime { get; init; }

    public string? Handler { get; init; }

    public string? Description { get; init; }

    public int? Timeout { get; init; }

    public int? MemorySize { get; init; }

    public EnvironmentDescription? Environment { get; init; }

    public TracingConfig? TracingConfig { get; init; }

    public EphemeralStorage? EphemeralStorage { get; init; }

    public LoggingConfig? LoggingConfig { get; init; }

    public SnapStart? SnapStart { get; init; }

    public string[]? Layers { get; init; }

    public DeadLetterConfig? DeadLetterConfig { get; init; }

    // Sent empty by some clients; refused by name when it asks for something.
    public VpcConfig? VpcConfig { get; init; }
}

internal sealed record CreateFunctionRequest : FunctionSettings
{
    public required string FunctionName { get; init; }

    public required string Role { get; init; }

    public required FunctionCode Code { get; init; }

    public bool? Publish { get; init; }

    public string? PackageType { get; init; }

    public string[]? Architectures { get; init; }

    public Dictionary<string, string>? Tags { get; init; }

    public string? KMSKeyArn { get; init; }
}

internal sealed record UpdateFunctionCodeRequest
{
    public required string FunctionName { get; init; }

    public byte[]? ZipFile { get; init; }

    public string? S3Bucket { get; init; }

    public string? S3Key { get; init; }

    public string? S3ObjectVersion { get; init; }

    public string? ImageUri { get; init; }

    public bool? Publish { get; init; }

    public bool? DryRun { get; init; }

    public string? RevisionId { get; init; }

    public string[]? Architectures { get; init; }
}

internal sealed record UpdateFunctionConfigurationRequest : FunctionSettings
{
    public required string FunctionName { get; init; }

    public string? Role { get; init; }

    public string? RevisionId { get; init; }

    public string? KMSKeyArn { get; init; }
}

internal sealed record FunctionRequest(string? Qualifier)
{
    public required string FunctionName { get; init; }
}

internal sealed record ListFunctionsRequest(string? Marker, int? MaxItems, string? FunctionVersion);

internal sealed record ListFunctionsResponse(FunctionConfiguration[] Functions, string? NextMarker);

internal sealed record GetFunctionResponse(FunctionConfiguration Configuration, FunctionCodeLocation Code, Dictionary<string, string>? Tags, Concurrency? Concurrency);

internal sealed record FunctionCodeLocation(string RepositoryType, string Location);

internal sealed record Concurrency(int? ReservedConcurrentExecutions);

/// <summary>The configuration as AWS answers it; the order of members is AWS's.</summary>
internal sealed record FunctionConfiguration
{
    public required string FunctionName { get; init; }

    public required string FunctionArn { get; init; }

    public required string Runtime { get; init; }

    public required string Role { get; init; }

    public required string Handler { get; init; }

    public required long CodeSize { get; init; }

    public required string Description { get; init; }

    public required int Timeout { get; init; }

    public required int MemorySize { get; init; }

    public required string LastModified { get; init; }

    public required string CodeSha256 { get; init; }

    public required string Version { get; init; }

    public EnvironmentDescription? Environment { get; init; }

    public TracingConfig TracingConfig { get; init; } = new() { Mode = "PassThrough" };

    public required string RevisionId { get; init; }

    public DeadLetterConfig? DeadLetterConfig { get; init; }

    public LayerReference[]? Layers { get; init; }

    public string? State { get; init; } = "Active";

    public string? StateReason { get; init; }

    public string? StateReasonCode { get; init; }

    public string? LastUpdateStatus { get; init; } = "Successful";

    public string? LastUpdateStatusReason { get; init; }

    public string? LastUpdateStatusReasonCode { get; init; }

    public string PackageType { get; init; } = "Zip";

    public required string[] Architectures { get; init; }

    public required EphemeralStorage EphemeralStorage { get; init; }

    public SnapStart SnapStart { get; init; } = new() { ApplyOn = "None", OptimizationStatus = "Off" };

    public required RuntimeVersionConfig? RuntimeVersionConfig { get; init; }

    public required LoggingConfig LoggingConfig { get; init; }

    /// <summary>As ListFunctions and ListVersionsByFunction tell it: without what changes by itself.</summary>
    public FunctionConfiguration Listed() => this with { State = null, LastUpdateStatus = null, RuntimeVersionConfig = null };
}

/// <summary>A function's error as the runtimes report it.</summary>
internal sealed record FunctionFailure(
    [property: JsonPropertyName("errorMessage")] string ErrorMessage,
    [property: JsonPropertyName("errorType")] string ErrorType,
    [property: JsonPropertyName("stackTrace")] string[]? StackTrace = null);
