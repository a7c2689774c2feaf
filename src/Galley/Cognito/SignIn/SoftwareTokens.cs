using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito.SignIn;

/// <summary>
/// AssociateSoftwareToken and VerifySoftwareToken, by access token for a user who is signed in, by session for one who must set a factor up first.
/// </summary>
internal sealed class SoftwareTokens(Installation installation, AccessTokens tokens, Steps steps)
{
    private const int SeedBytes = 32; // 52 characters of base32, as AWS's

    public static string Purpose(UserPool pool, User user) => $"cognito-totp/{pool.Id}/{user.Sub}";

    public async ValueTask<AssociateSoftwareTokenResponse> AssociateSoftwareToken(AssociateSoftwareTokenRequest request, Call call)
    {
        if (request.AccessToken is null && request.Session is null) throw Errors.Parameter("Either AccessToken or Session must be provided.");
        if (request.AccessToken is { } token)
        {
            var bearer = await tokens.Check(token, Tokens.SelfService);
            var (seed, _) = await Associate(bearer.Pool, bearer.User.Username);
            return new AssociateSoftwareTokenResponse { SecretCode = seed };
        }

        var (pool, client) = await Place(request.Session!);
        var associated = await AssociateBySession(pool, client, request.Session!);
        return new AssociateSoftwareTokenResponse { SecretCode = associated.Seed, Session = associated.Session };
    }

    public async ValueTask<VerifySoftwareTokenResponse> VerifySoftwareToken(VerifySoftwareTokenRequest request, Call call)
    {
        if (request.AccessToken is null && request.Session is null) throw Errors.Parameter("Either AccessToken or Session must be provided.");
        if (request.AccessToken is not { } token)
        {
            var (pool, client) = await Place(request.Session!);
            return new VerifySoftwareTokenResponse { Status = "SUCCESS", Session = await VerifyBySession(pool, client, request.Session!, request.UserCode) };
        }

        var bearer = await tokens.Check(token, Tokens.SelfService);
        var problem = await installation.Store.Write(async tx =>
        {
            var user = await Users.Get(tx, bearer.Pool, bearer.User.Username);
            if (await Limits.Count(tx, bearer.Pool, user, "VerifySoftwareToken", 15, installation.Now) is { } limited) return limited;
            if (user.TotpPending is null) return new AwsError("SoftwareTokenMFANotFoundException", "User has not set up software token mfa");
            if (StepOf(bearer.Pool, user, user.TotpPending, request.UserCode) is not { } spent) return Mismatch();
            await Users.Put(tx, bearer.Pool, user, user with { Totp = user.TotpPending, TotpPending = null, TotpStep = spent }, installation.Now);
            return null;
        });
        return problem is null ? new VerifySoftwareTokenResponse { Status = "SUCCESS" } : throw problem;
    }

    /// <summary>MFA_SETUP: a seed for the user, under a new session.</summary>
    public async ValueTask<(string Seed, string Session)> AssociateBySession(UserPool pool, UserPoolClient client, string session)
    {
        RequireOn(pool);
        var seed = installation.Ids.Bytes(SeedBytes);
        var next = steps.Session(pool);
        await installation.Store.Write(async tx =>
        {
            var step = await steps.Take(tx, pool, client, session, ChallengeNames.MfaSetup);
            var user = await Users.Get(tx, pool, step.Username);
            await steps.Put(tx, pool, next, step with { Used = false, Tries = 0, TotpVerified = false, Totp = installation.Secrets.Seal(Purpose(pool, user), seed) });
        });
        return (Totp.Text(seed), next);
    }

    /// <summary>MFA_SETUP: the first code of the new seed; it becomes the user's, and the session that the setup ends with is returned.</summary>
    public async ValueTask<string> VerifyBySession(UserPool pool, UserPoolClient client, string session, string code)
    {
        var next = steps.Session(pool);
        var problem = await installation.Store.Write(async tx =>
        {
            var step = await steps.Look(tx, pool, client, session, ChallengeNames.MfaSetup);
            var user = await Users.Get(tx, pool, step.Username);
            if (step.Totp is null) return new AwsError("SoftwareTokenMFANotFoundException", "User has not set up software token mfa");
            if (StepOf(pool, user, step.Totp, code) is not { } spent) return Steps.Missed(tx, pool, session, step, Mismatch());
            await steps.Take(tx, pool, client, session, ChallengeNames.MfaSetup);
            await steps.Put(tx, pool, next, step with { Used = false, Totp = null, TotpVerified = true });
            var mfa = (user.Mfa ?? []).Append(ChallengeNames.Totp).Distinct().ToList();
            await Users.Put(tx, pool, user, user with { Totp = step.Totp, TotpPending = null, TotpStep = spent, Mfa = mfa, PreferredMfa = user.PreferredMfa ?? ChallengeNames.Totp }, installation.Now);
            return null;
        });
        return problem is null ? next : throw problem;
    }

    private async ValueTask<(string Seed, User User)> Associate(UserPool pool, string username)
    {
        RequireOn(pool);
        var seed = installation.Ids.Bytes(SeedBytes);
        var user = await installation.Store.Write(async tx =>
        {
            var old = await Users.Get(tx, pool, username);
            var changed = old with { TotpPending = installation.Secrets.Seal(Purpose(pool, old), seed) };
            await Users.Put(tx, pool, old, changed, old.Modified);
            return changed;
        });
        return (Totp.Text(seed), user);
    }

    private long? StepOf(UserPool pool, User user, string seed, string code) => Totp.StepOf(installation.Secrets.Open(Purpose(pool, user), seed), code, installation.Now);

    private ValueTask<(UserPool Pool, UserPoolClient Client)> Place(string session) => installation.Store.Read(async tx =>
    {
        if (Steps.PoolOf(session) is not { } id || await tx.Get(Keys.PoolPointer(id), CognitoJson.Default.PoolPointer) is not { } at) throw Errors.NotAuthorized("Invalid session for the user.");
        var pool = await UserPools.Get(tx, at.Pool);
        var step = await tx.Get(Keys.Step(pool.Ref, Grants.Hash(session)), CognitoJson.Default.Step) ?? throw Errors.NotAuthorized("Invalid session for the user.");
        return (pool, await Clients.Get(tx, pool.Ref, step.ClientId));
    });

    private static void RequireOn(UserPool pool)
    {
        if (pool.TotpMfa?.Enabled != true || pool.MfaConfiguration is null or "OFF") throw Errors.TotpOff();
    }

    private static AwsError Mismatch() => new("EnableSoftwareTokenMFAException", "Code mismatch");
}

internal sealed record AssociateSoftwareTokenRequest
{
    public string? AccessToken { get; init; }
    public string? Session { get; init; }
}

internal sealed record AssociateSoftwareTokenResponse
{
    public required string SecretCode { get; init; }
    public string? Session { get; init; }
}

internal sealed record VerifySoftwareTokenRequest
{
    public string? AccessToken { get; init; }
    public string? Session { get; init; }
    public required string UserCode { get; init; }
    public string? FriendlyDeviceName { get; init; }
}

internal sealed record VerifySoftwareTokenResponse
{
    public required string Status { get; init; }
    public string? Session { get; init; }
}
