using Galley.Wire;

namespace Galley.S3;

/// <summary>Reading one object for another service, with that caller's rights (CloudFront, Lambda, CloudFormation).</summary>
/// <param name="Bucket">Bucket name.</param>
/// <param name="Key">The key, percent-decoded.</param>
/// <param name="Method">GET or HEAD.</param>
/// <param name="Caller">Who reads: a service principal, the caller of the other service, or anonymous.</param>
/// <param name="SourceArn">aws:SourceArn of a service principal.</param>
/// <param name="Headers">Request headers that count: Range, If-None-Match …; names in any case.</param>
internal sealed record ObjectFetch(string Bucket, string Key, string Method, Principal Caller, string? SourceArn, IReadOnlyDictionary<string, string> Headers);

/// <summary>Port: may this caller do this to a bucket or an object? (Arrows/S3ToIam)</summary>
internal interface IAuthorizeReads
{
    /// <summary>The decision over the caller's own policies and the bucket's.</summary>
    ValueTask<bool> Allows(Principal principal, string action, string resource, string? bucketPolicy, IReadOnlyDictionary<string, string> conditions);

    /// <summary>The key that signed the policy of a POST form, with its owner; null for an unknown one.</summary>
    ValueTask<CallerKey?> FindKey(string accessKeyId);
}
