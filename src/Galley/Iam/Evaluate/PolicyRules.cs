namespace Galley.Iam.Evaluate;

/// <summary>What a policy must be to be accepted, beyond its grammar. Throws <see cref="PolicyProblem"/> with AWS's words.</summary>
internal static class PolicyRules
{
    /// <summary>A policy of a user, role or group. An inline one may leave its version out, as SAM's statements do; a managed one may not.</summary>
    public static void Identity(string json, bool versionNeeded)
    {
        var policy = PolicyDocument.Parse(json);
        if (policy.Version != "2012-10-17" && (versionNeeded || policy.Version is not null)) throw new PolicyProblem("Policy document must be version 2012-10-17 or greater.");
        foreach (var statement in policy.Statements)
        {
            if (statement.Principals is not null) throw new PolicyProblem("Policy document should not specify a principal.");
            if (statement.Actions is not { Count: > 0 }) throw new PolicyProblem("Policy statement must contain actions.");
            if (statement.Resources is not { Count: > 0 }) throw new PolicyProblem("Policy statement must contain resources.");
            foreach (var action in statement.Actions)
                if (action.Pattern != "*" && (action.Pattern.IndexOf(':', StringComparison.Ordinal) <= 0 || action.Pattern.EndsWith(':')))
                    throw new PolicyProblem("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
            foreach (var resource in statement.Resources)
                if (resource.Pattern != "*" && !(resource.Pattern.StartsWith("arn:", StringComparison.Ordinal) && resource.Pattern.Split(':').Length >= 6) && !resource.Pattern.StartsWith("arn:*", StringComparison.Ordinal))
                    throw new PolicyProblem($"Resource {resource.Pattern} must be in ARN format or \"*\".");
        }
    }

    /// <summary>A role's trust policy.</summary>
    public static void Trust(string json)
    {
        foreach (var statement in PolicyDocument.Parse(json).Statements)
        {
            if (statement.Resources is not null) throw new PolicyProblem("Has prohibited field Resource");
            if (statement.Principals is null) throw new PolicyProblem("Missing required field Principal");
            if (statement.Actions is not { Count: > 0 }) throw new PolicyProblem("Missing required field Action");
            foreach (var action in statement.Actions)
                if (!action.Pattern.StartsWith("sts:", StringComparison.Ordinal) && action.Pattern != "*")
                    throw new PolicyProblem("AssumeRole policy may only specify STS AssumeRole actions.");
            foreach (var principal in statement.Principals)
                if (!Names(principal))
                    throw new PolicyProblem($"Invalid principal in policy: \"{principal.Kind}\":\"{principal.Value}\"");
        }
    }

    private static bool Names(PrincipalPattern principal) => principal.Kind switch
    {
        "AWS" => principal.Value == "*" || principal.Value.Length == 12 && principal.Value.All(char.IsAsciiDigit)
                 || Wire.Arn.TryParse(principal.Value, out var arn) && arn is { Service: "iam" or "sts", Account.Length: 12 }
                 || principal.Value.StartsWith("AROA", StringComparison.Ordinal) || principal.Value.StartsWith("AIDA", StringComparison.Ordinal),
        "Service" => principal.Value.EndsWith(".amazonaws.com", StringComparison.Ordinal),
        _ => principal.Value.Length > 0,
    };
}
