using System.Text.Json;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB.Streams;

/// <summary>The DynamoDB Streams API: ListStreams, DescribeStream, GetShardIterator, GetRecords.</summary>
internal sealed class StreamReads(Installation installation)
{
    private const int LongestRead = 1000;

    public async ValueTask<ListStreamsResponse> ListStreams(ListStreamsRequest request, Call call)
    {
        new Constraints().AtLeast(request.Limit, "limit", 1).AtMost(request.Limit, "limit", 100).Throw();
        if (request.TableName is not null) TableNames.Check(request.TableName);
        var limit = request.Limit ?? 100;
        var prefix = request.TableName is { } name ? Keys.Streams(call, TableNames.Local(call, name)) : Keys.Streams(call);
        var from = request.ExclusiveStartStreamArn is { } start
            ? Place(start, call) is var (startTable, startLabel) ? Key.After(Keys.Stream(call.Account, call.Region, startTable, startLabel)) : throw InvalidArn(start)
            : prefix;
        if (from.AsSpan().SequenceCompareTo(prefix) < 0) from = prefix;
        var streams = await installation.Store.Read(async snapshot =>
        {
            var found = new List<StreamSummary>();
            await foreach (var entry in snapshot.Range(from, Key.After(prefix)))
            {
                var stream = JsonSerializer.Deserialize(entry.Value, DynamoDBJson.Default.StreamDocument)!;
                if (IsGone(stream)) continue;
                found.Add(new(stream.StreamArn, stream.TableName, stream.StreamLabel));
                if (found.Count > limit) break;
            }

            return found;
        });
        return streams.Count > limit ? new([.. streams.Take(limit)], streams[limit - 1].StreamArn) : new([.. streams], null);
    }

    public async ValueTask<DescribeStreamResponse> DescribeStream(DescribeStreamRequest request, Call call)
    {
        var constraints = new Constraints().AtLeast(request.Limit, "limit", 1).AtMost(request.Limit, "limit", 100)
            .OneOf(request.ShardFilter?.Type, "shardFilter.type", "CHILD_SHARDS");
        CheckArn(constraints, request.StreamArn);
        constraints.Throw();
        var stream = await Get(request.StreamArn!, call);
        var last = stream.ClosedAt is null ? 0 : await installation.Store.Read(snapshot => StreamLog.Last(snapshot, call.Account, call.Region, stream));
        var shard = new Shard(stream.ShardId(), new(SequenceNumber.Of(1), stream.ClosedAt is null ? null : SequenceNumber.Of(Math.Max(1, last))));
        // The only shard has no children, and nothing comes after it.
        var past = request.ExclusiveStartShardId is { } start && string.CompareOrdinal(start, shard.ShardId) >= 0;
        return new(new()
        {
            StreamArn = stream.StreamArn,
            StreamLabel = stream.StreamLabel,
            StreamStatus = stream.ClosedAt is null ? "ENABLED" : "DISABLED",
            StreamViewType = stream.StreamViewType,
            CreationRequestDateTime = stream.CreationRequestDateTime,
            TableName = stream.TableName,
            KeySchema = stream.KeySchema,
            Shards = past || request.ShardFilter?.Type is not null ? [] : [shard],
        });
    }

