using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB;

/// <summary>Requests that come compressed and answers that are asked for so, as clients of AWS may.</summary>
public class ContentCodingsTests
{
    private const string Put = """{"TableName":"tab","Item":{"a":{"S":"1"},"v":{"S":"zipped"}}}""";

    [Fact]
    public async Task A_request_may_come_gzipped_in_one_piece_or_more_or_deflated_in_one()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        var half = Put.Length / 2;
        foreach (var (body, coding) in ((byte[], string)[])[(Gzip(Put), "gzip"), ([.. Gzip(Put[..half]), .. Gzip(Put[half..])], "gzip"), (Deflate(Put), "deflate")])
        {
            Assert.Equal(200, await Send(wire, body, coding));
            Assert.Equal("zipped", (string)(await wire.Call("GetItem", """{"TableName":"tab","Key":{"a":{"S":"1"}}}"""))["Item"]!["v"]!["S"]!);
            await wire.Call("DeleteItem", """{"TableName":"tab","Key":{"a":{"S":"1"}}}""");
        }

        var tooLong = Put[..^1] + new string(' ', 17 << 20) + "}";
        Assert.Equal(413, await Send(wire, Gzip(tooLong), "gzip"));
        Assert.Equal(413, await Send(wire, Deflate(tooLong), "deflate"));
    }

    [Fact]
    public async Task What_cannot_be_unpacked_is_not_done()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        var (plain, whole, deflated, half) = (Encoding.UTF8.GetBytes(Put), Gzip(Put), Deflate(Put), Put.Length / 2);
        foreach (var (body, coding) in ((byte[], string)[])
                 [
                     (plain, "gzip"), (plain, "garbage"), (whole[..^1], "gzip"), ([], "gzip"), ([.. whole, .. "junk"u8], "gzip"),
                     (plain, "deflate"), (whole, "deflate"), (deflated[..^1], "deflate"), ([], "deflate"), ([.. Deflate(Put[..half]), .. Deflate(Put[half..])], "deflate"),
                 ])
            Assert.Equal(500, await Send(wire, body, coding));
        Assert.Empty(await wire.Call("GetItem", """{"TableName":"tab","Key":{"a":{"S":"1"}}}"""));
    }

    [Theory]
    [InlineData("identity", null)]
    [InlineData("br", null)]
    [InlineData("x-gzip", null)]
    [InlineData("gzip ;q=0", null)]
    [InlineData("*;q=0", null)]
    [InlineData("gzip br", null)]
    [InlineData("gzip;nq=1;q=0", null)]
    [InlineData("gzip", "gzip")]
    [InlineData("GZIP, identity", "gzip")]
    [InlineData("dog, gzip ,, cat", "gzip")]
    [InlineData("gzip, deflate", "gzip")]
    [InlineData("br, identity, deflate, gzip", "deflate")]
    [InlineData("deflate;q=0.5, gzip;q=0.2", "deflate")]
    [InlineData("br, gzip;q=0, deflate; q = 0.5 , identity;q=0", "deflate")]
    [InlineData("*", "gzip")]
    [InlineData("*, deflate", "deflate")]
    [InlineData("*, deflate;q=0.5", "gzip")]
    [InlineData("*, gzip;q=0.5", "deflate")]
    [InlineData("*;q=0.5,identity", "gzip")]
    [InlineData("deflate;q=0.5, gzip;q=31", "gzip")]
    [InlineData("gzip;q=31,deflate;q=51", "gzip")]
    [InlineData("deflate;q=0.5, gzip;q=1;q=0.2", "gzip")]
    [InlineData("deflate;q=0.5,gzip;q=0.", "deflate")]
    [InlineData("deflate;q=0.5,gzip;q=0.x", "gzip")]
    [InlineData("deflate;q=-0.5,gzip;q=0.2", "gzip")]
    [InlineData("gzip;q=0, gzip;q=1, gzip;q=0", "gzip")]
    public async Task An_answer_of_4_KiB_is_compressed_as_the_client_likes_it(string accepted, string? coding)
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.Call("PutItem", new JsonObject { ["TableName"] = "tab", ["Item"] = new JsonObject { ["a"] = new JsonObject { ["S"] = "1" }, ["v"] = new JsonObject { ["S"] = new string('x', 4072) } } }.ToJsonString());
        foreach (var (projection, length) in ((string, int)[])[("a, v", 4109), ("v", 4095)])
        {
            using var request = Request(wire, "GetItem", Encoding.UTF8.GetBytes($$$"""{"TableName":"tab","Key":{"a":{"S":"1"}},"ProjectionExpression":"{{{projection}}}"}"""));
            request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
            using var response = await wire.Http.SendAsync(request, TestContext.Current.CancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
            var packed = length >= 4096 ? coding : null;
            Assert.Equal(packed, response.Content.Headers.ContentEncoding.SingleOrDefault());
            Assert.Equal(System.IO.Hashing.Crc32.HashToUInt32(body).ToString(System.Globalization.CultureInfo.InvariantCulture), Assert.Single(response.Headers.GetValues("x-amz-crc32")));
            Assert.Equal(length, Unpack(body, packed).Length);
        }
    }

    private static byte[] Unpack(byte[] body, string? coding)
    {
        if (coding is null) return body;
        using var packed = new MemoryStream(body);
        using Stream unpacker = coding == "gzip" ? new GZipStream(packed, CompressionMode.Decompress) : new ZLibStream(packed, CompressionMode.Decompress);
        using var plain = new MemoryStream();
        unpacker.CopyTo(plain);
        return plain.ToArray();
    }

    private static byte[] Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var packer = new GZipStream(packed, CompressionLevel.Optimal)) packer.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    private static byte[] Deflate(string text)
    {
        using var packed = new MemoryStream();
        using (var packer = new ZLibStream(packed, CompressionLevel.Optimal)) packer.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    private static async Task<int> Send(DynamoDBWire wire, byte[] body, string coding)
    {
        using var request = Request(wire, "PutItem", body);
        request.Content!.Headers.TryAddWithoutValidation("Content-Encoding", coding);
        using var response = await wire.Http.SendAsync(request);
        return (int)response.StatusCode;
    }

    private static HttpRequestMessage Request(DynamoDBWire wire, string operation, byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, wire.Server.Endpoint) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.0");
        request.Headers.Add("X-Amz-Target", "DynamoDB_20120810." + operation);
        request.Headers.TryAddWithoutValidation("X-Amz-Date", "20260101T000000Z");
        request.Headers.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/eu-west-2/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0000");
        return request;
    }
}
