using Galley.Iam.Evaluate;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>The Security Token Service: who am I, and temporary keys.</summary>
internal sealed class Sts(Installation installation, RoleSessions roles)
{
    private const int Usual = 3600, LongestChained = 3600, LongestRole = 43_200, LongestToken = 129_600, UsualToken = 43_200, LongestFederatedName = 32;

    public ValueTask<GetCallerIdentityResponse> GetCallerIdentity(Empty request, Call call)
        => new(new GetCallerIdentityResponse(call.Principal.Arn, call.Principal.UserId, call.Account));

    public ValueTask<GetAccessKeyInfoResponse> GetAccessKeyInfo(GetAccessKeyInfoRequest request, Call call)
        => request.AccessKeyId.Length is < 16 or > 128
            ? throw Errors.Constraint(request.AccessKeyId, "accessKeyId", "Member must have length greater than or equal to 16")
            : new(new GetAccessKeyInfoResponse(call.Account));

    /// <summary>Only services that encode their refusals make such messages; none of Galley's does, so none can be true.</summary>
    public ValueTask<Empty> DecodeAuthorizationMessage(DecodeAuthorizationMessageRequest request, Call call)
        => throw new AwsError("InvalidAuthorizationMessageException", "The message is not an authorization message that this account's services have encoded.");

