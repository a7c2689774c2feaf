using System.Text.Json.Nodes;

namespace Galley.Tests.Tutorial;

/// <summary>Rows 1 to 17: the table and the function that reads it.</summary>
[Collection(nameof(TutorialByHand))]
public sealed class ByHandFunctionTests(TutorialByHand tutorial)
{
    [Fact]
    public void Rows_001_to_004_The_table_is_creating_and_then_active_with_its_index_and_capacity()
    {
        var made = tutorial.Answer("CreateTable")["TableDescription"]!;
        Assert.Equal("CREATING", (string?)made["TableStatus"]);
        Assert.Equal("arn:aws:dynamodb:eu-west-2:123456789012:table/recipes", (string?)made["TableArn"]);
        var table = tutorial.Answer("DescribeTable")["Table"]!;
        Assert.Equal("ACTIVE", (string?)table["TableStatus"]);
        var index = Assert.Single(table["GlobalSecondaryIndexes"]!.AsArray())!;
        Assert.Equal(("category-index", "ACTIVE", "ALL"), ((string)index["IndexName"]!, (string)index["IndexStatus"]!, (string)index["Projection"]!["ProjectionType"]!));
        foreach (var capacity in (JsonNode[])[table["ProvisionedThroughput"]!, index["ProvisionedThroughput"]!])
            Assert.Equal((1, 1), ((int)capacity["ReadCapacityUnits"]!, (int)capacity["WriteCapacityUnits"]!));
        Assert.Null(table["BillingModeSummary"]);
    }

    [Fact]
    public void Rows_005_to_007_Both_items_are_scanned_with_their_numbers_as_they_were_put()
    {
        Assert.Equal((200, 200), ((int)tutorial.Answer("PutPizza")["$metadata"]!["httpStatusCode"]!, (int)tutorial.Answer("PutSalad")["$metadata"]!["httpStatusCode"]!));
        var scan = tutorial.Answer("Scan");
        Assert.Equal((2, 2), ((int)scan["Count"]!, (int)scan["ScannedCount"]!));
        var pizza = scan["Items"]!.AsArray().Single(item => (string?)item!["name"]!["S"] == "Pizza")!;
        Assert.Equal("{\"N\":\"895\"}", pizza["calories"]!.ToJsonString());
        Assert.Equal("{\"N\":\"15\"}", pizza["duration"]!.ToJsonString());
    }

    [Fact]
    public void Row_009_A_python38_function_is_pending_and_then_active()
    {
        var made = tutorial.Answer("Create GetRecipes");
        Assert.Equal((201, "python3.8", "Pending"), ((int)made["$metadata"]!["httpStatusCode"]!, (string)made["Runtime"]!, (string)made["State"]!));
        Assert.Equal("Active", (string?)tutorial.Answer("GetRecipes is made")["Configuration"]!["State"]);
    }

    [Fact]
    public void Row_010_The_role_shows_the_path_of_roles_made_in_the_console()
    {
        var role = tutorial.Answer("GetRole")["Role"]!;
        Assert.Equal(("/service-role/", "arn:aws:iam::123456789012:role/service-role/myDynamoDbRole"), ((string)role["Path"]!, (string)role["Arn"]!));
    }

    [Fact]
    public void Row_012_Saving_is_in_progress_and_then_successful()
    {
        Assert.Equal("InProgress", (string?)tutorial.Answer("UpdateFunctionCode")["LastUpdateStatus"]);
        Assert.Equal("Successful", (string?)tutorial.Answer("GetRecipes is updated")["LastUpdateStatus"]);
    }

    [Fact]
    public void Rows_011_013_014_The_function_gives_the_items_as_a_list_with_bare_numbers()
    {
        tutorial.NeedsBoto3();
        var result = tutorial.Answer("GetRecipes");
        Assert.Equal(200, (int)result["status"]!);
        Assert.True(result["error"] is null, (string?)result["payload"]);
        IsRecipes((string)result["payload"]!);
    }

    internal static void IsRecipes(string payload)
    {
        var items = JsonNode.Parse(payload)!.AsArray();
        Assert.Equal(2, items.Count);
        var pizza = items.Single(item => (string?)item!["name"] == "Pizza")!;
        Assert.Equal(("895", "15", "Fast Food"), (pizza["calories"]!.ToJsonString(), pizza["duration"]!.ToJsonString(), (string)pizza["category"]!));
        Assert.Equal("410", items.Single(item => (string?)item!["name"] == "Salad")!["calories"]!.ToJsonString());
    }

    [Fact]
    public void Row_015_The_log_tells_start_end_and_report()
    {
        tutorial.NeedsBoto3();
        var log = (string)tutorial.Answer("GetRecipes")["log"]!;
        Assert.Matches(@"START RequestId: [0-9a-f-]{36} Version: \$LATEST\n", log);
        Assert.Matches(@"END RequestId: [0-9a-f-]{36}\n", log);
        Assert.Matches(@"REPORT RequestId: [0-9a-f-]{36}\tDuration: [0-9.]+ ms\tBilled Duration: [0-9]+ ms\tMemory Size: 128 MB\tMax Memory Used: [0-9]+ MB", log);
    }

    [Fact]
    public void Row_016_Without_the_table_the_function_prints_and_fails()
    {
        tutorial.NeedsBoto3();
        var result = tutorial.Answer("NoTable");
        Assert.Equal("Unhandled", (string?)result["error"]);
        Assert.Contains("An error occured while retrieving Recipes table.\n", (string)result["log"]!, StringComparison.Ordinal);
        Assert.Equal("ResourceNotFoundException", (string?)JsonNode.Parse((string)result["payload"]!)!["errorType"]);
    }

    [Fact]
    public void Row_017_Without_the_right_to_scan_the_function_prints_and_fails()
    {
        tutorial.NeedsBoto3();
        var result = tutorial.Answer("NoRight");
        Assert.Equal("Unhandled", (string?)result["error"]);
        Assert.Contains("An error occured while retrieving Recipes table.\n", (string)result["log"]!, StringComparison.Ordinal);
        var error = JsonNode.Parse((string)result["payload"]!)!;
        Assert.Equal("ClientError", (string?)error["errorType"]);
        Assert.Contains("AccessDeniedException", (string)error["errorMessage"]!, StringComparison.Ordinal);
        Assert.Contains("is not authorized to perform: dynamodb:Scan", (string)error["errorMessage"]!, StringComparison.Ordinal);
    }
}
