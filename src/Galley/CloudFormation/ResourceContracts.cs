namespace Galley.CloudFormation;

internal sealed record StackResourceRequest
{
    public string? StackName { get; init; }

    public string? LogicalResourceId { get; init; }

    public string? PhysicalResourceId { get; init; }
}

internal sealed record DescribeStackResourceResponse(StackResource StackResourceDetail);

internal sealed record DescribeStackResourcesResponse(IReadOnlyList<StackResource> StackResources);

internal sealed record ListStackResourcesResponse(IReadOnlyList<StackResource> StackResourceSummaries);

internal sealed record StackResource
{
    public string? StackName { get; init; }

    public string? StackId { get; init; }

    public required string LogicalResourceId { get; init; }

    public string? PhysicalResourceId { get; init; }

    public required string ResourceType { get; init; }

    /// <summary>DescribeStackResource and ListStackResources call it LastUpdatedTimestamp, DescribeStackResources Timestamp.</summary>
    public DateTimeOffset? LastUpdatedTimestamp { get; init; }

    public DateTimeOffset? Timestamp { get; init; }

    public required string ResourceStatus { get; init; }

    public string? ResourceStatusReason { get; init; }

    public ResourceDrift DriftInformation { get; init; } = new();
}

internal sealed record ResourceDrift
{
    public string StackResourceDriftStatus { get; init; } = "NOT_CHECKED";
}
