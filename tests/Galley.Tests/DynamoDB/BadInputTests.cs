using System.Net;

namespace Galley.Tests.DynamoDB;

/// <summary>Group J of the negative list, each row by its number, each refusal beside the request that is just not refused.</summary>
public class BadInputTests
{
    private const string One = "1 validation error detected: ", Invalid = "One or more parameter values were invalid: ";

    [Fact]
    public async Task Row_125_condition_false()
    {
        await using var wire = await Start();
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"1"}},"ConditionExpression":"attribute_not_exists(a)"}""");
        foreach (var (operation, rest) in ((string, string)[])[("PutItem", """ "Item":{"a":{"S":"1"},"n":{"N":"1"}} """), ("UpdateItem", """ "Key":{"a":{"S":"1"}},"UpdateExpression":"SET n = a" """), ("DeleteItem", """ "Key":{"a":{"S":"1"}} """)])
            await wire.Refuses(operation, $$$$$$"""{"TableName":"tab",{{{{{{rest}}}}}},"ConditionExpression":"attribute_not_exists(a)"}""", "The conditional request failed", "ConditionalCheckFailedException");
        Assert.Equal("""{"Item":{"a":{"S":"1"}}}""", (await wire.Call("GetItem", """{"TableName":"tab","Key":{"a":{"S":"1"}}}""")).ToJsonString());
    }

    [Fact]
    public async Task Row_126_sizes_of_items_and_keys()
    {
        await using var wire = await Start();
        await wire.Call("CreateTable", """{"TableName":"texts","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"b","AttributeType":"S"}],"KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"b","KeyType":"RANGE"}]}""");
        string Item(int bytes) => $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"1"},"f":{"S":"{{{{{{new string('x', bytes - 3)}}}}}}"}}}""";
        string Keys(int hash, int range) => $$$$$$"""{"TableName":"texts","Item":{"a":{"S":"{{{{{{new string('h', hash)}}}}}}"},"b":{"S":"{{{{{{new string('r', range)}}}}}}"}}}""";
        await wire.Call("PutItem", Item(409_600));
        await wire.Refuses("PutItem", Item(409_601), "Item size has exceeded the maximum allowed size");
        await wire.Refuses("PutItem", Item(409_601).Replace("\"tab\"", "\"absent\"", StringComparison.Ordinal), "Item size has exceeded the maximum allowed size"); // before the table is looked for
        await wire.Refuses("BatchWriteItem", Item(409_601).Replace("{\"TableName\":\"tab\",", "{\"RequestItems\":{\"absent\":[{\"PutRequest\":{", StringComparison.Ordinal) + "}]}}", "Item size has exceeded the maximum allowed size");
        await wire.Call("PutItem", Keys(2048, 1024));
        await wire.Refuses("PutItem", Keys(2049, 1), Invalid + "Size of hashkey has exceeded the maximum size limit of2048 bytes");
        await wire.Refuses("PutItem", Keys(1, 1025), Invalid + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
    }

    [Fact]
    public async Task Row_127_numbers()
    {
        await using var wire = await Start();
        string Item(string number) => $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"1"},"n":{"N":"{{{{{{number}}}}}}"}}}""";
        foreach (var right in (string[])["12345678901234567890123456789012345678", "9.9999999999999999999999999999999999999E125", "1E-130", "-9.9E125"]) await wire.Call("PutItem", Item(right));
        await wire.Refuses("PutItem", Item("123456789012345678901234567890123456789"), One + "Attempting to store more than 38 significant digits in a Number");
        await wire.Refuses("PutItem", Item("1E126"), One + "Number overflow. Attempting to store a number with magnitude larger than supported range");
        await wire.Refuses("PutItem", Item("1E-131"), One + "Number underflow. Attempting to store a number with magnitude smaller than supported range");
        await wire.Refuses("PutItem", Item("b"), One + "The parameter cannot be converted to a numeric value: b");
    }

    [Fact]
    public async Task Row_128_attribute_values()
    {
        await using var wire = await Start();
        string Item(string value) => $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"1"},"v":{{{{{{value}}}}}}}}""";
        foreach (var right in (string[])["""{"S":""}""", """{"NS":["1","2"]}""", """{"SS":["a","A"]}""", """{"L":[]}""", """{"M":{}}""", """{"B":""}"""]) await wire.Call("PutItem", Item(right));
        await wire.Refuses("PutItem", Item("""{"S":"a","N":"1"}"""), One + "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes");
        await wire.Refuses("PutItem", Item("{}"), One + "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
        await wire.Refuses("PutItem", Item("""{"NS":[]}"""), One + Invalid + "An number set  may not be empty");
        await wire.Refuses("PutItem", Item("""{"SS":["a","a"]}"""), One + Invalid + "Input collection [\"a\", \"a\"] contains duplicates.");
        await wire.Refuses("BatchWriteItem", """{"RequestItems":{"tab":[{"PutRequest":{"Item":{"a":{"S":"1"},"v":{"SS":["a","a"]}}}}]}}""", Invalid + "Input collection [a, a] contains duplicates.");
    }

    [Fact]
    public async Task Row_129_keys_of_items()
    {
        await using var wire = await Start();
        string Item(string rest) => $$$$$$"""{"TableName":"tab","Item":{ {{{{{{rest}}}}}} }}""";
        await wire.Call("PutItem", Item(""" "a":{"S":"x"},"n":{"N":"1"} """));
        await wire.Refuses("PutItem", Item(""" "n":{"N":"1"} """), Invalid + "Missing the key a in the item");
        await wire.Refuses("PutItem", Item(""" "a":{"N":"1"} """), Invalid + "Type mismatch for key a expected: S actual: N");
        await wire.Refuses("PutItem", Item(""" "a":{"S":""} """), "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: a");
        await wire.Refuses("GetItem", """{"TableName":"tab","Key":{"a":{"S":"x"},"b":{"S":"y"}}}""", "The provided key element does not match the schema");
    }

    [Fact]
    public async Task Row_130_nesting()
    {
        await using var wire = await Start();
        // The item itself is no level: 32 lists are taken.
        string Item(int levels) => $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"1"},"d":{{{{{{string.Concat(Enumerable.Repeat("{\"L\":[", levels))}}}}}}{{{{{{string.Concat(Enumerable.Repeat("]}", levels))}}}}}}}}""";
        await wire.Call("PutItem", Item(32));
        await wire.Refuses("PutItem", Item(33), One + "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit");
    }

    [Fact]
    public async Task Row_131_update_expressions()
    {
        await using var wire = await Start();
        string Update(string expression, string more = "") => $$$$$$"""{"TableName":"tab","Key":{"a":{"S":"1"}},"UpdateExpression":"{{{{{{expression}}}}}}","ExpressionAttributeValues":{":v":{"S":"x"}}{{{{{{more}}}}}}}""";
        await wire.Call("UpdateItem", Update("SET b = :v, #a = :v", ""","ExpressionAttributeNames":{"#a":"c"}"""));
        await wire.Refuses("UpdateItem", Update("SET a = :v"), Invalid + "Cannot update attribute a. This attribute is part of the key");
        await wire.Refuses("UpdateItem", Update("SET b = :v, b.c = :v"), One + "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [b], path two: [b, c]");
        await wire.Refuses("UpdateItem", Update("SET #a = :v"), One + "Invalid UpdateExpression: An expression attribute name used in the document path is not defined; attribute name: #a");
        await wire.Call("UpdateItem", Update("SET b = :v" + new string(' ', 4086)));
        await wire.Refuses("UpdateItem", Update("SET b = :v" + new string(' ', 4087)), One + "Invalid UpdateExpression: Expression size has exceeded the maximum allowed size;");
    }

    [Fact]
    public async Task Row_132_transactions()
    {
        await using var wire = await Start();
        string Put(int i, string fill = "") => $$$$$$"""{"Put":{"TableName":"tab","Item":{"a":{"S":"{{{{{{i}}}}}}"},"f":{"S":"{{{{{{fill}}}}}}"}}}}""";
        string Many(int count, int size = 0) => $$$$$$"""{"TransactItems":[{{{{{{string.Join(",", Enumerable.Range(0, count).Select(i => Put(i, new string('x', size))))}}}}}}]}""";
        const string False = """{"ConditionCheck":{"TableName":"tab","Key":{"a":{"S":"z"}},"ConditionExpression":"attribute_exists(a)"}}""";
        await wire.Refuses("TransactWriteItems", $$$$$$"""{"TransactItems":[{{{{{{Put(1)}}}}}},{{{{{{Put(1)}}}}}}]}""", "Transaction request cannot include multiple operations on one item");
        await wire.Fails("TransactWriteItems", Many(101), "ValidationException");
        await wire.Fails("TransactWriteItems", Many(11, 400_000), "ValidationException");
        await wire.Refuses("TransactWriteItems", $$$$$$"""{"TransactItems":[{{{{{{Put(1)}}}}}},{{{{{{False}}}}}},{{{{{{Put(2)}}}}}}]}""",
            "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, None]", "TransactionCanceledException");
        Assert.Equal(0, (int)(await wire.Call("Scan", """{"TableName":"tab","Select":"COUNT"}"""))["Count"]!);
        await wire.Call("TransactWriteItems", Many(100));
        await wire.Call("TransactWriteItems", Many(10, 400_000));
        Assert.Equal(400_000, ((string)(await wire.Call("GetItem", """{"TableName":"tab","Key":{"a":{"S":"9"}}}"""))["Item"]!["f"]!["S"]!).Length);
    }

    [Fact]
    public async Task Row_133_a_client_request_token_again()
    {
        await using var wire = await Start();
        string Add(int n) => $$$$$$"""{"ClientRequestToken":"token","TransactItems":[{"Update":{"TableName":"tab","Key":{"a":{"S":"1"}},"UpdateExpression":"ADD n :n","ExpressionAttributeValues":{":n":{"N":"{{{{{{n}}}}}}"}}}}]}""";
        await wire.Call("TransactWriteItems", Add(1));
        await wire.Call("TransactWriteItems", Add(1));
        await wire.Fails("TransactWriteItems", Add(2), "IdempotentParameterMismatchException");
        Assert.Equal("1", (string)(await wire.Call("GetItem", """{"TableName":"tab","Key":{"a":{"S":"1"}}}"""))["Item"]!["n"]!["N"]!);
    }

    [Fact]
    public async Task Row_134_requests_that_are_none()
    {
        await using var wire = await Start();
        await wire.Call("GetItem", """{"TableName":"tab","Key":{"a":{"S":"1"}}}""");
        await wire.Refuses("GetItem", """{"TableName":"none","Key":{"a":{"S":"1"}}}""", "Requested resource not found", "ResourceNotFoundException");
        foreach (var json in (string[])["{", "[]", "x", """{"TableName":7}"""]) await wire.Fails("GetItem", json, "SerializationException");
        await wire.Fails("GetThing", "{}", "UnknownOperationException");
        string Puts(int count) => string.Join(",", Enumerable.Range(0, count).Select(i => $$$$$$"""{"PutRequest":{"Item":{"a":{"S":"{{{{{{i}}}}}}"}}}}"""));
        string Batch(int count, string first = "") => $$$$$$"""{"RequestItems":{"tab":[{{{{{{first}}}}}}{{{{{{Puts(count)}}}}}}]}}""";
        await wire.Call("BatchWriteItem", Batch(2));
        await wire.Refuses("BatchWriteItem", Batch(2, """{"DeleteRequest":{"Key":{"a":{"S":"1"}}}},"""), "Provided list of item keys contains duplicates");
        var body = """{"TableName":"tab","Key":{"a":{"S":"1"}}}""";
        using var large = await wire.Send("GetItem", body + new string(' ', (16 << 20) - body.Length));
        Assert.Equal(HttpStatusCode.OK, large.StatusCode);
        using var tooLarge = await wire.Send("GetItem", body + new string(' ', (16 << 20) + 1 - body.Length));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLarge.StatusCode);
    }

    private static async Task<DynamoDBWire> Start()
    {
        var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        return wire;
    }
}
