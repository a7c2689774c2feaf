using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.Logs;

/// <summary>The wire and store contracts of CloudWatch Logs.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(LogGroup))]
[JsonSerializable(typeof(LogStream))]
[JsonSerializable(typeof(StoredEvent))]
[JsonSerializable(typeof(Empty))]
[JsonSerializable(typeof(CreateLogGroupRequest))]
[JsonSerializable(typeof(LogGroupRequest))]
[JsonSerializable(typeof(PutRetentionPolicyRequest))]
[JsonSerializable(typeof(DescribeLogGroupsRequest))]
[JsonSerializable(typeof(DescribeLogGroupsResponse))]
[JsonSerializable(typeof(LogStreamRequest))]
[JsonSerializable(typeof(DescribeLogStreamsRequest))]
[JsonSerializable(typeof(DescribeLogStreamsResponse))]
[JsonSerializable(typeof(PutLogEventsRequest))]
[JsonSerializable(typeof(PutLogEventsResponse))]
[JsonSerializable(typeof(GetLogEventsRequest))]
[JsonSerializable(typeof(GetLogEventsResponse))]
[JsonSerializable(typeof(FilterLogEventsRequest))]
[JsonSerializable(typeof(FilterLogEventsResponse))]
[JsonSerializable(typeof(TagLogGroupRequest))]
[JsonSerializable(typeof(UntagLogGroupRequest))]
[JsonSerializable(typeof(TagResourceRequest))]
[JsonSerializable(typeof(UntagResourceRequest))]
[JsonSerializable(typeof(ResourceArnRequest))]
[JsonSerializable(typeof(TagsResponse))]
internal sealed partial class LogsJson : JsonSerializerContext;

internal sealed record LogGroup
{
    public required string Name { get; init; }

    public required long CreationTime { get; init; }

    public int? RetentionInDays { get; init; }

    public Dictionary<string, string> Tags { get; init; } = [];
}

internal sealed record LogStream
{
    public required string Name { get; init; }

    public required long CreationTime { get; init; }

    public long? FirstEventTimestamp { get; init; }

    public long? LastEventTimestamp { get; init; }

    public long? LastIngestionTime { get; init; }

    /// <summary>Events ever written: the next one's number.</summary>
    public long Events { get; init; }
}

internal sealed record StoredEvent(long Timestamp, long Number, long IngestionTime, string Message);
