using System.Text.Json;

namespace Galley.CognitoIdentity;

/// <summary>Port: whether a login's token is genuine and in time. (Arrows/CognitoIdentityToIam)</summary>
internal interface IReadLogins
{
    /// <summary>Null for what is no JWT. Nobody is asked for the keys of another issuer than those meant: such a token counts as unsigned.</summary>
    /// <param name="token">As it was sent.</param>
    /// <param name="isMeant">Whether an issuer is the one whose token it should be.</param>
    ValueTask<LoginToken?> Read(string token, Func<string, bool> isMeant);

    /// <summary>Client ids of an IAM OIDC provider by its ARN; null when there is none.</summary>
    ValueTask<OidcLogin?> Provider(string arn);
}

/// <param name="Issuer">`iss`</param>
/// <param name="Signed">A key of the issuer signed it.</param>
/// <param name="Expires">`exp`, in seconds since 1970.</param>
/// <param name="Expired">That is past.</param>
/// <param name="Audience">`aud`, and `azp` where given.</param>
/// <param name="Claims">All of them.</param>
internal sealed record LoginToken(string Issuer, bool Signed, long Expires, bool Expired, IReadOnlyList<string> Audience, JsonElement Claims);

/// <param name="Url">Without `https://`: the login's name.</param>
/// <param name="ClientIds">The audiences it serves.</param>
internal sealed record OidcLogin(string Url, IReadOnlyList<string> ClientIds);

/// <summary>Port: is the user of a pool still there, enabled and signed in? (Arrows/CognitoIdentityToCognito)</summary>
internal interface ICheckUsers
{
    ValueTask<bool> IsSignedIn(string poolId, string username, string sub, string origin);
}

/// <summary>Port: keys of a role for an identity. Null when the role's trust policy does not let it. (Arrows/CognitoIdentityToIam)</summary>
internal interface IAssumeIdentityRoles
{
    ValueTask<IdentityCredentials?> Assume(string roleArn, RoleIdentity identity);
}

/// <param name="PoolId">`cognito-identity.amazonaws.com:aud`</param>
/// <param name="IdentityId">`cognito-identity.amazonaws.com:sub`</param>
/// <param name="Methods">`cognito-identity.amazonaws.com:amr`</param>
/// <param name="Tags">Principal tags.</param>
internal sealed record RoleIdentity(string PoolId, string IdentityId, IReadOnlyList<string> Methods, IReadOnlyDictionary<string, string> Tags)
{
    public bool IsGuest => Methods is ["unauthenticated"];
}

internal sealed record IdentityCredentials(string AccessKeyId, string SecretKey, string SessionToken, DateTimeOffset Expiration);
