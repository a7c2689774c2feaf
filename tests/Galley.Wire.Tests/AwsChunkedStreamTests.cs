using System.Security.Cryptography;
using System.Text;

namespace Galley.Wire.Tests;

public class AwsChunkedStreamTests
{
    private const string SignedMode = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", TrailerMode = SignedMode + "-TRAILER", UnsignedMode = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

    [Theory]
    [InlineData(SignedMode, false)]
    [InlineData(TrailerMode, true)]
    public async Task Signed_chunks_are_read_and_checked(string mode, bool trailer)
    {
        var (text, stream) = await Read(mode, body => body, trailer);
        Assert.Equal(new string('a', 70_000) + "hello", text);
        Assert.Equal(trailer ? "o6a/Qw==" : null, stream.Trailers.GetValueOrDefault("x-amz-checksum-crc32"));
        Assert.Equal(70_005, stream.DecodedLength);
    }

    [Theory]
    [InlineData("hello", "hellp")]
    [InlineData("5;chunk-signature=", "5;chunk-signature=0")]
    [InlineData("x-amz-checksum-crc32:o6a/Qw==", "x-amz-checksum-crc32:p6a/Qw==")]
    [InlineData("x-amz-trailer-signature:", "x-amz-trailer-signature:0")]
    [InlineData("5;chunk-signature=", "5;no-signature=")]
    public async Task Altered_chunks_and_trailers_are_refused(string from, string to)
    {
        var error = await Assert.ThrowsAsync<AwsError>(() => Read(TrailerMode, body => body.Replace(from, to, StringComparison.Ordinal), trailer: true));
        Assert.Equal(("SignatureDoesNotMatch", 403), (error.Code, error.Status));
    }

    [Fact]
    public async Task Swapped_dropped_and_cut_chunks_are_refused()
    {
        string[] Chunks(string body) => [body[..body.IndexOf("5;chunk", StringComparison.Ordinal)], body[body.IndexOf("5;chunk", StringComparison.Ordinal)..body.LastIndexOf("0;chunk", StringComparison.Ordinal)], body[body.LastIndexOf("0;chunk", StringComparison.Ordinal)..]];
        Assert.Equal("SignatureDoesNotMatch", await Code(body => Chunks(body) is [var a, var b, var end] ? b + a + end : ""));
        Assert.Equal("SignatureDoesNotMatch", await Code(body => Chunks(body) is [_, var b, var end] ? b + end : ""));
        Assert.Equal("SignatureDoesNotMatch", await Code(body => Chunks(body) is [var a, _, var end] ? a + end : ""));
        Assert.Equal("IncompleteBody", await Code(body => body[..100]));
        Assert.Equal("IncompleteBody", await Code(body => body[..^2]));
        Assert.Equal("IncompleteBody", await Code(body => "zz" + body));
        Assert.Equal("IncompleteBody", await Code(body => "FFFFFFFF" + body));

        static async Task<string> Code(Func<string, string> change) => (await Assert.ThrowsAsync<AwsError>(() => Read(SignedMode, change, trailer: false))).Code;
    }

    [Fact]
    public async Task Unsigned_chunks_give_their_trailer_and_a_bogus_trailer_is_refused()
    {
        var good = await Unsigned("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n");
        Assert.Equal("hello", await Text(good));
        Assert.Equal("NhCmhg==", good.Trailers["X-Amz-Checksum-Crc32"]);
        foreach (var (body, code) in ((string, string)[])[
                     ("5\r\nhello\r\n0\r\n\r\n", "MalformedTrailerError"), ("5\r\nhello\r\n0\r\nx-amz-other:1\r\n\r\n", "MalformedTrailerError"),
                     ("4\r\nhell\r\n0\r\nx-amz-checksum-crc32:x\r\n\r\n", "IncompleteBody"), ("5\nhello\r\n0\r\n\r\n", "IncompleteBody"),
                     ("5;chunk-signature=x\r\nhello\r\n0\r\n\r\n", "IncompleteBody")])
        {
            var stream = await Unsigned(body);
            Assert.Equal(code, (await Assert.ThrowsAsync<AwsError>(() => Text(stream))).Code);
        }
    }

