namespace Galley.Tests.S3;

public class AclTests
{
    [Fact]
    public async Task Where_ownership_allows_ACLs_a_public_object_is_read_by_anybody_until_public_ACLs_are_blocked()
    {
        await using var server = await ObjectsTests.Start();
        var js = await Owned(server);
        using var http = new S3Http(server);
        await js.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "k*", Body = "public", ACL = "public-read" });
        await js.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "k-private", Body = "private" });
        Assert.Equal((200, "public"), await http.Anonymous("GET", "/bucket-a/k*") is var read ? (read.Status, read.Body) : default);
        Assert.Equal((403, "AccessDenied"), (await http.Anonymous("GET", "/bucket-a/k-private")).Error);
        Assert.Equal((403, "AccessDenied"), (await http.Anonymous("GET", "/bucket-a")).Error);
        Assert.Equal((403, "AccessDenied"), (await http.Anonymous("PUT", "/bucket-a/new", body: "x")).Error);
        await js.Call("s3", "PutBucketAcl", new { Bucket = "bucket-a", ACL = "public-read" });
        Assert.Equal(200, (await http.Anonymous("GET", "/bucket-a")).Status);
        Assert.Equal((404, "NoSuchKey"), (await http.Anonymous("GET", "/bucket-a/none")).Error);

        await js.Call("s3", "PutPublicAccessBlock", new { Bucket = "bucket-a", PublicAccessBlockConfiguration = new { IgnorePublicAcls = true } });
        Assert.Equal((403, "AccessDenied"), (await http.Anonymous("GET", "/bucket-a/k*")).Error);
        Assert.Equal((403, "AccessDenied"), (await http.Anonymous("GET", "/bucket-a")).Error);
        await js.Call("s3", "PutPublicAccessBlock", new { Bucket = "bucket-a", PublicAccessBlockConfiguration = new { BlockPublicAcls = true } });
        Assert.Equal(200, (await http.Anonymous("GET", "/bucket-a/k*")).Status);
        var blocked = await js.Fails("s3", "PutObjectAcl", new { Bucket = "bucket-a", Key = "k-private", ACL = "public-read" });
        Assert.Equal(("AccessDenied", 403), (blocked.Code, blocked.Status));
        Assert.Equal("AccessDenied", (await js.Fails("s3", "PutObject", new { Bucket = "bucket-a", Key = "n", Body = "x", ACL = "public-read" })).Code);
        await js.Call("s3", "PutObjectAcl", new { Bucket = "bucket-a", Key = "k*", ACL = "private" });
        Assert.Equal((403, "AccessDenied"), (await http.Anonymous("GET", "/bucket-a/k*")).Error);
    }

    [Fact]
    public async Task Grants_are_kept_and_given_back_and_wrong_ones_are_refused()
    {
        await using var server = await ObjectsTests.Start();
        var js = await Owned(server);
        var first = await js.Call("s3", "GetBucketAcl", new { Bucket = "bucket-a" });
        var owner = (string)first["Owner"]!["ID"]!;
        Assert.Equal("FULL_CONTROL", (string?)first["Grants"]![0]!["Permission"]);
        const string all = "http://acs.amazonaws.com/groups/global/AllUsers";
        await js.Call("s3", "PutBucketAcl", new
        {
            Bucket = "bucket-a",
            AccessControlPolicy = new { Owner = new { ID = owner }, Grants = (object[])[new { Grantee = new { Type = "CanonicalUser", ID = owner }, Permission = "FULL_CONTROL" }, new { Grantee = new { Type = "Group", URI = all }, Permission = "READ_ACP" }] },
        });
        var acl = await js.Call("s3", "GetBucketAcl", new { Bucket = "bucket-a" });
        Assert.Equal((all, "READ_ACP"), ((string?)acl["Grants"]![1]!["Grantee"]!["URI"], (string?)acl["Grants"]![1]!["Permission"]));
        using var http = new S3Http(server);
        Assert.Equal(200, (await http.Anonymous("GET", "/bucket-a?acl")).Status);
        await js.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "k", Body = "x", GrantRead = $"uri=\"{all}\"" });
        Assert.Equal(200, (await http.Anonymous("GET", "/bucket-a/k")).Status);
        Assert.Equal("READ", (string?)(await js.Call("s3", "GetObjectAcl", new { Bucket = "bucket-a", Key = "k" }))["Grants"]![0]!["Permission"]);

        Assert.Equal("Specifying both Canned ACLs and Header Grants is not allowed", (await js.Fails("s3", "PutBucketAcl", new { Bucket = "bucket-a", ACL = "private", GrantRead = $"uri={all}" })).Text);
        Assert.Equal("Invalid group uri", (await js.Fails("s3", "PutBucketAcl", new { Bucket = "bucket-a", GrantRead = "uri=http://example.com/x" })).Text);
        Assert.Equal("Invalid id", (await js.Fails("s3", "PutBucketAcl", new { Bucket = "bucket-a", GrantRead = "id=abc" })).Text);
        Assert.Equal("InvalidArgument", (await js.Fails("s3", "PutBucketAcl", new { Bucket = "bucket-a", ACL = "fake" })).Code);
        Assert.Equal((400, "MissingSecurityHeader"), (await http.Signed("PUT", "/bucket-a?acl", "")).Error);
        Assert.Equal((400, "MalformedACLError"), (await http.Signed("PUT", "/bucket-a?acl", "<AccessControlPolicy><AccessControlList/></AccessControlPolicy>")).Error);
        // while there are grants to others, ACLs cannot be turned off
        var off = await js.Fails("s3", "PutBucketOwnershipControls", new { Bucket = "bucket-a", OwnershipControls = new { Rules = (object[])[new { ObjectOwnership = "BucketOwnerEnforced" }] } });
        Assert.Equal("InvalidBucketAclWithObjectOwnership", off.Code);
    }

    [Fact]
    public async Task New_buckets_take_no_ACLs()
    {
        await using var server = await ObjectsTests.Start();
        var js = new AwsJs(server);
        var place = new { LocationConstraint = "eu-west-2" };
        Assert.Equal("InvalidBucketAclWithObjectOwnership", (await js.Fails("s3", "CreateBucket", new { Bucket = "bucket-a", ACL = "public-read", CreateBucketConfiguration = place })).Code);
        Assert.Equal("InvalidBucketAclWithBlockPublicAccessError", (await js.Fails("s3", "CreateBucket", new { Bucket = "bucket-a", ACL = "public-read", ObjectOwnership = "ObjectWriter", CreateBucketConfiguration = place })).Code);
        await js.Call("s3", "CreateBucket", new { Bucket = "bucket-a", CreateBucketConfiguration = place });
        var refused = await js.Fails("s3", "PutObject", new { Bucket = "bucket-a", Key = "k", Body = "x", ACL = "public-read" });
        Assert.Equal(("AccessControlListNotSupported", 400, "The bucket does not allow ACLs"), (refused.Code, refused.Status, refused.Text));
        await js.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "k", Body = "x", ACL = "bucket-owner-full-control" });
    }

    [Fact]
    public async Task The_block_of_the_account_counts_for_every_bucket()
    {
        await using var server = await ObjectsTests.Start();
        var js = await Owned(server);
        await js.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "k", Body = "public", ACL = "public-read" });
        using var http = new S3Http(server);
        const string path = "/v20180820/configuration/publicAccessBlock";
        (string, string) account = ("x-amz-account-id", server.Account);
        Assert.Equal((404, "NoSuchPublicAccessBlockConfiguration"), (await http.Signed("GET", path, null, account)).Error);
        var put = await http.Signed("PUT", path, "<PublicAccessBlockConfiguration><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy></PublicAccessBlockConfiguration>", account);
        Assert.Equal(201, put.Status);
        Assert.Equal("true", (await http.Signed("GET", path, null, account)).Element("IgnorePublicAcls"));
        Assert.Equal((403, "AccessDenied"), (await http.Anonymous("GET", "/bucket-a/k")).Error);
        var policy = await js.Fails("s3", "PutBucketPolicy", new { Bucket = "bucket-a", Policy = """{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket-a/*"}]}""" });
        Assert.EndsWith("because public policies are blocked by the BlockPublicPolicy block public access setting.", policy.Text);
        Assert.Equal((403, "AccessDenied"), (await http.Anonymous("GET", path, null, null, account)).Error);
        Assert.Equal((403, "AccessDenied"), (await http.Signed("GET", path, null, ("x-amz-account-id", "999999999999"))).Error);
        Assert.Equal(204, (await http.Signed("DELETE", path, null, account)).Status);
        Assert.Equal(200, (await http.Anonymous("GET", "/bucket-a/k")).Status);
    }

    /// <summary>A bucket with ACLs on and nothing blocked.</summary>
    private static async Task<AwsJs> Owned(GalleyServer server)
    {
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        await js.Call("s3", "PutBucketOwnershipControls", new { Bucket = "bucket-a", OwnershipControls = new { Rules = (object[])[new { ObjectOwnership = "BucketOwnerPreferred" }] } });
        await js.Call("s3", "DeletePublicAccessBlock", new { Bucket = "bucket-a" });
        return js;
    }
}
