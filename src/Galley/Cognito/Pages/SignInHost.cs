using Galley.Cognito.Federation;
using Galley.Cognito.OAuth;
using Galley.Cognito.SignIn;
using Galley.Cognito.Triggers;

namespace Galley.Cognito.Pages;

/// <summary>Puts the sign-in host together out of the parts that the API uses too.</summary>
internal static class SignInHost
{
    public static SignInDoor Make(
        Installation installation, SigningKeys signing, Clients clients, Grants grants, Steps steps, Tokens tokens, Refreshes refreshes, AccessTokens accessTokens, SignUps signUps,
        ForgottenPasswords forgotten, SignInEngine engine, UserTriggers triggers)
    {
        var looks = new Looks(installation);
        var hints = new IdTokenHints(signing);
        var sessions = new BrowserSessions(installation, grants);
        var checks = new AuthorizeChecks(installation, hints);
        var federation = new FederationPages(installation, grants, checks, new ForeignProviders(installation), new FederatedUsers(installation, triggers));
        var authorize = new Authorize(installation, checks, sessions, grants, tokens, federation);
        var turns = new Turns(sessions, authorize);
        federation.Arrive = turns.Arrive;
        var authentication = new ClientAuthentication(installation, clients);
        var pageSteps = new PageSteps(installation, steps);
        var endpoints = new Endpoints(
            new Token(installation, authentication, grants, tokens, refreshes),
            new UserInfo(installation, accessTokens),
            new Revoke(installation, authentication, accessTokens),
            new Logout(installation, sessions, hints, looks));
        var pages = new HostedPages(
            new LoginPages(installation, looks, engine, sessions, authorize, pageSteps, turns),
            new SignUpPages(looks, signUps, engine, pageSteps, turns),
            new PasswordPages(installation, looks, forgotten, engine, pageSteps, turns),
            new MfaPages(installation, looks, engine, new SoftwareTokens(installation, accessTokens, steps), pageSteps, turns));
        return new SignInDoor(installation, checks, authorize, endpoints, pages, federation);
    }
}
