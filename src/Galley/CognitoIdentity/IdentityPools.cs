using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.CognitoIdentity;

/// <summary>Identity pools: who may come in by which provider, and their tags.</summary>
internal sealed partial class IdentityPools(Installation installation)
{
    private const int MostTags = 50, MostListed = 60;

    public async ValueTask<IdentityPoolDocument> CreateIdentityPool(IdentityPoolDocument request, Call call)
    {
        if (request.IdentityPoolId is not null) throw Errors.NotSupported("the parameter IdentityPoolId");
        var pool = Read(request, new Pool { Id = $"{call.Region}:{installation.Ids.Uuid()}", Region = call.Region, Name = "", AllowGuests = false });
        await installation.Store.Write(tx =>
        {
            Put(tx, pool);
            return ValueTask.CompletedTask;
        });
        return Show(pool);
    }

    /// <summary>Everything is set anew: what the request leaves out is taken away, but tags and roles stay.</summary>
    public async ValueTask<IdentityPoolDocument> UpdateIdentityPool(IdentityPoolDocument request, Call call)
        => Show(await Change(request.IdentityPoolId ?? throw Errors.InvalidParameter("Missing required parameter: IdentityPoolId"), pool =>
        {
            if (pool.DeveloperProviderName is { } developer && request.DeveloperProviderName != developer) throw Errors.InvalidParameter("You cannot change the developer provider name once it has been set.");
            return Read(request, pool with { Tags = request.IdentityPoolTags ?? pool.Tags });
        }));

    public async ValueTask<IdentityPoolDocument> DescribeIdentityPool(OnPoolRequest request, Call call) => Show(await Find(request.IdentityPoolId));

    public async ValueTask<ListIdentityPoolsResponse> ListIdentityPools(ListIdentityPoolsRequest request, Call call)
    {
        if (request.MaxResults is < 1 or > MostListed) throw Errors.Constraint($"{request.MaxResults}", "maxResults", request.MaxResults < 1 ? "Member must have value greater than or equal to 1" : $"Member must have value less than or equal to {MostListed}");
        var all = (await installation.Store.Read(tx => tx.List(Keys.Pools(installation.Account), IdentityJson.Default.Pool))).Where(pool => pool.Region == call.Region && string.CompareOrdinal(pool.Id, request.NextToken) > 0).ToList();
        var page = all.Take(request.MaxResults).ToList();
        return new([.. page.Select(pool => new IdentityPoolShort(pool.Id, pool.Name))], all.Count > page.Count ? page[^1].Id : null);
    }

