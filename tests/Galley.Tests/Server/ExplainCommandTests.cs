namespace Galley.Tests.Server;

/// <summary>`galley explain` and `galley browser --print` as a user types them.</summary>
public class ExplainCommandTests
{
    [Fact]
    public async Task A_refusal_is_explained_in_words_and_the_browser_knows_the_way()
    {
        using var place = new Workplace();
        await using var program = await place.Start();
        Assert.Equal("Nothing has been refused since Galley was started.", (await place.Galley("explain", "--port", program.PortText)).Out.Trim());

        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, program.Endpoint) { Headers = { Host = "private.s3-website.eu-west-2.amazonaws.com" } };
        using var refused = await http.SendAsync(request);
        var id = refused.Headers.GetValues("x-amz-request-id").Single();
        var said = await place.Galley("explain", id, "--port", program.PortText);
        Assert.Equal(0, said.Code);
        Assert.StartsWith("404  GET private.s3-website.eu-west-2.amazonaws.com/  (s3 website, ", said.Out, StringComparison.Ordinal);
        Assert.Contains("  no   answer           NoSuchBucket: The specified bucket does not exist", said.Out, StringComparison.Ordinal);
        Assert.Contains(id, (await place.Galley("explain", "--port", program.PortText)).Out, StringComparison.Ordinal);
        Assert.StartsWith("{\"requestId\":\"" + id, (await place.Galley("explain", id, "--json", "--port", program.PortText)).Out, StringComparison.Ordinal);
        var unknown = await place.Galley("explain", "nosuch", "--port", program.PortText);
        Assert.Equal(1, unknown.Code);
        Assert.Contains("No request nosuch is known.", unknown.Error, StringComparison.Ordinal);

        var browser = await place.Galley("browser", "https://d1.cloudfront.net/", "--print", "--port", program.PortText);
        if (browser.Error.Contains("No Chromium", StringComparison.Ordinal)) return;
        Assert.Contains($"MAP *.cloudfront.net 127.0.0.1:{program.PortText}", browser.Out, StringComparison.Ordinal);
        Assert.Contains("--ignore-certificate-errors-spki-list=", browser.Out, StringComparison.Ordinal);
        Assert.EndsWith("https://d1.cloudfront.net/", browser.Out.Trim(), StringComparison.Ordinal);
    }
}
