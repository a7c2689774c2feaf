using System.Text.Json;
using Galley.Wire;

namespace Galley.CognitoIdentity;

/// <summary>
/// What an identity gets: keys of its role (the enhanced flow) or a token to take one with (the basic flow).
/// https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html
/// </summary>
internal sealed class Credentials(Installation installation, IdentityPools pools, Identities identities, Logins logins, OpenIdTokens tokens, IAssumeIdentityRoles roles)
{
    private static readonly TimeSpan BasicLife = TimeSpan.FromMinutes(10);

    public async ValueTask<GetCredentialsResponse> GetCredentialsForIdentity(GetCredentialsRequest request, Call call)
    {
        var (pool, identity, proven) = await Enter(request.IdentityId, request.Logins);
        var role = RoleChoice.For(pool, proven, request.CustomRoleArn);
        var made = await roles.Assume(role, new(pool.Id, identity.Id, MethodsOf(proven), TagsOf(pool, proven)))
            ?? throw Errors.BadConfiguration();
        return new(identity.Id, made);
    }

    public async ValueTask<TokenResponse> GetOpenIdToken(WithLoginsRequest request, Call call)
    {
        var (pool, identity, proven) = await Enter(request.IdentityId, request.Logins);
        if (pool.AllowClassicFlow != true) throw Errors.InvalidParameter("Basic (classic) flow is not enabled, please use enhanced flow.");
        return new(identity.Id, await tokens.Sign(pool.Id, identity.Id, MethodsOf(proven), BasicLife, TagsOf(pool, proven)));
    }

    private async ValueTask<(Pool Pool, Identity Identity, List<ProvenLogin> Proven)> Enter(string identityId, Dictionary<string, string>? given)
    {
        var known = await installation.Store.Read(tx => identities.Get(tx, identityId));
        var pool = await pools.Find(known.PoolId);
        var proven = await logins.Prove(pool, given);
        if (proven.Count == 0 && !pool.AllowGuests) throw known.Logins.Count == 0 ? Errors.NotAuthorized("Unauthenticated access is not supported for this identity pool.") : Errors.Forbidden(identityId);
        if (proven.Exists(login => login.IdentityId is { } named && named != identityId)) throw Errors.LoginsDoNotMatch();
        return (pool, await identities.Entered(identityId, proven), proven);
    }

    private static List<string> MethodsOf(List<ProvenLogin> proven) => proven.Count == 0 ? ["unauthenticated"] : ["authenticated", .. proven.SelectMany(login => login.Methods)];

    /// <summary>Claims as principal tags, where the pool maps them for the provider.</summary>
    private static Dictionary<string, string> TagsOf(Pool pool, List<ProvenLogin> proven)
    {
        var tags = new Dictionary<string, string>();
        foreach (var login in proven)
            if (pool.PrincipalTags?.GetValueOrDefault(login.Provider) is { } map)
                foreach (var (name, claim) in map.UseDefaults ? new Dictionary<string, string> { ["username"] = "sub", ["client"] = "aud" } : map.Tags ?? [])
                    if (login.Claims.TryGetProperty(claim, out var value))
                        tags[name] = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return tags;
    }
}
