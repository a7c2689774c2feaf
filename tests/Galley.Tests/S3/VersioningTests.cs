using System.Text.Json.Nodes;

namespace Galley.Tests.S3;

public class VersioningTests
{
    [Fact]
    public async Task Every_put_is_a_version_and_a_delete_is_a_marker_in_front_of_them()
    {
        await using var server = await ObjectsTests.Start();
        var js = await Versioned(server, "bucket-a");
        var one = (string)(await Put(js, "k", "one"))["VersionId"]!;
        var two = (string)(await Put(js, "k", "two"))["VersionId"]!;
        Assert.NotEqual(one, two);
        Assert.Equal("two", await Text(js, "k"));
        Assert.Equal("one", await Text(js, "k", one));
        Assert.Equal(one, (string?)(await js.Call("s3", "HeadObject", new { Bucket = "bucket-a", Key = "k", VersionId = one }))["VersionId"]);
        var deleted = await js.Call("s3", "DeleteObject", new { Bucket = "bucket-a", Key = "k" });
        Assert.True((bool)deleted["DeleteMarker"]!);
        var marker = (string)deleted["VersionId"]!;

        var gone = await js.Fails("s3", "GetObject", new { Bucket = "bucket-a", Key = "k" });
        Assert.Equal(("NoSuchKey", 404), (gone.Code, gone.Status));
        using var http = new S3Http(server);
        var head = await http.Signed("HEAD", "/bucket-a/k");
        Assert.Equal((404, "true", marker), (head.Status, head.Header("x-amz-delete-marker"), head.Header("x-amz-version-id")));
        var ofMarker = await http.Signed("GET", $"/bucket-a/k?versionId={marker}");
        Assert.Equal(((405, "MethodNotAllowed"), "DELETE", "true"), (ofMarker.Error, ofMarker.Header("Allow"), ofMarker.Header("x-amz-delete-marker")));
        Assert.Equal("The specified method is not allowed against this resource.", ofMarker.Element("Message"));
        Assert.Null((await js.Call("s3", "ListObjectsV2", new { Bucket = "bucket-a" }))["Contents"]);

        var all = await js.Call("s3", "ListObjectVersions", new { Bucket = "bucket-a" });
        Assert.Equal([two, one], all["Versions"]!.AsArray().Select(version => (string)version!["VersionId"]!));
        Assert.True((bool)all["DeleteMarkers"]![0]!["IsLatest"]!);
        Assert.Equal(409, (await js.Fails("s3", "DeleteBucket", new { Bucket = "bucket-a" })).Status);

        await js.Call("s3", "DeleteObject", new { Bucket = "bucket-a", Key = "k", VersionId = marker });
        Assert.Equal("two", await Text(js, "k"));
        await js.Call("s3", "DeleteObject", new { Bucket = "bucket-a", Key = "k", VersionId = two });
        Assert.Equal("one", await Text(js, "k"));
        var several = await js.Call("s3", "DeleteObjects", new { Bucket = "bucket-a", Delete = new { Objects = (object[])[new { Key = "k", VersionId = one }, new { Key = "other" }] } });
        Assert.Equal(one, (string?)several["Deleted"]![0]!["VersionId"]);
        Assert.True((bool)several["Deleted"]![1]!["DeleteMarker"]!);
        await js.Call("s3", "DeleteObject", new { Bucket = "bucket-a", Key = "other", VersionId = (string)several["Deleted"]![1]!["DeleteMarkerVersionId"]! });
        await js.Call("s3", "DeleteBucket", new { Bucket = "bucket-a" });
    }

