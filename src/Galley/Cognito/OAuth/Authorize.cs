using Galley.Cognito.Federation;
using Galley.Cognito.SignIn;
using Galley.Store;

namespace Galley.Cognito.OAuth;

/// <summary>GET /oauth2/authorize, and the way back to the application with a code or tokens.</summary>
internal sealed class Authorize(Installation installation, AuthorizeChecks checks, BrowserSessions sessions, Grants grants, Tokens tokens, FederationPages federation)
{
    private static readonly TimeSpan CodeLife = TimeSpan.FromMinutes(5);

    public async Task Begin(SignInRequest request)
    {
        var (asked, refusal) = await checks.Read(request);
        if (asked is null) await Refuse(request, refusal!);
        else if (!asked.Prompts.Contains("select_account") && await sessions.Find(request) is { } session && asked.Accepts(session.User, session.AuthTime, installation.Now)) await Complete(request, asked, session.User, session.AuthTime);
        else if (asked.Silent)
        {
            request.Explain("session", "prompt=none, and the browser has no log-in here that will do", "sign in first, or ask without prompt=none");
            await request.Redirect(AuthorizeChecks.Back(asked.RedirectUri, "error=login_required", asked.State, MarkOf(asked)));
        }
        else if (asked.ForeignProvider is { } provider) await federation.Begin(request, asked, provider);
        else await request.Redirect(request.Link("/login", request.RawQuery));
    }

    /// <summary>OIDC Core §3.1.2.1: the same request by POST. The browser comes again by GET, which also brings its cookies from a foreign page.</summary>
    public static async Task BeginByForm(SignInRequest request)
    {
        if (!await request.ReadForm()) await request.ErrorPage("invalid_request");
        else await request.Redirect(request.Link("/oauth2/authorize", string.Join('&', request.FormPairs.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"))));
    }

    public static Task Refuse(SignInRequest request, Refusal refusal)
    {
        if (refusal.Location is not { } location) return request.ErrorPage(refusal.Error);
        request.Explain("answer", $"the browser was sent on with error={refusal.Error}");
        return request.Redirect(location);
    }

    /// <summary>Sends the browser back with what was asked for.</summary>
    public async Task Complete(SignInRequest request, AuthorizeRequest asked, User user, DateTimeOffset? authTime = null)
    {
        if (asked.ResponseType == "token") await CompleteImplicit(request, asked, user, authTime);
        else await CompleteCode(request, asked, user, authTime);
    }

    private async Task CompleteCode(SignInRequest request, AuthorizeRequest asked, User user, DateTimeOffset? authTime)
    {
        var code = installation.Ids.Uuid();
        var now = installation.Now;
        var key = Keys.AuthorizationCode(request.Pool.Ref, Grants.Hash(code));
        await installation.Store.Write(async tx =>
        {
            tx.Put(key, new AuthorizationCode
            {
                ClientId = asked.Client.ClientId,
                Username = user.Username,
                RedirectUri = asked.RedirectUri,
                Scopes = asked.Scopes,
                Challenge = asked.Challenge,
                Nonce = asked.Nonce,
                AuthTime = authTime ?? now,
                Expires = now + CodeLife,
            }, CognitoJson.Default.AuthorizationCode);
            // Kept for a while after its end, so that a second use is known for one.
            await Ends.Put(tx, request.Pool.Ref, now + TimeSpan.FromHours(1), key, now);
        });
        await request.Redirect(AuthorizeChecks.Back(asked.RedirectUri, "code=" + code, asked.State));
    }

    private async Task CompleteImplicit(SignInRequest request, AuthorizeRequest asked, User user, DateTimeOffset? authTime)
    {
        var grant = grants.For(asked.Client, user, installation.Ids.Uuid(), asked.Scopes, hosted: true, asked.Nonce, authTime);
        // The refresh token of this log-in is thrown away; its row is what keeps the access token good.
        await installation.Store.Write(tx => grants.Open(tx, request.Pool, grant, grants.NewToken()));
        var issued = await tokens.Issue(request.Pool, asked.Client, user, grant);
        var id = issued.IdToken is null ? "" : $"id_token={issued.IdToken}&";
        await request.Redirect(AuthorizeChecks.Back(asked.RedirectUri, $"{id}access_token={issued.AccessToken}&expires_in={issued.ExpiresIn}&token_type=Bearer", asked.State, '#'));
    }

    private static char MarkOf(AuthorizeRequest asked) => asked.ResponseType == "token" ? '#' : '?';
}

/// <summary>A code on its way through the browser. Spent, it names the log-in it became, which a second use ends.</summary>
internal sealed record AuthorizationCode
{
    public required string ClientId { get; init; }
    public required string Username { get; init; }
    public required string RedirectUri { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }
    public string? Challenge { get; init; }
    public string? Nonce { get; init; }
    public required DateTimeOffset AuthTime { get; init; }
    public required DateTimeOffset Expires { get; init; }
    public bool Spent { get; init; }
    public string? Origin { get; init; }
}
