using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB;

/// <summary>The expression language: what conditions mean, what updates do, and how mistakes are named.</summary>
public class ExpressionsTests
{
    private const string Item = """
        {"a":{"S":"1"},"n":{"N":"5"},"s":{"S":"hello"},"m":{"M":{"x":{"N":"1"},"l":{"L":[{"S":"p"},{"S":"q"},{"S":"r"}]}}},"ss":{"SS":["u","v"]},"b":{"B":"AAE="}}
        """;

    private const string Values = """
        {":5":{"N":"5.0"},":6":{"N":"6"},":h":{"S":"he"},":u":{"S":"u"},":q":{"S":"q"},":N":{"S":"N"},":vu":{"SS":["v","u"]},":none":{"S":"none"}}
        """;

    [Fact]
    public async Task Conditions_mean_what_the_guide_says()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.Call("PutItem", $$$$$$"""{"TableName":"tab","Item":{{{{{{Item}}}}}}}""");
        foreach (var (expected, condition) in new (bool, string)[]
                 {
                     (true, "n = :5"), (false, "n <> :5"), (true, "n < :6 AND n >= :5"), (false, "s < :6"), (true, "NOT s = :5"), (true, "absent <> :5"), (false, "absent = :5"),
                     (true, "n BETWEEN :5 AND :6"), (true, "n in (:6, :5)"), (true, "begins_with(s, :h)"), (true, "contains(ss, :u)"), (true, "contains(s, :h)"),
                     (true, "m.l[1] = :q"), (false, "m.l[9] = :q"), (true, "contains(m.l, :q)"), (true, "attribute_type(n, :N)"), (false, "attribute_type(s, :N)"),
                     (true, "size(s) = :5"), (true, "size(m.l) < :5"), (true, "ss = :vu"), (true, "attribute_exists(m.x) and attribute_not_exists(m.y)"),
                     (true, "n = :6 OR n = :5 AND s <> :none"), (false, "(n = :6 OR n = :5) AND s = :none"), (true, "not n = :6 and n = :5"),
                 })
        {
            var used = JsonNode.Parse(Values)!.AsObject().Where(value => System.Text.RegularExpressions.Regex.IsMatch(condition, value.Key + @"\b")).ToDictionary(value => value.Key, value => value.Value!.DeepClone());
            var body = new JsonObject { ["TableName"] = "tab", ["Select"] = "COUNT", ["FilterExpression"] = condition };
            if (used.Count > 0) body["ExpressionAttributeValues"] = new JsonObject(used.Select(value => KeyValuePair.Create(value.Key, (JsonNode?)value.Value)));
            Assert.True((int)(await wire.Call("Scan", body.ToJsonString()))["Count"]! == (expected ? 1 : 0), condition);
        }
    }

    [Theory]
    [InlineData("SET n = n + :1", "n", """{"N":"6"}""")]
    [InlineData("SET n = :1 - n", "n", """{"N":"-4"}""")]
    [InlineData("SET k = if_not_exists(k, :0) + :1", "k", """{"N":"1"}""")]
    [InlineData("SET m.l = list_append(m.l, :l)", "m.l", """{"L":[{"S":"p"},{"S":"q"},{"S":"r"},{"S":"z"}]}""")]
    [InlineData("SET m.l[7] = :1, m.l[0] = :0", "m.l", """{"L":[{"N":"0"},{"S":"q"},{"S":"r"},{"N":"1"}]}""")]
    [InlineData("ADD m.l[8] :set, m.l[6] :1", "m.l", """{"L":[{"S":"p"},{"S":"q"},{"S":"r"},{"N":"1"},{"SS":["v","w"]}]}""")]
    [InlineData("REMOVE m.l[0], m.l[1]", "m.l", """{"L":[{"S":"r"}]}""")]
    [InlineData("ADD n :1, fresh :1", "fresh", """{"N":"1"}""")]
    [InlineData("ADD ss :set", "ss", """{"SS":["u","v","w"]}""")]
    [InlineData("DELETE ss :set", "ss", """{"SS":["u"]}""")]
    [InlineData("SET x = n REMOVE n", "x", """{"N":"5"}""")]
    [InlineData("set m.#y = s", "m.y", """{"S":"hello"}""")]
    public async Task UpdateItem_changes_what_the_expression_says(string expression, string path, string expected)
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.Call("PutItem", $$$$$$"""{"TableName":"tab","Item":{{{{{{Item}}}}}}}""");
        var all = new Dictionary<string, string> { [":1"] = """{"N":"1"}""", [":0"] = """{"N":"0"}""", [":l"] = """{"L":[{"S":"z"}]}""", [":set"] = """{"SS":["v","w"]}""" };
        var values = all.Where(value => System.Text.RegularExpressions.Regex.IsMatch(expression, value.Key + @"\b")).ToList();
        var answer = await wire.Call("UpdateItem", $$$$$$"""
            {"TableName":"tab","Key":{"a":{"S":"1"}},"UpdateExpression":"{{{{{{expression}}}}}}","ReturnValues":"ALL_NEW"
             {{{{{{(values.Count == 0 ? "" : ",\"ExpressionAttributeValues\":{" + string.Join(",", values.Select(value => $"\"{value.Key}\":{value.Value}")) + "}")}}}}}}
             {{{{{{(expression.Contains("#y", StringComparison.Ordinal) ? ",\"ExpressionAttributeNames\":{\"#y\":\"y\"}" : "")}}}}}}}
            """);
        var found = answer["Attributes"]![path.Split('.')[0]]!;
        if (path.Contains('.', StringComparison.Ordinal)) found = found["M"]![path.Split('.')[1]]!;
        Assert.Equal(expected, found.ToJsonString());
    }

    [Fact]
    public async Task UpdateItem_returns_the_touched_paths_and_makes_missing_items()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.Call("PutItem", $$$$$$"""{"TableName":"tab","Item":{{{{{{Item}}}}}}}""");
        const string Update = """{"TableName":"tab","Key":{"a":{"S":"1"}},"UpdateExpression":"SET m.x = :2, n = :2","ExpressionAttributeValues":{":2":{"N":"2"}},"ReturnValues":""";
        Assert.Equal("""{"Attributes":{"m":{"M":{"x":{"N":"1"}}},"n":{"N":"5"}}}""", (await wire.Call("UpdateItem", Update + "\"UPDATED_OLD\"}")).ToJsonString());
        Assert.Equal("""{"Attributes":{"m":{"M":{"x":{"N":"2"}}},"n":{"N":"2"}}}""", (await wire.Call("UpdateItem", Update + "\"UPDATED_NEW\"}")).ToJsonString());
        var made = await wire.Call("UpdateItem", """{"TableName":"tab","Key":{"a":{"S":"new"}},"ReturnValues":"ALL_NEW"}""");
        Assert.Equal("""{"Attributes":{"a":{"S":"new"}}}""", made.ToJsonString());
        await wire.Call("UpdateItem", """{"TableName":"tab","Key":{"a":{"S":"1"}},"UpdateExpression":"DELETE ss :uv","ExpressionAttributeValues":{":uv":{"SS":["u","v"]}}}""");
        Assert.Null((await wire.Call("GetItem", """{"TableName":"tab","Key":{"a":{"S":"1"}}}"""))["Item"]!["ss"]);
    }

    [Theory]
    [InlineData("SET a = :1", "One or more parameter values were invalid: Cannot update attribute a. This attribute is part of the key")]
    [InlineData("SET x.y = :1, x = :1", "1 validation error detected: Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x, y], path two: [x]")]
    [InlineData("SET x.y = :1, x[0] = :1", "1 validation error detected: Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [x, y], path two: [x, [0]]")]
    [InlineData("SET y[1] = :1, y.b = :1, x[1].y = :1, x = :1", "1 validation error detected: Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x, [1], y], path two: [x]")]
    [InlineData("REMOVE x.y SET x[1] = :1", "1 validation error detected: Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [x, y], path two: [x, [1]]")]
    [InlineData("SET #a = :1", "1 validation error detected: Invalid UpdateExpression: An expression attribute name used in the document path is not defined; attribute name: #a")]
    [InlineData("SET x = :2", "1 validation error detected: Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :2")]
    [InlineData("SET name = :1", "1 validation error detected: Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: name")]
    [InlineData("SET x = :1 SET y = :1", "1 validation error detected: Invalid UpdateExpression: The \"SET\" section can only be used once in an update expression;")]
    [InlineData("SET x = foo(y)", "1 validation error detected: Invalid UpdateExpression: Invalid function name; function: foo")]
    [InlineData("SET x y", "1 validation error detected: Invalid UpdateExpression: Syntax error; token: \"y\", near: \"x y\"")]
    [InlineData("", "1 validation error detected: Invalid UpdateExpression: The expression can not be empty;")]
    [InlineData("SET x = y", "1 validation error detected: Value provided in ExpressionAttributeValues unused in expressions: keys: {:1}")]
    [InlineData("SET x.y.z = :1", "The document path provided in the update expression is invalid for update")]
    [InlineData("SET x = absent + :1", "The provided expression refers to an attribute that does not exist in the item")]
    public async Task UpdateItem_names_the_mistake(string expression, string message)
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.Refuses("UpdateItem", new JsonObject
        {
            ["TableName"] = "tab",
            ["Key"] = JsonNode.Parse("""{"a":{"S":"1"}}"""),
            ["UpdateExpression"] = expression,
            ["ExpressionAttributeValues"] = JsonNode.Parse("""{":1":{"N":"1"}}"""),
        }.ToJsonString(), message);
    }

    [Theory]
    [InlineData("((x = :1))", "Invalid FilterExpression: The expression has redundant parentheses;")]
    [InlineData("x = x OR x = :1", "Invalid FilterExpression: The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [x]")]
    [InlineData("begins_with(x) OR x = :1", "Invalid FilterExpression: Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1")]
    [InlineData("begins_with(x, :1)", "Invalid FilterExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N")]
    [InlineData("attribute_exists(:1)", "Invalid FilterExpression: Operator or function requires a document path; operator or function: attribute_exists")]
    [InlineData("size(x) AND x = :1", "Invalid FilterExpression: The function is not allowed to be used this way in an expression; function: size")]
    [InlineData("x = :1 )", "Invalid FilterExpression: Syntax error; token: \")\", near: \":1 )\"")]
    public async Task Filters_name_the_mistake(string expression, string message)
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.Refuses("Scan", $$$$$$"""{"TableName":"tab","FilterExpression":"{{{{{{expression}}}}}}","ExpressionAttributeValues":{":1":{"N":"1"}}}""", message);
    }

    [Fact]
    public async Task Expressions_have_their_limits_and_placeholders_their_rules()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        const string Start = """{"TableName":"tab","Item":{"a":{"S":"1"}}""";
        var expression = "attribute_exists(" + new string('x', 4097 - 18) + ")";
        await wire.Refuses("PutItem", Start + $$$$$$""","ConditionExpression":"{{{{{{expression}}}}}}"}""",
            "1 validation error detected: Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4097");
        await wire.Refuses("PutItem", Start + ""","ExpressionAttributeValues":{":a":{"S":"1"}}}""",
            "1 validation error detected: ExpressionAttributeValues can only be specified when using expressions");
        await wire.Refuses("PutItem", Start + ""","ExpressionAttributeNames":{"#a":"1"}}""", "1 validation error detected: ExpressionAttributeNames can only be specified when using expressions");
        await wire.Refuses("PutItem", Start + ""","ConditionExpression":"x = :a","ExpressionAttributeValues":{":a":{"N":"x"}}}""",
            "1 validation error detected: The parameter cannot be converted to a numeric value: x");
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"p"},"l":{"L":[{"S":"x"},{"S":"y"},{"S":"z"}]},"name":{"S":"n"}}}""");
        var got = await wire.Call("GetItem", """
            {"TableName":"tab","Key":{"a":{"S":"p"}},"ProjectionExpression":"l[2], #n, l[0], absent","ExpressionAttributeNames":{"#n":"name"}}
            """);
        Assert.Equal("""{"l":{"L":[{"S":"x"},{"S":"z"}]},"name":{"S":"n"}}""", got["Item"]!.ToJsonString());
    }
}
