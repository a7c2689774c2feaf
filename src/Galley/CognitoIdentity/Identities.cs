using Galley.Store;
using Galley.Wire;

namespace Galley.CognitoIdentity;

/// <summary>Identities: made or found by their logins, linked, listed, deleted.</summary>
internal sealed class Identities(Installation installation, IdentityPools pools, Logins logins)
{
    private const int MostListed = 60;

    public async ValueTask<IdentityIdResponse> GetId(GetIdRequest request, Call call)
    {
        var pool = await pools.Find(request.IdentityPoolId);
        var proven = await logins.Prove(pool, request.Logins);
        if (proven.Count == 0 && !pool.AllowGuests) throw Errors.NotAuthorized("Unauthenticated access is not supported for this identity pool.");
        return new((await FindOrMake(pool, [.. proven.Select(login => new Login(login.Provider, login.Subject))])).Id);
    }

    /// <summary>The identity of these logins; those that are new are linked to it. A guest always is somebody new.</summary>
    public ValueTask<Identity> FindOrMake(Pool pool, IReadOnlyList<Login> wanted) => installation.Store.Write(async tx =>
    {
        string? found = null;
        foreach (var login in wanted)
            if (await LinkOf(tx, pool.Id, login) is { } id)
                found = found is null || found == id ? id : throw Errors.LinkedElsewhere();
        var now = installation.Now;
        var identity = found is null
            ? new Identity { Id = $"{pool.Region}:{installation.Ids.Uuid()}", PoolId = pool.Id, Created = now, Modified = now, Logins = [] }
            : await tx.Get(Keys.Identity(installation.Account, pool.Id, found), IdentityJson.Default.Identity) ?? throw Errors.NoIdentity(found);
        return Linked(tx, identity, wanted);
    });

    /// <summary>
    /// The identity, if these logins may speak for it: one of its own, or, for a guest, logins of nobody else, which are linked by this.
    /// </summary>
    public ValueTask<Identity> Entered(string identityId, IReadOnlyList<ProvenLogin> proven) => installation.Store.Write(async tx =>
    {
        var identity = await Get(tx, identityId);
        var wanted = proven.Select(login => new Login(login.Provider, login.Subject)).ToList();
        if (wanted.Count == 0) return identity.Logins.Count == 0 ? identity : throw Errors.Forbidden(identityId);
        foreach (var login in wanted)
            if (await LinkOf(tx, identity.PoolId, login) is { } other && other != identityId)
                throw Errors.LinkedElsewhere();
        return identity.Logins.Count == 0 || wanted.Exists(login => identity.Has(login.Provider, login.Subject)) ? Linked(tx, identity, wanted) : throw Errors.LoginsDoNotMatch();
    });

    public async ValueTask<Empty> UnlinkIdentity(UnlinkIdentityRequest request, Call call)
    {
        var pool = await pools.Find((await installation.Store.Read(tx => Get(tx, request.IdentityId))).PoolId);
        var proven = await logins.Prove(pool, request.Logins);
        await installation.Store.Write(async tx =>
        {
            var identity = await Get(tx, request.IdentityId);
            if (!proven.Exists(login => identity.Has(login.Provider, login.Subject))) throw Errors.LoginsDoNotMatch();
            Unlink(tx, identity, login => request.LoginsToRemove.Contains(login.Provider));
        });
        return Empty.Value;
    }

    public async ValueTask<IdentityDescription> DescribeIdentity(OnIdentityRequest request, Call call) => Show(await installation.Store.Read(tx => Get(tx, request.IdentityId)));

    public async ValueTask<ListIdentitiesResponse> ListIdentities(ListIdentitiesRequest request, Call call)
    {
        if (request.MaxResults is < 1 or > MostListed) throw Errors.Constraint($"{request.MaxResults}", "maxResults", $"Member must have value between 1 and {MostListed}");
        _ = await pools.Find(request.IdentityPoolId);
        var all = (await installation.Store.Read(tx => tx.List(Keys.Identities(installation.Account, request.IdentityPoolId), IdentityJson.Default.Identity))).Where(identity => string.CompareOrdinal(identity.Id, request.NextToken) > 0).ToList();
        var page = all.Take(request.MaxResults).ToList();
        return new(request.IdentityPoolId, [.. page.Select(Show)], all.Count > page.Count ? page[^1].Id : null);
    }

    public async ValueTask<DeleteIdentitiesResponse> DeleteIdentities(DeleteIdentitiesRequest request, Call call)
    {
        if (request.IdentityIdsToDelete.Count is 0 or > MostListed) throw Errors.Constraint("[…]", "identityIdsToDelete", $"Member must have length between 1 and {MostListed}");
        await installation.Store.Write(async tx =>
        {
            foreach (var id in request.IdentityIdsToDelete)
                if (await Find(tx, id) is { } identity)
                    Remove(tx, installation.Account, identity);
        });
        return new([]);
    }

    public async ValueTask<Identity> Get(ISnapshot tx, string id) => await Find(tx, id) ?? throw Errors.NoIdentity(id);

    public void Unlink(ITransaction tx, Identity identity, Predicate<Login> which)
    {
        foreach (var login in identity.Logins.FindAll(which)) tx.Delete(Keys.Link(installation.Account, identity.PoolId, login.Provider, login.Subject));
        Put(tx, identity with { Logins = identity.Logins.FindAll(login => !which(login)), Modified = installation.Now });
    }

    public async ValueTask<string?> LinkOf(ISnapshot tx, string poolId, Login login)
        => await tx.Get(Keys.Link(installation.Account, poolId, login.Provider, login.Subject)) is { } id ? System.Text.Encoding.UTF8.GetString(id) : null;

    public Identity Linked(ITransaction tx, Identity identity, IReadOnlyList<Login> wanted)
    {
        var added = wanted.Where(login => !identity.Has(login.Provider, login.Subject)).ToList();
        foreach (var login in added) tx.Put(Keys.Link(installation.Account, identity.PoolId, login.Provider, login.Subject), System.Text.Encoding.UTF8.GetBytes(identity.Id));
        var changed = added.Count == 0 ? identity : identity with { Logins = [.. identity.Logins, .. added], Modified = installation.Now };
        Put(tx, changed);
        return changed;
    }

    public static void Remove(ITransaction tx, string account, Identity identity)
    {
        foreach (var login in identity.Logins) tx.Delete(Keys.Link(account, identity.PoolId, login.Provider, login.Subject));
        tx.Delete(Keys.PoolOf(account, identity.Id));
        tx.Delete(Keys.Identity(account, identity.PoolId, identity.Id));
    }

    private async ValueTask<Identity?> Find(ISnapshot tx, string id)
        => await tx.Get(Keys.PoolOf(installation.Account, id)) is { } pool
            ? await tx.Get(Keys.Identity(installation.Account, System.Text.Encoding.UTF8.GetString(pool), id), IdentityJson.Default.Identity)
            : null;

    private void Put(ITransaction tx, Identity identity)
    {
        tx.Put(Keys.Identity(installation.Account, identity.PoolId, identity.Id), identity, IdentityJson.Default.Identity);
        tx.Put(Keys.PoolOf(installation.Account, identity.Id), System.Text.Encoding.UTF8.GetBytes(identity.PoolId));
    }

    private static IdentityDescription Show(Identity identity)
        => new(identity.Id, identity.Logins.Count == 0 ? null : [.. identity.Logins.Select(login => login.Provider).Distinct()], identity.Created, identity.Modified);
}
