using Galley.Cognito.Pages;
using Galley.Store;

namespace Galley.Cognito.OAuth;

/// <summary>
/// /logout: ends the browser's session and goes to a registered logout URL, or back to the log-in page. A strict server also speaks
/// OpenID Connect RP-Initiated Logout 1.0 (`id_token_hint`, `post_logout_redirect_uri`).
/// </summary>
internal sealed class Logout(Installation installation, BrowserSessions sessions, IdTokenHints hints, Looks looks)
{
    public async Task Serve(SignInRequest request)
    {
        if (request.Method == "POST" && !await request.ReadForm())
        {
            await request.ErrorPage("invalid_request");
            return;
        }

        if (installation.Options.StrictOidc && (request.Method == "POST" || request.Query("logout_uri") is null && request.Query("redirect_uri") is null)) await ServeStrict(request);
        else await ServeCognito(request);
    }

    private async Task ServeCognito(SignInRequest request)
    {
        if (request.Query("client_id") is not { Length: > 0 } clientId)
        {
            await request.ErrorPage("Required String parameter 'client_id' is not present");
            return;
        }

        var client = await Client(request, clientId);
        if (client is null)
        {
            await request.ErrorPage("Client does not exist.");
        }
        else if (request.Query("logout_uri") is { } target)
        {
            if (request.QueryPairs.Count(pair => pair.Key == "logout_uri") > 1 || !MayReturn(client, target))
            {
                request.Explain("redirect", $"logout_uri is none of the LogoutURLs of client {clientId}: {string.Join(", ", client.LogoutURLs ?? [])}", "register exactly this address as a logout URL of the client");
                await request.ErrorPage("Invalid logout_uri");
                return;
            }

            await sessions.Close(request);
            await request.Redirect(target);
        }
        else if (request.Query("redirect_uri") is null)
        {
            await request.Redirect(request.Link("/error", "error=" + Uri.EscapeDataString("Required String parameter 'redirect_uri' is not present")));
        }
        else
        {
            // The log-in page checks the rest of the query itself.
            await sessions.Close(request);
            var scope = request.Query("scope") is null && client.AllowedOAuthScopes is { Count: > 0 } all ? "&scope=" + Uri.EscapeDataString(string.Join(' ', all)) : "";
            await request.Redirect(request.Link("/login", request.RawQuery + scope));
        }
    }

    private async Task ServeStrict(SignInRequest request)
    {
        string? Value(string name) => request.Method == "POST" ? request.Form(name) : request.Query(name);
        var pairs = request.Method == "POST" ? request.FormPairs : request.QueryPairs;
        if (pairs.GroupBy(pair => pair.Key).Any(group => group.Count() > 1))
        {
            await request.ErrorPage("invalid_request");
            return;
        }

        var hint = Value("id_token_hint") is { } token ? await hints.Read(request.Pool, token) : null;
        var clientId = Value("client_id") ?? hint?.ClientId;
        var client = clientId is null ? null : await Client(request, clientId);
        var target = Value("post_logout_redirect_uri");
        var wrong = Value("id_token_hint") is not null && hint is null ? "Invalid id_token_hint"
            : clientId is not null && client is null ? "Client does not exist."
            : hint is not null && hint.ClientId != clientId ? "Invalid id_token_hint"
            : target is not null && (client is null || !MayReturn(client, target)) ? "Invalid post_logout_redirect_uri"
            : null;
        if (wrong is not null)
        {
            await request.ErrorPage(wrong);
            return;
        }

        // Without a hint that speaks of this very user any page could end the session (RP-Initiated Logout §2), so the person is asked.
        var session = await sessions.Find(request);
        var confirmed = request.Method == "POST" && request.Form("_confirmed") is not null && request.IsFromOwnPage();
        if (session is not null && hint?.Sub != session.Value.User.Sub && !confirmed)
        {
            await looks.Show(request, client, LogoutPages.Ask(request, pairs));
            return;
        }

        await sessions.Close(request);
        if (target is not null) await request.Redirect(AuthorizeChecks.WithState(target, Value("state")));
        else await looks.Show(request, client, LogoutPages.Done());
    }

    private ValueTask<UserPoolClient?> Client(SignInRequest request, string clientId)
        => installation.Store.Read(tx => Clients.Find(tx, request.Pool.Ref, clientId));

    private bool MayReturn(UserPoolClient client, string target) => client.LogoutURLs?.Any(registered => installation.Names.Same(registered, target)) == true;
}
