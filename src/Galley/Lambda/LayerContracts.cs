namespace Galley.Lambda;

/// <summary>A layer version as the store keeps it.</summary>
internal sealed record LayerRecord
{
    public required string Name { get; init; }

    public required long Version { get; init; }

    public string Description { get; init; } = "";

    public string? LicenseInfo { get; init; }

    public string[]? CompatibleRuntimes { get; init; }

    public string[]? CompatibleArchitectures { get; init; }

    public required string Blob { get; init; }

    public required long CodeSize { get; init; }

    public required string CodeSha256 { get; init; }

    public required string CreatedDate { get; init; }

    public List<PolicyStatement> Policy { get; init; } = [];

    public string? PolicyRevision { get; init; }
}

/// <summary>A layer as a function uses it.</summary>
internal sealed record LayerUse(string Arn, long CodeSize, string Blob);

internal sealed record LayerReference(string Arn, long CodeSize);

internal sealed record PublishLayerVersionRequest(string? Description, string[]? CompatibleRuntimes, string? LicenseInfo, string[]? CompatibleArchitectures)
{
    public required string LayerName { get; init; }

    public required FunctionCode Content { get; init; }
}

internal record LayerVersionRequest
{
    public required string LayerName { get; init; }

    public required long VersionNumber { get; init; }
}

internal sealed record LayerArnRequest
{
    public required string Arn { get; init; }
}

internal sealed record ListLayersRequest(string? LayerName, string? CompatibleRuntime, string? CompatibleArchitecture, string? Marker, int? MaxItems);

internal sealed record AddLayerPermissionRequest(string? OrganizationId, string? RevisionId) : LayerVersionRequest
{
    public required string StatementId { get; init; }

    public required string Action { get; init; }

    public required string Principal { get; init; }
}

internal sealed record RemoveLayerPermissionRequest(string? RevisionId) : LayerVersionRequest
{
    public required string StatementId { get; init; }
}

internal sealed record LayerContent(string Location, string CodeSha256, long CodeSize);

internal sealed record LayerVersion(
    LayerContent Content, string LayerArn, string LayerVersionArn, string Description, string CreatedDate, long Version, string[]? CompatibleRuntimes, string? LicenseInfo, string[]? CompatibleArchitectures);

internal sealed record LayerListedVersion(string LayerVersionArn, long Version, string Description, string CreatedDate, string[]? CompatibleRuntimes, string? LicenseInfo, string[]? CompatibleArchitectures);

internal sealed record LayerListed(string LayerName, string LayerArn, LayerListedVersion LatestMatchingVersion);

internal sealed record ListLayersResponse(LayerListed[] Layers, string? NextMarker);

internal sealed record ListLayerVersionsResponse(LayerListedVersion[] LayerVersions, string? NextMarker);
