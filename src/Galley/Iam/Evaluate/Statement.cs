using System.Text.Json;
using Galley.Wire;

namespace Galley.Iam.Evaluate;

/// <summary>One statement: effect, actions, resources, principals, conditions.</summary>
internal sealed class Statement
{
    private ShownPlace? _shown;

    public string? Sid { get; set; }

    /// <summary>Its place in the policy, from 1.</summary>
    public int Number { get; set; }

    public bool Allow { get; set; }

    public IReadOnlyList<Wildcard>? Actions { get; set; }

    public bool NotAction { get; set; }

    public IReadOnlyList<Wildcard>? Resources { get; set; }

    public bool NotResource { get; set; }

    public IReadOnlyList<PrincipalPattern>? Principals { get; set; }

    public bool NotPrincipal { get; set; }

    public IReadOnlyList<Condition> Conditions { get; set; } = [];

    /// <param name="action">In lower case: actions are compared without case, resources with it.</param>
    /// <param name="resource">An ARN or `*`.</param>
    /// <param name="keys">Condition keys.</param>
    public bool Covers(string action, string resource, RequestKeys keys)
    {
        if (Actions is null || Matches(Actions, action, keys) == NotAction) return false;
        if (Resources is not null && Matches(Resources, resource, keys) == NotResource) return false;
        // A variable without a value names nothing, so it can also except nothing from an Allow.
        if (NotResource && Allow && Resources!.Any(pattern => pattern.Expand(keys) is null)) return false;
        foreach (var condition in Conditions)
            if (!condition.Holds(keys))
                return false;
        return true;
    }

    /// <summary>How the statement of a resource's policy means the caller.</summary>
    public PrincipalMatch Means(Principal caller, string account)
    {
        if (Principals is null) return PrincipalMatch.None;
        var best = PrincipalMatch.None;
        foreach (var pattern in Principals)
            if (pattern.Match(caller, account) is var match && match > best)
                best = match;
        if (!NotPrincipal) return best;
        return best == PrincipalMatch.None ? PrincipalMatch.Everyone : PrincipalMatch.None;
    }

    /// <summary>`statement Sid of …`, made once: it stands in the trail of every request it decides.</summary>
    public string Shown(string policy)
    {
        if (_shown is { } shown && ReferenceEquals(shown.Policy, policy)) return shown.Text;
        _shown = shown = new(policy, $"statement {(string.IsNullOrEmpty(Sid) ? $"{Number}" : Sid)} of {policy}");
        return shown.Text;
    }

    private sealed record ShownPlace(string Policy, string Text);

    private static bool Matches(IReadOnlyList<Wildcard> patterns, string text, RequestKeys keys)
    {
        foreach (var pattern in patterns)
            if (pattern.Matches(text, keys))
                return true;
        return false;
    }
}

/// <summary>How narrowly a Principal element means a caller; the narrower, the more an Allow gives by itself.</summary>
internal enum PrincipalMatch
{
    None,

    /// <summary>The whole account: its own policies must allow as well.</summary>
    Account,

    /// <summary>`*`</summary>
    Everyone,

    /// <summary>The role of a session: boundaries and session policies still narrow it.</summary>
    Role,

    /// <summary>The user, the session or the service itself.</summary>
    Exact,
}

/// <summary>One entry of a Principal element: `*`, `{"AWS": arn | account | "*"}`, `{"Service": …}`, `{"Federated": provider}`, `{"CanonicalUser": id}`.</summary>
internal sealed record PrincipalPattern(string Kind, string Value)
{
    public static List<PrincipalPattern> Read(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.String) return json.GetString() == "*" ? [new("AWS", "*")] : throw PolicyProblem.Syntax;
        if (json.ValueKind != JsonValueKind.Object) throw PolicyProblem.Syntax;
        var patterns = new List<PrincipalPattern>();
        foreach (var member in json.EnumerateObject())
        {
            if (member.Name is not ("AWS" or "Service" or "Federated" or "CanonicalUser")) throw PolicyProblem.Syntax;
            foreach (var value in PolicyDocument.Patterns(member.Value, variables: false)) patterns.Add(new(member.Name, value.Pattern));
        }

        return patterns.Count > 0 ? patterns : throw PolicyProblem.Syntax;
    }

    public PrincipalMatch Match(Principal caller, string account)
    {
        if (Kind == "Service") return caller.Kind == PrincipalKind.Service && caller.Arn == Value ? PrincipalMatch.Exact : PrincipalMatch.None;
        if (Kind == "Federated") return caller.Kind == PrincipalKind.WebIdentity && caller.Arn == Value ? PrincipalMatch.Exact : PrincipalMatch.None;
        if (Kind == "CanonicalUser" && Value == caller.UserId && Value.Length == 96) return PrincipalMatch.Exact; // an origin access identity
        if (Kind == "CanonicalUser") return caller.Kind != PrincipalKind.Anonymous && Value == CanonicalId(account) ? PrincipalMatch.Account : PrincipalMatch.None;
        if (Value == "*") return caller.Kind == PrincipalKind.WebIdentity ? PrincipalMatch.None : PrincipalMatch.Everyone; // a provider must be named
        if (caller.Kind is PrincipalKind.Anonymous or PrincipalKind.Service or PrincipalKind.WebIdentity) return PrincipalMatch.None;
        if (Value == caller.Arn && caller.Kind != PrincipalKind.Root) return PrincipalMatch.Exact;
        if (caller.RoleArn is not null && Value == caller.RoleArn) return PrincipalMatch.Role;
        // An account means its own callers, whosever the resource is.
        var home = Arn.TryParse(caller.Arn, out var arn) && arn.Account.Length > 0 ? arn.Account : account;
        return Value == home || Value == $"arn:aws:iam::{home}:root" ? PrincipalMatch.Account : PrincipalMatch.None;
    }

    /// <summary>The account as S3's access lists name it.</summary>
    private static string CanonicalId(string account)
        => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes("s3-owner/" + account)));
}
