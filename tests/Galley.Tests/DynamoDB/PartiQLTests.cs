using System.Text.Json;
using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB;

/// <summary>ExecuteStatement: reads by key, by index and by scan; the four statements; what AWS refuses and in which words.</summary>
public class PartiQLTests
{
    [Fact]
    public async Task Insert_stores_every_literal_and_refuses_what_is_there_already()
    {
        await using var sql = await Sql.StartAsync();
        Assert.Equal("""{"Items":[]}""", (await sql.Run("""INSERT INTO "tab" value {'pk':'dt', 'sk':'1', 'n':1, 'm':{'a':'v','b':[4, -1.5e-3, true, null]}, 'ns':<<1,34,4.5>>, 'ss':<<'it''s','b'>>, 'p':?}""", """[{"B":"AQI="}]""")).ToJsonString());
        Assert.Equal(
            """[{"pk":{"S":"dt"},"sk":{"S":"1"},"n":{"N":"1"},"m":{"M":{"a":{"S":"v"},"b":{"L":[{"N":"4"},{"N":"-0.0015"},{"BOOL":true},{"NULL":true}]}}},"ns":{"NS":["1","34","4.5"]},"ss":{"SS":["it's","b"]},"p":{"B":"AQI="}}]""",
            (await sql.Run("SELECT * FROM tab WHERE pk='dt' AND sk='1'"))["Items"]!.ToJsonString().Replace("\\u0027", "'", StringComparison.Ordinal));
        await sql.Refuses("INSERT INTO tab VALUE {'pk':'dt','sk':'1'}", "Duplicate primary key exists in table", code: "DuplicateItemException");
        await sql.Refuses("INSERT INTO tab VALUE {'pk':'dt'}", "One or more parameter values were invalid: Missing the key sk in the item");
        await sql.Refuses("INSERT INTO tab VALUE {'pk':'x','sk':'1','m':{'k':?}}", "Unsupported data type: Parameter under key root.k at 1:51:1", """[{"S":"v"}]""");
        await sql.Refuses("INSERT INTO tab VALUE {'pk':'x','sk':'1','s':<<>>}", "Empty bags are not supported");
        await sql.Refuses("INSERT INTO tab VALUE {'pk':'x','sk':'1','s':<<1,'a'>>}", "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags");
        await sql.Refuses("INSERT INTO tab VALUE {'pk':'x','sk':'1','s':<<'a','a'>>}", "One or more parameter values were invalid: Input collection [a, a] contains duplicates.");
        await sql.Refuses("INSERT INTO tab.ix VALUE {'pk':'x','sk':'1'}", "Statement wasn't well formed, can't be processed: FROM clause may only contain a single table name");
        await sql.Refuses("INSERT INTO tab (pk) VALUES ('x')", "Statement wasn't well formed, can't be processed: Unexpected term");
    }

