using System.Text.Json.Serialization;

namespace Galley.CloudFormation.Export;

internal sealed record ResourceDefinition
{
    public required string ResourceType { get; init; }

    public string? LogicalResourceId { get; init; }

    public required Dictionary<string, string> ResourceIdentifier { get; init; }
}

/// <summary>`RETAIN` (the default, as on AWS) or `DELETE` for every resource of a generated template.</summary>
internal sealed record TemplateConfiguration(string? DeletionPolicy, string? UpdateReplacePolicy);

/// <summary>A map in an answer of the query protocol.</summary>
internal sealed record TextMap([property: JsonPropertyName("entry")] IReadOnlyList<TextMapEntry> Entries)
{
    public static TextMap Of(IReadOnlyDictionary<string, string> map) => new([.. map.Select(pair => new TextMapEntry(pair.Key, pair.Value))]);
}

internal sealed record TextMapEntry([property: JsonPropertyName("key")] string Key, [property: JsonPropertyName("value")] string Value);

internal sealed record ScanFilter(IReadOnlyList<string>? Types);

internal sealed record StartResourceScanRequest(string? ClientRequestToken, IReadOnlyList<ScanFilter>? ScanFilters);

internal sealed record StartResourceScanResponse(string ResourceScanId);

internal sealed record ResourceScanRequest
{
    public required string ResourceScanId { get; init; }
}

internal sealed record ResourceScanDescription
{
    public required string ResourceScanId { get; init; }

    public required string Status { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public required DateTimeOffset EndTime { get; init; }

    public required double PercentageCompleted { get; init; }

    public IReadOnlyList<string>? ResourceTypes { get; init; }

    public int? ResourcesScanned { get; init; }

    public int? ResourcesRead { get; init; }
}

internal sealed record ListResourceScansRequest(string? NextToken, int? MaxResults);

internal sealed record ListResourceScansResponse(IReadOnlyList<ResourceScanDescription> ResourceScanSummaries);

internal sealed record ListScanResourcesRequest(string? ResourceIdentifier, string? ResourceTypePrefix, string? NextToken, int? MaxResults)
{
    public required string ResourceScanId { get; init; }
}

internal sealed record ScannedResourceSummary(string ResourceType, TextMap ResourceIdentifier, bool ManagedByStack);

internal sealed record ListScanResourcesResponse(IReadOnlyList<ScannedResourceSummary> Resources, string? NextToken);

internal sealed record CreateGeneratedTemplateRequest
{
    public required string GeneratedTemplateName { get; init; }

    public IReadOnlyList<ResourceDefinition>? Resources { get; init; }

    public string? StackName { get; init; }

    public TemplateConfiguration? TemplateConfiguration { get; init; }
}

internal sealed record UpdateGeneratedTemplateRequest
{
    public required string GeneratedTemplateName { get; init; }

    public string? NewGeneratedTemplateName { get; init; }

    public IReadOnlyList<ResourceDefinition>? AddResources { get; init; }

    public IReadOnlyList<string>? RemoveResources { get; init; }

    /// <summary>They always are.</summary>
    public bool? RefreshAllResources { get; init; }

    public TemplateConfiguration? TemplateConfiguration { get; init; }
}

internal sealed record RelatedResourcesRequest(string? NextToken, int? MaxResults)
{
    public required string ResourceScanId { get; init; }

    public required IReadOnlyList<ResourceDefinition> Resources { get; init; }
}

internal sealed record RelatedResourcesResponse(IReadOnlyList<ScannedResourceSummary> RelatedResources);

internal sealed record GeneratedTemplateRequest
{
    public required string GeneratedTemplateName { get; init; }

    public string? Format { get; init; }
}

internal sealed record GeneratedTemplateId([property: JsonPropertyName("GeneratedTemplateId")] string Id);

internal sealed record GetGeneratedTemplateResponse(string Status, string TemplateBody);

internal sealed record TemplateProgress(int ResourcesSucceeded, int ResourcesFailed, int ResourcesProcessing, int ResourcesPending);

internal sealed record ResourceDetail(string ResourceType, string LogicalResourceId, TextMap ResourceIdentifier, string ResourceStatus);

internal sealed record GeneratedTemplateDescription
{
    public required string GeneratedTemplateId { get; init; }

    public required string GeneratedTemplateName { get; init; }

    public required string Status { get; init; }

    public required DateTimeOffset CreationTime { get; init; }

    public required DateTimeOffset LastUpdatedTime { get; init; }

    public required IReadOnlyList<ResourceDetail> Resources { get; init; }

    public required TemplateProgress Progress { get; init; }

    public TemplateConfiguration? TemplateConfiguration { get; init; }

    public int TotalWarnings { get; init; }
}

internal sealed record GeneratedTemplateSummary(string GeneratedTemplateId, string GeneratedTemplateName, string Status, DateTimeOffset CreationTime, DateTimeOffset LastUpdatedTime, int NumberOfResources);

internal sealed record ListGeneratedTemplatesResponse(IReadOnlyList<GeneratedTemplateSummary> Summaries);

/// <summary>A scan as stored.</summary>
internal sealed record ScanRecord(string Id, DateTimeOffset Time, IReadOnlyList<string> Types, IReadOnlyList<ScanItem> Items);

internal sealed record ScanItem(string Type, IReadOnlyDictionary<string, string> Identifier, bool Managed);

/// <summary>A generated template as stored. It holds no secrets.</summary>
internal sealed record GeneratedTemplateRecord
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset Created { get; init; }

    public DateTimeOffset? Updated { get; init; }

    public required string Body { get; init; }

    public required IReadOnlyList<GeneratedItem> Items { get; init; }

    public TemplateConfiguration? Configuration { get; init; }
}

internal sealed record GeneratedItem(string Type, string LogicalId, IReadOnlyDictionary<string, string> Identifier);
