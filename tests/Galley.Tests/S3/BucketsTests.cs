namespace Galley.Tests.S3;

public class BucketsTests
{
    [Fact]
    public async Task What_was_never_set_is_answered_as_AWS_answers_it()
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        foreach (var (command, code) in ((string, string)[])
                 [
                     ("GetBucketPolicy", "NoSuchBucketPolicy"), ("GetBucketWebsite", "NoSuchWebsiteConfiguration"), ("GetBucketCors", "NoSuchCORSConfiguration"),
                     ("GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration"), ("GetBucketReplication", "ReplicationConfigurationNotFoundError"),
                     ("GetBucketTagging", "NoSuchTagSet"), ("GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"),
                 ])
        {
            var never = await js.Fails("s3", command, new { Bucket = "bucket-a" });
            Assert.Equal((code, 404), (never.Code, never.Status));
        }

        foreach (var command in (string[])["GetBucketVersioning", "GetBucketLogging", "GetBucketAccelerateConfiguration", "GetBucketNotificationConfiguration", "GetBucketAcl"])
            await js.Call("s3", command, new { Bucket = "bucket-a" });
        Assert.Equal("BucketOwner", (string?)(await js.Call("s3", "GetBucketRequestPayment", new { Bucket = "bucket-a" }))["Payer"]);
        var encryption = await js.Call("s3", "GetBucketEncryption", new { Bucket = "bucket-a" });
        Assert.Equal("AES256", (string?)encryption["ServerSideEncryptionConfiguration"]!["Rules"]![0]!["ApplyServerSideEncryptionByDefault"]!["SSEAlgorithm"]);
        var missing = await js.Fails("s3", "GetBucketWebsite", new { Bucket = "bucket-none" });
        Assert.Equal(("NoSuchBucket", 404), (missing.Code, missing.Status));
    }

    [Fact]
    public async Task DeleteBucket_wants_it_empty()
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        await js.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "k", Body = "x" });
        var full = await js.Fails("s3", "DeleteBucket", new { Bucket = "bucket-a" });
        Assert.Equal(("BucketNotEmpty", 409, "The bucket you tried to delete is not empty"), (full.Code, full.Status, full.Text));
        await js.Call("s3", "DeleteObject", new { Bucket = "bucket-a", Key = "k" });
        await js.Call("s3", "DeleteBucket", new { Bucket = "bucket-a" });
        Assert.Equal(404, (await js.Fails("s3", "HeadBucket", new { Bucket = "bucket-a" })).Status);
        Assert.Empty((await js.Call("s3", "ListBuckets"))["Buckets"]?.AsArray() ?? []);
    }

    [Theory]
    [InlineData("not json", "Policies must be valid JSON and the first byte must be '{'")]
    [InlineData("{\"Version\":\"2012-10-17\"}", "Missing required field Statement")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::other/*"}]}""", "Policy has invalid resource")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket-a"}]}""", "Action does not apply to any resource(s) in statement")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Principal":{"AWS":"nobody"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket-a/*"}]}""", "Invalid principal in policy")]
    public async Task PutBucketPolicy_refuses_what_cannot_be_a_policy(string policy, string text)
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        var refused = await js.Fails("s3", "PutBucketPolicy", new { Bucket = "bucket-a", Policy = policy });
        Assert.Equal(("MalformedPolicy", 400, text), (refused.Code, refused.Status, refused.Text));
    }

    [Theory]
    [InlineData("\"*\"", "{}", true)]
    [InlineData("{\"AWS\":[\"*\"]}", """{"StringEquals":{"aws:SourceAccount":"123456789012"}}""", false)]
    [InlineData("{\"AWS\":\"*\"}", """{"StringLike":{"aws:PrincipalOrgID":"o-*"}}""", true)]
    [InlineData("\"*\"", """{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}""", false)]
    [InlineData("\"*\"", """{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}""", true)]
    [InlineData("{\"Service\":\"cloudfront.amazonaws.com\"}", """{"StringEquals":{"AWS:SourceArn":"arn:aws:cloudfront::123456789012:distribution/E1"}}""", false)]
    public void A_policy_is_public_when_nothing_fixed_narrows_everybody(string principal, string condition, bool isPublic)
        => Assert.Equal(isPublic, Galley.S3.PublicPolicies.IsPublic(
            $$"""{"Statement":[{"Effect":"Allow","Principal":{{principal}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{{condition}}}]}"""));
}
