using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.DynamoDB;

/// <summary>What goes on in the background: time to live removes, new indexes are filled, and both go on after the process ended.</summary>
public class UpkeepTests
{
    private const string ByB = """
        "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"b","AttributeType":"N"}],
        "GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"by-b","KeySchema":[{"AttributeName":"b","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]
        """;

    [Fact]
    public async Task Expired_items_are_removed_by_the_service_and_the_stream_says_so()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-01-01T00:00:00Z", CultureInfo.InvariantCulture));
        await using var wire = await DynamoDBWire.StartAsync(time);
        var arn = (string)(await wire.MakeTable(more: ""","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}"""))["TableDescription"]!["LatestStreamArn"]!;
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        await Put(wire, "before", $$$"""{"N":"{{{now + 60}}}"}""");
        await wire.Call("UpdateTimeToLive", """{"TableName":"tab","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}""");
        await Put(wire, "soon", $$$"""{"N":"{{{now + 60}}}.5"}""");
        await Put(wire, "later", $$$"""{"N":"{{{now + 86400}}}"}""");
        await Put(wire, "text", $$$"""{"S":"{{{now}}}"}""");
        await Put(wire, "ancient", $$$"""{"N":"{{{now - 6 * 365 * 86400}}}"}""");
        await Put(wire, "moved", $$$"""{"N":"{{{now + 60}}}"}""");
        await Put(wire, "moved", $$$"""{"N":"{{{now + 9999}}}"}""");
        time.Advance(TimeSpan.FromSeconds(62));
        await Until(async () => (await Names(wire)).SequenceEqual(["ancient", "later", "moved", "text"]));
        time.Advance(TimeSpan.FromSeconds(10000));
        await Until(async () => (await Names(wire)).SequenceEqual(["ancient", "later", "text"]));
        var shard = (string)(await wire.Call("DescribeStream", $$"""{"StreamArn":"{{arn}}"}"""))["StreamDescription"]!["Shards"]![0]!["ShardId"]!;
        var iterator = (string)(await wire.Call("GetShardIterator", $$"""{"StreamArn":"{{arn}}","ShardId":"{{shard}}","ShardIteratorType":"TRIM_HORIZON"}"""))["ShardIterator"]!;
        var removed = (await wire.Call("GetRecords", $$"""{"ShardIterator":"{{iterator}}"}"""))["Records"]!.AsArray().Where(record => (string)record!["eventName"]! == "REMOVE").ToList();
        Assert.Equal(3, removed.Count);
        Assert.All(removed, record => Assert.Equal("""{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}""", record!["userIdentity"]!.ToJsonString()));
    }

    [Fact]
    public async Task An_index_on_a_filled_table_is_filled_beside_writes_and_goes_on_after_a_stop()
    {
        var folder = Directory.CreateTempSubdirectory("galley-test-").FullName;
        try
        {
            var options = new GalleyOptions { Port = 0, Account = "123456789012", DataFolder = folder };
            await using (var server = await GalleyServer.StartAsync(options))
            {
                var js = new AwsJs(server);
                await js.Call("dynamodb", "CreateTable", JsonNode.Parse("""{"TableName":"tab","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}]}""")!);
                for (var i = 0; i < 1000; i += 25)
                    await js.Call("dynamodb", "BatchWriteItem", JsonNode.Parse($$$"""{"RequestItems":{"tab":[{{{string.Join(',', Enumerable.Range(i, 25).Select(n => "{\"PutRequest\":{\"Item\":{\"a\":{\"S\":\"" + n + "\"},\"b\":{\"N\":\"1\"},\"c\":{\"S\":\"x\"}}}}"))}}}]}}""")!);
                var made = await js.Call("dynamodb", "UpdateTable", JsonNode.Parse($$"""{"TableName":"tab",{{ByB}}}""")!);
                Assert.Equal("CREATING", (string)made["TableDescription"]!["GlobalSecondaryIndexes"]![0]!["IndexStatus"]!);
                for (var i = 0; i < 1000; i += 100)
                {
                    await js.Call("dynamodb", "DeleteItem", JsonNode.Parse($$$$"""{"TableName":"tab","Key":{"a":{"S":"{{{{i}}}}"}}}""")!);
                    await js.Call("dynamodb", "UpdateItem", JsonNode.Parse($$$$"""{"TableName":"tab","Key":{"a":{"S":"{{{{i + 1}}}}"}},"UpdateExpression":"SET b = :b","ExpressionAttributeValues":{":b":{"N":"2"}}}""")!);
                }
            }

            await using (var server = await GalleyServer.StartAsync(options))
            {
                var js = new AwsJs(server);
                await Until(async () => (string)(await js.Call("dynamodb", "DescribeTable", new { TableName = "tab" }))["Table"]!["GlobalSecondaryIndexes"]![0]!["IndexStatus"]! == "ACTIVE");
                Assert.Equal(980, await Count(js, 1));
                Assert.Equal(10, await Count(js, 2));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> Count(AwsJs js, int b) => (int)(await js.Call("dynamodb", "Query", JsonNode.Parse(
        $$$$"""{"TableName":"tab","IndexName":"by-b","Select":"COUNT","KeyConditionExpression":"b = :b","ExpressionAttributeValues":{":b":{"N":"{{{{b}}}}"}}}""")!))["Count"]!;

    private static Task<JsonObject> Put(DynamoDBWire wire, string a, string ttl) => wire.Call("PutItem", $$$$"""{"TableName":"tab","Item":{"a":{"S":"{{{{a}}}}"},"ttl":{{{{ttl}}}}}}""");

    private static async Task<List<string>> Names(DynamoDBWire wire)
        => [.. (await wire.Call("Scan", """{"TableName":"tab"}"""))["Items"]!.AsArray().Select(item => (string)item!["a"]!["S"]!).Order(StringComparer.Ordinal)];

    /// <summary>Background work takes moments; asked again and again, not slept for.</summary>
    internal static async Task Until(Func<Task<bool>> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await holds()) patience.Token.ThrowIfCancellationRequested();
    }
}
