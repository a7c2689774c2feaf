using System.Text.Json;
using Galley.Cognito.Triggers;
using Galley.Store;

namespace Galley.Cognito.SignIn;

/// <summary>CUSTOM_AUTH: the pool's own triggers say which challenges come, what they are and whether an answer is right.</summary>
internal sealed class CustomAuths(Installation installation, Steps steps, ChallengeTriggers triggers, PasswordProofs passwords, SignInGate gate)
{
    /// <summary>A right answer can not be guessed for ever, whatever the triggers say.</summary>
    private const int MaxRounds = 30;

    public async ValueTask<Outcome> Start(Visit visit, User? user, string name, IReadOnlyDictionary<string, string> given, Passage passage)
    {
        if (user is null && !visit.HidesUsers) throw Errors.UserNotFound();
        var withPassword = given.GetValueOrDefault("CHALLENGE_NAME") == "SRP_A";
        var rounds = withPassword ? [new CustomRound { ChallengeName = "SRP_A", ChallengeResult = true }] : (IReadOnlyList<CustomRound>)[];
        return await Go(visit, user, name, passage with { Rounds = rounds }, withPassword ? given.Required("SRP_A") : null);
    }

    /// <summary>Goes on after a round: the define trigger decides.</summary>
    public ValueTask<Outcome> After(Visit visit, User user, Passage passage, string challenge)
        => Go(visit, user, user.Username, passage with { Rounds = [.. passage.Rounds!, new CustomRound { ChallengeName = challenge, ChallengeResult = true }] }, null);

    public async ValueTask<Outcome> Answer(Visit visit, string session, string answer)
    {
        var (step, user) = await installation.Store.Write(async tx =>
        {
            var taken = await steps.Take(tx, visit.Pool, visit.Client, session, ChallengeNames.Custom);
            return (taken, await Users.Find(tx, visit.Pool, taken.Username));
        });
        var secret = JsonSerializer.Deserialize(installation.Secrets.OpenText(Purpose(visit.Pool, step.Username), step.Private!), CognitoJson.Default.DictionaryStringString)!;
        var right = await triggers.Verify(visit, step.Username, user, secret, answer) && user is not null;
        var passage = step.Passage!;
        var rounds = passage.Rounds!.Append(new CustomRound { ChallengeName = ChallengeNames.Custom, ChallengeResult = right, ChallengeMetadata = step.ChallengeMetadata }).ToList();
        return await Go(visit, user, step.Username, passage with { Rounds = rounds }, null);
    }

    private async ValueTask<Outcome> Go(Visit visit, User? user, string name, Passage passage, string? clientValue)
    {
        var defined = passage.Rounds!.Count < MaxRounds ? await triggers.Define(visit, name, user, passage.Rounds) : new Defined(null, false, true);
        if (defined.Fail) throw Errors.NotAuthorized();
        if (defined.Issue) return user is null ? throw Errors.NotAuthorized() : await gate.Finish(visit, user, passage);
        switch (defined.Challenge)
        {
            case ChallengeNames.Verifier when clientValue is not null:
                return new Outcome(null, await passwords.Ask(visit, user, name, clientValue, passage, withSession: true));
            case ChallengeNames.Custom:
                return new Outcome(null, await Create(visit, user, name, passage));
            default:
                throw Errors.TriggerAnswer("Unrecognizable lambda output");
        }
    }

    private async ValueTask<Challenge> Create(Visit visit, User? user, string name, Passage passage)
    {
        var made = await triggers.Create(visit, name, user, passage.Rounds!);
        var username = user?.Username ?? name;
        var session = await steps.Open(visit.Pool, new Step
        {
            Kind = ChallengeNames.Custom,
            Username = username,
            ClientId = visit.Client.ClientId,
            Expires = installation.Now + visit.Client.StepLife,
            Passage = passage,
            Private = installation.Secrets.SealText(Purpose(visit.Pool, username), JsonSerializer.Serialize(new Dictionary<string, string>(made.Private), CognitoJson.Default.DictionaryStringString)),
            ChallengeMetadata = made.Metadata,
        });
        return new Challenge(ChallengeNames.Custom, session, new Dictionary<string, string>(made.Public) { ["USERNAME"] = username });
    }

    private static string Purpose(UserPool pool, string username) => $"cognito-custom-challenge/{pool.Id}/{username}";
}
