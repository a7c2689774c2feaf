using Galley.Iam.Evaluate;
using Galley.Wire;

namespace Galley.Iam.Federation;

/// <summary>
/// AssumeRoleWithWebIdentity: a token of an OpenID provider, of an identity pool or of Google opens a role whose trust policy names the
/// provider. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
/// </summary>
internal sealed class WebIdentities(Installation installation, RoleSessions roles, OidcProviders providers, IdentityTokens tokens)
{
    public const string IdentityPools = "cognito-identity.amazonaws.com";
    private const int Usual = 3600, Longest = 43_200;
    private const string Action = "sts:AssumeRoleWithWebIdentity", Google = "accounts.google.com", Tags = "https://aws.amazon.com/tags";

    public async ValueTask<AssumeRoleWithWebIdentityResponse> AssumeRoleWithWebIdentity(AssumeRoleWithWebIdentityRequest request, Call call)
    {
        RoleSessions.CheckName(request.RoleSessionName, "roleSessionName", 64);
        RoleSessions.CheckDuration(request.DurationSeconds, Longest);
        var token = IdentityToken.Read(request.WebIdentityToken) ?? throw Errors.InvalidIdentityToken("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");
        var session = await roles.SessionPolicies(request.Policy, request.PolicyArns, call);
        var (principal, name, audience) = await ProviderOf(token);
        switch (await tokens.Check(token))
        {
            case TokenProblem.Signature:
                throw Errors.InvalidIdentityToken("Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements");
            case TokenProblem.Expired:
                throw new AwsError("ExpiredTokenException", $"Token expired: current date/time {installation.Now.ToUnixTimeSeconds()} must be before the expiration date/time {token.Expires:0}");
        }

        var role = await roles.FindRole(request.RoleArn);
        var (tags, transitive) = TagsOf(token);
        var made = await Assume(role, new WebIdentity(principal, name, token.Subject, audience, token.Texts("amr")) { Tags = tags, Transitive = transitive }, request.RoleSessionName, request.DurationSeconds, session, call.Trail)
            ?? throw Errors.AccessDenied($"Not authorized to perform {Action}");
        return new(made.Credentials.Show(), token.Subject, new AssumedRoleUser(made.Session.UserId, made.Session.Arn), RoleSessions.PackedSize(session, []), principal, audience, null);
    }

    /// <summary>For identity pools, which have checked the token themselves. Null when the trust policy does not let them.</summary>
    public async ValueTask<TemporaryCredentials?> Assume(string roleArn, WebIdentity identity, string sessionName, IReadOnlyList<string> sessionPolicies)
        => (await Assume(await roles.FindRole(roleArn), identity, sessionName, null, sessionPolicies, null))?.Credentials;

    private async ValueTask<(TemporaryCredentials Credentials, Principal Session)?> Assume(
        Identity? role, WebIdentity identity, string sessionName, int? duration, IReadOnlyList<string> sessionPolicies, Trail? trail)
    {
        var caller = new Principal(PrincipalKind.WebIdentity, identity.Provider) { Keys = [.. identity.Keys] };
        var keys = RequestKeys.Of(caller, installation.Account, installation.Now).Add("sts:RoleSessionName", sessionName)
            .AddRequestTags(identity.Tags.Select(tag => KeyValuePair.Create(tag.Key, (string?)tag.Value)));
        if (role is null || !await roles.MayAssume(role, caller, Action, keys, trail)) return null;
        if (identity.Tags.Count > 0 && !await roles.MayAssume(role, caller, "sts:TagSession", keys, trail)) return null;
        var seconds = duration ?? Math.Min(Usual, role.MaxSessionDuration);
        if (seconds > role.MaxSessionDuration) throw Errors.Validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
        var session = roles.SessionOf(role, sessionName) with
        {
            SessionPolicies = sessionPolicies,
            Keys = [.. identity.Keys, .. RoleSessions.KeysOf(Principal.Anonymous, identity.Tags, identity.Transitive, null), new("aws:FederatedProvider", identity.Provider)],
        };
        return (await roles.Create(session, seconds), session);
    }

    /// <summary>Whose token it is: the provider as a trust policy names it, its condition keys' prefix, and for whom the token was made.</summary>
    private async ValueTask<(string Principal, string Name, string Audience)> ProviderOf(IdentityToken token)
    {
        var audience = token.Text("azp") ?? (token.Audience.Count > 0 ? token.Audience[0] : "");
        if (token.Issuer == "https://" + IdentityPools) return (IdentityPools, IdentityPools, audience);
        if (token.Issuer is "https://" + Google or Google && await providers.Find(Google) is null) return (Google, Google, audience);
        var provider = await providers.Find(token.Issuer) ?? throw Errors.InvalidIdentityToken($"No OpenIDConnect provider found in your account for {token.Issuer}");
        // A token for several is good when one of them is ours; `azp` says for whom it was made.
        if (!(token.Text("azp") is { } azp && provider.ClientIds.Contains(azp)) && !token.Audience.Any(provider.ClientIds.Contains)) throw Errors.InvalidIdentityToken("Incorrect token audience");
        return (provider.Arn(installation.Account), provider.Url, audience);
    }

    /// <summary>Session tags that the token's claim carries.</summary>
    private static (List<Tag> Tags, List<string> Transitive) TagsOf(IdentityToken token)
    {
        if (!token.Claims.TryGetProperty(Tags, out var claim) || claim.ValueKind != System.Text.Json.JsonValueKind.Object || !claim.TryGetProperty("principal_tags", out var tags) || tags.ValueKind != System.Text.Json.JsonValueKind.Object) return ([], []);
        var list = tags.EnumerateObject().Select(tag => new Tag(tag.Name, (tag.Value.ValueKind == System.Text.Json.JsonValueKind.Array ? tag.Value.EnumerateArray().FirstOrDefault() : tag.Value).ToString())).ToList();
        Identities.CheckTags(list);
        return (list, claim.TryGetProperty("transitive_tag_keys", out var keys) && keys.ValueKind == System.Text.Json.JsonValueKind.Array ? [.. keys.EnumerateArray().Select(key => key.ToString())] : []);
    }
}

/// <summary>Somebody known by a provider's token.</summary>
/// <param name="Provider">As a trust policy's `Federated` names it: `cognito-identity.amazonaws.com` or an OIDC provider's ARN.</param>
/// <param name="Name">Prefix of its condition keys.</param>
/// <param name="Subject">`sub`</param>
/// <param name="Audience">`aud`</param>
/// <param name="Methods">`amr`</param>
internal sealed record WebIdentity(string Provider, string Name, string Subject, string Audience, IReadOnlyList<string> Methods)
{
    public IReadOnlyList<Tag> Tags { get; init; } = [];

    public IReadOnlyList<string> Transitive { get; init; } = [];

    public IEnumerable<KeyValuePair<string, string>> Keys =>
    [
        new(Name + ":sub", Subject), new(Name + ":aud", Audience), .. Methods.Select(method => KeyValuePair.Create(Name + ":amr", method)),
    ];
}