    [Theory]
    [InlineData("pk='p' AND sk='2'", "2")]
    [InlineData("pk='p' AND sk > '1' AND sk <= '3'", "2,3")]
    [InlineData("pk='p' AND sk BETWEEN '2' AND '3'", "2,3")]
    [InlineData("pk='p' AND begins_with(\"sk\", '4')", "4")]
    [InlineData("pk='p' AND (sk='1' OR sk='3')", "1,3")]
    [InlineData("pk='p' AND sk IN ['1','2']", "1,2")]
    [InlineData("pk='p' AND (sk < '2' OR sk > '3' OR sk='2')", "1,2,4")]
    [InlineData("pk='p' AND NOT sk='1'", "2,3,4")]
    [InlineData("pk IN ['p','q'] AND n > 3", "4,9")]
    [InlineData("'p' = pk AND n != 2", "1,3,4")]
    [InlineData("n BETWEEN - 2 AND +2", "1,2")]
    [InlineData("pk='p' AND n = - - 1", "1")]
    [InlineData("pk='p' OR n = 9", "1,2,3,4,9")]
    [InlineData("pk > 1", "")]
    [InlineData("odd = true", "1,3")]
    [InlineData("pk='p' AND odd IS MISSING", "")]
    [InlineData("pk='p' AND none IS NULL", "2,4")]
    [InlineData("pk='p' AND none IS NOT NULL", "1,3")]
    [InlineData("pk='p' AND none IS NOT MISSING", "2,4")]
    [InlineData("pk='p' AND m.list[1] = 'b'", "1,2,3,4")]
    [InlineData("pk='p' AND m['x y'] = 'z' AND size(m.list) = 2", "1,2,3,4")]
    [InlineData("pk='p' AND contains(m.list, 'a') AND attribute_type(n, 'N') AND ATTRIBUTE_NOT_EXISTS (nope)", "1,2,3,4")]
    [InlineData("pk='p' AND NOT begins_with(\"c\", 'x1')", "2,3,4")]
    [InlineData("pk='p' AND attribute_exists(nope) = false AND (n = 5 OR n = 6) = false", "1,2,3,4")]
    [InlineData("pk='p' AND c = 'x1' /* comment */ -- and another", "1")]
    [InlineData("pk='p' AND odd <> true", "2,4")]
    public async Task Select_finds_what_the_clause_says(string where, string found)
    {
        await using var sql = await Sql.StartAsync(filled: true);
        var items = (await sql.Run("SELECT sk FROM \"tab\" WHERE " + where))["Items"]!.AsArray();
        Assert.Equal(found, string.Join(",", items.Select(item => (string)item!["sk"]!["S"]!).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Select_reads_by_key_where_it_can_and_its_capacity_shows_it()
    {
        await using var sql = await Sql.StartAsync(filled: true);
        async Task<double> Units(string where, string more = "") => (double)(await sql.Run("SELECT * FROM tab WHERE " + where, more: "\"ReturnConsumedCapacity\":\"TOTAL\"" + more))["ConsumedCapacity"]!["CapacityUnits"]!;
        await sql.Run("INSERT INTO tab VALUE {'pk':'large','sk':'1','f':?}", $$"""[{"S":"{{new string('x', 9000)}}"}]""");
        Assert.Equal(0.5, await Units("pk='p'"));
        Assert.Equal(1, await Units("pk='p'", ",\"ConsistentRead\":true"));
        Assert.Equal(1, await Units("pk IN ['p','q']"));
        Assert.Equal(1.5, await Units("n = 1")); // a scan of everything
        var one = await sql.Run("SELECT * FROM tab WHERE pk='p' AND sk='1'", more: "\"Limit\":1");
        Assert.Equal(["Items"], one.Select(pair => pair.Key));
    }

    [Fact]
    public async Task Select_goes_on_with_its_token_and_orders_by_the_key()
    {
        await using var sql = await Sql.StartAsync(filled: true);
        async Task<string> Pages(string rest)
        {
            var all = new List<string>();
            string? token = null;
            do
            {
                var page = await sql.Run("SELECT pk, sk FROM tab " + rest, more: "\"Limit\":2" + (token is null ? "" : $",\"NextToken\":\"{token}\""));
                all.AddRange(page["Items"]!.AsArray().Select(item => $"{item!["pk"]!["S"]}{item["sk"]!["S"]}"));
                token = (string?)page["NextToken"];
                Assert.Equal(token is null, page["LastEvaluatedKey"] is null);
            }
            while (token is not null);
            return string.Join(" ", all);
        }

        Assert.Equal("p1 p2 p3 p4", await Pages("WHERE pk='p'"));
        Assert.Equal("p4 p3 p2 p1", await Pages("WHERE pk='p' ORDER BY sk DESC"));
        Assert.Equal("p4 p3 p2 p1", await Pages("WHERE pk='p' ORDER BY pk ASC"));
        Assert.Equal("q9 p1 p2 p3 p4", await Pages("WHERE pk IN ['p','q'] ORDER BY pk DESC, sk ASC"));
        Assert.Equal(5, (await Pages("")).Split(' ').Length);
        Assert.Equal("p2 p4", await Pages("WHERE pk='p' AND none IS NULL"));

        var first = await sql.Run("SELECT pk, sk FROM tab WHERE pk='p'", more: "\"Limit\":1");
        await sql.Refuses("SELECT pk, sk FROM tab WHERE pk='q'", "NextToken does not match request", more: $"\"NextToken\":\"{first["NextToken"]}\"");
        await sql.Refuses("SELECT sk FROM tab ORDER BY sk", "Must have WHERE clause in the statement when using ORDER BY clause.");
        await sql.Refuses("SELECT sk FROM tab WHERE pk='p' ORDER BY n", "Attribute n in ORDER BY clause must be part of the primary key");
        await sql.Refuses("SELECT sk FROM tab WHERE pk > 'a' ORDER BY sk", "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.");
        await sql.Refuses("SELECT sk FROM tab WHERE pk IN ['p','q'] ORDER BY sk", "Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.");
    }

    [Fact]
    public async Task Select_through_an_index_sees_what_the_index_holds()
    {
        await using var sql = await Sql.StartAsync(filled: true);
        Assert.Equal("""[{"g":{"S":"g1"},"pk":{"S":"p"},"sk":{"S":"1"},"c":{"S":"x1"}}]""", (await sql.Run("SELECT * FROM tab.gsi WHERE g='g1'"))["Items"]!.ToJsonString());
        var fetched = await sql.Run("SELECT n FROM \"tab\".\"lsi\" WHERE pk='p' AND c='x2'", more: "\"ReturnConsumedCapacity\":\"INDEXES\"");
        Assert.Equal("""[{"n":{"N":"2"}}]""", fetched["Items"]!.ToJsonString());
        Assert.Equal("""{"TableName":"tab","CapacityUnits":1,"Table":{"CapacityUnits":0.5},"LocalSecondaryIndexes":{"lsi":{"CapacityUnits":0.5}}}""", fetched["ConsumedCapacity"]!.ToJsonString());
        Assert.Empty((await sql.Run("SELECT pk FROM tab.gsi WHERE n = 1"))["Items"]!.AsArray());
        Assert.Single((await sql.Run("SELECT pk FROM tab.gsi WHERE NOT n = 1"))["Items"]!.AsArray());
        await sql.Refuses("SELECT n FROM tab.gsi WHERE g='g1'", "One or more parameter values were invalid: Global secondary index gsi does not project [n]");
        await sql.Refuses("SELECT pk FROM tab.gsi WHERE g='g1' AND n = 1", "One or more parameter values were invalid: Secondary index gsi does not project one or more filter attributes: [n]");
        await sql.Refuses("SELECT pk FROM tab.gsi WHERE g='g1'", "Strongly consistent read is not supported on Global Secondary Indexes", more: "\"ConsistentRead\":true");
        await sql.Refuses("SELECT pk FROM tab.none WHERE g='g1'", "The table does not have the specified index");
        await sql.Refuses("SELECT pk FROM tab.gsi.x WHERE g='g1'", "A path may contain at most 2 components in the FROM clause");
        await sql.Refuses("SELECT pk FROM \"\" WHERE g='g1'", "Path component cannot be an empty string");
        await sql.Refuses("UPDATE tab.gsi SET x=1 WHERE pk='p' AND sk='1'", "This operation is not supported on an index");
        await sql.Refuses("DELETE FROM tab.gsi WHERE pk='p' AND sk='1'", "This operation is not supported on an index");
    }

    [Theory]
    [InlineData("SELECTT * FROM tab", "Statement wasn't well formed, can't be processed: Expected data manipulation")]
    [InlineData("SELECT * FROM tab WHERE pk='p' garbage", "Statement wasn't well formed, can't be processed: Unexpected token after expression")]
    [InlineData("SELECT * FROM \"tab", "Statement wasn't well formed, can't be processed: ")]
    [InlineData("SELECT * FROM tab WHERE pk = ?", "Number of parameters in request and statement don't match.")]
    [InlineData("SELECT m.list[-1] FROM tab WHERE pk='p'", "List index is not within the allowable range; index: [-1] at 1:16:1")]
    [InlineData("SELECT *, n FROM tab", "Other attributes should not be present in the projection when '*' is used.")]
    [InlineData("SELECT pk FROM none WHERE pk='p' AND n < true", "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL")]
    [InlineData("SELECT pk FROM tab WHERE attribute_type(n, 1)", "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N")]
    [InlineData("SELECT pk FROM tab WHERE attribute_type(n, 'X')", "Invalid attribute type name found; type: X, valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}")]
    [InlineData("SELECT pk FROM tab WHERE pk=1", "Key attribute's data type should match its data type in table's schema: Key pk")]
    [InlineData("SELECT pk FROM tab WHERE pk='p' AND sk IN ['1', 2]", "Key attribute's data type should match its data type in table's schema: Key sk")]
    [InlineData("SELECT pk FROM tab WHERE pk='p' OR pk='p'", "Overlapping conditions with range keys are not supported in where clause")]
    [InlineData("SELECT pk FROM tab WHERE pk='p' AND (sk > '0' OR sk < '5')", "Overlapping conditions with range keys are not supported in where clause")]
    [InlineData("EXISTS(SELECT * FROM tab WHERE pk='p' AND sk='1' AND n=1)", "EXISTS can only be used in ExecuteTransaction write requests.")]
    [InlineData("UPDATE tab SET n=1 WHERE pk='p'", "Where clause does not contain a mandatory equality on all key attributes")]
    [InlineData("UPDATE tab SET n=1 WHERE pk='p' AND sk='1' AND pk='q'", "Multiple conditions on same key pk. Only single item Update/Insert/Delete are supported")]
    [InlineData("UPDATE tab SET pk='2' WHERE pk='p' AND sk='1'", "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key")]
    [InlineData("UPDATE tab SET nope[0] = 'x' WHERE pk='p' AND sk='1'", "The document path provided in the update expression is invalid for update")]
    [InlineData("UPDATE tab SET n = 'a' + 1 WHERE pk='p' AND sk='1'", "Incorrect operand type for operator or function; operator or function: +, operand type: S")]
    [InlineData("UPDATE tab\nSET ss = set_add(ss, 'x')\nWHERE pk='p' AND sk='1'", "The second argument to SET_ADD must be a value with type SET at 2:18:2")]
    [InlineData("UPDATE tab SET x = set_add(ss, <<'x'>>) WHERE pk='p' AND sk='1'", "The first argument to SET_ADD must equal the assignment value at 1:20:7")]
    [InlineData("DELETE FROM tab WHERE pk='p' AND sk='1' RETURNING MODIFIED OLD *", "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements.")]
    public async Task Statements_are_refused_in_AWS_words(string statement, string message)
    {
        await using var sql = await Sql.StartAsync(filled: true);
        await sql.Refuses(statement, message);
    }

    [Fact]
    public async Task Update_changes_one_item_and_gives_back_what_RETURNING_asks()
    {
        await using var sql = await Sql.StartAsync(filled: true);
        const string Key = " WHERE pk='p' AND sk='1'";
        async Task Gives(string statement, string expected, string? parameters = null) => Assert.Equal(expected, (await sql.Run(statement, parameters))["Items"]!.ToJsonString());
        await Gives("UPDATE tab SET n=n+100 SET m.list = LIST_APPEND(m.list, [4, <<'s'>>]) REMOVE odd SET ss = SET_ADD(ss, <<'b','c'>>)" + Key + " RETURNING MODIFIED NEW *",
            """[{"n":{"N":"101"},"m":{"M":{"list":{"L":[{"S":"a"},{"S":"b"},{"N":"4"},{"SS":["s"]}]}}},"ss":{"SS":["a","b","c"]}}]""");
        await Gives("UPDATE tab SET n=n-1, ss = set_delete(ss, <<'a'>>), m.list[0] = ?" + Key + " AND c = 'x1' RETURNING MODIFIED OLD *",
            """[{"n":{"N":"101"},"m":{"M":{"list":{"L":[{"S":"a"}]}}},"ss":{"SS":["a","b","c"]}}]""", """[{"S":"z"}]""");
        await Gives("UPDATE tab REMOVE c" + Key + " RETURNING MODIFIED NEW *", "[]");
        await Gives("UPDATE tab SET n=1" + Key, "[]");
        await Gives("UPDATE tab SET fresh = set_add(fresh, <<1>>)" + Key + " RETURNING MODIFIED NEW *", """[{"fresh":{"NS":["1"]}}]""");
        await sql.Refuses("UPDATE tab SET n=1" + Key + " AND c = 'x1'", "The conditional request failed", code: "ConditionalCheckFailedException");
        await sql.Refuses("UPDATE tab SET n=1 WHERE pk='ghost' AND sk='1'", "The conditional request failed", code: "ConditionalCheckFailedException");
        var shown = await sql.Wire.Fails("ExecuteStatement",
            $$"""{"Statement":"UPDATE tab SET n=2{{Key}} AND n=7","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}""", "ConditionalCheckFailedException");
        Assert.Equal("p", (string?)shown["Item"]!["pk"]!["S"]);
        Assert.Single((await sql.Run("DELETE FROM tab" + Key + " AND n = 1 RETURNING ALL OLD *"))["Items"]!.AsArray());
        await Gives("DELETE FROM tab" + Key + " AND n = 1 RETURNING ALL OLD *", "[]");
        await sql.Refuses("DELETE FROM tab WHERE pk='p' AND sk='2' AND n = 9", "The conditional request failed", code: "ConditionalCheckFailedException");
    }

    [Fact]
    public async Task Parameters_and_limits_are_checked_before_the_statement()
    {
        await using var sql = await Sql.StartAsync();
        await sql.Refuses("SELECT", "1 validation error detected: Value '[]' at 'parameters' failed to satisfy constraint: Member must have length greater than or equal to 1", "[]");
        await sql.Refuses("", "1 validation error detected: Value '' at 'statement' failed to satisfy constraint: Member must have length greater than or equal to 1");
        await sql.Refuses("UPDATE", "One or more parameter values were invalid: Input collection [a, a] contains duplicates.", """[{"SS":["a","a"]}]""");
        await sql.Refuses("SELECT * FROM none WHERE a=1", "Requested resource not found", code: "ResourceNotFoundException");
        var many = string.Join(",", Enumerable.Range(0, 51).Select(i => $"'v{i}'"));
        await sql.Refuses($"SELECT * FROM tab WHERE pk IN [{many}]", "Too many decomposed read operations for a given query.");
        await sql.Refuses($"SELECT * FROM tab WHERE pk='p' AND n IN [{many},{many}]", "The IN operator is provided with too many operands; number of operands: 102");
        var deep = string.Concat(Enumerable.Repeat("{'a':", 32)) + "1" + new string('}', 32);
        await sql.Refuses($"UPDATE tab SET d = {deep} WHERE pk='p' AND sk='1'", "Nesting Levels have exceeded supported limits under root" + string.Concat(Enumerable.Repeat(".a", 32)));
    }
}

/// <summary>A table (pk, sk), a global index on g with c, a local one on c with keys only; and statements to it.</summary>
internal sealed class Sql(DynamoDBWire wire) : IAsyncDisposable
{
    public DynamoDBWire Wire => wire;

    public static async Task<Sql> StartAsync(bool filled = false)
    {
        var sql = new Sql(await DynamoDBWire.StartAsync());
        await sql.Wire.Call("CreateTable", """
            {"TableName":"tab","BillingMode":"PAY_PER_REQUEST",
             "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"},{"AttributeName":"g","AttributeType":"S"},{"AttributeName":"c","AttributeType":"S"}],
             "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
             "GlobalSecondaryIndexes":[{"IndexName":"gsi","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["c"]}}],
             "LocalSecondaryIndexes":[{"IndexName":"lsi","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"c","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}]}
            """);
        if (!filled) return sql;
        for (var i = 1; i <= 4; i++)
            await sql.Run($$"""
                INSERT INTO tab VALUE {{{(i == 1 ? "'g':'g1'," : "")}}'pk':'p','sk':'{{i}}','c':'x{{i}}','n':{{i}},'odd':{{(i % 2 == 1 ? "true" : "false")}},'m':{'list':['a','b'],'x y':'z'},'ss':<<'a'>>{{(i % 2 == 0 ? ",'none':null" : "")}}}
                """);
        await sql.Run("INSERT INTO tab VALUE {'pk':'q','sk':'9','n':9}");
        return sql;
    }

    public Task<JsonObject> Run(string statement, string? parameters = null, string more = "") => wire.Call("ExecuteStatement", Body(statement, parameters, more));

    public Task Refuses(string statement, string message, string? parameters = null, string code = "ValidationException", string more = "")
        => wire.Refuses("ExecuteStatement", Body(statement, parameters, more), message, code);

    public static string Member(string statement, string? parameters = null) => Body(statement, parameters, "");

    public ValueTask DisposeAsync() => wire.DisposeAsync();

    private static string Body(string statement, string? parameters, string more)
        => $$"""{"Statement":{{JsonSerializer.Serialize(statement)}}{{(parameters is null ? "" : ",\"Parameters\":" + parameters)}}{{(more.Length == 0 ? "" : "," + more)}}}""";
}
