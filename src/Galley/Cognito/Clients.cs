using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>App clients of a pool. AWS: an update replaces every setting; id and secret stay.</summary>
internal sealed class Clients(Installation installation)
{
    public async ValueTask<UserPoolClientResponse> CreateUserPoolClient(CreateUserPoolClientRequest request, Call call)
    {
        if (request.ClientName.Length is 0 or > 128) throw Errors.Constraint(request.ClientName, "clientName", "Member must have length less than or equal to 128");
        var now = installation.Now;
        var id = installation.Ids.Next(26);
        if (request.ClientSecret is { } own)
        {
            if (request.GenerateSecret == true) throw Errors.Parameter("ClientSecret cannot be given together with GenerateSecret.");
            ClientSecrets.Check(own);
        }

        var secret = request.ClientSecret ?? (request.GenerateSecret == true ? installation.Ids.Next(51) : null);
        return await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            await ClientRules.Check(tx, pool, request, secret is not null);
            var client = Apply(new UserPoolClient
            {
                UserPoolId = pool.Id,
                ClientName = request.ClientName,
                ClientId = id,
                ClientSecret = secret is null ? null : Sealed(id, secret),
                CreationDate = now,
                LastModifiedDate = now,
            }, request);
            tx.Put(Keys.Client(pool.Ref, id), client, CognitoJson.Default.UserPoolClient);
            tx.Put(Keys.ClientPointer(id), new PoolPointer(call.Account, call.Region, pool.Id), CognitoJson.Default.PoolPointer);
            return new UserPoolClientResponse { UserPoolClient = client.Described(secret) };
        });
    }

    public ValueTask<UserPoolClientResponse> DescribeUserPoolClient(OnClientRequest request, Call call) => installation.Store.Read(async tx =>
    {
        // A client goes with its pool, so one that is there needs no look at the pool.
        var pool = new PoolRef(call.Account, call.Region, request.UserPoolId);
        var client = await Find(tx, pool, request.ClientId) ?? await Get(tx, (await UserPools.Get(tx, pool)).Ref, request.ClientId);
        return new UserPoolClientResponse { UserPoolClient = client.Described(SecretOf(client)) };
    });

    public ValueTask<UserPoolClientResponse> UpdateUserPoolClient(UpdateUserPoolClientRequest request, Call call) => installation.Store.Write(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        var old = await Get(tx, pool.Ref, request.ClientId);
        await ClientRules.Check(tx, pool, request, old.ClientSecret is not null);
        var client = Apply(old, request) with { ClientName = request.ClientName ?? old.ClientName, LastModifiedDate = installation.Now };
        tx.Put(Keys.Client(pool.Ref, client.ClientId), client, CognitoJson.Default.UserPoolClient);
        return new UserPoolClientResponse { UserPoolClient = client.Described(SecretOf(client)) };
    });

    public async ValueTask<Empty> DeleteUserPoolClient(OnClientRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var client = await Get(tx, (await UserPools.Get(tx, call, request.UserPoolId)).Ref, request.ClientId);
            tx.Delete(Keys.Client(new PoolRef(call.Account, call.Region, client.UserPoolId), client.ClientId));
            tx.Delete(Keys.ClientPointer(client.ClientId));
        });
        return Empty.Value;
    }

    public ValueTask<ListUserPoolClientsResponse> ListUserPoolClients(ListUserPoolClientsRequest request, Call call) => installation.Store.Read(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        var page = await Page.Read(tx, Keys.Clients(pool.Ref), CognitoJson.Default.UserPoolClient, request.MaxResults, request.NextToken);
        return new ListUserPoolClientsResponse
        {
            UserPoolClients = [.. page.Items.Select(client => new UserPoolClientDescription { ClientId = client.ClientId, UserPoolId = pool.Id, ClientName = client.ClientName })],
            NextToken = page.Next,
        };
    });

    /// <summary>The secret in clear text; null for a public client.</summary>
    public string? SecretOf(UserPoolClient client) => client.ClientSecret is { } hidden ? installation.Secrets.OpenText(Purpose(client.ClientId), hidden) : null;

    public string Sealed(string clientId, string secret) => installation.Secrets.SealText(Purpose(clientId), secret);

    /// <summary>Every secret that is good now, in clear text.</summary>
    public IEnumerable<string> SecretsOf(UserPoolClient client)
    {
        if (SecretOf(client) is { } first) yield return first;
        if (client.SecondSecret is { } second) yield return installation.Secrets.OpenText(Purpose(client.ClientId), second.Value);
    }

    /// <summary>Whether the text is a secret of the client; a public client has none and must send none.</summary>
    public bool IsSecret(UserPoolClient client, string? given)
    {
        if (client.ClientSecret is null) return string.IsNullOrEmpty(given);
        var right = false;
        foreach (var secret in SecretsOf(client)) right |= given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(given));
        return right;
    }

    /// <summary>The client with its secret still sealed.</summary>
    public static async ValueTask<UserPoolClient> Get(ISnapshot tx, PoolRef pool, string clientId)
        => await Find(tx, pool, clientId) ?? throw Errors.ClientNotFound(clientId);

    public static ValueTask<UserPoolClient?> Find(ISnapshot tx, PoolRef pool, string clientId) => tx.Kept(Keys.Client(pool, clientId), static stored => JsonSerializer.Deserialize(stored, CognitoJson.Default.UserPoolClient)!);

    /// <summary>Pool and client of a call that names only the client.</summary>
    public static async ValueTask<(UserPool Pool, UserPoolClient Client)?> Find(ISnapshot tx, string clientId)
    {
        if (await UserPools.Pointer(tx, Keys.ClientPointer(clientId)) is not { } at) return null;
        return (await UserPools.Get(tx, at.Pool), await Get(tx, at.Pool, clientId));
    }

    public ValueTask<(UserPool Pool, UserPoolClient Client)> Find(string clientId)
        => installation.Store.Read(async tx => await Find(tx, clientId) ?? throw Errors.ClientNotFound(clientId));

    /// <summary>Pool and client, the client one of the pool's.</summary>
    public ValueTask<(UserPool Pool, UserPoolClient Client)> Find(Call call, string poolId, string clientId) => installation.Store.Read(async tx =>
    {
        var pool = await UserPools.Get(tx, call, poolId);
        return (pool, await Get(tx, pool.Ref, clientId));
    });

    private static string Purpose(string clientId) => "cognito-client-secret/" + clientId;

    private static UserPoolClient Apply(UserPoolClient client, ClientSettings given) => client with
    {
        RefreshTokenValidity = given.RefreshTokenValidity is null or 0 ? 30 : given.RefreshTokenValidity,
        AccessTokenValidity = given.AccessTokenValidity,
        IdTokenValidity = given.IdTokenValidity,
        TokenValidityUnits = given.TokenValidityUnits,
        ReadAttributes = given.ReadAttributes,
        WriteAttributes = given.WriteAttributes,
        ExplicitAuthFlows = given.ExplicitAuthFlows,
        SupportedIdentityProviders = given.SupportedIdentityProviders,
        CallbackURLs = given.CallbackURLs,
        LogoutURLs = given.LogoutURLs,
        DefaultRedirectURI = given.DefaultRedirectURI,
        AllowedOAuthFlows = given.AllowedOAuthFlows,
        AllowedOAuthScopes = given.AllowedOAuthScopes,
        AllowedOAuthFlowsUserPoolClient = given.AllowedOAuthFlowsUserPoolClient ?? false,
        PreventUserExistenceErrors = given.PreventUserExistenceErrors,
        EnableTokenRevocation = given.EnableTokenRevocation ?? true,
        EnablePropagateAdditionalUserContextData = given.EnablePropagateAdditionalUserContextData ?? false,
        AuthSessionValidity = given.AuthSessionValidity ?? 3,
        RefreshTokenRotation = given.RefreshTokenRotation,
    };
}
