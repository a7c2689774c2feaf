using System.Text.RegularExpressions;
using Galley.Iam.Evaluate;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>The Security Token Service: who am I, and temporary keys.</summary>
internal sealed partial class Sts(Installation installation, Sessions sessions, Authorization authorization)
{
    private const int Shortest = 900, Usual = 3600, LongestChained = 3600, LongestSessionToken = 129_600, UsualSessionToken = 43_200;

    public ValueTask<GetCallerIdentityResponse> GetCallerIdentity(Empty request, Call call)
        => new(new GetCallerIdentityResponse(call.Principal.Arn, call.Principal.UserId, call.Account));

    public ValueTask<GetAccessKeyInfoResponse> GetAccessKeyInfo(GetAccessKeyInfoRequest request, Call call) => new(new GetAccessKeyInfoResponse(call.Account));

    public async ValueTask<AssumeRoleResponse> AssumeRole(AssumeRoleRequest request, Call call)
    {
        CheckSessionName(request.RoleSessionName);
        CheckDuration(request.DurationSeconds, 43_200);
        var session = await SessionPolicies(request, call);
        var role = await FindRole(request.RoleArn);
        var keys = RequestKeys.Of(call.Principal, call.Account, installation.Now).AddCall(call)
            .Add("sts:ExternalId", request.ExternalId).Add("sts:RoleSessionName", request.RoleSessionName);
        if (role is null || !await MayAssume(role, call.Principal, keys, call.Trail))
            throw Errors.AccessDenied($"User: {call.Principal.Arn} is not authorized to perform: sts:AssumeRole on resource: {request.RoleArn}");

        var seconds = request.DurationSeconds ?? Usual;
        if (call.Principal.Kind == PrincipalKind.AssumedRole && seconds > LongestChained)
            throw Errors.Validation("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
        if (seconds > role.MaxSessionDuration) throw Errors.Validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
        var principal = SessionOf(role, request.RoleSessionName) with { SessionPolicies = session };
        var made = await sessions.Create(principal, TimeSpan.FromSeconds(seconds));
        return new(Show(made), new AssumedRoleUser(principal.UserId, principal.Arn), session.Count == 0 ? null : Math.Max(1, session.Sum(policy => policy.Length) * 100 / 2048));
    }

    public async ValueTask<GetSessionTokenResponse> GetSessionToken(GetSessionTokenRequest request, Call call)
    {
        if (call.Principal.AccessKeyId.StartsWith("ASIA", StringComparison.Ordinal)) throw Errors.AccessDenied("Cannot call GetSessionToken with session credentials");
        CheckDuration(request.DurationSeconds, LongestSessionToken);
        var root = call.Principal.Kind == PrincipalKind.Root;
        var seconds = root ? Math.Min(request.DurationSeconds ?? Usual, Usual) : request.DurationSeconds ?? UsualSessionToken;
        return new(Show(await sessions.Create(call.Principal, TimeSpan.FromSeconds(seconds))));
    }

    /// <summary>Keys of a role for a service that its trust policy names; no client asked for them.</summary>
    public async ValueTask<TemporaryCredentials> AssumeForService(string roleArn, string servicePrincipal, string sessionName, TimeSpan duration)
    {
        var service = Principal.Service(servicePrincipal);
        var role = await FindRole(roleArn);
        if (role is null || !await MayAssume(role, service, RequestKeys.Of(service, installation.Account, installation.Now), trail: null))
            throw Errors.AccessDenied($"{servicePrincipal} is not authorized to perform: sts:AssumeRole on resource: {roleArn}");
        return await sessions.Create(SessionOf(role, sessionName), duration);
    }

    private static Credentials Show(TemporaryCredentials made) => new(made.AccessKeyId, made.SecretAccessKey, made.SessionToken, made.Expiration);

    private Principal SessionOf(Identity role, string name)
        => new(PrincipalKind.AssumedRole, $"arn:aws:sts::{installation.Account}:assumed-role/{role.Name}/{name}", $"{role.Id}:{name}") { RoleArn = role.Arn };

    private async ValueTask<Identity?> FindRole(string arn)
    {
        if (!Arn.TryParse(arn, out var parsed) || parsed.Service != "iam" || !parsed.Resource.StartsWith("role/", StringComparison.Ordinal)) throw Errors.Validation($"{arn} is invalid");
        var role = await installation.Store.Read(tx => Identities.Find(tx, installation.Account, IdentityKind.Role, arn[(arn.LastIndexOf('/') + 1)..]));
        return role?.Arn == arn ? role : null;
    }

    /// <summary>The trust policy must mean the caller; where it means the whole account, the caller's own policies must allow as well.</summary>
    private async ValueTask<bool> MayAssume(Identity role, Principal caller, RequestKeys keys, Trail? trail)
    {
        var trust = PolicyDocument.Parse(role.Trust);
        var trusted = trust.Statements.Any(statement => statement.Allow && statement.Means(caller, installation.Account) != PrincipalMatch.None && statement.Covers("sts:assumerole", role.Arn, keys));
        var policies = await authorization.PoliciesOf(caller);
        var decision = PolicyEvaluation.Decide(caller, installation.Account, policies, trust, "sts:AssumeRole", role.Arn, keys);
        var allowed = trusted && decision.Allowed;
        trail?.Add("policy", allowed, trusted ? $"sts:AssumeRole on {role.Arn}: {decision.Why}" : $"The trust policy of {role.Arn} does not name {caller.Arn}");
        return allowed;
    }

    private async ValueTask<IReadOnlyList<string>> SessionPolicies(AssumeRoleRequest request, Call call)
    {
        var policies = new List<string>();
        if (request.Policy is not null)
        {
            Identities.CheckPolicy(request.Policy, 2048, "The session policy is too large.");
            policies.Add(request.Policy);
        }

        foreach (var arn in (request.PolicyArns ?? []).Select(policy => policy.arn))
            policies.Add(await installation.Store.Read(tx => Policies.DocumentOf(tx, call.Account, arn)) ?? throw Errors.NoSuchPolicy(arn));
        return policies;
    }

    private static void CheckSessionName(string name)
    {
        if (name.Length < 2) throw Errors.Constraint(name, "roleSessionName", "Member must have length greater than or equal to 2");
        if (name.Length > 64) throw Errors.Constraint(name, "roleSessionName", "Member must have length less than or equal to 64");
        if (!SessionName().IsMatch(name)) throw Errors.Constraint(name, "roleSessionName", @"Member must satisfy regular expression pattern: [\w+=,.@-]*");
    }

    private static void CheckDuration(int? seconds, int most)
    {
        if (seconds < Shortest) throw Errors.Constraint($"{seconds}", "durationSeconds", $"Member must have value greater than or equal to {Shortest}");
        if (seconds > most) throw Errors.Constraint($"{seconds}", "durationSeconds", $"Member must have value less than or equal to {most}");
    }

    [GeneratedRegex(@"^[A-Za-z0-9_+=,.@-]*\z")]
    private static partial Regex SessionName();
}
