namespace Galley.Lambda.Sources;

/// <summary>Port: streams that mappings read. (Arrows/LambdaToDynamoDB)</summary>
internal interface IFollowStreams
{
    /// <summary>Null when there is no such stream.</summary>
    ValueTask<StreamHead?> Describe(string streamArn);

    /// <param name="after">The last record already handled; null starts at the oldest.</param>
    ValueTask<SourceBatch> Read(string streamArn, string? after, int most);

    /// <summary>Ends with the next record. Taken before reading, awaited when nothing was read.</summary>
    Task Next(string streamArn);
}

internal sealed record StreamHead(string ShardId, string LastSequence);

/// <param name="Json">The record as GetRecords gives it.</param>
internal sealed record SourceRecord(string Sequence, DateTimeOffset Time, ReadOnlyMemory<byte> Json);

/// <param name="Ended">The stream takes no more records, and this was its end.</param>
internal sealed record SourceBatch(IReadOnlyList<SourceRecord> Records, bool Ended);
