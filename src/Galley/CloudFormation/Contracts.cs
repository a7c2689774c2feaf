using System.Text.Json.Serialization;

namespace Galley.CloudFormation;

internal sealed record Tag(string Key, string Value);

internal sealed record StackParameter
{
    public required string ParameterKey { get; init; }

    public string? ParameterValue { get; init; }

    public bool? UsePreviousValue { get; init; }

    /// <summary>Only told: the value of a parameter of Systems Manager that was named.</summary>
    public string? ResolvedValue { get; init; }
}

internal sealed record Output(string OutputKey, string OutputValue)
{
    public string? Description { get; init; }

    public string? ExportName { get; init; }
}

/// <summary>What CreateStack, UpdateStack and CreateChangeSet have in common.</summary>
internal abstract record DeployRequest
{
    public required string StackName { get; init; }

    public string? TemplateBody { get; init; }

    [JsonPropertyName("TemplateURL")]
    public string? TemplateUrl { get; init; }

    public bool? UsePreviousTemplate { get; init; }

    public IReadOnlyList<StackParameter>? Parameters { get; init; }

    public IReadOnlyList<string>? Capabilities { get; init; }

    public IReadOnlyList<Tag>? Tags { get; init; }

    [JsonPropertyName("RoleARN")]
    public string? RoleArn { get; init; }

    /// <summary>Only the standard mode: a stack is done when its resources are.</summary>
    public DeploymentConfig? DeploymentConfig { get; init; }

    /// <summary>Topics are not there to be told: taken only when empty.</summary>
    [JsonPropertyName("NotificationARNs")]
    public IReadOnlyList<string>? NotificationArns { get; init; }
}

internal sealed record DeploymentConfig(string? Mode, bool? DisableRollback)
{
    /// <exception cref="Wire.AwsError">Another mode is asked for.</exception>
    public static void RequireStandard(DeploymentConfig? config)
    {
        if (config?.Mode is not (null or "STANDARD")) throw Errors.Validation($"Galley does not support the deployment mode {config.Mode}.");
    }
}

/// <summary>A stack that another stack makes.</summary>
internal sealed record NestedRequest : DeployRequest
{
    public int? TimeoutInMinutes { get; init; }
}

internal sealed record CreateStackRequest : DeployRequest
{
    public bool? DisableRollback { get; init; }

    public string? OnFailure { get; init; }

    public bool? EnableTerminationProtection { get; init; }

    public string? ClientRequestToken { get; init; }

    public int? TimeoutInMinutes { get; init; }

    public bool? RetainExceptOnCreate { get; init; }

    public string? StackPolicyBody { get; init; }

    [JsonPropertyName("StackPolicyURL")]
    public string? StackPolicyUrl { get; init; }
}

internal sealed record UpdateStackRequest : DeployRequest
{
    public bool? DisableRollback { get; init; }

    public string? ClientRequestToken { get; init; }

    public bool? RetainExceptOnCreate { get; init; }

    public string? StackPolicyBody { get; init; }

    [JsonPropertyName("StackPolicyURL")]
    public string? StackPolicyUrl { get; init; }

    public string? StackPolicyDuringUpdateBody { get; init; }

    [JsonPropertyName("StackPolicyDuringUpdateURL")]
    public string? StackPolicyDuringUpdateUrl { get; init; }
}

internal sealed record StackIdResponse(string StackId, string? OperationId = null);

internal sealed record DeleteStackRequest
{
    public required string StackName { get; init; }

    public IReadOnlyList<string>? RetainResources { get; init; }

    public DeploymentConfig? DeploymentConfig { get; init; }

    [JsonPropertyName("RoleARN")]
    public string? RoleArn { get; init; }

    public string? ClientRequestToken { get; init; }
}

internal sealed record StackNameRequest
{
    public string? StackName { get; init; }

    public string? NextToken { get; init; }
}

internal sealed record DescribeStacksResponse(IReadOnlyList<StackDescription> Stacks);

internal sealed record StackDescription
{
    public DeploymentConfig? DeploymentConfig { get; init; }

    public required string StackId { get; init; }

    public required string StackName { get; init; }

    public string? ChangeSetId { get; init; }

    public string? Description { get; init; }

    public IReadOnlyList<StackParameter> Parameters { get; init; } = [];

    public required DateTimeOffset CreationTime { get; init; }

    public DateTimeOffset? LastUpdatedTime { get; init; }

    public DateTimeOffset? DeletionTime { get; init; }

    public Wire.Empty RollbackConfiguration { get; init; } = Wire.Empty.Value;

    public required string StackStatus { get; init; }

    public string? StackStatusReason { get; init; }

    public bool DisableRollback { get; init; }

    [JsonPropertyName("NotificationARNs")]
    public IReadOnlyList<string> NotificationArns { get; init; } = [];

    public IReadOnlyList<string> Capabilities { get; init; } = [];

    public IReadOnlyList<Output> Outputs { get; init; } = [];

    public IReadOnlyList<Tag> Tags { get; init; } = [];

    public bool EnableTerminationProtection { get; init; }

    [JsonPropertyName("RoleARN")]
    public string? RoleArn { get; init; }

    public string? ParentId { get; init; }

    public string? RootId { get; init; }

    public int? TimeoutInMinutes { get; init; }

    public IReadOnlyList<OperationEntry>? LastOperations { get; init; }

    public Drift DriftInformation { get; init; } = new();
}

internal sealed record Drift
{
    public string StackDriftStatus { get; init; } = "NOT_CHECKED";
}

internal sealed record ListStacksRequest
{
    public IReadOnlyList<string>? StackStatusFilter { get; init; }
}

internal sealed record ListStacksResponse(IReadOnlyList<StackSummary> StackSummaries);

internal sealed record StackSummary
{
    public required string StackId { get; init; }

    public required string StackName { get; init; }

    public string? TemplateDescription { get; init; }

    public required DateTimeOffset CreationTime { get; init; }

    public DateTimeOffset? LastUpdatedTime { get; init; }

    public DateTimeOffset? DeletionTime { get; init; }

    public required string StackStatus { get; init; }

    public string? StackStatusReason { get; init; }

    public string? ParentId { get; init; }

    public string? RootId { get; init; }

    public Drift DriftInformation { get; init; } = new();
}

internal sealed record UpdateTerminationProtectionRequest
{
    public required string StackName { get; init; }

    public required bool EnableTerminationProtection { get; init; }
}