    public async ValueTask<Empty> DeleteIdentityPool(OnPoolRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var pool = await Get(tx, request.IdentityPoolId);
            foreach (var identity in await tx.List(Keys.Identities(installation.Account, pool.Id), IdentityJson.Default.Identity)) Identities.Remove(tx, installation.Account, identity);
            tx.Delete(Keys.Pool(installation.Account, pool.Id));
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> TagResource(TagResourceRequest request, Call call)
    {
        await Change(IdOf(request.ResourceArn), pool =>
        {
            var tags = new Dictionary<string, string>(pool.Tags ?? []);
            foreach (var (name, value) in request.Tags) tags[name] = value;
            return tags.Count <= MostTags ? pool with { Tags = tags } : throw Errors.InvalidParameter("Too many tags");
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> UntagResource(UntagResourceRequest request, Call call)
    {
        await Change(IdOf(request.ResourceArn), pool => pool with { Tags = (pool.Tags ?? []).Where(tag => !request.TagKeys.Contains(tag.Key)).ToDictionary() });
        return Empty.Value;
    }

    public async ValueTask<TagsResponse> ListTagsForResource(OnArnRequest request, Call call) => new((await Find(IdOf(request.ResourceArn))).Tags ?? []);

    public async ValueTask<IReadOnlyDictionary<string, string>?> TagsOf(string arn, Call call)
        => (await installation.Store.Read(tx => tx.Get(Keys.Pool(installation.Account, IdOf(arn)), IdentityJson.Default.Pool)))?.Tags;

    public ValueTask<Pool> Find(string id) => installation.Store.Read(tx => Get(tx, id));

    public async ValueTask<Pool> Get(ISnapshot tx, string id)
    {
        if (id.Length > 55 || !IdPattern().IsMatch(id)) throw Errors.Constraint(id, "identityPoolId", @"Member must satisfy regular expression pattern: [\w-]+:[0-9a-f-]+");
        return await tx.Get(Keys.Pool(installation.Account, id), IdentityJson.Default.Pool) ?? throw Errors.NoPool(id);
    }

    public async ValueTask<Pool> Change(string id, Func<Pool, Pool> change) => await installation.Store.Write(async tx =>
    {
        var pool = change(await Get(tx, id));
        Put(tx, pool);
        return pool;
    });

    private void Put(ITransaction tx, Pool pool) => tx.Put(Keys.Pool(installation.Account, pool.Id), pool, IdentityJson.Default.Pool);

    private static string IdOf(string arn) => arn[(arn.LastIndexOf('/') + 1)..];

    private static Pool Read(IdentityPoolDocument request, Pool pool)
    {
        var name = request.IdentityPoolName ?? throw Errors.InvalidParameter("Missing required parameter: IdentityPoolName");
        if (name.Length is 0 or > 128 || !NamePattern().IsMatch(name)) throw Errors.Constraint(name, "identityPoolName", @"Member must satisfy regular expression pattern: [\w\s+=,.@-]+");
        if (request.SamlProviderARNs is { Count: > 0 }) throw Errors.NotSupported("the parameter SamlProviderARNs");
        foreach (var provider in request.SupportedLoginProviders?.Keys ?? Enumerable.Empty<string>())
            if (provider is not (Logins.Google or Logins.Apple)) throw Errors.NotSupported($"the login provider {provider}: its tokens can only be checked by asking it");
        foreach (var provider in request.CognitoIdentityProviders ?? [])
            if (provider.ProviderName is null || provider.ClientId is null || !UserPoolName().IsMatch(provider.ProviderName)) throw Errors.InvalidParameter("Invalid Cognito Identity Provider");
        if (request.DeveloperProviderName is { } developer && !DeveloperName().IsMatch(developer)) throw Errors.Constraint(developer, "developerProviderName", @"Member must satisfy regular expression pattern: [\w._-]+");
        return pool with
        {
            Name = name,
            AllowGuests = request.AllowUnauthenticatedIdentities ?? throw Errors.InvalidParameter("Missing required parameter: AllowUnauthenticatedIdentities"),
            AllowClassicFlow = request.AllowClassicFlow,
            SupportedLoginProviders = request.SupportedLoginProviders,
            DeveloperProviderName = request.DeveloperProviderName,
            OpenIdConnectProviderARNs = request.OpenIdConnectProviderARNs,
            CognitoIdentityProviders = request.CognitoIdentityProviders?.ConvertAll(provider => provider with { ServerSideTokenCheck = provider.ServerSideTokenCheck ?? false }),
            Tags = request.IdentityPoolTags ?? pool.Tags,
        };
    }

    private static IdentityPoolDocument Show(Pool pool) => new()
    {
        IdentityPoolId = pool.Id,
        IdentityPoolName = pool.Name,
        AllowUnauthenticatedIdentities = pool.AllowGuests,
        AllowClassicFlow = pool.AllowClassicFlow,
        SupportedLoginProviders = pool.SupportedLoginProviders,
        DeveloperProviderName = pool.DeveloperProviderName,
        OpenIdConnectProviderARNs = pool.OpenIdConnectProviderARNs,
        CognitoIdentityProviders = pool.CognitoIdentityProviders,
        IdentityPoolTags = pool.Tags ?? [],
    };

    [GeneratedRegex(@"^[\w-]+:[0-9a-f-]+\z")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"^[\w\s+=,.@-]+\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^[\w._-]{1,128}\z")]
    private static partial Regex DeveloperName();

    [GeneratedRegex(@"^cognito-idp\.[a-z0-9-]+\.(amazonaws\.com|localhost(:\d+)?)/[\w-]+_[0-9a-zA-Z]+\z")]
    private static partial Regex UserPoolName();
}
