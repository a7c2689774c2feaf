using Galley.Store;
using Galley.Wire;

namespace Galley.CognitoIdentity;

/// <summary>Users whom the developer's own backend signs in and vouches for, with its own AWS keys.</summary>
internal sealed class DeveloperIdentities(Installation installation, IdentityPools pools, Identities identities, OpenIdTokens tokens)
{
    private const long UsualLife = 900, LongestLife = 86_400;

    public async ValueTask<TokenResponse> GetOpenIdTokenForDeveloperIdentity(DeveloperTokenRequest request, Call call)
    {
        var pool = await pools.Find(request.IdentityPoolId);
        var name = pool.DeveloperProviderName ?? throw Errors.InvalidParameter("Please provide a valid developer provider for this identity pool.");
        if (!request.Logins.TryGetValue(name, out var user) || request.Logins.Count != 1) throw Errors.InvalidParameter($"Please provide exactly the login of the developer provider {name}.");
        if (request.TokenDuration is < 1 or > LongestLife) throw Errors.Constraint($"{request.TokenDuration}", "tokenDuration", $"Member must have value between 1 and {LongestLife}");
        var login = new Login(name, user);
        var identity = request.IdentityId is { } id ? await Attach(pool, id, login) : await identities.FindOrMake(pool, [login]);
        var token = await tokens.Sign(pool.Id, identity.Id, ["authenticated", name, $"{name}:{pool.Id}:{name}:{user}"], TimeSpan.FromSeconds(request.TokenDuration ?? UsualLife), request.PrincipalTags);
        return new(identity.Id, token);
    }

    public async ValueTask<LookupDeveloperIdentityResponse> LookupDeveloperIdentity(LookupDeveloperIdentityRequest request, Call call)
    {
        var pool = await pools.Find(request.IdentityPoolId);
        if (request.IdentityId is null && request.DeveloperUserIdentifier is null) throw Errors.InvalidParameter("Please provide an IdentityId or a DeveloperUserIdentifier.");
        if (pool.DeveloperProviderName is not { } name) throw Errors.InvalidParameter("Please provide a valid developer provider for this identity pool.");
        return await installation.Store.Read(async tx =>
        {
            var id = request.DeveloperUserIdentifier is { } user ? await identities.LinkOf(tx, pool.Id, new(name, user)) ?? throw Errors.NoIdentity(user) : request.IdentityId!;
            if (request.IdentityId is { } asked && asked != id) throw new AwsError("ResourceConflictException", "The developer user identifier is linked to another identity.");
            var identity = await identities.Get(tx, id);
            return new LookupDeveloperIdentityResponse(id, [.. identity.Logins.Where(login => login.Provider == name).Select(login => login.Subject).Take(request.MaxResults ?? 60)]);
        });
    }

    /// <summary>The source's users become the destination's; the source identity ends.</summary>
    public async ValueTask<IdentityIdResponse> MergeDeveloperIdentities(MergeDeveloperIdentitiesRequest request, Call call)
    {
        var pool = await pools.Find(request.IdentityPoolId);
        return await installation.Store.Write(async tx =>
        {
            var source = await identities.Get(tx, await identities.LinkOf(tx, pool.Id, new(request.DeveloperProviderName, request.SourceUserIdentifier)) ?? throw Errors.NoIdentity(request.SourceUserIdentifier));
            var destination = await identities.Get(tx, await identities.LinkOf(tx, pool.Id, new(request.DeveloperProviderName, request.DestinationUserIdentifier)) ?? throw Errors.NoIdentity(request.DestinationUserIdentifier));
            if (source.Id == destination.Id) return new IdentityIdResponse(destination.Id);
            Identities.Remove(tx, installation.Account, source);
            return new IdentityIdResponse(identities.Linked(tx, destination, source.Logins).Id);
        });
    }

    public async ValueTask<Empty> UnlinkDeveloperIdentity(UnlinkDeveloperIdentityRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var identity = await identities.Get(tx, request.IdentityId);
            if (identity.PoolId != request.IdentityPoolId || !identity.Has(request.DeveloperProviderName, request.DeveloperUserIdentifier)) throw Errors.LoginsDoNotMatch();
            identities.Unlink(tx, identity, login => login.Provider == request.DeveloperProviderName && login.Subject == request.DeveloperUserIdentifier);
        });
        return Empty.Value;
    }

    private ValueTask<Identity> Attach(Pool pool, string id, Login login) => installation.Store.Write(async tx =>
    {
        var identity = await identities.Get(tx, id);
        if (identity.PoolId != pool.Id) throw Errors.NoIdentity(id);
        if (await identities.LinkOf(tx, pool.Id, login) is { } other && other != id) throw new AwsError("DeveloperUserAlreadyRegisteredException", "The developer user identifier is already registered with another identity.");
        return identities.Linked(tx, identity, [login]);
    });
}
