using System.Text.Json.Serialization;

namespace Galley.CloudFormation;

internal sealed record GetTemplateRequest
{
    public string? StackName { get; init; }

    public string? ChangeSetName { get; init; }

    public string? TemplateStage { get; init; }
}

internal sealed record GetTemplateResponse(string TemplateBody, IReadOnlyList<string> StagesAvailable);

internal sealed record TemplateRequest
{
    public string? TemplateBody { get; init; }

    [JsonPropertyName("TemplateURL")]
    public string? TemplateUrl { get; init; }

    public string? StackName { get; init; }
}

internal sealed record ValidateTemplateResponse
{
    public string? Description { get; init; }

    public IReadOnlyList<TemplateParameter> Parameters { get; init; } = [];

    public IReadOnlyList<string>? Capabilities { get; init; }

    public string? CapabilitiesReason { get; init; }

    public IReadOnlyList<string>? DeclaredTransforms { get; init; }
}

internal sealed record TemplateParameter
{
    public required string ParameterKey { get; init; }

    public string? DefaultValue { get; init; }

    public bool NoEcho { get; init; }

    public string? Description { get; init; }
}

internal sealed record GetTemplateSummaryResponse
{
    public IReadOnlyList<ParameterDeclaration> Parameters { get; init; } = [];

    public string? Description { get; init; }

    public IReadOnlyList<string>? Capabilities { get; init; }

    public string? CapabilitiesReason { get; init; }

    public IReadOnlyList<string> ResourceTypes { get; init; } = [];

    public string? Version { get; init; }

    public string? Metadata { get; init; }

    public IReadOnlyList<string>? DeclaredTransforms { get; init; }
}

internal sealed record ParameterDeclaration
{
    public required string ParameterKey { get; init; }

    public string? DefaultValue { get; init; }

    public required string ParameterType { get; init; }

    public bool NoEcho { get; init; }

    public string? Description { get; init; }

    public ParameterConstraints? ParameterConstraints { get; init; }
}

internal sealed record ParameterConstraints(IReadOnlyList<string> AllowedValues);

internal sealed record CreateChangeSetRequest : DeployRequest
{
    public required string ChangeSetName { get; init; }

    public string? ChangeSetType { get; init; }

    public string? Description { get; init; }

    public string? ClientToken { get; init; }

    public string? OnStackFailure { get; init; }

    /// <summary>Taken as said: a nested stack is one changed resource in the set either way.</summary>
    public bool? IncludeNestedStacks { get; init; }

    /// <summary>What has a name in the template and is there already is taken in instead of made.</summary>
    public bool? ImportExistingResources { get; init; }
}

internal sealed record CreateChangeSetResponse(string Id, string StackId);

internal sealed record ChangeSetRequest
{
    public required string ChangeSetName { get; init; }

    public string? StackName { get; init; }

    public string? ClientRequestToken { get; init; }

    public bool? DisableRollback { get; init; }

    public bool? RetainExceptOnCreate { get; init; }

    public bool? IncludePropertyValues { get; init; }
}

internal sealed record ChangeSetDescription
{
    public DeploymentConfig? DeploymentConfig { get; init; }

    public required string ChangeSetName { get; init; }

    public required string ChangeSetId { get; init; }

    public required string StackId { get; init; }

    public required string StackName { get; init; }

    public string? Description { get; init; }

    public IReadOnlyList<StackParameter> Parameters { get; init; } = [];

    public required DateTimeOffset CreationTime { get; init; }

    public required string ExecutionStatus { get; init; }

    public required string Status { get; init; }

    public string? StatusReason { get; init; }

    [JsonPropertyName("NotificationARNs")]
    public IReadOnlyList<string> NotificationArns { get; init; } = [];

    public Wire.Empty RollbackConfiguration { get; init; } = Wire.Empty.Value;

    public IReadOnlyList<string> Capabilities { get; init; } = [];

    public IReadOnlyList<Tag> Tags { get; init; } = [];

    public IReadOnlyList<ChangeSummary> Changes { get; init; } = [];

    public bool IncludeNestedStacks { get; init; }

    public string? OnStackFailure { get; init; }

    public bool? ImportExistingResources { get; init; }
}

internal sealed record ChangeSummary(string Type, ResourceChange ResourceChange);

internal sealed record ResourceChange
{
    public required string Action { get; init; }

    public required string LogicalResourceId { get; init; }

    public string? PhysicalResourceId { get; init; }

    public required string ResourceType { get; init; }

    public string? Replacement { get; init; }

    public IReadOnlyList<string> Scope { get; init; } = [];

    public IReadOnlyList<ChangeDetail> Details { get; init; } = [];
}

internal sealed record ChangeDetail(ChangeTarget Target, string Evaluation, string ChangeSource);

internal sealed record ChangeTarget(string Attribute, string? Name, string RequiresRecreation);

/// <summary>No members, but clients look for `ExecuteChangeSetResult` and `DeleteChangeSetResult` all the same.</summary>
internal sealed record ChangeSetDone
{
    public static readonly ChangeSetDone Value = new();
}

internal sealed record ListChangeSetsRequest
{
    public required string StackName { get; init; }
}

internal sealed record ListChangeSetsResponse(IReadOnlyList<ChangeSetSummary> Summaries);

internal sealed record ChangeSetSummary
{
    public required string StackId { get; init; }

    public required string StackName { get; init; }

    public required string ChangeSetId { get; init; }

    public required string ChangeSetName { get; init; }

    public required string ExecutionStatus { get; init; }

    public required string Status { get; init; }

    public string? StatusReason { get; init; }

    public required DateTimeOffset CreationTime { get; init; }

    public string? Description { get; init; }

    public bool IncludeNestedStacks { get; init; }

    public bool? ImportExistingResources { get; init; }
}
