using System.Text.Json.Serialization;

namespace Galley.CloudFormation;

internal sealed record CancelUpdateStackRequest
{
    public required string StackName { get; init; }

    public string? ClientRequestToken { get; init; }
}

internal sealed record ContinueUpdateRollbackRequest
{
    public required string StackName { get; init; }

    [JsonPropertyName("RoleARN")]
    public string? RoleArn { get; init; }

    public IReadOnlyList<string>? ResourcesToSkip { get; init; }

    public string? ClientRequestToken { get; init; }
}

/// <summary>No members, but clients look for `ContinueUpdateRollbackResult` all the same.</summary>
internal sealed record RollbackContinued
{
    public static readonly RollbackContinued Value = new();
}

internal sealed record RollbackStackRequest
{
    public required string StackName { get; init; }

    [JsonPropertyName("RoleARN")]
    public string? RoleArn { get; init; }

    public string? ClientRequestToken { get; init; }

    public bool? RetainExceptOnCreate { get; init; }

    public DeploymentConfig? DeploymentConfig { get; init; }
}

internal sealed record SetStackPolicyRequest
{
    public required string StackName { get; init; }

    public string? StackPolicyBody { get; init; }

    [JsonPropertyName("StackPolicyURL")]
    public string? StackPolicyUrl { get; init; }
}

internal sealed record GetStackPolicyRequest
{
    public required string StackName { get; init; }
}

internal sealed record GetStackPolicyResponse(string? StackPolicyBody);

/// <param name="OperationType">`CREATE_STACK`, `UPDATE_STACK`, `DELETE_STACK`, `ROLLBACK`, `CONTINUE_ROLLBACK`.</param>
internal sealed record OperationEntry(string OperationType, string OperationId);
