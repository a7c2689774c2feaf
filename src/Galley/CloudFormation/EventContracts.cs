namespace Galley.CloudFormation;

internal sealed record DescribeStackEventsResponse(IReadOnlyList<StackEvent> StackEvents, string? NextToken);

internal sealed record DescribeEventsRequest
{
    public string? StackName { get; init; }

    public string? ChangeSetName { get; init; }

    public string? OperationId { get; init; }

    public EventFilter? Filters { get; init; }

    public string? NextToken { get; init; }
}

internal sealed record EventFilter(bool? FailedEvents);

internal sealed record DescribeEventsResponse(IReadOnlyList<OperationEvent> OperationEvents, string? NextToken);

internal sealed record OperationEvent
{
    public required string EventId { get; init; }

    public required string StackId { get; init; }

    public string? OperationId { get; init; }

    public string? OperationType { get; init; }

    /// <summary>`IN_PROGRESS`, `SUCCEEDED` or `FAILED`, in the events of the stack itself.</summary>
    public string? OperationStatus { get; init; }

    /// <summary>`STACK_EVENT`, `PROGRESS_EVENT` or `PROVISIONING_ERROR`.</summary>
    public required string EventType { get; init; }

    public string? LogicalResourceId { get; init; }

    public string? PhysicalResourceId { get; init; }

    public string? ResourceType { get; init; }

    public DateTimeOffset? Timestamp { get; init; }

    public string? ResourceStatus { get; init; }

    public string? ResourceStatusReason { get; init; }

    public string? ClientRequestToken { get; init; }
}

internal sealed record StackEvent
{
    public required string StackId { get; init; }

    public string? OperationId { get; init; }

    public required string EventId { get; init; }

    public required string StackName { get; init; }

    public required string LogicalResourceId { get; init; }

    public string? PhysicalResourceId { get; init; }

    public required string ResourceType { get; init; }

    public required DateTimeOffset Timestamp { get; init; }

    public required string ResourceStatus { get; init; }

    public string? ResourceStatusReason { get; init; }

    public string? ClientRequestToken { get; init; }
}
