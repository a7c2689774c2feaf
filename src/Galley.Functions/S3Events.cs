namespace Galley.Functions;

/// <summary>The event of a bucket's notification.</summary>
/// <param name="Records">What happened; one in practice.</param>
public sealed record S3Event(IReadOnlyList<S3Record> Records);

/// <summary>One thing that happened to an object.</summary>
/// <param name="EventName">`ObjectCreated:Put`, `ObjectRemoved:Delete` and the like.</param>
/// <param name="EventTime">When.</param>
/// <param name="AwsRegion">The bucket's.</param>
/// <param name="S3">Bucket and object.</param>
/// <param name="UserIdentity">Who did it.</param>
public sealed record S3Record(string EventName, DateTimeOffset EventTime, string AwsRegion, S3Subject S3, S3Identity? UserIdentity = null)
{
    /// <summary>`aws:s3`.</summary>
    public string EventSource { get; init; } = "";

    /// <summary>`2.1`.</summary>
    public string EventVersion { get; init; } = "";

    /// <summary>Where the request came from.</summary>
    public S3RequestParameters? RequestParameters { get; init; }

    /// <summary>`x-amz-request-id` and `x-amz-id-2` of the request.</summary>
    public IReadOnlyDictionary<string, string>? ResponseElements { get; init; }
}

/// <summary>Where a request came from.</summary>
/// <param name="SourceIPAddress">Address of the client.</param>
public sealed record S3RequestParameters(string SourceIPAddress = "");

/// <summary>Who did it, or whose it is.</summary>
/// <param name="PrincipalId">The id of a caller or an owner.</param>
public sealed record S3Identity(string PrincipalId = "");

/// <summary>What a notification is about.</summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="Object">The object.</param>
/// <param name="ConfigurationId">Which of the bucket's notifications this is.</param>
/// <param name="S3SchemaVersion">Of this part of the event: `1.0`.</param>
public sealed record S3Subject(S3Bucket Bucket, S3Object Object, string ConfigurationId = "", string S3SchemaVersion = "");

/// <summary>A bucket.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Arn">Its ARN.</param>
/// <param name="OwnerIdentity">Whose it is.</param>
public sealed record S3Bucket(string Name, string Arn = "", S3Identity? OwnerIdentity = null);

/// <summary>An object.</summary>
/// <param name="Key">Its key in the form of a URL, with `+` for spaces; see <see cref="KeyText"/>.</param>
/// <param name="Size">Bytes; null for what is gone.</param>
/// <param name="ETag">Null for what is gone.</param>
/// <param name="VersionId">Null in a bucket without versions.</param>
/// <param name="Sequencer">Of two events of one key the later has the greater.</param>
public sealed record S3Object(string Key, long? Size = null, string? ETag = null, string? VersionId = null, string Sequencer = "")
{
    /// <summary>The key as it was given to PutObject.</summary>
    public string KeyText() => Uri.UnescapeDataString(Key.Replace('+', ' '));
}
