using Galley.ApiGateway;
using Galley.Cognito;

namespace Galley.Arrows;

/// <summary>JWT authorizers take the public keys of our own user pools from Cognito; anyone may read those.</summary>
internal sealed class ApiGatewayToCognito(CognitoService cognito) : IFetchSigningKeys
{
    public async ValueTask<PoolKeys?> Fetch(string issuer)
    {
        if (await cognito.SigningKeys(issuer) is not { } keys) return null;
        // the pool's tokens carry AWS's name of it, also where the authorizer names its local twin
        var poolId = issuer[(issuer.LastIndexOf('/') + 1)..];
        var region = poolId[..poolId.IndexOf('_', StringComparison.Ordinal)];
        return new PoolKeys($"https://cognito-idp.{region}.amazonaws.com/{poolId}", [.. keys.Select(key => new IssuerKey(key.Kid, key.Key))]);
    }
}
