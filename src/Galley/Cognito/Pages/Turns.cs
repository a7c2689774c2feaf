using Galley.Cognito.OAuth;
using Galley.Cognito.SignIn;

namespace Galley.Cognito.Pages;

/// <summary>Where a sign-in on the pages goes next: to the page of its next challenge, or with a new session back to the application.</summary>
internal sealed class Turns(BrowserSessions sessions, Authorize authorize)
{
    public static Visit Visit(SignInRequest request, AuthorizeRequest asked) => new() { Pool = request.Pool, Client = asked.Client, Hosted = true };

    public async Task Take(SignInRequest request, AuthorizeRequest asked, Outcome outcome)
    {
        if (outcome.Challenge is { } challenge)
        {
            await PageSteps.Carry(request, asked.Client, challenge.Session!, PathOf(challenge.Name));
            return;
        }

        PageSteps.Forget(request);
        await Arrive(request, asked, outcome.Done!.User);
    }

    public async Task Arrive(SignInRequest request, AuthorizeRequest asked, User user)
    {
        await sessions.Open(request, user);
        await authorize.Complete(request, asked, user);
    }

    private static string PathOf(string challenge) => challenge switch
    {
        ChallengeNames.NewPassword => "/changePassword",
        ChallengeNames.SelectMfa => "/selectMfa",
        ChallengeNames.MfaSetup => "/setupMfa",
        ChallengeNames.Totp or ChallengeNames.Sms or ChallengeNames.Email => "/mfa",
        _ => throw Errors.Unsupported($"{challenge} on the sign-in pages"),
    };
}
