using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;

namespace Galley.Edge;

/// <summary>What a host name means. AWS's names and their `localhost` twins are told apart by their last labels only (aws endpoints §1).</summary>
internal static partial class HostNames
{
    /// <param name="Kind">Which door.</param>
    /// <param name="Id">Distribution, API, domain prefix or bucket; for the AWS API the service label, or empty.</param>
    /// <param name="Region">Region label, or empty.</param>
    internal readonly record struct Meaning(HostKind Kind, string Id, string Region);

    private static readonly ConcurrentDictionary<string, Meaning?> Known = new();

    /// <summary>Null for a name that is neither Galley's own nor of AWS's form.</summary>
    public static Meaning? Read(string host)
    {
        const int kept = 1024;
        if (Known.TryGetValue(host, out var known)) return known;
        var meaning = Parse(host);
        if (Known.Count >= kept) Known.Clear();
        return Known[host] = meaning;
    }

    private static Meaning? Parse(string host)
    {
        host = host.ToLowerInvariant();
        if (host is "localhost" || IsLoopback(host)) return new(HostKind.AwsApi, "", "");
        if (host is "inbox.galley.localhost") return new(HostKind.Inbox, "", "");
        if (host is "console.galley.localhost") return new(HostKind.Console, "", "");
        if (KeyValueStores().IsMatch(host)) return new(HostKind.AwsApi, "cloudfront-keyvaluestore", "");
        if (Queues().Match(host) is { Success: true } queues) return new(HostKind.AwsApi, "sqs", queues.Groups["region"].Value);
        foreach (var (pattern, kind) in (ReadOnlySpan<(Regex, HostKind)>)[
                     (CloudFront(), HostKind.CloudFront), (ExecuteApi(), HostKind.ExecuteApi), (SignIn(), HostKind.SignIn), (FunctionUrl(), HostKind.FunctionUrl),
                     (Website(), HostKind.S3Website), (CustomResource(), HostKind.CustomResourceResponse), (Bucket(), HostKind.S3Bucket), (Api(), HostKind.AwsApi), (ApiWithoutRegion(), HostKind.AwsApi)])
            if (pattern.Match(host) is { Success: true } match)
                return new(kind, match.Groups["id"].Value, match.Groups["region"].Value);
        return null;
    }

    /// <summary>What S3 clients make of `http://localhost` by themselves: `my-bucket.localhost`. Asked last: a service may have claimed the name.</summary>
    public static Meaning? ReadBareBucket(string host)
        => host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase) && BareBucket().Match(host.ToLowerInvariant()) is { Success: true } bucket ? new(HostKind.S3Bucket, bucket.Groups["id"].Value, "") : null;

    private static bool IsLoopback(string host) => IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address);

    [GeneratedRegex(@"^(?<id>[a-z0-9-]+)\.cloudfront\.(?:net|localhost)$")]
    private static partial Regex CloudFront();

    [GeneratedRegex(@"^(?<id>[a-z0-9-]+)\.execute-api\.(?<region>[a-z0-9-]+)\.(?:amazonaws\.com|localhost)$")]
    private static partial Regex ExecuteApi();

    [GeneratedRegex(@"^(?<id>[a-z0-9-]+)\.auth\.(?<region>[a-z0-9-]+)\.(?:amazoncognito\.com|localhost)$")]
    private static partial Regex SignIn();

    [GeneratedRegex(@"^(?<id>[a-z0-9]+)\.lambda-url\.(?<region>[a-z0-9-]+)\.(?:on\.aws|localhost)$")]
    private static partial Regex FunctionUrl();

    [GeneratedRegex(@"^(?<id>[a-z0-9.-]+)\.s3-website[.-](?<region>[a-z0-9-]+)\.(?:amazonaws\.com|localhost)$")]
    private static partial Regex Website();

    [GeneratedRegex(@"^cloudformation-custom-resource-response-(?<id>[a-z0-9]+)\.s3[.-](?<region>[a-z]+-[a-z-]+-[0-9])\.(?:amazonaws\.com|localhost)$")]
    private static partial Regex CustomResource();

    [GeneratedRegex(@"^(?<id>[a-z0-9.-]+)\.s3(?:[.-](?:dualstack\.)?(?<region>[a-z]+-[a-z-]+-[0-9]))?\.(?:amazonaws\.com|localhost)$")]
    private static partial Regex Bucket();

    [GeneratedRegex(@"^(?:streaming-|stream-)?(?<id>[a-z0-9.-]+?)\.(?<region>[a-z]+-[a-z-]+-[0-9])\.(?:amazonaws\.com|localhost)$")]
    private static partial Regex Api();

    [GeneratedRegex(@"^(?<id>s3|iam|sts|cloudfront)\.(?:amazonaws\.com|localhost)$")]
    private static partial Regex ApiWithoutRegion();

    /// <summary>SQS's older name, which version 1 of the CLI uses.</summary>
    [GeneratedRegex(@"^(?<region>[a-z]+-[a-z-]+-[0-9])\.queue\.(?:amazonaws\.com|localhost)$")]
    private static partial Regex Queues();

    [GeneratedRegex(@"^[0-9]{12}\.cloudfront-kvs\.global\.(?:api\.aws|localhost)$")]
    private static partial Regex KeyValueStores();

    [GeneratedRegex(@"^(?<id>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.localhost$")]
    private static partial Regex BareBucket();
}
