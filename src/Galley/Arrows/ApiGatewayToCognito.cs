using Galley.ApiGateway;
using Galley.Cognito;

namespace Galley.Arrows;

/// <summary>JWT authorizers take the public keys of our own user pools from Cognito; anyone may read those.</summary>
internal sealed class ApiGatewayToCognito(CognitoService cognito) : IFetchSigningKeys
{
    public async ValueTask<IReadOnlyList<IssuerKey>?> Fetch(string issuer)
        => await cognito.SigningKeys(issuer) is { } keys ? [.. keys.Select(key => new IssuerKey(key.Kid, key.Key))] : null;
}
