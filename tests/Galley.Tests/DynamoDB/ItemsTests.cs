using Amazon.DynamoDBv2.Model;

namespace Galley.Tests.DynamoDB;

/// <summary>Single items: values, keys, sizes, conditions, and the texts with which AWS refuses them (security group J).</summary>
public class ItemsTests
{
    [Fact]
    public async Task GetItem_gives_back_what_PutItem_put_in_every_type()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        using var sdk = wire.Sdk();
        var item = new Dictionary<string, AttributeValue>
        {
            ["a"] = new("kéy ✓ 🍕"),
            ["n"] = new() { N = "-1.50e3" },
            ["b"] = new() { B = new MemoryStream([0, 1, 255]) },
            ["t"] = new() { BOOL = true },
            ["z"] = new() { NULL = true },
            ["l"] = new() { L = [new("x"), new() { N = "1" }] },
            ["m"] = new() { M = new() { ["deep"] = new() { L = [new() { M = new() { ["x"] = new("y") } }] } } },
            ["ss"] = new() { SS = ["p", "q"] },
            ["ns"] = new() { NS = ["1.0", "2"] },
            ["bs"] = new() { BS = [new MemoryStream([7])] },
        };
        await sdk.PutItemAsync("tab", item);
        var got = (await sdk.GetItemAsync("tab", new() { ["a"] = item["a"] })).Item;
        Assert.Equal(10, got.Count);
        Assert.Equal("-1500", got["n"].N);
        Assert.Equal([0, 1, 255], got["b"].B.ToArray());
        Assert.Equal("y", got["m"].M["deep"].L[0].M["x"].S);
        Assert.Equal(["1", "2"], got["ns"].NS);
        Assert.True(got["t"].BOOL);
        Assert.Equal(["p", "q"], got["ss"].SS);
        Assert.Null((await sdk.GetItemAsync("tab", new() { ["a"] = new("other") })).Item);
    }

    [Theory]
    [InlineData("""{"a":{"N":"1"}}""", "One or more parameter values were invalid: Type mismatch for key a expected: S actual: N")]
    [InlineData("""{"x":{"S":"1"}}""", "One or more parameter values were invalid: Missing the key a in the item")]
    [InlineData("""{"a":{"S":""}}""", "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: a")]
    [InlineData("""{"a":{"S":"1","N":"1"}}""", "1 validation error detected: Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")]
    [InlineData("""{"a":{}}""", "1 validation error detected: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")]
    [InlineData("""{"a":{"S":"1"},"n":{"NS":[]}}""", "1 validation error detected: One or more parameter values were invalid: An number set  may not be empty")]
    [InlineData("""{"a":{"S":"1"},"n":{"SS":[]}}""", "1 validation error detected: One or more parameter values were invalid: An string set  may not be empty")]
    [InlineData("""{"a":{"S":"1"},"n":{"SS":["a","a"]}}""", "1 validation error detected: One or more parameter values were invalid: Input collection [\"a\", \"a\"] contains duplicates.")]
    [InlineData("""{"a":{"S":"1"},"n":{"NS":["1","1.0"]}}""", "1 validation error detected: One or more parameter values were invalid: Input collection contains duplicates.")]
    [InlineData("""{"a":{"S":"1"},"n":{"NULL":false}}""", "1 validation error detected: One or more parameter values were invalid: Null attribute value types must have the value of true")]
    [InlineData("""{"a":{"S":"1"},"n":{"N":"123456789012345678901234567890123456789"}}""", "1 validation error detected: Attempting to store more than 38 significant digits in a Number")]
    [InlineData("""{"a":{"S":"1"},"n":{"N":"1E126"}}""", "1 validation error detected: Number overflow. Attempting to store a number with magnitude larger than supported range")]
    [InlineData("""{"a":{"S":"1"},"n":{"N":"1E-131"}}""", "1 validation error detected: Number underflow. Attempting to store a number with magnitude smaller than supported range")]
    [InlineData("""{"a":{"S":"1"},"n":{"N":"b"}}""", "1 validation error detected: The parameter cannot be converted to a numeric value: b")]
    [InlineData("""{"a":{"S":"1"},"n":{"N":""}}""", "1 validation error detected: The parameter cannot be converted to a numeric value: ")]
    public async Task PutItem_refuses_bad_items_in_AWS_words(string item, string message)
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.Refuses("PutItem", $$$$$$"""{"TableName":"tab","Item":{{{{{{item}}}}}}}""", message);
    }

    [Fact]
    public async Task Items_and_keys_have_their_largest_sizes()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.MakeTable("ranged", range: true);
        string Item(string key, int filler) => $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"{{{{{{key}}}}}}"},"f":{"S":"{{{{{{new string('x', filler)}}}}}}"}}}""";
        await wire.Call("PutItem", Item("k", 409_600 - 3));
        await wire.Refuses("PutItem", Item("k", 409_600 - 2), "Item size has exceeded the maximum allowed size");
        await wire.Call("PutItem", Item(new string('k', 2048), 1));
        await wire.Refuses("PutItem", Item(new string('k', 2049), 1),
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes");
        string Nested(int levels) => $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"deep"},"m":{{{{{{string.Concat(Enumerable.Repeat("{\"L\":[", levels))}}}}}}{"S":"x"}{{{{{{string.Concat(Enumerable.Repeat("]}", levels))}}}}}}}}""";
        await wire.Call("PutItem", Nested(31));
        await wire.Fails("PutItem", Nested(32), "ValidationException");
    }

    [Fact]
    public async Task Keys_must_match_the_schema_and_tables_must_exist()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable(range: true);
        foreach (var key in (string[])["""{"a":{"S":"1"}}""", """{"a":{"S":"1"},"b":{"S":"1"}}""", """{"a":{"S":"1"},"b":{"N":"1"},"c":{"N":"1"}}"""])
            await wire.Refuses("GetItem", $$$$$$"""{"TableName":"tab","Key":{{{{{{key}}}}}}}""", "The provided key element does not match the schema");
        await wire.Refuses("GetItem", """{"TableName":"none","Key":{"a":{"S":"1"}}}""", "Requested resource not found", "ResourceNotFoundException");
        await wire.Refuses("DescribeTable", """{"TableName":"none"}""", "Requested resource not found: Table: none not found", "ResourceNotFoundException");
        await wire.Refuses("GetItem", """{"Key":{"a":{"S":"1"}}}""", "The parameter 'TableName' is required but was not present in the request");
        await wire.Refuses("GetItem", """{"TableName":"a;b","Key":{}}""",
            "1 validation error detected: Value 'a;b' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
        await wire.Refuses("GetItem", """{"TableName":"tab","Key":{},"ReturnConsumedCapacity":"hi"}""",
            "1 validation error detected: Value 'hi' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]");

    }

    [Fact]
    public async Task Conditions_hold_or_fail_and_show_the_item_when_asked()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        const string Put = """{"TableName":"tab","Item":{"a":{"S":"1"},"v":{"N":"1"}},"ConditionExpression":"attribute_not_exists(a)"}""";
        Assert.Empty(await wire.Call("PutItem", Put));
        await wire.Refuses("PutItem", Put, "The conditional request failed", "ConditionalCheckFailedException");
        var shown = await wire.Fails("DeleteItem", """
            {"TableName":"tab","Key":{"a":{"S":"1"}},"ConditionExpression":"v > :v","ExpressionAttributeValues":{":v":{"N":"1"}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}
            """, "ConditionalCheckFailedException");
        Assert.Equal("""{"a":{"S":"1"},"v":{"N":"1"}}""", shown["Item"]!.ToJsonString());
        Assert.Equal(("The conditional request failed", null), ((string?)shown["Message"], shown["message"])); // as AWS writes it beside an item
        var deleted = await wire.Call("DeleteItem", """{"TableName":"tab","Key":{"a":{"S":"1"}},"ReturnValues":"ALL_OLD"}""");
        Assert.Equal("1", (string)deleted["Attributes"]!["v"]!["N"]!);
        Assert.Empty(await wire.Call("DeleteItem", """{"TableName":"tab","Key":{"a":{"S":"1"}},"ReturnValues":"ALL_OLD"}"""));
    }

    [Fact]
    public async Task Malformed_requests_get_the_framework_errors()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        Assert.EndsWith("service#SerializationException", (string?)(await wire.Fails("GetItem", "{\"TableName\":", "SerializationException"))["__type"]);
        await wire.Refuses("PutItem", """{"TableName":"tab","Item":{"a":{"N":1}}}""", "NUMBER_VALUE cannot be converted to String", "SerializationException");
        await wire.Fails("PutItem", """{"TableName":"tab","Item":{"a":{"S":"\ud800"}}}""", "SerializationException");
        await wire.Fails("NoSuchThing", "{}", "UnknownOperationException");
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, wire.Server.Endpoint) { Headers = { Host = "dynamodb.eu-west-2.amazonaws.com" } };
        using var health = await http.SendAsync(request);
        Assert.Equal("healthy: dynamodb.eu-west-2.amazonaws.com ", await health.Content.ReadAsStringAsync());
        using var wrongType = await wire.Send("ListTables", "{}", "text/plain");
        Assert.Equal((404, "<UnknownOperationException/>\n"), ((int)wrongType.StatusCode, await wrongType.Content.ReadAsStringAsync()));
        using var older = new HttpRequestMessage(HttpMethod.Post, wire.Server.Endpoint) { Content = new StringContent("{}"), Headers = { Host = "dynamodb.eu-west-2.amazonaws.com" } };
        older.Content.Headers.ContentType = new("application/x-amz-json-1.0");
        older.Headers.Add("X-Amz-Target", "DynamoDB_20111205.ListTables");
        using var unknown = await http.SendAsync(older);
        Assert.Equal("{\"__type\":\"com.amazon.coral.service#UnknownOperationException\"}", await unknown.Content.ReadAsStringAsync());
        using var tables = await wire.Send("ListTables", "{}");
        Assert.Equal(52, tables.Headers.GetValues("x-amzn-RequestId").Single().Length);
        Assert.Equal("{\"TableNames\":[\"tab\"]}", await tables.Content.ReadAsStringAsync());
    }

    /// <summary>UpdateItem measures what the expression writes beside the finished item; the other writes do not.</summary>
    [Theory]
    [InlineData("", "", 0)]
    [InlineData(", c = :c", """,":c":{"S":"y"}""", 21)]
    [InlineData(", c = e", "", 36)]
    [InlineData(", c = if_not_exists(c, :c)", """,":c":{"S":"y"}""", 76)]
    [InlineData(", n = n + :c", """,":c":{"N":"1"}""", 72)]
    [InlineData(" REMOVE m.x[10]", "", 13)]
    [InlineData(" ADD t :c", """,":c":{"SS":["yy"]}""", 22)]
    public async Task UpdateItem_charges_for_its_clauses(string clause, string values, int charge)
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"1"},"e":{"S":"e"},"n":{"N":"1"},"m":{"M":{"x":{"L":[]}}}}}""");
        var longest = 409_600 - 3 - 20 - charge;
        string Update(int length) => $$$$$$"""{"TableName":"tab","Key":{"a":{"S":"1"}},"UpdateExpression":"SET b = :b{{{{{{clause}}}}}}","ExpressionAttributeValues":{":b":{"S":"{{{{{{new string('x', length)}}}}}}"}{{{{{{values}}}}}}}}""";
        await wire.Refuses("UpdateItem", Update(longest + 1), "Item size to update has exceeded the maximum allowed size");
        await wire.Call("UpdateItem", Update(longest));
    }
}
