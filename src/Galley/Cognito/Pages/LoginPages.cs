using Galley.Cognito.OAuth;
using Galley.Cognito.SignIn;
using Galley.Wire;
using static Galley.Cognito.Pages.Layout;

namespace Galley.Cognito.Pages;

/// <summary>/login: name and password, or for a browser that is signed in already the choice to go on as that user.</summary>
internal sealed class LoginPages(Credentials credentials, BrowserSessions sessions, Authorize authorize, PageSteps steps)
{
    public async Task Show(SignInRequest request, AuthorizeRequest asked)
    {
        var session = asked.Prompt == "login" ? null : await sessions.Find(request);
        if (session is { } known) await request.Page(Whole(asked.Client.ClientName, "Sign in", Choice(request, known.User)));
        else if (asked.Prompt == "none") await authorize.Begin(request);
        else await request.Page(Form(request, asked));
    }

    public async Task Submit(SignInRequest request, AuthorizeRequest asked)
    {
        if (request.Form("continue") is not null && asked.Prompt != "login" && await sessions.Find(request) is { } session)
        {
            await authorize.Complete(request, asked, session.User, session.AuthTime);
            return;
        }

        var name = request.Form("username")?.Trim() ?? "";
        try
        {
            // On a page nobody learns whether a name exists, whatever the client tells API callers.
            var user = await credentials.Check(request.Pool, asked.Client with { PreventUserExistenceErrors = "ENABLED" }, name, request.Form("password") ?? "");
            if (user.Enabled && user.Status == UserStatus.Unconfirmed)
            {
                await steps.Go(request, asked.Client, user.Username, Step.ConfirmPage, "/confirmUser");
                return;
            }

            credentials.RequireReady(user);
            if (user.Status == UserStatus.ForceChangePassword)
            {
                await steps.Go(request, asked.Client, user.Username, Step.PasswordPage, "/changePassword");
                return;
            }

            await sessions.Open(request, user);
            await authorize.Complete(request, asked, user);
        }
        catch (AwsError e)
        {
            await request.Page(Form(request, asked, name, e.Message), e.Code == "TooManyRequestsException" ? 429 : 200);
        }
    }

    private static string Form(SignInRequest request, AuthorizeRequest asked, string? name = null, string? problem = null)
    {
        var label = NameLabel(request.Pool);
        var fields = $"""
            {Field("username", label, label == "Email" ? "email" : "text", "username", name, name is null ? "autofocus" : "")}
            {Field("password", "Password", "password", "current-password", null, name is null ? "" : "autofocus")}
            <p class="forgot">{Link(request, "/forgotPassword", "Forgot your password?")}</p>
            <button type="submit">Sign in</button>
            """;
        var signUp = request.Pool.AdminCreateUserConfig?.AllowAdminCreateUserOnly == true ? "" : $"<p class=\"below\">Need an account? {Link(request, "/signup", "Sign up")}</p>";
        return Whole(asked.Client.ClientName, $"Sign in with your {label.ToLowerInvariant()} and password", Layout.Form(request, "/login", fields) + signUp, problem);
    }

    private static string Choice(SignInRequest request, User user)
    {
        var name = request.Pool.SignInByAttribute ? user["email"] ?? user["phone_number"] ?? user.Username : user.Username;
        return Layout.Form(request, "/login", $"<button type=\"submit\" name=\"continue\" value=\"1\">Sign In as {E(name)}</button>")
            + $"<p class=\"below\">Not you? {Link(request, "/login", "Sign in as a different user", "&prompt=login")}</p>";
    }
}
