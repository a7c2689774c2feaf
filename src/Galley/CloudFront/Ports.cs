using Galley.Wire;

namespace Galley.CloudFront;

/// <summary>What CloudFront asks of other services.</summary>
internal sealed record CloudFrontPorts(IFetchFromS3 Objects, IKeepLogs Buckets, IInvokeAtEdge Lambda, IWriteFunctionLogs Logs);

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
internal sealed record ObjectRequest(string Bucket, string Key, string Method, string? DistributionArn, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The origin access identity that reads, by id; null for none.</summary>
    public string? Identity { get; init; }

    /// <summary>Its canonical user, which policies may name instead.</summary>
    public string? CanonicalUser { get; init; }
}

/// <summary>Port: runs a Lambda function at the edge, for a distribution. (Arrows/CloudFrontToLambda)</summary>
internal interface IInvokeAtEdge
{
    /// <returns>The result as JSON, and whether the function failed.</returns>
    ValueTask<(ReadOnlyMemory<byte> Payload, bool Failed)> Invoke(string functionArn, string distributionArn, ReadOnlyMemory<byte> payload, CancellationToken cancel);
}

/// <summary>Port: what functions print, in us-east-1. (Arrows/CloudFrontToLogs)</summary>
internal interface IWriteFunctionLogs
{
    ValueTask Write(string account, string group, string stream, IReadOnlyList<string> lines);
}

/// <summary>Port: standard logs go into a bucket; key-value stores are filled from one. (Arrows/CloudFrontToS3)</summary>
internal interface IKeepLogs
{
    /// <param name="bucket">Bucket.</param>
    /// <param name="key">Object key.</param>
    /// <param name="distributionArn">Whose log.</param>
    /// <param name="content">A gzip file.</param>
    ValueTask Put(string bucket, string key, string distributionArn, byte[] content);

    /// <summary>The text of an object as whoever asks may read it; throws what S3 says.</summary>
    ValueTask<byte[]> Read(Principal caller, string bucket, string key);
}
