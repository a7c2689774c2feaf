using Galley.Cognito.SignIn;
using Galley.Wire;

namespace Galley.Cognito.OAuth;

/// <summary>POST /oauth2/revoke (RFC 7009): ends the log-in of a refresh token.</summary>
internal sealed class Revoke(Installation installation, ClientAuthentication authentication, AccessTokens tokens)
{
    public async Task Serve(SignInRequest request)
    {
        if (!await request.ReadForm() || request.Form("token") is not { Length: > 0 } token)
        {
            await request.Error("invalid_request");
            return;
        }

        var (client, error) = await authentication.Check(request);
        if (client is null)
        {
            await request.RefuseClient(error!, installation.Options.StrictOidc, usual: 401);
            return;
        }

        if (!client.Revocable)
        {
            await request.Error("invalid_request");
            return;
        }

        try
        {
            await SelfService.Revoke(installation, tokens, request.Pool, client, token);
            request.Http.Response.StatusCode = 200;
        }
        catch (AwsError e)
        {
            await request.Error(e.Code == "UnsupportedTokenTypeException" ? "unsupported_token_type" : "unauthorized_client");
        }
    }
}
