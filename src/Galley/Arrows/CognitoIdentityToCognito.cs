using Galley.Cognito;
using Galley.CognitoIdentity;

namespace Galley.Arrows;

/// <summary>A pool with ServerSideTokenCheck asks the user pool whether the user is still signed in.</summary>
internal sealed class CognitoIdentityToCognito(CognitoService cognito) : ICheckUsers
{
    public ValueTask<bool> IsSignedIn(string poolId, string username, string sub, string origin) => cognito.IsSignedIn(poolId, username, sub, origin);
}
