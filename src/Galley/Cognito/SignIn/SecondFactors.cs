using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito.SignIn;

/// <summary>
/// SOFTWARE_TOKEN_MFA, SMS_MFA, EMAIL_OTP, SELECT_MFA_TYPE and MFA_SETUP. A wrong code leaves the session good for another try, five in all; a right
/// one spends the session and, for an authenticator app, the time step.
/// </summary>
internal sealed class SecondFactors(Installation installation, Steps steps, Attempts attempts, OneTimeCodes codes)
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    /// <summary>Factors that the pool allows, in AWS's names.</summary>
    public static IEnumerable<string> Of(UserPool pool)
    {
        if (pool.MfaConfiguration is null or "OFF") yield break;
        if (pool.SmsMfa == true) yield return ChallengeNames.Sms;
        if (pool.TotpMfa?.Enabled == true) yield return ChallengeNames.Totp;
        if (pool.EmailMfa is not null) yield return ChallengeNames.Email;
    }

    /// <summary>Factors that a sign-in of this user can ask for.</summary>
    public static IReadOnlyList<string> Of(UserPool pool, User user)
    {
        var chosen = Of(pool).Where(factor => user.Mfa?.Contains(factor) == true && Ready(user, factor)).ToList();
        // Where the pool demands a second factor, an address that is there serves without being chosen.
        return chosen.Count > 0 || pool.MfaConfiguration != "ON" ? chosen : [.. Of(pool).Where(factor => factor != ChallengeNames.Totp && Ready(user, factor))];
    }

    /// <summary>The challenge of the user's second factor; null when none is due.</summary>
    public async ValueTask<Challenge?> Challenge(Visit visit, User user, Passage passage)
    {
        var ready = Of(visit.Pool, user);
        if (ready.Count == 0) return visit.Pool.MfaConfiguration == "ON" ? await Setup(visit, user, passage) : null;
        if (user.PreferredMfa is { } preferred && ready.Contains(preferred)) return await Ask(visit, user, passage, preferred);
        if (ready.Count == 1) return await Ask(visit, user, passage, ready[0]);
        var session = await steps.Open(visit.Pool, New(visit, user, passage, ChallengeNames.SelectMfa) with { Choices = ready });
        return new Challenge(ChallengeNames.SelectMfa, session, new Dictionary<string, string> { ["MFAS_CAN_CHOOSE"] = List(ready), ["USER_ID_FOR_SRP"] = user.Username });
    }

    /// <summary>SELECT_MFA_TYPE's answer leads to the chosen factor's challenge.</summary>
    public async ValueTask<Challenge> Select(Visit visit, string session, string choice)
    {
        var (step, user) = await installation.Store.Write(async tx =>
        {
            var looked = await steps.Look(tx, visit.Pool, visit.Client, session, ChallengeNames.SelectMfa);
            if (looked.Choices?.Contains(choice) != true) throw Errors.Parameter("Invalid MFA type selected.");
            return (await steps.Take(tx, visit.Pool, visit.Client, session, ChallengeNames.SelectMfa), await Users.Get(tx, visit.Pool, looked.Username));
        });
        return await Ask(visit, user, step.Passage!, choice);
    }

    /// <summary>Checks a code; the user and how far the sign-in is now.</summary>
    public async ValueTask<(User User, Passage Passage)> Answer(Visit visit, string challenge, string session, string code)
    {
        var (looked, user) = await installation.Store.Read(async tx =>
        {
            var step = await steps.Look(tx, visit.Pool, visit.Client, session, challenge);
            return (step, await Users.Find(tx, visit.Pool, step.Username));
        });
        AwsError? problem = null;
        var right = await attempts.Try(visit.Pool, user, looked.Username, async () =>
        {
            problem = challenge == ChallengeNames.Totp ? await SpendTotp(visit, session, code) : await codes.Spend(visit, challenge, session, code);
            return problem is null;
        }, "mfa");
        return !right ? throw problem! : (user!, looked.Passage! with { MfaDone = true });
    }

    /// <summary>The end of MFA_SETUP: the seed that proved itself becomes the user's.</summary>
    public async ValueTask<(User User, Passage Passage)> FinishSetup(Visit visit, string session) => await installation.Store.Write(async tx =>
    {
        var step = await steps.Look(tx, visit.Pool, visit.Client, session, ChallengeNames.MfaSetup);
        if (!step.TotpVerified) throw new AwsError("SoftwareTokenMFANotFoundException", "User has not verified software token mfa");
        await steps.Take(tx, visit.Pool, visit.Client, session, ChallengeNames.MfaSetup);
        return (await Users.Get(tx, visit.Pool, step.Username), step.Passage! with { MfaDone = true });
    });

    private async ValueTask<AwsError?> SpendTotp(Visit visit, string session, string code) => await installation.Store.Write(async tx =>
    {
        var pool = visit.Pool;
        var step = await steps.Look(tx, pool, visit.Client, session, ChallengeNames.Totp);
        var user = await Users.Get(tx, pool, step.Username);
        if (user.Totp is null) return Errors.TotpOff();
        var spent = Totp.StepOf(installation.Secrets.Open(SoftwareTokens.Purpose(pool, user), user.Totp), code, installation.Now);
        if (spent is null) return Steps.Missed(tx, pool, session, step, Errors.MfaCodeMismatch());
        if (spent <= user.TotpStep) return Errors.TotpUsed();
        await steps.Take(tx, pool, visit.Client, session, ChallengeNames.Totp);
        await Users.Put(tx, pool, user, user with { TotpStep = spent.Value }, user.Modified);
        return null;
    });

    private async ValueTask<Challenge> Ask(Visit visit, User user, Passage passage, string factor)
    {
        if (factor != ChallengeNames.Totp) return await codes.Challenge(visit, user, user.Username, passage, factor);
        var session = await steps.Open(visit.Pool, New(visit, user, passage, factor));
        return new Challenge(factor, session, new Dictionary<string, string> { ["FRIENDLY_DEVICE_NAME"] = "TOTP device", ["USER_ID_FOR_SRP"] = user.Username });
    }

    private async ValueTask<Challenge> Setup(Visit visit, User user, Passage passage)
    {
        var session = await steps.Open(visit.Pool, New(visit, user, passage, ChallengeNames.MfaSetup));
        return new Challenge(ChallengeNames.MfaSetup, session, new Dictionary<string, string> { ["MFAS_CAN_SETUP"] = List(Of(visit.Pool)), ["USER_ID_FOR_SRP"] = user.Username });
    }

    private Step New(Visit visit, User user, Passage passage, string kind)
        => new() { Kind = kind, Username = user.Username, ClientId = visit.Client.ClientId, Expires = installation.Now + visit.Client.StepLife, Passage = passage };

    private static bool Ready(User user, string factor) => factor switch
    {
        ChallengeNames.Totp => user.Totp is not null,
        ChallengeNames.Sms => user["phone_number"] is not null,
        _ => user["email"] is not null,
    };

    private static string List(IEnumerable<string> names) => "[" + string.Join(',', names.Select(name => $"\"{name}\"")) + "]";
}
