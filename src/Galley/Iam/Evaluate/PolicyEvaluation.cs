using Galley.Wire;

namespace Galley.Iam.Evaluate;

/// <summary>The policies that bear on one caller.</summary>
/// <param name="Identity">Inline and attached, of the user or role and of the user's groups.</param>
/// <param name="Boundary">The permissions boundary; null when there is none.</param>
/// <param name="Session">Session policies; where there are any, one of them must allow.</param>
internal sealed record CallerPolicies(IReadOnlyList<PolicyDocument> Identity, PolicyDocument? Boundary, IReadOnlyList<PolicyDocument> Session)
{
    public static readonly CallerPolicies None = new([], null, []);
}

/// <param name="Allowed">The answer.</param>
/// <param name="Why">Continues AWS's sentence: `because no identity-based policy allows the x:Y action`.</param>
internal readonly record struct Decision(bool Allowed, string Why);

/// <summary>
/// IAM's evaluation inside one account: a Deny anywhere wins; then a resource policy that names the caller allows; then boundary, session
/// policies and identity policies must all allow. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
/// </summary>
internal static class PolicyEvaluation
{
    public static Decision Decide(Principal caller, string account, CallerPolicies policies, PolicyDocument? resourcePolicy, string action, string resource, RequestKeys keys)
    {
        var name = action.ToLowerInvariant();
        var hers = caller.Kind is PrincipalKind.User or PrincipalKind.AssumedRole;
        if (hers)
        {
            if (policies.Identity.Any(policy => Says(policy, false))) return Denied("with an explicit deny in an identity-based policy");
            if (policies.Boundary is not null && Says(policies.Boundary, false)) return Denied("with an explicit deny in a permissions boundary");
            if (policies.Session.Any(policy => Says(policy, false))) return Denied("with an explicit deny in a session policy");
        }

        var granted = PrincipalMatch.None;
        foreach (var statement in resourcePolicy?.Statements ?? [])
        {
            if (statement.Means(caller, account) is not (var means and not PrincipalMatch.None) || !statement.Covers(name, resource, keys)) continue;
            if (!statement.Allow) return Denied("with an explicit deny in a resource-based policy");
            if (means > granted) granted = means;
        }

        if (caller.Kind == PrincipalKind.Root) return new(true, "the account's root");
        if (granted == PrincipalMatch.Exact) return new(true, "a resource-based policy allows it");
        if (!hers)
            return granted == PrincipalMatch.Everyone
                ? new(true, "a resource-based policy allows it for everyone")
                : Denied($"because no resource-based policy allows the {action} action");

        if (policies.Boundary is not null && !Says(policies.Boundary, true)) return Denied($"because no permissions boundary allows the {action} action");
        if (policies.Session.Count > 0 && !policies.Session.Any(policy => Says(policy, true))) return Denied($"because no session policy allows the {action} action");
        if (granted is PrincipalMatch.Role or PrincipalMatch.Everyone) return new(true, "a resource-based policy allows it");
        return policies.Identity.Any(policy => Says(policy, true))
            ? new(true, "an identity-based policy allows it")
            : Denied($"because no identity-based policy allows the {action} action");

        static Decision Denied(string why) => new(false, why);

        bool Says(PolicyDocument policy, bool allow)
        {
            foreach (var statement in policy.Statements)
                if (statement.Allow == allow && statement.Covers(name, resource, keys))
                    return true;
            return false;
        }
    }
}
