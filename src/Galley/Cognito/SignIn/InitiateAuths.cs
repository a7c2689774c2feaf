using System.Numerics;
using System.Text;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito.SignIn;

/// <summary>InitiateAuth and AdminInitiateAuth: passwords, SRP, refresh tokens.</summary>
internal sealed class InitiateAuths(Installation installation, Clients clients, Credentials credentials, Passwords passwords, Steps steps, Grants grants, Tokens tokens)
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    public async ValueTask<AuthResponse> InitiateAuth(InitiateAuthRequest request, Call call)
    {
        var (pool, client) = await clients.Find(request.ClientId);
        if (request.AuthFlow is "ADMIN_USER_PASSWORD_AUTH" or "ADMIN_NO_SRP_AUTH") throw Errors.Parameter("Initiate Auth method not supported.");
        return await Start(pool, client, request.AuthFlow, request.AuthParameters ?? None);
    }

    public async ValueTask<AuthResponse> AdminInitiateAuth(AdminInitiateAuthRequest request, Call call)
    {
        var (pool, client) = await clients.Find(call, request.UserPoolId, request.ClientId);
        return await Start(pool, client, request.AuthFlow, request.AuthParameters ?? None);
    }

    /// <summary>Tokens for a user who has proved everything.</summary>
    public async ValueTask<AuthResponse> Finish(UserPool pool, UserPoolClient client, User user)
    {
        var refresh = grants.NewToken();
        var grant = grants.For(client, user, installation.Ids.Uuid(), [Tokens.SelfService], hosted: false);
        await installation.Store.Write(tx => grants.Open(tx, pool, grant, refresh));
        return Answer(await tokens.Issue(pool, client, user, grant), refresh);
    }

    public static AuthResponse Answer(IssuedTokens issued, string? refresh) => new()
    {
        ChallengeParameters = None,
        AuthenticationResult = new AuthenticationResult
        {
            AccessToken = issued.AccessToken,
            IdToken = issued.IdToken,
            RefreshToken = refresh,
            ExpiresIn = issued.ExpiresIn,
            TokenType = "Bearer",
        },
    };

    /// <summary>Tokens, or the challenge that is still in the way.</summary>
    public async ValueTask<AuthResponse> Proceed(UserPool pool, UserPoolClient client, User user)
    {
        credentials.RequireReady(user);
        if (user.Status != UserStatus.ForceChangePassword) return await Finish(pool, client, user);
        var session = steps.NewToken();
        await installation.Store.Write(tx => steps.Put(tx, pool, session, new Step { Kind = Step.NewPassword, Username = user.Username, ClientId = client.ClientId, Expires = installation.Now + client.StepLife }));
        var missing = pool.SchemaAttributes.Where(schema => schema.Required == true && schema.Name != "sub" && user[schema.Name] is null).Select(schema => schema.Name).ToList();
        return new AuthResponse
        {
            ChallengeName = Step.NewPassword,
            Session = session,
            ChallengeParameters = new Dictionary<string, string>
            {
                ["USER_ID_FOR_SRP"] = user.Username,
                ["requiredAttributes"] = "[" + string.Join(',', missing.Select(name => $"\"userAttributes.{name}\"")) + "]",
                ["userAttributes"] = Encoding.UTF8.GetString(Json.Object(writer =>
                {
                    foreach (var attribute in user.Attributes) writer.WriteString(attribute.Name, attribute.Value);
                })),
            },
        };
    }

    private async ValueTask<AuthResponse> Start(UserPool pool, UserPoolClient client, string flow, IReadOnlyDictionary<string, string> given)
    {
        var canonical = flow switch { "ADMIN_NO_SRP_AUTH" => "ADMIN_USER_PASSWORD_AUTH", "REFRESH_TOKEN" => "REFRESH_TOKEN_AUTH", _ => flow };
        if (canonical is not ("USER_PASSWORD_AUTH" or "ADMIN_USER_PASSWORD_AUTH" or "USER_SRP_AUTH" or "REFRESH_TOKEN_AUTH"))
            throw canonical is "CUSTOM_AUTH" or "USER_AUTH"
                ? Errors.Unsupported("the flow " + canonical)
                : Errors.Constraint(flow, "authFlow", "Member must satisfy enum value set: [CUSTOM_AUTH, USER_SRP_AUTH, REFRESH_TOKEN_AUTH, REFRESH_TOKEN, ADMIN_USER_PASSWORD_AUTH, USER_PASSWORD_AUTH, ADMIN_NO_SRP_AUTH, USER_AUTH]");
        if (!client.Allows(canonical))
            throw Errors.Parameter(canonical == "USER_PASSWORD_AUTH" ? "USER_PASSWORD_AUTH flow not enabled for this client" : "Auth flow not enabled for this client");
        if (canonical == "REFRESH_TOKEN_AUTH") return await Refresh(pool, client, given);
        var name = Required(given, "USERNAME");
        credentials.CheckSecretHash(client, name, given.GetValueOrDefault("SECRET_HASH"));
        if (canonical == "USER_SRP_AUTH") return await StartSrp(pool, client, name, Required(given, "SRP_A"));
        return await Proceed(pool, client, await credentials.Check(pool, client, name, Required(given, "PASSWORD")));
    }

    private async ValueTask<AuthResponse> Refresh(UserPool pool, UserPoolClient client, IReadOnlyDictionary<string, string> given)
    {
        var token = Required(given, "REFRESH_TOKEN");
        var (grant, user, live) = await installation.Store.Read(async tx =>
        {
            var found = await Grants.Find(tx, pool, token);
            if (found is null) return ((Grant?)null, (User?)null, false);
            return ((Grant?)found, await tx.Get(Keys.User(pool.Ref, pool.Fold(found.Username)), CognitoJson.Default.User), await Grants.IsLive(tx, pool, found.Username, found.Origin));
        });
        if (grant is null || grant.ClientId != client.ClientId) throw Errors.NotAuthorized("Invalid Refresh Token");
        credentials.CheckSecretHash(client, grant.Username, given.GetValueOrDefault("SECRET_HASH"));
        if (!live || user is null) throw Errors.NotAuthorized("Refresh Token has been revoked");
        if (grant.Expires <= installation.Now) throw Errors.NotAuthorized("Refresh Token has expired");
        if (!user.Enabled) throw Errors.NotAuthorized("User is disabled.");
        return Answer(await tokens.Issue(pool, client, user, grant), null);
    }

    private async ValueTask<AuthResponse> StartSrp(UserPool pool, UserPoolClient client, string name, string clientValue)
    {
        if (Srp.ClientValue(clientValue) is null) throw Errors.Parameter("Invalid SRP_A value.");
        var user = await installation.Store.Read(tx => Users.Find(tx, pool, name));
        if (user is null && !client.HidesUsers) throw Errors.UserNotFound();
        var (id, salt, verifier) = user?.SrpVerifier is { } hidden
            ? (user.Username, user.SrpSalt!, installation.Secrets.Open(passwords.VerifierPurpose(pool, user), hidden))
            : Simulated(pool, user?.Username, name);
        var b = installation.Ids.Bytes(32);
        var block = installation.Ids.Bytes(384);
        var ours = Srp.ServerValue(verifier, b);
        var token = Convert.ToBase64String(block);
        await installation.Store.Write(tx => steps.Put(tx, pool, token, new Step
        {
            Kind = Step.Verifier,
            Username = id,
            ClientId = client.ClientId,
            Expires = installation.Now + client.StepLife,
            ClientValue = clientValue,
            ServerSecret = user?.SrpVerifier is null ? null : installation.Secrets.Seal("cognito-srp-b/" + Grants.Hash(token), b),
        }));
        return new AuthResponse
        {
            ChallengeName = Step.Verifier,
            ChallengeParameters = new Dictionary<string, string>
            {
                ["SALT"] = Srp.Hex(new BigInteger(Convert.FromHexString(salt), isUnsigned: true, isBigEndian: true)),
                ["SECRET_BLOCK"] = token,
                ["SRP_B"] = Srp.Hex(ours),
                ["USERNAME"] = id,
                ["USER_ID_FOR_SRP"] = id,
            },
        };
    }

    /// <summary>What an unknown name gets: always the same for that name, and as long as the real thing (RFC 5054 §2.5.1.3).</summary>
    private (string Id, string Salt, byte[] Verifier) Simulated(UserPool pool, string? username, string name)
    {
        var mac = installation.Secrets.Mac("cognito-simulated-srp/" + pool.Id, Encoding.UTF8.GetBytes(pool.Fold(name)));
        var id = username ?? (pool.SignInByAttribute ? new Guid(mac.AsSpan(16, 16)).ToString() : name);
        return (id, Convert.ToHexStringLower(mac.AsSpan(0, 16)), mac);
    }

    private static string Required(IReadOnlyDictionary<string, string> given, string name)
        => given.GetValueOrDefault(name) is { Length: > 0 } value ? value : throw Errors.Parameter($"Missing required parameter {name}");
}
