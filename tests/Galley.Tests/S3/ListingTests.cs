using System.Text.Json.Nodes;

namespace Galley.Tests.S3;

/// <summary>Lists in the manner of ceph/s3-tests.</summary>
public class ListingTests
{
    [Fact]
    public async Task Lists_fold_page_and_encode_as_S3_does()
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        using var http = new S3Http(server);
        foreach (var key in (string[])["asdf", "boo/bar", "boo/baz/xyzzy", "cquux/bla", "cquux/thud", "foo+1/bar", "foo/bar/xyzzy", "a b", "é", "😀", "\uFFEE"])
            Assert.Equal(200, (await http.Signed("PUT", "/bucket-a/" + Uri.EscapeDataString(key).Replace("%2F", "/"), "x")).Status);

        Assert.Equal("a b|asdf|é|\uFFEE|😀 ;boo/|cquux/|foo+1/|foo/", await Keys("delimiter=/"));
        Assert.Equal("boo/bar ;boo/baz/", await Keys("prefix=boo/&delimiter=/"));
        Assert.Equal(" ;", await Keys("prefix=none"));
        Assert.Equal("a b ;", await Keys("max-keys=1"));
        Assert.Equal(" ;", await Keys("max-keys=0"));
        Assert.Equal("asdf ;boo/ba", await Keys("delimiter=ba&max-keys=2&start-after=a%20b"));
        Assert.Equal("cquux/thud|foo+1/bar|foo/bar/xyzzy|é|\uFFEE|😀 ;", await Keys("start-after=cquux/bla"));
        var encoded = await http.Signed("GET", "/bucket-a?list-type=2&encoding-type=url&prefix=foo%2B");
        Assert.Equal(("foo%2B1/bar", "foo%2B", "url"), (encoded.Element("Key"), encoded.Element("Prefix"), encoded.Element("EncodingType")));
        Assert.Equal("a+b", (await http.Signed("GET", "/bucket-a?list-type=2&encoding-type=url&max-keys=1")).Element("Key"));
        Assert.Null((await http.Signed("GET", "/bucket-a?list-type=2")).Element("Owner"));
        Assert.NotNull((await http.Signed("GET", "/bucket-a?list-type=2&fetch-owner=true")).Element("Owner"));

        // version 1: NextMarker only where there is a delimiter
        var first = await http.Signed("GET", "/bucket-a?max-keys=1");
        Assert.Equal(("true", null), (first.Element("IsTruncated"), first.Element("NextMarker")));
        var folded = await http.Signed("GET", "/bucket-a?max-keys=3&delimiter=/");
        Assert.Equal(("boo/", "3"), (folded.Element("NextMarker"), folded.Element("MaxKeys")));

        foreach (var (query, message) in ((string, string)[])
                 [
                     ("list-type=2&max-keys=blah", "Provided max-keys not an integer or within integer range"), ("list-type=2&max-keys=-1", "Argument maxKeys must be an integer between 0 and 2147483647"),
                     ("list-type=2&continuation-token=nonsense", "The continuation token provided is incorrect"), ("list-type=2&encoding-type=xml", "Invalid Encoding Method specified in Request"),
                 ])
        {
            var refused = await http.Signed("GET", "/bucket-a?" + query);
            Assert.Equal(((400, "InvalidArgument"), message), (refused.Error, refused.Element("Message")));
        }

        async Task<string> Keys(string query)
        {
            var answer = await http.Signed("GET", "/bucket-a?list-type=2&" + query);
            Assert.Equal(200, answer.Status);
            var root = System.Xml.Linq.XElement.Parse(answer.Body);
            var ns = root.Name.Namespace;
            return string.Join('|', root.Elements(ns + "Contents").Select(item => item.Element(ns + "Key")!.Value)) + " ;" + string.Join('|', root.Elements(ns + "CommonPrefixes").Select(item => item.Element(ns + "Prefix")!.Value));
        }
    }

    [Fact]
    public async Task Every_page_size_gives_the_same_list()
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        foreach (var key in (string[])["a/1", "a/2", "b", "c/1/x", "c/2", "d"]) await js.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = key, Body = "" });
        foreach (var delimiter in (string?[])[null, "/"])
        {
            var whole = Flat(await js.Call("s3", "ListObjectsV2", new { Bucket = "bucket-a", Delimiter = delimiter }));
            for (var size = 1; size < 7; size++)
            {
                var seen = new List<string>();
                string? token = null;
                do
                {
                    var page = await js.Call("s3", "ListObjectsV2", new { Bucket = "bucket-a", Delimiter = delimiter, MaxKeys = size, ContinuationToken = token });
                    Assert.InRange((int)page["KeyCount"]!, 1, size);
                    seen.AddRange(Flat(page));
                    token = (string?)page["NextContinuationToken"];
                }
                while (token is not null);
                Assert.Equal(whole.Order(), seen.Order());
            }
        }

        static List<string> Flat(JsonObject page) => [.. (page["Contents"]?.AsArray() ?? []).Select(item => (string)item!["Key"]!), .. (page["CommonPrefixes"]?.AsArray() ?? []).Select(item => (string)item!["Prefix"]!)];
    }

    [Fact]
    public async Task Uploads_under_way_are_listed_in_pages_and_folded()
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        foreach (var key in (string[])["a", "a", "f/1", "f/2", "z"]) await js.Call("s3", "CreateMultipartUpload", new { Bucket = "bucket-a", Key = key });
        var page = await js.Call("s3", "ListMultipartUploads", new { Bucket = "bucket-a", MaxUploads = 1 });
        var next = await js.Call("s3", "ListMultipartUploads", new { Bucket = "bucket-a", MaxUploads = 1, KeyMarker = (string)page["NextKeyMarker"]!, UploadIdMarker = (string)page["NextUploadIdMarker"]! });
        Assert.Equal("a", (string?)next["Uploads"]![0]!["Key"]);
        Assert.NotEqual((string?)page["Uploads"]![0]!["UploadId"], (string?)next["Uploads"]![0]!["UploadId"]);
        var folded = await js.Call("s3", "ListMultipartUploads", new { Bucket = "bucket-a", Delimiter = "/" });
        Assert.Equal("f/", (string?)folded["CommonPrefixes"]![0]!["Prefix"]);
        Assert.Equal(["a", "a", "z"], folded["Uploads"]!.AsArray().Select(upload => (string)upload!["Key"]!));
    }
}
