using System.Text.Json;
using Galley.Cognito.SignIn;

namespace Galley.Cognito.Triggers;

/// <summary>The three triggers of CUSTOM_AUTH: define what comes next, create a challenge, verify its answer.</summary>
internal sealed class ChallengeTriggers(TriggerCall triggers)
{
    public async ValueTask<Defined> Define(Visit visit, string name, User? user, IReadOnlyList<CustomRound> rounds)
    {
        var arn = visit.Pool.LambdaConfig?.DefineAuthChallenge ?? throw Errors.Parameter("Custom auth lambda trigger is not configured for the user pool.");
        var answer = await triggers.Run(new TriggerEvent("DefineAuthChallenge", "DefineAuthChallenge_Authentication", visit.Pool, visit.Client.ClientId, user?.Username ?? name, writer =>
        {
            WriteWho(writer, user);
            WriteRounds(writer, rounds);
            TriggerCall.WriteMap(writer, "clientMetadata", visit.Metadata);
            if (user is null) writer.WriteBoolean("userNotFound", true);
        }, writer =>
        {
            writer.WriteNull("challengeName");
            writer.WriteNull("issueTokens");
            writer.WriteNull("failAuthentication");
        }), arn);
        return new Defined(TriggerCall.Text(answer, "challengeName"), TriggerCall.Flag(answer, "issueTokens") == true, TriggerCall.Flag(answer, "failAuthentication") == true);
    }

    public async ValueTask<Created> Create(Visit visit, string name, User? user, IReadOnlyList<CustomRound> rounds)
    {
        if (visit.Pool.LambdaConfig?.CreateAuthChallenge is not { } arn) throw Errors.Parameter("Custom auth lambda trigger is not configured for the user pool.");
        var answer = await triggers.Run(new TriggerEvent("CreateAuthChallenge", "CreateAuthChallenge_Authentication", visit.Pool, visit.Client.ClientId, user?.Username ?? name, writer =>
        {
            WriteWho(writer, user);
            writer.WriteString("challengeName", ChallengeNames.Custom);
            WriteRounds(writer, rounds);
            TriggerCall.WriteMap(writer, "clientMetadata", visit.Metadata);
            if (user is null) writer.WriteBoolean("userNotFound", true);
        }, writer =>
        {
            writer.WriteNull("publicChallengeParameters");
            writer.WriteNull("privateChallengeParameters");
            writer.WriteNull("challengeMetadata");
        }), arn);
        return new Created(TriggerCall.Map(answer, "publicChallengeParameters"), TriggerCall.Map(answer, "privateChallengeParameters"), TriggerCall.Text(answer, "challengeMetadata"));
    }

    public async ValueTask<bool> Verify(Visit visit, string name, User? user, IReadOnlyDictionary<string, string> secret, string given)
    {
        if (visit.Pool.LambdaConfig?.VerifyAuthChallengeResponse is not { } arn) throw Errors.Parameter("Custom auth lambda trigger is not configured for the user pool.");
        var answer = await triggers.Run(new TriggerEvent("VerifyAuthChallengeResponse", "VerifyAuthChallengeResponse_Authentication", visit.Pool, visit.Client.ClientId, user?.Username ?? name, writer =>
        {
            WriteWho(writer, user);
            TriggerCall.WriteMap(writer, "privateChallengeParameters", secret);
            writer.WriteString("challengeAnswer", given);
            TriggerCall.WriteMap(writer, "clientMetadata", visit.Metadata);
            if (user is null) writer.WriteBoolean("userNotFound", true);
        }, writer => writer.WriteNull("answerCorrect")), arn);
        return TriggerCall.Flag(answer, "answerCorrect") == true;
    }

    private static void WriteWho(Utf8JsonWriter writer, User? user)
    {
        if (user is not null) UserTriggers.WriteUser(writer, user);
        else TriggerCall.WriteMap(writer, "userAttributes", []);
    }

    private static void WriteRounds(Utf8JsonWriter writer, IReadOnlyList<CustomRound> rounds)
    {
        writer.WriteStartArray("session");
        foreach (var round in rounds)
        {
            writer.WriteStartObject();
            writer.WriteString("challengeName", round.ChallengeName);
            writer.WriteBoolean("challengeResult", round.ChallengeResult);
            writer.WriteString("challengeMetadata", round.ChallengeMetadata);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}

/// <param name="Challenge">The next challenge.</param>
/// <param name="Issue">Tokens now.</param>
/// <param name="Fail">No tokens at all.</param>
internal sealed record Defined(string? Challenge, bool Issue, bool Fail);

internal sealed record Created(IReadOnlyDictionary<string, string> Public, IReadOnlyDictionary<string, string> Private, string? Metadata);
