using System.Text.Json;

namespace Galley.CognitoIdentity;

/// <summary>Reads the Logins map of a request: each token must be its provider's, genuine, in time, and for a client that the pool knows.</summary>
internal sealed class Logins(IReadLogins tokens, ICheckUsers users, OpenIdTokens ours)
{
    public const string Google = "accounts.google.com", Apple = "appleid.apple.com", Own = "cognito-identity.amazonaws.com";
    private const int Most = 10;

    /// <summary>The proven logins; empty for a guest. Throws NotAuthorizedException with AWS's words.</summary>
    public async ValueTask<List<ProvenLogin>> Prove(Pool pool, Dictionary<string, string>? logins)
    {
        if (logins is { Count: > Most }) throw Errors.Constraint("[…]", "logins", $"Member must have length less than or equal to {Most}");
        var proven = new List<ProvenLogin>();
        foreach (var (provider, token) in logins ?? []) proven.Add(await Prove(pool, provider, token));
        return proven;
    }

    private async ValueTask<ProvenLogin> Prove(Pool pool, string provider, string token)
    {
        if (provider is "graph.facebook.com" or "www.amazon.com" or "api.twitter.com" or "www.digits.com") throw Errors.NotSupported($"the login provider {provider}: its tokens can only be checked by asking it");
        var audience = await AudienceOf(pool, provider);
        var login = await tokens.Read(token, issuer => IsIssuer(provider, issuer)) ?? throw Errors.NotAuthorized("Invalid login token. Not a valid OpenId Connect identity token.");
        if (!IsIssuer(provider, login.Issuer)) throw Errors.NotAuthorized("Invalid login token. Issuer doesn't match providerName");
        if (!login.Signed) throw Errors.NotAuthorized("Invalid login token. Token signature invalid.");
        if (login.Expired) throw Errors.NotAuthorized($"Invalid login token. Token expired: {ours.Now} >= {login.Expires}");
        if (provider == Own) return Developer(pool, login);
        var known = audience.FirstOrDefault(one => login.Audience.Contains(one.ClientId)) ?? throw Errors.NotAuthorized("Invalid login token. Incorrect token audience.");
        var subject = Text(login, "sub") ?? throw Errors.NotAuthorized("Invalid login token. Missing a required claim: sub");
        if (IsUserPool(provider))
        {
            if (Text(login, "token_use") != "id") throw Errors.NotAuthorized("Invalid login token. Not a Cognito ID token.");
            if (known.Check && !await users.IsSignedIn(provider[(provider.LastIndexOf('/') + 1)..], Text(login, "cognito:username") ?? "", subject, Text(login, "origin_jti") ?? Text(login, "event_id") ?? ""))
                throw Errors.NotAuthorized("Invalid login token. The user is not signed in.");
        }

        return new(provider, subject, known.ClientId, login.Claims);
    }

    /// <summary>A token of our own for a developer's user: the login it was made for.</summary>
    private static ProvenLogin Developer(Pool pool, LoginToken login)
    {
        if (!login.Audience.Contains(pool.Id) || pool.DeveloperProviderName is not { } name) throw Errors.NotAuthorized("Invalid login token. Incorrect token audience.");
        var mark = $":{name}:"; // `login.mycompany:eu-west-2:9a…:login.mycompany:user`
        var method = login.Claims.GetProperty("amr").EnumerateArray().Select(item => item.GetString() ?? "").FirstOrDefault(item => item.Contains(mark, StringComparison.Ordinal))
            ?? throw Errors.LoginsDoNotMatch();
        return new(name, method[(method.IndexOf(mark, StringComparison.Ordinal) + mark.Length)..], pool.Id, login.Claims) { IdentityId = Text(login, "sub") };
    }

    private async ValueTask<IReadOnlyList<KnownClient>> AudienceOf(Pool pool, string provider)
    {
        var clients = new List<KnownClient>();
        if (provider == Own) return clients;
        foreach (var known in pool.CognitoIdentityProviders ?? [])
            if (known.ProviderName == provider)
                clients.Add(new(known.ClientId!, known.ServerSideTokenCheck == true));
        if (pool.SupportedLoginProviders?.TryGetValue(provider, out var list) == true)
            clients.AddRange(list.Split(',', StringSplitOptions.TrimEntries).Select(id => new KnownClient(id, false)));
        foreach (var arn in pool.OpenIdConnectProviderARNs ?? [])
            if (await tokens.Provider(arn) is { } oidc && oidc.Url == provider)
                clients.AddRange(oidc.ClientIds.Select(id => new KnownClient(id, false)));
        return clients.Count > 0 ? clients : throw Errors.NotAuthorized("Token is not from a supported provider of this identity pool.");
    }

    private static bool IsUserPool(string provider) => provider.StartsWith("cognito-idp.", StringComparison.Ordinal);

    /// <summary>A user pool's issuer may be written as its local twin, at our own port: elsewhere anybody could be the issuer of a pool's id.</summary>
    private bool IsIssuer(string provider, string issuer)
        => issuer == "https://" + provider || issuer == provider || IsUserPool(provider) && ours.IsHere(issuer) && issuer.EndsWith(provider[provider.LastIndexOf('/')..], StringComparison.Ordinal)
           || issuer.StartsWith("http://", StringComparison.Ordinal) && issuer["http://".Length..].TrimEnd('/') == provider || issuer.TrimEnd('/') == "https://" + provider;

    private static string? Text(LoginToken login, string name) => login.Claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private sealed record KnownClient(string ClientId, bool Check);
}

/// <param name="Provider">Key of the Logins map; a developer's provider name for a developer's user.</param>
/// <param name="Subject">`sub`</param>
/// <param name="ClientId">The audience that matched.</param>
/// <param name="Claims">Of the token.</param>
internal sealed record ProvenLogin(string Provider, string Subject, string ClientId, JsonElement Claims)
{
    /// <summary>Where our own token names the identity.</summary>
    public string? IdentityId { get; init; }

    /// <summary>What `amr` says of it: the provider, and the user behind it.</summary>
    public IEnumerable<string> Methods => Provider.StartsWith("cognito-idp.", StringComparison.Ordinal)
        ? [Provider, $"{Provider}:CognitoSignIn:{Subject}"]
        : [Provider, $"{Provider}:{ClientId}:{Subject}"];
}
