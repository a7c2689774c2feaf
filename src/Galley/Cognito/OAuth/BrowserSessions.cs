using Galley.Cognito.SignIn;
using Galley.Store;

namespace Galley.Cognito.OAuth;

/// <summary>The browser's own log-in at the sign-in host: cookie `cognito`, one hour, only its hash stored.</summary>
internal sealed class BrowserSessions(Installation installation, Grants grants)
{
    private const string CookieName = "cognito";

    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    /// <summary>Who is signed in in this browser; null for nobody.</summary>
    public async ValueTask<(User User, DateTimeOffset AuthTime)?> Find(SignInRequest request)
    {
        if (request.Cookie(CookieName) is not { Length: > 0 } token) return null;
        return await installation.Store.Read<(User, DateTimeOffset)?>(async tx =>
        {
            if (await tx.Get(Keys.BrowserSession(request.Pool.Ref, Grants.Hash(token)), CognitoJson.Default.BrowserSession) is not { } session || session.Expires <= installation.Now) return null;
            return await Users.At(tx, request.Pool, request.Pool.Fold(session.Username)) is { Enabled: true, Status: UserStatus.Confirmed or UserStatus.External } user
                ? (user, session.AuthTime)
                : null;
        });
    }

    /// <summary>A new session under a new id; the one the browser had is over.</summary>
    public async ValueTask Open(SignInRequest request, User user)
    {
        var token = grants.NewToken();
        var pool = request.Pool;
        var now = installation.Now;
        await installation.Store.Write(async tx =>
        {
            await End(tx, request);
            var hash = Grants.Hash(token);
            var key = Keys.BrowserSession(pool.Ref, hash);
            var index = Keys.BrowserSessionOf(pool.Ref, pool.Fold(user.Username), hash);
            tx.Put(key, new BrowserSession(user.Username, now, now + Life), CognitoJson.Default.BrowserSession);
            tx.Put(index, Users.Bytes(hash));
            await Ends.Put(tx, pool.Ref, now + Life, key, now);
            await Ends.Put(tx, pool.Ref, now + Life, index, now);
        });
        request.SetCookie(CookieName, token, Life);
    }

    public async ValueTask Close(SignInRequest request)
    {
        await installation.Store.Write(tx => End(tx, request));
        request.DropCookie(CookieName);
    }

    private static async ValueTask End(ITransaction tx, SignInRequest request)
    {
        if (request.Cookie(CookieName) is not { Length: > 0 } token) return;
        var hash = Grants.Hash(token);
        var key = Keys.BrowserSession(request.Pool.Ref, hash);
        if (await tx.Get(key, CognitoJson.Default.BrowserSession) is not { } session) return;
        tx.Delete(key);
        tx.Delete(Keys.BrowserSessionOf(request.Pool.Ref, request.Pool.Fold(session.Username), hash));
    }
}

/// <param name="Username">Who.</param>
/// <param name="AuthTime">When the password was shown.</param>
/// <param name="Expires">One hour later.</param>
internal sealed record BrowserSession(string Username, DateTimeOffset AuthTime, DateTimeOffset Expires);
