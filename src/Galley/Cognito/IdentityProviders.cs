using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>Providers that a pool's users may sign in with: OIDC in full, the social ones as OIDC with their makers' addresses. SAML is refused.</summary>
internal sealed partial class IdentityProviders(Installation installation)
{
    private static readonly string[] Types = ["SAML", "Facebook", "Google", "LoginWithAmazon", "SignInWithApple", "OIDC"];

    public ValueTask<IdentityProviderResponse> CreateIdentityProvider(CreateIdentityProviderRequest request, Call call)
    {
        if (!Types.Contains(request.ProviderType)) throw Errors.Constraint(request.ProviderType, "providerType", $"Member must satisfy enum value set: [{string.Join(", ", Types)}]");
        if (request.ProviderType == "SAML") throw Errors.Unsupported("SAML identity providers");
        if (request.ProviderName.Length > 32 || !Name().IsMatch(request.ProviderName))
            throw Errors.Constraint(request.ProviderName, "providerName", @"Member must satisfy regular expression pattern: [^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+");
        if (request.ProviderName == "COGNITO") throw Errors.Parameter("COGNITO is a reserved provider name.");
        if (request.ProviderType != "OIDC" && request.ProviderName != request.ProviderType) throw Errors.Parameter($"The provider name of a {request.ProviderType} provider must be {request.ProviderType}.");
        CheckDetails(request.ProviderType, request.ProviderDetails);
        return installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            CheckMapping(pool, request.AttributeMapping);
            var key = Keys.IdentityProvider(pool.Ref, request.ProviderName);
            if (await tx.Get(key) is not null) throw new AwsError("DuplicateProviderException", $"A provider with the name {request.ProviderName} already exists in user pool {pool.Id}.");
            await CheckIdentifiers(tx, pool, request.ProviderName, request.IdpIdentifiers);
            var now = installation.Now;
            return Put(tx, pool, new IdentityProvider
            {
                UserPoolId = pool.Id,
                ProviderName = request.ProviderName,
                ProviderType = request.ProviderType,
                ProviderDetails = Filled(request.ProviderType, request.ProviderDetails),
                AttributeMapping = Mapped(request.ProviderType, request.AttributeMapping),
                IdpIdentifiers = request.IdpIdentifiers ?? [],
                CreationDate = now,
                LastModifiedDate = now,
            });
        });
    }

    public ValueTask<IdentityProviderResponse> DescribeIdentityProvider(OnProviderRequest request, Call call) => installation.Store.Read(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        return new IdentityProviderResponse { IdentityProvider = Shown(pool, await Get(tx, pool, request.ProviderName)) };
    });

    public ValueTask<IdentityProviderResponse> UpdateIdentityProvider(UpdateIdentityProviderRequest request, Call call) => installation.Store.Write(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        var old = await Get(tx, pool, request.ProviderName);
        if (request.ProviderDetails is not null) CheckDetails(old.ProviderType, request.ProviderDetails);
        CheckMapping(pool, request.AttributeMapping);
        await CheckIdentifiers(tx, pool, old.ProviderName, request.IdpIdentifiers);
        return Put(tx, pool, old with
        {
            ProviderDetails = request.ProviderDetails is null ? Shown(pool, old).ProviderDetails : Filled(old.ProviderType, request.ProviderDetails),
            AttributeMapping = request.AttributeMapping is null ? old.AttributeMapping : Mapped(old.ProviderType, request.AttributeMapping),
            IdpIdentifiers = request.IdpIdentifiers ?? old.IdpIdentifiers,
            LastModifiedDate = installation.Now,
        });
    });

    public async ValueTask<Empty> DeleteIdentityProvider(OnProviderRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            await Get(tx, pool, request.ProviderName);
            tx.Delete(Keys.IdentityProvider(pool.Ref, request.ProviderName));
        });
        return Empty.Value;
    }

    public ValueTask<ListIdentityProvidersResponse> ListIdentityProviders(ListIdentityProvidersRequest request, Call call) => installation.Store.Read(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        var page = await Page.Read(tx, Keys.IdentityProviders(pool.Ref), CognitoJson.Default.IdentityProvider, request.MaxResults, request.NextToken);
        return new ListIdentityProvidersResponse
        {
            Providers = [.. page.Items.Select(provider => new ProviderDescription { ProviderName = provider.ProviderName, ProviderType = provider.ProviderType, CreationDate = provider.CreationDate, LastModifiedDate = provider.LastModifiedDate })],
            NextToken = page.Next,
        };
    });

    public ValueTask<IdentityProviderResponse> GetIdentityProviderByIdentifier(OnIdentifierRequest request, Call call) => installation.Store.Read(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        var found = (await tx.List(Keys.IdentityProviders(pool.Ref), CognitoJson.Default.IdentityProvider)).FirstOrDefault(provider => provider.IdpIdentifiers?.Contains(request.IdpIdentifier) == true);
        return new IdentityProviderResponse { IdentityProvider = Shown(pool, found ?? throw Errors.NotFound($"Identity provider with identifier {request.IdpIdentifier} does not exist.")) };
    });

    private IdentityProviderResponse Put(ITransaction tx, UserPool pool, IdentityProvider provider)
    {
        var details = new Dictionary<string, string>(provider.ProviderDetails);
        foreach (var name in (ReadOnlySpan<string>)["client_secret", "private_key"])
            if (details.TryGetValue(name, out var secret)) details[name] = installation.Secrets.SealText(IdentityProvider.SecretPurpose(pool.Ref, provider.ProviderName), secret);
        tx.Put(Keys.IdentityProvider(pool.Ref, provider.ProviderName), provider with { ProviderDetails = details }, CognitoJson.Default.IdentityProvider);
        return new IdentityProviderResponse { IdentityProvider = provider };
    }

    private IdentityProvider Shown(UserPool pool, IdentityProvider provider)
    {
        var details = new Dictionary<string, string>(provider.ProviderDetails);
        foreach (var name in (ReadOnlySpan<string>)["client_secret", "private_key"])
            if (details.TryGetValue(name, out var secret)) details[name] = installation.Secrets.OpenText(IdentityProvider.SecretPurpose(pool.Ref, provider.ProviderName), secret);
        return provider with { ProviderDetails = details };
    }

    private static async ValueTask<IdentityProvider> Get(ISnapshot tx, UserPool pool, string name)
        => await tx.Get(Keys.IdentityProvider(pool.Ref, name), CognitoJson.Default.IdentityProvider) ?? throw Errors.NotFound($"Identity provider {name} does not exist.");

    private static void CheckDetails(string type, IReadOnlyDictionary<string, string> details)
    {
        IEnumerable<string> needed = type switch
        {
            "OIDC" => ["client_id", "authorize_scopes", "attributes_request_method", "oidc_issuer"],
            "SignInWithApple" => ["client_id", "team_id", "key_id", "authorize_scopes"],
            _ => ["client_id", "client_secret", "authorize_scopes"],
        };
        foreach (var name in needed)
            if (!details.TryGetValue(name, out var value) || value.Length == 0) throw Errors.Parameter($"Missing required provider detail {name} for {type} identity provider.");
        if (details.TryGetValue("attributes_request_method", out var method) && method is not ("GET" or "POST")) throw Errors.Parameter("attributes_request_method must be GET or POST.");
        foreach (var name in (ReadOnlySpan<string>)["oidc_issuer", "authorize_url", "token_url", "attributes_url", "jwks_uri"])
            if (details.TryGetValue(name, out var url) && !IsAddress(url)) throw Errors.Parameter($"{name} must be an https URL.");
    }

    /// <summary>AWS demands https; a provider on this machine may do without.</summary>
    private static bool IsAddress(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && (uri.Scheme == "https" || uri.Scheme == "http" && (uri.IsLoopback || uri.Host.EndsWith(".localhost", StringComparison.Ordinal))) && uri.UserInfo.Length == 0;

    private static void CheckMapping(UserPool pool, IReadOnlyDictionary<string, string>? mapping)
    {
        foreach (var name in mapping?.Keys ?? [])
            if (name != "username" && pool.SchemaAttributes.All(known => known.Name != name)) throw Errors.Parameter($"Invalid attribute mapping: attribute {name} does not exist in the schema.");
    }

    private static async ValueTask CheckIdentifiers(ISnapshot tx, UserPool pool, string provider, IReadOnlyList<string>? identifiers)
    {
        if (identifiers is not { Count: > 0 }) return;
        foreach (var other in await tx.List(Keys.IdentityProviders(pool.Ref), CognitoJson.Default.IdentityProvider))
            if (other.ProviderName != provider && other.IdpIdentifiers?.Intersect(identifiers).FirstOrDefault() is { } taken)
                throw Errors.Parameter($"The identifier {taken} is already used by the provider {other.ProviderName}.");
    }

    private static Dictionary<string, string> Mapped(string type, IReadOnlyDictionary<string, string>? given)
    {
        var mapping = new Dictionary<string, string>(given ?? new Dictionary<string, string>());
        mapping.TryAdd("username", type switch { "Facebook" => "id", "LoginWithAmazon" => "user_id", _ => "sub" });
        return mapping;
    }

    private static Dictionary<string, string> Filled(string type, IReadOnlyDictionary<string, string> given)
    {
        var details = new Dictionary<string, string>(given);
        (string Name, string Value)[] own = type switch
        {
            "Google" => [
                ("oidc_issuer", "https://accounts.google.com"), ("authorize_url", "https://accounts.google.com/o/oauth2/v2/auth"), ("token_url", "https://www.googleapis.com/oauth2/v4/token"),
                ("token_request_method", "POST"), ("attributes_url", "https://people.googleapis.com/v1/people/me?personFields="), ("attributes_url_add_attributes", "true")],
            "Facebook" => [
                ("authorize_url", "https://www.facebook.com/v17.0/dialog/oauth"), ("token_url", "https://graph.facebook.com/v17.0/oauth/access_token"), ("token_request_method", "GET"),
                ("attributes_url", "https://graph.facebook.com/v17.0/me?fields="), ("attributes_url_add_attributes", "true")],
            "LoginWithAmazon" => [
                ("authorize_url", "https://www.amazon.com/ap/oa"), ("token_url", "https://api.amazon.com/auth/o2/token"), ("token_request_method", "POST"),
                ("attributes_url", "https://api.amazon.com/user/profile"), ("attributes_url_add_attributes", "false")],
            "SignInWithApple" => [
                ("oidc_issuer", "https://appleid.apple.com"), ("authorize_url", "https://appleid.apple.com/auth/authorize"), ("token_url", "https://appleid.apple.com/auth/token"),
                ("token_request_method", "POST"), ("attributes_url_add_attributes", "false")],
            _ => [("attributes_url_add_attributes", "false")],
        };
        foreach (var (name, value) in own) details.TryAdd(name, value);
        return details;
    }

    [GeneratedRegex(@"^[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+$")]
    private static partial Regex Name();
}

