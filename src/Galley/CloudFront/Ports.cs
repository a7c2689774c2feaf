using Galley.Wire;

namespace Galley.CloudFront;

/// <summary>Port: an object of a bucket, as a distribution or as nobody in particular. (Arrows/CloudFrontToS3)</summary>
internal interface IFetchFromS3
{
    ValueTask<Reply> Fetch(ObjectRequest request);
}

/// <param name="Bucket">Bucket name.</param>
/// <param name="Key">Object key, decoded.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="DistributionArn">The distribution that signs (origin access control); null for an unsigned request.</param>
/// <param name="Headers">Range, conditions and what the policies forward.</param>
internal sealed record ObjectRequest(string Bucket, string Key, string Method, string? DistributionArn, IReadOnlyDictionary<string, string> Headers);
