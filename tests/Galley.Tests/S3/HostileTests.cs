using System.Net.Sockets;
using System.Text;

namespace Galley.Tests.S3;

/// <summary>Group F of the negative tests.</summary>
public class HostileTests
{
    [Fact]
    public async Task F81_F82_dots_and_slashes_are_letters_of_a_key()
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        await ObjectsTests.Bucket(server, "bucket-b");
        using var http = new S3Http(server);
        foreach (var key in (string[])["../../x", "a/../../x", "%2e%2e%2fy", "a%5Cb", "/lead", "../bucket-b/k"])
        {
            Assert.Equal(200, (await http.Signed("PUT", "/bucket-a/" + key, "data of " + key)).Status);
            Assert.Equal("data of " + key, (await http.Signed("GET", "/bucket-a/" + key)).Body);
        }

        var listed = await http.Signed("GET", "/bucket-a?list-type=2");
        Assert.Contains("<Key>../bucket-b/k</Key>", listed.Body);
        Assert.Contains("<Key>../y</Key>", listed.Body);
        Assert.Contains("<Key>/lead</Key>", listed.Body);
        Assert.Equal("0", (await http.Signed("GET", "/bucket-b?list-type=2")).Element("KeyCount"));
    }

    [Fact]
    public async Task F83_keys_in_DeleteObjects_and_CopySource_stay_in_their_bucket()
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        await ObjectsTests.Bucket(server, "bucket-b");
        using var http = new S3Http(server);
        await http.Signed("PUT", "/bucket-b/k", "mine");
        var deleted = await http.Signed("POST", "/bucket-a?delete", "<Delete><Object><Key>../bucket-b/k</Key></Object></Delete>");
        Assert.Equal("../bucket-b/k", deleted.Element("Key"));
        Assert.Equal("mine", (await http.Signed("GET", "/bucket-b/k")).Body);
        var copied = await http.Signed("PUT", "/bucket-a/copy", null, ("x-amz-copy-source", "/bucket-a/../bucket-b/k"));
        Assert.Equal((404, "NoSuchKey"), copied.Error);
    }

    [Fact]
    public async Task F84_F85_names_that_cannot_be_are_refused()
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        using var http = new S3Http(server);
        foreach (var key in (string[])["a%00b", "%c0%ae", "%ed%a0%80"]) Assert.Equal(400, (await http.Signed("PUT", "/bucket-a/" + key, "x")).Status);
        Assert.Equal((400, "KeyTooLongError"), (await http.Signed("PUT", "/bucket-a/" + new string('k', 1025), "x")).Error);
        Assert.Equal(200, (await http.Signed("PUT", "/bucket-a/" + new string('k', 1024), "x")).Status);
        foreach (var name in (string[])["A-b", "..", "ab", new string('a', 64), "192.168.1.1", "xn--a-bucket", "some-s3alias"])
        {
            var refused = await http.Signed("PUT", "/" + name);
            Assert.Equal((400, "InvalidBucketName"), refused.Error);
            Assert.Equal("The specified bucket is not valid.", refused.Element("Message"));
        }
    }

    [Fact]
    public async Task F86_digests_and_checksums_are_verified_before_anything_is_visible()
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        using var http = new S3Http(server);
        Assert.Equal((400, "InvalidDigest"), (await http.Signed("PUT", "/bucket-a/k", "hello", ("Content-MD5", "nonsense"))).Error);
        Assert.Equal((400, "InvalidDigest"), (await http.Signed("PUT", "/bucket-a/k", "hello", ("Content-MD5", "YWJyYWNhZGFicmE="))).Error);
        var md5 = await http.Signed("PUT", "/bucket-a/k", "hello", ("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="));
        Assert.Equal(((400, "BadDigest"), "The Content-MD5 you specified did not match what we received."), (md5.Error, md5.Element("Message")));
        var crc = await http.Signed("PUT", "/bucket-a/k", "hello", ("x-amz-checksum-crc32", "AAAAAA=="));
        Assert.Equal(((400, "BadDigest"), "The CRC32 you specified did not match the calculated checksum."), (crc.Error, crc.Element("Message")));
        var form = await http.Signed("PUT", "/bucket-a/k", "hello", ("x-amz-checksum-crc32", "AA=="));
        Assert.Equal("Value for x-amz-checksum-crc32 header is invalid.", form.Element("Message"));
        var two = await http.Signed("PUT", "/bucket-a/k", "hello", ("x-amz-checksum-crc32", "NhCmhg=="), ("x-amz-checksum-crc32c", "mnG7TA=="));
        Assert.Equal("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.", two.Element("Message"));
        var hash = await http.Send("PUT", "/bucket-a/k", null, "hello"u8.ToArray(), new string('0', 64));
        Assert.Equal((400, "XAmzContentSHA256Mismatch"), hash.Error);
        Assert.Equal((404, "NoSuchKey"), (await http.Signed("GET", "/bucket-a/k")).Error);
        foreach (var (name, value) in ((string, string)[])[("crc32c", "mnG7TA=="), ("crc64nvme", "M3eFcAZSQlc="), ("sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="), ("sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=")])
        {
            var put = await http.Signed("PUT", "/bucket-a/k", "hello", ("x-amz-checksum-" + name, value));
            Assert.Equal((200, value), (put.Status, put.Header("x-amz-checksum-" + name)));
            Assert.Equal(value, (await http.Signed("HEAD", "/bucket-a/k", null, ("x-amz-checksum-mode", "ENABLED"))).Header("x-amz-checksum-" + name));
        }
    }

    [Fact]
    public async Task F87_a_body_cut_short_or_without_length_changes_nothing()
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        await js.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "k", Body = "old" });
        using var http = new S3Http(server);
        var short1 = await http.Send("PUT", "/bucket-a/k", null, Encoding.ASCII.GetBytes("5\r\nhello\r\n"), "STREAMING-UNSIGNED-PAYLOAD-TRAILER", ("x-amz-decoded-content-length", "9"));
        Assert.Equal((400, "IncompleteBody"), short1.Error);
        var without = await http.Send("PUT", "/bucket-a/k", null, Encoding.ASCII.GetBytes("0\r\n\r\n"), "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        Assert.Equal((411, "MissingContentLength"), without.Error);
        Assert.Equal("old", (await http.Signed("GET", "/bucket-a/k")).Body);
    }

    [Fact]
    public async Task F88_multipart_is_checked_when_it_completes()
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        using var http = new S3Http(server);
        var id = (await http.Signed("POST", "/bucket-a/big?uploads=")).Element("UploadId");
        var one = (await http.Signed("PUT", $"/bucket-a/big?partNumber=1&uploadId={id}", "small")).Header("ETag")!;
        var two = (await http.Signed("PUT", $"/bucket-a/big?partNumber=2&uploadId={id}", "last")).Header("ETag")!;
        Assert.Equal((400, "InvalidPartOrder"), (await Complete((2, two), (1, one))).Error);
        Assert.Equal((400, "InvalidPart"), (await Complete((1, two))).Error);
        Assert.Equal((400, "EntityTooSmall"), (await Complete((1, one), (2, two))).Error);
        Assert.Equal((404, "NoSuchKey"), (await http.Signed("GET", "/bucket-a/big")).Error);
        Assert.Equal(204, (await http.Signed("DELETE", $"/bucket-a/big?uploadId={id}")).Status);
        Assert.Equal((404, "NoSuchUpload"), (await Complete((1, one))).Error);
        Assert.Equal((404, "NoSuchUpload"), (await http.Signed("PUT", $"/bucket-a/big?partNumber=1&uploadId={id}", "small")).Error);

        Task<S3Http.Answer> Complete(params (int Number, string ETag)[] parts) => http.Signed("POST", $"/bucket-a/big?uploadId={id}",
            $"<CompleteMultipartUpload>{string.Concat(parts.Select(part => $"<Part><PartNumber>{part.Number}</PartNumber><ETag>{part.ETag}</ETag></Part>"))}</CompleteMultipartUpload>");
    }

    [Fact]
    public async Task F89_of_sixteen_writers_that_want_the_key_absent_one_wins()
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        using var http = new S3Http(server);
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(at => http.Signed("PUT", "/bucket-a/k", "writer " + at, ("If-None-Match", "*"))));
        Assert.Single(answers, answer => answer.Status == 200);
        Assert.Equal(15, answers.Count(answer => answer.Error == (412, "PreconditionFailed")));
        var stale = await http.Signed("PUT", "/bucket-a/k", "later", ("If-Match", "\"00000000000000000000000000000000\""));
        Assert.Equal(((412, "PreconditionFailed"), "If-Match"), (stale.Error, stale.Element("Condition")));
        Assert.Equal((501, "NotImplemented"), (await http.Signed("PUT", "/bucket-a/k", "x", ("If-None-Match", "\"abc\""))).Error);
    }

    [Fact]
    public async Task F91_preflights_are_answered_before_any_authorization()
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        using var http = new S3Http(server);
        (string, string)[] ask = [("Origin", "https://app.example"), ("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "Content-Type, X-Amz-Meta-A")];
        var none = await http.Anonymous("OPTIONS", "/bucket-a/k");
        Assert.Equal(((400, "BadRequest"), "Insufficient information. Origin request header needed."), (none.Error, none.Element("Message")));
        var off = await http.Anonymous("OPTIONS", "/bucket-a/k", headers: ask);
        Assert.Equal(((403, "AccessForbidden"), "CORSResponse: CORS is not enabled for this bucket."), (off.Error, off.Element("Message")));
        await js.Call("s3", "PutBucketCors", new
        {
            Bucket = "bucket-a",
            CORSConfiguration = new { CORSRules = (object[])[new { AllowedOrigins = (string[])["https://app.example"], AllowedMethods = (string[])["PUT", "GET"], AllowedHeaders = (string[])["*"], ExposeHeaders = (string[])["ETag"], MaxAgeSeconds = 60 }] },
        });
        var on = await http.Anonymous("OPTIONS", "/bucket-a/k", headers: ask);
        Assert.Equal((200, "https://app.example", "PUT, GET", "content-type, x-amz-meta-a", "60", "true"),
            (on.Status, on.Header("Access-Control-Allow-Origin"), on.Header("Access-Control-Allow-Methods"), on.Header("Access-Control-Allow-Headers"), on.Header("Access-Control-Max-Age"), on.Header("Access-Control-Allow-Credentials")));
        ask[0] = ("Origin", "https://evil.example");
        var refused = await http.Anonymous("OPTIONS", "/bucket-a/k", headers: ask);
        Assert.Equal((403, "AccessForbidden"), refused.Error);
        Assert.StartsWith("CORSResponse: This CORS request is not allowed.", refused.Element("Message"));
        var put = await http.Signed("PUT", "/bucket-a/k", "x", ("Origin", "https://app.example"));
        Assert.Equal((200, "https://app.example", "ETag"), (put.Status, put.Header("Access-Control-Allow-Origin"), put.Header("Access-Control-Expose-Headers")));
    }

    [Fact]
    public async Task F92_restricted_public_buckets_are_closed_to_anonymous_readers_although_the_policy_stands()
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        await js.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "k", Body = "data" });
        await js.Call("s3", "DeletePublicAccessBlock", new { Bucket = "bucket-a" });
        await js.Call("s3", "PutBucketPolicy", new { Bucket = "bucket-a", Policy = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::bucket-a/*","arn:aws:s3:::bucket-a"]}}""" });
        using var http = new S3Http(server);
        Assert.Equal(200, (await http.Anonymous("GET", "/bucket-a/k")).Status);
        Assert.Equal((404, "NoSuchKey"), (await http.Anonymous("GET", "/bucket-a/none")).Error);
        Assert.Equal((400, "InvalidRequest"), (await http.Anonymous("GET", "/bucket-a/k?response-content-type=text/html")).Error);
        await js.Call("s3", "PutPublicAccessBlock", new { Bucket = "bucket-a", PublicAccessBlockConfiguration = new { RestrictPublicBuckets = true } });
        Assert.Equal((403, "AccessDenied"), (await http.Anonymous("GET", "/bucket-a/k")).Error);
        Assert.Equal((403, "AccessDenied"), (await http.Anonymous("GET", "/bucket-a/none")).Error);
    }

    [Fact]
    public async Task F93_F94_headers_ranges_and_documents_that_are_wrong()
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        using var http = new S3Http(server);
        Assert.Equal((400, "MetadataTooLarge"), (await http.Signed("PUT", "/bucket-a/k", "x", ("x-amz-meta-a", new string('v', 2049)))).Error);
        await http.Signed("PUT", "/bucket-a/k", "12345678");
        Assert.Equal((400, "InvalidArgument"), (await http.Signed("GET", "/bucket-a/k?response-content-type=a%0d%0aX%3A1")).Error);
        var range = await http.Signed("GET", "/bucket-a/k", null, ("Range", "bytes=1024-4096"));
        Assert.Equal(((416, "InvalidRange"), "8"), (range.Error, range.Element("ActualObjectSize")));
        var some = await http.Signed("GET", "/bucket-a/k", null, ("Range", "bytes=2-4"));
        Assert.Equal((206, "345", "bytes 2-4/8"), (some.Status, some.Body, some.Header("Content-Range")));
        Assert.Equal((206, "78"), (await http.Signed("GET", "/bucket-a/k", null, ("Range", "bytes=-2"))) is var tail ? (tail.Status, tail.Body) : default);
        Assert.Equal(200, (await http.Signed("GET", "/bucket-a/k", null, ("Range", "bytes=0-1,3-4"))).Status);
        Assert.Equal((400, "MalformedXML"), (await http.Signed("PUT", "/bucket-a?website", "<!DOCTYPE a [<!ENTITY x 'y'>]><WebsiteConfiguration>&x;</WebsiteConfiguration>")).Error);
        var mfa = await js.Fails("s3", "PutBucketVersioning", new { Bucket = "bucket-a", VersioningConfiguration = new { Status = "Enabled", MFADelete = "Enabled" } });
        Assert.Equal(("NotImplemented", "Galley does not support MfaDelete."), (mfa.Code, mfa.Text));
        Assert.Equal((501, "NotImplemented"), (await http.Signed("GET", "/bucket-a/k?torrent")).Error);
    }

    [Fact]
    public async Task A_put_that_expects_100_continue_gets_it_before_its_body()
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        using var http = new S3Http(server);
        var put = await http.Signed("PUT", "/bucket-a/k", "hello", ("Expect", "100-continue"));
        Assert.Equal(200, put.Status);
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", server.Port);
        await socket.GetStream().WriteAsync("PUT /bucket-a/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(socket.GetStream());
        Assert.StartsWith("HTTP/1.1 403", await reader.ReadLineAsync());
        // the next request on this connection would be taken for the body that was not sent
        var head = new List<string>();
        while (await reader.ReadLineAsync() is { Length: > 0 } line) head.Add(line);
        Assert.Contains("Connection: close", head);
    }
}
