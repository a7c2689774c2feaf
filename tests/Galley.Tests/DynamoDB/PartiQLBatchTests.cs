using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB;

/// <summary>BatchExecuteStatement, where every statement succeeds or fails by itself; ExecuteTransaction, where all do; and the rights of both.</summary>
public class PartiQLBatchTests
{
    [Fact]
    public async Task A_batch_answers_each_statement_by_itself()
    {
        await using var sql = await Sql.StartAsync(filled: true);
        var read = await Batch(sql, "\"ReturnConsumedCapacity\":\"TOTAL\"", Sql.Member("SELECT n FROM tab WHERE pk=? AND sk='1'", """[{"S":"p"}]"""),
            Sql.Member("SELECT * FROM tab WHERE pk='none' AND sk='1'"), Sql.Member("SELECT * FROM tab WHERE pk='p'"), Sql.Member("SELECT * FROM tab WHERE pk='p' AND sk='1' AND n=1"),
            Sql.Member("SELECT * FROM tab.gsi WHERE g='g1'"), Sql.Member("SLECT"), Sql.Member("SELECT * FROM nope WHERE pk='p' AND sk='1'"));
        const string KeyOnly = """{"Error":{"Code":"ValidationError","Message":"Select statements within BatchExecuteStatement must specify the primary key in the where clause."}}""";
        Assert.Equal($$$$"""[{"TableName":"tab","Item":{"n":{"N":"1"}}},{"TableName":"tab"},{{{{KeyOnly}}}},{{{{KeyOnly}}}},{{{{KeyOnly}}}},{"Error":{"Code":"ValidationError","Message":"Statement wasn't well formed, can't be processed: Expected data manipulation"}},{"Error":{"Code":"ResourceNotFound","Message":"Requested resource not found"}}]""",
            read["Responses"]!.ToJsonString().Replace("\\u0027", "'", StringComparison.Ordinal));
        Assert.Equal("""[{"TableName":"tab","CapacityUnits":1}]""", read["ConsumedCapacity"]!.ToJsonString());

        var written = await Batch(sql, "", Sql.Member("INSERT INTO tab VALUE {'pk':'new','sk':'1'}"), Sql.Member("INSERT INTO tab VALUE {'pk':'p','sk':'1'}"),
            Sql.Member("UPDATE tab SET n=7 WHERE pk='p' AND sk='2' RETURNING MODIFIED NEW *"), Sql.Member("UPDATE tab SET n=7 WHERE pk='p' AND sk='3' AND n=9"), Sql.Member("DELETE FROM tab WHERE pk='p' AND sk='4' RETURNING ALL NEW *"));
        Assert.Equal("""[{"TableName":"tab"},{"Error":{"Code":"DuplicateItem","Message":"Duplicate primary key exists in table"},"TableName":"tab"},{"TableName":"tab","Item":{"n":{"N":"7"}}},{"Error":{"Code":"ConditionalCheckFailed","Message":"The conditional request failed"},"TableName":"tab"},{"Error":{"Code":"ValidationError","Message":"Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in DELETE statements."}}]""",
            written["Responses"]!.ToJsonString());
        await sql.Wire.Fails("BatchExecuteStatement", """{"Statements":[]}""", "ValidationException");
        await sql.Wire.Refuses("BatchExecuteStatement", """{"Statements":[null]}""", "1 validation error detected: Value null at 'statements.1.member' failed to satisfy constraint: Member must not be null");
        await sql.Wire.Fails("BatchExecuteStatement", $$"""{"Statements":[{{string.Join(",", Enumerable.Repeat(Sql.Member("SELECT * FROM tab WHERE pk='p' AND sk='1'"), 26))}}]}""", "ValidationException");
    }

