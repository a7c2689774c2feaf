using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB;

/// <summary>Finer rules of expressions and of attribute names, as others measured them on AWS: tokens, where functions may stand, limits.</summary>
public class ExpressionRulesTests
{
    private const string One = "1 validation error detected: ";
    private const string Redundant = "The expression has redundant parentheses;";
    private static readonly string Long = new('n', 65_536);

    [Fact]
    public async Task Updates_and_conditions_refuse_what_AWS_refuses()
    {
        await using var wire = await Start();
        var wrong = new List<string>();
        foreach (var (expression, problem) in ((string, string)[])
                 [
                     ("SET _123 = :l", """Syntax error; token: "_", near: "SET _123" """.Trim()),
                     ("SET x = _f(l)", """Syntax error; token: "_", near: "= _f" """.Trim()),
                     ("SET x = list_append(list_append(l, :l), :l)", "The function is not allowed to be used this way in an expression; function: list_append"),
                     ("SET x = if_not_exists(x, list_append(l, :l))", "The function is not allowed to be used this way in an expression; function: list_append"),
                     ("SET x = ((l))", Redundant), ("SET x = ((l + :l))", Redundant), ("SET x = (l + ((l)))", Redundant),
                     ("SET x = (l - l) + l", """Syntax error; token: "+", near: ") + l" """.Trim()),
                     ("SET x = (l + (l", """Syntax error; token: "<EOF>", near: "l" """.Trim()),
                     ("SET (x) = :l", """Syntax error; token: "(", near: "SET (x" """.Trim()),
                     ("ADD  SET x = :l", """Syntax error; token: "SET", near: "ADD  SET x" """.Trim()),
                     ("REMOVE x, remove", """Syntax error; token: "remove", near: ", remove" """.Trim()),
                     ("SET x.delete = :l", """Syntax error; token: "delete", near: ".delete =" """.Trim()),
                     ("SET l[01] = :l", """Syntax error; token: "1", near: "01]" """.Trim()),
                     ("SET l[0000] = :l", """Syntax error; token: "0", near: "000" """.Trim()),
                     ("SET l = 2nd", """Syntax error; token: "2", near: "= 2nd" """.Trim()),
                     ("SET l = 'a b'", """Syntax error; token: "'a b'", near: "= 'a b'" """.Trim()),
                     ("SET l[99999999999] = :l", "List index is not within the allowable range; index: [99999999999]"),
                     ("SET x" + Repeat(".x", 32) + " = :l", "The document path has too many nesting levels; nesting levels: 33"),
                 ])
            await Compare("UpdateItem", ("UpdateExpression", expression), """{":l":{"L":[]}}""", $"{One}Invalid UpdateExpression: {problem}");
        foreach (var (expression, problem) in ((string, string)[])
                 [
                     ("((n)) = :n", Redundant), ("n = ((:n))", Redundant), ("(size((n))) = :n AND ((n < :n))", Redundant),
                     ("in = :n", """Syntax error; token: "in", near: "in =" """.Trim()),
                     ("n\f= :n", "Syntax error; token: \"\f\", near: \"n\f=\""),
                     ("if_not_exists(n, n) = :n", "The function is not allowed in a condition expression; function: if_not_exists"),
                     ("list_append(n, :n)", "The function is not allowed in a condition expression; function: list_append"),
                     ("n < :n" + Repeat(" OR n < :n", 150), "The expression contains too many operators; operator count: 301"),
                     (Repeat("NOT ", 1000) + "n < :n", "The expression contains too many operators; operator count: 301"),
                     ("n < :n AND n < " + Repeat("f(", 1000) + "n" + Repeat(")", 1000), "Invalid function name; function: f"),
                     ($"n IN (:n{Repeat(",:n", 100)})", "The IN operator is provided with too many operands; number of operands: 101"),
                 ])
            await Compare("PutItem", ("ConditionExpression", expression), """{":n":{"N":"1"}}""", $"{One}Invalid ConditionExpression: {problem}");
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));

        async Task Compare(string operation, (string Kind, string Text) expression, string values, string message)
        {
            var body = new JsonObject { ["TableName"] = "tab", [operation == "PutItem" ? "Item" : "Key"] = JsonNode.Parse("""{"a":{"S":"1"}}"""), [expression.Kind] = expression.Text, ["ExpressionAttributeValues"] = JsonNode.Parse(values) };
            using var response = await wire.Send(operation, body.ToJsonString());
            var got = (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["message"];
            if (got != message) wrong.Add($"{expression.Text}\n  wanted {message}\n  got    {got}");
        }
    }

    [Fact]
    public async Task Conditions_take_what_AWS_takes()
    {
        await using var wire = await Start();
        foreach (var condition in (string[])
                 [
                     "attribute_type(:n, :type)", "NOT attribute_type(:type, :type) AND n = :n", $"n IN (:n{Repeat(",:n", 99)}) AND attribute_type(n, :type)",
                     $"(n <> :n OR attribute_type(n, :type)){Repeat(" AND n = :n", 148)}",
                     "(n) = (:n) AND attribute_type(:n, :type)", "(n) BETWEEN (:n) AND (:n) AND attribute_type((n), (:type))", "NOT (n) IN ((:type)) AND ((:n) = n)",
                     "(size(a)) = :n AND (size((a)) = (:n)) AND (attribute_exists((n))) AND attribute_type(n, :type)",
                 ])
            await wire.Call("PutItem", $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"1"},"n":{"N":"1"}},"ConditionExpression":"{{{{{{condition}}}}}}","ExpressionAttributeValues":{":n":{"N":"1"},":type":{"S":"N"}}}""");
    }

    /// <summary>ElectroDB, for one, writes its subtractions so.</summary>
    [Theory]
    [InlineData("(n + :n)", 3)]
    [InlineData("(if_not_exists(n, :n) - :n)", 1)]
    [InlineData("((n) - (:n))", 1)]
    [InlineData("(n)-(:n)", 1)]
    [InlineData("(if_not_exists((gone), (:n)))", 1)]
    public async Task Sums_may_stand_in_parentheses(string value, int wanted)
    {
        await using var wire = await Start();
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"1"},"n":{"N":"2"}}}""");
        var answer = await wire.Call("UpdateItem", $$$$"""{"TableName":"tab","Key":{"a":{"S":"1"}},"UpdateExpression":"SET m = :n, n = {{{{value}}}}","ExpressionAttributeValues":{":n":{"N":"1"}},"ReturnValues":"ALL_NEW"}""");
        Assert.Equal(wanted.ToString(), (string?)answer["Attributes"]!["n"]!["N"]);
    }

    [Fact]
    public async Task Key_conditions_take_one_pair_of_parentheses_around_each_part()
    {
        await using var wire = await Start();
        await wire.MakeTable("ranged", range: true);
        string Query(string condition) => $$$$$$"""{"TableName":"ranged","KeyConditionExpression":"{{{{{{condition}}}}}}","ExpressionAttributeValues":{":a":{"S":"1"},":b":{"N":"1"}}}""";
        foreach (var right in (string[])["(a = :a) AND (b = :b)", "((a = :a) AND (b = :b))", "(a = :a AND (b = :b))", "(a) = (:a) AND (b) BETWEEN (:b) AND (:b)"]) await wire.Call("Query", Query(right));
        foreach (var wrong in (string[])["((a = :a)) AND b = :b", "((a = :a)) AND ((b = :b))", "((a = :a AND b = :b))"])
            await wire.Refuses("Query", Query(wrong), "Invalid KeyConditionExpression: The expression has redundant parentheses;");
    }

    [Fact]
    public async Task A_query_is_told_less_of_a_wrong_start_than_a_scan()
    {
        await using var wire = await Start();
        const string Begin = """{"TableName":"tab","ExclusiveStartKey":{"bad":{"S":"x"}}""", Specific = """{"TableName":"tab","Select":"SPECIFIC_ATTRIBUTES" """;
        const string Condition = ""","KeyConditionExpression":"a = :a","ExpressionAttributeValues":{":a":{"S":"1"}}}""", Missing = "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES";
        await wire.Refuses("Query", Begin + Condition, "The provided starting key is invalid");
        await wire.Refuses("Scan", Begin + "}", "The provided starting key is invalid: The provided key element does not match the schema");
        await wire.Refuses("Query", Specific + Condition, One + Missing);
        await wire.Refuses("Scan", Specific + "}", Missing);
        foreach (var (select, message) in ((string, string)[])
                 [
                     ("\"ALL_PROJECTED_ATTRIBUTES\"", "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"),
                     ("\"ALL_ATTRIBUTES\",\"ProjectionExpression\":\"b\"", "Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES"),
                     ("\"COUNT\",\"ProjectionExpression\":\"b\"", "Cannot specify the ProjectionExpression when choosing to get only the Count"),
                 ])
        {
            await wire.Refuses("Query", """{"TableName":"tab","Select":""" + select + Condition, One + message);
            await wire.Refuses("Scan", """{"TableName":"tab","Select":""" + select + "}", message);
        }
    }

    [Fact]
    public async Task Sums_of_more_than_38_digits_are_overflows()
    {
        await using var wire = await Start();
        foreach (var expression in (string[])["SET x = :a + :b", "SET x = :a - :b", "SET n = :a ADD n2 :b"])
        {
            await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"1"},"n2":{"N":"1e50"}}}""");
            await wire.Refuses("UpdateItem", $$$$$$"""{"TableName":"tab","Key":{"a":{"S":"1"}},"UpdateExpression":"{{{{{{expression}}}}}}","ExpressionAttributeValues":{":a":{"N":"1e50"},":b":{"N":"1"}}}""",
                "Number overflow. Attempting to store a number with magnitude larger than supported range");
        }

        await wire.Call("UpdateItem", """{"TableName":"tab","Key":{"a":{"S":"1"}},"UpdateExpression":"SET x = :a + :b","ExpressionAttributeValues":{":a":{"N":"9e125"},":b":{"N":"9e124"}}}""");
    }

    [Theory]
    [InlineData("ADD", """{"SS":["x"]}""")]
    [InlineData("ADD", """{"N":"1"}""")]
    [InlineData("ADD", """{"L":[]}""")]
    [InlineData("DELETE", """{"SS":["x"]}""")]
    public async Task AttributeUpdates_tell_another_type_in_their_own_words(string action, string value)
    {
        await using var wire = await Start();
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"1"},"x":{"NS":["1"]}}}""");
        await wire.Refuses("UpdateItem", $$$$$$"""{"TableName":"tab","Key":{"a":{"S":"1"}},"AttributeUpdates":{"x":{"Action":"{{{{{{action}}}}}}","Value":{{{{{{value}}}}}}}}}""", "Type mismatch for attribute to update");
    }

    [Fact]
    public async Task Names_of_attributes_have_up_to_65535_bytes()
    {
        await using var wire = await Start();
        const string Problem = "Attribute name is too large, must be less than 65536 bytes", Named = "ExpressionAttributeNames contains invalid value: ";
        await wire.Call("PutItem", $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"1"},"{{{{{{Long[1..]}}}}}}":{"N":"1"}}}""");
        Assert.Single((await wire.Call("GetItem", $$$$$$"""{"TableName":"tab","Key":{"a":{"S":"1"}},"ProjectionExpression":"#n","ExpressionAttributeNames":{"#n":"{{{{{{Long[1..]}}}}}}"}}"""))["Item"]!.AsObject());
        foreach (var (operation, body, message) in ((string, string, string)[])
                 [
                     ("PutItem", $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"1"},"{{{{{{Long}}}}}}":{"N":"1"}}}""", One + Problem),
                     ("PutItem", $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"1"},"{{{{{{new string('é', 32_768)}}}}}}":{"N":"1"}}}""", One + Problem),
                     ("PutItem", $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"1"},"m":{"M":{"{{{{{{Long}}}}}}":{"N":"1"}}}}}""", One + Problem),
                     ("PutItem", $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"1"}},"Expected":{"{{{{{{Long}}}}}}":{"Exists":false}}}""", One + Problem),
                     ("PutItem", """{"TableName":"tab","Item":{"a":{"S":"1"},"":{"N":"1"}}}""", One + "Empty attribute name"),
                     ("BatchWriteItem", $$$$$$"""{"RequestItems":{"tab":[{"PutRequest":{"Item":{"a":{"S":"1"},"{{{{{{Long}}}}}}":{"N":"1"}}}}]}}""", Problem),
                     ("GetItem", $$$$$$"""{"TableName":"tab","Key":{"a":{"S":"1"}},"AttributesToGet":["{{{{{{Long}}}}}}"]}""", Problem),
                     ("GetItem", $$$$$$"""{"TableName":"tab","Key":{"a":{"S":"1"}},"ProjectionExpression":"#n","ExpressionAttributeNames":{"#n":"{{{{{{Long}}}}}}"}}""", $"{Named}{Problem} for key #n"),
                     ("GetItem", """{"TableName":"tab","Key":{"a":{"S":"1"}},"ProjectionExpression":"#n","ExpressionAttributeNames":{"#n":""}}""", Named + "Empty attribute name for key #n"),
                     ("GetItem", $$$$$$"""{"TableName":"tab","Key":{"a":{"S":"1"}},"ProjectionExpression":"a","ExpressionAttributeNames":{"#{{{{{{Long[..255]}}}}}}":"a"}}""",
                         "ExpressionAttributeNames contains invalid key: The expression attribute map contains a key that is too long; size of key: 256"),
                     ("UpdateItem", $$$$$$"""{"TableName":"tab","Key":{"a":{"S":"1"}},"AttributeUpdates":{"{{{{{{Long}}}}}}":{"Value":{"N":"1"}}}}""", One + Problem),
                     ("UpdateItem", $$$$$$"""{"TableName":"tab","Key":{"a":{"S":"1"}},"UpdateExpression":"SET #n = a","ExpressionAttributeNames":{"#n":"{{{{{{Long}}}}}}"}}""", $"{One}{Named}{Problem} for key #n"),
                 ])
            await wire.Refuses(operation, body, message);
    }

    [Fact]
    public async Task Names_of_key_attributes_and_projections_have_up_to_255()
    {
        await using var wire = await Start();
        string fits = new('k', 255), name = new('k', 256);
        string Problem(string path) => $"{One}Value '{name}' at '{path}' failed to satisfy constraint: Member must have length less than or equal to 255";
        static string Table(string key, string defined, string more = "") => $$$$$$"""{"TableName":"keys","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"{{{{{{key}}}}}}","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"{{{{{{defined}}}}}}","AttributeType":"S"}]{{{{{{more}}}}}}}""";
        await wire.Refuses("CreateTable", Table(name, "x"), Problem("keySchema.1.member.attributeName"));
        await wire.Refuses("CreateTable", Table("x", name), Problem("attributeDefinitions.1.member.attributeName"));
        await wire.Refuses("CreateTable", Table("x", "x", $$$$$$""","GlobalSecondaryIndexes":[{"IndexName":"index","KeySchema":[{"AttributeName":"{{{{{{name}}}}}}","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]"""),
            Problem("globalSecondaryIndexes.1.member.keySchema.1.member.attributeName"));
        await wire.Refuses("CreateTable", Table("x", "x", $$$$$$""","GlobalSecondaryIndexes":[{"IndexName":"index","KeySchema":[{"AttributeName":"x","KeyType":"HASH"}],"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["{{{{{{name}}}}}}"]}}]"""),
            $"{One}Value '[{name}]' at 'globalSecondaryIndexes.1.member.projection.nonKeyAttributes' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 1]");
        await wire.Refuses("UpdateTable", $$$$$$"""{"TableName":"tab","AttributeDefinitions":[{"AttributeName":"x","AttributeType":"S"},{"AttributeName":"{{{{{{name}}}}}}","AttributeType":"S"}]}""", Problem("attributeDefinitions.2.member.attributeName"));
        await wire.Call("CreateTable", Table(fits, fits));
    }

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    private static async Task<DynamoDBWire> Start()
    {
        var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        return wire;
    }
}
