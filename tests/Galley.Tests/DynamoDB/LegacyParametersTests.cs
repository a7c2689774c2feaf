using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB;

/// <summary>Expected, AttributeUpdates, KeyConditions, QueryFilter, ScanFilter, AttributesToGet, ConditionalOperator: what old code still sends.</summary>
public class LegacyParametersTests
{
    [Theory]
    [InlineData("""{"n":{"Value":{"N":"5"}}}""", true)]
    [InlineData("""{"n":{"Value":{"N":"6"}}}""", false)]
    [InlineData("""{"n":{"Exists":true,"Value":{"N":"5.0"}}}""", true)]
    [InlineData("""{"gone":{"Exists":false}}""", true)]
    [InlineData("""{"n":{"Exists":false}}""", false)]
    [InlineData("""{"n":{"ComparisonOperator":"GT","AttributeValueList":[{"N":"4"}]}}""", true)]
    [InlineData("""{"n":{"ComparisonOperator":"GT","Value":{"N":"5"}}}""", false)]
    [InlineData("""{"n":{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"N":"4"},{"N":"6"}]}}""", true)]
    [InlineData("""{"n":{"ComparisonOperator":"IN","AttributeValueList":[{"N":"4"},{"N":"5"}]}}""", true)]
    [InlineData("""{"gone":{"ComparisonOperator":"NE","AttributeValueList":[{"N":"4"}]}}""", true)]
    [InlineData("""{"gone":{"ComparisonOperator":"NOT_CONTAINS","AttributeValueList":[{"S":"x"}]}}""", false)]
    [InlineData("""{"s":{"ComparisonOperator":"NOT_CONTAINS","AttributeValueList":[{"S":"x"}]}}""", true)]
    [InlineData("""{"s":{"ComparisonOperator":"CONTAINS","AttributeValueList":[{"S":"ell"}]}}""", true)]
    [InlineData("""{"s":{"ComparisonOperator":"BEGINS_WITH","AttributeValueList":[{"S":"ell"}]}}""", false)]
    [InlineData("""{"gone":{"ComparisonOperator":"NULL"},"s":{"ComparisonOperator":"NOT_NULL"}}""", true)]
    [InlineData("""{"n":{"Value":{"N":"6"}},"s":{"Value":{"S":"hello"}}},"ConditionalOperator":"OR" """, true, "")]
    [InlineData("""{"n":{"Value":{"N":"6"}},"s":{"Value":{"S":"hello"}}},"ConditionalOperator":"AND" """, false, "")]
    public async Task Expected_is_a_condition(string expected, bool holds, string end = "")
    {
        await using var wire = await WithItem();
        var body = $$$$$$"""{"TableName":"tab","Key":{"a":{"S":"1"}},"Expected":{{{{{{expected + end}}}}}}}""";
        if (holds) Assert.Empty(await wire.Call("DeleteItem", body));
        else await wire.Refuses("DeleteItem", body, "The conditional request failed", "ConditionalCheckFailedException");
    }

