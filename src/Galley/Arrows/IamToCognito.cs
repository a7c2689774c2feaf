using Galley.Cognito;
using Galley.CognitoIdentity;
using Galley.Iam;

namespace Galley.Arrows;

/// <summary>STS takes the public keys of our own user pools and identity pools from them; anyone may read those. They are made after IAM, so they come late.</summary>
internal sealed class IamToCognito : IFetchOwnKeys
{
    public CognitoService? UserPools { get; set; }

    public CognitoIdentityService? IdentityPools { get; set; }

    public async ValueTask<IReadOnlyList<OwnKey>?> Fetch(string issuer)
    {
        if (IdentityPools is not null && await IdentityPools.SigningKey(issuer) is { } own) return [new(own.Kid, own.Key)];
        return UserPools is not null && await UserPools.SigningKeys(issuer) is { } keys ? [.. keys.Select(key => new OwnKey(key.Kid, key.Key))] : null;
    }
}
