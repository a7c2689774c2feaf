namespace Galley.Wire.Tests;

public class SigV4PresignTests
{
    private static readonly SigV4.Signer Signer = new(Signed.AccessKeyId, Signed.Secret, "eu-west-2", "s3");

    [Fact]
    public async Task Presign_makes_what_botocore_makes()
    {
        var url = SigV4.Presign(Signer, "GET", new Uri("http://localhost:4566/my-bucket/k"), TimeSpan.FromHours(1), Signed.Now);
        Assert.EndsWith("X-Amz-Signature=07e7aae999307328d6382fa679b9f048c49e092b508e309fd9cd6d13bd066a11", url.Query, StringComparison.Ordinal);
        Assert.Equal(Signed.Owner.Arn, (await At(url, "GET").Verify(Signed.S3)).Arn);
    }

    [Fact]
    public async Task Rows_67_68_a_presigned_url_is_good_for_its_method_and_object_only_and_only_until_it_expires()
    {
        var url = SigV4.Presign(Signer, "GET", new Uri("http://localhost:4566/my-bucket/k"), TimeSpan.FromHours(1), Signed.Now);
        await SigV4Tests.Is(At(url, "PUT"), Signed.S3, "SignatureDoesNotMatch", 403, "The request signature we calculated does not match the signature you provided. Check your key and signing method.");
        foreach (var other in (Signed[])[At(url, "DELETE"), At(url, "GET") with { Path = "/my-bucket/l" }, At(url, "GET") with { Path = "/other-bucket/k" }, At(url, "GET").With("Host", "localhost:4567")])
            Assert.Equal("SignatureDoesNotMatch", (await other.Refused(Signed.S3)).Code);
        await (At(url, "GET") with { At = Signed.Now.AddHours(1) }).Verify(Signed.S3);
        var expired = await (At(url, "GET") with { At = Signed.Now.AddSeconds(3601) }).Refused(Signed.S3);
        Assert.Equal(("AccessDenied", 403, "Request has expired"), (expired.Code, expired.Status, expired.Message));
        Assert.Equal(["3600", "2026-11-22T17:00:00Z", "2026-11-22T17:00:01Z"], expired.Fields.Select(field => (string)field.Value));
    }

    [Fact]
    public async Task Row_66_headers_that_change_the_meaning_must_be_signed()
    {
        var url = SigV4.Presign(Signer, "PUT", new Uri("http://localhost:4566/my-bucket/k"), TimeSpan.FromHours(1), Signed.Now);
        foreach (var header in (string[])["x-amz-copy-source", "x-amz-acl", "X-Amz-Meta-A"])
        {
            var error = await At(url, "PUT").With(header, "x").Refused(Signed.S3);
            Assert.Equal(("AccessDenied", 403, "There were headers present in the request which were not signed"), (error.Code, error.Status, error.Message));
            Assert.Equal([new("HeadersNotSigned", header.ToLowerInvariant())], error.Fields);
        }

        var signed = SigV4.Presign(Signer, "PUT", new Uri("http://localhost:4566/my-bucket/k"), TimeSpan.FromHours(1), Signed.Now, [new("x-amz-acl", "private")]);
        await At(signed, "PUT").With("x-amz-acl", "private").Verify(Signed.S3);
        Assert.Equal("SignatureDoesNotMatch", (await At(signed, "PUT").With("x-amz-acl", "public-read").Refused(Signed.S3)).Code);
    }

    [Theory]
    [InlineData("&X-Amz-SignedHeaders=host", "", "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")]
    [InlineData("X-Amz-Expires=3600", "X-Amz-Expires=604801", "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")]
    [InlineData("X-Amz-Expires=3600", "X-Amz-Expires=-1", "X-Amz-Expires must be non-negative")]
    [InlineData("X-Amz-Expires=3600", "X-Amz-Expires=x", "X-Amz-Expires should be a number")]
    [InlineData("%2Faws4_request", "", "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".")]
    public async Task Row_67_broken_query_parameters_are_named(string from, string to, string text)
    {
        var url = SigV4.Presign(Signer, "GET", new Uri("http://localhost:4566/b/k"), TimeSpan.FromHours(1), Signed.Now);
        var request = At(url, "GET");
        await SigV4Tests.Is(request with { Query = request.Query.Replace(from, to, StringComparison.Ordinal) }, Signed.S3, "AuthorizationQueryParametersError", 400, text);
    }

    private static Signed At(Uri url, string method) => new(method, url.AbsolutePath, url.Query.TrimStart('?'), new() { ["Host"] = url.Authority }, []);
}
