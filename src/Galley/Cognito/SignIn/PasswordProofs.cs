using System.Text;
using Galley.Store;

namespace Galley.Cognito.SignIn;

/// <summary>PASSWORD_VERIFIER: a password proved by SRP. An unknown name gets a challenge of its own, always the same for that name (RFC 5054 §2.5.1.3).</summary>
internal sealed class PasswordProofs(Installation installation, Passwords passwords, Attempts attempts, Steps steps, SrpProofs proofs)
{
    public async ValueTask<Challenge> Ask(Visit visit, User? user, string name, string clientValue, Passage passage, bool withSession = false)
    {
        if (user is null && !visit.HidesUsers) throw Errors.UserNotFound();
        var subject = SubjectOf(visit.Pool, user, name);
        var parameters = await proofs.Ask(visit, Step.Verifier, subject.Id, subject, clientValue, passage);
        parameters["USERNAME"] = parameters["USER_ID_FOR_SRP"] = subject.Id;
        return new Challenge(Step.Verifier, withSession ? steps.Session(visit.Pool) : null, parameters);
    }

    /// <summary>The user whose password was proved, and how far the sign-in is.</summary>
    public async ValueTask<(User User, Passage Passage)> Verify(Visit visit, IReadOnlyDictionary<string, string> given)
    {
        var token = given.Required("PASSWORD_CLAIM_SECRET_BLOCK");
        var signature = given.Required("PASSWORD_CLAIM_SIGNATURE");
        var timestamp = given.Required("TIMESTAMP");
        var pool = visit.Pool;
        var (step, user) = await installation.Store.Write(async tx =>
        {
            var taken = await steps.Take(tx, pool, visit.Client, token, Step.Verifier);
            return (taken, await tx.Get(Keys.User(pool.Ref, pool.Fold(taken.Username)), CognitoJson.Default.User));
        });
        var right = await attempts.Try(pool, user, step.Username, () => new ValueTask<bool>(proofs.Holds(SubjectOf(pool, user, step.Username), step, token, signature, timestamp)));
        return right ? (user!, step.Passage!) : throw Errors.NotAuthorized();
    }

    private SrpProofs.Subject SubjectOf(UserPool pool, User? user, string name)
    {
        if (user?.SrpVerifier is { } hidden) return new(pool.Ref.ShortName, user.Username, user.SrpSalt!, installation.Secrets.Open(passwords.VerifierPurpose(pool, user), hidden));
        var mac = installation.Secrets.Mac("cognito-simulated-srp/" + pool.Id, Encoding.UTF8.GetBytes(pool.Fold(name)));
        var id = user?.Username ?? (pool.SignInByAttribute ? new Guid(mac.AsSpan(16, 16)).ToString() : name);
        return new(pool.Ref.ShortName, id, Convert.ToHexStringLower(mac.AsSpan(0, 16)), null);
    }
}

/// <summary>Parameters of sign-in calls.</summary>
internal static class Parameters
{
    public static string Required(this IReadOnlyDictionary<string, string> given, string name)
        => given.GetValueOrDefault(name) is { Length: > 0 } value ? value : throw Errors.Parameter($"Missing required parameter {name}");
}
