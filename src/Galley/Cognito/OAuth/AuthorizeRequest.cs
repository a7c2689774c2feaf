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
    public string? Prompt { get; init; }
}

/// <summary>Why a request is refused: an address to go to, or a page of our own when no address can be trusted.</summary>
internal sealed record Refusal(string? Location, string Error);

/// <summary>
/// The checks of /login and /oauth2/authorize in AWS's order: client, redirect URI, and only then what may be told to the application.
/// </summary>
internal sealed partial class AuthorizeChecks(Installation installation)
{
    private static readonly string[] Single = ["response_type", "state", "scope", "nonce", "code_challenge", "code_challenge_method", "prompt", "identity_provider"];

    public async ValueTask<(AuthorizeRequest? Request, Refusal? Refusal)> Read(SignInRequest request)
    {
        if (Twice(request, "client_id") || Twice(request, "redirect_uri")) return (null, new Refusal(null, "invalid_request"));
        if (request.Query("client_id") is not { Length: > 0 } clientId) return (null, new Refusal(null, "Required String parameter 'client_id' is not present"));
        var client = await installation.Store.Read(tx => tx.Get(Keys.Client(request.Pool.Ref, clientId), CognitoJson.Default.UserPoolClient));
        if (client is null) return (null, new Refusal(null, "Client does not exist."));
        if (request.Query("redirect_uri") is not { Length: > 0 } redirect) return (null, new Refusal(null, "Required String parameter 'redirect_uri' is not present"));
        if (client.CallbackURLs?.Any(registered => installation.Names.Same(registered, redirect)) != true)
            return (null, new Refusal(request.Link("/error", $"error=redirect_mismatch&client_id={Uri.EscapeDataString(clientId)}"), "redirect_mismatch"));

        var state = request.Query("state");
        if (Problem(request, client) is { } error) return (null, new Refusal(Back(redirect, $"error={error}", Twice(request, "state") ? null : state), error));
        return (new AuthorizeRequest
        {
            Client = client,
            RedirectUri = redirect,
            ResponseType = request.Query("response_type")!,
            Scopes = ScopesOf(request, client),
            State = state,
            Nonce = request.Query("nonce"),
            Challenge = request.Query("code_challenge"),
            Prompt = request.Query("prompt"),
        }, null);
    }

    /// <summary>The application's address with an answer in its query, `state` last and only when it was sent.</summary>
    public static string Back(string redirect, string answer, string? state, char mark = '?')
        => redirect + (mark == '?' && redirect.Contains('?') ? '&' : mark) + answer + (state is null ? "" : "&state=" + Uri.EscapeDataString(state));

    private static string? Problem(SignInRequest request, UserPoolClient client)
    {
        if (Single.Any(name => Twice(request, name))) return "invalid_request";
        if (request.Query("request") is not null) return "request_not_supported";
        if (request.Query("request_uri") is not null) return "request_uri_not_supported";
        if (request.Query("response_type") is not ("code" or "token") and var type) return type is null or "" ? "invalid_request" : "unsupported_response_type";
        var flow = request.Query("response_type") == "code" ? "code" : "implicit";
        if (client.AllowedOAuthFlowsUserPoolClient != true || client.AllowedOAuthFlows?.Contains(flow) != true) return "unauthorized_client";
        if (client.SupportedIdentityProviders?.Contains("COGNITO") != true) return "unauthorized_client";
        if (request.Query("identity_provider") is not (null or "COGNITO")) return "invalid_request";
        if (ScopesOf(request, client).Any(scope => client.AllowedOAuthScopes?.Contains(scope) != true)) return "invalid_scope";
        var challenge = request.Query("code_challenge");
        var method = request.Query("code_challenge_method");
        if (challenge is null != method is null || method is not (null or "S256") || challenge is not null && !ChallengeText().IsMatch(challenge)) return "invalid_request";
        return request.Query("prompt") is null or "none" or "login" ? null : "invalid_request";
    }

    /// <summary>The scopes asked for; all of the client's when none is.</summary>
    private static IReadOnlyList<string> ScopesOf(SignInRequest request, UserPoolClient client)
        => request.Query("scope") is { Length: > 0 } asked ? [.. asked.Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct()] : client.AllowedOAuthScopes ?? [];

    private static bool Twice(SignInRequest request, string name) => request.QueryPairs.Count(pair => pair.Key == name) > 1;

    [GeneratedRegex("^[A-Za-z0-9_-]{43}$")]
    private static partial Regex ChallengeText();
}
