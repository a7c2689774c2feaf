using Galley.Wire;

namespace Galley.Kms;

/// <summary>Port: what a key's policy, with the caller's own, says of a caller. (Arrows/KmsToIam)</summary>
internal interface IJudgeKeyPolicies
{
    /// <summary>Whether the text is a policy at all.</summary>
    bool IsPolicy(string policy);

    /// <summary>Whether the call's principal may do this with a key that has this policy.</summary>
    ValueTask<bool> Allows(Call call, string action, string keyArn, string policy, IEnumerable<KeyValuePair<string, string>> conditions);
}
