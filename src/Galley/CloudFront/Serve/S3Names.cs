using System.Text.RegularExpressions;

namespace Galley.CloudFront.Serve;

/// <summary>The bucket in an S3 host name: `my-bucket.s3.amazonaws.com`, `my-bucket.s3.eu-west-2.amazonaws.com`. Website endpoints are not among them.</summary>
internal static partial class S3Names
{
    public static string? BucketOf(string domain) => Bucket().Match(domain) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex(@"^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.s3(?:[.-](?:dualstack\.)?[a-z]{2}-[a-z-]+-[0-9])?\.amazonaws\.com$")]
    private static partial Regex Bucket();
}
