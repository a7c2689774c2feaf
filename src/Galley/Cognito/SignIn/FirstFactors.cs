using Galley.Store;

namespace Galley.Cognito.SignIn;

/// <summary>USER_AUTH: which first factors a user may choose, the choice itself, and codes as a first factor.</summary>
internal sealed class FirstFactors(Installation installation, Steps steps, OneTimeCodes codes)
{
    /// <summary>
    /// What the pool allows and the user has. AWS: a one-time password is no first factor for a user with MFA. An unknown name gets what the pool allows.
    /// </summary>
    public static IReadOnlyList<string> Of(UserPool pool, User? user)
    {
        var allowed = pool.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? ["PASSWORD"];
        var list = new List<string>();
        if (user is null || user.PasswordHash is not null) list.AddRange([ChallengeNames.Password, ChallengeNames.PasswordSrp]);
        if (pool.MfaConfiguration == "ON" || user is not null && SecondFactors.Of(pool, user).Count > 0) return list;
        if (user is { Status: not UserStatus.Confirmed }) return list;
        if (allowed.Contains("EMAIL_OTP") && (user is null || user.Proved("email"))) list.Add(ChallengeNames.Email);
        if (allowed.Contains("SMS_OTP") && (user is null || user.Proved("phone_number"))) list.Add(ChallengeNames.SmsOtp);
        return list;
    }

    /// <summary>The addresses that the pool lets users sign in by without a password; none where it does not.</summary>
    public static IEnumerable<string> WithoutPassword(UserPool pool)
    {
        foreach (var factor in pool.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? [])
            if (factor is "EMAIL_OTP") yield return "email";
            else if (factor is "SMS_OTP") yield return "phone_number";
    }

    public async ValueTask<Challenge> Offer(Visit visit, User? user, string name, IReadOnlyList<string> possible, Passage passage)
    {
        var session = await steps.Open(visit.Pool, New(visit, user, name, ChallengeNames.Select, passage) with { Choices = possible });
        return new Challenge(ChallengeNames.Select, session, new Dictionary<string, string>(), possible);
    }

    public async ValueTask<Challenge> AskPassword(Visit visit, User? user, string name, string kind, Passage passage)
        => new(kind, await steps.Open(visit.Pool, New(visit, user, name, kind, passage)), new Dictionary<string, string>());

    public ValueTask<Challenge> SendCode(Visit visit, User? user, string name, string factor, Passage passage) => codes.Challenge(visit, user, name, passage, factor);

    public ValueTask<(Step Step, User? User)> Take(Visit visit, string kind, string session) => installation.Store.Write(async tx =>
    {
        var step = await steps.Take(tx, visit.Pool, visit.Client, session, kind);
        return (step, await Users.Find(tx, visit.Pool, step.Username));
    });

    private Step New(Visit visit, User? user, string name, string kind, Passage passage)
        => new() { Kind = kind, Username = user?.Username ?? name, ClientId = visit.Client.ClientId, Expires = installation.Now + visit.Client.StepLife, Passage = passage };
}
