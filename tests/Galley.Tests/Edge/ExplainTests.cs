using System.Net;
using Galley.Tests.S3;
using Galley.Tests.Server;

namespace Galley.Tests.Edge;

/// <summary>`GET /_galley/explain/{id}`: why a request was decided as it was, for the owner of the account only (decision 0016).</summary>
public class ExplainTests
{
    [Theory]
    [InlineData("nosuch.execute-api.eu-west-2.localhost", "apigw-requestid", "execute-api")]
    [InlineData("d0nosuch.cloudfront.localhost", "x-amz-cf-id", "cloudfront")]
    [InlineData("nosuch.auth.eu-west-2.localhost", "x-amzn-requestid", "cognito sign-in")]
    [InlineData("nosuch.s3-website.eu-west-2.localhost", "x-amz-request-id", "s3 website")]
    [InlineData("nosuch.lambda-url.eu-west-2.localhost", "x-amzn-requestid", "function URL")]
    [InlineData("nosuch.s3.eu-west-2.localhost", "x-amz-request-id", "s3 ListObjects")]
    [InlineData("evil.test", "x-amzn-requestid", "edge")]
    public async Task Every_door_leaves_a_trail_under_its_own_request_id(string host, string header, string service)
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        using var http = new S3Http(server);
        var refused = await http.Anonymous("GET", "/?secret=1", host);
        Assert.InRange(refused.Status, 400, 499);
        var id = refused.Header(header)!;
        Assert.DoesNotContain(id, ",", StringComparison.Ordinal);

        using var root = new SignedHttp(server.Endpoint, server.Region, server.AccessKeyId, server.SecretAccessKey);
        var (status, body) = await root.Send("galley", HttpMethod.Get, "/_galley/explain/" + Uri.EscapeDataString(id), null);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains($"\"requestId\":\"{id}\"", System.Text.RegularExpressions.Regex.Unescape(body), StringComparison.Ordinal);
        Assert.Contains($"\"request\":\"GET {host}/\"", body, StringComparison.Ordinal);
        Assert.Contains($"\"service\":\"{service}\"", body, StringComparison.Ordinal);
        Assert.Contains($"\"status\":{refused.Status}", body, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        Assert.Contains("evil.test".Equals(host, StringComparison.Ordinal) ? "not one that Galley answers" : "\"steps\":", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_a_signed_and_allowed_caller_reads_trails()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        using var root = new SignedHttp(server.Endpoint, server.Region, server.AccessKeyId, server.SecretAccessKey);
        Assert.Equal(HttpStatusCode.OK, (await root.Send("galley", HttpMethod.Get, "/_galley/explain", null)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await root.Send("galley", HttpMethod.Get, "/_galley/explain/nosuch", null)).Status);

        using var unsigned = await root.Plain.GetAsync(new Uri(server.Endpoint, "/_galley/explain"));
        Assert.Equal(HttpStatusCode.Unauthorized, unsigned.StatusCode);
        // a signature for another service does not serve here
        Assert.Equal(HttpStatusCode.Forbidden, (await root.Send("lambda", HttpMethod.Get, "/_galley/explain", null)).Status);

        var aws = new AwsJs(server);
        await aws.Call("iam", "CreateUser", new { UserName = "ann" });
        var key = (await aws.Call("iam", "CreateAccessKey", new { UserName = "ann" }))["AccessKey"]!;
        using var ann = new SignedHttp(server.Endpoint, server.Region, (string)key["AccessKeyId"]!, (string)key["SecretAccessKey"]!);
        var (status, body) = await ann.Send("galley", HttpMethod.Get, "/_galley/explain", null);
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("not authorized to perform: galley:Explain", body, StringComparison.Ordinal);
    }
}
