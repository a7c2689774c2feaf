using System.Globalization;
using System.Text.Json;
using Galley.Cognito.SignIn;
using Galley.Wire;

namespace Galley.Cognito.OAuth;

/// <summary>/oauth2/userInfo: the user's attributes that an access token with `openid` may see; booleans as text, as AWS writes them.</summary>
internal sealed class UserInfo(Installation installation, AccessTokens tokens)
{
    private const string Dead = "error=\"invalid_token\", error_description=\"Access token is expired, disabled, or deleted, or the user has globally signed out.\"";
    private const string Bad = "error=\"invalid_request\", error_description=\"Bad OAuth2 request at UserInfo Endpoint\"";

    public async Task Serve(SignInRequest request)
    {
        var token = await TokenOf(request);
        if (token is null || token.AsSpan().Count('.') != 2)
        {
            request.Explain("token", "there is no access token in the Authorization header", "send `Authorization: Bearer <access token>`");
            await Refuse(request, 400, "invalid_request", Bad);
            return;
        }

        Bearer? bearer = null;
        try
        {
            bearer = await tokens.Check(token, "openid", request.Pool);
        }
        catch (AwsError e)
        {
            // Every reason is the same answer.
            request.Explain("token", e.Message, "sign in with the scope openid, and send the access token while it lives");
        }

        if (bearer is not null && bearer.Pool.Id != request.Pool.Id) request.Explain("token", $"the token is one of pool {bearer.Pool.Id}, and this host is pool {request.Pool.Id}'s");
        if (bearer is null || bearer.Pool.Id != request.Pool.Id) await Refuse(request, 401, "invalid_token", Dead);
        else await request.Json(200, Claims(bearer));
    }

    /// <summary>From the header; RFC 6750 §2.2 also has a form field, which Cognito does not read.</summary>
    private async ValueTask<string?> TokenOf(SignInRequest request)
    {
        var header = request.Header("Authorization");
        if (header?.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) == true) return header[7..].Trim();
        return installation.Options.StrictOidc && header is null && request.Method == "POST" && await request.ReadForm() ? request.Form("access_token") : null;
    }

    private byte[] Claims(Bearer bearer)
    {
        var strict = installation.Options.StrictOidc;
        return Json.Object(writer =>
        {
            writer.WriteString("sub", bearer.User.Sub);
            foreach (var attribute in bearer.User.Attributes)
                if (AttributeRules.Readable(bearer.Client, attribute.Name) && Tokens.InScopes(bearer.Scopes, attribute.Name, strict))
                    Write(writer, attribute, strict);
            writer.WriteString("username", bearer.User.Username);
        });
    }

    private static void Write(Utf8JsonWriter writer, UserAttribute attribute, bool strict)
    {
        if (!strict) writer.WriteString(attribute.Name, attribute.Value);
        else if (attribute.Name is "email_verified" or "phone_number_verified") writer.WriteBoolean(attribute.Name, attribute.Value == "true");
        else if (attribute.Name == "updated_at" && long.TryParse(attribute.Value, CultureInfo.InvariantCulture, out var seconds)) writer.WriteNumber(attribute.Name, seconds);
        else if (attribute.Name == "address")
        {
            writer.WriteStartObject(attribute.Name);
            writer.WriteString("formatted", attribute.Value);
            writer.WriteEndObject();
        }
        else writer.WriteString(attribute.Name, attribute.Value);
    }

    private Task Refuse(SignInRequest request, int status, string error, string challenge)
    {
        // RFC 6750 §3 begins a challenge with its scheme; Cognito leaves it out.
        request.Http.Response.Headers.WWWAuthenticate = installation.Options.StrictOidc ? "Bearer " + challenge : challenge;
        return request.Error(error, status);
    }
}
