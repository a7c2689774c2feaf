using System.Text.Json.Serialization;

namespace Galley.S3;

/// <summary>A bucket with all its settings; null where AWS's "never set" answer is due.</summary>
internal sealed record BucketRecord(string Name, string Region, DateTimeOffset Created)
{
    public string? Policy { get; init; }

    public PublicAccessBlock? PublicAccessBlock { get; init; }

    /// <summary>`BucketOwnerEnforced` …; null after DeleteBucketOwnershipControls.</summary>
    public string? Ownership { get; init; }

    /// <summary>`Enabled`, `Suspended`, or null when it never was either.</summary>
    public string? Versioning { get; init; }

    public WebsiteConfiguration? Website { get; init; }

    public IReadOnlyList<CorsRule>? Cors { get; init; }

    public IReadOnlyList<Tag>? Tags { get; init; }

    /// <summary>Whether IAM's conditions see the tags (`aws:ResourceTag`, `s3:BucketTag`); not by default.</summary>
    public bool Abac { get; init; }

    public IReadOnlyList<LifecycleRule>? Lifecycle { get; init; }

    public IReadOnlyList<Notification>? Notifications { get; init; }

    /// <summary>Grants beside the owner's own; null for none.</summary>
    public IReadOnlyList<Grant>? Grants { get; init; }

    public bool BucketKey { get; init; }

    /// <summary>`aws:kms` where AWS's own key was asked for; null is `AES256`.</summary>
    public string? Encryption { get; init; }

    /// <summary>ACLs decide nothing and cannot be set (the default).</summary>
    [JsonIgnore]
    public bool AclsOff => Ownership == Buckets.BucketOwnerEnforced;
}

internal sealed record PublicAccessBlock(bool BlockPublicAcls, bool IgnorePublicAcls, bool BlockPublicPolicy, bool RestrictPublicBuckets);

internal sealed record Tag(string Key, string Value);

/// <summary>One grant of an ACL.</summary>
/// <param name="Group">URI of a predefined group, or null.</param>
/// <param name="Id">Canonical user id, or null.</param>
/// <param name="Permission">READ, WRITE, READ_ACP, WRITE_ACP or FULL_CONTROL.</param>
internal sealed record Grant(string? Group, string? Id, string Permission);

internal sealed record CorsRule(
    string? Id, IReadOnlyList<string> AllowedOrigins, IReadOnlyList<string> AllowedMethods, IReadOnlyList<string> AllowedHeaders,
    IReadOnlyList<string> ExposeHeaders, int? MaxAgeSeconds);

internal sealed record WebsiteConfiguration(string? Index, string? Error, RedirectAll? RedirectAll, IReadOnlyList<RoutingRule> Rules);

internal sealed record RedirectAll(string HostName, string? Protocol);

internal sealed record RoutingRule(string? KeyPrefix, int? ErrorCode, string? HostName, string? Protocol, int? RedirectCode, string? ReplacePrefix, string? ReplaceKey);

/// <summary>A rule of a lifecycle configuration.</summary>
/// <param name="Legacy">The prefix stood beside the rule, not in a filter: it is given back there.</param>
internal sealed record LifecycleRule(string Id, bool Enabled, string? Prefix, bool Legacy, IReadOnlyList<Tag> Tags, long? LargerThan, long? SmallerThan)
{
    /// <summary>The filter was an `And`.</summary>
    public bool And { get; init; }

    public int? Days { get; init; }

    public DateTimeOffset? Date { get; init; }

    public bool ExpiredMarkers { get; init; }

    public int? NoncurrentDays { get; init; }

    public int? NewerNoncurrent { get; init; }

    public int? AbortDays { get; init; }

    public IReadOnlyList<Transition>? Transitions { get; init; }

    public IReadOnlyList<Transition>? NoncurrentTransitions { get; init; }
}

internal sealed record Transition(int? Days, DateTimeOffset? Date, int? Newer, string StorageClass);

/// <summary>Which events of a bucket go to which function.</summary>
internal sealed record Notification(string Id, string FunctionArn, IReadOnlyList<string> Events, string? Prefix, string? Suffix);

/// <summary>Bytes of an object or a part: a blob by name, or, with an empty name, a row of the store beside the object's.</summary>
internal sealed record Piece(string Blob, long Length)
{
    /// <summary>The part's checksum, where the upload asked for one.</summary>
    public string? Checksum { get; init; }

    [JsonIgnore]
    public bool InStore => Blob.Length == 0;
}

/// <summary>A checksum a client asked for: algorithm as in `x-amz-checksum-algorithm`, value as it travels, FULL_OBJECT or COMPOSITE.</summary>
internal sealed record ObjectChecksum(string Algorithm, string Value, string Type);

/// <summary>One version of an object, or a delete marker: what it is made of and what its answers carry.</summary>
internal sealed record ObjectRecord(string Key, IReadOnlyList<Piece> Pieces, long Size, string ETag, DateTimeOffset Modified)
{
    /// <summary>Orders the versions of a key; grows with every write.</summary>
    public long Sequence { get; init; }

    /// <summary>Null for the null version, the only one where versioning is not on.</summary>
    public string? VersionId { get; init; }

    public bool DeleteMarker { get; init; }

    /// <summary>When a newer version took its place.</summary>
    public DateTimeOffset? Noncurrent { get; init; }

    public ObjectChecksum? Checksum { get; init; }

    /// <summary>Content-Type, Cache-Control, Content-Disposition, Content-Encoding, Content-Language, Expires by name.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>`x-amz-meta-` names in lower case, without the prefix.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<Tag> Tags { get; init; } = [];

    /// <summary>`x-amz-website-redirect-location`.</summary>
    public string? Redirect { get; init; }

    /// <summary>Null for STANDARD.</summary>
    public string? StorageClass { get; init; }

    /// <summary>Grants beside the owner's own; null for none.</summary>
    public IReadOnlyList<Grant>? Grants { get; init; }

    [JsonIgnore]
    public string Version => VersionId ?? "null";

    [JsonIgnore]
    public bool Multipart => ETag.Contains('-', StringComparison.Ordinal);
}

/// <summary>A multipart upload under way; what the object will carry was said at its start.</summary>
/// <param name="Existed">The key had an object when the upload began.</param>
internal sealed record UploadRecord(
    string Bucket, string Key, string UploadId, DateTimeOffset Initiated, ObjectRecord Template, string? ChecksumAlgorithm, string? ChecksumType, long Sequence, bool Existed);

internal sealed record PartRecord(int Number, Piece Piece, string ETag, DateTimeOffset Modified, ObjectChecksum? Checksum);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(BucketRecord))]
[JsonSerializable(typeof(ObjectRecord))]
[JsonSerializable(typeof(UploadRecord))]
[JsonSerializable(typeof(PartRecord))]
[JsonSerializable(typeof(PublicAccessBlock))]
[JsonSerializable(typeof(Events.Waiting))]
internal sealed partial class S3Json : JsonSerializerContext;
