using System.Text;

namespace Galley.Tests.Edge;

/// <summary>Group H, rows 106–111: what two HTTP parsers could read in two ways is refused before any service, and the connection ends.</summary>
public class StrictHttpTests(StrictHttpTests.Server server) : IClassFixture<StrictHttpTests.Server>
{
    private const string Health = "GET /_galley/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private const string Smuggled = "GET /_galley/health HTTP/1.1\r\nHost: localhost\r\nX-Smuggled: 1\r\n\r\n";

    public static TheoryData<string, int, string> Refused => new()
    {
        // 106
        { "Content-Length with Transfer-Encoding", 400, Post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + Smuggled) },
        { "Transfer-Encoding with Content-Length", 400, Post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n" + Smuggled) },
        { "HTTP/1.0 with Transfer-Encoding", 400, Post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "HTTP/1.0") },
        // 107
        { "two lengths", 400, Post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc") },
        { "two different lengths", 400, Post("Content-Length: 3\r\nContent-Length: 0\r\n", "abc") },
        { "3, 3", 400, Post("Content-Length: 3, 3\r\n", "abc") },
        { "+3", 400, Post("Content-Length: +3\r\n", "abc") },
        { "-1", 400, Post("Content-Length: -1\r\n", "") },
        { "0x3", 400, Post("Content-Length: 0x3\r\n", "abc") },
        { "empty length", 400, Post("Content-Length:\r\n", "abc") },
        { "length with a space inside", 400, Post("Content-Length: 1 0\r\n", "0123456789") },
        { "length of 20 digits", 400, Post("Content-Length: 18446744073709551617\r\n", "a") },
        // 108
        { "xchunked", 400, Post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n") },
        { "chunked, identity", 400, Post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n") },
        { "gzip, chunked", 400, Post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n") },
        { "chunked in quotes", 400, Post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n") },
        { "two Transfer-Encoding lines", 400, Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n") },
        { "space before the colon", 400, Post("Content-Length : 3\r\n", "abc") },
        { "space before the colon of Transfer-Encoding", 400, Post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n") },
        { "vertical tab before chunked", 400, Post("Transfer-Encoding: \vchunked\r\n", "0\r\n\r\n") },
        { "obs-fold", 400, Get("X-A: 1\r\n 2\r\n") },
        { "obs-fold by tab", 400, Get("X-A: 1\r\n\t2\r\n") },
        { "fold before the first header", 400, "GET /_galley/health HTTP/1.1\r\n Host: localhost\r\n\r\n" },
        { "NUL in a value", 400, Get("X-A: 1\0\r\n") },
        { "NUL in the target", 400, "GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n" },
        { "bare CR in a value", 400, Get("X-A: 1\r2\r\n") },
        { "bare CR as a line's end", 400, "GET /_galley/health HTTP/1.1\rHost: localhost\r\r" + Health },
        { "header without colon", 400, Get("X-A\r\n") },
        { "header name with a space", 400, Get("X A: 1\r\n") },
        { "header name with a slash", 400, Get("X/A: 1\r\n") },
        { "empty header name", 400, Get(": 1\r\n") },
        // 109
        { "bare LF lines", 400, "GET /_galley/health HTTP/1.1\nHost: localhost\n\n" },
        { "one bare LF", 400, Get("X-A: 1\n") },
        { "bare LF at the head's end", 400, "GET /_galley/health HTTP/1.1\r\nHost: localhost\r\n\n" },
        { "chunk extension ended by a bare LF", 400, Post("Transfer-Encoding: chunked\r\n", "2;\nxx\r\n4c\r\n0\r\n\r\n" + Smuggled) },
        { "chunk size ended by a bare LF", 400, Post("Transfer-Encoding: chunked\r\n", "2\nab\r\n0\r\n\r\n") },
        { "bare CR in a chunk extension", 400, Post("Transfer-Encoding: chunked\r\n", "2;a\rb\r\nab\r\n0\r\n\r\n") },
        { "17-digit chunk size", 400, Post("Transfer-Encoding: chunked\r\n", "10000000000000002\r\nab\r\n0\r\n\r\n") },
        { "negative chunk size", 400, Post("Transfer-Encoding: chunked\r\n", "-2\r\nab\r\n0\r\n\r\n") },
        { "chunk size 0x2", 400, Post("Transfer-Encoding: chunked\r\n", "0x2\r\nab\r\n0\r\n\r\n") },
        { "chunk size +2", 400, Post("Transfer-Encoding: chunked\r\n", "+2\r\nab\r\n0\r\n\r\n") },
        { "chunk longer than it says", 400, Post("Transfer-Encoding: chunked\r\n", "2\r\nabc\r\n0\r\n\r\n") },
        { "chunk ended by a bare LF", 400, Post("Transfer-Encoding: chunked\r\n", "2\r\nab\n0\r\n\r\n") },
        { "bare LF in trailers", 400, Post("Transfer-Encoding: chunked\r\n", "2\r\nab\r\n0\r\nX-A: 1\n\r\n") },
        // 110
        { "no Host", 400, "GET /_galley/health HTTP/1.1\r\n\r\n" },
        { "two Hosts", 400, Get("Host: localhost\r\n") },
        { "two Hosts that differ", 400, Get("Host: evil.example\r\n") },
        { "Host with a path", 400, "GET / HTTP/1.1\r\nHost: localhost/evil\r\n\r\n" },
        { "Host with a user", 400, "GET / HTTP/1.1\r\nHost: a@localhost\r\n\r\n" },
        { "absolute form unlike Host", 400, "GET http://evil.example/_galley/health HTTP/1.1\r\nHost: localhost\r\n\r\n" },
        { "CONNECT on a connection in use", 405, Health + "CONNECT d1.cloudfront.net:443 HTTP/1.1\r\nHost: d1.cloudfront.net:443\r\n\r\n" },
        { "TRACE", 405, "TRACE /_galley/health HTTP/1.1\r\nHost: localhost\r\n\r\n" },
        { "no version", 400, "GET /_galley/health\r\n\r\n" },
        { "version 2.0", 505, "GET /_galley/health HTTP/2.0\r\nHost: localhost\r\n\r\n" },
        // 111
        { "line over 8 KB", 414, $"GET /{new string('a', 9000)} HTTP/1.1\r\nHost: localhost\r\n\r\n" },
        { "head over 32 KB", 431, Get(string.Concat(Enumerable.Range(0, 50).Select(i => $"X-{i}: {new string('a', 1000)}\r\n"))) },
        { "one header over 64 KB", 431, Get($"X-A: {new string('a', 70_000)}\r\n") },
        { "100 fields", 431, Get(string.Concat(Enumerable.Range(0, 101).Select(i => $"X-{i}: a\r\n"))) },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Rows_106_to_111_are_refused_and_the_connection_ends(string what, int status, string request)
    {
        var answers = await RawHttp.Send(server.Port, request);
        var expected = request.StartsWith(Health, StringComparison.Ordinal) ? 2 : 1;
        Assert.True(RawHttp.Answers(answers) == expected, $"{what}: {answers}");
        var last = answers[answers.LastIndexOf("HTTP/1.1 ", StringComparison.Ordinal)..];
        Assert.True(RawHttp.Status(last) == status, $"{what}: {last}");
    }

    /// <summary>The same byte by byte: where one packet ends must not matter.</summary>
    [Theory]
    [InlineData("Content-Length with Transfer-Encoding")]
    [InlineData("+3")]
    [InlineData("one bare LF")]
    [InlineData("bare CR in a value")]
    [InlineData("chunk extension ended by a bare LF")]
    [InlineData("chunk longer than it says")]
    public async Task Is_refused_byte_by_byte_too(string what)
    {
        var (_, status, request) = Refused.Select(row => row.Data).First(row => row.Item1 == what);
        using var socket = await RawHttp.Connect(server.Port);
        var reading = RawHttp.Read(socket);
        try
        {
            foreach (var letter in Encoding.Latin1.GetBytes(request)) await socket.SendAsync(new[] { letter });
        }
        catch (System.Net.Sockets.SocketException)
        {
            // refused before the end
        }

        Assert.Equal(status, RawHttp.Status(await reading));
    }

    [Theory]
    [InlineData("plain", Health, 1)]
    [InlineData("pipelined", Health + Health + Health, 3)]
    [InlineData("http/1.0", "GET /_galley/health HTTP/1.0\r\nHost: localhost\r\n\r\n", 1)]
    [InlineData("absolute form like Host", "GET http://localhost/_galley/health HTTP/1.1\r\nHost: localhost\r\n\r\n", 1)]
    [InlineData("a length, then another request", "GET /_galley/health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc" + Health, 2)]
    [InlineData("length 0", "GET /_galley/health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n" + Health, 2)]
    [InlineData("chunks, then another request", "GET /_galley/health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: Chunked \r\n\r\n2;ext=\"a\"\r\nab\r\n0A\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n" + Health, 2)]
    [InlineData("padded length", "GET /_galley/health HTTP/1.1\r\nHost: localhost\r\nCONTENT-LENGTH: \t03\t\r\n\r\nabc" + Health, 2)]
    public async Task Good_requests_pass_whole_and_byte_by_byte(string what, string requests, int answers)
    {
        var whole = await RawHttp.Send(server.Port, requests, answers);
        using var socket = await RawHttp.Connect(server.Port);
        var reading = RawHttp.Read(socket, answers);
        foreach (var letter in Encoding.Latin1.GetBytes(requests)) await socket.SendAsync(new[] { letter });
        foreach (var text in (string[])[whole, await reading])
        {
            Assert.True(RawHttp.Answers(text) == answers, $"{what}: {text}");
            Assert.True(text.Split("HTTP/1.1 200 OK").Length - 1 == answers, $"{what}: {text}");
        }
    }

    /// <summary>In the API's own words.</summary>
    [Fact]
    public async Task Row_111_an_API_has_limits_of_its_own()
    {
        const string host = "Host: x.execute-api.eu-west-2.localhost\r\n";
        var head = await RawHttp.Send(server.Port, $"GET / HTTP/1.1\r\n{host}{string.Concat(Enumerable.Range(0, 11).Select(i => $"X-{i}: {new string('a', 1000)}\r\n"))}\r\n", answers: 1);
        Assert.Equal(431, RawHttp.Status(head));
        var body = await RawHttp.Send(server.Port, $"POST / HTTP/1.1\r\n{host}Content-Length: {(10 << 20) + 1}\r\n\r\n", answers: 1);
        Assert.Equal(413, RawHttp.Status(body));
        Assert.Contains("{\"message\":\"Request Entity Too Large\"}", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_is_found_among_the_explained()
    {
        await RawHttp.Send(server.Port, Get("X-A: 1\n"));
        using var root = new Galley.Tests.Server.SignedHttp(server.Galley.Endpoint, server.Galley.Region, server.Galley.AccessKeyId, server.Galley.SecretAccessKey);
        Assert.Contains("the request has a line that ends with a bare line feed", (await root.Send("galley", HttpMethod.Get, "/_galley/explain", null)).Body, StringComparison.Ordinal);
    }

    private static string Get(string headers) => $"GET /_galley/health HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n";

    /// <summary>A DynamoDB call, whose body is read before anything is answered.</summary>
    private static string Post(string headers, string body, string version = "HTTP/1.1") => $"POST / {version}\r\nHost: localhost\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\n{headers}\r\n{body}";

    public sealed class Server : IAsyncLifetime
    {
        internal GalleyServer Galley { get; private set; } = null!;

        public int Port => Galley.Port;

        public async ValueTask InitializeAsync() => Galley = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });

        public ValueTask DisposeAsync() => Galley.DisposeAsync();
    }
}