    [Fact]
    public async Task Suspended_versioning_writes_the_null_version_and_leaves_the_others()
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        await Put(js, "k", "before");
        await Set(js, "Enabled");
        var kept = (string)(await Put(js, "k", "kept"))["VersionId"]!;
        Assert.Equal("before", await Text(js, "k", "null"));
        await Set(js, "Suspended");
        Assert.Null((await Put(js, "k", "null again"))["VersionId"]);
        Assert.Equal("null again", await Text(js, "k", "null"));
        Assert.Equal("null", (string?)(await js.Call("s3", "HeadObject", new { Bucket = "bucket-a", Key = "k" }))["VersionId"]);
        var all = await js.Call("s3", "ListObjectVersions", new { Bucket = "bucket-a" });
        Assert.Equal(["null", kept], all["Versions"]!.AsArray().Select(version => (string)version!["VersionId"]!));
        var marker = await js.Call("s3", "DeleteObject", new { Bucket = "bucket-a", Key = "k" });
        Assert.Equal(("null", true), ((string)marker["VersionId"]!, (bool)marker["DeleteMarker"]!));
        Assert.Equal("kept", await Text(js, "k", kept));
        all = await js.Call("s3", "ListObjectVersions", new { Bucket = "bucket-a" });
        Assert.Equal([kept], all["Versions"]!.AsArray().Select(version => (string)version!["VersionId"]!));
        Assert.Equal("null", (string?)all["DeleteMarkers"]![0]!["VersionId"]);
        await js.Call("s3", "DeleteObject", new { Bucket = "bucket-a", Key = "k", VersionId = "null" });
        Assert.Equal("kept", await Text(js, "k"));
    }

    [Fact]
    public async Task Versions_are_listed_in_pages_with_prefix_and_delimiter()
    {
        await using var server = await ObjectsTests.Start();
        var js = await Versioned(server, "bucket-a");
        foreach (var key in (string[])["a", "a", "a!", "d/1", "d/2", "z"]) await Put(js, key, "x");
        await js.Call("s3", "DeleteObject", new { Bucket = "bucket-a", Key = "d/1" });
        var seen = new List<string>();
        string? keyMarker = null, idMarker = null;
        do
        {
            var page = await js.Call("s3", "ListObjectVersions", new { Bucket = "bucket-a", MaxKeys = 2, KeyMarker = keyMarker, VersionIdMarker = idMarker });
            seen.AddRange(Names(page));
            (keyMarker, idMarker) = ((string?)page["NextKeyMarker"], (string?)page["NextVersionIdMarker"]);
            Assert.Equal((bool)page["IsTruncated"]!, keyMarker is not null);
        }
        while (keyMarker is not null);
        Assert.Equal(["a", "a", "a!", "d/1", "d/1", "d/2", "z"], seen.Order(StringComparer.Ordinal));
        var folded = await js.Call("s3", "ListObjectVersions", new { Bucket = "bucket-a", Delimiter = "/", MaxKeys = 4 });
        Assert.Equal("d/", (string?)folded["CommonPrefixes"]![0]!["Prefix"]);
        Assert.Equal("d/", (string?)folded["NextKeyMarker"]);
        var rest = await js.Call("s3", "ListObjectVersions", new { Bucket = "bucket-a", Delimiter = "/", KeyMarker = "d/" });
        Assert.Equal(["z"], Names(rest));
        Assert.Empty(Names(await js.Call("s3", "ListObjectVersions", new { Bucket = "bucket-a", MaxKeys = 0 })));
        using var http = new S3Http(server);
        Assert.Equal("A version-id marker cannot be specified without a key marker.", (await http.Signed("GET", $"/bucket-a?versions&version-id-marker={new string('A', 32)}")).Element("Message"));
        // what is only markers is no folder
        await js.Call("s3", "DeleteObject", new { Bucket = "bucket-a", Key = "d/2" });
        Assert.Null((await js.Call("s3", "ListObjectsV2", new { Bucket = "bucket-a", Delimiter = "/" }))["CommonPrefixes"]);

        static IEnumerable<string> Names(JsonObject page) => new[] { "Versions", "DeleteMarkers" }.SelectMany(kind => page[kind]?.AsArray().Select(item => (string)item!["Key"]!) ?? []);
    }

    [Fact]
    public async Task Tags_copies_and_rights_are_of_versions_too()
    {
        await using var server = await ObjectsTests.Start();
        var js = await Versioned(server, "bucket-a");
        var one = (string)(await Put(js, "k", "one"))["VersionId"]!;
        await Put(js, "k", "two");
        await js.Call("s3", "PutObjectTagging", new { Bucket = "bucket-a", Key = "k", VersionId = one, Tagging = new { TagSet = (object[])[new { Key = "old", Value = "yes" }] } });
        Assert.Empty((await js.Call("s3", "GetObjectTagging", new { Bucket = "bucket-a", Key = "k" }))["TagSet"]!.AsArray());
        var tags = await js.Call("s3", "GetObjectTagging", new { Bucket = "bucket-a", Key = "k", VersionId = one });
        Assert.Equal((one, "yes"), ((string)tags["VersionId"]!, (string)tags["TagSet"]![0]!["Value"]!));

        var back = await js.Call("s3", "CopyObject", new { Bucket = "bucket-a", Key = "k", CopySource = $"bucket-a/k?versionId={one}" });
        Assert.Equal(one, (string?)back["CopySourceVersionId"]);
        Assert.Equal("one", await Text(js, "k"));
        var marker = (string)(await js.Call("s3", "DeleteObject", new { Bucket = "bucket-a", Key = "k" }))["VersionId"]!;
        var refused = await js.Fails("s3", "CopyObject", new { Bucket = "bucket-a", Key = "c", CopySource = $"bucket-a/k?versionId={marker}" });
        Assert.Equal(("InvalidRequest", "The source of a copy request may not specifically refer to a delete marker by version id."), (refused.Code, refused.Text));

        using var http = new S3Http(server);
        Assert.Equal("Version id cannot be the empty string", (await http.Signed("GET", "/bucket-a/k?versionId=")).Element("Message"));
        var wrong = await http.Signed("GET", "/bucket-a/k?versionId=nonsense");
        Assert.Equal(((400, "InvalidArgument"), "Invalid version id specified"), (wrong.Error, wrong.Element("Message")));
        Assert.Equal((404, "NoSuchVersion"), (await http.Signed("GET", $"/bucket-a/k?versionId={one[..^2]}AA")).Error);

        // s3:GetObject alone does not reach versions
        await js.Call("s3", "DeletePublicAccessBlock", new { Bucket = "bucket-a" });
        await js.Call("s3", "PutBucketPolicy", new { Bucket = "bucket-a", Policy = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket-a/*"}}""" });
        await Put(js, "p", "public");
        Assert.Equal(200, (await http.Anonymous("GET", "/bucket-a/p")).Status);
        Assert.Equal((403, "AccessDenied"), (await http.Anonymous("GET", $"/bucket-a/k?versionId={one}")).Error);
    }

    [Theory]
    [InlineData("<VersioningConfiguration><Status>enabled</Status></VersioningConfiguration>", "MalformedXML")]
    [InlineData("<VersioningConfiguration/>", "IllegalVersioningConfigurationException")]
    public async Task Versioning_is_Enabled_or_Suspended_and_nothing_else(string body, string code)
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        using var http = new S3Http(server);
        Assert.Equal((400, code), (await http.Signed("PUT", "/bucket-a?versioning", body)).Error);
        Assert.Null((await js.Call("s3", "GetBucketVersioning", new { Bucket = "bucket-a" }))["Status"]);
    }

    internal static async Task<AwsJs> Versioned(GalleyServer server, string name)
    {
        var js = await ObjectsTests.Bucket(server, name);
        await js.Call("s3", "PutBucketVersioning", new { Bucket = name, VersioningConfiguration = new { Status = "Enabled" } });
        Assert.Equal("Enabled", (string?)(await js.Call("s3", "GetBucketVersioning", new { Bucket = name }))["Status"]);
        return js;
    }

    internal static async Task<string> Text(AwsJs js, string key, string? version = null, string bucket = "bucket-a")
        => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String((string)(await js.Call("s3", "GetObject", new { Bucket = bucket, Key = key, VersionId = version }))["Body"]!["$bytes"]!));

    private static Task Set(AwsJs js, string status) => js.Call("s3", "PutBucketVersioning", new { Bucket = "bucket-a", VersioningConfiguration = new { Status = status } });

    private static Task<JsonObject> Put(AwsJs js, string key, string body) => js.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = key, Body = body });
}
