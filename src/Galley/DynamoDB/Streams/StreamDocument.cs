using System.Globalization;

namespace Galley.DynamoDB.Streams;

/// <summary>One stream of one table, from its switching on to 24 hours after its switching off. It has one shard.</summary>
internal sealed record StreamDocument
{
    public required string StreamArn { get; init; }

    /// <summary>The moment of switching on: `2015-05-11T21:21:33.291`.</summary>
    public required string StreamLabel { get; init; }

    public required string StreamViewType { get; init; }

    public required string TableName { get; init; }

    public required string TableId { get; init; }

    public required KeySchemaElement[] KeySchema { get; init; }

    public required DateTimeOffset CreationRequestDateTime { get; init; }

    /// <summary>When it was switched off; null while it takes records.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    public PolicyDocument? Policy { get; init; }

    public string ShardId() => $"shardId-{CreationRequestDateTime.ToUnixTimeMilliseconds().ToString("D20", CultureInfo.InvariantCulture)}-{TableId[..8]}";

    public static string Label(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fff", CultureInfo.InvariantCulture);
}

/// <summary>Places in a stream: on the wire 21 digits, inside a count that starts at 1.</summary>
internal static class SequenceNumber
{
    public static string Of(long position) => "1" + position.ToString("D20", CultureInfo.InvariantCulture);

    /// <summary>Null for text that no stream of ours gave out.</summary>
    public static long? Read(string? text)
        => text is { Length: 21 } && text[0] == '1' && long.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : null;
}
