using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito.SignIn;

/// <summary>InitiateAuth and AdminInitiateAuth, and GetTokensFromRefreshToken: the engine as the API shows it.</summary>
internal sealed class InitiateAuths(Installation installation, Clients clients, Credentials credentials, SignInEngine engine, Grants grants, Tokens tokens, Refreshes refreshes)
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    public async ValueTask<AuthResponse> InitiateAuth(InitiateAuthRequest request, Call call)
    {
        var (pool, client) = await clients.Find(request.ClientId);
        if (request.AuthFlow is "ADMIN_USER_PASSWORD_AUTH" or "ADMIN_NO_SRP_AUTH") throw Errors.Parameter("Initiate Auth method not supported.");
        return await Start(new Visit { Pool = pool, Client = client, Metadata = request.ClientMetadata }, request.AuthFlow, request.AuthParameters ?? None, request.Session);
    }

    public async ValueTask<AuthResponse> AdminInitiateAuth(AdminInitiateAuthRequest request, Call call)
    {
        var (pool, client) = await clients.Find(call, request.UserPoolId, request.ClientId);
        return await Start(new Visit { Pool = pool, Client = client, Metadata = request.ClientMetadata, Admin = true }, request.AuthFlow, request.AuthParameters ?? None, request.Session);
    }

    public async ValueTask<GetTokensFromRefreshTokenResponse> GetTokensFromRefreshToken(GetTokensFromRefreshTokenRequest request, Call call)
    {
        var (pool, client) = await clients.Find(request.ClientId);
        if (!clients.IsSecret(client, request.ClientSecret)) throw Errors.NotAuthorized($"Unable to verify secret for client {client.ClientId}");
        var (issued, next) = await refreshes.Refresh(pool, client, request.RefreshToken, grant => Checked(grant, request.DeviceKey), request.ClientMetadata);
        return new GetTokensFromRefreshTokenResponse { AuthenticationResult = Result(issued, next, null) };
    }

    /// <summary>The engine's outcome as an answer; a finished sign-in becomes tokens here.</summary>
    public async ValueTask<AuthResponse> Answer(Visit visit, Outcome outcome)
    {
        if (outcome.Challenge is { } challenge)
            return new AuthResponse { ChallengeName = challenge.Name, Session = challenge.Session, ChallengeParameters = challenge.Parameters, AvailableChallenges = challenge.Available };
        var done = outcome.Done!;
        var refresh = grants.NewToken();
        var grant = grants.For(visit.Client, done.User, installation.Ids.Uuid(), [Tokens.SelfService], hosted: false) with { DeviceKey = done.DeviceKey };
        // The trigger may still refuse; then there is no log-in.
        var issued = await tokens.Issue(visit.Pool, visit.Client, done.User, grant, done.Source, visit.Metadata);
        await installation.Store.Write(tx => grants.Open(tx, visit.Pool, grant, refresh));
        return new AuthResponse { ChallengeParameters = None, AuthenticationResult = Result(issued, refresh, done.NewDevice) };
    }

    private async ValueTask<AuthResponse> Start(Visit visit, string flow, IReadOnlyDictionary<string, string> given, string? session)
    {
        var client = visit.Client;
        var canonical = flow switch { "ADMIN_NO_SRP_AUTH" => "ADMIN_USER_PASSWORD_AUTH", "REFRESH_TOKEN" => "REFRESH_TOKEN_AUTH", _ => flow };
        if (canonical is not ("USER_PASSWORD_AUTH" or "ADMIN_USER_PASSWORD_AUTH" or "USER_SRP_AUTH" or "REFRESH_TOKEN_AUTH" or "CUSTOM_AUTH" or "USER_AUTH"))
            throw Errors.Constraint(flow, "authFlow", "Member must satisfy enum value set: [CUSTOM_AUTH, USER_SRP_AUTH, REFRESH_TOKEN_AUTH, REFRESH_TOKEN, ADMIN_USER_PASSWORD_AUTH, USER_PASSWORD_AUTH, ADMIN_NO_SRP_AUTH, USER_AUTH]");
        if (canonical == "REFRESH_TOKEN_AUTH" && client.Rotates)
            throw new AwsError("UnsupportedOperationException", "Refresh token rotation is enabled for this client; use GetTokensFromRefreshToken.");
        if (!client.Allows(canonical))
            throw Errors.Parameter(canonical is "USER_PASSWORD_AUTH" or "USER_SRP_AUTH" or "CUSTOM_AUTH" or "USER_AUTH" ? $"{canonical} flow not enabled for this client" : "Auth flow not enabled for this client");
        if (session is not null && canonical != "USER_AUTH") throw Errors.NotAuthorized("Invalid session for the user.");
        if (canonical == "REFRESH_TOKEN_AUTH") return await Refresh(visit, given);
        var name = given.Required("USERNAME");
        credentials.CheckSecretHash(client, name, given.GetValueOrDefault("SECRET_HASH"));
        if (session is not null) return await Answer(visit, await engine.Resume(visit, session, given));
        return await Answer(visit, await engine.Start(visit, canonical == "ADMIN_USER_PASSWORD_AUTH" ? "USER_PASSWORD_AUTH" : canonical, given));
    }

    private async ValueTask<AuthResponse> Refresh(Visit visit, IReadOnlyDictionary<string, string> given)
    {
        var (issued, _) = await refreshes.Refresh(visit.Pool, visit.Client, given.Required("REFRESH_TOKEN"), grant =>
        {
            credentials.CheckSecretHash(visit.Client, grant.Username, given.GetValueOrDefault("SECRET_HASH"));
            return Checked(grant, given.GetValueOrDefault("DEVICE_KEY"));
        }, visit.Metadata);
        return new AuthResponse { ChallengeParameters = None, AuthenticationResult = Result(issued, null, null) };
    }

    private static IReadOnlyList<string> Checked(Grant grant, string? deviceKey)
        => grant.DeviceKey is null || grant.DeviceKey == deviceKey ? grant.Scopes : throw Errors.NotAuthorized("Invalid Refresh Token");

    private static AuthenticationResult Result(IssuedTokens issued, string? refresh, NewDeviceMetadata? device) => new()
    {
        AccessToken = issued.AccessToken,
        IdToken = issued.IdToken,
        RefreshToken = refresh,
        ExpiresIn = issued.ExpiresIn,
        TokenType = "Bearer",
        NewDeviceMetadata = device,
    };
}
