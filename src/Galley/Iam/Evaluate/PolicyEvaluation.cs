using Galley.Wire;

namespace Galley.Iam.Evaluate;

/// <param name="Name">Where it stands, for the trail: `arn:aws:iam::aws:policy/ReadOnlyAccess`, `inline policy p of role r`.</param>
/// <param name="Document">What it says.</param>
internal sealed record NamedPolicy(string Name, PolicyDocument Document);

/// <summary>The policies that bear on one caller.</summary>
/// <param name="Identity">Inline and attached, of the user or role and of the user's groups.</param>
/// <param name="Boundary">The permissions boundary; null when there is none.</param>
/// <param name="Session">Session policies; where there are any, one of them must allow.</param>
internal sealed record CallerPolicies(IReadOnlyList<NamedPolicy> Identity, NamedPolicy? Boundary, IReadOnlyList<NamedPolicy> Session)
{
    public static readonly CallerPolicies None = new([], null, []);

    /// <summary>`aws:PrincipalTag/…` of the user or role; a session's own tags come before them.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];
}

/// <param name="Allowed">The answer.</param>
/// <param name="Why">Continues AWS's sentence: `because no identity-based policy allows the x:Y action`.</param>
/// <param name="By">Policy and statement that decided, for the trail; empty when it was that none spoke.</param>
internal readonly record struct Decision(bool Allowed, string Why, string By = "");

/// <summary>
/// IAM's evaluation: a Deny anywhere wins. Inside one account a resource policy that names the caller allows by itself; then boundary,
/// session policies and identity policies must all allow. Between accounts both sides must allow.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
/// </summary>
internal static class PolicyEvaluation
{
    private const string OfResource = "the resource's policy";

    /// <param name="caller">Who asks.</param>
    /// <param name="account">The account that the resource belongs to.</param>
    /// <param name="policies">The caller's own.</param>
    /// <param name="resourcePolicy">The resource's own, or a role's trust policy.</param>
    /// <param name="action">`s3:GetObject`</param>
    /// <param name="resource">An ARN or `*`.</param>
    /// <param name="keys">Condition keys.</param>
    /// <param name="policyDecides">The resource's policy must allow, if only by naming the account; the caller's own policies alone do not.</param>
    public static Decision Decide(Principal caller, string account, CallerPolicies policies, PolicyDocument? resourcePolicy, string action, string resource, RequestKeys keys, bool policyDecides = false)
    {
        var name = action.ToLowerInvariant();
        var hers = caller.Kind is PrincipalKind.User or PrincipalKind.AssumedRole or PrincipalKind.FederatedUser;
        if (hers && Denies(policies, name, resource, keys) is { } denied) return denied;

        var (granted, by) = (PrincipalMatch.None, "");
        foreach (var statement in resourcePolicy?.Statements ?? [])
        {
            if (statement.Means(caller, account) is not (var means and not PrincipalMatch.None) || !statement.Covers(name, resource, keys)) continue;
            if (!statement.Allow) return Denied("with an explicit deny in a resource-based policy", statement.Shown(OfResource));
            if (means > granted) (granted, by) = (means, statement.Shown(OfResource));
        }

        var foreign = IsForeign(caller, account);
        if ((foreign || policyDecides) && granted == PrincipalMatch.None) return Denied($"because no resource-based policy allows the {action} action");
        if (caller.Kind == PrincipalKind.Root) return new(true, "the account's root", by);
        if (granted == PrincipalMatch.Exact && !foreign) return new(true, "a resource-based policy allows it", by);
        if (!hers)
            return granted is PrincipalMatch.Everyone or PrincipalMatch.Exact
                ? new(true, "a resource-based policy allows it for everyone", by)
                : Denied($"because no resource-based policy allows the {action} action");

        if (policies.Boundary is not null && Speaks(policies.Boundary, true, name, resource, keys) is null) return Denied($"because no permissions boundary allows the {action} action");
        if ((policies.Session.Count > 0 || caller.Kind == PrincipalKind.FederatedUser) && Speaks(policies.Session, true, name, resource, keys) is null)
            return Denied($"because no session policy allows the {action} action");
        if (granted is PrincipalMatch.Role or PrincipalMatch.Everyone && !foreign) return new(true, "a resource-based policy allows it", by);
        if (caller.Kind == PrincipalKind.FederatedUser && caller.Issuer is null) return new(true, "a session policy of the root allows it"); // the root needs no identity policy
        return Speaks(policies.Identity, true, name, resource, keys) is { } found
            ? new(true, "an identity-based policy allows it", found)
            : Denied($"because no identity-based policy allows the {action} action");
    }

    private static Decision? Denies(CallerPolicies policies, string action, string resource, RequestKeys keys)
        => Speaks(policies.Identity, false, action, resource, keys) is { } identity ? Denied("with an explicit deny in an identity-based policy", identity)
            : policies.Boundary is not null && Speaks(policies.Boundary, false, action, resource, keys) is { } boundary ? Denied("with an explicit deny in a permissions boundary", boundary)
            : Speaks(policies.Session, false, action, resource, keys) is { } session ? Denied("with an explicit deny in a session policy", session)
            : null;

    private static string? Speaks(IReadOnlyList<NamedPolicy> policies, bool allow, string action, string resource, RequestKeys keys)
    {
        foreach (var policy in policies)
            if (Speaks(policy, allow, action, resource, keys) is { } found)
                return found;
        return null;
    }

    /// <summary>The statement of this effect that covers the request.</summary>
    private static string? Speaks(NamedPolicy policy, bool allow, string action, string resource, RequestKeys keys)
    {
        foreach (var statement in policy.Document.Statements)
            if (statement.Allow == allow && statement.Covers(action, resource, keys))
                return statement.Shown(policy.Name);
        return null;
    }

    /// <summary>An origin access identity (`arn:aws:iam::cloudfront:user/…`) is AWS's own: it has no account whose policies could speak.</summary>
    private static bool IsForeign(Principal caller, string account)
        => caller.Kind is not (PrincipalKind.Anonymous or PrincipalKind.Service or PrincipalKind.WebIdentity) && caller.Arn.Length > 0
           && Arn.TryParse(caller.Arn, out var arn) && arn.Account.Length > 0 && arn.Account != account && arn.Account != "cloudfront";

    private static Decision Denied(string why, string by = "") => new(false, why, by);
}
