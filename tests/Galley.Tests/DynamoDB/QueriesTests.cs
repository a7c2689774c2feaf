using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB;

/// <summary>Query and Scan: order, ranges, pages, indexes, segments.</summary>
public class QueriesTests
{
    [Fact]
    public async Task Query_gives_numbers_in_order_and_ranges_of_them()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable(range: true);
        string[] ordered = ["-1200", "-12", "-1.5", "-0.001", "0", "0.0001", "0.001", "1", "1.5", "2", "10", "99", "100", "12345678901234567890.5", "1e100"];
        foreach (var number in ordered.Reverse()) await wire.Call("PutItem", Put("p", number));
        await wire.Call("PutItem", Put("other", "5"));
        Assert.Equal(ordered[..^1], (await Numbers("a = :a", "")).SkipLast(1));
        Assert.Equal(ordered.Reverse().Skip(1), (await Numbers("a = :a", "", """, "ScanIndexForward":false""")).Skip(1));
        Assert.Equal(["1", "1.5", "2"], await Numbers("a = :a AND b BETWEEN :x AND :y", ",\":x\":{\"N\":\"1.0\"},\":y\":{\"N\":\"2\"}"));
        Assert.Equal(["-1200", "-12"], await Numbers("b < :x AND a = :a", ",\":x\":{\"N\":\"-1.5\"}"));
        Assert.Equal(["99"], await Numbers("a = :a AND b = :x", ",\":x\":{\"N\":\"99\"}"));
        Assert.Equal(["12345678901234567890.5", "1" + new string('0', 100)], await Numbers("a = :a AND b > :x", ",\":x\":{\"N\":\"100\"}"));

