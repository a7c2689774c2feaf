using System.Text.Json;

namespace Galley.Functions;

/// <summary>The event of a table's stream, by an event source mapping.</summary>
/// <param name="Records">The changes, in order.</param>
/// <param name="Window">The tumbling window, where the mapping has one.</param>
/// <param name="State">What the last call in the window answered as its state.</param>
/// <param name="ShardId">The shard, with a window.</param>
/// <param name="IsFinalInvokeForWindow">The window ends with this call.</param>
/// <param name="IsWindowTerminatedEarly">It ends since its state grew over 1 MB.</param>
public sealed record DynamoDBEvent(
    IReadOnlyList<DynamoDBRecord> Records, DynamoDBWindow? Window = null, JsonElement? State = null, string? ShardId = null, bool IsFinalInvokeForWindow = false, bool IsWindowTerminatedEarly = false)
{
    /// <summary>The stream, with a window.</summary>
    public string? EventSourceARN { get; init; }
}

/// <summary>One change of one item.</summary>
/// <param name="EventID">Its own id.</param>
/// <param name="EventName">`INSERT`, `MODIFY` or `REMOVE`.</param>
/// <param name="Dynamodb">What changed.</param>
/// <param name="EventSourceARN">The stream's.</param>
/// <param name="AwsRegion">The table's.</param>
/// <param name="UserIdentity">`Service` and `dynamodb.amazonaws.com` when the item's time to live ended; null else.</param>
public sealed record DynamoDBRecord(string EventID, string EventName, DynamoDBChange Dynamodb, string EventSourceARN = "", string AwsRegion = "", DynamoDBIdentity? UserIdentity = null)
{
    /// <summary>`aws:dynamodb`.</summary>
    public string EventSource { get; init; } = "";

    /// <summary>`1.1`.</summary>
    public string EventVersion { get; init; } = "";
}

/// <summary>Who changed an item, where no caller did.</summary>
/// <param name="Type">`Service`.</param>
/// <param name="PrincipalId">`dynamodb.amazonaws.com`.</param>
public sealed record DynamoDBIdentity(string Type = "", string PrincipalId = "");

/// <summary>An item before and after; images are there as the stream's view type says.</summary>
/// <param name="Keys">Its key.</param>
/// <param name="NewImage">As it is now.</param>
/// <param name="OldImage">As it was.</param>
/// <param name="SequenceNumber">Names the record in a <see cref="BatchResponse"/>.</param>
/// <param name="ApproximateCreationDateTime">Seconds since 1970.</param>
/// <param name="SizeBytes">Of key and images.</param>
/// <param name="StreamViewType">`NEW_AND_OLD_IMAGES` and the like.</param>
public sealed record DynamoDBChange(
    IReadOnlyDictionary<string, DynamoDBValue> Keys, IReadOnlyDictionary<string, DynamoDBValue>? NewImage = null, IReadOnlyDictionary<string, DynamoDBValue>? OldImage = null, string SequenceNumber = "",
    double ApproximateCreationDateTime = 0, long SizeBytes = 0, string StreamViewType = "");

/// <summary>A value of an item; one member is there.</summary>
/// <param name="S">Text.</param>
/// <param name="N">A number, digit for digit.</param>
/// <param name="B">Bytes.</param>
/// <param name="BOOL">True or false.</param>
/// <param name="NULL">Nothing.</param>
/// <param name="L">A list.</param>
/// <param name="M">A map.</param>
/// <param name="SS">A set of texts.</param>
/// <param name="NS">A set of numbers.</param>
/// <param name="BS">A set of bytes.</param>
public sealed record DynamoDBValue(
    string? S = null, string? N = null, byte[]? B = null, bool? BOOL = null, bool? NULL = null, IReadOnlyList<DynamoDBValue>? L = null, IReadOnlyDictionary<string, DynamoDBValue>? M = null,
    IReadOnlyList<string>? SS = null, IReadOnlyList<string>? NS = null, IReadOnlyList<byte[]>? BS = null);

/// <summary>The time that a tumbling window covers.</summary>
/// <param name="Start">Of the window.</param>
/// <param name="End">Of the window; not in it.</param>
public sealed record DynamoDBWindow(DateTimeOffset Start, DateTimeOffset End);

/// <summary>The answer to a stream's event: what failed (`ReportBatchItemFailures`), and the state of a tumbling window.</summary>
/// <param name="BatchItemFailures">Records that are to come again; none for success.</param>
/// <param name="State">Comes with the window's next call; an object.</param>
public sealed record BatchResponse(IReadOnlyList<BatchItemFailure> BatchItemFailures, JsonElement? State = null)
{
    /// <summary>From the first of these records on the batch comes again.</summary>
    /// <param name="sequenceNumbers">Theirs.</param>
    public static BatchResponse Failed(params IEnumerable<string> sequenceNumbers) => new([.. sequenceNumbers.Select(number => new BatchItemFailure(number))]);
}

/// <summary>A record that failed.</summary>
/// <param name="ItemIdentifier">Its sequence number.</param>
public sealed record BatchItemFailure(string ItemIdentifier);
