using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB;

/// <summary>What AWS answers to requests that are wrong in themselves: words, envelope, and which mistake comes first.</summary>
public class RequestValidationTests
{
    private const string One = "1 validation error detected: ", Invalid = "One or more parameter values were invalid: ";
    private const string BadCapacity = "Value 'BOGUS' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]";
    private const string BadReturn = "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]";
    private const string BadMetrics = "Value 'BOGUS' at 'returnItemCollectionMetrics' failed to satisfy constraint: Member must satisfy enum value set: [SIZE, NONE]";
    private const string NoName = "Value at 'TableName' failed to satisfy constraint: Member must have length greater than or equal to 1";
    private const string TooDeep = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit";
    private const string EmptyKey = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: a";

    [Fact]
    public async Task Writes_of_one_item_tell_mistakes_of_the_request_in_an_envelope()
    {
        await Refuse(
            ("PutItem", """{"Item":{"a":{"S":"1"}}}""", One + "Value null at 'tableName' failed to satisfy constraint: Member must not be null"),
            ("PutItem", """{"TableName":"","Item":{},"ReturnValues":"BOGUS"}""", One + NoName),
            ("PutItem", """{"TableName":"x!","Item":{}}""", One + "Value 'x!' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
            ("PutItem", Put(""","ReturnValues":"BOGUS","ReturnConsumedCapacity":"BOGUS","ReturnItemCollectionMetrics":"BOGUS" """), $"3 validation errors detected: {BadCapacity}; {BadReturn}; {BadMetrics}"),
            ("DeleteItem", Delete(""","ReturnValues":"BOGUS","ReturnConsumedCapacity":"BOGUS" """), $"2 validation errors detected: {BadCapacity}; {BadReturn}"),
            ("UpdateItem", Delete(""","ReturnValues":"BOGUS","ReturnConsumedCapacity":"BOGUS" """), One + BadReturn),
            ("UpdateItem", """{"TableName":"","Key":{}}""", One + NoName),
            ("UpdateItem", """{"TableName":"","ReturnConsumedCapacity":"BOGUS","ReturnValues":"BOGUS"}""",
                $"4 validation errors detected: {BadCapacity}; Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 1; "
                + "Value 'BOGUS' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]; "
                + "Value null at 'key' failed to satisfy constraint: Member must not be null"),
            ("UpdateItem", """{"TableName":"tab","ConditionalOperator":"XOR"}""",
                "2 validation errors detected: Value 'XOR' at 'conditionalOperator' failed to satisfy constraint: Member must satisfy enum value set: [OR, AND]; Value null at 'key' failed to satisfy constraint: Member must not be null"),
            ("DeleteItem", Delete(""","ReturnValues":"ALL_NEW" """), One + "ReturnValues can only be ALL_OLD or NONE"),
            ("PutItem", Put(""","ReturnValues":"UPDATED_NEW" """), One + "ReturnValues can only be ALL_OLD or NONE"),
            ("DeleteItem", Delete(""","ExpressionAttributeNames":{"#a":"a"}"""), One + "ExpressionAttributeNames can only be specified when using expressions"),
            ("DeleteItem", Delete(""","ExpressionAttributeValues":{":v":{"S":"x"}}"""), One + "ExpressionAttributeValues can only be specified when using expressions"),
            ("DeleteItem", Delete(""","ConditionExpression":"attribute_exists(a)","ExpressionAttributeValues":{}"""), One + "ExpressionAttributeValues must not be empty"),
            ("DeleteItem", Delete(""","ConditionExpression":"" """), One + "Invalid ConditionExpression: The expression can not be empty;"),
            ("PutItem", Put(""","ConditionExpression":"((attribute_not_exists(a)))" """), One + "Invalid ConditionExpression: The expression has redundant parentheses;"),
            ("UpdateItem", Delete(""","UpdateExpression":"SET b = :w","ConditionExpression":"x = :v","ExpressionAttributeValues":{":w":{"S":"x"}}"""),
                One + "Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :v"),
            // What only the table's definition tells stands outside.
            ("UpdateItem", Delete(""","UpdateExpression":"SET a = :v","ExpressionAttributeValues":{":v":{"S":"x"}}"""), Invalid + "Cannot update attribute a. This attribute is part of the key"),
            ("DeleteItem", """{"TableName":"tab","Key":{"a":{"S":""}}}""", EmptyKey),
            ("GetItem", """{"TableName":"tab","Key":{"a":{"S":""}}}""", EmptyKey));
    }

    /// <summary>As recorded from AWS in us-east-1 and eu-west-2, October 2026: past some 61 levels the request is read otherwise.</summary>
    [Fact]
    public async Task A_value_nested_far_too_deep_is_found_at_another_place()
    {
        const string named = "ExpressionAttributeValues contains invalid value: " + TooDeep + " for key :d", emptyName = "Empty attribute name";
        await Refuse(
            ("PutItem", Item(Deep(61)), One + TooDeep),
            ("PutItem", Item(Deep(63)), TooDeep),
            ("DeleteItem", Delete(Condition(40)), One + TooDeep),
            ("DeleteItem", Delete(Condition(63)), named),
            ("PutItem", Put($$$$$$""","Expected":{"x":{"Value":{{{{{{Deep(100)}}}}}}},"y":{"Exists":false}},"ConditionalOperator":"XOR" """), One + "Value 'XOR' at 'conditionalOperator' failed to satisfy constraint: Member must satisfy enum value set: [OR, AND]"),
            ("UpdateItem", Delete($$$$$$""","AttributeUpdates":{"z":{"Action":"PUT","Value":{"S":"1"}}},"Expected":{"x":{"Value":{{{{{{Deep(100)}}}}}}},"y":{"Exists":false}},"ConditionalOperator":"XOR" """),
                One + "Value 'XOR' at 'conditionalOperator' failed to satisfy constraint: Member must satisfy enum value set: [OR, AND]"),
            ("DeleteItem", Delete(Condition(63) + ""","ReturnValues":"BOGUS" """), One + "Value 'BOGUS' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"),
            ("DeleteItem", Delete(Condition(100) + ""","ReturnValues":"UPDATED_NEW" """), "ReturnValues can only be ALL_OLD or NONE"),
            ("TransactWriteItems", $$$$$$"""{"TransactItems":[{"ConditionCheck":{"TableName":"tab","Key":{"a":{"S":"1"}}{{{{{{Condition(61)}}}}}}}}]}""", named),
            ("TransactWriteItems", $$$$$$"""{"TransactItems":[{"Put":{{{{{{Item(Deep(40))}}}}}}},{"Put":{"TableName":"tab","Item":{"a":{"S":"2"},"":{"S":"x"}}}}]}""", TooDeep),
            ("TransactWriteItems", $$$$$$"""{"TransactItems":[{"Put":{"TableName":"tab","Item":{"a":{"S":"2"},"":{"S":"x"}}}},{"Put":{{{{{{Item(Deep(100))}}}}}}}]}""", emptyName),
            ("TransactWriteItems", $$$$$$"""{"TransactItems":[{"Put":{"TableName":"tab","Item":{"a":{"S":"2"},"d":{{{{{{Deep(100)}}}}}},"":{"S":"x"}}}}]}""", emptyName),
            ("TransactWriteItems", $$$$$$"""{"TransactItems":[{"Put":{"TableName":"tab","Item":{"":{"S":"x"},"a":{"S":"2"},"d":{{{{{{Deep(100)}}}}}}}}}]}""", emptyName));

        static string Deep(int levels) => string.Concat(Enumerable.Repeat("{\"M\":{\"n\":", levels)) + "{\"S\":\"leaf\"}" + string.Concat(Enumerable.Repeat("}}", levels));

        static string Item(string value) => $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"1"},"d":{{{{{{value}}}}}}}}""";

        static string Condition(int levels) => $$$$$$""","ConditionExpression":"v = :d","ExpressionAttributeValues":{":d":{{{{{{Deep(levels)}}}}}}}""";
    }

    [Fact]
    public async Task Values_are_worded_by_the_operation_that_takes_them()
    {
        const string NotNumeric = "The parameter cannot be converted to a numeric value", Overflow = "Number overflow. Attempting to store a number with magnitude larger than supported range",
            Underflow = "Number underflow. Attempting to store a number with magnitude smaller than supported range";
        const string Duplicate = Invalid + "Input collection ";
        (string Value, string Current, string Older)[] values =
        [
            ("""{"N":"abc"}""", NotNumeric + ": abc", NotNumeric + ": abc"),
            ("""{"N":""}""", NotNumeric + ": ", NotNumeric),
            ("""{"N":"1e126"}""", Overflow, Overflow),
            ("""{"N":"1e2147483647"}""", Overflow, Underflow),
            ("""{"N":"1e-99999999999"}""", Underflow, NotNumeric + ": 1e-99999999999"),
            ("""{"N":"1e9223372036854775808"}""", NotNumeric + ": 1e9223372036854775808", NotNumeric + ": 1e9223372036854775808"),
            ("""{"N":"0e126"}""", Overflow, Overflow),
            ("""{"N":"0e-131"}""", Underflow, Underflow),
            ("""{"N":" 1"}""", NotNumeric + ":  1", NotNumeric + ":  1"),
            ("""{"SS":["b","a","b"]}""", Duplicate + "[\"a\", \"b\", \"b\"] contains duplicates.", Duplicate + "[b, a, b] contains duplicates."),
            ("""{"BS":["/w==","AA==","AA=="]}""", Duplicate + "[\"AA==\",\"/w==\",\"AA==\"]of type BS contains duplicates.", Duplicate + "[/w==, AA==, AA==]of type BS contains duplicates."),
            ("""{"NS":["2","1","2"]}""", Duplicate + "contains duplicates.", "Input collection contains duplicates"),
            ("""{"M":{"x":{"L":[{"SS":[]}]}}}""", Invalid + "An string set  may not be empty", Invalid + "An string set  may not be empty"),
            ("""{"BS":[]}""", Invalid + "Binary sets should not be empty", Invalid + "Binary sets should not be empty"),
        ];
        await Refuse([.. values.SelectMany(value => Uses(value.Value, value.Current, value.Older))]);

        static IEnumerable<(string, string, string)> Uses(string value, string current, string older) =>
        [
            ("PutItem", $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"1"},"v":{{{{{{value}}}}}}}}""", One + current),
            ("PutItem", Put($$$$$$""","ConditionExpression":"v = :v","ExpressionAttributeValues":{":v":{{{{{{value}}}}}}}"""), One + current),
            ("PutItem", Put($$$$$$""","Expected":{"v":{"Value":{{{{{{value}}}}}}}}"""), One + current),
            ("UpdateItem", Delete($$$$$$""","AttributeUpdates":{"v":{"Value":{{{{{{value}}}}}}}}"""), One + current),
            ("DeleteItem", $$$$$$"""{"TableName":"tab","Key":{"a":{{{{{{value}}}}}}}}""", One + current),
            ("GetItem", $$$$$$"""{"TableName":"tab","Key":{"a":{{{{{{value}}}}}}}}""", current),
            ("BatchGetItem", $$$$$$"""{"RequestItems":{"tab":{"Keys":[{"a":{{{{{{value}}}}}}}]}}}""", current),
            ("Query", $$$$$$"""{"TableName":"tab","KeyConditionExpression":"a = :a","ExpressionAttributeValues":{":a":{{{{{{value}}}}}}}}""", current),
            ("Query", $$$$$$"""{"TableName":"tab","KeyConditionExpression":"a = :a","ExpressionAttributeValues":{":a":{"S":"1"}},"ExclusiveStartKey":{"a":{{{{{{value}}}}}}}}""", current),
            ("Query", $$$$$$"""{"TableName":"tab","KeyConditions":{"a":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"1"}]}},"QueryFilter":{"v":{"ComparisonOperator":"EQ","AttributeValueList":[{{{{{{value}}}}}}]}}}""", current),
            ("TransactWriteItems", $$$$$$"""{"TransactItems":[{"Put":{"TableName":"tab","Item":{"a":{"S":"1"},"v":{{{{{{value}}}}}}}}}]}""", current),
            ("TransactWriteItems", $$$$$$"""{"TransactItems":[{"Update":{"TableName":"tab","Key":{"a":{"S":"1"}},"UpdateExpression":"SET v = :v","ExpressionAttributeValues":{":v":{{{{{{value}}}}}}}}}]}""", current),
            ("TransactGetItems", $$$$$$"""{"TransactItems":[{"Get":{"TableName":"tab","Key":{"a":{{{{{{value}}}}}}}}}]}""", current),
            ("BatchWriteItem", $$$$$$"""{"RequestItems":{"tab":[{"PutRequest":{"Item":{"a":{"S":"1"},"v":{{{{{{value}}}}}}}}}]}}""", older),
            ("Scan", $$$$$$"""{"TableName":"tab","FilterExpression":"v = :v","ExpressionAttributeValues":{":v":{{{{{{value}}}}}}}}""", $"ExpressionAttributeValues contains invalid value: {older} for key :v"),
        ];
    }

    [Fact]
    public async Task Queries_tell_the_first_mistake_of_a_key_condition()
    {
        const string Operand = "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
            Undefined = "Invalid KeyConditionExpression: An expression attribute value used in expression is not defined; attribute value: :missing",
            Schema = Invalid + "Condition parameter type does not match schema type";
        string Query(string condition, string values, string table = "ranged") => $$$$$$"""{"TableName":"{{{{{{table}}}}}}","KeyConditionExpression":"{{{{{{condition}}}}}}","ExpressionAttributeValues":{ {{{{{{values}}}}}} }}""";
        const string S = "\":s\":{\"S\":\"q\"}", N = "\":n\":{\"N\":\"1\"}", B = "\":t\":{\"BOOL\":true}";
        await Refuse(
            ("Query", Query("a = :missing AND begins_with(b, :n)", N), Undefined),
            ("Query", Query("begins_with(b, :n) AND a = :missing", N), Operand),
            ("Query", Query("a = :s AND begins_with(b, :n) AND b > :n", S + "," + N), Operand),
            ("Query", Query("a = :s AND begins_with(b, :n)", S + "," + N, "missing"), Operand),
            ("Query", Query("a = :s AND begins_with(b, :s)", S), Schema),
            ("Query", Query("a = :s AND b = :t", S + "," + B), Schema),
            ("Query", Query("a = :s AND :t >= b", S + "," + B), "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: >=, operand type: BOOL"),
            ("Query", Query("a = :s AND b > :n AND c = :n", S + "," + N), "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)"),
            ("Query", Query("b = :n", N), "Query condition missed key schema element: a"),
            ("Query", """{"TableName":"tab","KeyConditionExpression":"a = :s","ExpressionAttributeValues":{":s":{"S":"1"}},"Limit":0}""", One + "Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1"),
            ("Scan", """{"TableName":"tab","Limit":0}""", One + "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"),
            ("Scan", """{"TableName":"tab","Select":"ALL_PROJECTED_ATTRIBUTES"}""", "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"),
            ("Query", """{"TableName":"none","KeyConditions":{"a":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"1"}]}},"ConditionalOperator":"XOR","Select":"BOGUS"}""",
                "Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]"));

        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable(range: true);
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"q"},"b":{"N":"1"}}}""");
        foreach (var condition in (string[])["a = :s AND :n <= b", "(a = :s) AND (b = :n)", "(a = :s AND b = :n)"])
            Assert.Equal(1, (int)(await wire.Call("Query", Query(condition, S + "," + N, "tab")))["Count"]!);
    }

    [Fact]
    public async Task Batches_tell_mistakes_of_the_request_before_those_of_the_items()
    {
        const string Names = "failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]";
        string Keys(int count) => string.Join(",", Enumerable.Range(0, count).Select(i => $$$$$$"""{"a":{"S":"{{{{{{i}}}}}}"}}"""));
        string Puts(int count) => string.Join(",", Enumerable.Range(0, count).Select(i => $$$$$$"""{"PutRequest":{"Item":{"a":{"S":"{{{{{{i}}}}}}"}}}}"""));
        await Refuse(
            ("BatchGetItem", """{"RequestItems":{}}""", One + "Value at 'RequestItems' failed to satisfy constraint: Member must have length greater than or equal to 1"),
            ("BatchGetItem", """{"RequestItems":{"tab":{"Keys":[]}}}""", One + "Value at 'RequestItems.tab.member.Keys' failed to satisfy constraint: Member must have length greater than or equal to 1"),
            ("BatchGetItem", $$$$$$"""{"RequestItems":{"tab":{"Keys":[{{{{{{Keys(101)}}}}}}]}}}""", One + "Value at 'RequestItems.tab.member.Keys' failed to satisfy constraint: Member must have length less than or equal to 100"),
            ("BatchGetItem", """{"RequestItems":{"bad!name":{"Keys":[{"a":{"S":"1"}}]}},"ReturnConsumedCapacity":"BOGUS"}""",
                $"2 validation errors detected: Value '{{\"bad!name\":{{\"Keys\":[{{\"a\":{{\"S\":\"1\"}}}}]}}}}' at 'requestItems' {Names}; {BadCapacity}"),
            ("BatchGetItem", """{"RequestItems":{"none":{"Keys":[{"a":{"S":"1"}}]}},"ReturnConsumedCapacity":"BOGUS"}""", One + BadCapacity),
            ("BatchGetItem", """{"RequestItems":{"tab":{"Keys":[{"a":{"S":"1"}}],"ProjectionExpression":"a"},"ranged":{"Keys":[{"a":{"S":"1"},"b":{"N":"1"}}],"AttributesToGet":["a"]}}}""",
                "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}"),
            ("BatchWriteItem", """{"RequestItems":{}}""", "The requestItems parameter is required for BatchWriteItem"),
            ("BatchWriteItem", """{"RequestItems":{"tab":[]}}""", One + "Value '{tab=[]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]"),
            ("BatchWriteItem", $$$$$$"""{"RequestItems":{"tab":[{{{{{{Puts(26)}}}}}}]}}""", One + "Value at 'RequestItems.tab.member' failed to satisfy constraint: Member must have length less than or equal to 25"),
            ("BatchWriteItem", """{"RequestItems":{"bad!name":[{"PutRequest":{"Item":{"a":{"S":"1"}}}}]},"ReturnConsumedCapacity":"BOGUS"}""", One + BadCapacity),
            ("BatchWriteItem", """{"RequestItems":{"none":[{"PutRequest":{"Item":{"a":{"S":"1"}}}}]},"ReturnConsumedCapacity":"BOGUS","ReturnItemCollectionMetrics":"BOGUS"}""", $"2 validation errors detected: {BadCapacity}; {BadMetrics}"),
            ("BatchWriteItem", """{"RequestItems":{"tab":[{"PutRequest":{"Item":{"a":{"N":"5"}}}}]}}""", "The provided key element does not match the schema"),
            ("BatchWriteItem", """{"RequestItems":{"tab":[{"PutRequest":{"Item":{"x":{"S":"5"}}}}]}}""", "The provided key element does not match the schema"),
            ("BatchWriteItem", """{"RequestItems":{"tab":[{"PutRequest":{"Item":{"a":{"S":""}}}}]}}""", EmptyKey));
    }

    [Fact]
    public async Task Transactions_check_their_actions_in_order_before_any_table()
    {
        const string Syntax = "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"(\"", Unused = "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}";
        string deep = string.Concat(Enumerable.Repeat("""{"M":{"n":""", 40)) + """{"S":"x"}""" + new string('}', 80);
        const string Missing = """{"Put":{"TableName":"none","Item":{"a":{"S":"1"}}}}""",
            Broken = """{"ConditionCheck":{"TableName":"tab","Key":{"a":{"S":"1"}},"ConditionExpression":"attribute_not_exists("}}""",
            Useless = """{"ConditionCheck":{"TableName":"tab","Key":{"a":{"S":"1"}},"ConditionExpression":"attribute_not_exists(a)","ExpressionAttributeValues":{":v":{"S":"x"}}}}""";
        var tooDeep = $$$$$$"""{"Put":{"TableName":"tab","Item":{"a":{"S":"2"},"d":{{{{{{deep}}}}}}}}}""";
        string Write(params string[] actions) => $$$$$$"""{"TransactItems":[{{{{{{string.Join(",", actions)}}}}}}]}""";
        await Refuse(
            ("TransactWriteItems", """{"TransactItems":[]}""", One + "Value at 'TransactItems' failed to satisfy constraint: Member must have length greater than or equal to 1"),
            ("TransactWriteItems", $$$$$$"""{"TransactItems":[{{{{{{Missing}}}}}}],"ClientRequestToken":"{{{{{{new string('x', 37)}}}}}}","ReturnConsumedCapacity":"BOGUS"}""",
                One + "Value at 'ClientRequestToken' failed to satisfy constraint: Member must have length less than or equal to 36"),
            ("TransactWriteItems", $$$$$$"""{"TransactItems":[{{{{{{Missing}}}}}}],"ReturnConsumedCapacity":"BOGUS","ReturnItemCollectionMetrics":"BOGUS"}""", $"2 validation errors detected: {BadCapacity}; {BadMetrics}"),
            ("TransactWriteItems", Write(Missing, Broken), Syntax),
            ("TransactWriteItems", Write(Broken, tooDeep), Syntax),
            ("TransactWriteItems", Write(tooDeep, Broken), TooDeep),
            ("TransactWriteItems", Write(Missing, Useless), Unused),
            ("TransactWriteItems", Write("""{"Put":{"TableName":"tab","Item":{"a":{"S":"1"}}}}""", Useless), Unused),
            ("TransactWriteItems", Write("""{"Put":{"TableName":"tab","Item":{"a":{"S":""}}}}"""), EmptyKey),
            ("TransactWriteItems", Write("""{"Delete":{"TableName":"tab","Key":{"a":{"S":""}}}}"""), EmptyKey),
            ("TransactWriteItems", Write($$$$$$"""{"Put":{"TableName":"tab","Item":{"a":{"S":"1"},"x":{"S":"{{{{{{new string('x', 409_600)}}}}}}"}}}}"""), "Item size has exceeded the maximum allowed size"),
            ("TransactGetItems", """{"TransactItems":[{"Get":{"TableName":"none","Key":{"a":{"S":"1"}}}}],"ReturnConsumedCapacity":"BOGUS"}""", One + BadCapacity));

        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        foreach (var (action, reason) in ((string, string)[])
                 [
                     ("""{"Put":{"TableName":"tab","Item":{"a":{"N":"5"}}}}""", Invalid + "Type mismatch for key a expected: S actual: N"),
                     ("""{"Delete":{"TableName":"tab","Key":{"a":{"N":"5"}}}}""", "The provided key element does not match the schema"),
                 ])
        {
            var error = await wire.Fails("TransactWriteItems", Write(action), "TransactionCanceledException");
            Assert.Equal(reason, (string?)error["CancellationReasons"]![0]!["Message"]);
        }
    }

    private static string Put(string rest) => $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"1"}}{{{{{{rest}}}}}}}""";

    private static string Delete(string rest) => $$$$$$"""{"TableName":"tab","Key":{"a":{"S":"1"}}{{{{{{rest}}}}}}}""";

    /// <summary>Tries every row and tells all that differ.</summary>
    private static async Task Refuse(params (string Operation, string Body, string Message)[] rows)
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.MakeTable("ranged", range: true);
        var wrong = new List<string>();
        foreach (var (operation, body, message) in rows)
        {
            using var response = await wire.Send(operation, body);
            var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
            var got = (string?)(answer["message"] ?? answer["Message"]);
            if (got != message || (string?)answer["__type"] != "com.amazon.coral.validate#ValidationException")
                wrong.Add($"{operation} {(body.Length > 300 ? body[..300] : body)}\n  wanted {message}\n  got    {answer["__type"]} {got}");
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }
}
