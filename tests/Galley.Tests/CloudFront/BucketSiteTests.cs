using System.Text.Json.Nodes;

namespace Galley.Tests.CloudFront;

/// <summary>The tutorial's site: a bucket behind a distribution (checklist 68-74, 93, 100).</summary>
public class BucketSiteTests
{
    private static readonly GalleyOptions Options = new() { Port = 0, Account = "123456789012" };

    [Fact]
    public async Task A_public_bucket_is_served_with_root_object_and_error_pages()
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        await Site(js, "cook-recipe-app");
        await js.Call("s3", "DeletePublicAccessBlock", new { Bucket = "cook-recipe-app" });
        await Allow(js, "cook-recipe-app", "\"*\"", null);
        var (_, domain) = await Configs.Create(js, Configs.Bucket("cook-recipe-app").With("DefaultCacheBehavior/ViewerProtocolPolicy", "allow-all"));
        using var viewer = new TestViewer(server, domain);

        var root = await viewer.Get("/");
        Assert.Equal((200, "<h1>recipes</h1>", "text/html", "Miss from cloudfront"), (root.Status, root.Text, root["Content-Type"], root.XCache));
        Assert.Equal("", root["x-amz-request-id"]);
        Assert.Matches("^1\\.1 [0-9a-f]{32}\\.cloudfront\\.net \\(CloudFront\\)$", root["Via"]);
        Assert.Matches("^[A-Za-z0-9_-]{54}==$", root["X-Amz-Cf-Id"]);
        Assert.Equal("Hit from cloudfront", (await viewer.Get("/")).XCache);

        // S3 answers 403 for a missing key (no ListBucket): the page comes with 200 (rows 71, 93, 100)
        var deep = await viewer.Get("/authenticate?code=53c7105e-09b3-4a93-9062-0cdc74d30bd2");
        Assert.Equal((200, "<h1>recipes</h1>", "Error from cloudfront"), (deep.Status, deep.Text, deep.XCache));
        Assert.Equal(200, (await viewer.Get("/recipes")).Status);

