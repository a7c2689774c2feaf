using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.DynamoDB;

/// <summary>Transactions: all or nothing, reasons in order, tokens; and batches.</summary>
public class TransactionsTests
{
    private const string Put = """{"Put":{"TableName":"tab","Item":{"a":{"S":"new"}}}}""";
    private const string Failing = """{"Update":{"TableName":"tab","Key":{"a":{"S":"old"}},"UpdateExpression":"SET n = :2","ConditionExpression":"n = :2","ExpressionAttributeValues":{":2":{"N":"2"}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}}""";

    [Fact]
    public async Task One_failed_condition_cancels_everything_and_the_reasons_stand_in_order()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"old"},"n":{"N":"1"}}}""");
        var error = await wire.Fails("TransactWriteItems", $$$$$$"""{"TransactItems":[{{{{{{Put}}}}}},{{{{{{Failing}}}}}}]}""", "TransactionCanceledException");
        Assert.Equal("Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]", (string)error["Message"]!);
        Assert.Equal("""[{"Code":"None"},{"Item":{"a":{"S":"old"},"n":{"N":"1"}},"Code":"ConditionalCheckFailed","Message":"The conditional request failed"}]""",
            error["CancellationReasons"]!.ToJsonString());
        Assert.Equal(1, (int)(await wire.Call("Scan", """{"TableName":"tab"}"""))["Count"]!);

        await wire.Call("TransactWriteItems", $$$$$$"""
            {"TransactItems":[{{{{{{Put}}}}}},{{{{{{Failing.Replace("n = :2\",\"Expr", "n < :2\",\"Expr", StringComparison.Ordinal)}}}}}},{"ConditionCheck":{"TableName":"tab","Key":{"a":{"S":"gone"}},"ConditionExpression":"attribute_not_exists(a)"} }]}
            """);
        var got = await wire.Call("TransactGetItems", """{"TransactItems":[{"Get":{"TableName":"tab","Key":{"a":{"S":"old"}}}},{"Get":{"TableName":"tab","Key":{"a":{"S":"gone"}}}}]}""");
        Assert.Equal("""[{"Item":{"a":{"S":"old"},"n":{"N":"2"}}},{}]""", got["Responses"]!.ToJsonString());
    }

    [Fact]
    public async Task Wrong_transactions_are_refused_before_anything_is_written()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.Refuses("TransactWriteItems", $$$$$$"""{"TransactItems":[{{{{{{Put}}}}}},{{{{{{Put}}}}}}]}""", "Transaction request cannot include multiple operations on one item");
        var many = string.Join(",", Enumerable.Range(0, 101).Select(i => $$$$$$"""{"Delete":{"TableName":"tab","Key":{"a":{"S":"{{{{{{i}}}}}}"} } } }"""));
        await wire.Fails("TransactWriteItems", $$$$$$"""{"TransactItems":[{{{{{{many}}}}}}]}""", "ValidationException");
        var large = string.Join(",", Enumerable.Range(0, 11).Select(i => $$$$$$"""{"Put":{"TableName":"tab","Item":{"a":{"S":"{{{{{{i}}}}}}"},"f":{"S":"{{{{{{new string('x', 400_000)}}}}}}"} } } }"""));
        await wire.Fails("TransactWriteItems", $$$$$$"""{"TransactItems":[{{{{{{large}}}}}}]}""", "ValidationException");
        var wrongKey = await wire.Fails("TransactWriteItems", $$$$$$"""{"TransactItems":[{{{{{{Put}}}}}},{"Delete":{"TableName":"tab","Key":{"a":{"N":"1"} } } }]}""", "TransactionCanceledException");
        Assert.Equal(["None", "ValidationError"], wrongKey["CancellationReasons"]!.AsArray().Select(reason => (string)reason!["Code"]!));
        Assert.Equal(0, (int)(await wire.Call("Scan", """{"TableName":"tab"}"""))["Count"]!);
    }

    [Fact]
    public async Task A_client_token_makes_a_transaction_happen_once_for_ten_minutes()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var wire = await DynamoDBWire.StartAsync(time);
        await wire.MakeTable();
        string Add(string amount) => $$$$$$"""
            {"ClientRequestToken":"t1","TransactItems":[{"Update":{"TableName":"tab","Key":{"a":{"S":"1"}},"UpdateExpression":"ADD n :n","ExpressionAttributeValues":{":n":{"N":"{{{{{{amount}}}}}}"} } } }]}
            """;
        await wire.Call("TransactWriteItems", Add("1"));
        await wire.Call("TransactWriteItems", Add("1"));
        Assert.Equal("1", await N());
        await wire.Fails("TransactWriteItems", Add("2"), "IdempotentParameterMismatchException");
        time.Advance(TimeSpan.FromMinutes(11));
        await wire.Call("TransactWriteItems", Add("2"));
        Assert.Equal("3", await N());

        async Task<string> N() => (string)(await wire.Call("GetItem", """{"TableName":"tab","Key":{"a":{"S":"1"}}}"""))["Item"]!["n"]!["N"]!;
    }

    [Fact]
    public async Task A_token_that_ended_and_came_again_is_not_swept_away_with_its_old_end()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var wire = await DynamoDBWire.StartAsync(time);
        await wire.MakeTable();
        for (var token = 'a'; token <= 'm'; token++) await Add(token); // more than one look takes away
        time.Advance(TimeSpan.FromMinutes(11));
        await Add('m');
        for (var token = 'n'; token <= 'p'; token++)
        {
            time.Advance(TimeSpan.FromSeconds(2));
            await Add(token);
        }

        Assert.Equal("17", await N());
        await Add('m');
        Assert.Equal("17", await N());

        Task Add(char token) => wire.Call("TransactWriteItems", $$$$$$"""
            {"ClientRequestToken":"{{{{{{token}}}}}}","TransactItems":[{"Update":{"TableName":"tab","Key":{"a":{"S":"1"}},"UpdateExpression":"ADD n :n","ExpressionAttributeValues":{":n":{"N":"1"} } } }]}
            """);
        async Task<string> N() => (string)(await wire.Call("GetItem", """{"TableName":"tab","Key":{"a":{"S":"1"}}}"""))["Item"]!["n"]!["N"]!;
    }

    [Fact]
    public async Task Batches_write_and_read_many_and_refuse_doubles()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        string Puts(int count) => string.Join(",", Enumerable.Range(0, count).Select(i => $$$$$$"""{"PutRequest":{"Item":{"a":{"S":"{{{{{{i}}}}}}"} } } }"""));
        var written = await wire.Call("BatchWriteItem", $$$$$$"""{"RequestItems":{"tab":[{{{{{{Puts(25)}}}}}}]},"ReturnConsumedCapacity":"TOTAL"}""");
        Assert.Equal("""{"UnprocessedItems":{},"ConsumedCapacity":[{"TableName":"tab","CapacityUnits":25}]}""", written.ToJsonString());
        await wire.Fails("BatchWriteItem", $$$$$$"""{"RequestItems":{"tab":[{{{{{{Puts(26)}}}}}}]} }""", "ValidationException");
        foreach (var (operation, body) in ((string, string)[])[("BatchWriteItem", """{"RequestItems":{"tab":[null]}}"""), ("BatchWriteItem", """{"RequestItems":{"tab":null}}"""),
                     ("BatchGetItem", """{"RequestItems":{"tab":null}}"""), ("BatchGetItem", """{"RequestItems":{"tab":{"Keys":[null]}}}"""), ("TransactWriteItems", """{"TransactItems":[null]}"""), ("TransactGetItems", """{"TransactItems":[null]}""")])
        {
            using var refused = await wire.Send(operation, body);
            Assert.True((int)refused.StatusCode == 400, $"{operation} {body}: {(int)refused.StatusCode}");
        }

        await wire.Refuses("BatchWriteItem", $$$$$$"""{"RequestItems":{"tab":[{{{{{{Puts(1)}}}}}},{{{{{{Puts(1)}}}}}}]} }""", "Provided list of item keys contains duplicates");
        var read = await wire.Call("BatchGetItem", """{"RequestItems":{"tab":{"Keys":[{"a":{"S":"3"}},{"a":{"S":"none"}}]}}}""");
        Assert.Equal("""{"Responses":{"tab":[{"a":{"S":"3"}}]},"UnprocessedKeys":{}}""", read.ToJsonString());
        await wire.Refuses("BatchGetItem", """{"RequestItems":{"none":{"Keys":[{"a":{"S":"3"}}]}}}""", "Requested resource not found", "ResourceNotFoundException");
    }

    /// <summary>The bytes are those at which AWS was seen to stop; what it leaves costs a unit.</summary>
    [Theory]
    [InlineData(229_354, 4, 357)]
    [InlineData(229_355, 3, 301)]
    public async Task A_batch_gives_a_megabyte_and_an_item_of_one_partition(int last, int given, int units)
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable(range: true);
        var sizes = new[] { 409_597, 409_597, 409_597, last + 27 };
        for (var i = 0; i < 4; i++) await Put("p", i, sizes[i]);
        await Put("q", 0, 409_600);
        var read = await wire.Call("BatchGetItem", """
            {"RequestItems":{"tab":{"ConsistentRead":true,"ProjectionExpression":"a,b","Keys":[{"a":{"S":"p"},"b":{"N":"0"}},{"a":{"S":"p"},"b":{"N":"1"}},{"a":{"S":"p"},"b":{"N":"2"}},{"a":{"S":"p"},"b":{"N":"3"}}]}},"ReturnConsumedCapacity":"TOTAL"}
            """);
        Assert.Equal(given, read["Responses"]!["tab"]!.AsArray().Count);
        Assert.Equal(units, (double)read["ConsumedCapacity"]![0]!["CapacityUnits"]!);
        Assert.Equal(given == 4 ? "{}" : """{"tab":{"Keys":[{"a":{"S":"p"},"b":{"N":"3"}}],"ConsistentRead":true,"ProjectionExpression":"a,b"}}""", read["UnprocessedKeys"]!.ToJsonString());
        read = await wire.Call("BatchGetItem", """
            {"RequestItems":{"tab":{"Keys":[{"a":{"S":"p"},"b":{"N":"0"}},{"a":{"S":"p"},"b":{"N":"1"}},{"a":{"S":"p"},"b":{"N":"2"}},{"a":{"S":"q"},"b":{"N":"0"}}]}}}
            """);
        Assert.Equal("{}", read["UnprocessedKeys"]!.ToJsonString());

        Task Put(string a, int b, int size) => wire.Call("PutItem",
            $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"{{{{{{a}}}}}}"},"b":{"N":"{{{{{{b}}}}}}"},"f":{"S":"{{{{{{new string('x', size - 4 - (b == 0 ? 1 : 2))}}}}}}"} } }""");
    }

    [Fact]
    public async Task Reads_stop_at_their_limits()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        for (var i = 0; i < 42; i++)
            await wire.Call("PutItem", $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"{{{{{{i}}}}}}"},"f":{"S":"{{{{{{new string('x', 400_000)}}}}}}"} } }""");
        var keys = string.Join(",", Enumerable.Range(0, 42).Select(i => $$$$$$"""{"a":{"S":"{{{{{{i}}}}}}"}}"""));
        var read = await wire.Call("BatchGetItem", $$$$$$"""{"RequestItems":{"tab":{"Keys":[{{{{{{keys}}}}}}]}}}""");
        Assert.Equal(41, read["Responses"]!["tab"]!.AsArray().Count);
        Assert.Equal("""{"tab":{"Keys":[{"a":{"S":"41"}}]}}""", read["UnprocessedKeys"]!.ToJsonString());
        string Gets(int count) => string.Join(",", Enumerable.Range(0, count).Select(i => $$$$$$"""{"Get":{"TableName":"tab","Key":{"a":{"S":"{{{{{{i}}}}}}"} } } }"""));
        await wire.Call("TransactGetItems", $$$$$$"""{"TransactItems":[{{{{{{Gets(10)}}}}}}]}""");
        await wire.Refuses("TransactGetItems", $$$$$$"""{"TransactItems":[{{{{{{Gets(11)}}}}}}]}""", "Transaction payload size cannot exceed 4 MB");
        var selects = string.Join(",", Enumerable.Range(0, 11).Select(i => $$$$$$"""{"Statement":"SELECT * FROM tab WHERE a = '{{{{{{i}}}}}}'"}"""));
        await wire.Refuses("ExecuteTransaction", $$$$$$"""{"TransactStatements":[{{{{{{selects}}}}}}]}""", "Transaction payload size cannot exceed 4 MB");
    }
}
