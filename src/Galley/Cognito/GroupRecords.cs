namespace Galley.Cognito;

/// <summary>A group as stored and shown.</summary>
internal sealed record Group
{
    public required string GroupName { get; init; }
    public required string UserPoolId { get; init; }
    public string? Description { get; init; }
    public string? RoleArn { get; init; }
    public int? Precedence { get; init; }
    public DateTimeOffset LastModifiedDate { get; init; }
    public DateTimeOffset CreationDate { get; init; }
}

/// <summary>CreateGroup and UpdateGroup.</summary>
internal sealed record GroupRequest : IOnPool
{
    public required string GroupName { get; init; }
    public required string UserPoolId { get; init; }
    public string? Description { get; init; }
    public string? RoleArn { get; init; }
    public int? Precedence { get; init; }
}

internal sealed record OnGroupRequest : IOnPool
{
    public required string GroupName { get; init; }
    public required string UserPoolId { get; init; }
}

internal sealed record GroupResponse
{
    public required Group Group { get; init; }
}

internal sealed record ListGroupsRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public int? Limit { get; init; }
    public string? NextToken { get; init; }
}

internal sealed record ListGroupsResponse
{
    public required IReadOnlyList<Group> Groups { get; init; }
    public string? NextToken { get; init; }
}

internal sealed record MembershipRequest : IOnUser
{
    public required string UserPoolId { get; init; }
    public required string Username { get; init; }
    public required string GroupName { get; init; }
}

internal sealed record AdminListGroupsForUserRequest : IOnUser
{
    public required string UserPoolId { get; init; }
    public required string Username { get; init; }
    public int? Limit { get; init; }
    public string? NextToken { get; init; }
}

internal sealed record ListUsersInGroupRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public required string GroupName { get; init; }
    public int? Limit { get; init; }
    public string? NextToken { get; init; }
}

internal sealed record ListUsersInGroupResponse
{
    public required IReadOnlyList<UserType> Users { get; init; }
    public string? NextToken { get; init; }
}
