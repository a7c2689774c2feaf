namespace Galley.Sqs;

/// <summary>A queue as stored.</summary>
internal sealed record QueueRecord
{
    public required string Name { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required DateTimeOffset Modified { get; init; }

    /// <summary>The attributes that were set, as they were; the others have their defaults (<see cref="QueueAttributes.Of"/>).</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public DateTimeOffset? Purged { get; init; }
}

/// <summary>A message as it was sent.</summary>
internal sealed record MessageRecord
{
    public required string MessageId { get; init; }

    public required string Body { get; init; }

    public IReadOnlyDictionary<string, MessageAttribute>? Attributes { get; init; }

    public string? TraceHeader { get; init; }

    public string? GroupId { get; init; }

    public required string SenderId { get; init; }

    /// <summary>Milliseconds since 1970. Kept when the message goes to a dead-letter queue.</summary>
    public required long Sent { get; init; }

    /// <summary>ARN of the queue that it came from, in a dead-letter queue.</summary>
    public string? Source { get; init; }
}

/// <summary>Where a message stands.</summary>
/// <param name="MessageId">Whose.</param>
/// <param name="Due">When it may next be received, in milliseconds since 1970.</param>
/// <param name="Order">Among those of the same time; grows with every message.</param>
/// <param name="Sent">As in the message, for what only looks at deliveries.</param>
/// <param name="Receives">How often it was received.</param>
/// <param name="First">When it was first received, in milliseconds since 1970.</param>
internal sealed record DeliveryRecord(string MessageId, long Due, long Order, long Sent, int Receives = 0, long? First = null);

/// <summary>Where a queue's messages go that nobody can handle.</summary>
internal sealed record RedrivePolicy(QueueRef Target, int MaxReceiveCount);