        async Task<List<string>> Numbers(string condition, string values, string more = "")
            => [.. (await wire.Call("Query", $$$$$$"""{"TableName":"tab","KeyConditionExpression":"{{{{{{condition}}}}}}","ExpressionAttributeValues":{":a":{"S":"p"}{{{{{{values}}}}}}}{{{{{{more}}}}}}}"""))
                ["Items"]!.AsArray().Select(item => (string)item!["b"]!["N"]!)];
    }

    [Fact]
    public async Task Pages_cover_everything_once_forwards_and_backwards_and_over_an_index_with_ties()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await MakeIndexed(wire);
        for (var i = 0; i < 10; i++) await wire.Call("PutItem", $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"p{{{{{{i % 2}}}}}}"},"b":{"N":"{{{{{{i}}}}}}"},"g":{"S":"same"},"h":{"N":"{{{{{{i / 5}}}}}}"},"extra":{"S":"e"} } }""");
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"p0"},"b":{"N":"100"}}}""");
        foreach (var forward in (string[])["true", "false"])
        {
            var all = await Walk("Query", $$$$$$"""
                "IndexName":"gsi","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"same"}},"ScanIndexForward":{{{{{{forward}}}}}},"Limit":3
                """);
            Assert.Equal(10, all.Distinct().Count());
            Assert.Equal(10, all.Count);
            var own = await Walk("Query", $$$$$$"""
                "KeyConditionExpression":"a = :p","ExpressionAttributeValues":{":p":{"S":"p0"}},"ScanIndexForward":{{{{{{forward}}}}}},"Limit":2
                """);
            Assert.Equal(forward == "true" ? ["p0/0", "p0/2", "p0/4", "p0/6", "p0/8", "p0/100"] : ["p0/100", "p0/8", "p0/6", "p0/4", "p0/2", "p0/0"], own);
        }

        Assert.Equal(11, (await Walk("Scan", "\"Limit\":4")).Distinct().Count());
        var segments = new List<string>();
        for (var segment = 0; segment < 3; segment++) segments.AddRange(await Walk("Scan", $"\"Limit\":2,\"TotalSegments\":3,\"Segment\":{segment}"));
        Assert.Equal(11, segments.Count);
        Assert.Equal(11, segments.Distinct().Count());
        var keysOnly = (await wire.Call("Scan", """{"TableName":"tab","IndexName":"gsi","Limit":1}"""))["Items"]![0]!.AsObject();
        Assert.Equal(["a", "b", "g", "h"], keysOnly.Select(attribute => attribute.Key).Order());

        async Task<List<string>> Walk(string operation, string members)
        {
            var found = new List<string>();
            JsonNode? start = null;
            do
            {
                var page = await wire.Call(operation, $$$$$$"""{"TableName":"tab",{{{{{{members}}}}}}{{{{{{(start is null ? "" : ",\"ExclusiveStartKey\":" + start.ToJsonString())}}}}}}}""");
                found.AddRange(page["Items"]!.AsArray().Select(item => $"{(string)item!["a"]!["S"]!}/{(string)item["b"]!["N"]!}"));
                start = page["LastEvaluatedKey"];
            }
            while (start is not null);
            return found;
        }
    }

    [Fact]
    public async Task Index_entries_follow_their_items()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await MakeIndexed(wire);
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"p"},"b":{"N":"1"},"g":{"S":"x"},"h":{"N":"1"}}}""");
        Assert.Equal(1, await Count("x"));
        await wire.Call("UpdateItem", """{"TableName":"tab","Key":{"a":{"S":"p"},"b":{"N":"1"}},"UpdateExpression":"SET g = :y","ExpressionAttributeValues":{":y":{"S":"y"}}}""");
        Assert.Equal((0, 1), (await Count("x"), await Count("y")));
        await wire.Call("UpdateItem", """{"TableName":"tab","Key":{"a":{"S":"p"},"b":{"N":"1"}},"UpdateExpression":"REMOVE h"}""");
        Assert.Equal(0, await Count("y"));
        await wire.Refuses("PutItem", """{"TableName":"tab","Item":{"a":{"S":"p"},"b":{"N":"1"},"g":{"N":"1"}}}""",
            "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: gsi");
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"p"},"b":{"N":"1"},"g":{"S":"z"},"h":{"N":"1"}}}""");
        await wire.Call("DeleteItem", """{"TableName":"tab","Key":{"a":{"S":"p"},"b":{"N":"1"}}}""");
        Assert.Equal(0, await Count("z"));

        async Task<int> Count(string value) => (int)(await wire.Call("Query",
            $$$$$$"""{"TableName":"tab","IndexName":"gsi","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"{{{{{{value}}}}}}"} } }"""))["Count"]!;
    }

    [Fact]
    public async Task An_index_added_later_is_filled_and_a_removed_one_is_gone()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"1"},"g":{"S":"x"}}}""");
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"2"},"g":{"N":"1"}}}""");
        var updating = await wire.Call("UpdateTable", """
            {"TableName":"tab","AttributeDefinitions":[{"AttributeName":"g","AttributeType":"S"}],"GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"late",
             "KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"} } }]}
            """);
        Assert.Equal("CREATING", (string)updating["TableDescription"]!["GlobalSecondaryIndexes"]![0]!["IndexStatus"]!);
        const string Query = """{"TableName":"tab","IndexName":"late","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"x"}}}""";
        Assert.Equal("1", (string)(await wire.Call("Query", Query))["Items"]![0]!["a"]!["S"]!);
        await wire.Call("UpdateTable", """{"TableName":"tab","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"late"}}]}""");
        await wire.Refuses("Query", Query, "The table does not have the specified index: late");
        Assert.Single((await wire.Call("DescribeTable", """{"TableName":"tab"}"""))["Table"]!["AttributeDefinitions"]!.AsArray());
    }

    [Theory]
    [InlineData("b = :n", "Query condition missed key schema element: a")]
    [InlineData("a > :s", "Query key condition not supported")]
    [InlineData("a = :s OR b = :n", "Invalid operator used in KeyConditionExpression: OR")]
    [InlineData("a = :s AND b > :n AND b < :n", "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key")]
    [InlineData("a = :s AND c = :n", "Query condition missed key schema element: b")]
    [InlineData("a = :n", "One or more parameter values were invalid: Condition parameter type does not match schema type")]
    public async Task Query_refuses_conditions_that_are_no_key_conditions(string condition, string message)
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable(range: true);
        var values = string.Join(",", new[] { (":s", """{"S":"x"}"""), (":n", """{"N":"1"}""") }.Where(value => condition.Contains(value.Item1, StringComparison.Ordinal)).Select(value => $"\"{value.Item1}\":{value.Item2}"));
        await wire.Refuses("Query", $$$$$$"""{"TableName":"tab","KeyConditionExpression":"{{{{{{condition}}}}}}","ExpressionAttributeValues":{ {{{{{{values}}}}}} } }""", message);
    }

    [Fact]
    public async Task A_sort_key_that_begins_with_another_one_and_a_NUL_is_another_key()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.Call("CreateTable", """
            {"TableName":"tab","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"b","AttributeType":"B"}],
             "KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"b","KeyType":"RANGE"}]}
            """);
        byte[][] keys = [[1], [1, 0], [1, 0, 0], [1, 0, 1], [1, 1], [1, 2], [2]];
        foreach (var key in keys.Reverse()) await wire.Call("PutItem", $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"p"},"b":{"B":"{{{{{{Convert.ToBase64String(key)}}}}}}"} } }""");
        Assert.Equal(keys, await Query("b >= :b", [0], 1));
        Assert.Equal([[1]], await Query("b = :b", [1], 10));
        Assert.Equal(keys[1..], await Query("b > :b", [1], 1));
        Assert.Equal(keys[..2], await Query("b <= :b", [1, 0], 10));
        Assert.Equal(keys[1..4], await Query("begins_with(b, :b)", [1, 0], 2));

        async Task<List<byte[]>> Query(string condition, byte[] value, int limit)
        {
            var found = new List<byte[]>();
            for (var start = ""; ;)
            {
                var page = await wire.Call("Query", $$$$$$"""
                    {"TableName":"tab","KeyConditionExpression":"a = :a AND {{{{{{condition}}}}}}","Limit":{{{{{{limit}}}}}},"ExpressionAttributeValues":{":a":{"S":"p"},":b":{"B":"{{{{{{Convert.ToBase64String(value)}}}}}}"}}{{{{{{start}}}}}}}
                    """);
                found.AddRange(page["Items"]!.AsArray().Select(item => Convert.FromBase64String((string)item!["b"]!["B"]!)));
                if (page["LastEvaluatedKey"] is not { } last) return found;
                start = ",\"ExclusiveStartKey\":" + last.ToJsonString();
            }
        }
    }

    [Fact]
    public async Task A_page_ends_at_a_megabyte_and_capacity_is_the_sum_rounded_once()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable(range: true);
        for (var i = 0; i < 4; i++) await wire.Call("PutItem", $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"p"},"b":{"N":"{{{{{{i}}}}}}"},"f":{"S":"{{{{{{new string('x', 390_000)}}}}}}"} } }""");
        var page = await wire.Call("Query", """
            {"TableName":"tab","KeyConditionExpression":"a = :a","ExpressionAttributeValues":{":a":{"S":"p"}},"Select":"COUNT","ReturnConsumedCapacity":"TOTAL"}
            """);
        Assert.Equal(3, (int)page["Count"]!);
        Assert.Null(page["Items"]);
        Assert.Equal("2", (string)page["LastEvaluatedKey"]!["b"]!["N"]!);
        Assert.Equal(143, (double)page["ConsumedCapacity"]!["CapacityUnits"]!);

        // What counts are AWS's sizes of items, not how much is stored of them: then 26 of these would do.
        for (var i = 0; i < 28; i += 14)
            await wire.Call("BatchWriteItem", $$$$$$"""{"RequestItems":{"tab":[{{{{{{string.Join(",", Enumerable.Range(i, 14).Select(n => $$$$$$$$"""{"PutRequest":{"Item":{"a":{"S":"q"},"b":{"N":"{{{{{{{{n}}}}}}}}"},"f":{"S":"{{{{{{{{new string('x', 40_300)}}}}}}}}"}}}}"""))}}}}}}]}}""");
        page = await wire.Call("Query", """
            {"TableName":"tab","KeyConditionExpression":"a = :a","ExpressionAttributeValues":{":a":{"S":"q"}},"Select":"COUNT","ReturnConsumedCapacity":"TOTAL"}
            """);
        Assert.Equal(27, (int)page["Count"]!);
        Assert.Equal(133, (double)page["ConsumedCapacity"]!["CapacityUnits"]!);
    }

    private static string Put(string hash, string number) => $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"{{{{{{hash}}}}}}"},"b":{"N":"{{{{{{number}}}}}}"} } }""";

    private static Task MakeIndexed(DynamoDBWire wire) => wire.Call("CreateTable", """
        {"TableName":"tab","BillingMode":"PAY_PER_REQUEST",
         "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"b","AttributeType":"N"},{"AttributeName":"g","AttributeType":"S"},{"AttributeName":"h","AttributeType":"N"}],
         "KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"b","KeyType":"RANGE"}],
         "GlobalSecondaryIndexes":[{"IndexName":"gsi","KeySchema":[{"AttributeName":"g","KeyType":"HASH"},{"AttributeName":"h","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}]}
        """);
}
