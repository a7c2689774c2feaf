using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB;

/// <summary>Global indexes with several key attributes, item collections of local ones, and the order of set members.</summary>
public class IndexKeysTests
{
    private const string Values = """
        "ExpressionAttributeValues":{":h":{"S":"o"},":i":{"S":"1"},":a":{"S":"T"},":b":{"S":"live"},":c":{"N":"2"}}
        """;

    [Theory]
    [InlineData("h = :h AND i = :i", "p5,p4,p3,p2,p1")]
    [InlineData("a = :a AND i = :i AND h = :h", "p4,p3,p2,p1")]
    [InlineData("h = :h AND i = :i AND a = :a AND b = :b", "p3,p2,p1")]
    [InlineData("h = :h AND i = :i AND a = :a AND b < :b", "p4")]
    [InlineData("h = :h AND i = :i AND a = :a AND b = :b AND c >= :c", "p2,p1")]
    [InlineData("h = :h AND i = :i AND a = :a AND b = :b AND c = :c", "p2")]
    [InlineData("h = :h AND i = :i AND begins_with(a, :a)", "p4,p3,p2,p1")]
    public async Task Query_takes_equalities_from_the_first_range_attribute_on(string condition, string found)
    {
        await using var wire = await WithIndex();
        var answer = await wire.Call("Query", Query(condition));
        Assert.Equal(found, string.Join(",", answer["Items"]!.AsArray().Select(item => (string)item!["pk"]!["S"]!)));
        var pages = new List<string>();
        for (JsonNode? start = null; ;)
        {
            var page = await wire.Call("Query", Query(condition, ""","Limit":1""" + (start is null ? "" : ""","ExclusiveStartKey":""" + start.ToJsonString())));
            pages.AddRange(page["Items"]!.AsArray().Select(item => (string)item!["pk"]!["S"]!));
            if ((start = page["LastEvaluatedKey"]) is null) break;
            Assert.Equal(["a", "b", "c", "h", "i", "pk"], start.AsObject().Select(pair => pair.Key).Order());
        }

        Assert.Equal(found, string.Join(",", pages));
    }

    [Theory]
    [InlineData("h = :h", "HASH key attributes i must have equality conditions specified in the query")]
    [InlineData("a = :a AND b = :b", "HASH key attributes h, i must have equality conditions specified in the query")]
    [InlineData("h = :h AND i > :i", "HASH key attributes i must have equality conditions specified in the query")]
    [InlineData("h = :h AND begins_with(i, :i)", "HASH key attributes i must have equality conditions specified in the query")]
    [InlineData("h = :h AND i = :i AND a = :a AND c = :c", "RANGE key attributes b must have equality conditions specified in the query because a condition is present on key attribute c")]
    [InlineData("h = :h AND i = :i AND a = :a AND b > :b AND c = :c", "RANGE key attributes b must have equality conditions specified in the query because a condition is present on key attribute c")]
    [InlineData("h = :h AND i = :i AND b = :b", "RANGE key attributes a must have equality conditions specified in the query because a condition is present on key attribute b")]
    public async Task Query_refuses_gaps_in_an_index_key(string condition, string message)
    {
        await using var wire = await WithIndex();
        await wire.Refuses("Query", Query(condition), message);
    }

    [Fact]
    public async Task Older_conditions_reach_every_attribute_too()
    {
        await using var wire = await WithIndex();
        static string Asks(params (string Name, string Operator, string Value)[] all)
            => $$$$$$"""{"TableName":"tab","IndexName":"many","KeyConditions":{{{{{{{string.Join(",", all.Select(one => $"\"{one.Name}\":{{\"ComparisonOperator\":\"{one.Operator}\",\"AttributeValueList\":[{{\"S\":\"{one.Value}\"}}]}}"))}}}}}}}}""";
        var answer = await wire.Call("Query", Asks(("h", "EQ", "o"), ("i", "EQ", "1"), ("a", "EQ", "T"), ("b", "LT", "live")));
        Assert.Equal("p4", string.Join(",", answer["Items"]!.AsArray().Select(item => (string)item!["pk"]!["S"]!)));
        await wire.Refuses("Query", Asks(("h", "EQ", "o"), ("a", "EQ", "T")), "HASH key attributes i must have equality conditions specified in the query");
    }

