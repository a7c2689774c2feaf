using System.Text.Json.Nodes;

namespace Galley.Tests.Tutorial;

/// <summary>Checklist rows 8, 54, 55, 67 and 94 against the deployed sample: plain JSON items, the built site, its log-in link, the token route from a browser.</summary>
[Collection(nameof(SampleApp))]
public sealed class SampleSiteTests(SampleApp app)
{
    [Fact]
    public async Task Row_008_Items_written_as_plain_JSON_are_DynamoDB_items()
    {
        var pizza = await new AwsJs(app.Server).Call("dynamodb", "GetItem", new { TableName = app.Outputs["TableName"], Key = new { name = new { S = "Pizza" }, category = new { S = "Fast Food" } } });
        Assert.Equal(("895", "15"), ((string)pizza["Item"]!["calories"]!["N"]!, (string)pizza["Item"]!["duration"]!["N"]!));
    }

    [Fact]
    public async Task Rows_054_055_The_built_site_takes_its_addresses_from_a_file()
    {
        var listed = await new AwsJs(app.Server).Call("s3", "ListObjectsV2", new { Bucket = app.Outputs["SiteBucket"] });
        var keys = listed["Contents"]!.AsArray().Select(item => (string)item!["Key"]!).ToList();
        Assert.Contains("index.html", keys);
        Assert.Contains(keys, key => key.StartsWith("assets/", StringComparison.Ordinal) && key.EndsWith(".js", StringComparison.Ordinal));
        Assert.Contains(keys, key => key.StartsWith("assets/", StringComparison.Ordinal) && key.EndsWith(".css", StringComparison.Ordinal));

        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, app.Server.Endpoint + "config.json") { Headers = { Host = new Uri(app.Site).Authority } };
        using var answer = await http.SendAsync(request);
        var config = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal(
            (app.Outputs["ApiUrl"], app.Outputs["CognitoUrl"], app.Site + "/authenticate", app.Outputs["ClientId"]),
            ((string)config["apiUrl"]!, (string)config["cognitoUrl"]!, (string)config["redirectUri"]!, (string)config["clientId"]!));
    }

    [Fact]
    public async Task Rows_067_094_The_log_in_link_and_the_token_route_as_a_browser_uses_them()
    {
        await using var context = await app.Browser.NewContext();
        var page = await context.NewPageAsync();
        await page.GotoAsync(app.Site);
        var link = page.Locator("a[href*='/login?']");
        Assert.StartsWith($"{app.Outputs["CognitoUrl"]}/login?response_type=code&client_id={app.Outputs["ClientId"]}&redirect_uri=", await link.GetAttributeAsync("href"), StringComparison.Ordinal);

        // the tutorial's own form: a simple GET without any header, answered with JSON that the page may read
        var said = await page.EvaluateAsync<string>($"fetch('{app.Outputs["ApiUrl"]}/token/abc').then(async r => r.status + ' ' + await r.text())");
        Assert.StartsWith("200 ", said, StringComparison.Ordinal);
        Assert.Equal("invalid_grant", (string?)JsonNode.Parse(said[4..])!["error"]);
    }
}
