namespace Galley.Tests.DynamoDB;

/// <summary>What PartiQL's grammar takes and refuses at its edges, in the words of October 2026.</summary>
public class PartiQLGrammarTests
{
    private const string Malformed = "Statement wasn't well formed, can't be processed: ", Leftover = Malformed + "Unexpected token after expression";

    [Theory]
    [InlineData("SELECT * FROM tab WHERE pk = 'p' foo", Leftover)]
    [InlineData("SELECT * FROM tab ORDER BY sk WHERE pk = 'p'", Leftover)]
    [InlineData("SELECT * FROM tab ORDER BY sk", "Must have WHERE clause in the statement when using ORDER BY clause.")]
    [InlineData("INSERT INTO tab t VALUE {'pk':'p','sk':'1'}", Leftover)]
    [InlineData("SELECT * FROM tab t WHERE pk = 'p'", "Aliasing is not supported")]
    [InlineData("SELECT * FROM tab AS t WHERE pk = 'p'", "Aliasing is not supported")]
    [InlineData("UPDATE tab t SET a = 1 WHERE pk = 'p' AND sk = '1'", "Aliasing is not supported")]
    [InlineData("DELETE FROM tab \"t\" WHERE pk = 'p' AND sk = '1'", "Aliasing is not supported")]
    [InlineData("SELECT * FROM tab WHERE pk = 'p' # note", Malformed)]
    [InlineData("SELECT * FROM tab WHERE n = 1e2147483648", Malformed)]
    [InlineData("SELECT * FROM tab WHERE n = 0.5e-2147483647", Malformed)]
    [InlineData("SELECT * FROM tab WHERE n = 1e126", "Number overflow. Attempting to store a number with magnitude larger than supported range under root")]
    [InlineData("INSERT INTO tab VALUE {'pk':'p','sk':'1','m':{'x':[0,1e-131]}}", "Number underflow. Attempting to store a number with magnitude smaller than supported range under root.x[1]")]
    [InlineData("SELECT COUNT(*) FROM tab WHERE pk = 'p'", "Unexpected path component at 1:8:5")]
    [InlineData("SELECT * FROM tab WHERE exists(pk)", "Unrecognized function: exists at 1:25:6")]
    [InlineData("SELECT * FROM tab WHERE m.inner = 1", Malformed + "Invalid path dot component")]
    [InlineData("UPDATE tab SET s = set_add(s) WHERE pk = 'p' AND sk = '1'", "SET_ADD must have exactly two arguments at 1:20:7")]
    [InlineData("INSERT INTO tab VALUE {'pk':'p','sk':'1','s':size(1)}", "Unsupported data type: size under key root at 1:46:4")]
    [InlineData("FROM tab SET a = 1", "Where clause does not contain a mandatory equality on all key attributes")]
    public async Task Statements_are_refused_in_the_words_of_the_parser(string statement, string message)
    {
        await using var sql = await Sql.StartAsync();
        await sql.Refuses(statement, message);
    }

    [Fact]
    public async Task An_update_may_begin_with_its_table()
    {
        await using var sql = await Sql.StartAsync(filled: true);
        Assert.Equal("""[{"n":{"N":"8"},"pk":{"S":"p"},"sk":{"S":"1"}}]""", (await sql.Run("from tab where pk = 'p' AND sk = '1' set n = 8 remove c, g, odd, m, ss returning all new *"))["Items"]![0] is { } item
            ? "[" + new System.Text.Json.Nodes.JsonObject(item.AsObject().OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))).ToJsonString() + "]" : "");
        await sql.Refuses("FROM tab WHERE pk = ? AND sk = ? AND n = ? SET n = ?", "The conditional request failed", """[{"S":"p"},{"S":"1"},{"N":"9"},{"N":"1"}]""", "ConditionalCheckFailedException");
        await sql.Refuses("FROM tab WHERE pk = 'gone' AND sk = '1' SET n = 1", "The conditional request failed", code: "ConditionalCheckFailedException");
        await sql.Wire.Call("ExecuteTransaction", """{"TransactStatements":[{"Statement":"FROM tab WHERE pk = 'p' AND sk = '1' SET n = n + 1"}]}""");
        Assert.Equal("9", (string?)(await sql.Run("SELECT n FROM tab WHERE pk = 'p' AND sk = '1'"))["Items"]![0]!["n"]!["N"]);
    }

    [Theory]
    [InlineData("pk = 'p' AND NOT sk = '1' OR pk = 'p' AND sk = '2'", "234")]
    [InlineData("pk = 'p' AND sk <> '3' OR pk = 'p' AND sk = '3'", "1234")]
    [InlineData("pk = 'p' AND NOT sk IN ['1','4'] OR pk = 'p' AND sk < '2'", "123")]
    [InlineData("pk = 'p' OR pk = 'p' AND NOT begins_with(sk, '1')", "1234")]
    public async Task Alternatives_that_say_what_a_sort_key_is_not_may_overlap(string where, string keys)
    {
        await using var sql = await Sql.StartAsync(filled: true);
        Assert.Equal(keys, string.Concat((await sql.Run($"SELECT sk FROM tab WHERE {where}"))["Items"]!.AsArray().Select(item => (string)item!["sk"]!["S"]!)));
        await sql.Refuses("SELECT * FROM tab WHERE pk = 'p' OR pk = 'p' AND sk = '1'", "Overlapping conditions with range keys are not supported in where clause");
    }

    [Fact]
    public async Task Indexes_with_several_attributes_in_a_key_are_not_read_by_statements()
    {
        const string Refusal = "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys.";
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.Call("CreateTable", """
            {"TableName":"tab","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],
             "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},{"AttributeName":"h","AttributeType":"S"},{"AttributeName":"i","AttributeType":"S"},{"AttributeName":"r","AttributeType":"S"}],
             "GlobalSecondaryIndexes":[{"IndexName":"two","KeySchema":[{"AttributeName":"h","KeyType":"HASH"},{"AttributeName":"i","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}},
               {"IndexName":"ranges","KeySchema":[{"AttributeName":"h","KeyType":"HASH"},{"AttributeName":"i","KeyType":"RANGE"},{"AttributeName":"r","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"}},
               {"IndexName":"one","KeySchema":[{"AttributeName":"h","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]}
            """);
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"id":{"S":"1"},"h":{"S":"a"},"i":{"S":"b"},"r":{"S":"c"}}}""");
        foreach (var statement in (string[])["SELECT * FROM tab.two WHERE h = 'a' AND i = 'b'", "SELECT * FROM tab.ranges WHERE h = 'a'", "SELECT * FROM tab.two", "SELECT COUNT(*) FROM tab.two", "SELECT * FROM tab.two WHERE h = 5"])
            await wire.Refuses("ExecuteStatement", $$"""{"Statement":"{{statement}}"}""", Refusal);
        await wire.Refuses("ExecuteStatement", """{"Statement":"SELECT * FROM tab.two WHERE"}""", Malformed + "Unexpected term");
        Assert.Single((await wire.Call("ExecuteStatement", """{"Statement":"SELECT * FROM tab.one WHERE h = 'a'"}"""))["Items"]!.AsArray());
        Assert.Equal("""{"Responses":[{"Error":{"Code":"ValidationError","Message":"PARTIQL"}}]}""".Replace("PARTIQL", Refusal, StringComparison.Ordinal),
            (await wire.Call("BatchExecuteStatement", """{"Statements":[{"Statement":"SELECT * FROM tab.two WHERE h = 'a' AND i = 'b'"}]}""")).ToJsonString());
    }
}
