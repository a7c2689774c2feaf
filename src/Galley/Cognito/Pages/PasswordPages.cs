using Galley.Cognito.OAuth;
using Galley.Cognito.SignIn;
using Galley.Store;
using Galley.Wire;
using static Galley.Cognito.Pages.Layout;

namespace Galley.Cognito.Pages;

/// <summary>/forgotPassword and /confirmForgotPassword, where a mailed code allows a new password; /changePassword, where a temporary one demands it.</summary>
internal sealed class PasswordPages(Installation installation, Looks looks, ForgottenPasswords forgotten, SignInEngine engine, PageSteps steps, Turns turns)
{
    public Task ShowForgot(SignInRequest request, AuthorizeRequest asked) => looks.Show(request, asked.Client, ForgotForm(request, asked));

    public async Task Forgot(SignInRequest request, AuthorizeRequest asked)
    {
        var name = request.Form("username")?.Trim() ?? "";
        if (name.Length == 0)
        {
            await looks.Show(request, asked.Client, ForgotForm(request, asked, "Missing required parameter USERNAME"));
            return;
        }

        try
        {
            await forgotten.Forgot(request.Pool, Hiding(asked.Client), name);
        }
        catch (AwsError e) when (e.Code is "LimitExceededException" || !asked.Client.HidesUsers)
        {
            await looks.Again(request, asked.Client, e, problem => ForgotForm(request, asked, problem), "reset");
            return;
        }
        catch (AwsError e)
        {
            request.Explain("reset", e); // and goes on as if a code had been sent
        }

        await steps.Go(request, asked.Client, name, Step.ResetPage, "/confirmForgotPassword");
    }

    public async Task ShowReset(SignInRequest request, AuthorizeRequest asked)
    {
        if (await steps.Find(request, asked.Client, Step.ResetPage) is null) await request.Redirect(request.Link("/forgotPassword", request.RawQuery));
        else await looks.Show(request, asked.Client, ResetForm(request));
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
            await forgotten.Reset(request.Pool, Hiding(asked.Client), at.Step.Username, request.Form("code") ?? "", password);
            await steps.Take(request, asked.Client, at.Token, Step.ResetPage);
            await request.Redirect(request.Link("/login", request.RawQuery));
        }
        catch (AwsError e)
        {
            await looks.Again(request, asked.Client, e, problem => ResetForm(request, problem), "reset");
        }
    }

    public async Task ShowChange(SignInRequest request, AuthorizeRequest asked)
    {
        if (await steps.Find(request, asked.Client, ChallengeNames.NewPassword) is not { } at) await request.Redirect(request.Link("/login", request.RawQuery));
        else await looks.Show(request, asked.Client, ChangeForm(request, await Missing(request, at.Step)));
    }

    public async Task Change(SignInRequest request, AuthorizeRequest asked)
    {
        if (await steps.Find(request, asked.Client, ChallengeNames.NewPassword) is not { } at)
        {
            await request.Redirect(request.Link("/login", request.RawQuery));
            return;
        }

        var password = request.Form("password") ?? "";
        try
        {
            if (password != request.Form("confirm_password")) throw Errors.Parameter("The passwords do not match.");
            var given = request.FormPairs.Where(pair => pair.Key.StartsWith("userAttributes.", StringComparison.Ordinal)).ToDictionary(pair => pair.Key, pair => pair.Value.Trim());
            given["NEW_PASSWORD"] = password;
            await turns.Take(request, asked, await engine.Respond(Turns.Visit(request, asked), ChallengeNames.NewPassword, at.Token, given));
        }
        catch (AwsError e)
        {
            var missing = await Missing(request, at.Step);
            await looks.Again(request, asked.Client, e, problem => ChangeForm(request, missing, problem), "new password");
        }
    }

    /// <summary>Attributes that the pool requires and whoever made the user left out.</summary>
    private async ValueTask<IReadOnlyList<string>> Missing(SignInRequest request, Step step)
    {
        var user = await installation.Store.Read(tx => tx.Get(Keys.User(request.Pool.Ref, request.Pool.Fold(step.Username)), CognitoJson.Default.User));
        return [.. request.Pool.SchemaAttributes.Where(schema => schema.Required == true && schema.Name != "sub" && user?[schema.Name] is null).Select(schema => schema.Name)];
    }

    private static UserPoolClient Hiding(UserPoolClient client) => client with { PreventUserExistenceErrors = "ENABLED" };

    private static Content ForgotForm(SignInRequest request, AuthorizeRequest asked, string? problem = null)
        => new("Forgot your password?",
            Form(request, "/forgotPassword", NameField(request.Pool, asked.LoginHint, "autofocus") + Submit("Reset my password"))
            + Below(Link(request, "/login", "Back to sign in")))
        {
            Lead = $"Enter your {NameLabel(request.Pool).ToLowerInvariant()} and we will send a message to reset your password.",
            Problem = problem,
        };

    private static Content ResetForm(SignInRequest request, string? problem = null)
        => new("Reset your password",
            Form(request, "/confirmForgotPassword", CodeField("Code") + NewPassword(request.Pool) + Submit("Change password"))
            + Below(Link(request, "/forgotPassword", "Send another code") + " · " + Link(request, "/login", "Back to sign in")))
        {
            Lead = "If there is such an account, we have sent a password reset code to it. Enter the code and a new password.",
            Problem = problem,
        };

    private static Content ChangeForm(SignInRequest request, IReadOnlyList<string> missing, string? problem = null)
        => new("Change password", Form(request, "/changePassword", NewPassword(request.Pool) + string.Concat(missing.Select(name => SignUpPages.Attribute("userAttributes." + name, name, request.Form("userAttributes." + name)))) + Submit("Change password")))
        {
            Lead = "Your password was only temporary. Please choose one of your own.",
            Problem = problem,
        };
}
