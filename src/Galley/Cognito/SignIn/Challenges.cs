using Galley.Wire;

namespace Galley.Cognito.SignIn;

/// <summary>RespondToAuthChallenge and its admin twin.</summary>
internal sealed class Challenges(Clients clients, Credentials credentials, SignInEngine engine, InitiateAuths auths)
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    public async ValueTask<AuthResponse> RespondToAuthChallenge(RespondToAuthChallengeRequest request, Call call)
    {
        var (pool, client) = await clients.Find(request.ClientId);
        return await Respond(new Visit { Pool = pool, Client = client, Metadata = request.ClientMetadata }, request.ChallengeName, request.Session, request.ChallengeResponses ?? None);
    }

    public async ValueTask<AuthResponse> AdminRespondToAuthChallenge(AdminRespondToAuthChallengeRequest request, Call call)
    {
        var (pool, client) = await clients.Find(call, request.UserPoolId, request.ClientId);
        return await Respond(new Visit { Pool = pool, Client = client, Metadata = request.ClientMetadata, Admin = true }, request.ChallengeName, request.Session, request.ChallengeResponses ?? None);
    }

    private async ValueTask<AuthResponse> Respond(Visit visit, string challenge, string? session, IReadOnlyDictionary<string, string> given)
    {
        if (!ChallengeNames.All.Contains(challenge)) throw Errors.Constraint(challenge, "challengeName", $"Member must satisfy enum value set: [{string.Join(", ", ChallengeNames.All)}]");
        credentials.CheckSecretHash(visit.Client, given.Required("USERNAME"), given.GetValueOrDefault("SECRET_HASH"));
        return await auths.Answer(visit, await engine.Respond(visit, challenge, session, given));
    }
}
