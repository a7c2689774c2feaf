using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.Ssm;

internal sealed record Tag(string Key, string Value);

internal sealed record PutParameterRequest
{
    public required string Name { get; init; }

    public required string Value { get; init; }

    public string? Type { get; init; }

    public string? Description { get; init; }

    /// <summary>Only the account's own key for parameters, which is this installation's.</summary>
    public string? KeyId { get; init; }

    public bool? Overwrite { get; init; }

    public string? AllowedPattern { get; init; }

    public IReadOnlyList<Tag>? Tags { get; init; }

    public string? Tier { get; init; }

    public string? DataType { get; init; }
}

internal sealed record PutParameterResponse(long Version, string Tier);

internal sealed record DeleteParameterRequest(string Name);

internal sealed record DeleteParametersRequest(IReadOnlyList<string> Names);

internal sealed record DeleteParametersResponse(IReadOnlyList<string> DeletedParameters, IReadOnlyList<string> InvalidParameters);

internal sealed record GetParameterRequest
{
    public required string Name { get; init; }

    public bool? WithDecryption { get; init; }
}

internal sealed record GetParameterResponse(Parameter Parameter);

internal sealed record GetParametersRequest
{
    public required IReadOnlyList<string> Names { get; init; }

    public bool? WithDecryption { get; init; }
}

internal sealed record GetParametersResponse(IReadOnlyList<Parameter> Parameters, IReadOnlyList<string> InvalidParameters);

internal sealed record GetParametersByPathRequest
{
    public required string Path { get; init; }

    public bool? Recursive { get; init; }

    public bool? WithDecryption { get; init; }

    public int? MaxResults { get; init; }

    public string? NextToken { get; init; }
}

internal sealed record GetParametersByPathResponse(IReadOnlyList<Parameter> Parameters, string? NextToken);

internal sealed record GetParameterHistoryRequest
{
    public required string Name { get; init; }

    public bool? WithDecryption { get; init; }
}

internal sealed record GetParameterHistoryResponse(IReadOnlyList<ParameterHistory> Parameters);

internal sealed record DescribeParametersRequest
{
    public IReadOnlyList<ParameterStringFilter>? ParameterFilters { get; init; }

    public int? MaxResults { get; init; }

    public string? NextToken { get; init; }
}

internal sealed record ParameterStringFilter
{
    public required string Key { get; init; }

    public string? Option { get; init; }

    public IReadOnlyList<string>? Values { get; init; }
}

internal sealed record DescribeParametersResponse(IReadOnlyList<ParameterMetadata> Parameters, string? NextToken);

internal sealed record Parameter
{
    public required string Name { get; init; }

    public required string Type { get; init; }

    public required string Value { get; init; }

    public required long Version { get; init; }

    public string? Selector { get; init; }

    public required double LastModifiedDate { get; init; }

    [JsonPropertyName("ARN")]
    public required string Arn { get; init; }

    public required string DataType { get; init; }
}

internal record ParameterMetadata
{
    public required string Name { get; init; }

    public required string Type { get; init; }

    public string? KeyId { get; init; }

    public required double LastModifiedDate { get; init; }

    public required string LastModifiedUser { get; init; }

    public string? Description { get; init; }

    public string? AllowedPattern { get; init; }

    public required long Version { get; init; }

    public required string Tier { get; init; }

    public required string DataType { get; init; }
}

internal sealed record ParameterHistory : ParameterMetadata
{
    public required string Value { get; init; }
}

internal sealed record AddTagsRequest(string ResourceType, string ResourceId, IReadOnlyList<Tag> Tags);

internal sealed record RemoveTagsRequest(string ResourceType, string ResourceId, IReadOnlyList<string> TagKeys);

internal sealed record TagsRequest(string ResourceType, string ResourceId);

internal sealed record TagsResponse(IReadOnlyList<Tag> TagList);

/// <summary>A version of a parameter as stored.</summary>
internal sealed record ParameterRecord
{
    public required string Name { get; init; }

    public required string Type { get; init; }

    /// <summary>The value; of a SecureString sealed.</summary>
    public required string Value { get; init; }

    public required long Version { get; init; }

    public required DateTimeOffset Modified { get; init; }

    public required string ModifiedBy { get; init; }

    public string? Description { get; init; }

    public string? AllowedPattern { get; init; }

    public required string DataType { get; init; }

    public IReadOnlyList<Tag>? Tags { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(Empty))]
[JsonSerializable(typeof(PutParameterRequest))]
[JsonSerializable(typeof(PutParameterResponse))]
[JsonSerializable(typeof(DeleteParameterRequest))]
[JsonSerializable(typeof(DeleteParametersRequest))]
[JsonSerializable(typeof(DeleteParametersResponse))]
[JsonSerializable(typeof(GetParameterRequest))]
[JsonSerializable(typeof(GetParameterResponse))]
[JsonSerializable(typeof(GetParametersRequest))]
[JsonSerializable(typeof(GetParametersResponse))]
[JsonSerializable(typeof(GetParametersByPathRequest))]
[JsonSerializable(typeof(GetParametersByPathResponse))]
[JsonSerializable(typeof(GetParameterHistoryRequest))]
[JsonSerializable(typeof(GetParameterHistoryResponse))]
[JsonSerializable(typeof(DescribeParametersRequest))]
[JsonSerializable(typeof(DescribeParametersResponse))]
[JsonSerializable(typeof(AddTagsRequest))]
[JsonSerializable(typeof(RemoveTagsRequest))]
[JsonSerializable(typeof(TagsRequest))]
[JsonSerializable(typeof(TagsResponse))]
[JsonSerializable(typeof(ParameterRecord))]
internal sealed partial class SsmJson : JsonSerializerContext;
