using System.Net.Sockets;
using System.Text;
using Galley.Tests.Server;

namespace Galley.Tests.S3;

/// <summary>The bytes themselves: nothing half is seen, nothing rotten is served, nothing is left lying about.</summary>
public class ContentTests
{
    [Fact]
    public async Task Attributes_tell_what_is_known_and_copies_may_have_another_checksum()
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        await js.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "k", Body = "hello", ChecksumAlgorithm = "SHA256", StorageClass = "STANDARD_IA" });
        var told = await js.Call("s3", "GetObjectAttributes", new { Bucket = "bucket-a", Key = "k", ObjectAttributes = (string[])["ETag", "Checksum", "ObjectSize", "StorageClass"] });
        Assert.Equal(("5d41402abc4b2a76b9719d911017c592", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", 5, "STANDARD_IA"),
            ((string?)told["ETag"], (string?)told["Checksum"]!["ChecksumSHA256"], (int)told["ObjectSize"]!, (string?)told["StorageClass"]));
        var copy = await js.Call("s3", "CopyObject", new { Bucket = "bucket-a", Key = "c", CopySource = "bucket-a/k", ChecksumAlgorithm = "CRC32C" });
        Assert.Equal("mnG7TA==", (string?)copy["CopyObjectResult"]!["ChecksumCRC32C"]);
        using var http = new S3Http(server);
        Assert.Equal("Invalid attribute name specified.", (await http.Signed("GET", "/bucket-a/k?attributes", null, ("x-amz-object-attributes", "Colour"))).Element("Message"));
        var cold = await js.Fails("s3", "PutObject", new { Bucket = "bucket-a", Key = "g", Body = "x", StorageClass = "GLACIER" });
        Assert.Equal(("NotImplemented", "Galley does not support the storage class GLACIER."), (cold.Code, cold.Text));
        Assert.Equal("InvalidStorageClass", (await js.Fails("s3", "PutObject", new { Bucket = "bucket-a", Key = "g", Body = "x", StorageClass = "COLD" })).Code);
        Assert.Equal("InvalidObjectState", (await js.Fails("s3", "RestoreObject", new { Bucket = "bucket-a", Key = "k" })).Code);
        Assert.Equal(("InvalidRequest", "Bucket is missing Object Lock Configuration"), await js.Fails("s3", "GetObjectRetention", new { Bucket = "bucket-a", Key = "k" }) is var locked ? (locked.Code, locked.Text) : default);
        Assert.Equal("NoSuchConfiguration", (await js.Fails("s3", "GetBucketInventoryConfiguration", new { Bucket = "bucket-a", Id = "i" })).Code);
        Assert.False((bool)(await js.Call("s3", "ListBucketAnalyticsConfigurations", new { Bucket = "bucket-a" }))["IsTruncated"]!);
    }

    [Fact]
    public async Task Rotten_bytes_are_never_served()
    {
        using var place = new Workplace();
        var data = Path.Combine(place.Folder, "in-process");
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", DataFolder = data });
        await ObjectsTests.Bucket(server, "bucket-a");
        using var http = new S3Http(server);
        var text = new string('a', 1_000_000);
        Assert.Equal(200, (await http.Signed("PUT", "/bucket-a/k", text)).Status);
        Assert.Equal(text, (await http.Signed("GET", "/bucket-a/k")).Body);
        var file = Assert.Single(BlobsIn(data));
        await using (var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite))
        {
            stream.Position = 900_000;
            stream.WriteByte((byte)'b');
        }

        // the range without the rotten byte's block is right, every other reading fails
        Assert.Equal(new string('a', 100), (await http.Signed("GET", "/bucket-a/k", null, ("Range", "bytes=10-109"))).Body);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => http.Signed("GET", "/bucket-a/k"));
        var range = await Record.ExceptionAsync(async () => Assert.NotEqual(206, (await http.Signed("GET", "/bucket-a/k", null, ("Range", "bytes=899990-900010"))).Status));
        Assert.True(range is null or HttpRequestException, $"{range}");
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(200_000)]
    public async Task A_client_that_is_cut_off_leaves_nothing(int size)
    {
        using var place = new Workplace();
        var data = Path.Combine(place.Folder, "in-process");
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", DataFolder = data, AnyCredentials = true });
        await ObjectsTests.Bucket(server, "bucket-a");
        using var http = new S3Http(server);
        await http.Signed("PUT", "/bucket-a/k", "old");
        var body = Encoding.ASCII.GetBytes(new string('n', size));
        foreach (var cut in (int[])[0, 1, size / 2, size - 1])
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync("127.0.0.1", server.Port);
            var head = $"PUT /bucket-a/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\nx-amz-date: {DateTimeOffset.UtcNow:yyyyMMdd'T'HHmmss'Z'}\r\n"
                       + $"Authorization: AWS4-HMAC-SHA256 Credential=a/{DateTimeOffset.UtcNow:yyyyMMdd}/eu-west-2/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature={new string('0', 64)}\r\n\r\n";
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
            await socket.GetStream().WriteAsync(body.AsMemory(0, cut));
            socket.Client.LingerState = new LingerOption(true, 0);
        }

        Assert.Equal("old", (await http.Signed("GET", "/bucket-a/k")).Body);
        for (var i = 0; Directory.GetFiles(Path.Combine(data, "blobs"), "*", SearchOption.AllDirectories).Length > 0; i++)
        {
            Assert.True(i < 500, "a half upload is left");
            await Task.Delay(10);
        }

        Assert.Equal("old", (await http.Signed("GET", "/bucket-a/k")).Body);
    }

    [Fact]
    public async Task Kill_9_in_uploads_and_completions_loses_nothing_acknowledged_and_leaves_no_orphan()
    {
        using var place = new Workplace();
        var acknowledged = new System.Collections.Concurrent.ConcurrentDictionary<string, string>();
        await using (var first = await place.Start())
        {
            using var aws = await first.Client();
            Assert.Equal(200, (int)(await aws.Send("s3", HttpMethod.Put, "/killed", Encoding.UTF8.GetBytes("<CreateBucketConfiguration><LocationConstraint>eu-west-2</LocationConstraint></CreateBucketConfiguration>"))).Status);
            await first.Kill();
        }

        for (var cycle = 0; cycle < 2; cycle++)
        {
            await using var program = await place.Start();
            using var aws = await program.Client();
            var writing = Task.WhenAll(Enumerable.Range(0, 6).Select(writer => Task.Run(() => Write(aws, $"{cycle}-{writer}", acknowledged))));
            var least = acknowledged.Count + 20;
            while (acknowledged.Count < least && !writing.IsCompleted) await Task.Delay(5);
            await program.Kill();
            await writing;
            Assert.True(acknowledged.Count >= least);
        }

        await using var last = await place.Start();
        using var reader = await last.Client();
        foreach (var (key, text) in acknowledged) Assert.Equal((200, text), await reader.Send("s3", HttpMethod.Get, "/killed/" + key, null) is var got ? ((int)got.Status, got.Body) : default);
        // what nobody holds is gone; then every object and upload goes, and nothing is left of them
        var listed = System.Xml.Linq.XElement.Parse((await reader.Send("s3", HttpMethod.Get, "/killed?list-type=2", null)).Body);
        foreach (var key in listed.Descendants().Where(item => item.Name.LocalName == "Key").Select(item => item.Value).ToList()) Assert.Equal(204, (int)(await reader.Send("s3", HttpMethod.Delete, "/killed/" + key, null)).Status);
        Assert.Equal(204, (int)(await reader.Send("s3", HttpMethod.Delete, "/killed", null)).Status);
        for (var i = 0; BlobsIn(place.Data).Length > 0; i++)
        {
            Assert.True(i < 1000, $"{BlobsIn(place.Data).Length} blobs are left that nobody holds");
            await Task.Delay(10);
        }
    }

    private static async Task Write(SignedHttp aws, string writer, System.Collections.Concurrent.ConcurrentDictionary<string, string> acknowledged)
    {
        try
        {
            for (var i = 0; i < 10_000; i++)
            {
                var key = $"w{writer}-{i}";
                var text = key + new string('x', i % 2 == 0 ? 100 : 60_000);
                if (i % 3 < 2) Assert.Equal(200, (int)(await aws.Send("s3", HttpMethod.Put, "/killed/" + key, Encoding.UTF8.GetBytes(text))).Status);
                else
                {
                    var begun = (await aws.Send("s3", HttpMethod.Post, $"/killed/{key}?uploads=", null)).Body;
                    var id = begun[(begun.IndexOf("<UploadId>", StringComparison.Ordinal) + 10)..begun.IndexOf("</UploadId>", StringComparison.Ordinal)];
                    Assert.Equal(200, (int)(await aws.Send("s3", HttpMethod.Put, $"/killed/{key}?partNumber=1&uploadId={id}", Encoding.UTF8.GetBytes(text))).Status);
                    var etag = Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(Encoding.UTF8.GetBytes(text)));
                    Assert.Equal(200, (int)(await aws.Send("s3", HttpMethod.Post, $"/killed/{key}?uploadId={id}", Encoding.UTF8.GetBytes($"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"))).Status);
                }

                acknowledged[key] = text;
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // killed
        }
    }

    private static string[] BlobsIn(string data) => Directory.GetFiles(Path.Combine(data, "blobs"), "*", SearchOption.AllDirectories);
}