    [Fact]
    public async Task Index_entries_follow_every_attribute_of_their_key()
    {
        await using var wire = await WithIndex();
        await wire.Call("UpdateItem", """{"TableName":"tab","Key":{"pk":{"S":"p3"}},"UpdateExpression":"SET c = :c","ExpressionAttributeValues":{":c":{"N":"9"}}}""");
        await wire.Call("UpdateItem", """{"TableName":"tab","Key":{"pk":{"S":"p2"}},"UpdateExpression":"REMOVE b"}""");
        var answer = await wire.Call("Query", Query("h = :h AND i = :i AND a = :a AND b = :b"));
        Assert.Equal("p1,p3", string.Join(",", answer["Items"]!.AsArray().Select(item => (string)item!["pk"]!["S"]!)));
        await wire.Refuses("UpdateItem", """{"TableName":"tab","Key":{"pk":{"S":"p3"}},"UpdateExpression":"SET c = :c","ExpressionAttributeValues":{":c":{"S":"9"}}}""",
            "One or more parameter values were invalid: Type mismatch for Index Key c Expected: N Actual: S IndexName: many");
        await wire.Refuses("UpdateItem", """{"TableName":"tab","Key":{"pk":{"S":"p3"}},"UpdateExpression":"SET b = :b","ExpressionAttributeValues":{":b":{"S":""}}}""",
            "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value.");
    }

