using Galley.Store;
using Galley.Wire;

namespace Galley.Iam.Federation;

/// <summary>IAM's OpenID Connect providers: issuers whose tokens AssumeRoleWithWebIdentity and identity pools take.</summary>
internal sealed class OidcProviders(Installation installation)
{
    private const int MostClients = 100, MostThumbprints = 5, ThumbprintLength = 40;

    public async ValueTask<CreateOpenIDConnectProviderResponse> CreateOpenIDConnectProvider(CreateOpenIDConnectProviderRequest request, Call call)
    {
        var url = Bare(request.Url);
        CheckThumbprints(request.ThumbprintList ?? []);
        CheckClients(request.ClientIDList ?? []);
        Identities.CheckTags(request.Tags ?? []);
        var provider = new StoredOidcProvider(url, [.. (request.ClientIDList ?? []).Distinct()], request.ThumbprintList ?? [], installation.Now, request.Tags ?? []);
        await installation.Store.Write(async tx =>
        {
            if (await tx.Get(Keys.OidcProvider(call.Account, url)) is not null) throw Errors.EntityAlreadyExists($"Provider with url {request.Url} already exists.");
            Put(tx, call, provider);
        });
        return new(provider.Arn(call.Account), request.Tags is { Count: > 0 } tags ? tags : null);
    }

    public async ValueTask<GetOpenIDConnectProviderResponse> GetOpenIDConnectProvider(OidcProviderRequest request, Call call)
    {
        var provider = await installation.Store.Read(tx => Get(tx, call, request.OpenIDConnectProviderArn));
        return new(provider.Url, provider.ClientIds, provider.Thumbprints, provider.Created, provider.Tags.Count > 0 ? provider.Tags : null);
    }

    public async ValueTask<ListOpenIDConnectProvidersResponse> ListOpenIDConnectProviders(Empty request, Call call)
        => new([.. (await installation.Store.Read(tx => tx.List(Keys.OidcProviders(call.Account), IamStoreJson.Default.StoredOidcProvider))).Select(provider => new OidcProviderEntry(provider.Arn(call.Account)))]);

    public async ValueTask<Empty> DeleteOpenIDConnectProvider(OidcProviderRequest request, Call call)
    {
        await installation.Store.Write(async tx => tx.Delete(Keys.OidcProvider(call.Account, (await Get(tx, call, request.OpenIDConnectProviderArn)).Url)));
        return Empty.Value;
    }

    public ValueTask<Empty> UpdateOpenIDConnectProviderThumbprint(UpdateThumbprintRequest request, Call call)
    {
        CheckThumbprints(request.ThumbprintList);
        return Change(call, request.OpenIDConnectProviderArn, provider => provider with { Thumbprints = request.ThumbprintList });
    }

    public ValueTask<Empty> AddClientIDToOpenIDConnectProvider(OidcClientRequest request, Call call)
    {
        CheckClients([request.ClientID]);
        return Change(call, request.OpenIDConnectProviderArn, provider => provider.ClientIds.Contains(request.ClientID) ? provider
            : provider.ClientIds.Count >= MostClients ? throw Errors.LimitExceeded($"Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {MostClients}")
            : provider with { ClientIds = [.. provider.ClientIds, request.ClientID] });
    }

    public ValueTask<Empty> RemoveClientIDFromOpenIDConnectProvider(OidcClientRequest request, Call call)
        => Change(call, request.OpenIDConnectProviderArn, provider => provider with { ClientIds = [.. provider.ClientIds.Where(id => id != request.ClientID)] });

    public ValueTask<Empty> TagOpenIDConnectProvider(TagOidcProviderRequest request, Call call)
        => Change(call, request.OpenIDConnectProviderArn, provider => provider with { Tags = Identities.Merge(provider.Tags, request.Tags) });

    public ValueTask<Empty> UntagOpenIDConnectProvider(UntagOidcProviderRequest request, Call call)
        => Change(call, request.OpenIDConnectProviderArn, provider => provider with { Tags = Identities.Without(provider.Tags, request.TagKeys) });

    public async ValueTask<TagsResponse> ListOpenIDConnectProviderTags(ListOfOidcProviderRequest request, Call call)
    {
        var provider = await installation.Store.Read(tx => Get(tx, call, request.OpenIDConnectProviderArn));
        var (tags, truncated, marker) = Pages.Page(provider.Tags, tag => tag.Key, tag => tag, request.Marker, request.MaxItems);
        return new(tags, truncated, marker);
    }

    /// <summary>The provider of an issuer, `https://` or not.</summary>
    public async ValueTask<StoredOidcProvider?> Find(string issuer)
        => await installation.Store.Read(tx => tx.Get(Keys.OidcProvider(installation.Account, WithoutScheme(issuer).TrimEnd('/')), IamStoreJson.Default.StoredOidcProvider));

    private async ValueTask<Empty> Change(Call call, string arn, Func<StoredOidcProvider, StoredOidcProvider> change)
        => await installation.Store.Write(async tx =>
        {
            Put(tx, call, change(await Get(tx, call, arn)));
            return Empty.Value;
        });

    private static void Put(ITransaction tx, Call call, StoredOidcProvider provider) => tx.Put(Keys.OidcProvider(call.Account, provider.Url), provider, IamStoreJson.Default.StoredOidcProvider);

    private static async ValueTask<StoredOidcProvider> Get(ISnapshot tx, Call call, string arn)
    {
        var prefix = $"arn:aws:iam::{call.Account}:oidc-provider/";
        return arn.StartsWith(prefix, StringComparison.Ordinal) && await tx.Get(Keys.OidcProvider(call.Account, arn[prefix.Length..]), IamStoreJson.Default.StoredOidcProvider) is { } provider
            ? provider
            : throw Errors.NoSuchEntity($"OpenIDConnect Provider not found for arn {arn}");
    }

    /// <summary>AWS takes https only; here a provider on this machine may do without, as user pools' providers may.</summary>
    private static string Bare(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme != "https" && !(uri.Scheme == "http" && uri.IsLoopback) || uri.Query.Length > 0 || uri.UserInfo.Length > 0)
            throw Errors.Validation("Invalid Open ID Connect Provider URL");
        return WithoutScheme(url).TrimEnd('/');
    }

    private static string WithoutScheme(string url) => url[(url.IndexOf("://", StringComparison.Ordinal) is >= 0 and var at ? at + 3 : 0)..];

    private static void CheckThumbprints(IReadOnlyList<string> thumbprints)
    {
        if (thumbprints.Count > MostThumbprints) throw Errors.InvalidInput("Thumbprint list must contain fewer than 5 entries.");
        if (thumbprints.FirstOrDefault(print => print.Length != ThumbprintLength) is { } wrong)
            throw Errors.Constraint($"[{wrong}]", "thumbprintList", $"Member must satisfy constraint: [Member must have length less than or equal to {ThumbprintLength}, Member must have length greater than or equal to {ThumbprintLength}]");
    }

    private static void CheckClients(IReadOnlyList<string> ids)
    {
        if (ids.Count > MostClients) throw Errors.LimitExceeded($"Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {MostClients}");
        if (ids.Any(id => id.Length is 0 or > 255)) throw Errors.Constraint("[…]", "clientIDList", "Member must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 1]");
    }
}
