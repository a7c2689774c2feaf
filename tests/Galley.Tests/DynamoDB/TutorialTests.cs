using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB;

/// <summary>Rows 1 to 8 of the tutorial's checklist, through the AWS SDK for JavaScript.</summary>
public class TutorialTests
{
    private const string Create = """
        {"TableName":"recipes","AttributeDefinitions":[{"AttributeName":"name","AttributeType":"S"},{"AttributeName":"category","AttributeType":"S"}],
         "KeySchema":[{"AttributeName":"name","KeyType":"HASH"},{"AttributeName":"category","KeyType":"RANGE"}],
         "GlobalSecondaryIndexes":[{"IndexName":"category-index","KeySchema":[{"AttributeName":"category","KeyType":"HASH"}],
           "Projection":{"ProjectionType":"ALL"},"ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}],
         "ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}
        """;

    private const string Pizza = """{"name":{"S":"Pizza"},"category":{"S":"Fast Food"},"calories":{"N":"895"},"aliments":{"S":"Chorizo, vegetables, tomatoes and cheese, a lot of cheese!"},"duration":{"N":"15"}}""";
    private const string Salad = """{"name":{"S":"Salad"},"category":{"S":"Bio"},"calories":{"N":"410"},"aliments":{"S":"Salad, cucumber, tomatoes and tuna."},"duration":{"N":"15"}}""";

    [Fact]
    public async Task Rows_1_to_4_the_table_is_made_with_index_and_minimal_capacity_and_becomes_active()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var js = new AwsJs(server);
        var made = (await js.Call("dynamodb", "CreateTable", JsonNode.Parse(Create)!))["TableDescription"]!;
        Assert.Equal("CREATING", (string)made["TableStatus"]!);
        Assert.Equal("arn:aws:dynamodb:eu-west-2:123456789012:table/recipes", (string)made["TableArn"]!);
        Assert.Equal("CREATING", (string)made["GlobalSecondaryIndexes"]![0]!["IndexStatus"]!);

        var table = (await js.Call("dynamodb", "DescribeTable", new { TableName = "recipes" }))["Table"]!;
        Assert.Equal("ACTIVE", (string)table["TableStatus"]!);
        Assert.Null(table["BillingModeSummary"]);
        Assert.Equal(1, (int)table["ProvisionedThroughput"]!["ReadCapacityUnits"]!);
        Assert.Equal(0, (int)table["ProvisionedThroughput"]!["NumberOfDecreasesToday"]!);
        var index = table["GlobalSecondaryIndexes"]![0]!;
        Assert.Equal("category-index", (string)index["IndexName"]!);
        Assert.Equal("ACTIVE", (string)index["IndexStatus"]!);
        Assert.Equal(1, (int)index["ProvisionedThroughput"]!["WriteCapacityUnits"]!);
        Assert.Equal("arn:aws:dynamodb:eu-west-2:123456789012:table/recipes/index/category-index", (string)index["IndexArn"]!);

        var again = await js.Fails("dynamodb", "CreateTable", JsonNode.Parse(Create)!);
        Assert.Equal(("ResourceInUseException", "Table already exists: recipes"), (again.Code, again.Text));
    }

    [Fact]
    public async Task Rows_5_to_8_the_two_recipes_are_put_and_scanned_with_their_numbers_as_text()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var js = new AwsJs(server);
        await js.Call("dynamodb", "CreateTable", JsonNode.Parse(Create)!);
        await js.Call("dynamodb", "PutItem", JsonNode.Parse($$$$$$"""{"TableName":"recipes","Item":{{{{{{Pizza}}}}}}}""")!);
        await js.Call("dynamodb", "PutItem", JsonNode.Parse($$$$$$"""{"TableName":"recipes","Item":{{{{{{Salad}}}}}}}""")!);

        var scan = await js.Call("dynamodb", "Scan", new { TableName = "recipes" });
        Assert.Equal((2, 2), ((int)scan["Count"]!, (int)scan["ScannedCount"]!));
        var pizza = scan["Items"]!.AsArray().Single(item => (string)item!["name"]!["S"]! == "Pizza")!;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Pizza), pizza), pizza.ToJsonString());
        Assert.Equal("895", (string)pizza["calories"]!["N"]!);

        var bio = await js.Call("dynamodb", "Query", JsonNode.Parse("""
            {"TableName":"recipes","IndexName":"category-index","KeyConditionExpression":"category = :c","ExpressionAttributeValues":{":c":{"S":"Bio"}}}
            """)!);
        Assert.Equal("Salad", (string)bio["Items"]![0]!["name"]!["S"]!);
    }
}
