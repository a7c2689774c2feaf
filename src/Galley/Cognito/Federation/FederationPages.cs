using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Galley.Cognito.OAuth;
using Galley.Cognito.SignIn;
using Galley.Store;

namespace Galley.Cognito.Federation;

/// <summary>
/// The round trip to an OpenID Connect provider: out with state, nonce and PKCE, back at /oauth2/idpresponse. The state is good once and only
/// in the browser that began.
/// </summary>
internal sealed class FederationPages(Installation installation, Grants grants, AuthorizeChecks checks, ForeignProviders providers, FederatedUsers users)
{
    public const string ReturnPath = "/oauth2/idpresponse";

    private const string CookieName = "cognito-trip";

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(15);

    /// <summary>What happens with a user who came back.</summary>
    public Func<SignInRequest, AuthorizeRequest, User, Task> Arrive { get; set; } = (_, _, _) => Task.CompletedTask;

    public async Task Begin(SignInRequest request, AuthorizeRequest asked, string name)
    {
        try
        {
            var provider = await Find(request.Pool, name);
            var endpoints = await providers.Discover(provider);
            var (state, nonce, verifier) = (grants.NewToken(), grants.NewToken(), grants.NewToken());
            var trip = new Trip
            {
                Provider = name,
                Nonce = nonce,
                Verifier = verifier,
                RedirectUri = request.Origin + ReturnPath,
                Query = request.RawQuery,
                Expires = installation.Now + Life,
            };
            var key = Keys.Trip(request.Pool.Ref, Grants.Hash(state));
            await installation.Store.Write(async tx =>
            {
                tx.Put(key, trip, CognitoJson.Default.Trip);
                await Ends.Put(tx, request.Pool.Ref, trip.Expires, key, installation.Now);
            });
            request.SetCookie(CookieName, state, Life);
            var query = new List<(string Name, string Value)>
            {
                ("client_id", provider.ProviderDetails["client_id"]), ("redirect_uri", trip.RedirectUri), ("scope", provider.ProviderDetails.GetValueOrDefault("authorize_scopes") ?? "openid"),
                ("response_type", "code"), ("state", state), ("nonce", nonce), ("code_challenge_method", "S256"),
                ("code_challenge", Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)))),
            };
            if (asked.LoginHint is { } hint) query.Add(("login_hint", hint));
            if (asked.Prompts.Count > 0) query.Add(("prompt", string.Join(' ', asked.Prompts)));
            await request.Redirect(endpoints.Authorize + (endpoints.Authorize.Contains('?') ? '&' : '?') + string.Join('&', query.Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value)}")));
        }
        catch (FederationFailed e)
        {
            await Fail(request, asked, e.Message);
        }
    }

    public async Task Return(SignInRequest request)
    {
        var state = request.Query("state") ?? "";
        var key = Keys.Trip(request.Pool.Ref, Grants.Hash(state));
        var trip = request.Cookie(CookieName) is { } cookie && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(cookie), Encoding.UTF8.GetBytes(state))
            ? await installation.Store.Write(async tx =>
            {
                var found = await tx.Get(key, CognitoJson.Default.Trip);
                if (found is not null) tx.Delete(key);
                return found;
            })
            : null;
        if (trip is null || trip.Expires <= installation.Now)
        {
            await request.ErrorPage("Invalid state");
            return;
        }

        request.DropCookie(CookieName);
        var resumed = request.Resumed(trip.Query);
        var (asked, refusal) = await checks.Read(resumed);
        if (asked is null)
        {
            await Authorize.Refuse(resumed, refusal!);
            return;
        }

        User user;
        try
        {
            if (request.Query("error") is { } error) throw new FederationFailed(request.Query("error_description") is { } why ? $"{error}: {why}" : error);
            var provider = await Find(request.Pool, trip.Provider);
            var found = await providers.Redeem(request.Pool, provider, trip, request.Query("code") ?? throw new FederationFailed("the provider sent no code"));
            user = await users.Come(request.Pool, asked.Client, provider, found);
        }
        catch (FederationFailed e)
        {
            await Fail(resumed, asked, e.Message);
            return;
        }

        await Arrive(resumed, asked, user);
    }

    private async ValueTask<IdentityProvider> Find(UserPool pool, string name)
    {
        var provider = await installation.Store.Read(tx => tx.Get(Keys.IdentityProvider(pool.Ref, name), CognitoJson.Default.IdentityProvider)) ?? throw new FederationFailed($"Identity provider {name} does not exist.");
        return provider.ProviderType is "OIDC" or "Google" ? provider : throw new FederationFailed($"Galley does not support sign-in with {provider.ProviderType}.");
    }

    /// <summary>AWS tells the application in these three parameters, in this order.</summary>
    private static Task Fail(SignInRequest request, AuthorizeRequest asked, string why)
    {
        request.Explain("provider", why);
        return request.Redirect(AuthorizeChecks.Back(asked.RedirectUri, "error_description=" + Uri.EscapeDataString(why.Length > 500 ? why[..500] : why), asked.State, asked.ResponseType == "token" ? '#' : '?') + "&error=invalid_request");
    }
}

/// <summary>A browser that is away at a provider.</summary>
internal sealed record Trip
{
    public required string Provider { get; init; }
    public required string Nonce { get; init; }
    public required string Verifier { get; init; }
    public required string RedirectUri { get; init; }

    /// <summary>The application's request, to be answered when the browser is back.</summary>
    public required string Query { get; init; }
    public required DateTimeOffset Expires { get; init; }
}