    [Fact]
    public async Task What_no_item_could_make_right_for_an_index_is_told_before_the_item_is_read()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.Call("CreateTable", """
            {"TableName":"tab","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"c","AttributeType":"S"}],
             "KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],"GlobalSecondaryIndexes":[{"IndexName":"byc","KeySchema":[{"AttributeName":"c","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]}
            """);
        const string Empty = "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value.",
            Mismatch = "One or more parameter values were invalid: Type mismatch for Index Key c Expected: S Actual: N IndexName: byc";
        string Update(string value, string condition = "") => $$$$$$"""{"TableName":"tab","Key":{"a":{"S":"1"}},"UpdateExpression":"SET c = :c","ExpressionAttributeValues":{":c":{{{{{{value}}}}}}}{{{{{{condition}}}}}}}""";
        string Transaction(string value) => $$$$$$"""{"TransactItems":[{"Update":{{{{{{Update(value)}}}}}}}]}""";
        const string False = ""","ConditionExpression":"attribute_exists(a)" """, Text = """{"S":""}""", Number = """{"N":"1"}""";
        await wire.Refuses("UpdateItem", Update(Text, False), Empty);
        await wire.Refuses("UpdateItem", Update(Number, False), Mismatch);
        await wire.Refuses("TransactWriteItems", Transaction(Text), Empty);
        var cancelled = await wire.Fails("TransactWriteItems", Transaction(Number), "TransactionCanceledException");
        Assert.Equal(Mismatch, (string?)cancelled["CancellationReasons"]![0]!["Message"]);
    }

    [Fact]
    public async Task CreateTable_tells_names_of_global_indexes_before_those_of_local_ones()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        static string Index(string list, string name) => $$$$$$"""{{{{{{list}}}}}}:[{"IndexName":"{{{{{{name}}}}}}","KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"c","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"}}]""";
        static string Short(string name, string list) => $"Value '{name}' at '{list}.1.member.indexName' failed to satisfy constraint: Member must have length greater than or equal to 3";
        const string Table = """{"TableName":"tab","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}""";
        await wire.Refuses("CreateTable", Table + """,{"AttributeName":"b","KeyType":"RANGE"}],""" + Index("\"LocalSecondaryIndexes\"", "aa") + "," + Index("\"GlobalSecondaryIndexes\"", "zz") + "}",
            $"2 validation errors detected: {Short("zz", "globalSecondaryIndexes")}; {Short("aa", "localSecondaryIndexes")}");
        await wire.Refuses("CreateTable", Table.Replace("\"tab\"", "\"ab\"") + "]}",
            "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3");
        await wire.Refuses("CreateTable", Table + """,{"AttributeName":"a","KeyType":"RANGE"}]}""", "Invalid KeySchema: Some index key attribute have no definition");
    }

    [Fact]
    public async Task Writes_measure_the_item_collection_of_a_table_with_local_indexes()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.Call("CreateTable", """
            {"TableName":"local","BillingMode":"PAY_PER_REQUEST",
             "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"b","AttributeType":"N"},{"AttributeName":"c","AttributeType":"S"}],
             "KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"b","KeyType":"RANGE"}],
             "LocalSecondaryIndexes":[{"IndexName":"byc","KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"c","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"}}]}
            """);
        const string Wanted = """{"ItemCollectionKey":{"a":{"S":"1"}},"SizeEstimateRangeGB":[0,1]}""", Ask = "\"ReturnItemCollectionMetrics\":\"SIZE\"";
        foreach (var (operation, body) in ((string, string)[])
                 [
                     ("PutItem", $$$$$$"""{"TableName":"local","Item":{"a":{"S":"1"},"b":{"N":"1"},"c":{"S":"x"}},{{{{{{Ask}}}}}}}"""),
                     ("UpdateItem", $$$$$$"""{"TableName":"local","Key":{"a":{"S":"1"},"b":{"N":"1"}},"UpdateExpression":"SET d = c",{{{{{{Ask}}}}}}}"""),
                     ("DeleteItem", $$$$$$"""{"TableName":"local","Key":{"a":{"S":"1"},"b":{"N":"1"}},{{{{{{Ask}}}}}}}"""),
                 ])
            Assert.Equal(Wanted, (await wire.Call(operation, body))["ItemCollectionMetrics"]!.ToJsonString());
        const string Puts = """[{"PutRequest":{"Item":{"a":{"S":"1"},"b":{"N":"2"}}}},{"PutRequest":{"Item":{"a":{"S":"1"},"b":{"N":"3"}}}}]""";
        var batch = await wire.Call("BatchWriteItem", $$$$$$"""{"RequestItems":{"local":{{{{{{Puts}}}}}},"tab":[{"PutRequest":{"Item":{"a":{"S":"1"}}}}]},{{{{{{Ask}}}}}}}""");
        Assert.Equal($$"""{"local":[{{Wanted}}]}""", batch["ItemCollectionMetrics"]!.ToJsonString());
        var transaction = await wire.Call("TransactWriteItems", $$$$$$"""{"TransactItems":[{"Delete":{"TableName":"local","Key":{"a":{"S":"1"},"b":{"N":"2"}}}}],{{{{{{Ask}}}}}}}""");
        Assert.Equal($$"""{"local":[{{Wanted}}]}""", transaction["ItemCollectionMetrics"]!.ToJsonString());
        Assert.Null((await wire.Call("PutItem", $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"1"}},{{{{{{Ask}}}}}}}"""))["ItemCollectionMetrics"]);
    }

    [Fact]
    public async Task Sets_keep_their_members_in_order()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"1"},"s":{"SS":["b","é","a"]},"n":{"NS":["10","-1","9.5"]},"b":{"BS":["/w==","AA=="]}}}""");
        await wire.Call("UpdateItem", """{"TableName":"tab","Key":{"a":{"S":"1"}},"UpdateExpression":"ADD s :s, n :n, b :b","ExpressionAttributeValues":{":s":{"SS":[""]},":n":{"NS":["2"]},":b":{"BS":[""]}}}""");
        var item = (await wire.Call("GetItem", """{"TableName":"tab","Key":{"a":{"S":"1"}}}"""))["Item"]!;
        Assert.Equal(["", "a", "b", "é"], item["s"]!["SS"]!.AsArray().Select(member => (string)member!));
        Assert.Equal(["-1", "2", "9.5", "10"], item["n"]!["NS"]!.AsArray().Select(member => (string)member!));
        Assert.Equal(["", "AA==", "/w=="], item["b"]!["BS"]!.AsArray().Select(member => (string)member!));
    }

    private static string Query(string condition, string more = "")
    {
        var used = JsonNode.Parse("{" + Values + "}")!["ExpressionAttributeValues"]!.AsObject();
        foreach (var name in used.Select(pair => pair.Key).ToList())
            if (!condition.Contains(name, StringComparison.Ordinal)) used.Remove(name);
        return $$$$$$"""{"TableName":"tab","IndexName":"many","KeyConditionExpression":"{{{{{{condition}}}}}}","ExpressionAttributeValues":{{{{{{used.ToJsonString()}}}}}}{{{{{{more}}}}}}}""";
    }

    /// <summary>An index by two hash and three range attributes; p6 lacks one of them.</summary>
    private static async Task<DynamoDBWire> WithIndex()
    {
        var wire = await DynamoDBWire.StartAsync();
        string Attribute(string name) => $$$$$$"""{"AttributeName":"{{{{{{name}}}}}}","AttributeType":"{{{{{{(name == "c" ? "N" : "S")}}}}}}"}""";
        string Key(string name) => $$$$$$"""{"AttributeName":"{{{{{{name}}}}}}","KeyType":"{{{{{{(name is "h" or "i" ? "HASH" : "RANGE")}}}}}}"}""";
        string[] names = ["h", "i", "a", "b", "c"];
        await wire.Call("CreateTable", $$$$$$"""
            {"TableName":"tab","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{{{{{{Attribute("pk")}}}}}},{{{{{{string.Join(",", names.Select(Attribute))}}}}}}],
             "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],
             "GlobalSecondaryIndexes":[{"IndexName":"many","KeySchema":[{{{{{{string.Join(",", names.Select(Key))}}}}}}],"Projection":{"ProjectionType":"ALL"}}]}
            """);
        foreach (var (pk, a, b, c) in ((string, string, string, string?)[])
                 [("p1", "T", "live", "3"), ("p2", "T", "live", "2"), ("p3", "T", "live", "1"), ("p4", "T", "draft", "7"), ("p5", "F", "live", "2"), ("p6", "T", "live", null)])
            await wire.Call("PutItem", $$$$$$"""{"TableName":"tab","Item":{"pk":{"S":"{{{{{{pk}}}}}}"},"h":{"S":"o"},"i":{"S":"1"},"a":{"S":"{{{{{{a}}}}}}"},"b":{"S":"{{{{{{b}}}}}}"}{{{{{{(c is null ? "" : $",\"c\":{{\"N\":\"{c}\"}}")}}}}}}}}""");
        return wire;
    }
}
