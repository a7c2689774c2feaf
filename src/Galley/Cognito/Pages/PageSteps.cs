using Galley.Cognito.OAuth;
using Galley.Cognito.SignIn;
using Galley.Store;

namespace Galley.Cognito.Pages;

/// <summary>Carries a user from one page to the next: a cookie whose hash leads to a step in the store, so no page believes a name in its query.</summary>
internal sealed class PageSteps(Installation installation, Steps steps)
{
    private const string CookieName = "cognito-step";

    public async Task Go(SignInRequest request, UserPoolClient client, string username, string kind, string path)
    {
        var token = steps.NewToken();
        // Long enough for a mail to come.
        var life = TimeSpan.FromHours(1);
        await installation.Store.Write(tx => steps.Put(tx, request.Pool, token, new Step { Kind = kind, Username = username, ClientId = client.ClientId, Expires = installation.Now + life }));
        request.SetCookie(CookieName, token, life);
        await request.Redirect(request.Link(path, request.RawQuery));
    }

    /// <summary>Goes on with a challenge of the sign-in engine: the cookie carries its session.</summary>
    public static async Task Carry(SignInRequest request, UserPoolClient client, string session, string path)
    {
        Keep(request, client, session);
        await request.Redirect(request.Link(path, request.RawQuery));
    }

    /// <summary>The step this browser is in, if it is of this kind and for this client.</summary>
    public async ValueTask<(string Token, Step Step)?> Find(SignInRequest request, UserPoolClient client, string kind)
    {
        if (request.Cookie(CookieName) is not { Length: > 0 } token) return null;
        var step = await installation.Store.Read(tx => steps.Peek(tx, request.Pool, token, kind));
        return step is not null && step.ClientId == client.ClientId ? (token, step) : null;
    }

    /// <summary>Uses the step up; throws when another request was quicker.</summary>
    public async ValueTask Take(SignInRequest request, UserPoolClient client, string token, string kind)
    {
        await installation.Store.Write(tx => steps.Take(tx, request.Pool, client, token, kind));
        request.DropCookie(CookieName);
    }

    public static void Keep(SignInRequest request, UserPoolClient client, string session) => request.SetCookie(CookieName, session, client.StepLife);

    public static void Forget(SignInRequest request) => request.DropCookie(CookieName);
}
