namespace Galley.Tests.Edge;

public class DoorsTests
{
    [Fact]
    public async Task A_foreign_host_name_is_refused_before_anything_else()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Endpoint + "_galley/health") { Headers = { Host = "evil.example" } };
        using var refused = await http.SendAsync(request);
        Assert.Equal(403, (int)refused.StatusCode);
        Assert.Equal("{\"status\":\"ready\"}", await http.GetStringAsync(server.Endpoint + "_galley/health"));
    }
}
