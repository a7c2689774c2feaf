using Galley.Store;

namespace Galley.Cognito.SignIn;

/// <summary>Tokens for a user without the way there, for tests: those that the hosted pages would give where the client uses them, otherwise those of InitiateAuth.</summary>
internal sealed class DirectSignIns(Installation installation, Clients clients, Grants grants, Tokens tokens)
{
    /// <summary>Id of the client's pool.</summary>
    public async ValueTask<string> PoolOf(string clientId) => (await clients.Find(clientId)).Pool.Id;

    /// <exception cref="Galley.Wire.AwsError">There is no such client or user, the user is disabled, or a trigger refuses.</exception>
    public async ValueTask<(IssuedTokens Issued, string Refresh)> SignIn(string clientId, string username)
    {
        installation.Ids.Begin("SignIn");
        var (pool, client) = await clients.Find(clientId);
        var user = await installation.Store.Read(tx => Users.Get(tx, pool, username));
        if (!user.Enabled) throw Errors.NotAuthorized("User is disabled.");
        var hosted = client.AllowedOAuthFlowsUserPoolClient == true && client.AllowedOAuthFlows?.Contains("code") == true;
        var refresh = grants.NewToken();
        var grant = grants.For(client, user, installation.Ids.Uuid(), hosted ? client.AllowedOAuthScopes ?? [] : [Tokens.SelfService], hosted);
        var issued = await tokens.Issue(pool, client, user, grant);
        await installation.Store.Write(tx => grants.Open(tx, pool, grant, refresh));
        return (issued, refresh);
    }
}
