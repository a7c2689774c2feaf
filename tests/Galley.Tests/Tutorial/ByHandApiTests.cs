using System.Text.Json.Nodes;

namespace Galley.Tests.Tutorial;

/// <summary>Rows 18 to 25 and 40 to 53: the HTTP API, the token exchange and its route.</summary>
[Collection(nameof(TutorialByHand))]
public sealed class ByHandApiTests(TutorialByHand tutorial)
{
    [Fact]
    public void Rows_018_to_020_022_Api_integration_route_and_stage_are_made_and_the_endpoint_has_no_stage()
    {
        foreach (var made in (string[])["CreateApi", "CreateIntegration", "CreateRoute", "CreateStage"])
            Assert.Equal(201, (int)tutorial.Answer(made)["$metadata"]!["httpStatusCode"]!);
        Assert.Equal("2.0", (string?)tutorial.Answer("CreateIntegration")["PayloadFormatVersion"]);
        Assert.Matches("^[a-z0-9]{10}$", tutorial.ApiId);
        Assert.Equal($"https://{tutorial.ApiId}.execute-api.eu-west-2.amazonaws.com", (string?)tutorial.Answer("CreateApi")["ApiEndpoint"]);
        Assert.Equal($"https://{tutorial.ApiId}.execute-api.eu-west-2.amazonaws.com", (string?)tutorial.Answer("GetApi")["ApiEndpoint"]);
        Assert.True((bool)tutorial.Answer("CreateStage")["AutoDeploy"]!);
    }

    [Fact]
    public void Row_021_Without_permission_the_call_is_an_internal_error()
        => Assert.Equal((500, "{\"message\":\"Internal Server Error\"}"), (tutorial.At("recipes without permission").Status, tutorial.At("recipes without permission").Body));

    [Fact]
    public void Rows_021_023_024_With_permission_everyone_gets_the_list()
    {
        tutorial.NeedsBoto3();
        var seen = tutorial.At("recipes");
        Assert.Equal((200, "application/json"), (seen.Status, seen["Content-Type"]));
        ByHandFunctionTests.IsRecipes(seen.Body);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/foo")]
    public void Row_025_An_unknown_path_is_not_found(string path)
        => Assert.Equal((404, "{\"message\":\"Not Found\"}"), (tutorial.At(path).Status, tutorial.At(path).Body));

    [Fact]
    public void Rows_040_041_The_zip_brings_its_own_requests()
    {
        tutorial.NeedsRequests();
        Assert.Equal(201, (int)tutorial.Answer("Create CognitoTokenExchange")["$metadata"]!["httpStatusCode"]!);
        Assert.Equal(200, (int)tutorial.Answer("UploadZip")["$metadata"]!["httpStatusCode"]!);
        Assert.Matches(@"requests (\S+)/requests/__init__\.py \1\n", (string)tutorial.Answer("Exchange")["log"]!);
    }

    [Fact]
    public void Rows_042_to_045_The_function_changes_a_code_into_tokens_over_verified_https()
    {
        tutorial.NeedsRequests();
        var result = tutorial.Answer("Exchange");
        Assert.Equal((200, null), ((int)result["status"]!, (string?)result["error"]));
        AreTokens(JsonNode.Parse((string)result["payload"]!)!.AsObject());
    }

    private static void AreTokens(JsonObject tokens)
    {
        Assert.Equal(["access_token", "expires_in", "id_token", "refresh_token", "token_type"], tokens.Select(pair => pair.Key).Order(StringComparer.Ordinal));
        Assert.Equal((3600, "Bearer"), ((int)tokens["expires_in"]!, (string)tokens["token_type"]!));
    }

    [Theory]
    [InlineData("Exchange again", "invalid_grant")]
    [InlineData("Exchange late", "invalid_grant")]
    [InlineData("WrongSecret", "invalid_client")]
    [InlineData("OtherRedirect", "invalid_grant")]
    public void Rows_046_to_049_A_code_that_is_used_old_or_not_this_clients_is_refused(string attempt, string error)
    {
        tutorial.NeedsRequests();
        var result = tutorial.Answer(attempt);
        Assert.Equal((200, null), ((int)result["status"]!, (string?)result["error"]));
        Assert.Equal($$"""{"error":"{{error}}"}""", JsonNode.Parse((string)result["payload"]!)!.ToJsonString());
    }

    [Fact]
    public void Row_050_A_route_without_target_is_made_and_answers_in_JSON()
    {
        var made = tutorial.Answer("CreateTokenRoute");
        Assert.Equal((201, null), ((int)made["$metadata"]!["httpStatusCode"]!, (string?)made["Target"]));
        Assert.Equal((500, "{\"message\":\"Internal Server Error\"}"), (tutorial.At("token without target").Status, tutorial.At("token without target").Body));
    }

    [Fact]
    public void Rows_051_052_A_fresh_code_in_the_path_gives_tokens()
    {
        tutorial.NeedsRequests();
        Assert.Equal("integrations/" + (string)tutorial.Answer("CreateTokenIntegration")["IntegrationId"]!, (string?)tutorial.Answer("AttachIntegration")["Target"]);
        var seen = tutorial.At("token");
        Assert.Equal((200, "application/json"), (seen.Status, seen["Content-Type"]));
        AreTokens(seen.Json.AsObject());
        Assert.Contains($"version 2.0 code {tutorial.TokenCode} ", tutorial.TokenLog, StringComparison.Ordinal);
    }

    [Fact]
    public void Row_053_An_error_passes_through_as_the_function_returns_it()
    {
        tutorial.NeedsRequests();
        Assert.Equal((200, """{"error":"invalid_grant"}"""), (tutorial.At("token abc").Status, tutorial.At("token abc").Json.ToJsonString()));
    }
}
