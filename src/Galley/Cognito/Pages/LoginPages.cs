using Galley.Cognito.OAuth;
using Galley.Cognito.SignIn;
using Galley.Wire;
using static Galley.Cognito.Pages.Layout;

namespace Galley.Cognito.Pages;

/// <summary>/login: name and password, other providers, or for a browser that is signed in already the choice to go on as that user.</summary>
internal sealed class LoginPages(Installation installation, Looks looks, SignInEngine engine, BrowserSessions sessions, Authorize authorize, PageSteps steps, Turns turns)
{
    public async Task Show(SignInRequest request, AuthorizeRequest asked)
    {
        var session = await sessions.Find(request);
        if (session is { } known && asked.Accepts(known.User, known.AuthTime, installation.Now)) await looks.Show(request, asked.Client, Choice(request, known.User));
        else if (asked.Silent || asked.ForeignProvider is not null) await authorize.Begin(request);
        else await looks.Show(request, asked.Client, Form(request, asked));
    }

    public async Task Submit(SignInRequest request, AuthorizeRequest asked)
    {
        if (request.Form("continue") is not null && await sessions.Find(request) is { } session && asked.Accepts(session.User, session.AuthTime, installation.Now))
        {
            await authorize.Complete(request, asked, session.User, session.AuthTime);
            return;
        }

        var name = request.Form("username")?.Trim() ?? "";
        try
        {
            await turns.Take(request, asked, await engine.Start(Turns.Visit(request, asked), "USER_PASSWORD_AUTH",
                new Dictionary<string, string> { ["USERNAME"] = name, ["PASSWORD"] = request.Form("password") ?? "" }));
        }
        catch (AwsError e) when (e.Code == "UserNotConfirmedException")
        {
            await steps.Go(request, asked.Client, name, Step.ConfirmPage, "/confirmUser");
        }
        catch (AwsError e) when (e.Code == "PasswordResetRequiredException")
        {
            await steps.Go(request, asked.Client, name, Step.ResetPage, "/confirmForgotPassword");
        }
        catch (AwsError e)
        {
            await looks.Again(request, asked.Client, e, problem => Form(request, asked, name, problem), "password");
        }
    }

    private static Content Form(SignInRequest request, AuthorizeRequest asked, string? name = null, string? problem = null)
    {
        var providers = asked.Client.SupportedIdentityProviders ?? [];
        var own = providers.Contains("COGNITO");
        name ??= asked.LoginHint;
        var buttons = asked.Provider == "COGNITO" ? "" : string.Concat(providers.Where(provider => provider != "COGNITO").Select(provider => ProviderButton(request, provider)));
        var body = buttons.Length == 0 ? "" : $"<div class=\"stack\">{buttons}</div>";
        if (own)
        {
            var label = NameLabel(request.Pool).ToLowerInvariant();
            body += (body.Length == 0 ? "" : $"<p class=\"or\">or with your {E(label)}</p>") + Layout.Form(request, "/login",
                NameField(request.Pool, name, name is null ? "autofocus" : "")
                + Field("password", "Password", "password", "current-password", null, name is null ? "" : "autofocus", beside: Link(request, "/forgotPassword", "Forgot your password?"))
                + Layout.Submit("Sign in"));
            if (request.Pool.AdminCreateUserConfig?.AllowAdminCreateUserOnly != true) body += Below($"Need an account? {Link(request, "/signup", "Sign up")}");
        }

        return new Content("Sign in", body)
        {
            Lead = buttons.Length > 0 ? "Choose how you sign in." : $"Sign in with your {NameLabel(request.Pool).ToLowerInvariant()} and password.",
            Problem = problem,
        };
    }

    private static string ProviderButton(SignInRequest request, string provider)
        => $"<a class=\"button quiet idpButton-customizable\" href=\"{E(request.Link("/oauth2/authorize", request.Without("identity_provider", "idp_identifier", "prompt") + "&identity_provider=" + Uri.EscapeDataString(provider)))}\">Continue with {E(provider)}</a>";

    private static Content Choice(SignInRequest request, User user)
    {
        var name = request.Pool.SignInByAttribute ? user["email"] ?? user["phone_number"] ?? user.Username : user.Username;
        var second = user["name"] ?? (user["email"] == name ? null : user["email"]);
        return new Content("Welcome back",
            $"<div class=\"person\"><span class=\"face\" aria-hidden=\"true\">{E(Initial(name))}</span><div><b>{E(name)}</b>{(second is null ? "" : $"<span>{E(second)}</span>")}</div></div>"
            + Layout.Form(request, "/login", Layout.Submit($"Sign In as {name}", "name=\"continue\" value=\"1\""))
            + Below($"Not you? {Link(request, "/login", "Sign in as a different user", "&prompt=login")}"))
        { Lead = "You are signed in already." };
    }
}