    [Fact]
    public async Task A_transaction_does_all_or_nothing()
    {
        await using var sql = await Sql.StartAsync(filled: true);
        const string Increase = "UPDATE tab SET n = n + 1 WHERE pk='p' AND sk='1'";
        async Task<string?> N() => (string?)(await sql.Run("SELECT n FROM tab WHERE pk='p' AND sk='1'"))["Items"]![0]!["n"]!["N"];
        var first = await Transact(sql, "\"ClientRequestToken\":\"t1\",\"ReturnConsumedCapacity\":\"TOTAL\"", Increase, "INSERT INTO tab VALUE {'pk':'t','sk':'1'}");
        Assert.Equal("""{"Responses":[],"ConsumedCapacity":[{"TableName":"tab","CapacityUnits":4,"WriteCapacityUnits":4}]}""", first.ToJsonString());
        var again = await Transact(sql, "\"ClientRequestToken\":\"t1\",\"ReturnConsumedCapacity\":\"TOTAL\"", Increase, "INSERT INTO tab VALUE {'pk':'t','sk':'1'}");
        Assert.Equal(4, (double)again["ConsumedCapacity"]![0]!["ReadCapacityUnits"]!);
        Assert.Equal("2", await N());
        await sql.Wire.Fails("ExecuteTransaction", $$"""{"ClientRequestToken":"t1","TransactStatements":[{{Sql.Member(Increase)}}]}""", "IdempotentParameterMismatchException");

        await Cancels(sql, "[None, DuplicateItem]", Increase, "INSERT INTO tab VALUE {'pk':'p','sk':'2'}");
        await Cancels(sql, "[ConditionalCheckFailed, None]", "EXISTS(SELECT * FROM tab WHERE pk='p' AND sk='2' AND n = 5)", Increase);
        await Cancels(sql, "[ValidationError, None]", "UPDATE tab SET n=1 WHERE pk='p'", Increase);
        await Cancels(sql, "[ResourceNotFound, None]", "DELETE FROM nope WHERE pk='p' AND sk='1'", Increase);
        Assert.Equal("2", await N());
        await Transact(sql, "", "EXISTS(SELECT * FROM tab WHERE pk='p' AND sk='2' AND n = 2 AND odd IS NOT MISSING)", Increase);
        Assert.Equal("3", await N());

        var reads = await Transact(sql, "\"ReturnConsumedCapacity\":\"TOTAL\"", "SELECT sk FROM tab WHERE pk='p' AND sk='1'", "SELECT * FROM tab WHERE pk='none' AND sk='1'");
        Assert.Equal("""{"Responses":[{"Item":{"sk":{"S":"1"}}},{}],"ConsumedCapacity":[{"TableName":"tab","CapacityUnits":4,"ReadCapacityUnits":4}]}""", reads.ToJsonString());
        await Refuses(sql, "Validation failed in TransactStatements[0]: RETURNING clause is not supported in ExecuteTransaction.", Increase + " RETURNING ALL NEW *");
        await Refuses(sql, "Validation failed in TransactStatements[1]: Reads on indices are not supported within transactions.", "SELECT * FROM tab WHERE pk='p' AND sk='1'", "SELECT * FROM tab.gsi WHERE g='g1'");
        await Refuses(sql, "Validation failed in TransactStatements[0]: Select statements within ExecuteTransaction must specify the primary key in the where clause.", "SELECT * FROM tab WHERE pk='p'");
        await Refuses(sql, "Validation failed in TransactStatements[0]: EXISTS() must contain a single item read with additional condition", "EXISTS(SELECT * FROM tab WHERE pk='p' AND sk='2')", Increase);
        await Refuses(sql, "ExecuteTransaction API does not support both read and write operations in the same request.", "SELECT * FROM tab WHERE pk='p' AND sk='2'", Increase);
        await Refuses(sql, "Transaction request cannot include multiple operations on one item", Increase, "DELETE FROM tab WHERE sk='1' AND pk='p'");
    }

    [Fact]
    public async Task Rights_are_asked_for_each_statement_on_its_own_table()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var root = new AwsJs(server);
        foreach (var name in (string[])["mine", "other"])
            await root.Call("dynamodb", "CreateTable", new
            {
                TableName = name,
                BillingMode = "PAY_PER_REQUEST",
                AttributeDefinitions = new[] { new { AttributeName = "a", AttributeType = "S" } },
                KeySchema = new[] { new { AttributeName = "a", KeyType = "HASH" } },
            });
        await root.Call("iam", "CreateUser", new { UserName = "reader" });
        await root.Call("iam", "PutUserPolicy", new
        {
            UserName = "reader",
            PolicyName = "p",
            PolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:PartiQLSelect","dynamodb:PartiQLInsert"],"Resource":"arn:aws:dynamodb:*:*:table/mine"}]}""",
        });
        var key = (await root.Call("iam", "CreateAccessKey", new { UserName = "reader" }))["AccessKey"]!;
        var reader = new AwsJs(server, (string?)key["AccessKeyId"], (string?)key["SecretAccessKey"]);
        await reader.Call("dynamodb", "ExecuteStatement", new { Statement = "INSERT INTO mine VALUE {'a':'1'}" });
        await reader.Call("dynamodb", "ExecuteStatement", new { Statement = "SELECT * FROM mine" });
        foreach (var statement in (string[])["DELETE FROM mine WHERE a='1'", "SELECT * FROM other", "SELECT * FROM mine.ix"])
            Assert.Equal("AccessDeniedException", (await reader.Fails("dynamodb", "ExecuteStatement", new { Statement = statement })).Code);
        foreach (var statements in (string[][])[["SELECT * FROM mine WHERE a='1'", "SELECT * FROM other WHERE a='1'"], ["garbage", "DELETE FROM mine WHERE a='1'"]])
        {
            var all = statements.Select(statement => new { Statement = statement }).ToArray();
            Assert.Equal("AccessDeniedException", (await reader.Fails("dynamodb", "BatchExecuteStatement", new { Statements = all })).Code);
            Assert.Equal("AccessDeniedException", (await reader.Fails("dynamodb", "ExecuteTransaction", new { TransactStatements = all })).Code);
        }

        Assert.Equal("ValidationException", (await reader.Fails("dynamodb", "ExecuteStatement", new { Statement = "garbage" })).Code);
    }

    private static Task<JsonObject> Batch(Sql sql, string more, params string[] members)
        => sql.Wire.Call("BatchExecuteStatement", $$"""{"Statements":[{{string.Join(",", members)}}]{{(more.Length > 0 ? "," + more : "")}}}""");

    private static string Body(string more, params string[] statements)
        => $$"""{"TransactStatements":[{{string.Join(",", statements.Select(statement => Sql.Member(statement)))}}]{{(more.Length > 0 ? "," + more : "")}}}""";

    private static Task<JsonObject> Transact(Sql sql, string more, params string[] statements) => sql.Wire.Call("ExecuteTransaction", Body(more, statements));

    private static Task Refuses(Sql sql, string message, params string[] statements) => sql.Wire.Refuses("ExecuteTransaction", Body("", statements), message);

    private static async Task Cancels(Sql sql, string reasons, params string[] statements)
    {
        var error = await sql.Wire.Fails("ExecuteTransaction", Body("", statements), "TransactionCanceledException");
        Assert.Equal("Transaction cancelled, please refer cancellation reasons for specific reasons " + reasons, (string?)error["Message"]);
    }
}
