using System.Text.Json.Serialization;

namespace Galley.S3;

/// <summary>A bucket with all its settings; null where AWS's "never set" answer is due.</summary>
internal sealed record BucketRecord(string Name, string Region, DateTimeOffset Created)
{
    public string? Policy { get; init; }

    public PublicAccessBlock? PublicAccessBlock { get; init; }

    /// <summary>`BucketOwnerEnforced` …; null after DeleteBucketOwnershipControls.</summary>
    public string? Ownership { get; init; }

    public WebsiteConfiguration? Website { get; init; }

    public IReadOnlyList<CorsRule>? Cors { get; init; }

    public IReadOnlyList<Tag>? Tags { get; init; }

    public bool BucketKey { get; init; }
}

internal sealed record PublicAccessBlock(bool BlockPublicAcls, bool IgnorePublicAcls, bool BlockPublicPolicy, bool RestrictPublicBuckets);

internal sealed record Tag(string Key, string Value);

internal sealed record CorsRule(
    string? Id, IReadOnlyList<string> AllowedOrigins, IReadOnlyList<string> AllowedMethods, IReadOnlyList<string> AllowedHeaders,
    IReadOnlyList<string> ExposeHeaders, int? MaxAgeSeconds);

internal sealed record WebsiteConfiguration(string? Index, string? Error, RedirectAll? RedirectAll, IReadOnlyList<RoutingRule> Rules);

internal sealed record RedirectAll(string HostName, string? Protocol);

internal sealed record RoutingRule(string? KeyPrefix, int? ErrorCode, string? HostName, string? Protocol, int? RedirectCode, string? ReplacePrefix, string? ReplaceKey);

/// <summary>Bytes of an object or a part: a blob by name.</summary>
internal sealed record Piece(string Blob, long Length);

/// <summary>A checksum a client asked for: algorithm as in `x-amz-checksum-algorithm`, value as it travels, FULL_OBJECT or COMPOSITE.</summary>
internal sealed record ObjectChecksum(string Algorithm, string Value, string Type);

/// <summary>An object: what it is made of and what its answers carry.</summary>
internal sealed record ObjectRecord(string Key, IReadOnlyList<Piece> Pieces, long Size, string ETag, DateTimeOffset Modified)
{
    public ObjectChecksum? Checksum { get; init; }

    /// <summary>Content-Type, Cache-Control, Content-Disposition, Content-Encoding, Content-Language, Expires by name.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>`x-amz-meta-` names in lower case, without the prefix.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<Tag> Tags { get; init; } = [];

    /// <summary>`x-amz-website-redirect-location`.</summary>
    public string? Redirect { get; init; }
}

/// <summary>A multipart upload under way; what the object will carry was said at its start.</summary>
internal sealed record UploadRecord(string Bucket, string Key, string UploadId, DateTimeOffset Initiated, ObjectRecord Template, string? ChecksumAlgorithm, string? ChecksumType);

internal sealed record PartRecord(int Number, Piece Piece, string ETag, DateTimeOffset Modified, ObjectChecksum? Checksum);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BucketRecord))]
[JsonSerializable(typeof(ObjectRecord))]
[JsonSerializable(typeof(UploadRecord))]
[JsonSerializable(typeof(PartRecord))]
internal sealed partial class S3Json : JsonSerializerContext;
