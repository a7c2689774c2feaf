using Galley.Cognito.OAuth;
using Galley.Cognito.SignIn;

namespace Galley.Cognito.Pages;

/// <summary>Puts the sign-in host together out of the parts that the API uses too.</summary>
internal static class SignInHost
{
    public static SignInDoor Make(
        Installation installation, SigningKeys signing, Clients clients, Credentials credentials, Grants grants, Steps steps, Tokens tokens, AccessTokens accessTokens, SignUps signUps, Challenges challenges)
    {
        var looks = new Looks(installation);
        var hints = new IdTokenHints(signing);
        var sessions = new BrowserSessions(installation, grants);
        var checks = new AuthorizeChecks(installation, hints);
        var authorize = new Authorize(installation, checks, sessions, grants, tokens);
        var authentication = new ClientAuthentication(installation, clients);
        var pageSteps = new PageSteps(installation, steps);
        var endpoints = new Endpoints(
            new Token(installation, authentication, grants, tokens),
            new UserInfo(installation, accessTokens),
            new Revoke(installation, authentication, accessTokens),
            new Logout(installation, sessions, hints, looks));
        var pages = new HostedPages(
            new LoginPages(installation, looks, credentials, sessions, authorize, pageSteps),
            new SignUpPages(looks, signUps, sessions, authorize, pageSteps),
            new PasswordPages(looks, signUps, challenges, sessions, authorize, pageSteps));
        return new SignInDoor(installation, checks, authorize, endpoints, pages);
    }
}
