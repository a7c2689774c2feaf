using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Galley.Tests.CognitoIdentity;

/// <summary>An app calls DynamoDB with keys of its own, from Node and from a page in Chromium.</summary>
public class PagesTests(Tutorial.Browser browser) : IClassFixture<Tutorial.Browser>
{
    private static readonly string Clients = Path.Combine(Repository.Root, "tests", "clients");

    [Fact]
    public async Task FromCognitoIdentityPool_works_in_Node()
    {
        await using var place = await Place.Start();
        var told = JsonNode.Parse(await Node(Input(place, await place.SignIn("ann"), "http://127.0.0.1:" + place.Server.Port, "http://127.0.0.1:" + place.Server.Port)))!;
        Check(told);
    }

    [Fact]
    public async Task And_in_a_page_of_another_origin_in_Chromium()
    {
        await using var place = await Place.Start();
        var file = Path.Combine(Path.GetTempPath(), $"galley-identity-{Guid.NewGuid():N}.js");
        try
        {
            await Node("--bundle", file);
            var script = await File.ReadAllTextAsync(file);
            await using var context = await browser.NewContext();
            var page = await context.NewPageAsync();
            // Any page of another origin that has no policy of its own against it.
            await page.GotoAsync($"http://127.0.0.1:{place.Server.Port}/_galley/health");
            await page.SetContentAsync("<title>app</title>");
            await page.EvaluateAsync(script);
            var input = Input(place, await place.SignIn("ann"), $"http://cognito-identity.eu-west-2.localhost:{place.Server.Port}", $"http://dynamodb.eu-west-2.localhost:{place.Server.Port}");
            var told = await page.EvaluateAsync<JsonElement>($"() => visit({input}).catch(error => ({{ error: String(error) }}))");
            Check(JsonNode.Parse(told.GetRawText())!);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void Check(JsonNode told)
    {
        Assert.Null((string?)told["error"]);
        Assert.StartsWith("eu-west-2:", (string?)told["identityId"]);
        Assert.Equal(("mine", "AccessDeniedException"), ((string?)told["read"], (string?)told["refused"]));
    }

    private static string Input(Place place, string token, string identity, string dynamodb)
        => JsonSerializer.Serialize(new { endpoints = new { identity, dynamodb }, region = "eu-west-2", pool = place.Pool, provider = place.Provider, token });

    private static async Task<string> Node(params string[] arguments)
    {
        var start = new ProcessStartInfo("node", ["identity-pool.mjs", .. arguments]) { WorkingDirectory = Clients, RedirectStandardOutput = true, RedirectStandardError = true };
        using var node = Process.Start(start)!;
        var error = node.StandardError.ReadToEndAsync();
        var output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, await error);
        return output;
    }
}