    [Theory]
    [InlineData("""{"n":{}}""", "1 validation error detected: One or more parameter values were invalid: Value must be provided when Exists is null for Attribute: n")]
    [InlineData("""{"n":{"Exists":true}}""", "1 validation error detected: One or more parameter values were invalid: Value must be provided when Exists is true for Attribute: n")]
    [InlineData("""{"n":{"Exists":false,"Value":{"N":"1"}}}""", "1 validation error detected: One or more parameter values were invalid: Value cannot be used when Exists is false for Attribute: n")]
    [InlineData("""{"n":{"Exists":false,"ComparisonOperator":"NULL"}}""", "1 validation error detected: One or more parameter values were invalid: Exists and ComparisonOperator cannot be used together for Attribute: n")]
    [InlineData("""{"n":{"AttributeValueList":[],"Value":{"N":"1"}}}""", "1 validation error detected: One or more parameter values were invalid: Value and AttributeValueList cannot be used together for Attribute: n")]
    [InlineData("""{"n":{"AttributeValueList":[]}}""", "1 validation error detected: One or more parameter values were invalid: AttributeValueList can only be used with a ComparisonOperator for Attribute: n")]
    [InlineData("""{"n":{"ComparisonOperator":"LT"}}""", "1 validation error detected: One or more parameter values were invalid: Value or AttributeValueList must be used with ComparisonOperator: LT for Attribute: n")]
    [InlineData("""{"n":{"ComparisonOperator":"LT","AttributeValueList":[{"N":"1"},{"N":"2"}]}}""", "1 validation error detected: One or more parameter values were invalid: Invalid number of argument(s) for the LT ComparisonOperator")]
    [InlineData("""{"n":{"ComparisonOperator":"IN","AttributeValueList":[{"N":"1"},{"S":"2"}]}}""", "1 validation error detected: One or more parameter values were invalid: AttributeValues inside AttributeValueList must be of same type")]
    [InlineData("""{"n":{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"N":"2"},{"N":"1"}]}}""", "1 validation error detected: The BETWEEN condition was provided a range where the lower bound is greater than the upper bound")]
    [InlineData("""{"n":{"ComparisonOperator":"BEGINS_WITH","AttributeValueList":[{"N":"2"}]}}""", "1 validation error detected: One or more parameter values were invalid: ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type")]
    [InlineData("""{"n":{"ComparisonOperator":"X"}}""", "1 validation error detected: Value 'X' at 'expected.n.member.comparisonOperator' failed to satisfy constraint: Member must satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]")]
    [InlineData("""{"n":null}""", "1 validation error detected: Value null at 'expected.n.member' failed to satisfy constraint: Member must not be null")]
    [InlineData("""{"n":{"Value":{"N":"1"}}},"ConditionalOperator":"OR" """, "1 validation error detected: ConditionalOperator can only be used when Filter or Expected has two or more elements")]
    [InlineData("""{},"ConditionalOperator":"OR" """, "1 validation error detected: ConditionalOperator cannot be used without Filter or Expected")]
    [InlineData("""{},"ConditionExpression":"attribute_exists(a)" """, "1 validation error detected: Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}")]
    public async Task Expected_is_refused_in_AWS_words(string expected, string message)
    {
        await using var wire = await WithItem();
        await wire.Refuses("PutItem", $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"1"}},"Expected":{{{{{{expected}}}}}}}""", message);
    }

    [Fact]
    public async Task AttributeUpdates_put_add_and_delete()
    {
        await using var wire = await WithItem();
        var updated = await wire.Call("UpdateItem", """
            {"TableName":"tab","Key":{"a":{"S":"1"}},"ReturnValues":"ALL_NEW","AttributeUpdates":{
              "n":{"Action":"ADD","Value":{"N":"2"}},"s":{"Action":"DELETE"},"p":{"Value":{"S":"put"}},"l":{"Action":"ADD","Value":{"L":[{"S":"y"}]}},
              "set":{"Action":"DELETE","Value":{"SS":["a"]}},"more":{"Action":"ADD","Value":{"SS":["z"]}}}}
            """);
        JsonEqual("""{"a":{"S":"1"},"n":{"N":"7"},"l":{"L":[{"S":"x"},{"S":"y"}]},"set":{"SS":["b"]},"p":{"S":"put"},"more":{"SS":["z"]}}""", updated["Attributes"]!);
        var only = await wire.Call("UpdateItem", """{"TableName":"tab","Key":{"a":{"S":"1"}},"ReturnValues":"UPDATED_NEW","AttributeUpdates":{"n":{"Action":"PUT","Value":{"N":"1"}}}}""");
        JsonEqual("""{"n":{"N":"1"}}""", only["Attributes"]!);

        // Deleting from an item that is not there does not make it; an empty update does.
        await wire.Call("UpdateItem", """{"TableName":"tab","Key":{"a":{"S":"2"}},"AttributeUpdates":{"n":{"Action":"DELETE"}}}""");
        Assert.Empty(await wire.Call("GetItem", """{"TableName":"tab","Key":{"a":{"S":"2"}}}"""));
        await wire.Call("UpdateItem", """{"TableName":"tab","Key":{"a":{"S":"2"}},"AttributeUpdates":{}}""");
        Assert.Single(await wire.Call("GetItem", """{"TableName":"tab","Key":{"a":{"S":"2"}}}"""));

        async Task Refuses(string updates, string message)
            => await wire.Refuses("UpdateItem", $$$$$$"""{"TableName":"tab","Key":{"a":{"S":"1"}},"AttributeUpdates":{{{{{{updates}}}}}}}""", message);
        await Refuses("""{"n":{"Action":"PUT"}}""", "1 validation error detected: One or more parameter values were invalid: Only DELETE action is allowed when no attribute value is specified");
        await Refuses("""{"n":{"Action":"DELETE","Value":{"N":"1"}}}""", "1 validation error detected: One or more parameter values were invalid: DELETE action with value is not supported for the type N");
        await Refuses("""{"n":{"Action":"ADD","Value":{"S":"1"}}}""", "1 validation error detected: One or more parameter values were invalid: ADD action is not supported for the type S");
        await Refuses("""{"n":{"Action":"BAD","Value":{"S":"1"}}}""", "1 validation error detected: Value 'BAD' at 'attributeUpdates.n.member.action' failed to satisfy constraint: Member must satisfy enum value set: [ADD, DELETE, PUT]");
        await Refuses("""{"a":{"Value":{"S":"2"}}}""", "One or more parameter values were invalid: Cannot update attribute a. This attribute is part of the key");
        await Refuses("""{},"UpdateExpression":"SET n = n","Expected":{}""",
            "1 validation error detected: Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributeUpdates, Expected} Expression parameters: {UpdateExpression}");
    }

    [Fact]
    public async Task Query_and_Scan_take_conditions_and_filters()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable(range: true);
        for (var i = 1; i <= 4; i++)
            await wire.Call("PutItem", $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"p"},"b":{"N":"{{{{{{i}}}}}}"},"odd":{"BOOL":{{{{{{(i % 2 == 1 ? "true" : "false")}}}}}}},"c":{"S":"x{{{{{{i}}}}}}"}}}""");
        const string Hash = """ "a":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"p"}]} """;
        async Task<string> Found(string operation, string rest)
            => string.Join(",", (await wire.Call(operation, $$$$$$"""{"TableName":"tab",{{{{{{rest}}}}}}}"""))["Items"]!.AsArray().Select(item => (string)item!["b"]!["N"]!).Order());
        Assert.Equal("2,3", await Found("Query", $$$$$$""" "KeyConditions":{ {{{{{{Hash}}}}}},"b":{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"N":"2"},{"N":"3"}]}} """));
        Assert.Equal("1,3", await Found("Query", $$$$$$""" "KeyConditions":{ {{{{{{Hash}}}}}}},"QueryFilter":{"odd":{"ComparisonOperator":"EQ","AttributeValueList":[{"BOOL":true}]}} """));
        Assert.Equal("1", await Found("Query", $$$$$$""" "KeyConditions":{ {{{{{{Hash}}}}}}},"FilterExpression":"c = :c","ExpressionAttributeValues":{":c":{"S":"x1"}} """));
        Assert.Equal("2,3", await Found("Scan", """ "ScanFilter":{"c":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"x2"}]},"b":{"ComparisonOperator":"EQ","AttributeValueList":[{"N":"3"}]}},"ConditionalOperator":"OR" """));
        var some = await wire.Call("Scan", """{"TableName":"tab","AttributesToGet":["c","nothing"],"Limit":1}""");
        Assert.Equal(["c"], some["Items"]![0]!.AsObject().Select(pair => pair.Key));
        var batch = await wire.Call("BatchGetItem", """{"RequestItems":{"tab":{"Keys":[{"a":{"S":"p"},"b":{"N":"1"}}],"AttributesToGet":["odd"]}}}""");
        Assert.Equal("""[{"odd":{"BOOL":true}}]""", batch["Responses"]!["tab"]!.ToJsonString());
        Assert.Equal("""{"Item":{"c":{"S":"x1"}}}""", (await wire.Call("GetItem", """{"TableName":"tab","Key":{"a":{"S":"p"},"b":{"N":"1"}},"AttributesToGet":["c"]}""")).ToJsonString());

        async Task Refuses(string rest, string message, string operation = "Query") => await wire.Refuses(operation, $$$$$$"""{"TableName":"tab",{{{{{{rest}}}}}}}""", message);
        await Refuses(""" "KeyConditions":{} """, "Conditions can be of length 1 or 2 only");
        await Refuses(""" "KeyConditions":{"a":{"ComparisonOperator":"NE","AttributeValueList":[{"S":"p"}]}} """, "Attempted conditional constraint is not an indexable operation");
        await Refuses(""" "KeyConditions":{"b":{"ComparisonOperator":"EQ","AttributeValueList":[{"N":"1"}]}} """, "Query condition missed key schema element: a");
        await Refuses(""" "KeyConditions":{"a":{"ComparisonOperator":"LT","AttributeValueList":[{"S":"p"}]}} """, "Query key condition not supported");
        await Refuses(""" "KeyConditions":{"a":{"ComparisonOperator":"EQ","AttributeValueList":[{"N":"1"}]}} """, "One or more parameter values were invalid: Condition parameter type does not match schema type");
        await Refuses($$$$$$""" "KeyConditions":{ {{{{{{Hash}}}}}}},"QueryFilter":{"b":{"ComparisonOperator":"NULL"}} """, "QueryFilter can only contain non-primary key attributes: Primary key attribute: b");
        await Refuses($$$$$$""" "KeyConditions":{ {{{{{{Hash}}}}}}},"KeyConditionExpression":"a = :a" """,
            "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {KeyConditions} Expression parameters: {KeyConditionExpression}");
        await Refuses(""" "AttributesToGet":["c","c"] """, "One or more parameter values were invalid: Duplicate value in attribute name: c", "Scan");
        await Refuses(""" "AttributesToGet":[] """, "1 validation error detected: Value '[]' at 'attributesToGet' failed to satisfy constraint: Member must have length greater than or equal to 1", "Scan");
        await Refuses(""" "AttributesToGet":["c"],"Select":"COUNT" """, "Cannot specify the AttributesToGet when choosing to get only the Count", "Scan");
        await Refuses(""" "ScanFilter":{"c":{}} """, "1 validation error detected: Value null at 'scanFilter.c.member.comparisonOperator' failed to satisfy constraint: Member must not be null", "Scan");
    }

    private static async Task<DynamoDBWire> WithItem()
    {
        var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"1"},"n":{"N":"5"},"s":{"S":"hello"},"l":{"L":[{"S":"x"}]},"set":{"SS":["a","b"]}}}""");
        return wire;
    }

    private static void JsonEqual(string expected, JsonNode actual)
        => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), actual.ToJsonString());
}
