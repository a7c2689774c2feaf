using System.Text.Json.Serialization;

namespace Galley.CloudFront;

/// <summary>A distribution as stored: its configuration is AWS's XML, whole, defaults filled in.</summary>
internal sealed record Distribution
{
    public required string Id { get; init; }

    /// <summary>`d111111abcdef8`, the first label of its domain name.</summary>
    public required string Label { get; init; }

    public required string ETag { get; init; }

    public required DateTimeOffset Modified { get; init; }

    public required string CallerReference { get; init; }

    public required bool Enabled { get; init; }

    /// <summary>`DistributionConfig` element.</summary>
    public required string Config { get; init; }

    public Dictionary<string, string> Tags { get; init; } = [];

    [JsonIgnore]
    public string DomainName => Label + ".cloudfront.net";

    public string Arn(string account) => $"arn:aws:cloudfront::{account}:distribution/{Id}";
}

internal sealed record Invalidation
{
    public required string Id { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required string CallerReference { get; init; }

    public required List<string> Paths { get; init; }
}

/// <summary>An origin access control or a policy: a named configuration with an ETag.</summary>
internal sealed record Setting
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string ETag { get; init; }

    public required DateTimeOffset Modified { get; init; }

    public required string Config { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Distribution))]
[JsonSerializable(typeof(Invalidation))]
[JsonSerializable(typeof(Setting))]
internal sealed partial class CloudFrontJson : JsonSerializerContext;
