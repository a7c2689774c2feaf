using Galley.Cognito.OAuth;
using Galley.Cognito.SignIn;
using Galley.Store;
using Galley.Wire;
using static Galley.Cognito.Pages.Layout;

namespace Galley.Cognito.Pages;

/// <summary>/mfa asks for the code of a second factor, /selectMfa which one, /setupMfa sets an authenticator app up by its QR code.</summary>
internal sealed class MfaPages(Installation installation, Looks looks, SignInEngine engine, SoftwareTokens apps, PageSteps steps, Turns turns)
{
    private static readonly string[] Codes = [ChallengeNames.Totp, ChallengeNames.Sms, ChallengeNames.Email];

    public async Task ShowCode(SignInRequest request, AuthorizeRequest asked)
    {
        if (await Find(request, asked, Codes) is { } at) await looks.Show(request, asked.Client, CodePage(request, at));
    }

    public async Task SubmitCode(SignInRequest request, AuthorizeRequest asked)
    {
        if (await Find(request, asked, Codes) is not { } at) return;
        var answer = at.Step.Kind switch { ChallengeNames.Totp => "SOFTWARE_TOKEN_MFA_CODE", ChallengeNames.Sms => "SMS_MFA_CODE", _ => "EMAIL_OTP_CODE" };
        await Try(request, asked, problem => CodePage(request, at, problem), () => engine.Respond(Turns.Visit(request, asked), at.Step.Kind, at.Token,
            new Dictionary<string, string> { [answer] = request.Form("code")?.Trim() ?? "" }));
    }

    public async Task ShowChoice(SignInRequest request, AuthorizeRequest asked)
    {
        if (await Find(request, asked, ChallengeNames.SelectMfa) is { } at) await looks.Show(request, asked.Client, ChoicePage(request, at));
    }

    public async Task SubmitChoice(SignInRequest request, AuthorizeRequest asked)
    {
        if (await Find(request, asked, ChallengeNames.SelectMfa) is { } at)
            await Try(request, asked, problem => ChoicePage(request, at, problem), () => engine.Respond(Turns.Visit(request, asked), ChallengeNames.SelectMfa, at.Token,
                new Dictionary<string, string> { ["ANSWER"] = request.Form("answer") ?? "" }));
    }

    public async Task ShowSetup(SignInRequest request, AuthorizeRequest asked)
    {
        if (await Find(request, asked, ChallengeNames.MfaSetup) is not { } at) return;
        try
        {
            if (at.Step.Totp is { } kept)
            {
                await looks.Show(request, asked.Client, SetupPage(request, asked, at.User, Seed(request.Pool, at.User, kept)));
                return;
            }

            var (seed, session) = await apps.AssociateBySession(request.Pool, asked.Client, at.Token);
            PageSteps.Keep(request, asked.Client, session);
            await looks.Show(request, asked.Client, SetupPage(request, asked, at.User, seed));
        }
        catch (AwsError e)
        {
            await request.ErrorPage(e.Message);
        }
    }

    public async Task SubmitSetup(SignInRequest request, AuthorizeRequest asked)
    {
        if (await Find(request, asked, ChallengeNames.MfaSetup) is not { } at) return;
        if (at.Step.Totp is not { } kept)
        {
            await request.Redirect(request.Link("/setupMfa", request.RawQuery));
            return;
        }

        await Try(request, asked, problem => SetupPage(request, asked, at.User, Seed(request.Pool, at.User, kept), problem), async () =>
        {
            var session = await apps.VerifyBySession(request.Pool, asked.Client, at.Token, request.Form("code")?.Trim() ?? "");
            return await engine.Respond(Turns.Visit(request, asked), ChallengeNames.MfaSetup, session, new Dictionary<string, string>());
        });
    }

    /// <summary>Goes on, or shows the page again with what was wrong; a session that is over leads back to the beginning.</summary>
    private async Task Try(SignInRequest request, AuthorizeRequest asked, Func<string, Content> again, Func<ValueTask<Outcome>> act)
    {
        Outcome outcome;
        try
        {
            outcome = await act();
        }
        catch (AwsError e)
        {
            await looks.Again(request, asked.Client, e, again, "second factor");
            return;
        }

        await turns.Take(request, asked, outcome);
    }

