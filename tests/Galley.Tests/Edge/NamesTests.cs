using Galley.Edge;

namespace Galley.Tests.Edge;

public class NamesTests
{
    [Theory]
    [InlineData("cognito-idp.eu-west-2.amazonaws.com", "cognito-idp")]
    [InlineData("cognito-identity.eu-west-2.localhost", "cognito-identity")]
    [InlineData("execute-api.eu-west-2.amazonaws.com", "execute-api")]
    [InlineData("dynamodb.eu-west-2.amazonaws.com", "dynamodb")]
    [InlineData("streaming-logs.eu-west-2.amazonaws.com", "logs")]
    [InlineData("iam.amazonaws.com", "iam")]
    [InlineData("localhost", "")]
    [InlineData("127.0.0.1", "")]
    [InlineData("[::1]", "")]
    public void An_api_host_names_its_service(string host, string service)
        => Assert.Equal(new HostNames.Meaning(HostKind.AwsApi, service, host.Contains("eu-west-2", StringComparison.Ordinal) ? "eu-west-2" : ""), HostNames.Read(host));

    [Theory]
    [InlineData("www.example.test", "CloudFront", "d1", "www.example.test")] // claimed
    [InlineData("WWW.Example.Test", "CloudFront", "d1", "www.example.test")]
    [InlineData("api.localhost", "CloudFront", "d1", "api.localhost")] // claimed, so no bucket
    [InlineData("photos.localhost", "S3Bucket", "photos", "")]
    [InlineData("d2.cloudfront.net", "CloudFront", "d2", "")] // AWS's form is never asked for
    [InlineData("localhost", "AwsApi", "", "")]
    public async Task Names_are_our_own_or_AWSs_first_then_claimed(string host, string kind, string id, string claimed)
    {
        var owner = await new Names([new Greedy()]).Of(host);
        Assert.Equal((kind, id, claimed), (owner!.Value.Meaning.Kind.ToString(), owner.Value.Meaning.Id, owner.Value.Claimed));
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.evil.example")]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("[::]")]
    [InlineData("localhost.evil.example")]
    [InlineData("d1.cloudfront.net.evil.example")]
    [InlineData("evil")]
    [InlineData("")]
    public async Task A_name_of_nobody_is_refused(string host) => Assert.Null(await new Names([new Greedy()]).Of(host));

    /// <summary>Claims every name of Galley's own too, in vain.</summary>
    private sealed class Greedy : IDoor
    {
        public HostKind Kind => HostKind.CloudFront;

        public ValueTask<ClaimedName?> Claim(string host)
            => new(host is "www.example.test" or "api.localhost" or "localhost" or "d2.cloudfront.net" ? new ClaimedName("d1") : null);

        public Task Serve(DoorRequest request) => Task.CompletedTask;
    }
}
