namespace Galley.Tests.S3;

public class WebsiteTests
{
    private const string Site = "my-site.s3-website.eu-west-2.amazonaws.com";

    [Fact]
    public async Task Folders_redirect_and_missing_pages_come_in_the_layout_of_S3()
    {
        await using var server = await ObjectsTests.Start();
        await Make(server, new { IndexDocument = new { Suffix = "index.html" } });
        using var http = new S3Http(server);
        var folder = await http.Anonymous("GET", "/docs", Site);
        Assert.Equal((302, "/docs/"), (folder.Status, folder.Header("Location")));
        Assert.Equal("docs", (await http.Anonymous("GET", "/docs/", Site)).Body);
        var missing = await http.Anonymous("GET", "/none/", Site);
        Assert.Equal(404, missing.Status);
        Assert.Equal(
            $"""
             <html>
             <head><title>404 Not Found</title></head>
             <body>
             <h1>404 Not Found</h1>
             <ul>
             <li>Code: NoSuchKey</li>
             <li>Message: The specified key does not exist.</li>
             <li>Key: none/index.html</li>
             <li>RequestId: {missing.Header("x-amz-request-id")}</li>
             <li>HostId: {missing.Header("x-amz-id-2")}</li>
             </ul>
             <hr/>
             </body>
             </html>

             """, missing.Body);
        var moved = await http.Anonymous("GET", "/moved", Site);
        Assert.Equal((301, "/docs/"), (moved.Status, moved.Header("Location")));
        var bucket = await http.Anonymous("GET", "/", "no-such-site.s3-website.eu-west-2.localhost");
        Assert.Equal(404, bucket.Status);
        Assert.Contains("<li>Code: NoSuchBucket</li>", bucket.Body);
        Assert.Contains("<li>BucketName: no-such-site</li>", bucket.Body);
    }

    [Fact]
    public async Task Routing_rules_and_a_missing_error_document()
    {
        await using var server = await ObjectsTests.Start();
        await Make(server, new
        {
            IndexDocument = new { Suffix = "index.html" },
            ErrorDocument = new { Key = "gone.html" },
            RoutingRules = (object[])
            [
                new { Condition = new { KeyPrefixEquals = "old/" }, Redirect = new { ReplaceKeyPrefixWith = "docs/" } },
                new { Condition = new { HttpErrorCodeReturnedEquals = "404", KeyPrefixEquals = "app/" }, Redirect = new { ReplaceKeyWith = "index.html", HttpRedirectCode = "302", HostName = "example.com", Protocol = "https" } },
            ],
        });
        using var http = new S3Http(server);
        Assert.Equal($"http://{Site}/docs/a", (await http.Anonymous("GET", "/old/a", Site)).Header("Location"));
        var app = await http.Anonymous("GET", "/app/x", Site);
        Assert.Equal((302, "https://example.com/index.html"), (app.Status, app.Header("Location")));
        var page = await http.Anonymous("GET", "/none", Site);
        Assert.Equal(404, page.Status);
        Assert.Contains("</ul>\n<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n<li>Code: NoSuchKey</li>\n", page.Body);
    }

    [Fact]
    public async Task A_private_site_answers_403_and_configurations_are_checked()
    {
        await using var server = await ObjectsTests.Start();
        var js = await Make(server, new { IndexDocument = new { Suffix = "index.html" } });
        await js.Call("s3", "DeleteBucketPolicy", new { Bucket = "my-site" });
        using var http = new S3Http(server);
        var denied = await http.Anonymous("GET", "/docs/", Site);
        Assert.Equal(403, denied.Status);
        Assert.Contains("<li>Code: AccessDenied</li>", denied.Body);
        await Refused(new { IndexDocument = new { Suffix = "a/b" } }, "The IndexDocument Suffix is not well formed");
        await Refused(new { ErrorDocument = new { Key = "e" } }, "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty");
        await Refused(new { IndexDocument = new { Suffix = "i" }, RedirectAllRequestsTo = new { HostName = "h" } }, "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.");
        await js.Call("s3", "PutBucketWebsite", new { Bucket = "my-site", WebsiteConfiguration = new { RedirectAllRequestsTo = new { HostName = "example.com", Protocol = "https" } } });
        var all = await http.Anonymous("GET", "/a%20b?c=d", Site);
        Assert.Equal((301, "https://example.com/a%20b?c=d"), (all.Status, all.Header("Location")));

        async Task Refused(object configuration, string text)
            => Assert.Equal(text, (await js.Fails("s3", "PutBucketWebsite", new { Bucket = "my-site", WebsiteConfiguration = configuration })).Text);
    }

    private static async Task<AwsJs> Make(GalleyServer server, object configuration)
    {
        var js = await ObjectsTests.Bucket(server, "my-site");
        await js.Call("s3", "DeletePublicAccessBlock", new { Bucket = "my-site" });
        await js.Call("s3", "PutBucketPolicy", new { Bucket = "my-site", Policy = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::my-site/*"}]}""" });
        await js.Call("s3", "PutBucketWebsite", new { Bucket = "my-site", WebsiteConfiguration = configuration });
        await js.Call("s3", "PutObject", new { Bucket = "my-site", Key = "docs/index.html", Body = "docs", ContentType = "text/html" });
        await js.Call("s3", "PutObject", new { Bucket = "my-site", Key = "moved", Body = "", WebsiteRedirectLocation = "/docs/" });
        return js;
    }
}