    /// <summary>The challenge this browser is in; without one it is sent to the beginning.</summary>
    private async ValueTask<Place?> Find(SignInRequest request, AuthorizeRequest asked, params string[] kinds)
    {
        foreach (var kind in kinds)
            if (await steps.Find(request, asked.Client, kind) is { } found
                && await installation.Store.Read(tx => tx.Get(Keys.User(request.Pool.Ref, request.Pool.Fold(found.Step.Username)), CognitoJson.Default.User)) is { } user)
                return new Place(found.Token, found.Step, user);
        await request.Redirect(request.Link("/login", request.RawQuery));
        return null;
    }

    private string Seed(UserPool pool, User user, string kept) => Totp.Text(installation.Secrets.Open(SoftwareTokens.Purpose(pool, user), kept));

    private static Content CodePage(SignInRequest request, Place at, string? problem = null)
    {
        var lead = at.Step.Kind switch
        {
            ChallengeNames.Totp => "Enter the code that your authenticator app shows.",
            ChallengeNames.Sms => $"We have sent a code by text message to {Messages.Delivery("phone_number", at.User["phone_number"]!).Destination}. Enter it below.",
            _ => $"We have sent a code by email to {Messages.Delivery("email", at.User["email"]!).Destination}. Enter it below.",
        };
        return new Content("Enter your code", Form(request, "/mfa", CodeField("Code") + Submit("Sign in")) + Below(Link(request, "/login", "Start again", "&prompt=login"))) { Lead = lead, Problem = problem };
    }

    private static Content ChoicePage(SignInRequest request, Place at, string? problem = null)
    {
        var choices = string.Concat((at.Step.Choices ?? []).Select((factor, i) =>
        {
            var (title, more) = factor switch
            {
                ChallengeNames.Totp => ("Authenticator app", "A code that your app shows"),
                ChallengeNames.Sms => ("Text message", "A code to " + Messages.Delivery("phone_number", at.User["phone_number"]!).Destination),
                _ => ("Email", "A code to " + Messages.Delivery("email", at.User["email"]!).Destination),
            };
            return $"<label class=\"choice\"><input type=\"radio\" name=\"answer\" value=\"{E(factor)}\" required{(i == 0 ? " checked" : "")}><span><b>{title}</b><span>{E(more)}</span></span></label>";
        }));
        return new Content("Choose how to confirm it is you",
            Form(request, "/selectMfa", $"<div role=\"radiogroup\" aria-label=\"Ways to confirm\">{choices}</div>" + Submit("Continue")) + Below(Link(request, "/login", "Start again", "&prompt=login")))
        { Lead = "Your account has more than one way. Take the one at hand.", Problem = problem };
    }

    private static Content SetupPage(SignInRequest request, AuthorizeRequest asked, User user, string seed, string? problem = null)
    {
        var issuer = asked.Client.ClientName;
        var name = request.Pool.SignInByAttribute ? user["email"] ?? user.Username : user.Username;
        // Long names would make a code that phones can hardly read.
        var address = $"otpauth://totp/{Uri.EscapeDataString(Cut(issuer))}:{Uri.EscapeDataString(Cut(name))}?secret={seed}&issuer={Uri.EscapeDataString(Cut(issuer))}";
        return new Content("Set up an authenticator app",
            $"""
            <ol><li>Open an authenticator app on your phone.</li><li>Scan this picture with it.</li><li>Enter the six digits that it shows.</li></ol>
            <div class="qr">{QrCode.Of(address).Svg("QR code for your authenticator app")}</div>
            <details><summary>Cannot scan it?</summary><p>Type this key into the app:</p><code class="secretkey">{string.Join(' ', seed.Chunk(4).Select(part => new string(part)))}</code></details>
            """
            + Form(request, "/setupMfa", CodeField("Code") + Submit("Continue")))
        { Lead = "This application asks for a second proof when you sign in.", Problem = problem };
    }

    private static string Cut(string text) => text.Length <= 60 ? text : string.Concat(text.EnumerateRunes().Take(60));

    private sealed record Place(string Token, Step Step, User User);
}
