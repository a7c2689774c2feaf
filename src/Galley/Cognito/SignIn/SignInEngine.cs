using Galley.Cognito.Triggers;
using Galley.Store;

namespace Galley.Cognito.SignIn;

/// <summary>
/// The one sign-in, driven by the API and by the hosted pages: Start takes a first factor, Respond answers a challenge; both give tokens' ground
/// or the next challenge. Triggers, lock-out and second factors are in here, so that no way in goes around them.
/// </summary>
internal sealed class SignInEngine(
    Installation installation, Credentials credentials, Migrations migrations, FirstFactors firsts, PasswordProofs proofs, SecondFactors seconds, DeviceProofs devices, CustomAuths customs,
    SignInGate gate, NewPasswords newPasswords, UserTriggers triggers)
{
    /// <summary>Begins a sign-in.</summary>
    /// <param name="visit">Where.</param>
    /// <param name="flow">USER_PASSWORD_AUTH, USER_SRP_AUTH, CUSTOM_AUTH or USER_AUTH; the client's right to it is the caller's to check.</param>
    /// <param name="given">AuthParameters: USERNAME, PASSWORD, SRP_A, PREFERRED_CHALLENGE, DEVICE_KEY.</param>
    public async ValueTask<Outcome> Start(Visit visit, string flow, IReadOnlyDictionary<string, string> given)
    {
        var name = given.Required("USERNAME");
        var passage = new Passage { DeviceKey = visit.Hosted ? null : given.GetValueOrDefault("DEVICE_KEY") };
        if (flow == "USER_PASSWORD_AUTH") given.Required("PASSWORD");
        if (flow == "USER_SRP_AUTH") given.Required("SRP_A");
        var user = await installation.Store.Read(tx => Users.Find(tx, visit.Pool, name));
        if (user is null && flow == "USER_PASSWORD_AUTH" && await migrations.SignIn(visit, name, given["PASSWORD"]) is { } migrated) return await gate.Proceed(visit, migrated, passage);
        if (user is null && !visit.HidesUsers) throw Errors.UserNotFound();
        await triggers.PreAuthentication(visit, name, user);
        return flow switch
        {
            "USER_PASSWORD_AUTH" => await gate.Proceed(visit, await credentials.Check(visit, user, name, given["PASSWORD"]), passage),
            "USER_SRP_AUTH" => new Outcome(null, await proofs.Ask(visit, user, name, given["SRP_A"], passage)),
            "CUSTOM_AUTH" => await customs.Start(visit, user, name, given, passage),
            _ => await Choose(visit, user, name, given.GetValueOrDefault("PREFERRED_CHALLENGE"), given, passage),
        };
    }

    /// <summary>USER_AUTH with the session of ConfirmSignUp: the code that confirmed the user was the first factor.</summary>
    public async ValueTask<Outcome> Resume(Visit visit, string session, IReadOnlyDictionary<string, string> given)
    {
        var name = given.Required("USERNAME");
        await RequireOwn(visit, session, Step.Confirmed, name);
        var (step, user) = await firsts.Take(visit, Step.Confirmed, session);
        if (user is null) throw Errors.NotAuthorized("Invalid session for the user.");
        await triggers.PreAuthentication(visit, name, user);
        return await gate.Proceed(visit, user, WithDevice(visit, step.Passage!, given));
    }

    /// <summary>Goes on with a user whose first factor the sign-up has just seen: the password, and the code that proved the address.</summary>
    public ValueTask<Outcome> Proceed(Visit visit, User user) => gate.Proceed(visit, user, new Passage());

    /// <summary>Answers a challenge.</summary>
    /// <param name="visit">Where.</param>
    /// <param name="challenge">Its name.</param>
    /// <param name="session">Its session; null only for the SRP verifiers, which are found by their secret block.</param>
    /// <param name="given">ChallengeResponses. USERNAME, where it is there, must be the session's user.</param>
    public async ValueTask<Outcome> Respond(Visit visit, string challenge, string? session, IReadOnlyDictionary<string, string> given)
    {
        if (challenge is ChallengeNames.WebAuthn) throw Errors.Unsupported("passkeys (WEB_AUTHN)");
        if (challenge is ChallengeNames.Verifier)
        {
            var (who, passed) = await proofs.Verify(visit, given);
            return await AfterPassword(visit, who, WithDevice(visit, passed, given));
        }

        if (challenge is ChallengeNames.DeviceVerifier)
        {
            var (who, passed) = await devices.Verify(visit, given);
            return await gate.Proceed(visit, who, passed);
        }

        if (session is null) throw Errors.Parameter("Missing required parameter Session");
        if (given.GetValueOrDefault("USERNAME") is { } name) await RequireOwn(visit, session, challenge, name);
        switch (challenge)
        {
            case ChallengeNames.NewPassword:
                var (changed, onward) = await newPasswords.Set(visit, session, challenge, given.Required("NEW_PASSWORD"), given);
                return await gate.Proceed(visit, changed, onward with { Source = TokenSource.NewPassword });
            case ChallengeNames.Totp:
                return await AfterFactor(visit, challenge, session, given.Required("SOFTWARE_TOKEN_MFA_CODE"));
            case ChallengeNames.Sms:
                return await AfterFactor(visit, challenge, session, given.Required("SMS_MFA_CODE"));
            case ChallengeNames.Email:
                return await AfterFactor(visit, challenge, session, given.Required("EMAIL_OTP_CODE"));
            case ChallengeNames.SmsOtp:
                return await AfterFactor(visit, challenge, session, given.Required("SMS_OTP_CODE"));
            case ChallengeNames.SelectMfa:
                return new Outcome(null, await seconds.Select(visit, session, given.Required("ANSWER")));
            case ChallengeNames.MfaSetup:
                var (set, ready) = await seconds.FinishSetup(visit, session);
                return await gate.Proceed(visit, set, ready);
            case ChallengeNames.Custom:
                return await customs.Answer(visit, session, given.Required("ANSWER"));
            case ChallengeNames.DeviceSrp:
                return new Outcome(null, await devices.Ask(visit, session, given));
            case ChallengeNames.Select or ChallengeNames.Password or ChallengeNames.PasswordSrp:
                var (step, user) = await firsts.Take(visit, challenge, session);
                return await Choose(visit, user, step.Username, challenge == ChallengeNames.Select ? given.Required("ANSWER") : challenge, given, WithDevice(visit, step.Passage!, given));
            default:
                throw Errors.Constraint(challenge, "challengeName", $"Member must satisfy enum value set: [{string.Join(", ", ChallengeNames.All)}]");
        }
    }

    /// <summary>USER_AUTH: the first factor that was chosen, or the choice.</summary>
    private async ValueTask<Outcome> Choose(Visit visit, User? user, string name, string? choice, IReadOnlyDictionary<string, string> given, Passage passage)
    {
        var possible = FirstFactors.Of(visit.Pool, user);
        if (choice == ChallengeNames.WebAuthn) throw Errors.Unsupported("passkeys (WEB_AUTHN)");
        if (choice is null || !possible.Contains(choice)) return new Outcome(null, await firsts.Offer(visit, user, name, possible, passage));
        if (choice is ChallengeNames.Email or ChallengeNames.SmsOtp) return new Outcome(null, await firsts.SendCode(visit, user, name, choice, passage));
        if (choice == ChallengeNames.PasswordSrp)
            return new Outcome(null, given.GetValueOrDefault("SRP_A") is { } value
                ? await proofs.Ask(visit, user, name, value, passage, withSession: true)
                : await firsts.AskPassword(visit, user, name, choice, passage));
        if (given.GetValueOrDefault("PASSWORD") is not { } password) return new Outcome(null, await firsts.AskPassword(visit, user, name, choice, passage));
        return await gate.Proceed(visit, await credentials.Check(visit, user, name, password), passage);
    }

    private async ValueTask<Outcome> AfterPassword(Visit visit, User user, Passage passage)
    {
        if (passage.Rounds is null) return await gate.Proceed(visit, user, passage);
        credentials.RequireReady(user);
        if (user.Status == UserStatus.ForceChangePassword || await seconds.Challenge(visit, user, passage) is not { } factor) return await customs.After(visit, user, passage, ChallengeNames.Verifier);
        return new Outcome(null, factor);
    }

    private async ValueTask<Outcome> AfterFactor(Visit visit, string challenge, string session, string code)
    {
        var (user, passage) = await seconds.Answer(visit, challenge, session, code);
        return passage.Rounds is null ? await gate.Proceed(visit, user, passage) : await customs.After(visit, user, passage, challenge);
    }

    private async ValueTask RequireOwn(Visit visit, string session, string challenge, string name) => await installation.Store.Read(async tx =>
    {
        var step = await tx.Get(Keys.Step(visit.Pool.Ref, Grants.Hash(session)), CognitoJson.Default.Step);
        // What is wrong with the session itself is said where it is taken.
        if (step is null || step.Kind != challenge) return true;
        var named = await Users.Find(tx, visit.Pool, name);
        return (named?.Username ?? name) == step.Username ? true : throw Errors.NotAuthorized("Invalid session for the user.");
    });

    private static Passage WithDevice(Visit visit, Passage passage, IReadOnlyDictionary<string, string> given)
        => visit.Hosted || given.GetValueOrDefault("DEVICE_KEY") is not { } key ? passage : passage with { DeviceKey = key };
}
