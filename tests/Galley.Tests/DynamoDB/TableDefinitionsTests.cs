using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB;

/// <summary>Keys, indexes and throughputs of tables: what AWS refuses in which words, and how it tells them.</summary>
public class TableDefinitionsTests
{
    private const string Invalid = "One or more parameter values were invalid: ", All = """{"ProjectionType":"ALL"}""";

    [Fact]
    public async Task CreateTable_refuses_keys_and_projections_of_indexes()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        const string twice = "The KeySchema contains multiple key attributes with the same name", order = Invalid + "All HASH key attributes must precede RANGE key attributes in the KeySchema";
        foreach (var (index, message) in ((string, string)[])
                 [
                     (Index("bH bH", "b"), twice), (Index("bH cH bR", "b c"), twice),
                     (Index("bR cH", "b c"), "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"), (Index("bH cR dH", "b c d"), order),
                     (Index("bH cH dH eH fH", "b c d e f"), Invalid + "The KeySchema exceeds the maximum allowed number of HASH key attributes"),
                     (Index("bH cR dR eR fR gR", "b c d e f g"), Invalid + "The KeySchema exceeds the maximum allowed number of RANGE key attributes"),
                     (Index("bH", "b", """{"ProjectionType":"INCLUDE","NonKeyAttributes":["x","y","x"]}"""), Invalid + "Duplicate element in NonKeyAttributes: x"),
                     (Index("bH", "b", """{"ProjectionType":"INCLUDE","NonKeyAttributes":[]}"""),
                         "1 validation error detected: Value '[]' at 'globalSecondaryIndexes.1.member.projection.nonKeyAttributes' failed to satisfy constraint: Member must have length greater than or equal to 1"),
                     (Index("bH", "b", """{"ProjectionType":"INCLUDE"}"""), Invalid + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"),
                     (Index("bH", "b", """{"ProjectionType":"ALL","NonKeyAttributes":["x"]}"""), Invalid + "ProjectionType is ALL, but NonKeyAttributes is specified"),
                     (Index("bH", "b", "{}"), Invalid + "Unknown ProjectionType: null"),
                 ])
            await wire.Refuses("CreateTable", index, message);

        static string Index(string keys, string attributes, string projection = All)
            => Table($"a {attributes}", $$""" "BillingMode":"PAY_PER_REQUEST","GlobalSecondaryIndexes":[{"IndexName":"ind","KeySchema":{{Keys(keys)}},"Projection":{{projection}}}] """);
    }