    public async ValueTask<GetShardIteratorResponse> GetShardIterator(GetShardIteratorRequest request, Call call)
    {
        var constraints = new Constraints();
        CheckArn(constraints, request.StreamArn);
        constraints.Present(request.ShardId, "shardId").Present(request.ShardIteratorType, "shardIteratorType")
            .OneOf(request.ShardIteratorType, "shardIteratorType", "AFTER_SEQUENCE_NUMBER", "LATEST", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON");
        if (request.ShardId is { Length: < 28 or > 65 } id) constraints.Count(id.Length, "shardId", 28, 65, id);
        constraints.Throw();
        var exact = request.ShardIteratorType is "AT_SEQUENCE_NUMBER" or "AFTER_SEQUENCE_NUMBER";
        if (exact && request.SequenceNumber is null) throw Errors.InvalidParameterValues($"SequenceNumber is required when ShardIteratorType is {request.ShardIteratorType}");
        if (!exact && request.SequenceNumber is not null)
            throw Errors.InvalidParameterValues($"SequenceNumber must not be specified when ShardIteratorType is {request.ShardIteratorType}");
        var stream = await Get(request.StreamArn!, call);
        if (request.ShardId != stream.ShardId()) throw new AwsError("ResourceNotFoundException", "Requested resource not found: Shard does not exist");
        var now = installation.Now;
        var (first, last) = await installation.Store.Read(async snapshot => (
            await StreamLog.First(snapshot, call.Account, call.Region, stream, now), await StreamLog.Last(snapshot, call.Account, call.Region, stream)));
        var after = request.ShardIteratorType switch
        {
            "TRIM_HORIZON" => 0,
            "LATEST" => last,
            "AT_SEQUENCE_NUMBER" => Known(request.SequenceNumber, last + 1) - 1,
            _ => Known(request.SequenceNumber, last + 1),
        };
        if (exact && after + 1 < first) throw Trimmed();
        return new(new ShardIterator(stream.StreamArn, after, now, request.ShardIteratorType == "TRIM_HORIZON").ToString());
    }

    public async ValueTask<GetRecordsResponse> GetRecords(GetRecordsRequest request, Call call)
    {
        new Constraints().Present(request.ShardIterator, "shardIterator").AtLeast(request.Limit, "limit", 1).AtMost(request.Limit, "limit", LongestRead).Throw();
        var iterator = ShardIterator.Read(request.ShardIterator) ?? throw Errors.Validation("Invalid ShardIterator");
        var now = installation.Now;
        if (iterator.Ended(now)) throw new AwsError("ExpiredIteratorException", "The provided iterator exceeds the maximum age allowed.");
        var stream = await Get(iterator.StreamArn, call);
        var (records, next) = await Read(stream, call, iterator.FromHorizon ? null : iterator.After, request.Limit ?? LongestRead);
        return new(records, next is null ? null : (iterator with { After = next.Value, MadeAt = now, FromHorizon = iterator.FromHorizon && records.Count == 0 }).ToString());
    }

    /// <summary>Records after a position (null: from the oldest there is), and the position to go on from, null at a closed shard's end.</summary>
    public ValueTask<(List<StreamRecord> Records, long? Next)> Read(StreamDocument stream, Call call, long? after, int most) => installation.Store.Read<(List<StreamRecord>, long?)>(async snapshot =>
    {
        var now = installation.Now;
        var last = await StreamLog.Last(snapshot, call.Account, call.Region, stream);
        var records = await StreamLog.Read(snapshot, call.Account, call.Region, stream, after ?? 0, most, now);
        // Positions have no gaps: when the next one is not there, it was trimmed.
        if (after is { } place && place < last && (records.Count == 0 || records[0].Position != place + 1)) throw Trimmed();
        var next = records.Count > 0 ? records[^1].Position : after ?? 0;
        return (records, stream.ClosedAt is not null && (next >= last || records.Count == 0) ? null : next);
    });

    public async ValueTask<StreamDocument> Get(string streamArn, Call call) => await Find(streamArn, call) ?? throw Missing(streamArn);

    /// <summary>Null when there is none, and 24 hours after it was closed.</summary>
    public async ValueTask<StreamDocument?> Find(string streamArn, Call call)
    {
        if (Place(streamArn, call) is not var (table, label)) throw InvalidArn(streamArn);
        var stream = await installation.Store.Read(snapshot => snapshot.Get(Keys.Stream(call.Account, call.Region, table, label), DynamoDBJson.Default.StreamDocument));
        return stream is null || IsGone(stream) ? null : stream;
    }

    private bool IsGone(StreamDocument stream) => stream.ClosedAt is { } closed && installation.Now - closed > StreamLog.Retention;

    private static (string Table, string Label)? Place(string text, Call call)
    {
        if (!Arn.TryParse(text, out var arn) || arn.Service != "dynamodb" || arn.Resource.Split('/') is not ["table", var table, "stream", var label]) return null;
        return arn.Account == call.Account && arn.Region == call.Region ? (table, label) : throw Missing(text);
    }

    private static void CheckArn(Constraints constraints, string? arn)
    {
        constraints.Present(arn, "streamArn");
        if (arn is not null) constraints.Count(arn.Length, "streamArn", 37, 1024, arn);
    }

    private static long Known(string? text, long most)
        => SequenceNumber.Read(text) is { } position && position >= 1 && position <= most ? position : throw Errors.InvalidParameterValues($"Invalid SequenceNumber: {text}");

    private static AwsError Trimmed()
        => new("TrimmedDataAccessException", "The data you are trying to access has been trimmed");

    private static AwsError Missing(string arn) => new("ResourceNotFoundException", $"Requested resource not found: Stream: {arn} not found");

    private static AwsError InvalidArn(string arn) => Errors.Validation($"Invalid StreamArn: {arn}");
}
