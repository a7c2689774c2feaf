using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>A stack as stored.</summary>
internal sealed record StackRecord
{
    public required StackKey Key { get; init; }

    public required string Name { get; init; }

    public required string StackId { get; init; }

    public required string Status { get; init; }

    public string? Reason { get; init; }

    public required DateTimeOffset Created { get; init; }

    public DateTimeOffset? Updated { get; init; }

    public DateTimeOffset? Deleted { get; init; }

    public required Definition Definition { get; init; }

    public bool DisableRollback { get; init; }

    public bool Protected { get; init; }

    public string? ChangeSetId { get; init; }

    public IReadOnlyList<Output> Outputs { get; init; } = [];

    /// <summary>The stack that this one is part of, for a nested one.</summary>
    public string? ParentId { get; init; }

    /// <summary>The outermost of the stacks around a nested one.</summary>
    public string? RootId { get; init; }

    /// <summary>The role that CloudFormation takes for this stack, once one was given.</summary>
    public string? RoleArn { get; init; }

    /// <summary>What the stack goes back to from CREATE_FAILED or UPDATE_FAILED; null when it was never whole.</summary>
    public Definition? Stable { get; init; }

    /// <summary>Made with `OnFailure: DO_NOTHING`: a failed creation is not to be updated.</summary>
    public bool KeepsFailure { get; init; }

    /// <summary>The time its creation was given.</summary>
    public int? TimeoutInMinutes { get; init; }

    /// <summary>JSON; null allows every update.</summary>
    public string? Policy { get; init; }

    /// <summary>The operation under way, or the last.</summary>
    public OperationEntry? Operation { get; init; }

    /// <summary>Events written so far.</summary>
    public long Events { get; init; }

    /// <summary>Templates stored so far.</summary>
    public int Templates { get; init; }
}

/// <summary>What a stack is made from.</summary>
internal sealed record Definition
{
    public int Template { get; init; }

    /// <summary>Values of all parameters, as sealed JSON: they may be secrets.</summary>
    public string SealedParameters { get; init; } = "";

    /// <summary>Values of parameters that name one of Systems Manager.</summary>
    public Dictionary<string, string>? Resolved { get; init; }

    /// <summary>Parameters whose values are never told (`NoEcho`).</summary>
    public IReadOnlyList<string> Hidden { get; init; } = [];

    public string? Description { get; init; }

    public IReadOnlyList<Tag> Tags { get; init; } = [];

    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>As it was asked for, to be told back.</summary>
    public DeploymentConfig? DeploymentConfig { get; init; }
}

/// <param name="Original">As it was sent.</param>
/// <param name="Processed">JSON after transforms.</param>
internal sealed record TemplateRecord(string Original, string Processed);

/// <summary>A resource as it physically is.</summary>
internal record ResourceState
{
    public required string LogicalId { get; init; }

    public required string Type { get; init; }

    /// <summary>Empty until it exists.</summary>
    public string PhysicalId { get; init; } = "";

    /// <summary>The generated physical name.</summary>
    public required string Name { get; init; }

    /// <summary><see cref="ResourceContent"/>, sealed: properties and attributes may hold secrets.</summary>
    public string Sealed { get; init; } = "";

    public string? DeletionPolicy { get; init; }

    public string? UpdateReplacePolicy { get; init; }

    public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>Taken in by the operation under way: nobody but its owner may delete it if that fails.</summary>
    public bool Imported { get; init; }
}

/// <summary>A resource of a stack, and what it was before the update under way.</summary>
internal sealed record ResourceRecord : ResourceState
{
    public required string Status { get; init; }

    public string? Reason { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>Set while an update that changed the resource can still be taken back.</summary>
    public ResourceState? Before { get; init; }

    /// <summary>Made by the update under way.</summary>
    public bool New { get; init; }

    public ResourceState State => new()
    {
        LogicalId = LogicalId,
        Type = Type,
        PhysicalId = PhysicalId,
        Name = Name,
        Sealed = Sealed,
        DeletionPolicy = DeletionPolicy,
        UpdateReplacePolicy = UpdateReplacePolicy,
        DependsOn = DependsOn,
        Imported = Imported,
    };
}

internal sealed record ResourceContent(JsonObject Properties, Dictionary<string, string> Attributes)
{
    /// <summary>The attributes are secrets.</summary>
    public bool NoEcho { get; init; }
}

/// <summary>A thing that was there before the stack that takes it in.</summary>
/// <param name="PhysicalId">What `Ref` gives.</param>
/// <param name="Attributes">What `Fn::GetAtt` gives.</param>
internal sealed record ImportedResource(string PhysicalId, Dictionary<string, string> Attributes);

/// <summary>What is being done to a stack; gone when it is done. Found again after a crash.</summary>
internal sealed record WorkRecord
{
    public required StackKey Stack { get; init; }

    public required WorkKind Kind { get; init; }

    public required Phase Phase { get; init; }

    /// <summary>For whom.</summary>
    public required Principal Principal { get; init; }

    /// <summary>`ROLLBACK`, `DO_NOTHING` or `DELETE`.</summary>
    public string OnFailure { get; init; } = "ROLLBACK";

    /// <summary>What to go back to; null for nothing at all.</summary>
    public Definition? Old { get; init; }

    /// <summary>When a creation is given up.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Somebody called an update off.</summary>
    public bool Cancelled { get; init; }

    /// <summary>A rollback also deletes what it made and `Retain` would keep.</summary>
    public bool RetainExceptOnCreate { get; init; }

    /// <summary>The stack policy that this update obeys.</summary>
    public string? Policy { get; init; }

    /// <summary>Logical ids that a rollback leaves as they are.</summary>
    public IReadOnlyList<string> Skip { get; init; } = [];

    /// <summary>Logical ids that a deletion leaves alone.</summary>
    public IReadOnlyList<string> Retain { get; init; } = [];

    /// <summary>By logical id, what is not to be made because it is there.</summary>
    public IReadOnlyDictionary<string, ImportedResource> Imports { get; init; } = new Dictionary<string, ImportedResource>();

    public string? Token { get; init; }
}

internal enum WorkKind
{
    Create,
    Update,
    Delete,
}

internal enum Phase
{
    Deploy,
    Cleanup,
    Rollback,
    RollbackCleanup,
    Delete,
}

/// <param name="Type">`CREATE_STACK` and so on.</param>
/// <param name="Stack">UUID of the stack it is done to.</param>
internal sealed record OperationRecord(string Type, string Stack);

internal sealed record ExportRecord(string Name, string Value, string StackId);

internal sealed record ImportRecord(string StackName, string StackId);

internal sealed record ChangeSetRecord
{
    public required string Name { get; init; }

    public required string ChangeSetId { get; init; }

    public required string StackId { get; init; }

    public required string StackName { get; init; }

    public required string Type { get; init; }

    public string? Description { get; init; }

    public required string Status { get; init; }

    public string? Reason { get; init; }

    public required string ExecutionStatus { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required Definition Definition { get; init; }

    public string OnStackFailure { get; init; } = "ROLLBACK";

    /// <summary>The role to take, where one was given.</summary>
    public string? RoleArn { get; init; }

    public required IReadOnlyList<ChangeSummary> Changes { get; init; }

    /// <summary>Null when it was not asked for.</summary>
    public IReadOnlyDictionary<string, ImportedResource>? Imports { get; init; }
}
