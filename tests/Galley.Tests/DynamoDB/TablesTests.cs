using System.Text.Json.Nodes;
using Galley.DynamoDB;

namespace Galley.Tests.DynamoDB;

/// <summary>Tables and what belongs to them: protection, tags, time to live, listing, and a fresh start under an old name.</summary>
public class TablesTests
{
    [Fact]
    public async Task DeleteTable_answers_DELETING_and_a_new_table_of_that_name_is_empty()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable(more: ""","DeletionProtectionEnabled":true""");
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"1"}}}""");
        await wire.Refuses("DeleteTable", """{"TableName":"tab"}""", "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.");
        await wire.Call("UpdateTable", """{"TableName":"tab","DeletionProtectionEnabled":false}""");
        var deleted = (await wire.Call("DeleteTable", """{"TableName":"tab"}"""))["TableDescription"]!;
        Assert.Equal("DELETING", (string)deleted["TableStatus"]!);
        Assert.Null(deleted["KeySchema"]);
        await wire.Refuses("DescribeTable", """{"TableName":"tab"}""", "Requested resource not found: Table: tab not found", "ResourceNotFoundException");
        await wire.MakeTable();
        Assert.Equal(0, (int)(await wire.Call("Scan", """{"TableName":"tab"}"""))["Count"]!);
        Assert.Empty(await wire.Call("GetItem", """{"TableName":"arn:aws:dynamodb:eu-west-2:123456789012:table/tab","Key":{"a":{"S":"1"}}}"""));
    }

    [Fact]
    public async Task Tags_time_to_live_and_backups_answer_as_Terraform_asks()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable(more: ""","Tags":[{"Key":"k","Value":"v"}]""");
        const string Arn = "\"ResourceArn\":\"arn:aws:dynamodb:eu-west-2:123456789012:table/tab\"";
        Assert.Equal("""{"Tags":[{"Key":"k","Value":"v"}]}""", (await wire.Call("ListTagsOfResource", $"{{{Arn}}}")).ToJsonString());
        await wire.Call("UntagResource", $"{{{Arn},\"TagKeys\":[\"k\"]}}");
        Assert.Equal("""{"Tags":[]}""", (await wire.Call("ListTagsOfResource", $"{{{Arn}}}")).ToJsonString());
        Assert.Equal("""{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}""", (await wire.Call("DescribeTimeToLive", """{"TableName":"tab"}""")).ToJsonString());
        const string Enable = """{"TableName":"tab","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}""";
        await wire.Call("UpdateTimeToLive", Enable);
        await wire.Refuses("UpdateTimeToLive", Enable, "TimeToLive is already enabled");
        Assert.Equal("ENABLED", (string)(await wire.Call("DescribeTimeToLive", """{"TableName":"tab"}"""))["TimeToLiveDescription"]!["TimeToLiveStatus"]!);
        Assert.Equal("DISABLED", (string)(await wire.Call("DescribeContinuousBackups", """{"TableName":"tab"}"""))
            ["ContinuousBackupsDescription"]!["PointInTimeRecoveryDescription"]!["PointInTimeRecoveryStatus"]!);
        await wire.MakeTable("tab2");
        Assert.Equal("""{"TableNames":["tab"],"LastEvaluatedTableName":"tab"}""", (await wire.Call("ListTables", """{"Limit":1}""")).ToJsonString());
        Assert.Equal("""{"TableNames":["tab2"]}""", (await wire.Call("ListTables", """{"ExclusiveStartTableName":"tab"}""")).ToJsonString());
    }

    [Theory]
    [InlineData("""
        "AttributeDefinitions":[{"AttributeName":"b","AttributeType":"S"}]
        """, "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [a], AttributeDefinitions: [b]")]
    [InlineData("""
        "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"b","AttributeType":"S"}]
        """, "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")]
    [InlineData("""
        "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],"StreamSpecification":{"StreamEnabled":true}
        """, "One or more parameter values were invalid: Table is being created with a stream enabled, UpdateViewType is required")]
    [InlineData("""
        "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],"ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}
        """, "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")]
    public async Task CreateTable_refuses_what_does_not_fit(string members, string message)
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.Refuses("CreateTable", $$$$$$"""{"TableName":"tab","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],{{{{{{members}}}}}} }""", message);
    }

    [Fact]
    public void Key_bytes_and_numbers_order_as_their_values()
    {
        var random = new Random(7);
        var numbers = new List<string> { "0" };
        for (var i = 0; i < 400; i++)
        {
            var digits = string.Concat(Enumerable.Range(0, random.Next(1, 38)).Select(_ => (char)('0' + random.Next(10))));
            numbers.Add(Number.Normalize($"{(random.Next(2) == 0 ? "-" : "")}{digits}E{random.Next(-120, 80)}"));
        }

        foreach (var a in numbers)
            foreach (var b in numbers)
            {
                var byBytes = Math.Sign(Encoded(a).AsSpan().SequenceCompareTo(Encoded(b)));
                Assert.True(byBytes == Math.Sign(Number.Compare(a, b)) && (byBytes == 0) == (a == b), $"{a} {b}");
            }

        Assert.Equal("0.3", Number.Add("0.1", "0.2"));
        Assert.Equal("0", Number.Subtract(Number.Normalize("1e10"), "10000000000"));

        static byte[] Encoded(string number)
        {
            var bytes = new byte[32];
            return bytes[..Number.Encode(number, bytes)];
        }
    }

    [Fact]
    public async Task Limits_and_the_endpoint_are_described()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        Assert.Equal("""{"AccountMaxReadCapacityUnits":80000,"AccountMaxWriteCapacityUnits":80000,"TableMaxReadCapacityUnits":40000,"TableMaxWriteCapacityUnits":40000}""", (await wire.Call("DescribeLimits", "{}")).ToJsonString());
        Assert.Equal($$$"""{"Endpoints":[{"Address":"localhost:{{{wire.Server.Port}}}","CachePeriodInMinutes":1440}]}""", (await wire.Call("DescribeEndpoints", "{}")).ToJsonString());
    }

    [Fact]
    public async Task What_Galley_does_not_have_is_refused_by_its_name()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        foreach (var operation in (string[])
                 [
                     "CreateGlobalTable", "DescribeGlobalTable", "DescribeGlobalTableSettings", "ListGlobalTables", "UpdateGlobalTable", "UpdateGlobalTableSettings", "DescribeTableReplicaAutoScaling",
                     "UpdateTableReplicaAutoScaling", "DescribeKinesisStreamingDestination", "DisableKinesisStreamingDestination", "EnableKinesisStreamingDestination", "UpdateKinesisStreamingDestination",
                     "DescribeContributorInsights", "ListContributorInsights", "UpdateContributorInsights", "StartBulkPutItems", "CancelBulkOperation", "DescribeBulkOperation", "ListBulkOperations", "SearchVectors",
                 ])
            await wire.Refuses(operation, """{"TableName":"tab"}""", $"Galley does not support the operation {operation}.", "UnknownOperationException");
    }

    [Fact]
    public async Task Replicas_of_a_table_are_refused_by_their_name()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.Refuses("UpdateTable", """{"TableName":"tab","ReplicaUpdates":[{"Create":{"RegionName":"us-east-1"}}]}""", "Galley does not support the parameter ReplicaUpdates.");
    }
}
