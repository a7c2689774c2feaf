using Galley.Cognito.OAuth;
using Galley.Cognito.SignIn;
using Galley.Wire;
using static Galley.Cognito.Pages.Layout;

namespace Galley.Cognito.Pages;

/// <summary>/signup, /confirmUser and /resendcode: a new account, its mailed code, and straight on to the application.</summary>
internal sealed class SignUpPages(SignUps signUps, BrowserSessions sessions, Authorize authorize, PageSteps steps)
{
    private const string Prefix = "requiredAttributes[";

    public Task Show(SignInRequest request, AuthorizeRequest asked) => Closed(request.Pool)
        ? request.ErrorPage("SignUp is not permitted for this user pool")
        : request.Page(Form(request, asked));

    public async Task Submit(SignInRequest request, AuthorizeRequest asked)
    {
        var given = request.FormPairs.Where(pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal) && pair.Value.Length > 0)
            .Select(pair => new UserAttribute { Name = pair.Key[Prefix.Length..].TrimEnd(']'), Value = pair.Value.Trim() }).ToList();
        var name = request.Form("username")?.Trim() ?? "";
        try
        {
            var made = await signUps.SignUp(request.Pool, asked.Client, name, request.Form("password") ?? "", given);
            await steps.Go(request, asked.Client, request.Pool.SignInByAttribute ? made.UserSub : name, Step.ConfirmPage, "/confirmUser");
        }
        catch (AwsError e)
        {
            await request.Page(Form(request, asked, name, given, e.Message.TrimEnd()), e.Code == "TooManyRequestsException" ? 429 : 200);
        }
    }

    public async Task ShowConfirm(SignInRequest request, AuthorizeRequest asked)
    {
        if (await steps.Find(request, asked.Client, Step.ConfirmPage) is null) await request.Redirect(request.Link("/login", request.RawQuery));
        else await request.Page(ConfirmForm(request, asked));
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
            var user = await signUps.Confirm(request.Pool, asked.Client, at.Step.Username, request.Form("code") ?? "");
            await steps.Take(request, asked.Client, at.Token, Step.ConfirmPage);
            await sessions.Open(request, user);
            await authorize.Complete(request, asked, user);
        }
        catch (AwsError e)
        {
            await request.Page(ConfirmForm(request, asked, e.Message));
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
            await request.Page(ConfirmForm(request, asked, null, $"We have sent a new code to {sent.CodeDeliveryDetails!.Destination}."));
        }
        catch (AwsError e)
        {
            await request.Page(ConfirmForm(request, asked, e.Message));
        }
    }

    private static bool Closed(UserPool pool) => pool.AdminCreateUserConfig?.AllowAdminCreateUserOnly == true;

    private static string Form(SignInRequest request, AuthorizeRequest asked, string? name = null, IReadOnlyList<UserAttribute>? given = null, string? problem = null)
    {
        var pool = request.Pool;
        var label = NameLabel(pool);
        var wanted = pool.SchemaAttributes.Where(schema => schema.Name != "sub" && (schema.Required == true || pool.AutoVerifies(schema.Name)))
            .Select(schema => schema.Name).Where(attribute => pool.UsernameAttributes?.Contains(attribute) != true);
        var fields = Field("username", label, label == "Email" ? "email" : "text", label == "Email" ? "email" : "username", name, "autofocus")
            + string.Concat(wanted.Select(attribute => Attribute(attribute, given?.FirstOrDefault(known => known.Name == attribute)?.Value)))
            + Field("password", "Password", "password", "new-password", null, "aria-describedby=\"rules\"")
            + Rules(pool)
            + "<button type=\"submit\">Sign up</button>";
        return Whole(asked.Client.ClientName, "Sign up with a new account", Layout.Form(request, "/signup", fields) + $"<p class=\"below\">Already have an account? {Link(request, "/login", "Sign in")}</p>", problem);
    }

    private static string ConfirmForm(SignInRequest request, AuthorizeRequest asked, string? problem = null, string? notice = null)
        => Whole(asked.Client.ClientName, "Confirm your account",
            "<p>We have sent a code by email. Enter it below to confirm your account.</p>"
            + Layout.Form(request, "/confirmUser", CodeField("Verification Code") + "<button type=\"submit\">Confirm Account</button>")
            + "<div class=\"below\">Didn't receive a code?" + Layout.Form(request, "/resendcode", "<button class=\"link\" type=\"submit\">Resend it</button>") + "</div>", problem, notice);

    private static string Attribute(string name, string? value)
    {
        var label = char.ToUpperInvariant(name[0]) + name[1..].Replace('_', ' ');
        var (type, autocomplete) = name switch
        {
            "email" => ("email", "email"),
            "phone_number" => ("tel", "tel"),
            "given_name" => ("text", "given-name"),
            "family_name" => ("text", "family-name"),
            "name" => ("text", "name"),
            "birthdate" => ("date", "bday"),
            "website" or "picture" or "profile" => ("url", "url"),
            _ => ("text", "on"),
        };
        return Field($"{Prefix}{name}]", label, type, autocomplete, value);
    }
}
