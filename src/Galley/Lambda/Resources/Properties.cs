using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>Properties of the AWS::Lambda types as templates have them; a property that is not here is refused by name.</summary>
[JsonSourceGenerationOptions(
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, NumberHandling = JsonNumberHandling.AllowReadingFromString,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(TextBooleanConverter), typeof(ScalarTextConverter)])]
[JsonSerializable(typeof(FunctionProperties))]
[JsonSerializable(typeof(PermissionProperties))]
[JsonSerializable(typeof(VersionProperties))]
[JsonSerializable(typeof(AliasProperties))]
[JsonSerializable(typeof(LayerVersionProperties))]
[JsonSerializable(typeof(LayerPermissionProperties))]
[JsonSerializable(typeof(UrlProperties))]
[JsonSerializable(typeof(EventInvokeConfigRequest))]
[JsonSerializable(typeof(Sources.CreateMappingRequest))]
internal sealed partial class PropertiesJson : JsonSerializerContext
{
    public static T Read<T>(ResourceRequest request, JsonTypeInfo<T> type) => request.Read(type, properties =>
    {
        // Variables are text whatever the template wrote.
        if (properties["Environment"]?["Variables"] is not JsonObject variables) return;
        foreach (var (name, value) in variables.ToList())
            if (value is JsonValue && value.GetValueKind() != JsonValueKind.String)
                variables[name] = value.ToJsonString();
    });
}

internal sealed record ResourceTag
{
    public required string Key { get; init; }

    public required string Value { get; init; }
}

/// <summary>Code of a template: a bucket's object, or source text that becomes `index.py` or `index.js`.</summary>
internal sealed record CodeProperties(string? ZipFile, string? S3Bucket, string? S3Key, string? S3ObjectVersion);

internal sealed record FunctionProperties : FunctionSettings
{
    public string? FunctionName { get; init; }

    public required string Role { get; init; }

    public required CodeProperties Code { get; init; }

    public string? PackageType { get; init; }

    public string[]? Architectures { get; init; }

    public int? ReservedConcurrentExecutions { get; init; }

    public ResourceTag[]? Tags { get; init; }

    public string? KmsKeyArn { get; init; }

    public string? RecursiveLoop { get; init; }

    public RuntimeManagementProperties? RuntimeManagementConfig { get; init; }
}

internal sealed record RuntimeManagementProperties(string? RuntimeVersionArn)
{
    public required string UpdateRuntimeOn { get; init; }
}

internal sealed record PermissionProperties(string? SourceArn, string? SourceAccount, string? FunctionUrlAuthType, string? PrincipalOrgID, bool? InvokedViaFunctionUrl = null, string? EventSourceToken = null)
{
    public required string FunctionName { get; init; }

    public required string Action { get; init; }

    public required string Principal { get; init; }
}

internal sealed record VersionProperties(string? CodeSha256, string? Description, ProvisionedProperties? ProvisionedConcurrencyConfig = null)
{
    public required string FunctionName { get; init; }
}

internal sealed record AliasProperties(string? Description, RoutingProperties? RoutingConfig = null, ProvisionedProperties? ProvisionedConcurrencyConfig = null)
{
    public required string FunctionName { get; init; }

    public required string FunctionVersion { get; init; }

    public required string Name { get; init; }
}

internal sealed record ProvisionedProperties
{
    public required int ProvisionedConcurrentExecutions { get; init; }
}

/// <summary>Weights as templates have them: a list.</summary>
internal sealed record RoutingProperties(RoutingWeight[]? AdditionalVersionWeights)
{
    public RoutingConfig ToConfig() => new() { AdditionalVersionWeights = (AdditionalVersionWeights ?? []).ToDictionary(one => one.FunctionVersion, one => one.FunctionWeight) };
}

internal sealed record RoutingWeight
{
    public required string FunctionVersion { get; init; }

    public required double FunctionWeight { get; init; }
}
