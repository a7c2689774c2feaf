using Galley.Cognito.OAuth;
using static Galley.Cognito.Pages.Layout;

namespace Galley.Cognito.Pages;

/// <summary>Strict OIDC's end of a session: a question when nobody vouches for the request, and a last page when it names no way back.</summary>
internal static class LogoutPages
{
    public static Content Ask(SignInRequest request, IReadOnlyList<KeyValuePair<string, string>> parameters) => new(
        "Sign out?",
        $"""
        <form method="post" action="{E(request.Link("/logout"))}">
        <input type="hidden" name="_csrf" value="{E(request.Csrf())}">
        {string.Concat(parameters.Where(pair => pair.Key is "id_token_hint" or "client_id" or "post_logout_redirect_uri" or "state").Select(pair => $"<input type=\"hidden\" name=\"{E(pair.Key)}\" value=\"{E(pair.Value)}\">"))}
        {Submit("Sign out", "name=\"_confirmed\" value=\"1\"")}
        </form>
        """)
    { Lead = "An application asks to end your session here." };

    public static Content Done() => new("You are signed out", "") { Lead = "You can close this page." };
}
