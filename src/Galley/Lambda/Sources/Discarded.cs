using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.Lambda.Sources;

/// <summary>
/// Records of a stream that a mapping gives up: said in the log, and described in the mapping's bucket, if it has one, with the whole
/// event, or in its queue, without. AWS: "Retaining discarded records for a DynamoDB event source in Lambda".
/// </summary>
internal sealed class Discarded(Installation installation, LambdaPorts ports)
{
    public async ValueTask Tell(MappingRecord mapping, List<SourceRecord> records, string condition, Attempt last)
    {
        installation.Log($"{records.Count} records of {mapping.EventSourceArn} were dropped: {condition}.");
        if (string.IsNullOrEmpty(mapping.OnFailure)) return;
        var shard = (await ports.Streams.Describe(mapping.EventSourceArn))?.ShardId ?? "shardId-00000000000000000000-00000000";
        var record = Describe(mapping, records, condition, last, shard);
        try
        {
            var function = await installation.Store.Read(snapshot => Functions.Find(snapshot, mapping.Function));
            if (Destinations.BucketOf(mapping.OnFailure) is not { } bucket)
            {
                await ports.Messages.Send(function.Role, mapping.OnFailure, record.ToJsonString(), new Dictionary<string, (string, string)>());
                return;
            }

            record["payload"] = Encoding.UTF8.GetString(StreamWorker.Event(mapping, records).Payload.Span);
            await ports.Records.Put(function.Role, bucket, Destinations.KeyOf($"{mapping.Uuid}/{shard}", installation.Now, installation.Ids.Uuid()), JsonSerializer.SerializeToUtf8Bytes(record, LambdaJson.Default.JsonObject));
        }
        catch (AwsError e)
        {
            installation.Log($"{mapping.OnFailure} did not take the record of what was dropped: {e.Code}: {e.Message}");
        }
    }

    private JsonObject Describe(MappingRecord mapping, List<SourceRecord> records, string condition, Attempt last, string shard)
    {
        var context = new JsonObject { ["requestId"] = last.RequestId ?? installation.Ids.Uuid(), ["functionArn"] = mapping.Function.QualifiedArn, ["condition"] = condition, ["approximateInvokeCount"] = last.Attempts };
        var record = new JsonObject { ["requestContext"] = context };
        if (last.Version is { } version)
        {
            var response = new JsonObject { ["statusCode"] = 200, ["executedVersion"] = version };
            response["functionError"] = last.FunctionError;
            record["responseContext"] = response;
        }

        record["version"] = "1.0";
        record["timestamp"] = Time(installation.Now);
        record["DDBStreamBatchInfo"] = new JsonObject
        {
            ["shardId"] = shard,
            ["startSequenceNumber"] = records[0].Sequence,
            ["endSequenceNumber"] = records[^1].Sequence,
            ["approximateArrivalOfFirstRecord"] = Seconds(records[0].Time),
            ["approximateArrivalOfLastRecord"] = Seconds(records[^1].Time),
            ["batchSize"] = records.Count,
            ["streamArn"] = mapping.EventSourceArn,
        };
        return record;

        // The stream tells an arrival in whole seconds.
        static string Seconds(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

        static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
    }
}
