using Galley.DynamoDB;
using Galley.Lambda.Sources;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>Event source mappings read a table's stream; Lambda has asked IAM before whether the function's role may.</summary>
internal sealed class LambdaToDynamoDB(DynamoDBService dynamodb) : IFollowStreams
{
    public async ValueTask<StreamHead?> Describe(string streamArn)
        => await dynamodb.DescribeStream(streamArn) is { } stream ? new StreamHead(stream.ShardId, stream.LastSequence) : null;

    public async ValueTask<SourceBatch> Read(string streamArn, string? after, int most)
    {
        try
        {
            return Of(await dynamodb.ReadStream(streamArn, after, most));
        }
        catch (AwsError e) when (e.Code == "TrimmedDataAccessException")
        {
            return Of(await dynamodb.ReadStream(streamArn, null, most));
        }

        static SourceBatch Of(DynamoDB.Streams.StreamBatch batch)
            => new([.. batch.Records.Select(record => new SourceRecord(record.SequenceNumber, record.Time, record.Json))], batch.Ended);
    }

    public Task Next(string streamArn) => dynamodb.NextRecords(streamArn);
}