internal sealed record CreateIdentityProviderRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public required string ProviderName { get; init; }
    public required string ProviderType { get; init; }
    public required IReadOnlyDictionary<string, string> ProviderDetails { get; init; }
    public IReadOnlyDictionary<string, string>? AttributeMapping { get; init; }
    public IReadOnlyList<string>? IdpIdentifiers { get; init; }
}

internal sealed record UpdateIdentityProviderRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public required string ProviderName { get; init; }
    public IReadOnlyDictionary<string, string>? ProviderDetails { get; init; }
    public IReadOnlyDictionary<string, string>? AttributeMapping { get; init; }
    public IReadOnlyList<string>? IdpIdentifiers { get; init; }
}

internal sealed record OnProviderRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public required string ProviderName { get; init; }
}

internal sealed record OnIdentifierRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public required string IdpIdentifier { get; init; }
}

internal sealed record IdentityProviderResponse
{
    public required IdentityProvider IdentityProvider { get; init; }
}

internal sealed record ListIdentityProvidersRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public int? MaxResults { get; init; }
    public string? NextToken { get; init; }
}

internal sealed record ProviderDescription
{
    public required string ProviderName { get; init; }
    public required string ProviderType { get; init; }
    public required DateTimeOffset LastModifiedDate { get; init; }
    public required DateTimeOffset CreationDate { get; init; }
}

internal sealed record ListIdentityProvidersResponse
{
    public required IReadOnlyList<ProviderDescription> Providers { get; init; }
    public string? NextToken { get; init; }
}
