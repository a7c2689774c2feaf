using Galley.Cognito.OAuth;
using Galley.Cognito.SignIn;
using Galley.Wire;
using static Galley.Cognito.Pages.Layout;

namespace Galley.Cognito.Pages;

/// <summary>/signup, /confirmUser and /resendcode: a new account, its mailed code, and straight on to the application.</summary>
internal sealed class SignUpPages(Looks looks, SignUps signUps, SignInEngine engine, PageSteps steps, Turns turns)
{
    private const string Prefix = "requiredAttributes[";

    /// <summary>What people expect after address and name, in this order; a schema's own order is the alphabet of another age.</summary>
    private static readonly string[] Last = ["email", "name", "given_name", "middle_name", "family_name", "nickname", "preferred_username", "birthdate", "gender", "phone_number", "address", "zoneinfo", "locale", "website", "picture", "profile"];

    public Task Show(SignInRequest request, AuthorizeRequest asked) => Closed(request.Pool)
        ? request.ErrorPage("SignUp is not permitted for this user pool")
        : looks.Show(request, asked.Client, Form(request));

    public async Task Submit(SignInRequest request, AuthorizeRequest asked)
    {
        var given = request.FormPairs.Where(pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal) && pair.Value.Length > 0)
            .Select(pair => new UserAttribute { Name = pair.Key[Prefix.Length..].TrimEnd(']'), Value = pair.Value.Trim() }).ToList();
        var name = request.Form("username")?.Trim() ?? "";
        try
        {
            var made = await signUps.SignUp(request.Pool, asked.Client, name, request.Form("password") ?? "", given);
            if (made.UserConfirmed) await turns.Take(request, asked, await engine.Start(Turns.Visit(request, asked), "USER_PASSWORD_AUTH", new Dictionary<string, string> { ["USERNAME"] = name, ["PASSWORD"] = request.Form("password") ?? "" }));
            else await steps.Go(request, asked.Client, request.Pool.SignInByAttribute ? made.UserSub : name, Step.ConfirmPage, "/confirmUser");
        }
        catch (AwsError e)
        {
            await looks.Again(request, asked.Client, e, problem => Form(request, name, given, problem), "sign-up");
        }
    }

    /// <summary>The link of a verification mail.</summary>
    public async Task ConfirmByLink(SignInRequest request, UserPoolClient client, string name, string code)
    {
        try
        {
            await signUps.Confirm(request.Pool, client with { PreventUserExistenceErrors = "ENABLED" }, name, code);
            await looks.Show(request, client, new Content("Your registration has been confirmed!", "") { Lead = "You can close this page and sign in to the application." });
        }
        catch (AwsError e)
        {
            request.Explain("code", e);
            await looks.Show(request, client, new Content("This link cannot be used", "") { Lead = "It may have been used before, or a newer message has taken its place.", Problem = e.Message.TrimEnd() }, 400);
        }
    }

    public async Task ShowConfirm(SignInRequest request, AuthorizeRequest asked)
    {
        if (await steps.Find(request, asked.Client, Step.ConfirmPage) is null) await request.Redirect(request.Link("/login", request.RawQuery));
        else await looks.Show(request, asked.Client, ConfirmForm(request));
    }

    public async Task Confirm(SignInRequest request, AuthorizeRequest asked)
    {
        if (await steps.Find(request, asked.Client, Step.ConfirmPage) is not { } at)
        {
            await request.Redirect(request.Link("/login", request.RawQuery));
            return;
        }

        try
        {
            var (user, _) = await signUps.Confirm(request.Pool, asked.Client, at.Step.Username, request.Form("code") ?? "");
            await steps.Take(request, asked.Client, at.Token, Step.ConfirmPage);
            await turns.Take(request, asked, await engine.Proceed(Turns.Visit(request, asked), user));
        }
        catch (AwsError e)
        {
            await looks.Again(request, asked.Client, e, problem => ConfirmForm(request, problem), "code");
        }
    }

    public async Task Resend(SignInRequest request, AuthorizeRequest asked)
    {
        if (await steps.Find(request, asked.Client, Step.ConfirmPage) is not { } at)
        {
            await request.Redirect(request.Link("/login", request.RawQuery));
            return;
        }

        try
        {
            var sent = await signUps.Resend(request.Pool, asked.Client, at.Step.Username);
            await looks.Show(request, asked.Client, ConfirmForm(request, null, $"We have sent a new code to {sent.CodeDeliveryDetails!.Destination}."));
        }
        catch (AwsError e)
        {
            await looks.Again(request, asked.Client, e, problem => ConfirmForm(request, problem), "code");
        }
    }

    private static bool Closed(UserPool pool) => pool.AdminCreateUserConfig?.AllowAdminCreateUserOnly == true;

    private static Content Form(SignInRequest request, string? name = null, IReadOnlyList<UserAttribute>? given = null, string? problem = null)
    {
        var pool = request.Pool;
        var wanted = pool.SchemaAttributes.Where(schema => schema.Name != "sub" && (schema.Required == true || pool.AutoVerifies(schema.Name)))
            .Select(schema => schema.Name).Where(attribute => pool.UsernameAttributes?.Contains(attribute) != true).OrderBy(attribute => Array.IndexOf(Last, attribute));
        var fields = NameField(pool, name, "autofocus", NameLabel(pool) == "Email" ? "email" : "username")
            + string.Concat(wanted.Select(attribute => Attribute($"{Prefix}{attribute}]", attribute, given?.FirstOrDefault(known => known.Name == attribute)?.Value)))
            + NewPassword(pool, "Password", twice: false)
            + Layout.Submit("Sign up");
        return new Content("Sign up", Layout.Form(request, "/signup", fields) + Below($"Already have an account? {Link(request, "/login", "Sign in")}"))
        {
            Lead = "Create a new account.",
            Problem = problem,
        };
    }

    private static Content ConfirmForm(SignInRequest request, string? problem = null, string? notice = null)
        => new("Confirm your account",
            Layout.Form(request, "/confirmUser", CodeField("Verification code") + Layout.Submit("Confirm Account"))
            + $"<div class=\"below\">Didn't receive a code? {Layout.Form(request, "/resendcode", "<button class=\"plain\" type=\"submit\">Resend it</button>")}</div>")
        {
            Lead = "We have sent a code to you. Enter it below to confirm your account.",
            Problem = problem,
            Notice = notice,
        };

    public static string Attribute(string id, string name, string? value)
    {
        var plain = name.Replace("custom:", "", StringComparison.Ordinal);
        var label = char.ToUpperInvariant(plain[0]) + plain[1..].Replace('_', ' ');
        var (type, autocomplete, hint) = name switch
        {
            "email" => ("email", "email", ""),
            "phone_number" => ("tel", "tel", "With the country's prefix, for example +441632960123"),
            "given_name" => ("text", "given-name", ""),
            "family_name" => ("text", "family-name", ""),
            "name" => ("text", "name", ""),
            "birthdate" => ("date", "bday", ""),
            "website" or "picture" or "profile" => ("url", "url", ""),
            _ => ("text", "on", ""),
        };
        return hint.Length == 0
            ? Field(id, label, type, autocomplete, value)
            : Field(id, label, type, autocomplete, value, $"aria-describedby=\"hint-{E(name)}\"", under: $"<p class=\"hint\" id=\"hint-{E(name)}\">{E(hint)}</p>");
    }
}
