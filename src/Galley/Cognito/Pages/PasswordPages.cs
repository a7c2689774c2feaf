using Galley.Cognito.OAuth;
using Galley.Cognito.SignIn;
using Galley.Wire;
using static Galley.Cognito.Pages.Layout;

namespace Galley.Cognito.Pages;

/// <summary>/forgotPassword and /confirmForgotPassword, where a mailed code allows a new password; /changePassword, where a temporary one demands it.</summary>
internal sealed class PasswordPages(SignUps signUps, Challenges challenges, BrowserSessions sessions, Authorize authorize, PageSteps steps)
{
    public Task ShowForgot(SignInRequest request, AuthorizeRequest asked) => request.Page(ForgotForm(request, asked));

    public async Task Forgot(SignInRequest request, AuthorizeRequest asked)
    {
        var name = request.Form("username")?.Trim() ?? "";
        if (name.Length == 0)
        {
            await request.Page(ForgotForm(request, asked, "Missing required parameter USERNAME"));
            return;
        }

        try
        {
            await signUps.Forgot(request.Pool, Hiding(asked.Client), name);
        }
        catch (AwsError e) when (e.Code is "LimitExceededException" || !asked.Client.HidesUsers)
        {
            await request.Page(ForgotForm(request, asked, e.Message));
            return;
        }
        catch (AwsError)
        {
            // Goes on as if a code had been sent.
        }

        await steps.Go(request, asked.Client, name, Step.ResetPage, "/confirmForgotPassword");
    }

    public async Task ShowReset(SignInRequest request, AuthorizeRequest asked)
    {
        if (await steps.Find(request, asked.Client, Step.ResetPage) is null) await request.Redirect(request.Link("/forgotPassword", request.RawQuery));
        else await request.Page(ResetForm(request, asked));
    }

    public async Task Reset(SignInRequest request, AuthorizeRequest asked)
    {
        if (await steps.Find(request, asked.Client, Step.ResetPage) is not { } at)
        {
            await request.Redirect(request.Link("/forgotPassword", request.RawQuery));
            return;
        }

        var password = request.Form("password") ?? "";
        try
        {
            if (password != request.Form("confirm_password")) throw Errors.Parameter("The passwords do not match.");
            await signUps.Reset(request.Pool, Hiding(asked.Client), at.Step.Username, request.Form("code") ?? "", password);
            await steps.Take(request, asked.Client, at.Token, Step.ResetPage);
            await request.Redirect(request.Link("/login", request.RawQuery));
        }
        catch (AwsError e)
        {
            await request.Page(ResetForm(request, asked, e.Message.TrimEnd()));
        }
    }

    public async Task ShowChange(SignInRequest request, AuthorizeRequest asked)
    {
        if (await steps.Find(request, asked.Client, Step.PasswordPage) is null) await request.Redirect(request.Link("/login", request.RawQuery));
        else await request.Page(ChangeForm(request, asked));
    }

    public async Task Change(SignInRequest request, AuthorizeRequest asked)
    {
        if (await steps.Find(request, asked.Client, Step.PasswordPage) is not { } at)
        {
            await request.Redirect(request.Link("/login", request.RawQuery));
            return;
        }

        var password = request.Form("password") ?? "";
        try
        {
            if (password != request.Form("confirm_password")) throw Errors.Parameter("The passwords do not match.");
            var user = await challenges.SetNewPassword(request.Pool, asked.Client, at.Token, Step.PasswordPage, password, []);
            PageSteps.Forget(request);
            await sessions.Open(request, user);
            await authorize.Complete(request, asked, user);
        }
        catch (AwsError e)
        {
            await request.Page(ChangeForm(request, asked, e.Message.TrimEnd()));
        }
    }

    private static UserPoolClient Hiding(UserPoolClient client) => client with { PreventUserExistenceErrors = "ENABLED" };

    private static string ForgotForm(SignInRequest request, AuthorizeRequest asked, string? problem = null)
    {
        var label = NameLabel(request.Pool);
        return Whole(asked.Client.ClientName, "Forgot your password?",
            $"<p>Enter your {E(label)} below and we will send a message to reset your password.</p>"
            + Form(request, "/forgotPassword", Field("username", label, label == "Email" ? "email" : "text", "username", null, "autofocus") + "<button type=\"submit\">Reset my password</button>")
            + $"<p class=\"below\">{Link(request, "/login", "Back to sign in")}</p>", problem);
    }

    private static string ResetForm(SignInRequest request, AuthorizeRequest asked, string? problem = null)
        => Whole(asked.Client.ClientName, "Reset your password",
            "<p>We have sent a password reset code by email. Enter it below to reset your password.</p>"
            + Form(request, "/confirmForgotPassword", CodeField("Code") + NewPassword(request) + "<button type=\"submit\">Change Password</button>")
            + $"<p class=\"below\">{Link(request, "/login", "Back to sign in")}</p>", problem);

    private static string ChangeForm(SignInRequest request, AuthorizeRequest asked, string? problem = null)
        => Whole(asked.Client.ClientName, "Change Password",
            "<p>Please enter your new password below.</p>" + Form(request, "/changePassword", NewPassword(request) + "<button type=\"submit\">Change Password</button>"), problem);

    private static string NewPassword(SignInRequest request)
        => Field("password", "New Password", "password", "new-password", null, "aria-describedby=\"rules\"") + Rules(request.Pool) + Field("confirm_password", "Enter New Password Again", "password", "new-password");
}
