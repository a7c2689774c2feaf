using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.ApiGateway;

/// <summary>HTTP_PROXY: bodies stream both ways, headers end where they must, and no integration reaches what is Galley's own.</summary>
public class HttpProxyTests
{
    [Fact]
    public async Task An_answer_begins_before_it_ends_and_a_request_reaches_the_backend_before_it_ends()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.Route("ANY /stream", "/stream");
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", fixture.Server.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /stream HTTP/1.1\r\nHost: {fixture.Host}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n"));
        await fixture.Backend.FirstPiece.Task.WaitAsync(TimeSpan.FromSeconds(30)); // the request is not at its end yet
        await stream.WriteAsync("3\r\ntwo\r\n0\r\n\r\n"u8.ToArray());
        Assert.Contains("onetwo", await ReadUntil(stream, "onetwo"), StringComparison.Ordinal); // the answer is not at its end yet
        fixture.Backend.Gate.SetResult();
        Assert.Contains("end", await ReadUntil(stream, "end"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_over_10_MB_is_refused_with_and_without_a_length()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.Route("POST /x", "/swallow");
        await fixture.FunctionRoute("POST /f", await fixture.Function("f", "def lambda_handler(event, context): return len(event['body'])"));
        foreach (var path in (string[])["/x", "/f"])
        {
            using var chunked = await fixture.Send(HttpMethod.Post, path, new Endless((10 << 20) + 1));
            Assert.Equal((413, "{\"message\":\"Request Entity Too Large\"}"), ((int)chunked.StatusCode, await chunked.Content.ReadAsStringAsync()));
        }

        using var fits = await fixture.Send(HttpMethod.Post, "/x", new Endless(10 << 20));
        Assert.Equal("swallowed 10485760", await fits.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Headers_of_one_hop_stay_on_it_in_both_directions()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.Route("GET /x", "/hop");
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", fixture.Server.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"GET /x HTTP/1.1\r\nHost: {fixture.Host}\r\nConnection: X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nProxy-Authorization: Basic x\r\nX-Forwarded-For: 6.6.6.6\r\nX-Amzn-Evil: 1\r\nX-Stays: 1\r\n\r\n"));
        var answer = await ReadUntil(client.GetStream(), "\r\n0\r\n\r\n");
        var seen = JsonNode.Parse(answer[answer.IndexOf('{', StringComparison.Ordinal)..(answer.LastIndexOf('}') + 1)])!["headers"]!.AsObject();
        foreach (var gone in (string[])["x-mine", "keep-alive", "te", "proxy-authorization", "x-forwarded-for", "x-amzn-evil"]) Assert.False(seen.ContainsKey(gone), $"{gone}: {answer}");
        Assert.Equal("1", (string)seen["x-stays"]!);
        Assert.Matches("^by=.+;for=127.0.0.1;host=.+;proto=http$", (string)seen["forwarded"]!);
        Assert.Contains("AmazonAPIGateway", (string)seen["via"]!, StringComparison.Ordinal);
        Assert.Matches("^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$", (string)seen["x-amzn-trace-id"]!);
        Assert.DoesNotContain("x-one-hop", answer, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("x-backend: yes", answer, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{port}/_galley/health")]
    [InlineData("http://localhost:{port}/%5Fgalley/inbox/api/messages")]
    [InlineData("http://[::1]:{port}/x/../_galley/explain")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://[fd00:ec2::254]/latest/meta-data/")]
    [InlineData("http://[::ffff:169.254.169.254]/latest/")]
    [InlineData("http://2852039166/latest/")]
    public async Task Galleys_own_paths_and_cloud_metadata_are_out_of_reach(string target)
    {
        await using var fixture = await HttpApiFixture.Start();
        var made = await fixture.Call("CreateIntegration", new { fixture.ApiId, IntegrationType = "HTTP_PROXY", IntegrationMethod = "GET", IntegrationUri = target.Replace("{port}", $"{fixture.Server.Port}", StringComparison.Ordinal) });
        await fixture.Call("CreateRoute", new { fixture.ApiId, RouteKey = "GET /x", Target = "integrations/" + (string)made["IntegrationId"]! });
        Assert.Equal("503 {\"message\":\"Service Unavailable\"}", await fixture.Says("/x"));
    }

    [Fact]
    public async Task Another_API_may_be_asked_by_its_AWS_name_but_a_circle_ends()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.Route("GET /echo", "/echo");
        var made = await fixture.Call("CreateIntegration", new { fixture.ApiId, IntegrationType = "HTTP_PROXY", IntegrationMethod = "GET", IntegrationUri = $"https://{fixture.Host}/{{proxy}}" });
        await fixture.Call("CreateRoute", new { fixture.ApiId, RouteKey = "GET /again/{proxy+}", Target = "integrations/" + (string)made["IntegrationId"]! });
        Assert.Equal("/echo", (string)(await fixture.Json("/again/echo"))["target"]!);
        var circle = await fixture.Call("CreateIntegration", new { fixture.ApiId, IntegrationType = "HTTP_PROXY", IntegrationMethod = "GET", IntegrationUri = $"https://{fixture.Host}/circle" });
        await fixture.Call("CreateRoute", new { fixture.ApiId, RouteKey = "GET /circle", Target = "integrations/" + (string)circle["IntegrationId"]! });
        Assert.Equal("500 {\"message\":\"Internal Server Error\"}", await fixture.Says("/circle"));
    }

    [Fact]
    public async Task Row115_an_integration_that_takes_too_long_is_503()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var fixture = await HttpApiFixture.Start(time);
        await fixture.Route("GET /x", "/hang");
        var waiting = fixture.Says("/x");
        await fixture.Backend.Hanging.Task;
        time.Advance(TimeSpan.FromSeconds(29.9));
        Assert.False(waiting.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("503 {\"message\":\"Service Unavailable\"}", await waiting);
    }

    [Fact]
    public async Task HEAD_keeps_the_length_and_an_empty_answer_is_empty()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.Route("ANY /x", "/fixed");
        await fixture.Route("ANY /none", "/none");
        using var head = await fixture.Send(HttpMethod.Head, "/x");
        Assert.Equal((200, 5L), ((int)head.StatusCode, head.Content.Headers.ContentLength));
        using var none = await fixture.Get("/none");
        Assert.Equal((204, ""), ((int)none.StatusCode, await none.Content.ReadAsStringAsync()));
    }

    private static async Task<string> ReadUntil(NetworkStream stream, string wanted)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().Contains(wanted, StringComparison.Ordinal) && await stream.ReadAsync(buffer, patience.Token) is > 0 and var read) text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        return text.ToString();
    }

    private sealed class Endless(int length) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            var piece = new byte[64 << 10];
            for (var left = length; left > 0; left -= piece.Length) await stream.WriteAsync(piece.AsMemory(0, Math.Min(left, piece.Length)));
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = 0;
            return false;
        }
    }
}
