using System.Globalization;
using System.Text.RegularExpressions;
using Galley.Iam.Evaluate;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>What every way to a role has in common: the trust policy, session policies, tags, durations.</summary>
internal sealed partial class RoleSessions(Installation installation, Sessions sessions, Authorization authorization)
{
    private const int Shortest = 900, MostPolicies = 10, PolicyLetters = 2048;
    private const string PrincipalTag = "aws:PrincipalTag/", Transitive = "galley:TransitiveTag", SourceIdentity = "aws:SourceIdentity";

    public async ValueTask<Identity?> FindRole(string arn)
    {
        if (!Arn.TryParse(arn, out var parsed) || parsed.Service != "iam" || !parsed.Resource.StartsWith("role/", StringComparison.Ordinal)) throw Errors.Validation($"{arn} is invalid");
        var role = await installation.Store.Read(tx => Identities.Find(tx, installation.Account, IdentityKind.Role, arn[(arn.LastIndexOf('/') + 1)..]));
        return role?.Arn == arn ? role : null;
    }

    /// <summary>The trust policy must mean the caller; where it means the whole account, the caller's own policies must allow as well.</summary>
    public async ValueTask<bool> MayAssume(Identity role, Principal caller, string action, RequestKeys keys, Trail? trail)
    {
        var trust = PolicyDocument.Parse(role.Trust);
        var trusted = trust.Statements.Any(statement => statement.Allow && statement.Means(caller, installation.Account) != PrincipalMatch.None && statement.Covers(action.ToLowerInvariant(), role.Arn, keys));
        var decision = PolicyEvaluation.Decide(caller, installation.Account, await authorization.PoliciesOf(caller), trust, action, role.Arn, keys);
        var allowed = trusted && decision.Allowed;
        if (trail is not null && !trusted) trail.Refuse("trust policy", $"the trust policy of {role.Arn} has no Allow of {action} that covers {caller.Arn}, or its conditions do not hold", $"name {caller.Arn} (or its account) in the role's trust policy");
        else if (trail is not null) Remedy.Tell(trail, caller, decision, action, role.Arn);
        return allowed;
    }

    public async ValueTask<TemporaryCredentials> Create(Principal principal, int seconds)
        => await sessions.Create(principal with { Keys = [.. principal.Keys, new("aws:TokenIssueTime", installation.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture))] }, TimeSpan.FromSeconds(seconds));

    public Principal SessionOf(Identity role, string name)
        => new(PrincipalKind.AssumedRole, $"arn:aws:sts::{installation.Account}:assumed-role/{role.Name}/{name}", $"{role.Id}:{name}") { RoleArn = role.Arn };

    /// <summary>The session's keys: the tags asked for, and what a chained session may not shake off.</summary>
    public static List<KeyValuePair<string, string>> KeysOf(Principal caller, IReadOnlyList<Tag> tags, IReadOnlyList<string> transitive, string? sourceIdentity)
    {
        var inherited = caller.Keys.Where(key => key.Key == Transitive).Select(key => key.Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (tags.FirstOrDefault(tag => inherited.Contains(tag.Key)) is { } again)
            throw Errors.InvalidInput($"One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session: {again.Key}");
        var keys = caller.Keys.Where(key => key.Key == Transitive || key.Key.StartsWith(PrincipalTag, StringComparison.Ordinal) && inherited.Contains(key.Key[PrincipalTag.Length..])).ToList();
        keys.AddRange(tags.Select(tag => KeyValuePair.Create(PrincipalTag + tag.Key, tag.Value)));
        keys.AddRange(transitive.Select(name => KeyValuePair.Create(Transitive, name)));
        var identity = sourceIdentity ?? caller.Keys.FirstOrDefault(key => key.Key == SourceIdentity).Value;
        if (identity is not null) keys.Add(new(SourceIdentity, identity));
        return keys;
    }

    /// <summary>The source identity that the caller's session brings; it cannot be changed on the way.</summary>
    public static string? SourceIdentityOf(Principal caller) => caller.Keys.FirstOrDefault(key => key.Key == SourceIdentity).Value;

    public async ValueTask<IReadOnlyList<string>> SessionPolicies(string? policy, IReadOnlyList<PolicyDescriptor>? arns, Call call)
    {
        var policies = new List<string>();
        if (policy is not null)
        {
            Identities.CheckPolicy(policy, PolicyLetters, "The session policy is too large.");
            policies.Add(policy);
        }

        if (arns is { Count: > MostPolicies }) throw Errors.Constraint("[…]", "policyArns", $"Member must have length less than or equal to {MostPolicies}");
        foreach (var arn in (arns ?? []).Select(descriptor => descriptor.arn))
            policies.Add(await installation.Store.Read(tx => Policies.DocumentOf(tx, call.Account, arn)) ?? throw Errors.NoSuchPolicy(arn));
        if (policies.Sum(text => text.Length) > PolicyLetters * (1 + MostPolicies)) throw new AwsError("PackedPolicyTooLarge", "Packed size of session policies exceeds the limit.");
        return policies;
    }

    /// <summary>Percent of the room that session policies and tags have; null for none.</summary>
    public static int? PackedSize(IReadOnlyList<string> policies, IReadOnlyList<Tag> tags)
        => policies.Count + tags.Count == 0 ? null : Math.Clamp((policies.Sum(policy => policy.Length) + tags.Sum(tag => tag.Key.Length + tag.Value.Length)) * 100 / (PolicyLetters * 2), 1, 100);

    public static void CheckTags(IReadOnlyList<Tag> tags, IReadOnlyList<string> transitive)
    {
        Identities.CheckTags(tags);
        if (transitive.FirstOrDefault(name => !tags.Any(tag => tag.Key == name)) is { } missing)
            throw Errors.InvalidInput($"The specified transitive tag key must be included in the requested tags: {missing}");
    }

    public static void CheckName(string name, string member, int most)
    {
        if (name.Length < 2) throw Errors.Constraint(name, member, "Member must have length greater than or equal to 2");
        if (name.Length > most) throw Errors.Constraint(name, member, $"Member must have length less than or equal to {most}");
        if (!Name().IsMatch(name)) throw Errors.Constraint(name, member, @"Member must satisfy regular expression pattern: [\w+=,.@-]*");
    }

    public static void CheckDuration(int? seconds, int most)
    {
        if (seconds < Shortest) throw Errors.Constraint($"{seconds}", "durationSeconds", $"Member must have value greater than or equal to {Shortest}");
        if (seconds > most) throw Errors.Constraint($"{seconds}", "durationSeconds", $"Member must have value less than or equal to {most}");
    }

    [GeneratedRegex(@"^[A-Za-z0-9_+=,.@-]*\z")]
    private static partial Regex Name();
}
