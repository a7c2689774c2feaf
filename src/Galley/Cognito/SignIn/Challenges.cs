using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito.SignIn;

/// <summary>RespondToAuthChallenge and its admin twin: a new password for a temporary one, and the proof of SRP.</summary>
internal sealed class Challenges(Installation installation, Clients clients, Credentials credentials, Passwords passwords, Attempts attempts, Steps steps, InitiateAuths auths)
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    public async ValueTask<AuthResponse> RespondToAuthChallenge(RespondToAuthChallengeRequest request, Call call)
    {
        var (pool, client) = await clients.Find(request.ClientId);
        return await Respond(pool, client, request.ChallengeName, request.Session, request.ChallengeResponses ?? None);
    }

    public async ValueTask<AuthResponse> AdminRespondToAuthChallenge(AdminRespondToAuthChallengeRequest request, Call call)
    {
        var (pool, client) = await clients.Find(call, request.UserPoolId, request.ClientId);
        return await Respond(pool, client, request.ChallengeName, request.Session, request.ChallengeResponses ?? None);
    }

    /// <summary>The user with a password of its own instead of the temporary one; the step is used up with it.</summary>
    public async ValueTask<User> SetNewPassword(UserPool pool, UserPoolClient client, string session, string kind, string password, IReadOnlyList<UserAttribute> attributes)
    {
        var before = await installation.Store.Read(async tx => await Users.Get(tx, pool, (await steps.Look(tx, pool, client, session, kind)).Username));
        credentials.RequireReady(before);
        PasswordRules.Check(pool, password, "newPassword");
        AttributeRules.CheckWritable(pool, client, attributes, isNew: false);
        AttributeRules.CheckRequired(pool, before.With(attributes));
        var hashed = await passwords.Set(pool, before, password);
        return await installation.Store.Write(async tx =>
        {
            await steps.Take(tx, pool, client, session, kind);
            var old = await Users.Get(tx, pool, before.Username);
            var user = old.With(attributes) with
            {
                Status = UserStatus.Confirmed,
                PasswordHash = hashed.PasswordHash,
                SrpSalt = hashed.SrpSalt,
                SrpVerifier = hashed.SrpVerifier,
                PasswordExpires = null,
            };
            await Users.Put(tx, pool, old, user, installation.Now);
            return user;
        });
    }

    private async ValueTask<AuthResponse> Respond(UserPool pool, UserPoolClient client, string challenge, string? session, IReadOnlyDictionary<string, string> given)
    {
        if (challenge is not (Step.NewPassword or Step.Verifier)) throw Errors.Unsupported("the challenge " + challenge);
        var name = Required(given, "USERNAME");
        credentials.CheckSecretHash(client, name, given.GetValueOrDefault("SECRET_HASH"));
        if (challenge == Step.Verifier) return await auths.Proceed(pool, client, await ProveSrp(pool, client, given));
        if (session is null) throw Errors.Parameter("Missing required parameter Session");
        var password = Required(given, "NEW_PASSWORD");
        var step = await installation.Store.Read(async tx =>
        {
            var found = await steps.Look(tx, pool, client, session, challenge);
            return (await Users.Find(tx, pool, name))?.Username == found.Username ? found : null;
        });
        if (step is null) throw Errors.NotAuthorized("Invalid session for the user.");
        var attributes = given.Where(pair => pair.Key.StartsWith("userAttributes.", StringComparison.Ordinal))
            .Select(pair => new UserAttribute { Name = pair.Key["userAttributes.".Length..], Value = pair.Value }).ToList();
        return await auths.Finish(pool, client, await SetNewPassword(pool, client, session, challenge, password, attributes));
    }

    private async ValueTask<User> ProveSrp(UserPool pool, UserPoolClient client, IReadOnlyDictionary<string, string> given)
    {
        var token = Required(given, "PASSWORD_CLAIM_SECRET_BLOCK");
        var signature = Required(given, "PASSWORD_CLAIM_SIGNATURE");
        var timestamp = Required(given, "TIMESTAMP");
        var (step, user) = await installation.Store.Write(async tx =>
        {
            var taken = await steps.Take(tx, pool, client, token, Step.Verifier);
            return (taken, await tx.Get(Keys.User(pool.Ref, pool.Fold(taken.Username)), CognitoJson.Default.User));
        });
        return await attempts.Try(pool, user, step.Username, () => new ValueTask<bool>(Proves(pool, user, step, token, signature, timestamp))) ? user! : throw Errors.NotAuthorized();
    }

    private bool Proves(UserPool pool, User? user, Step step, string token, string signature, string timestamp)
    {
        if (user?.SrpVerifier is null || step.ServerSecret is null) return false;
        var b = installation.Secrets.Open("cognito-srp-b/" + Grants.Hash(token), step.ServerSecret);
        var verifier = installation.Secrets.Open(passwords.VerifierPurpose(pool, user), user.SrpVerifier);
        if (Srp.ClientValue(step.ClientValue!) is not { } a || Srp.SharedKey(a, b, Srp.ServerValue(verifier, b), verifier) is not { } key) return false;
        var expected = Srp.Signature(key, pool.Ref.ShortName, user.Username, Convert.FromBase64String(token), timestamp);
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Convert.ToBase64String(expected)), Encoding.UTF8.GetBytes(signature));
    }

    private static string Required(IReadOnlyDictionary<string, string> given, string name)
        => given.GetValueOrDefault(name) is { Length: > 0 } value ? value : throw Errors.Parameter($"Missing required parameter {name}");
}
