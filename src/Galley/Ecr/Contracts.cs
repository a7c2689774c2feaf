using System.Text.Json.Serialization;

namespace Galley.Ecr;

/// <summary>The one shape of ECR whose members begin with a capital.</summary>
internal sealed record Tag([property: JsonPropertyName("Key")] string Key, [property: JsonPropertyName("Value")] string Value);

internal record RepositoryRequest
{
    public required string RepositoryName { get; init; }

    /// <summary>Only the account's own.</summary>
    public string? RegistryId { get; init; }
}

internal sealed record CreateRepositoryRequest : RepositoryRequest
{
    public IReadOnlyList<Tag>? Tags { get; init; }

    public string? ImageTagMutability { get; init; }

    public ScanningConfiguration? ImageScanningConfiguration { get; init; }

    public EncryptionConfiguration? EncryptionConfiguration { get; init; }
}

internal sealed record ScanningConfiguration(bool ScanOnPush);

internal sealed record EncryptionConfiguration(string EncryptionType);

internal sealed record DeleteRepositoryRequest : RepositoryRequest
{
    public bool? Force { get; init; }
}

internal sealed record PolicyRequest : RepositoryRequest
{
    public string? LifecyclePolicyText { get; init; }

    public string? PolicyText { get; init; }
}

internal sealed record DescribeRepositoriesRequest
{
    public IReadOnlyList<string>? RepositoryNames { get; init; }

    public string? RegistryId { get; init; }
}

internal sealed record RepositoryResponse(Repository Repository);

internal sealed record DescribeRepositoriesResponse(IReadOnlyList<Repository> Repositories);

internal sealed record LifecyclePolicyResponse(string RegistryId, string RepositoryName, string LifecyclePolicyText);

internal sealed record RepositoryPolicyResponse(string RegistryId, string RepositoryName, string PolicyText);

internal sealed record ListImagesResponse(IReadOnlyList<string> ImageIds);

internal sealed record ResourceArnRequest(string ResourceArn);

internal sealed record TagsResponse(IReadOnlyList<Tag> Tags);

internal sealed record Repository
{
    public required string RepositoryArn { get; init; }

    public required string RegistryId { get; init; }

    public required string RepositoryName { get; init; }

    public required string RepositoryUri { get; init; }

    public required double CreatedAt { get; init; }

    public required string ImageTagMutability { get; init; }

    public required ScanningConfiguration ImageScanningConfiguration { get; init; }

    public required EncryptionConfiguration EncryptionConfiguration { get; init; }
}

/// <summary>A repository as stored.</summary>
internal sealed record RepositoryRecord
{
    public required string Name { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required string ImageTagMutability { get; init; }

    public required bool ScanOnPush { get; init; }

    public string? LifecyclePolicy { get; init; }

    public string? Policy { get; init; }

    public IReadOnlyList<Tag>? Tags { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(CreateRepositoryRequest))]
[JsonSerializable(typeof(DeleteRepositoryRequest))]
[JsonSerializable(typeof(RepositoryRequest))]
[JsonSerializable(typeof(PolicyRequest))]
[JsonSerializable(typeof(DescribeRepositoriesRequest))]
[JsonSerializable(typeof(RepositoryResponse))]
[JsonSerializable(typeof(DescribeRepositoriesResponse))]
[JsonSerializable(typeof(LifecyclePolicyResponse))]
[JsonSerializable(typeof(RepositoryPolicyResponse))]
[JsonSerializable(typeof(ListImagesResponse))]
[JsonSerializable(typeof(ResourceArnRequest))]
[JsonSerializable(typeof(TagsResponse))]
[JsonSerializable(typeof(RepositoryRecord))]
internal sealed partial class EcrJson : JsonSerializerContext;
