using System.Net.Http.Headers;
using System.Text.Json;

namespace Galley.Cognito.Federation;

/// <summary>
/// Speaks to OpenID Connect providers as their client: discovery (or the endpoints that the pool names), code for tokens, the id token verified,
/// then userinfo. A provider's answers are small and quick, or the sign-in fails.
/// </summary>
internal sealed class ForeignProviders(Installation installation)
{
    private readonly Lazy<HttpClient> _http = new(() => new HttpClient(new OutwardHandler(installation)) { Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = 1 << 20 });

    /// <summary>Where the provider wants to be asked.</summary>
    public async ValueTask<Endpoints> Discover(IdentityProvider provider)
    {
        var details = provider.ProviderDetails;
        var issuer = details.GetValueOrDefault("oidc_issuer") ?? throw new FederationFailed($"{provider.ProviderName} names no issuer");
        if (details.TryGetValue("authorize_url", out var authorize) && details.TryGetValue("token_url", out var token) && details.TryGetValue("jwks_uri", out var jwks))
            return new Endpoints(issuer, authorize, token, details.GetValueOrDefault("attributes_url"), jwks);
        using var said = await Json(new HttpRequestMessage(HttpMethod.Get, issuer.TrimEnd('/') + "/.well-known/openid-configuration"));
        if (Text(said, "issuer")?.TrimEnd('/') != issuer.TrimEnd('/')) throw new FederationFailed("the provider's configuration names another issuer");
        return new Endpoints(Text(said, "issuer")!, Need(said, "authorization_endpoint"), Need(said, "token_endpoint"), Text(said, "userinfo_endpoint"), Need(said, "jwks_uri"));
    }

    /// <summary>Buys tokens with the code, and asks who it is.</summary>
    public async ValueTask<ForeignUser> Redeem(UserPool pool, IdentityProvider provider, Trip trip, string code)
    {
        var endpoints = await Discover(provider);
        var details = provider.ProviderDetails;
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = trip.RedirectUri,
            ["client_id"] = details["client_id"],
            ["code_verifier"] = trip.Verifier,
        };
        if (details.TryGetValue("client_secret", out var secret)) form["client_secret"] = installation.Secrets.OpenText(IdentityProvider.SecretPurpose(pool.Ref, provider.ProviderName), secret);
        using var tokens = await Json(new HttpRequestMessage(HttpMethod.Post, endpoints.Token) { Content = new FormUrlEncodedContent(form) });
        using var keys = await Json(new HttpRequestMessage(HttpMethod.Get, endpoints.Jwks));
        using var id = ForeignIdToken.Verify(Need(tokens, "id_token"), keys, endpoints.Issuer, details["client_id"], trip.Nonce, installation.Now);
        var claims = Claims(id);
        Dictionary<string, string>? about = null;
        if (endpoints.UserInfo is not null && Text(tokens, "access_token") is { } access)
        {
            var method = details.GetValueOrDefault("attributes_request_method") == "POST" ? HttpMethod.Post : HttpMethod.Get;
            var request = new HttpRequestMessage(method, endpoints.UserInfo);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", access);
            using var info = await Json(request);
            // OIDC Core §5.3.2: an answer about somebody else is not used.
            if (Text(info, "sub") != claims.GetValueOrDefault("sub")) throw new FederationFailed("userinfo speaks of another user");
            about = Claims(info);
        }

        return new ForeignUser(Claims(tokens), claims, about);
    }

    private static Dictionary<string, string> Claims(JsonDocument json)
        => json.RootElement.EnumerateObject().ToDictionary(claim => claim.Name, claim => claim.Value.ValueKind == JsonValueKind.String ? claim.Value.GetString()! : claim.Value.GetRawText());

    private async ValueTask<JsonDocument> Json(HttpRequestMessage request)
    {
        try
        {
            using (request)
            {
                request.Headers.Accept.ParseAdd("application/json");
                using var response = await _http.Value.SendAsync(request);
                if (!response.IsSuccessStatusCode) throw new FederationFailed($"{request.RequestUri!.AbsolutePath} answered {(int)response.StatusCode}");
                var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(), new JsonDocumentOptions { AllowDuplicateProperties = false });
                return json.RootElement.ValueKind == JsonValueKind.Object ? json : throw new FederationFailed("the provider does not answer in JSON");
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or JsonException or InvalidOperationException)
        {
            installation.Log($"identity provider: {e.Message}");
            throw new FederationFailed("the provider cannot be asked");
        }
    }

    private static string Need(JsonDocument json, string name) => Text(json, name) ?? throw new FederationFailed($"the provider says no {name}");

    private static string? Text(JsonDocument json, string name) => json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    internal sealed record Endpoints(string Issuer, string Authorize, string Token, string? UserInfo, string Jwks);
}

/// <summary>What a provider said of somebody.</summary>
/// <param name="TokenResponse">Its token endpoint's answer, the tokens in it.</param>
/// <param name="IdToken">The claims of the id token, verified.</param>
/// <param name="UserInfo">What userinfo said; null where it was not asked.</param>
internal sealed record ForeignUser(IReadOnlyDictionary<string, string> TokenResponse, IReadOnlyDictionary<string, string> IdToken, IReadOnlyDictionary<string, string>? UserInfo)
{
    /// <summary>Those of userinfo over those of the id token.</summary>
    public IReadOnlyDictionary<string, string> Claims { get; } = new Dictionary<string, string>(IdToken.Concat(UserInfo ?? new Dictionary<string, string>()).GroupBy(claim => claim.Key).Select(claim => claim.Last()));
}

/// <summary>A sign-in at a provider that came to nothing; the message may be told to the application.</summary>
internal sealed class FederationFailed(string message) : Exception(message);
