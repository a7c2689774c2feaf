namespace Galley.Tests.S3;

/// <summary>Rows 56 to 64 of the tutorial's checklist: the single-page app in a public bucket.</summary>
public class TutorialTests
{
    private const string Name = "cook-recipe-app", Rest = "cook-recipe-app.s3.eu-west-2.localhost", Site = "cook-recipe-app.s3-website.eu-west-2.localhost";

    private const string PublicRead =
        """{"Version":"2012-10-17","Statement":[{"Sid":"PublicReadGetObject","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::cook-recipe-app/*"}]}""";

    [Fact]
    public async Task Row_56_a_new_bucket_blocks_public_access_and_has_acls_off()
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, Name);
        var block = (await js.Call("s3", "GetPublicAccessBlock", new { Bucket = Name }))["PublicAccessBlockConfiguration"]!;
        Assert.All((string[])["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"], name => Assert.True((bool)block[name]!));
        var ownership = await js.Call("s3", "GetBucketOwnershipControls", new { Bucket = Name });
        Assert.Equal("BucketOwnerEnforced", (string?)ownership["OwnershipControls"]!["Rules"]![0]!["ObjectOwnership"]);
        var acl = await js.Fails("s3", "PutBucketAcl", new { Bucket = Name, ACL = "public-read" });
        Assert.Equal(("AccessControlListNotSupported", 400, "The bucket does not allow ACLs"), (acl.Code, acl.Status, acl.Text));
        var again = await js.Fails("s3", "CreateBucket", new { Bucket = Name, CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        Assert.Equal(("BucketAlreadyOwnedByYou", 409), (again.Code, again.Status));
        using var http = new S3Http(server); // the SDK would add the region by itself
        Assert.Equal((400, "IllegalLocationConstraintException"), (await http.Signed("PUT", "/another-one")).Error);
        Assert.Equal("eu-west-2", (string?)(await js.Call("s3", "GetBucketLocation", new { Bucket = Name }))["LocationConstraint"]);
    }

    [Fact]
    public async Task Row_57_uploads_keep_the_content_type_the_client_sent_and_are_all_listed()
    {
        await using var server = await ObjectsTests.Start();
        var js = await Uploaded(server);
        var keys = (await js.Call("s3", "ListObjectsV2", new { Bucket = Name }))["Contents"]!.AsArray().Select(item => (string?)item!["Key"]);
        Assert.Equal(["favicon.ico", "index.html", "static/js/main.js"], keys);
        Assert.Equal("image/vnd.microsoft.icon", (string?)(await js.Call("s3", "HeadObject", new { Bucket = Name, Key = "favicon.ico" }))["ContentType"]);
        Assert.Equal("text/javascript", (string?)(await js.Call("s3", "HeadObject", new { Bucket = Name, Key = "static/js/main.js" }))["ContentType"]);
    }

    [Fact]
    public async Task Row_58_the_website_endpoint_serves_the_index_and_the_error_document_with_the_status_404()
    {
        await using var server = await ObjectsTests.Start();
        await Public(await Uploaded(server));
        using var http = new S3Http(server);
        var index = await http.Anonymous("GET", "/", Site);
        Assert.Equal((200, "<h1>Recipes</h1>", "text/html"), (index.Status, index.Body, index.Header("Content-Type")));
        var unknown = await http.Anonymous("GET", "/recipes", Site);
        Assert.Equal((404, "<h1>Recipes</h1>"), (unknown.Status, unknown.Body));
        Assert.Equal(200, (await http.Anonymous("GET", "/static/js/main.js", Site)).Status);
        var post = await http.Anonymous("POST", "/", Site, "x");
        Assert.Equal(405, post.Status);
        Assert.Contains("<li>Code: MethodNotAllowed</li>", post.Body);
        Assert.Equal(200, (await http.Anonymous("GET", "/_galley/website/cook-recipe-app/index.html")).Status);
    }

    [Fact]
    public async Task Row_59_a_public_policy_is_refused_while_public_policies_are_blocked()
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, Name);
        var refused = await js.Fails("s3", "PutBucketPolicy", new { Bucket = Name, Policy = PublicRead });
        Assert.Equal(("AccessDenied", 403), (refused.Code, refused.Status));
        Assert.EndsWith("because public policies are blocked by the BlockPublicPolicy block public access setting.", refused.Text);
        Assert.Equal("NoSuchBucketPolicy", (await js.Fails("s3", "GetBucketPolicy", new { Bucket = Name })).Code);
        await js.Call("s3", "PutBucketPolicy", new { Bucket = Name, Policy = PublicRead.Replace("\"*\"", "{\"Service\":\"cloudfront.amazonaws.com\"}") });
    }

    [Fact]
    public async Task Rows_60_61_without_the_block_the_policy_is_taken_and_the_bucket_is_public()
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, Name);
        await Public(js);
        Assert.True((bool)(await js.Call("s3", "GetBucketPolicyStatus", new { Bucket = Name }))["PolicyStatus"]!["IsPublic"]!);
        Assert.Equal(PublicRead, (string?)(await js.Call("s3", "GetBucketPolicy", new { Bucket = Name }))["Policy"]);
    }

    [Fact]
    public async Task Rows_62_63_64_the_REST_endpoint_serves_the_object_and_denies_root_and_deep_links()
    {
        await using var server = await ObjectsTests.Start();
        await Public(await Uploaded(server));
        using var http = new S3Http(server);
        var index = await http.Anonymous("GET", "/index.html", Rest);
        Assert.Equal((200, "<h1>Recipes</h1>", "text/html"), (index.Status, index.Body, index.Header("Content-Type")));
        var root = await http.Anonymous("GET", "/", Rest);
        Assert.Equal((403, "AccessDenied"), root.Error);
        var deep = await http.Anonymous("GET", "/recipes", Rest);
        Assert.Equal((403, "AccessDenied"), deep.Error);
        Assert.Equal("Access Denied", deep.Element("Message"));
        Assert.Equal("application/xml", deep.Header("Content-Type"));
        Assert.Equal(deep.Element("HostId"), deep.Header("x-amz-id-2"));
        Assert.Equal(deep.Element("RequestId"), deep.Header("x-amz-request-id"));
        Assert.Equal((403, ""), ((await http.Anonymous("HEAD", "/recipes", Rest)) is var head ? (head.Status, head.Body) : default));
        Assert.Equal((403, "AccessDenied"), (await http.Anonymous("PUT", "/index.html", Rest, "defaced")).Error);
        Assert.Equal((403, "AccessDenied"), (await http.Anonymous("DELETE", "/index.html", Rest)).Error);
    }

    private static async Task<AwsJs> Uploaded(GalleyServer server)
    {
        var js = await ObjectsTests.Bucket(server, Name);
        foreach (var (key, type, body) in ((string, string, string)[])[("index.html", "text/html", "<h1>Recipes</h1>"), ("static/js/main.js", "text/javascript", "1"), ("favicon.ico", "image/vnd.microsoft.icon", "i")])
            await js.Call("s3", "PutObject", new { Bucket = Name, Key = key, ContentType = type, Body = body });
        await js.Call("s3", "PutBucketWebsite", new { Bucket = Name, WebsiteConfiguration = new { IndexDocument = new { Suffix = "index.html" }, ErrorDocument = new { Key = "index.html" } } });
        return js;
    }

    private static async Task Public(AwsJs js)
    {
        await js.Call("s3", "DeletePublicAccessBlock", new { Bucket = Name });
        await js.Call("s3", "PutBucketPolicy", new { Bucket = Name, Policy = PublicRead });
    }
}