        var head = await viewer.Send("HEAD", "/index.html");
        Assert.Equal((200, 0, "16"), (head.Status, head.Body.Length, head["Content-Length"]));
    }

    [Fact]
    public async Task A_website_endpoint_is_an_origin_with_its_own_folders_redirects_and_error_page()
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        await Site(js, "pages");
        await js.Call("s3", "PutObject", new { Bucket = "pages", Key = "docs/index.html", Body = "the docs", ContentType = "text/html" });
        await js.Call("s3", "PutObject", new { Bucket = "pages", Key = "lost.html", Body = "not here", ContentType = "text/html" });
        await js.Call("s3", "PutBucketWebsite", new { Bucket = "pages", WebsiteConfiguration = new { IndexDocument = new { Suffix = "index.html" }, ErrorDocument = new { Key = "lost.html" } } });
        await js.Call("s3", "DeletePublicAccessBlock", new { Bucket = "pages" });
        // whoever may list is told that a key is missing
        await js.Call("s3", "PutBucketPolicy", new { Bucket = "pages", Policy = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::pages/*","arn:aws:s3:::pages"]}]}""" });
        var (_, domain) = await Configs.Create(js, Configs.Custom(80).With("Origins/Items/0/DomainName", "pages.s3-website.eu-west-2.amazonaws.com").With("DefaultCacheBehavior/ViewerProtocolPolicy", "allow-all"));
        using var viewer = new TestViewer(server, domain);
        Assert.Equal((200, "<h1>recipes</h1>"), ((await viewer.Get("/")).Status, (await viewer.Get("/")).Text));
        Assert.Equal((200, "the docs"), ((await viewer.Get("/docs/")).Status, (await viewer.Get("/docs/")).Text));
        var redirect = await viewer.Get("/docs");
        Assert.Equal((302, "/docs/"), (redirect.Status, redirect["Location"]));
        var lost = await viewer.Get("/nothing");
        Assert.Equal((404, "not here", "Error from cloudfront"), (lost.Status, lost.Text, lost.XCache));
    }

    [Fact]
    public async Task A_private_bucket_is_read_through_its_origin_access_control_and_only_by_its_own_distribution()
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        await Site(js, "site");
        var control = await js.Call("cloudfront", "CreateOriginAccessControl", new
        {
            OriginAccessControlConfig = new { Name = "site", SigningProtocol = "sigv4", SigningBehavior = "always", OriginAccessControlOriginType = "s3" },
        });
        var oac = (string)control["OriginAccessControl"]!["Id"]!;
        JsonObject Config(string reference) => Configs.Bucket("site").With("DefaultCacheBehavior/ViewerProtocolPolicy", "allow-all").With("Origins/Items/0/OriginAccessControlId", oac)
            .With("CustomErrorResponses", new JsonObject { ["Quantity"] = 0 }).With("CallerReference", reference);
        var (id, domain) = await Configs.Create(js, Config("mine"));
        var (_, other) = await Configs.Create(js, Config("other"));
        using var viewer = new TestViewer(server, domain);
        using var stranger = new TestViewer(server, other);
        Assert.Equal(403, (await viewer.Get("/index.html?before")).Status);
        await Allow(js, "site", "{\"Service\":\"cloudfront.amazonaws.com\"}", $"arn:aws:cloudfront::123456789012:distribution/{id}");
        Assert.Equal("<h1>recipes</h1>", (await viewer.Get("/")).Text);
        var refused = await stranger.Get("/");
        Assert.Equal((403, "Error from cloudfront"), (refused.Status, refused.XCache));
        Assert.Contains("<Code>AccessDenied</Code>", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http_is_redirected_to_https_on_the_same_port()
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        await Site(js, "site");
        var (_, domain) = await Configs.Create(js, Configs.Bucket("site"));
        var host = $"{domain.Replace(".net", ".localhost", StringComparison.Ordinal)}:{server.Port}";
        using var viewer = new TestViewer(server, host);
        var redirect = await viewer.Get("/recipes?a=1");
        Assert.Equal((301, $"https://{host}/recipes?a=1", "Redirect from cloudfront"), (redirect.Status, redirect["Location"], redirect.XCache));
        Assert.Equal(307, (await viewer.Send("OPTIONS", "/recipes")).Status);
    }

    [Fact]
    public async Task An_invalidation_brings_the_new_page()
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        await Site(js, "site");
        await js.Call("s3", "DeletePublicAccessBlock", new { Bucket = "site" });
        await Allow(js, "site", "\"*\"", null);
        var (id, domain) = await Configs.Create(js, Configs.Bucket("site").With("DefaultCacheBehavior/ViewerProtocolPolicy", "allow-all"));
        using var viewer = new TestViewer(server, domain);
        await viewer.Get("/index.html");
        await js.Call("s3", "PutObject", new JsonObject { ["Bucket"] = "site", ["Key"] = "index.html", ["Body"] = "new", ["ContentType"] = "text/html" });
        Assert.Equal("<h1>recipes</h1>", (await viewer.Get("/index.html")).Text);
        var made = await js.Call("cloudfront", "CreateInvalidation", new { DistributionId = id, InvalidationBatch = new { CallerReference = "1", Paths = new { Quantity = 1, Items = new[] { "/*" } } } });
        Assert.Equal("InProgress", (string?)made["Invalidation"]!["Status"]);
        Assert.Equal("new", (await viewer.Get("/index.html")).Text);
        var got = await js.Call("cloudfront", "GetInvalidation", new { DistributionId = id, Id = (string)made["Invalidation"]!["Id"]! });
        Assert.Equal("/*", (string?)got["Invalidation"]!["InvalidationBatch"]!["Paths"]!["Items"]![0]);
    }

    private static async Task Site(AwsJs js, string bucket)
    {
        await js.Call("s3", "CreateBucket", new { Bucket = bucket, CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        await js.Call("s3", "PutObject", new JsonObject { ["Bucket"] = bucket, ["Key"] = "index.html", ["Body"] = "<h1>recipes</h1>", ["ContentType"] = "text/html" });
    }

    private static async Task Allow(AwsJs js, string bucket, string principal, string? sourceArn) => await js.Call("s3", "PutBucketPolicy", new
    {
        Bucket = bucket,
        Policy = $$"""
            {"Version":"2012-10-17","Statement":[{"Sid":"PublicReadGetObject","Effect":"Allow","Principal":{{principal}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::{{bucket}}/*"
            {{(sourceArn is null ? "" : $",\"Condition\":{{\"StringEquals\":{{\"AWS:SourceArn\":\"{sourceArn}\"}}}}")}}}]}
            """,
    });
}