    [Fact]
    public async Task Signed_chunks_of_an_unsigned_request_are_refused()
    {
        var request = new Signed("PUT", "/b/k", "", new() { ["x-amz-content-sha256"] = SignedMode, ["x-amz-decoded-content-length"] = "5" }, []);
        Assert.Equal("AccessDenied", Assert.Throws<AwsError>(() => ReadOnlyBodyStream.Open(request.Request())).Code);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task A_body_that_is_not_the_one_that_was_signed_is_refused_at_its_end()
    {
        var headers = SigV4.Sign(Signer, "PUT", new Uri("http://localhost:4566/b/k"), [], SigV4.HashPayload("hello"u8), Signed.Now);
        var good = SigV4Tests.Request("PUT", "/b/k", headers, "hello"u8.ToArray());
        foreach (var (request, ok) in ((Signed, bool)[])[(good, true), (good with { Body = "hellp"u8.ToArray() }, false)])
        {
            var api = request.Request();
            await request.Verify(api, Signed.S3);
            var stream = ReadOnlyBodyStream.Open(api);
            if (ok) Assert.Equal("hello", await Text(stream));
            else Assert.Equal("XAmzContentSHA256Mismatch", (await Assert.ThrowsAsync<AwsError>(() => Text(stream))).Code);
        }
    }

    private static readonly SigV4.Signer Signer = new(Signed.AccessKeyId, Signed.Secret, "eu-west-2", "s3");

    private static async Task<AwsChunkedStream> Unsigned(string body)
    {
        var headers = SigV4.Sign(Signer, "PUT", new Uri("http://localhost:4566/b/k"), [new("x-amz-decoded-content-length", "5"), new("x-amz-trailer", "x-amz-checksum-crc32")], UnsignedMode, Signed.Now);
        var request = SigV4Tests.Request("PUT", "/b/k", headers, Encoding.ASCII.GetBytes(body)).With("x-amz-decoded-content-length", "5").With("x-amz-trailer", "x-amz-checksum-crc32");
        var api = request.Request();
        await request.Verify(api, Signed.S3);
        return (AwsChunkedStream)ReadOnlyBodyStream.Open(api);
    }

    /// <summary>Two chunks of 70,000 and 5 bytes, signed as the AWS documentation says.</summary>
    private static async Task<(string, AwsChunkedStream)> Read(string mode, Func<string, string> change, bool trailer)
    {
        List<KeyValuePair<string, string>> extra = [new("x-amz-decoded-content-length", "70005")];
        if (trailer) extra.Add(new("x-amz-trailer", "x-amz-checksum-crc32"));
        var headers = new Dictionary<string, string>(SigV4.Sign(Signer, "PUT", new Uri("http://localhost:4566/b/k"), extra, mode, Signed.Now));
        foreach (var (name, value) in extra) headers[name] = value;
        var credential = new SigV4Credential(Signed.AccessKeyId, "20261122", "eu-west-2", "s3", "aws4_request");
        var previous = headers["Authorization"].Split("Signature=")[1];
        var body = new StringBuilder();
        foreach (var data in (string[])[new string('a', 70_000), "hello", ""])
        {
            previous = SigV4.SignText(Signed.Secret, credential, $"AWS4-HMAC-SHA256-PAYLOAD\n20261122T160000Z\n{credential.Scope}\n{previous}\n{SigV4.HashPayload([])}\n{Hash(data)}");
            body.Append($"{data.Length:x};chunk-signature={previous}\r\n{data}{(data.Length > 0 ? "\r\n" : "")}");
        }

        if (trailer)
        {
            const string Line = "x-amz-checksum-crc32:o6a/Qw==";
            previous = SigV4.SignText(Signed.Secret, credential, $"AWS4-HMAC-SHA256-TRAILER\n20261122T160000Z\n{credential.Scope}\n{previous}\n{Hash(Line + "\n")}");
            body.Append($"{Line}\r\nx-amz-trailer-signature:{previous}\r\n");
        }

        var request = SigV4Tests.Request("PUT", "/b/k", headers, Encoding.ASCII.GetBytes(change(body.Append("\r\n").ToString())));
        var api = request.Request();
        await request.Verify(api, Signed.S3);
        var stream = (AwsChunkedStream)ReadOnlyBodyStream.Open(api);
        return (await Text(stream), stream);

        static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)));
    }

    private static async Task<string> Text(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync();
    }
}