    [Fact]
    public async Task CreateTable_refuses_one_attribute_as_both_keys()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.Refuses("CreateTable", Table("a b", """ "BillingMode":"PAY_PER_REQUEST" """, "aH aR"), "Both the Hash Key and the Range Key element in the KeySchema have the same name");
    }

    [Fact]
    public async Task Throughput_belongs_to_an_index_exactly_where_the_table_has_its_own()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        const string five = """ "ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5} """, index = """ "IndexName":"ind","KeySchema":[{"AttributeName":"b","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"} """;
        await wire.Refuses("CreateTable", Table("a b", five + "," + Indexes(index)), Invalid + "ProvisionedThroughput is not specified for index: ind");
        await wire.Refuses("CreateTable", Table("a b", """ "BillingMode":"PAY_PER_REQUEST", """ + Indexes(index, five)), Invalid + "ProvisionedThroughput should not be specified for index: ind when BillingMode is PAY_PER_REQUEST");
        await wire.MakeTable();
        await wire.Call("CreateTable", Table("a", five).Replace("\"tab\"", "\"two\"", StringComparison.Ordinal));
        var defined = $"\"AttributeDefinitions\":{Definitions("b")},";
        await Updates("tab", defined + Change("Create", index, five), Invalid + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: ind when BillingMode is PAY_PER_REQUEST");
        await Updates("two", defined + Change("Create", index), Invalid + "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: ind");
        await Updates("two", """ "BillingMode":"PROVISIONED" """, Invalid + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
        await wire.Refuses("UpdateTable", "{\"TableName\":\"two\"," + Change("Update", "\"IndexName\":\"none\"", five) + "}", "Requested resource not found: Index none for table two", "ResourceNotFoundException");
        await wire.Call("UpdateTable", "{\"TableName\":\"tab\"," + defined + Change("Create", index) + "}");
        const string only = Invalid + "The only Updates for index: ind when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput";
        await Updates("tab", Change("Update", "\"IndexName\":\"ind\"", five), only);
        await Updates("tab", Change("Update", "\"IndexName\":\"ind\""), only);

        Task Updates(string table, string members, string message) => wire.Refuses("UpdateTable", $$"""{"TableName":"{{table}}",{{members}}}""", message);
    }

    [Fact]
    public async Task A_new_index_needs_the_definitions_of_its_keys_in_the_call_and_of_the_types_they_have()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.Call("CreateTable", Table("a b", """ "BillingMode":"PAY_PER_REQUEST","GlobalSecondaryIndexes":[{"IndexName":"ind","KeySchema":[{"AttributeName":"b","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]"""));
        const string create = """ "GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"two","KeySchema":[{"AttributeName":"b","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}] """;
        await Updates(create, Invalid + "AttributeDefinitions is not specified for index: two");
        await Updates($""" "AttributeDefinitions":{Definitions("a")},{create}""", Invalid + "Some index key attributes are not defined in AttributeDefinitions. Keys: [b], AttributeDefinitions: [a]");
        await Updates($$""" "AttributeDefinitions":[{"AttributeName":"b","AttributeType":"N"}],{{create}}""", Invalid + "Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. "
            + "Existing schema: Schema:[SchemaElement: key{b:S:HASH}] New schema: Schema:[SchemaElement: key{b:N:HASH}]");
        await Updates(""" "GlobalSecondaryIndexUpdates":[] """, "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required");
        await Updates(""" "GlobalSecondaryIndexUpdates":[],"DeletionProtectionEnabled":true """, Invalid + "List of GlobalSecondaryIndexUpdates is empty");
        await Updates($$""" "WarmThroughput":{"ReadUnitsPerSecond":13000},"AttributeDefinitions":{{Definitions("b")}},{{create}}""", Invalid + "Create global secondary index cannot be specified when updating WarmThroughput");
        // What is told beside, and of another type, does not matter where no new index needs it.
        await wire.Call("UpdateTable", """{"TableName":"tab","AttributeDefinitions":[{"AttributeName":"a","AttributeType":"N"},{"AttributeName":"z","AttributeType":"S"}],"DeletionProtectionEnabled":false}""");
        await wire.Call("UpdateTable", $$"""{"TableName":"tab","AttributeDefinitions":{{Definitions("b z")}},{{create}}}""");
        Assert.Equal("a,b", Names((await wire.Call("DescribeTable", """{"TableName":"tab"}"""))["Table"]!));

        Task Updates(string members, string message) => wire.Refuses("UpdateTable", $$"""{"TableName":"tab",{{members}}}""", message);
    }

    [Fact]
    public async Task A_table_is_told_with_its_definitions_by_name_and_with_what_was_asked_for()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        var made = (await wire.Call("CreateTable", Table("z a m", """
            "BillingMode":"PAY_PER_REQUEST","TableClass":"STANDARD","WarmThroughput":{"ReadUnitsPerSecond":12240,"WriteUnitsPerSecond":4080},
            "GlobalSecondaryIndexes":[{"IndexName":"ind","KeySchema":[{"AttributeName":"z","KeyType":"HASH"},{"AttributeName":"m","KeyType":"RANGE"}],"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["zz","aa","mm"]}}]
            """)))["TableDescription"]!;
        Assert.Equal("a,m,z", Names(made));
        Assert.Equal("""{"ReadUnitsPerSecond":12240,"WriteUnitsPerSecond":4080,"Status":"UPDATING"}""", made["WarmThroughput"]!.ToJsonString());
        Assert.Null(made["GlobalSecondaryIndexes"]![0]!["WarmThroughput"]);
        var table = (await wire.Call("DescribeTable", """{"TableName":"tab"}"""))["Table"]!;
        Assert.Equal("""{"TableClass":"STANDARD"}""", table["TableClassSummary"]!.ToJsonString());
        Assert.Equal("ACTIVE", (string)table["WarmThroughput"]!["Status"]!);
        Assert.Equal("""["aa","mm","zz"]""", table["GlobalSecondaryIndexes"]![0]!["Projection"]!["NonKeyAttributes"]!.ToJsonString());
        await wire.MakeTable("plain");
        var plain = (await wire.Call("DescribeTable", """{"TableName":"plain"}"""))["Table"]!;
        Assert.Null(plain["TableClassSummary"]);
        Assert.Equal(plain["CreationDateTime"]!.ToJsonString(), plain["BillingModeSummary"]!["LastUpdateToPayPerRequestDateTime"]!.ToJsonString());
    }

    [Theory]
    [InlineData("SET c.y = :v")]
    [InlineData("SET c[0] = :v")]
    [InlineData("REMOVE c.y")]
    [InlineData("ADD c.y :v")]
    public async Task A_key_of_an_index_has_no_inside(string expression)
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.Call("CreateTable", Table("a c", """ "BillingMode":"PAY_PER_REQUEST","GlobalSecondaryIndexes":[{"IndexName":"ind","KeySchema":[{"AttributeName":"c","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]"""));
        await wire.Refuses("UpdateItem", $$$"""{"TableName":"tab","Key":{"a":{"S":"1"}},"UpdateExpression":"{{{expression}}}"{{{(expression.Contains(':', StringComparison.Ordinal) ? ""","ExpressionAttributeValues":{":v":{"N":"3"}}""" : "")}}}}""",
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: c");
    }

    [Fact]
    public async Task A_starting_key_lies_where_the_query_reads()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable(range: true);
        await Refuses("a = :a", "2", "1", "The provided starting key is outside query boundaries based on provided conditions");
        await Refuses("a = :a AND b = :b", "1", "2", "The provided starting key does not match the range key predicate");
        await Refuses("a = :a AND b < :b", "1", "5", "The provided starting key does not match the range key predicate");
        await Refuses("a = :a AND b = :b", "2", "3", "The query can return at most one row and cannot be restarted");
        await wire.Call("Query", Query("a = :a AND b = :b", "1", "3"));

        Task Refuses(string condition, string a, string b, string message) => wire.Refuses("Query", Query(condition, a, b), message);

        static string Query(string condition, string a, string b) => $$$"""
            {"TableName":"tab","KeyConditionExpression":"{{{condition}}}","ExclusiveStartKey":{"a":{"S":"{{{a}}}"},"b":{"N":"{{{b}}}"}},
             "ExpressionAttributeValues":{":a":{"S":"1"}{{{(condition.Contains(":b", StringComparison.Ordinal) ? """,":b":{"N":"3"}""" : "")}}} } }
            """;
    }

    [Fact]
    public async Task Tags_take_the_letters_of_every_script_and_few_signs()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        const string arn = "arn:aws:dynamodb:eu-west-2:123456789012:table/tab";
        using (var tagged = await wire.Send("TagResource", Tag(arn, "ключ 表", "a+b-c=d.e_f:g/h@i")))
            Assert.Equal((200, ""), ((int)tagged.StatusCode, await tagged.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        foreach (var bad in (string[])["hi!", "100%", "a,b", "it's", "(x)", "a&b", "a*b", "~a", "\U0001F511"])
        {
            await wire.Refuses("TagResource", Tag(arn, bad, "v"), $"The Tag Key provided is invalid, Key: {bad}");
            await wire.Refuses("TagResource", Tag(arn, "k", bad), $"The Tag Value provided is invalid, Value: {bad}");
        }

        await wire.Refuses("TagResource", Tag(arn + "/index/ind", "k", "v"), $"One or more parameter values were invalid: Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {arn}/index/ind");
        using (var untagged = await wire.Send("UntagResource", $$"""{"ResourceArn":"{{arn}}","TagKeys":["ключ 表"]}"""))
            Assert.Equal((200, ""), ((int)untagged.StatusCode, await untagged.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        Assert.Equal("""{"Tags":[]}""", (await wire.Call("ListTagsOfResource", $$"""{"ResourceArn":"{{arn}}"}""")).ToJsonString());

        static string Tag(string arn, string key, string value) => new JsonObject { ["ResourceArn"] = arn, ["Tags"] = new JsonArray(new JsonObject { ["Key"] = key, ["Value"] = value }) }.ToJsonString();
    }

    private static string Names(JsonNode table) => string.Join(',', table["AttributeDefinitions"]!.AsArray().Select(definition => (string)definition!["AttributeName"]!));

    private static string Table(string attributes, string members, string keys = "aH") => $$"""{"TableName":"tab","AttributeDefinitions":{{Definitions(attributes)}},"KeySchema":{{Keys(keys)}},{{members}}}""";

    private static string Definitions(string names) => "[" + string.Join(',', names.Split(' ').Select(name => $$"""{"AttributeName":"{{name}}","AttributeType":"S"}""")) + "]";

    private static string Indexes(params string[] members) => "\"GlobalSecondaryIndexes\":[{" + string.Join(',', members) + "}]";

    private static string Change(string kind, params string[] members) => $"\"GlobalSecondaryIndexUpdates\":[{{\"{kind}\":{{{string.Join(',', members)}}}}}]";

    /// <param name="keys">`aH bR`: names, each with H for HASH or R for RANGE.</param>
    private static string Keys(string keys) => "[" + string.Join(',', keys.Split(' ').Select(key => $$"""{"AttributeName":"{{key[..^1]}}","KeyType":"{{(key[^1] == 'H' ? "HASH" : "RANGE")}}"}""")) + "]";
}
