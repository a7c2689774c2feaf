using System.Globalization;
using System.Text.RegularExpressions;
using Galley.Store;

namespace Galley.Cognito.OAuth;

/// <summary>What an application asks of the sign-in pages, after every check.</summary>
internal sealed record AuthorizeRequest
{
    public required UserPoolClient Client { get; init; }
    public required string RedirectUri { get; init; }
    public required string ResponseType { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }
    public string? State { get; init; }
    public string? Nonce { get; init; }
    public string? Challenge { get; init; }
    public IReadOnlyList<string> Prompts { get; init; } = [];

    /// <summary>The provider that the application chose for the user: `COGNITO`, or a name out of the client's list.</summary>
    public string? Provider { get; init; }
    public string? LoginHint { get; init; }

    /// <summary>Strict OIDC: seconds that a log-in may be old.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Strict OIDC: the only user that will do.</summary>
    public string? HintedSub { get; init; }

    /// <summary>The provider that the browser goes to without a page of ours: the one asked for, or the client's only one.</summary>
    public string? ForeignProvider => Provider is not null ? Provider == "COGNITO" ? null : Provider
        : Client.SupportedIdentityProviders is [var only] && only != "COGNITO" ? only : null;

    public bool Silent => Prompts.Contains("none");

    /// <summary>Whether the browser's log-in is good enough for this request.</summary>
    public bool Accepts(User user, DateTimeOffset authTime, DateTimeOffset now)
        => !Prompts.Contains("login") && (Provider is null or "COGNITO" || user.Identities?.Any(account => account.ProviderName == Provider) == true) && !(MaxAge is { } age && now - authTime > age) && (HintedSub is null || HintedSub == user.Sub);
}

/// <summary>Why a request is refused: an address to go to, or a page of our own when no address can be trusted.</summary>
internal sealed record Refusal(string? Location, string Error);

/// <summary>
/// The checks of /login and /oauth2/authorize in AWS's order: client, redirect URI, and only then what may be told to the application.
/// </summary>
internal sealed partial class AuthorizeChecks(Installation installation, IdTokenHints hints)
{
    private static readonly string[] Single =
    [
        "response_type", "state", "scope", "nonce", "code_challenge", "code_challenge_method", "prompt", "identity_provider", "idp_identifier",
        "login_hint", "lang", "max_age", "id_token_hint", "request", "request_uri",
    ];

    public async ValueTask<(AuthorizeRequest? Request, Refusal? Refusal)> Read(SignInRequest request)
    {
        if (Twice(request, "client_id") || Twice(request, "redirect_uri")) return (null, new Refusal(null, "invalid_request"));
        if (request.Query("client_id") is not { Length: > 0 } clientId) return (null, new Refusal(null, "Required String parameter 'client_id' is not present"));
        var client = await installation.Store.Read(tx => Clients.Find(tx, request.Pool.Ref, clientId));
        if (client is null)
        {
            request.Explain("client", $"the user pool {request.Pool.Id} has no client with this client_id", "take the id of one of the pool's clients (ListUserPoolClients), and the sign-in host of that client's pool");
            return (null, new Refusal(null, "Client does not exist."));
        }

        if (request.Query("redirect_uri") is not { Length: > 0 } redirect) return (null, new Refusal(null, "Required String parameter 'redirect_uri' is not present"));
        if (client.CallbackURLs?.Any(registered => installation.Names.Same(registered, redirect)) != true)
        {
            request.Explain("redirect", $"redirect_uri {WithoutQuery(redirect)} is none of the CallbackURLs of client {clientId}: {string.Join(", ", client.CallbackURLs ?? [])}", "register exactly this address, letter for letter, as a callback URL of the client");
            return (null, new Refusal(request.Link("/error", $"error=redirect_mismatch&client_id={Uri.EscapeDataString(clientId)}"), "redirect_mismatch"));
        }

        var state = Twice(request, "state") ? null : request.Query("state");
        Refusal Back(string error) => new(AuthorizeChecks.Back(redirect, $"error={error}", state, installation.Options.StrictOidc && request.Query("response_type") == "token" ? '#' : '?'), error);
        if (Problem(request, client) is { } problem) return (null, Back(problem));
        var (provider, unknown) = await Provider(request, client);
        if (unknown) return (null, Back(Because(request, "invalid_request", $"the identity provider asked for is none of the client's: {string.Join(", ", client.SupportedIdentityProviders ?? [])}", "add it to the client's SupportedIdentityProviders")));
        var (hinted, lying) = await Hinted(request);
        if (lying) return (null, Back("invalid_request"));
        return (new AuthorizeRequest
        {
            Client = client,
            RedirectUri = redirect,
            ResponseType = request.Query("response_type")!,
            Scopes = ScopesOf(request, client),
            State = state,
            Nonce = request.Query("nonce"),
            Challenge = request.Query("code_challenge"),
            Prompts = Words(request.Query("prompt")),
            Provider = provider,
            LoginHint = request.Query("login_hint"),
            MaxAge = installation.Options.StrictOidc && request.Query("max_age") is { } age ? TimeSpan.FromSeconds(int.Parse(age, CultureInfo.InvariantCulture)) : null,
            HintedSub = hinted,
        }, null);
    }

    /// <summary>The application's address with an answer in its query, `state` last and only when it was sent.</summary>
    public static string Back(string redirect, string answer, string? state, char mark = '?')
        => redirect + (mark == '?' && redirect.Contains('?') ? '&' : mark) + answer + (state is null ? "" : "&state=" + Uri.EscapeDataString(state));