    public async ValueTask<AssumeRoleResponse> AssumeRole(AssumeRoleRequest request, Call call)
    {
        RoleSessions.CheckName(request.RoleSessionName, "roleSessionName", 64);
        RoleSessions.CheckDuration(request.DurationSeconds, LongestRole);
        if (request.SourceIdentity is { } named) RoleSessions.CheckName(named, "sourceIdentity", 64);
        if (request.ExternalId is { Length: < 2 or > 1224 }) throw Errors.Constraint(request.ExternalId, "externalId", "Member must have length between 2 and 1224, inclusive");
        var (tags, transitive) = (request.Tags ?? [], request.TransitiveTagKeys ?? []);
        RoleSessions.CheckTags(tags, transitive);
        var session = await roles.SessionPolicies(request.Policy, request.PolicyArns, call);
        var role = await roles.FindRole(request.RoleArn);
        foreach (var action in Needed(request, call.Principal))
            if (role is null || !await roles.MayAssume(role, call.Principal, action, KeysOf(request, call, tags, transitive), call.Trail))
                throw Errors.AccessDenied($"User: {call.Principal.Arn} is not authorized to perform: {action} on resource: {request.RoleArn}");
        if (RoleSessions.SourceIdentityOf(call.Principal) is { } before && request.SourceIdentity is { } other && other != before)
            throw Errors.AccessDenied($"User: {call.Principal.Arn} is not authorized to perform: sts:SetSourceIdentity on resource: {request.RoleArn}");

        var seconds = request.DurationSeconds ?? Usual;
        if (call.Principal.Kind == PrincipalKind.AssumedRole && seconds > LongestChained)
            throw Errors.Validation("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
        if (seconds > role!.MaxSessionDuration) throw Errors.Validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
        var principal = roles.SessionOf(role, request.RoleSessionName) with { SessionPolicies = session, Keys = RoleSessions.KeysOf(call.Principal, tags, transitive, request.SourceIdentity) };
        var made = await roles.Create(principal, seconds);
        return new(made.Show(), new AssumedRoleUser(principal.UserId, principal.Arn), RoleSessions.PackedSize(session, tags), RoleSessions.SourceIdentityOf(principal));
    }

    public async ValueTask<GetSessionTokenResponse> GetSessionToken(GetSessionTokenRequest request, Call call)
    {
        if (call.Principal.AccessKeyId.StartsWith("ASIA", StringComparison.Ordinal)) throw Errors.AccessDenied("Cannot call GetSessionToken with session credentials");
        RoleSessions.CheckDuration(request.DurationSeconds, LongestToken);
        return new((await roles.Create(call.Principal, Seconds(request.DurationSeconds, call.Principal))).Show());
    }

    /// <summary>Keys that can do what both the caller's policies and the given session policies allow: without the latter, nothing.</summary>
    public async ValueTask<GetFederationTokenResponse> GetFederationToken(GetFederationTokenRequest request, Call call)
    {
        if (call.Principal.AccessKeyId.StartsWith("ASIA", StringComparison.Ordinal)) throw Errors.AccessDenied("Cannot call GetFederationToken with session credentials");
        RoleSessions.CheckName(request.Name, "name", LongestFederatedName);
        RoleSessions.CheckDuration(request.DurationSeconds, LongestToken);
        var tags = request.Tags ?? [];
        RoleSessions.CheckTags(tags, []);
        var session = await roles.SessionPolicies(request.Policy, request.PolicyArns, call);
        var (id, arn) = ($"{call.Account}:{request.Name}", $"arn:aws:sts::{call.Account}:federated-user/{request.Name}");
        var principal = new Principal(PrincipalKind.FederatedUser, arn, id)
        {
            Issuer = call.Principal.Kind == PrincipalKind.User ? new(call.Principal.Arn, call.Principal.UserId) : null,
            SessionPolicies = session,
            Keys = RoleSessions.KeysOf(call.Principal, tags, [], null),
        };
        var made = await roles.Create(principal, Seconds(request.DurationSeconds, call.Principal));
        return new(made.Show(), new FederatedUser(id, arn), RoleSessions.PackedSize(session, tags));
    }

    /// <summary>Keys of a role for a service that its trust policy names; no client asked for them.</summary>
    /// <param name="sessionPolicies">Narrow the session; none leaves it all that the role may.</param>
    public async ValueTask<TemporaryCredentials> AssumeForService(string roleArn, string servicePrincipal, string sessionName, TimeSpan duration, IReadOnlyList<KeyValuePair<string, string>> keys, params IReadOnlyList<string> sessionPolicies)
    {
        var service = Principal.Service(servicePrincipal);
        var role = await roles.FindRole(roleArn);
        if (role is null || !await roles.MayAssume(role, service, "sts:AssumeRole", RequestKeys.Of(service, installation.Account, installation.Now).Add("aws:SourceAccount", installation.Account), trail: null))
            throw Errors.AccessDenied($"{servicePrincipal} is not authorized to perform: sts:AssumeRole on resource: {roleArn}");
        return await roles.Create(roles.SessionOf(role, sessionName) with { Keys = keys, SessionPolicies = sessionPolicies }, (int)duration.TotalSeconds);
    }

    /// <summary>Tags and a source identity are rights of their own in the trust policy.</summary>
    private static IEnumerable<string> Needed(AssumeRoleRequest request, Principal caller)
    {
        yield return "sts:AssumeRole";
        if (request.Tags is { Count: > 0 }) yield return "sts:TagSession";
        if (request.SourceIdentity is not null || RoleSessions.SourceIdentityOf(caller) is not null) yield return "sts:SetSourceIdentity";
    }

    private RequestKeys KeysOf(AssumeRoleRequest request, Call call, IReadOnlyList<Tag> tags, IReadOnlyList<string> transitive)
    {
        var keys = RequestKeys.Of(call.Principal, call.Account, installation.Now).AddCall(call)
            .Add("sts:ExternalId", request.ExternalId).Add("sts:RoleSessionName", request.RoleSessionName).Add("sts:SourceIdentity", request.SourceIdentity ?? RoleSessions.SourceIdentityOf(call.Principal))
            .AddRequestTags(tags.Select(tag => KeyValuePair.Create(tag.Key, (string?)tag.Value)));
        foreach (var name in transitive) keys.Add("sts:TransitiveTagKeys", name);
        return keys;
    }

    private static int Seconds(int? asked, Principal caller) => caller.Kind == PrincipalKind.Root ? Math.Min(asked ?? Usual, Usual) : asked ?? UsualToken;
}
