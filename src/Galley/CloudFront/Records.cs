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

    /// <summary>Canonical user of an origin access identity.</summary>
    public string? CanonicalUser { get; init; }
}

/// <summary>A CloudFront Function: what is worked on, and what runs.</summary>
internal sealed record EdgeFunction
{
    public required string Name { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required FunctionStage Development { get; init; }

    /// <summary>Null until it is published.</summary>
    public FunctionStage? Live { get; init; }

    public Dictionary<string, string> Tags { get; init; } = [];

    public string Arn(string account) => $"arn:aws:cloudfront::{account}:function/{Name}";
}

internal sealed record FunctionStage
{
    /// <summary>Base64.</summary>
    public required string Code { get; init; }

    public required string Runtime { get; init; }

    public required string Comment { get; init; }

    public required string ETag { get; init; }

    public required DateTimeOffset Modified { get; init; }

    /// <summary>ARNs of the associated key-value stores.</summary>
    public required List<string> Stores { get; init; }
}

internal sealed record KeyValueStore
{
    public required string Name { get; init; }

    public required string Id { get; init; }

    public required string Comment { get; init; }

    public required string ETag { get; init; }

    /// <summary>ETag of the items, which the data API asks for.</summary>
    public required string DataETag { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required DateTimeOffset Modified { get; init; }

    public Dictionary<string, string> Tags { get; init; } = [];

    public string Arn(string account) => $"arn:aws:cloudfront::{account}:key-value-store/{Id}";
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Distribution))]
[JsonSerializable(typeof(Invalidation))]
[JsonSerializable(typeof(Setting))]
[JsonSerializable(typeof(EdgeFunction))]
[JsonSerializable(typeof(KeyValueStore))]
[JsonSerializable(typeof(KeyRequest))]
[JsonSerializable(typeof(KeyChanges))]
[JsonSerializable(typeof(KeyAnswer))]
internal sealed partial class CloudFrontJson : JsonSerializerContext;
