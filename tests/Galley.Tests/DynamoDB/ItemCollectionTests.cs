using System.Globalization;
using System.Text;

namespace Galley.Tests.DynamoDB;

/// <summary>ReturnItemCollectionMetrics, sizes to the byte, and the checksum that clients verify.</summary>
public class ItemCollectionTests
{
    private const string Indexed = ""","LocalSecondaryIndexes":[{"IndexName":"lsi","KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"c","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"}}]""";

    [Fact]
    public async Task Collections_are_measured_where_the_table_has_local_indexes()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable("plain", range: true);
        await wire.Call("CreateTable", """
            {"TableName":"tab","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"b","KeyType":"RANGE"}],
             "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"b","AttributeType":"N"},{"AttributeName":"c","AttributeType":"S"}]
            """ + Indexed + "}");
        const string Metrics = """{"ItemCollectionKey":{"a":{"S":"p"}},"SizeEstimateRangeGB":[0,1]}""";
        const string Key = """ "Key":{"a":{"S":"p"},"b":{"N":"1"}} """;
        var put = await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"p"},"b":{"N":"1"},"c":{"S":"x"}},"ReturnItemCollectionMetrics":"SIZE"}""");
        Assert.Equal(Metrics, put["ItemCollectionMetrics"]!.ToJsonString());
        var updated = await wire.Call("UpdateItem", $$"""{"TableName":"tab",{{Key}},"ReturnItemCollectionMetrics":"SIZE"}""");
        Assert.Equal(Metrics, updated["ItemCollectionMetrics"]!.ToJsonString());
        var deleted = await wire.Call("DeleteItem", $$"""{"TableName":"tab",{{Key}},"ReturnItemCollectionMetrics":"SIZE"}""");
        Assert.Equal(Metrics, deleted["ItemCollectionMetrics"]!.ToJsonString());
        Assert.Empty(await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"p"},"b":{"N":"1"}},"ReturnItemCollectionMetrics":"NONE"}"""));
        Assert.Empty(await wire.Call("PutItem", """{"TableName":"plain","Item":{"a":{"S":"p"},"b":{"N":"1"}},"ReturnItemCollectionMetrics":"SIZE"}"""));

        var batch = await wire.Call("BatchWriteItem", """
            {"ReturnItemCollectionMetrics":"SIZE","RequestItems":{"tab":[{"PutRequest":{"Item":{"a":{"S":"p"},"b":{"N":"2"}}}},{"DeleteRequest":{"Key":{"a":{"S":"p"},"b":{"N":"3"}}}}],"plain":[{"PutRequest":{"Item":{"a":{"S":"p"},"b":{"N":"2"}}}}]}}
            """);
        Assert.Equal($$"""{"tab":[{{Metrics}}]}""", batch["ItemCollectionMetrics"]!.ToJsonString());
        var transaction = await wire.Call("TransactWriteItems", $$$$"""{"ReturnItemCollectionMetrics":"SIZE","TransactItems":[{"Delete":{"TableName":"tab",{{{{Key}}}}}}]}""");
        Assert.Equal($$"""{"tab":[{{Metrics}}]}""", transaction["ItemCollectionMetrics"]!.ToJsonString());
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("12", 2)]
    [InlineData("123", 3)]
    [InlineData("100", 2)]
    [InlineData("1.5", 3)]
    [InlineData("3.14159", 5)]
    [InlineData("100.5", 4)]
    [InlineData("0.15", 2)]
    [InlineData("-42", 3)]
    [InlineData("1E125", 2)]
    [InlineData("12345678901234567890123456789012345678", 20)]
    public async Task Numbers_count_two_digits_a_byte_on_either_side_of_the_point(string number, int bytes)
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        string Item(int total) => $$$$"""{"TableName":"tab","Item":{"a":{"S":"k"},"n":{"N":"{{{{number}}}}"},"p":{"S":"{{{{new string('x', total - 4 - bytes)}}}}"}}}""";
        await wire.Call("PutItem", Item(409_600));
        await wire.Refuses("PutItem", Item(409_601), "Item size has exceeded the maximum allowed size");
    }

    [Fact]
    public async Task Every_answer_carries_the_checksum_of_its_bytes()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        foreach (var (operation, body) in ((string, string)[])[("ListTables", "{}"), ("PutItem", """{"TableName":"tab","Item":{"a":{"S":"é✓"}}}"""), ("Scan", """{"TableName":"tab"}"""), ("GetItem", "{}"), ("NoSuch", "{}"), ("GetItem", "{")])
        {
            using var response = await wire.Send(operation, body);
            var bytes = await response.Content.ReadAsByteArrayAsync();
            Assert.Equal(Checksum(bytes).ToString(CultureInfo.InvariantCulture), response.Headers.GetValues("x-amz-crc32").Single());
        }

        Assert.Equal(0xCBF43926u, Checksum(Encoding.ASCII.GetBytes("123456789")));
    }

    /// <summary>CRC-32 bit by bit, as its definition has it.</summary>
    private static uint Checksum(byte[] bytes)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var i = 0; i < 8; i++) crc = (crc & 1) == 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
        }

        return ~crc;
    }
}
