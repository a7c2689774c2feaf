using Galley.Wire;

namespace Galley.DynamoDB.Streams;

/// <summary>
/// Streams for those inside the process, Lambda's event source mappings say: read on from a record, and wait for the next without polling.
/// Nobody is authorized here; the arrow that uses it says by what right.
/// </summary>
internal sealed class StreamFollowing(Installation installation, StreamReads reads, StreamSignals signals)
{
    /// <summary>Null when there is no such stream in this account, or it ended more than 24 hours ago.</summary>
    public async ValueTask<StreamState?> Describe(string streamArn)
    {
        if (CallFor(streamArn) is not { } call || await reads.Find(streamArn, call) is not { } stream) return null;
        var last = await installation.Store.Read(snapshot => StreamLog.Last(snapshot, call.Account, call.Region, stream));
        return new(stream.StreamArn, stream.TableName, stream.StreamViewType, stream.ShardId(), stream.ClosedAt is null, SequenceNumber.Of(last));
    }

    /// <param name="afterSequence">The last record already seen; null starts at the oldest there is.</param>
    /// <exception cref="AwsError">ResourceNotFoundException; TrimmedDataAccessException when records after it are gone already (start again with null).</exception>
    public async ValueTask<StreamBatch> Read(string streamArn, string? afterSequence, int most)
    {
        var call = CallFor(streamArn) ?? throw Errors.ResourceNotFound();
        var after = afterSequence is null ? (long?)null : SequenceNumber.Read(afterSequence) ?? throw Errors.Validation($"Invalid SequenceNumber: {afterSequence}");
        var (records, next) = await reads.Read(await reads.Get(streamArn, call), call, after, most);
        return new(records, next is null);
    }

    /// <summary>Ends with the stream's next record, or its end. Take the task first, read, and await it only when nothing was read.</summary>
    public Task Next(string streamArn) => signals.Next(streamArn);

    private Call? CallFor(string streamArn)
        => Arn.TryParse(streamArn, out var arn) && arn.Service == "dynamodb" && arn.Account == installation.Account && arn.Resource.Split('/') is ["table", _, "stream", _]
            ? installation.CallAs(Principal.Service("lambda.amazonaws.com"), arn.Region)
            : null;
}

/// <param name="IsOpen">It takes records; a closed one can be read for 24 hours more.</param>
/// <param name="LastSequence">Place of the newest record: reading after it is LATEST.</param>
internal sealed record StreamState(string StreamArn, string TableName, string StreamViewType, string ShardId, bool IsOpen, string LastSequence);

/// <param name="Records">Each knows its SequenceNumber, its Time, and its Json as GetRecords gives it.</param>
/// <param name="Ended">The stream is closed and this was its end.</param>
internal sealed record StreamBatch(IReadOnlyList<StreamRecord> Records, bool Ended);
