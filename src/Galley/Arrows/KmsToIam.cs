using Galley.Iam;
using Galley.Kms;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>KMS asks IAM where one request touches a second key, a template touches one, or a new policy might lock its author out.</summary>
internal sealed class KmsToIam(IamService iam) : IJudgeKeyPolicies
{
    public bool IsPolicy(string policy) => iam.Says(policy, "kms:*", "*", new Dictionary<string, string>()) is not null;

    public ValueTask<bool> Allows(Call call, string action, string keyArn, string policy, IEnumerable<KeyValuePair<string, string>> conditions) => iam.Allows(call, action, keyArn, conditions, policy);
}
