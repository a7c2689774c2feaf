namespace Galley.Tests.S3;

/// <summary>Conditions on reads and writes; F89 goes on here.</summary>
public class ConditionsTests
{
    [Fact]
    public async Task Reads_follow_their_conditions()
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        using var http = new S3Http(server);
        var etag = (await http.Signed("PUT", "/bucket-a/k", "data")).Header("ETag")!;
        var modified = (await http.Signed("HEAD", "/bucket-a/k")).Header("Last-Modified")!;
        var before = DateTimeOffset.Parse(modified, System.Globalization.CultureInfo.InvariantCulture).AddHours(-1).ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(200, await Get(("If-Match", etag)));
        Assert.Equal(412, await Get(("If-Match", "\"other\"")));
        Assert.Equal(304, await Get(("If-None-Match", etag)));
        Assert.Equal(200, await Get(("If-None-Match", "\"other\"")));
        Assert.Equal(304, await Get(("If-Modified-Since", modified)));
        Assert.Equal(200, await Get(("If-Modified-Since", before)));
        Assert.Equal(412, await Get(("If-Unmodified-Since", before)));
        Assert.Equal(200, await Get(("If-Match", etag), ("If-Unmodified-Since", before)));
        Assert.Equal(304, await Get(("If-None-Match", etag), ("If-Modified-Since", before)));
        foreach (var range in (string[])["bytes=0-1,3-4", "bytes=x", "bytes=5-1", "lines=1-2"]) Assert.Equal((200, "data"), await http.Signed("GET", "/bucket-a/k", null, ("Range", range)) is var all ? (all.Status, all.Body) : default);
        Assert.Equal((206, "ata", "bytes 1-3/4"), await http.Signed("GET", "/bucket-a/k", null, ("Range", "bytes=1-")) is var part ? (part.Status, part.Body, part.Header("Content-Range")) : default);
        var empty = await http.Signed("PUT", "/bucket-a/empty", "");
        Assert.Equal("\"d41d8cd98f00b204e9800998ecf8427e\"", empty.Header("ETag"));
        Assert.Equal((416, "InvalidRange"), (await http.Signed("GET", "/bucket-a/empty", null, ("Range", "bytes=0-0"))).Error);
        Assert.Equal((200, ""), await http.Signed("GET", "/bucket-a/empty") is var none ? (none.Status, none.Body) : default);

        async Task<int> Get(params (string, string)[] headers) => (await http.Signed("GET", "/bucket-a/k", null, headers)).Status;
    }

    [Fact]
    public async Task F89_writes_copies_completions_and_deletions_follow_theirs()
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        using var http = new S3Http(server);
        const string stale = "\"00000000000000000000000000000000\"";
        Assert.Equal((404, "NoSuchKey"), (await http.Signed("PUT", "/bucket-a/k", "x", ("If-Match", stale))).Error);
        var etag = (await http.Signed("PUT", "/bucket-a/k", "one", ("If-None-Match", "*"))).Header("ETag")!;
        Assert.Equal((412, "PreconditionFailed"), (await http.Signed("PUT", "/bucket-a/k", "two", ("If-None-Match", "*"))).Error);
        Assert.Equal(200, (await http.Signed("PUT", "/bucket-a/k", "two", ("If-Match", etag))).Status);
        Assert.Equal((412, "PreconditionFailed"), (await http.Signed("PUT", "/bucket-a/k", "three", ("If-Match", etag))).Error);
        Assert.Equal((412, "PreconditionFailed"), (await http.Signed("PUT", "/bucket-a/k", null, ("x-amz-copy-source", "bucket-a/k"), ("x-amz-metadata-directive", "REPLACE"), ("If-None-Match", "*"))).Error);
        Assert.Equal((412, "PreconditionFailed"), (await http.Signed("PUT", "/bucket-a/c", null, ("x-amz-copy-source", "bucket-a/k"), ("x-amz-copy-source-if-match", stale))).Error);
        Assert.Equal((412, "PreconditionFailed"), (await http.Signed("DELETE", "/bucket-a/k", null, ("If-Match", stale))).Error);
        Assert.Equal("two", (await http.Signed("GET", "/bucket-a/k")).Body);

        // the object that was there at the start of the upload is gone at its end: somebody else was at work
        var taken = await Upload("k");
        Assert.Equal((412, "PreconditionFailed"), (await taken("If-None-Match", "*")).Error);
        Assert.Equal(204, (await http.Signed("DELETE", "/bucket-a/k")).Status);
        var conflict = await taken("If-None-Match", "*");
        Assert.Equal(((409, "ConditionalRequestConflict"), "If-None-Match"), (conflict.Error, conflict.Element("Condition")));
        Assert.Equal("The conditional request cannot succeed due to a conflicting operation against this resource.", conflict.Element("Message"));
        var fresh = await Upload("new");
        var put = (await http.Signed("PUT", "/bucket-a/new", "meanwhile")).Header("ETag")!;
        Assert.Equal((412, "PreconditionFailed"), (await fresh("If-None-Match", "*")).Error);
        Assert.Equal((412, "PreconditionFailed"), (await fresh("If-Match", stale)).Error);
        Assert.Equal((409, "ConditionalRequestConflict"), (await fresh("If-Match", put)).Error);
        Assert.Equal("meanwhile", (await http.Signed("GET", "/bucket-a/new")).Body);
        Assert.Equal(200, (await (await Upload("new"))("If-Match", put)).Status);

        async Task<Func<string, string, Task<S3Http.Answer>>> Upload(string key)
        {
            var id = (await http.Signed("POST", $"/bucket-a/{key}?uploads")).Element("UploadId");
            var part = (await http.Signed("PUT", $"/bucket-a/{key}?partNumber=1&uploadId={id}", "part")).Header("ETag");
            return (name, value) => http.Signed("POST", $"/bucket-a/{key}?uploadId={id}", $"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{part}</ETag></Part></CompleteMultipartUpload>", (name, value));
        }
    }

    [Fact]
    public async Task A_policy_may_ask_for_tags_and_versions_of_the_signature()
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        await js.Call("s3", "DeletePublicAccessBlock", new { Bucket = "bucket-a" });
        await js.Call("s3", "PutBucketPolicy", new { Bucket = "bucket-a", Policy = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket-a/*","Condition":{"StringEquals":{"s3:ExistingObjectTag/open":"yes"}}}}""" });
        await js.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "open", Body = "x", Tagging = "open=yes" });
        await js.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "shut", Body = "x", Tagging = "open=no" });
        using var http = new S3Http(server);
        Assert.Equal(200, (await http.Anonymous("GET", "/bucket-a/open")).Status);
        Assert.Equal((403, "AccessDenied"), (await http.Anonymous("GET", "/bucket-a/shut")).Error);
    }
}