    public static string WithState(string address, string? state)
        => state is null ? address : address + (address.Contains('?') ? '&' : '?') + "state=" + Uri.EscapeDataString(state);

    private string? Problem(SignInRequest request, UserPoolClient client)
    {
        if (Single.FirstOrDefault(name => Twice(request, name)) is { } doubled) return Because(request, "invalid_request", $"{doubled} is there twice");
        if (request.Query("request") is not null) return Because(request, "request_not_supported", "request objects are not supported");
        if (request.Query("request_uri") is not null) return Because(request, "request_uri_not_supported", "request objects are not supported");
        if (request.Query("response_type") is not ("code" or "token") and var type)
            return Because(request, type is null or "" ? "invalid_request" : "unsupported_response_type", "response_type is neither `code` nor `token`", "ask with response_type=code");
        var flow = request.Query("response_type") == "code" ? "code" : "implicit";
        if (client.AllowedOAuthFlowsUserPoolClient != true || client.AllowedOAuthFlows?.Contains(flow) != true)
            return Because(request, "unauthorized_client", $"client {client.ClientId} may not use the {flow} flow; AllowedOAuthFlowsUserPoolClient is {client.AllowedOAuthFlowsUserPoolClient == true}, AllowedOAuthFlows are [{string.Join(", ", client.AllowedOAuthFlows ?? [])}]", $"set AllowedOAuthFlowsUserPoolClient and add `{flow}` to AllowedOAuthFlows");
        if (client.SupportedIdentityProviders is not { Count: > 0 }) return Because(request, "unauthorized_client", $"client {client.ClientId} has no identity provider", "set SupportedIdentityProviders to [COGNITO]");
        var scopes = ScopesOf(request, client);
        if (scopes.FirstOrDefault(scope => client.AllowedOAuthScopes?.Contains(scope) != true && !IsAddress(client, scope)) is { } foreign)
            return Because(request, "invalid_scope", $"the scope {foreign} is none of client {client.ClientId}'s: {string.Join(" ", client.AllowedOAuthScopes ?? [])}", "add it to AllowedOAuthScopes, or do not ask for it");
        if (installation.Options.StrictOidc && request.Query("scope") is { Length: > 0 } && scopes.Count == 0) return "invalid_scope";
        var challenge = request.Query("code_challenge");
        var method = request.Query("code_challenge_method");
        if (challenge is null != method is null || method is not (null or "S256") || challenge is not null && !ChallengeText().IsMatch(challenge))
            return Because(request, "invalid_request", "code_challenge and code_challenge_method must come together, the method must be S256 and the challenge 43 letters of base64url");
        if (installation.Options.StrictOidc && request.Query("max_age") is { } age && !Seconds().IsMatch(age)) return "invalid_request";
        var prompts = Words(request.Query("prompt"));
        return prompts.All(prompt => prompt is "none" or "login" or "select_account" or "consent") && (!prompts.Contains("none") || prompts.Count == 1) ? null
            : Because(request, "invalid_request", "prompt may be none alone, or login, select_account, consent");
    }

    private static string Because(SignInRequest request, string error, string why, string fix = "")
    {
        request.Explain("authorize request", why, fix);
        return error;
    }

    private static string WithoutQuery(string url) => url.Split('?', '#')[0];

    /// <summary>The provider asked for by name or by one of its identifiers. A provider that the client does not have is nobody's.</summary>
    private async ValueTask<(string? Name, bool Unknown)> Provider(SignInRequest request, UserPoolClient client)
    {
        var name = request.Query("identity_provider");
        if (name is null && request.Query("idp_identifier") is { Length: > 0 } identifier)
        {
            var providers = await installation.Store.Read(tx => tx.List(Keys.IdentityProviders(request.Pool.Ref), CognitoJson.Default.IdentityProvider));
            name = providers.Find(known => known.IdpIdentifiers?.Contains(identifier) == true)?.ProviderName ?? "";
        }

        return name is null ? (null, false) : (name, client.SupportedIdentityProviders?.Contains(name) != true);
    }

    private async ValueTask<(string? Sub, bool Lying)> Hinted(SignInRequest request)
    {
        if (!installation.Options.StrictOidc || request.Query("id_token_hint") is not { } token) return (null, false);
        var hint = await hints.Read(request.Pool, token);
        return (hint?.Sub, hint is null || hint.ClientId != request.Query("client_id"));
    }

    /// <summary>
    /// The scopes asked for; all of the client's when none is. OIDC Core §3.1.2.1 has unknown ones ignored, Cognito refuses them.
    /// </summary>
    private IReadOnlyList<string> ScopesOf(SignInRequest request, UserPoolClient client)
    {
        if (request.Query("scope") is not { Length: > 0 } text) return client.AllowedOAuthScopes ?? [];
        var asked = Words(text).Distinct();
        return installation.Options.StrictOidc ? [.. asked.Where(scope => client.AllowedOAuthScopes?.Contains(scope) == true || IsAddress(client, scope))] : [.. asked];
    }

    /// <summary>Cognito has no `address` scope; a strict server gives it to clients that may read the profile.</summary>
    private bool IsAddress(UserPoolClient client, string scope)
        => installation.Options.StrictOidc && scope == "address" && client.AllowedOAuthScopes?.Contains("profile") == true;

    private static IReadOnlyList<string> Words(string? text) => text?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static bool Twice(SignInRequest request, string name) => request.QueryPairs.Count(pair => pair.Key == name) > 1;

    [GeneratedRegex("^[A-Za-z0-9_-]{43}$")]
    private static partial Regex ChallengeText();

    [GeneratedRegex("^[0-9]{1,9}$")]
    private static partial Regex Seconds();
}
