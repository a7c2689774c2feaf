using Galley.Store;

namespace Galley.Cognito.OAuth;

/// <summary>GET /logout: ends the browser's session and goes to a registered logout URL, or back to the log-in page.</summary>
internal sealed class Logout(Installation installation, BrowserSessions sessions)
{
    public async Task Serve(SignInRequest request)
    {
        if (request.Query("client_id") is not { Length: > 0 } clientId)
        {
            await request.ErrorPage("Required String parameter 'client_id' is not present");
            return;
        }

        var client = await installation.Store.Read(tx => tx.Get(Keys.Client(request.Pool.Ref, clientId), CognitoJson.Default.UserPoolClient));
        if (client is null)
        {
            await request.ErrorPage("Client does not exist.");
        }
        else if (request.Query("logout_uri") is { } target)
        {
            if (request.QueryPairs.Count(pair => pair.Key == "logout_uri") > 1 || client.LogoutURLs?.Any(registered => installation.Names.Same(registered, target)) != true)
            {
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
}
