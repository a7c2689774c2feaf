using Galley.Cognito.SignIn;
using Galley.Wire;

namespace Galley.Cognito.OAuth;

/// <summary>/oauth2/userInfo: the user's attributes that an access token with `openid` may see; booleans as text, as AWS writes them.</summary>
internal sealed class UserInfo(AccessTokens tokens)
{
    private const string Dead = "error=\"invalid_token\", error_description=\"Access token is expired, disabled, or deleted, or the user has globally signed out.\"";
    private const string Bad = "error=\"invalid_request\", error_description=\"Bad OAuth2 request at UserInfo Endpoint\"";

    public async Task Serve(SignInRequest request)
    {
        var header = request.Header("Authorization");
        if (header?.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) != true || header[7..].Trim().Split('.').Length != 3)
        {
            await Refuse(request, 400, "invalid_request", Bad);
            return;
        }

        Bearer bearer;
        try
        {
            bearer = await tokens.Check(header[7..].Trim(), "openid");
        }
        catch (AwsError)
        {
            await Refuse(request, 401, "invalid_token", Dead);
            return;
        }

        if (bearer.Pool.Id != request.Pool.Id)
        {
            await Refuse(request, 401, "invalid_token", Dead);
            return;
        }

        await request.Json(200, Json.Object(writer =>
        {
            writer.WriteString("sub", bearer.User.Sub);
            foreach (var attribute in bearer.User.Attributes)
                if (AttributeRules.Readable(bearer.Client, attribute.Name) && Tokens.InScopes(bearer.Scopes, attribute.Name))
                    writer.WriteString(attribute.Name, attribute.Value);
            writer.WriteString("username", bearer.User.Username);
        }));
    }

    private static Task Refuse(SignInRequest request, int status, string error, string challenge)
    {
        request.Http.Response.Headers.WWWAuthenticate = challenge;
        return request.Error(error, status);
    }
}
