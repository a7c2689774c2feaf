using System.Text;
using System.Text.RegularExpressions;
using Galley.CloudFront;
using Galley.S3;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>
/// CloudFront reads objects from S3. With an origin access control as the service principal, in the name of the distribution
/// (aws:SourceArn); with an origin access identity as that; without either as anybody. The bucket's policy decides. Standard logs are
/// written as the account, which let CloudFront have the bucket when it turned them on.
/// </summary>
internal sealed partial class CloudFrontToS3(S3Service s3, Installation installation) : IFetchFromS3, IKeepLogs
{
    private static readonly Principal Edge = Principal.Service("cloudfront.amazonaws.com");
    private static readonly Dictionary<string, string> NoHeaders = [];

    public ValueTask<Reply> Fetch(ObjectRequest request) => s3.Fetch(new ObjectFetch(request.Bucket, request.Key, request.Method,
        request.DistributionArn is not null ? Edge : request.Identity is { } identity ? Identity(identity, request.CanonicalUser ?? "") : Principal.Anonymous, request.DistributionArn, request.Headers));

    public async ValueTask Put(string bucket, string key, string distributionArn, byte[] content)
    {
        using var stream = new MemoryStream(content);
        await s3.Exchange.Put(Root, bucket, key, "application/gzip", stream, CancellationToken.None);
    }

    public async ValueTask<byte[]> Read(Principal caller, string bucket, string key)
    {
        var reply = await s3.Fetch(new ObjectFetch(bucket, key, "GET", caller, null, NoHeaders));
        if (reply.Status != 200) throw new AwsError(Code().Match(Encoding.UTF8.GetString(reply.Body.Span)) is { Success: true } code ? code.Groups[1].Value : "AccessDenied", "The import source cannot be read.", reply.Status);
        using var all = new MemoryStream();
        if (reply.Stream is not null) await reply.Stream(all, CancellationToken.None);
        else await all.WriteAsync(reply.Body);
        return all.ToArray();
    }

    private Principal Root => new(PrincipalKind.Root, $"arn:aws:iam::{installation.Account}:root", installation.Account);

    /// <summary>As bucket policies name it.</summary>
    private static Principal Identity(string id, string canonicalUser) => new(PrincipalKind.User, $"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {id}", canonicalUser);

    [GeneratedRegex("<Code>([^<]*)</Code>")]
    private static partial Regex Code();
}
