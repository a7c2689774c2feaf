namespace Galley.Tests.Edge;

/// <summary>Which names are AWS's, so that they lead to us, and which only look a little like them.</summary>
public class LocalNamesTests
{
    [Theory]
    [InlineData("s3.amazonaws.com", "s3.localhost")]
    [InlineData("s3-eu-west-2.amazonaws.com", "s3-eu-west-2.localhost")]
    [InlineData("my.bucket.s3.eu-west-2.amazonaws.com", "my.bucket.s3.eu-west-2.localhost")]
    [InlineData("bucket.s3-website-eu-west-2.amazonaws.com", "bucket.s3-website-eu-west-2.localhost")]
    [InlineData("abc.execute-api.eu-west-2.amazonaws.com", "abc.execute-api.eu-west-2.localhost")]
    [InlineData("cognito-idp.eu-west-2.amazonaws.com", "cognito-idp.eu-west-2.localhost")]
    [InlineData("app.auth.eu-west-2.amazoncognito.com", "app.auth.eu-west-2.localhost")]
    [InlineData("d123.cloudfront.net", "d123.cloudfront.localhost")]
    [InlineData("id.lambda-url.eu-west-2.on.aws", "id.lambda-url.eu-west-2.localhost")]
    [InlineData("api.example.net", null)]
    [InlineData("login.accounts.example.net", null)]
    [InlineData("mycloudfront.net", null)]
    [InlineData("s3.net", null)]
    [InlineData("amazonaws.com", null)]
    [InlineData("s3.eu-west-2.amazonaws.com.example.org", null)]
    [InlineData("a.b.on.aws", null)]
    public void A_name_of_AWS_has_a_local_twin_and_no_other_name_has(string name, string? twin) => Assert.Equal(twin, LocalNames.LocalHost(name));
}
