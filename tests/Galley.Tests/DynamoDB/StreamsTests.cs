using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.DynamoDB;

/// <summary>DynamoDB Streams: what is written there, how it is read, and how it ends.</summary>
public class StreamsTests
{
    private const string View = ""","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}""";

    [Fact]
    public async Task Every_way_of_writing_leaves_its_record_and_a_write_that_changes_nothing_leaves_none()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        var arn = Stream(await wire.MakeTable(more: View));
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"1"},"n":{"N":"1"}}}""");
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"n":{"N":"1.0"},"a":{"S":"1"}}}""");
        await wire.Call("UpdateItem", """{"TableName":"tab","Key":{"a":{"S":"1"}},"UpdateExpression":"SET n=n+:o","ExpressionAttributeValues":{":o":{"N":"1"}}}""");
        await wire.Call("DeleteItem", """{"TableName":"tab","Key":{"a":{"S":"gone"}}}""");
        await wire.Fails("PutItem", """{"TableName":"tab","Item":{"a":{"S":"1"}},"ConditionExpression":"attribute_not_exists(a)"}""", "ConditionalCheckFailedException");
        await wire.Call("BatchWriteItem", """{"RequestItems":{"tab":[{"PutRequest":{"Item":{"a":{"S":"2"}}}},{"DeleteRequest":{"Key":{"a":{"S":"1"}}}}]}}""");
        await wire.Call("TransactWriteItems", """{"TransactItems":[{"Put":{"TableName":"tab","Item":{"a":{"S":"3"}}}},{"Delete":{"TableName":"tab","Key":{"a":{"S":"2"}}}}]}""");

        var (records, next) = await Read(wire, await Iterator(wire, arn));
        Assert.Equal(["INSERT 1", "MODIFY 1", "INSERT 2", "REMOVE 1", "INSERT 3", "REMOVE 2"], records.Select(record => $"{record["eventName"]} {record["dynamodb"]!["Keys"]!["a"]!["S"]}"));
        Assert.Equal(records.Select(Sequence).Order(StringComparer.Ordinal).Distinct(), records.Select(Sequence));
        var changed = records[1];
        Assert.Equal("1", (string)changed["dynamodb"]!["OldImage"]!["n"]!["N"]!);
        Assert.Equal("2", (string)changed["dynamodb"]!["NewImage"]!["n"]!["N"]!);
        Assert.Equal(2 + 5 + 5, (int)changed["dynamodb"]!["SizeBytes"]!);
        Assert.Equal(["eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb"], changed.Select(member => member.Key));
        Assert.Equal(32, ((string)changed["eventID"]!).Length);
        Assert.Empty((await Read(wire, next!)).Records);
    }

    [Theory]
    [InlineData("KEYS_ONLY", false, false)]
    [InlineData("NEW_IMAGE", true, false)]
    [InlineData("OLD_IMAGE", false, true)]
    public async Task A_view_shows_what_its_name_says(string view, bool hasNew, bool hasOld)
    {
        await using var wire = await DynamoDBWire.StartAsync();
        var arn = Stream(await wire.MakeTable(more: View.Replace("NEW_AND_OLD_IMAGES", view, StringComparison.Ordinal)));
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"1"}}}""");
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"1"},"x":{"BOOL":true}}}""");
        var record = (await Read(wire, await Iterator(wire, arn))).Records[1]["dynamodb"]!;
        Assert.Equal(hasNew, record["NewImage"] is not null);
        Assert.Equal(hasOld, record["OldImage"] is not null);
        Assert.Equal(view, (string)record["StreamViewType"]!);
    }

    [Fact]
    public async Task A_stream_that_is_switched_off_is_read_to_its_end_and_gone_after_a_day()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-01-01T00:00:00Z"));
        await using var wire = await DynamoDBWire.StartAsync(time);
        await wire.MakeTable();
        var on = """{"TableName":"tab","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}}""";
        await wire.Refuses("UpdateTable", """{"TableName":"tab","StreamSpecification":{"StreamEnabled":false}}""", "Table has no stream to disable: TableName: tab");
        await wire.Refuses("UpdateTable", """{"TableName":"tab","StreamSpecification":{"StreamEnabled":true}}""", "One or more parameter values were invalid: If stream is being enabled then UpdateViewType is required");
        var arn = Stream(await wire.Call("UpdateTable", on));
        Assert.Equal("arn:aws:dynamodb:eu-west-2:123456789012:table/tab/stream/2026-01-01T00:00:00.000", arn);
        await wire.Refuses("UpdateTable", on, "Table already has an enabled stream: TableName: tab");
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"1"}}}""");
        await wire.Call("UpdateTable", """{"TableName":"tab","StreamSpecification":{"StreamEnabled":false}}""");
        var table = (await wire.Call("DescribeTable", """{"TableName":"tab"}"""))["Table"]!;
        Assert.Null(table["StreamSpecification"]);
        Assert.Equal(arn, (string)table["LatestStreamArn"]!);
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"2"}}}""");
        var second = Stream(await wire.Call("UpdateTable", on));
        Assert.NotEqual(arn, second);

        var described = (await wire.Call("DescribeStream", $$"""{"StreamArn":"{{arn}}"}"""))["StreamDescription"]!;
        Assert.Equal("DISABLED", (string)described["StreamStatus"]!);
        Assert.NotNull(described["Shards"]![0]!["SequenceNumberRange"]!["EndingSequenceNumber"]);
        var (records, next) = await Read(wire, await Iterator(wire, arn));
        Assert.Single(records);
        Assert.Null(next);
        await wire.Call("DeleteTable", """{"TableName":"tab"}""");
        Assert.Equal([arn, second], (await wire.Call("ListStreams", """{"TableName":"tab"}"""))["Streams"]!.AsArray().Select(stream => (string)stream!["StreamArn"]!));
        var page = await wire.Call("ListStreams", """{"Limit":1}""");
        Assert.Equal(arn, (string)page["LastEvaluatedStreamArn"]!);
        Assert.Equal(second, (string)(await wire.Call("ListStreams", $$"""{"ExclusiveStartStreamArn":"{{arn}}"}"""))["Streams"]![0]!["StreamArn"]!);
        time.Advance(TimeSpan.FromHours(25));
        await wire.Refuses("DescribeStream", $$"""{"StreamArn":"{{arn}}"}""", $"Requested resource not found: Stream: {arn} not found", "ResourceNotFoundException");
        Assert.Empty((await wire.Call("ListStreams", "{}"))["Streams"]!.AsArray());
    }

    [Fact]
    public async Task Iterators_start_where_they_are_told_and_end_after_a_quarter_of_an_hour()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-01-01T00:00:00Z"));
        await using var wire = await DynamoDBWire.StartAsync(time);
        var arn = Stream(await wire.MakeTable(more: View));
        var latest = await Iterator(wire, arn, "LATEST");
        for (var i = 0; i < 3; i++) await wire.Call("PutItem", $$$$"""{"TableName":"tab","Item":{"a":{"S":"{{{{i}}}}"}}}""");
        var all = (await Read(wire, latest)).Records;
        Assert.Equal(3, all.Count);
        Assert.Equal(Sequence(all[1]), Sequence((await Read(wire, await Iterator(wire, arn, "AT_SEQUENCE_NUMBER", Sequence(all[1])))).Records[0]));
        Assert.Equal(Sequence(all[2]), Sequence((await Read(wire, await Iterator(wire, arn, "AFTER_SEQUENCE_NUMBER", Sequence(all[1])))).Records[0]));
        Assert.Empty((await Read(wire, await Iterator(wire, arn, "LATEST"))).Records);
        var two = await wire.Call("GetRecords", $$"""{"ShardIterator":"{{await Iterator(wire, arn)}}","Limit":2}""");
        Assert.Equal(2, two["Records"]!.AsArray().Count);
        Assert.Equal(Sequence(all[2]), Sequence((await Read(wire, (string)two["NextShardIterator"]!)).Records[0]));
        await wire.Refuses("GetRecords", """{"ShardIterator":"x"}""", "Invalid ShardIterator");
        await wire.Fails("GetRecords", $$"""{"ShardIterator":"{{latest}}","Limit":1001}""", "ValidationException");
        time.Advance(TimeSpan.FromMinutes(16));
        await wire.Fails("GetRecords", $$"""{"ShardIterator":"{{latest}}"}""", "ExpiredIteratorException");
        time.Advance(TimeSpan.FromHours(24));
        Assert.Empty((await Read(wire, await Iterator(wire, arn))).Records);
        await wire.Fails("GetShardIterator", Ask(arn, await Shard(wire, arn), "AT_SEQUENCE_NUMBER", Sequence(all[1])), "TrimmedDataAccessException");
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"9"}}}""");
        Assert.Single((await Read(wire, await Iterator(wire, arn))).Records);
    }

    [Fact]
    public async Task Reading_needs_the_right_to_the_stream()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var root = new AwsJs(server);
        var made = await root.Call("dynamodb", "CreateTable", new
        {
            TableName = "tab",
            BillingMode = "PAY_PER_REQUEST",
            StreamSpecification = new { StreamEnabled = true, StreamViewType = "KEYS_ONLY" },
            AttributeDefinitions = new[] { new { AttributeName = "a", AttributeType = "S" } },
            KeySchema = new[] { new { AttributeName = "a", KeyType = "HASH" } },
        });
        var arn = (string)made["TableDescription"]!["LatestStreamArn"]!;
        await root.Call("dynamodb", "PutItem", JsonNode.Parse("""{"TableName":"tab","Item":{"a":{"S":"1"}}}""")!);
        await root.Call("iam", "CreateUser", new { UserName = "reader" });
        await root.Call("iam", "PutUserPolicy", new
        {
            UserName = "reader",
            PolicyName = "p",
            PolicyDocument = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:DescribeStream","dynamodb:GetShardIterator","dynamodb:GetRecords"],"Resource":"{{arn}}"}]}""",
        });
        var key = (await root.Call("iam", "CreateAccessKey", new { UserName = "reader" }))["AccessKey"]!;
        var reader = new AwsJs(server, (string)key["AccessKeyId"]!, (string)key["SecretAccessKey"]!);
        var shard = (string)(await reader.Call("dynamodb-streams", "DescribeStream", new { StreamArn = arn }))["StreamDescription"]!["Shards"]![0]!["ShardId"]!;
        var iterator = (string)(await reader.Call("dynamodb-streams", "GetShardIterator", new { StreamArn = arn, ShardId = shard, ShardIteratorType = "TRIM_HORIZON" }))["ShardIterator"]!;
        var record = (await reader.Call("dynamodb-streams", "GetRecords", new { ShardIterator = iterator }))["Records"]![0]!;
        Assert.Equal("1", (string)record["dynamodb"]!["Keys"]!["a"]!["S"]!);
        Assert.Equal("AccessDeniedException", (await reader.Fails("dynamodb-streams", "ListStreams")).Code);
        var other = iterator.Replace("table/tab", "table/other", StringComparison.Ordinal);
        Assert.Equal("AccessDeniedException", (await reader.Fails("dynamodb-streams", "GetRecords", new { ShardIterator = other })).Code);
    }

    private static string Stream(JsonObject answer) => (string)answer["TableDescription"]!["LatestStreamArn"]!;

    private static string Sequence(JsonObject record) => (string)record["dynamodb"]!["SequenceNumber"]!;

    private static async Task<string> Shard(DynamoDBWire wire, string arn)
        => (string)(await wire.Call("DescribeStream", $$"""{"StreamArn":"{{arn}}"}"""))["StreamDescription"]!["Shards"]![0]!["ShardId"]!;

    private static string Ask(string arn, string shard, string type, string? sequence)
        => $$"""{"StreamArn":"{{arn}}","ShardId":"{{shard}}","ShardIteratorType":"{{type}}" {{(sequence is null ? "" : $",\"SequenceNumber\":\"{sequence}\"")}} }""";

    private static async Task<string> Iterator(DynamoDBWire wire, string arn, string type = "TRIM_HORIZON", string? sequence = null)
        => (string)(await wire.Call("GetShardIterator", Ask(arn, await Shard(wire, arn), type, sequence)))["ShardIterator"]!;

    private static async Task<(List<JsonObject> Records, string? Next)> Read(DynamoDBWire wire, string iterator)
    {
        var answer = await wire.Call("GetRecords", $$"""{"ShardIterator":"{{iterator}}"}""");
        return ([.. answer["Records"]!.AsArray().Select(record => record!.AsObject())], (string?)answer["NextShardIterator"]);
    }
}
