using System.Text;
using System.Text.Json.Nodes;
using Amazon.S3.Model;

namespace Galley.Tests.S3;

public class MultipartTests
{
    private const int Part = 5 << 20;

    [Theory]
    [InlineData("CRC32", "FULL_OBJECT")]
    [InlineData("CRC32C", "COMPOSITE")]
    [InlineData("CRC64NVME", "FULL_OBJECT")]
    [InlineData("SHA256", "COMPOSITE")]
    public async Task Parts_become_one_object_with_a_joined_checksum(string algorithm, string type)
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        using var http = new S3Http(server);
        string first = new('a', Part), last = "the end";
        var begun = await http.Signed("POST", "/bucket-a/big?uploads", "", ("x-amz-checksum-algorithm", algorithm), ("x-amz-checksum-type", type), ("Content-Type", "text/plain"));
        var id = begun.Element("UploadId");
        var parts = new StringBuilder();
        foreach (var (number, text) in ((int, string)[])[(1, first), (2, last)])
        {
            var put = await http.Signed("PUT", $"/bucket-a/big?partNumber={number}&uploadId={id}", text);
            Assert.Equal(200, put.Status);
            parts.Append($"<Part><PartNumber>{number}</PartNumber><ETag>{put.Header("ETag")}</ETag><Checksum{algorithm}>{put.Header("x-amz-checksum-" + algorithm.ToLowerInvariant())}</Checksum{algorithm}></Part>");
        }

        var listed = await http.Signed("GET", $"/bucket-a/big?uploadId={id}");
        Assert.Equal("2", listed.Element("NextPartNumberMarker"));
        var done = await http.Signed("POST", $"/bucket-a/big?uploadId={id}", $"<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{parts}</CompleteMultipartUpload>");
        Assert.Equal((200, type), (done.Status, done.Element("ChecksumType")));
        var value = done.Element("Checksum" + algorithm)!;
        if (type == "FULL_OBJECT")
        {
            // the same bytes in one PUT have the same checksum
            var whole = await http.Signed("PUT", "/bucket-a/whole", first + last, ("x-amz-sdk-checksum-algorithm", algorithm));
            Assert.Equal(whole.Header("x-amz-checksum-" + algorithm.ToLowerInvariant()), value);
        }
        else Assert.EndsWith("-2", value);
        var got = await http.Signed("GET", "/bucket-a/big");
        Assert.True(got.Body == first + last);
        Assert.EndsWith("-2\"", got.Header("ETag"));
        var across = await http.Signed("GET", "/bucket-a/big", null, ("Range", $"bytes={Part - 2}-{Part + 2}"));
        Assert.Equal((206, "aathe"), (across.Status, across.Body));
        Assert.Equal(last, (await http.Signed("GET", "/bucket-a/big?partNumber=2")).Body);
        Assert.Equal((404, "NoSuchUpload"), (await http.Signed("GET", $"/bucket-a/big?uploadId={id}")).Error);
    }

    [Fact]
    public async Task The_NET_SDK_uploads_in_parts_and_copies_parts()
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        using var s3 = ObjectsTests.Client(server);
        var begun = await s3.InitiateMultipartUploadAsync("bucket-a", "big");
        var part = await s3.UploadPartAsync(new UploadPartRequest { BucketName = "bucket-a", Key = "big", UploadId = begun.UploadId, PartNumber = 1, InputStream = new MemoryStream(new byte[Part]) });
        await s3.PutObjectAsync(new PutObjectRequest { BucketName = "bucket-a", Key = "tail", ContentBody = "0123456789" });
        var copied = await s3.CopyPartAsync(new CopyPartRequest
        {
            SourceBucket = "bucket-a",
            SourceKey = "tail",
            DestinationBucket = "bucket-a",
            DestinationKey = "big",
            UploadId = begun.UploadId,
            PartNumber = 2,
            FirstByte = 2,
            LastByte = 4,
        });
        await s3.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest
        {
            BucketName = "bucket-a",
            Key = "big",
            UploadId = begun.UploadId,
            PartETags = [new PartETag(1, part.ETag) { ChecksumCRC32 = part.ChecksumCRC32 }, new PartETag(2, copied.ETag)],
        });
        Assert.Equal(Part + 3, (await s3.GetObjectMetadataAsync("bucket-a", "big")).ContentLength);
        using var tail = await s3.GetObjectAsync(new GetObjectRequest { BucketName = "bucket-a", Key = "big", ByteRange = new ByteRange(Part, Part + 10) });
        Assert.Equal("234", await new StreamReader(tail.ResponseStream).ReadToEndAsync());
    }

    [Fact]
    public async Task CopyObject_keeps_or_replaces_the_metadata_and_refuses_a_copy_onto_itself()
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        await js.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "a b", Body = "data", ContentType = "text/plain", Metadata = new { who = "me" }, Tagging = "t=1" });
        await js.Call("s3", "CopyObject", new { Bucket = "bucket-a", Key = "kept", CopySource = "bucket-a/a%20b" });
        var kept = await js.Call("s3", "HeadObject", new { Bucket = "bucket-a", Key = "kept" });
        Assert.Equal(("text/plain", "me"), ((string?)kept["ContentType"], (string?)kept["Metadata"]!["who"]));
        Assert.Equal("t", (string?)(await js.Call("s3", "GetObjectTagging", new { Bucket = "bucket-a", Key = "kept" }))["TagSet"]![0]!["Key"]);
        await js.Call("s3", "CopyObject", new { Bucket = "bucket-a", Key = "new", CopySource = "bucket-a/a%20b", MetadataDirective = "REPLACE", ContentType = "text/html" });
        var replaced = await js.Call("s3", "HeadObject", new { Bucket = "bucket-a", Key = "new" });
        Assert.Equal("text/html", (string?)replaced["ContentType"]);
        Assert.Empty(replaced["Metadata"]!.AsObject());
        var self = await js.Fails("s3", "CopyObject", new { Bucket = "bucket-a", Key = "kept", CopySource = "bucket-a/kept" });
        Assert.Equal("InvalidRequest", self.Code);
        await js.Call("s3", "DeleteObject", new { Bucket = "bucket-a", Key = "a b" });
        var bytes = (JsonObject)(await js.Call("s3", "GetObject", new { Bucket = "bucket-a", Key = "new" }))["Body"]!;
        Assert.Equal("data", Encoding.UTF8.GetString(Convert.FromBase64String((string)bytes["$bytes"]!)));
    }
}
