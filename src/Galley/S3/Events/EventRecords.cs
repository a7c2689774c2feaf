using System.Globalization;
using System.Text.Json.Serialization;

namespace Galley.S3.Events;

/// <summary>The event as functions get it (S3 user guide, "event message structure", version 2.1).</summary>
internal sealed record EventRecords([property: JsonPropertyName("Records")] IReadOnlyList<EventRecord> Records)
{
    private static string OwnerOf(BucketRecord bucket) => Acls.OwnerId(bucket.Name)[..14].ToUpperInvariant();

    public static EventRecords Make(BucketRecord bucket, ObjectRecord record, Cause cause, string configurationId, DateTimeOffset now)
    {
        var removed = cause.Event.StartsWith("ObjectRemoved:", StringComparison.Ordinal) || cause.Event.StartsWith("LifecycleExpiration:", StringComparison.Ordinal);
        // what is gone has neither size nor ETag; a marker has the ETag of nothing
        const string empty = "d41d8cd98f00b204e9800998ecf8427e";
        var told = new EventObject(
            Listing.UrlEncode(record.Key), removed ? null : record.Size, record.DeleteMarker ? empty : removed ? null : record.ETag.Trim('"'),
            bucket.Versioning is null || record.VersionId is null ? null : record.VersionId, record.Sequence.ToString("X18", CultureInfo.InvariantCulture));
        return new(
        [
            new("2.1", "aws:s3", bucket.Region, now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), cause.Event,
                new(cause.PrincipalId), new(cause.SourceIp), new(cause.RequestId, S3Api.HostId(cause.RequestId)),
                new("1.0", configurationId, new(bucket.Name, new(OwnerOf(bucket)), "arn:aws:s3:::" + bucket.Name), told)),
        ]);
    }
}

internal sealed record EventRecord(
    string EventVersion, string EventSource, string AwsRegion, string EventTime, string EventName, EventIdentity UserIdentity, EventParameters RequestParameters,
    EventResponse ResponseElements, [property: JsonPropertyName("s3")] EventSubject Subject);

internal sealed record EventIdentity(string PrincipalId);

internal sealed record EventParameters([property: JsonPropertyName("sourceIPAddress")] string SourceIp);

internal sealed record EventResponse([property: JsonPropertyName("x-amz-request-id")] string RequestId, [property: JsonPropertyName("x-amz-id-2")] string HostId);

internal sealed record EventSubject([property: JsonPropertyName("s3SchemaVersion")] string Version, string ConfigurationId, EventBucket Bucket, EventObject Object);

internal sealed record EventBucket(string Name, EventIdentity OwnerIdentity, string Arn);

internal sealed record EventObject(string Key, long? Size, string? ETag, string? VersionId, string Sequencer);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EventRecords))]
internal sealed partial class EventJson : JsonSerializerContext;
