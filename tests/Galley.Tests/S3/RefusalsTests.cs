using Galley.Tests.Server;

namespace Galley.Tests.S3;

/// <summary>Why S3 refused is told to the owner of the account, by the id that its answer carries.</summary>
public class RefusalsTests
{
    [Fact]
    public async Task Policies_blocks_signatures_conditions_and_ownership_say_what_they_decided()
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        using var http = new S3Http(server);
        await http.Signed("PUT", "/bucket-a/k", "x");
        const string open = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket-a/*"}]}""";
        await Told(await http.Signed("PUT", "/bucket-a?policy", open), 403, "BlockPublicPolicy of bucket-a refuses a public policy");
        await Told(await http.Anonymous("GET", "/bucket-a/k"), 403, "s3:GetObject");
        await Told(await http.Signed("PUT", "/bucket-a/k", "y", ("If-None-Match", "*")), 412, "If-None-Match does not hold for what is stored under the key");
        await Told(await http.Signed("PUT", "/bucket-a/k", "y", ("x-amz-acl", "public-read")), 400, "BucketOwnerEnforced, which turns ACLs off");
        await Told(await http.Anonymous("GET", "/bucket-a/k", null, null, ("Authorization", "AWS4-HMAC-SHA256 nonsense")), 400, "AuthorizationHeaderMalformed");
        await http.Signed("PUT", "/bucket-a?publicAccessBlock", "<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>");
        Assert.Equal(204, (await http.Signed("PUT", "/bucket-a?policy", open)).Status);
        await Told(await http.Anonymous("GET", "/bucket-a/k"), 403, "RestrictPublicBuckets of bucket-a sets its public policy aside for this caller");

        async Task Told(S3Http.Answer answer, int status, string why)
        {
            Assert.Equal(status, answer.Status);
            using var owner = new SignedHttp(server.Endpoint, server.Region, server.AccessKeyId, server.SecretAccessKey);
            var (_, body) = await owner.Send("galley", HttpMethod.Get, "/_galley/explain/" + Uri.EscapeDataString(answer.Header("x-amz-request-id")!), null);
            Assert.Contains(why, body);
        }
    }
}
