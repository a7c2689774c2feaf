using Galley.Iam;
using Galley.S3;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>S3 asks IAM where one request needs more than one decision: website reads, reads for other services, each key of DeleteObjects;
/// and whose key signed the policy of a POST form.</summary>
internal sealed class S3ToIam(IamService iam) : IAuthorizeReads
{
    public ValueTask<bool> Allows(Principal principal, string action, string resource, string? bucketPolicy, IReadOnlyDictionary<string, string> conditions)
        => iam.Allows(principal, action, resource, bucketPolicy, conditions);

    public ValueTask<CallerKey?> FindKey(string accessKeyId) => iam.FindKey(accessKeyId);
}
