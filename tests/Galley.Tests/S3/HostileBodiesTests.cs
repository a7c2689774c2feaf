using System.Net.Sockets;
using System.Text;

namespace Galley.Tests.S3;

/// <summary>Group F where only a raw socket can say it: lengths that lie and headers no library would send.</summary>
public class HostileBodiesTests
{
    [Fact]
    public async Task F87_lengths_that_are_missing_negative_or_too_large()
    {
        await using var server = await Start();
        Assert.Contains("<Code>MissingContentLength</Code>", await Put(server, "Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n", 411));
        await Put(server, "Content-Length: -1", "", 400);
        await Put(server, "Content-Length: five", "", 400);
        var large = await Put(server, $"Content-Length: {(5L << 30) + 1}", "", 400);
        Assert.Contains("<Code>EntityTooLarge</Code><Message>Your proposed upload exceeds the maximum allowed size</Message>", large);
        Assert.Contains("<Code>MissingContentLength</Code>", await Put(server, "Content-Length: 5\r\nx-amz-decoded-content-length: -1", "hello", 411, "STREAMING-UNSIGNED-PAYLOAD-TRAILER"));
        await Is(server, null);
        // and one that is true
        await Put(server, "Content-Length: 5", "hello", 200);
        await Is(server, "hello");
    }

    [Fact]
    public async Task Row_69_chunks_and_trailers_that_are_not_what_was_announced()
    {
        await using var server = await Start();
        await Put(server, "Content-Length: 3", "old", 200);
        const string mode = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
        string Chunked(string data, string trailer) => $"{data.Length:x}\r\n{data}\r\n0\r\n{trailer}\r\n\r\n";
        string Head(string body, int length, string trailer = "x-amz-trailer: x-amz-checksum-crc32") => $"Content-Length: {body.Length}\r\nx-amz-decoded-content-length: {length}\r\n{trailer}";
        foreach (var (body, length, code, status) in ((string, int, string, int)[])
                 [
                     (Chunked("hello", "x-amz-checksum-crc32:AAAAAA=="), 5, "BadDigest", 400), (Chunked("hello", "x-amz-checksum-crc32:NhCmhg=="), 6, "IncompleteBody", 400),
                     (Chunked("hello", "x-amz-checksum-sha1:NhCmhg=="), 5, "MalformedTrailerError", 400), (Chunked("hello", ""), 5, "MalformedTrailerError", 400),
                     (Chunked("hello", "x-amz-checksum-crc32:!"), 5, "InvalidRequest", 400), ("zz\r\nhello\r\n0\r\n\r\n", 5, "IncompleteBody", 400),
                     (Chunked("hello", "x-amz-checksum-crc32:NhCmhg==\r\nx-amz-trailer-signature:00"), 5, "SignatureDoesNotMatch", 403),
                 ])
            Assert.Contains($"<Code>{code}</Code>", await Put(server, Head(body, length), body, status, mode));
        await Is(server, "old");
        var right = Chunked("hello", "x-amz-checksum-crc32:NhCmhg==");
        await Put(server, Head(right, 5), right, 200, mode);
        await Is(server, "hello");
    }

    [Theory]
    [InlineData("x-amz-meta-a: €", 400, "InvalidArgument")]
    [InlineData("x-amz-meta-a: ok", 200, null)]
    [InlineData("Content-MD5: ", 400, "InvalidDigest")]
    [InlineData("x-amz-server-side-encryption: aws:kms:dsse", 501, "NotImplemented")]
    [InlineData("x-amz-server-side-encryption: AES256", 200, null)]
    [InlineData("x-amz-server-side-encryption-customer-algorithm: AES256", 501, "NotImplemented")]
    [InlineData("x-amz-object-lock-mode: GOVERNANCE", 501, "NotImplemented")]
    [InlineData("x-amz-website-redirect-location: nowhere", 400, "InvalidRedirectLocation")]
    [InlineData("x-amz-tagging: a=1&a=2", 400, "InvalidTag")]
    [InlineData("x-amz-sdk-checksum-algorithm: MD4", 400, "InvalidRequest")]
    [InlineData("x-amz-expected-bucket-owner: 000000000000", 403, "AccessDenied")]
    public async Task F93_headers_of_a_put_are_honoured_or_refused_by_name(string header, int status, string? code)
    {
        await using var server = await Start();
        var answer = await Put(server, $"Content-Length: 1\r\n{header}", "x", status);
        if (code is not null) Assert.Contains($"<Code>{code}</Code>", answer);
        await Is(server, code is null ? "x" : null);
    }

    private static async Task<GalleyServer> Start()
    {
        var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", AnyCredentials = true });
        await ObjectsTests.Bucket(server, "bucket-a");
        return server;
    }

    private static async Task Is(GalleyServer server, string? text)
    {
        using var http = new S3Http(server);
        var got = await http.Signed("GET", "/bucket-a/k");
        Assert.Equal(text is null ? (404, null) : (200, text), (got.Status, text is null ? null : got.Body));
    }

    private static async Task<string> Put(GalleyServer server, string headers, string body, int status, string payload = "UNSIGNED-PAYLOAD")
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", server.Port);
        var now = DateTimeOffset.UtcNow;
        await socket.GetStream().WriteAsync(Encoding.UTF8.GetBytes(
            $"PUT /bucket-a/k HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\nx-amz-content-sha256: {payload}\r\nx-amz-date: {now:yyyyMMdd'T'HHmmss'Z'}\r\n"
            + $"Authorization: AWS4-HMAC-SHA256 Credential=a/{now:yyyyMMdd}/eu-west-2/s3/aws4_request,SignedHeaders=host,Signature={new string('0', 64)}\r\n\r\n{body}"));
        // an answer that comes before the body ends is read at once; the server then waits for the rest before it hangs up
        var (answer, buffer) = ("", new byte[4096]);
        for (int read; !answer.EndsWith("</Error>", StringComparison.Ordinal) && (read = await socket.GetStream().ReadAsync(buffer)) > 0;) answer += Encoding.UTF8.GetString(buffer, 0, read);
        Assert.True(answer.StartsWith($"HTTP/1.1 {status}", StringComparison.Ordinal), $"{headers}: {answer}");
        return answer;
    }
}
