using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito.SignIn;

/// <summary>
/// New tokens for a refresh token, for the API and the token endpoint. With rotation each refresh token is good once, and for a grace period after
/// that; one that comes back later has been stolen from somebody, so its whole log-in ends.
/// </summary>
internal sealed class Refreshes(Installation installation, Grants grants, Tokens tokens)
{
    /// <summary>The tokens, and the refresh token's successor where the client rotates them. Throws NotAuthorizedException or RefreshTokenReuseException.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="client">The client that shows the token.</param>
    /// <param name="token">The refresh token.</param>
    /// <param name="check">Looks at the grant before anything is spent, and gives the scopes for this time.</param>
    /// <param name="metadata">ClientMetadata for the trigger.</param>
    public async ValueTask<(IssuedTokens Issued, string? Refresh)> Refresh(
        UserPool pool, UserPoolClient client, string token, Func<Grant, IReadOnlyList<string>> check, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var next = client.Rotates ? grants.NewToken() : null;
        // Read, judged and replaced in one write: of many equal requests one can win.
        var (problem, user, grant) = next is null ? await installation.Store.Read(tx => Look(tx, pool, client, token, check)) : await installation.Store.Write(async tx =>
        {
            var found = await Look(tx, pool, client, token, check);
            if (found.Problem?.Code == "RefreshTokenReuseException") Grants.End(tx, pool, found.Grant!.Username, found.Grant.Origin);
            if (found.Problem is null) await grants.Rotate(tx, pool, token, found.Grant!, next);
            return found;
        });
        if (problem is not null) throw problem;
        return (await tokens.Issue(pool, client, user!, grant! with { Scopes = check(grant) }, TokenSource.Refresh, metadata), next);
    }

    private async ValueTask<(AwsError? Problem, User? User, Grant? Grant)> Look(ISnapshot tx, UserPool pool, UserPoolClient client, string token, Func<Grant, IReadOnlyList<string>> check)
    {
        if (await Grants.Find(tx, pool, token) is not { } grant || grant.ClientId != client.ClientId) return (Errors.NotAuthorized("Invalid Refresh Token"), null, null);
        check(grant);
        var user = await Users.At(tx, pool, pool.Fold(grant.Username));
        if (user is null || !await Grants.IsLive(tx, pool, grant.Username, grant.Origin)) return (Errors.NotAuthorized("Refresh Token has been revoked"), null, grant);
        if (grant.Expires <= installation.Now) return (Errors.NotAuthorized("Refresh Token has expired"), null, grant);
        if (grant.Rotated is { } at && at + client.Grace <= installation.Now)
            return (new AwsError("RefreshTokenReuseException", "The refresh token has been used already; the session it belongs to has been revoked."), null, grant);
        return user.Enabled ? (null, user, grant) : (Errors.NotAuthorized("User is disabled."), null, grant);
    }
}
