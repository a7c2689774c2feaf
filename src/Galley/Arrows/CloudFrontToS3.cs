using Galley.CloudFront;
using Galley.S3;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>
/// CloudFront reads objects from S3. With an origin access control as the service principal, in the name of the distribution
/// (aws:SourceArn); without one as anybody. The bucket's policy decides.
/// </summary>
internal sealed class CloudFrontToS3(S3Service s3) : IFetchFromS3
{
    private static readonly Principal Edge = Principal.Service("cloudfront.amazonaws.com");

    public ValueTask<Reply> Fetch(ObjectRequest request) => s3.Fetch(new ObjectFetch(
        request.Bucket, request.Key, request.Method, request.DistributionArn is null ? Principal.Anonymous : Edge, request.DistributionArn, request.Headers));
}
