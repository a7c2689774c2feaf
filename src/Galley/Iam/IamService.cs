using Galley.Wire;

namespace Galley.Iam;

/// <summary>IAM and STS: who calls, and what they may do.</summary>
internal sealed class IamService(Installation installation) : IService
{
    /// <summary>The key and its owner; null for an unknown key.</summary>
    public ValueTask<CallerKey?> FindKey(string accessKeyId)
        => new(accessKeyId == installation.RootKey.AccessKeyId
            ? new CallerKey(installation.RootKey.SecretAccessKey, new Principal(PrincipalKind.Root, $"arn:aws:iam::{installation.Account}:root", installation.Account, accessKeyId))
            : null);
}
