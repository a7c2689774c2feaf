namespace Galley.Iam.Evaluate;

/// <summary>What a policy must be to be accepted, beyond its grammar. Throws <see cref="PolicyProblem"/> with AWS's words.</summary>
internal static class PolicyRules
{
    private static readonly string[] IamResources =
    [
        "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/", "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/",
    ];

    private static readonly string[] TrustActions = ["assumerole", "assumerolewithsaml", "assumerolewithwebidentity", "tagsession", "setsourceidentity", "setcontext"];

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
            foreach (var resource in statement.Resources) Resource(resource.Pattern);
            foreach (var action in statement.Actions) Action(action.Pattern);
            foreach (var condition in statement.Conditions) ConditionKey(condition.Key);
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
                if (action.Pattern is not ("*" or "sts:*") && !TrustActions.Any(known => action.Pattern == "sts:" + known) && !(action.Pattern.StartsWith("sts:", StringComparison.Ordinal) && action.Pattern.AsSpan().IndexOfAny('*', '?') > 0))
                    throw new PolicyProblem("AssumeRole policy may only specify STS AssumeRole actions.");
            foreach (var principal in statement.Principals)
                if (!Names(principal))
                    throw new PolicyProblem($"Invalid principal in policy: \"{principal.Kind}\":\"{principal.Value}\"");
            foreach (var condition in statement.Conditions) ConditionKey(condition.Key);
        }
    }

    private static void Action(string action)
    {
        if (action == "*") return;
        var parts = action.Split(':');
        if (parts.Length == 1 || parts[0].Length == 0 || parts[1].Length == 0) throw new PolicyProblem("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
        if (parts.Length > 2) throw new PolicyProblem("Actions/Condition can contain only one colon.");
        if (!parts[0].All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.')) throw new PolicyProblem($"Vendor {parts[0]} is not valid");
    }

    /// <summary>`aws:SourceIp`; provider keys like `cognito-identity.amazonaws.com:sub` and `host/path:aud` too.</summary>
    private static void ConditionKey(string key)
    {
        if (key.IndexOf(':', StringComparison.Ordinal) <= 0 || key.EndsWith(':')) throw new PolicyProblem("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
    }

    private static void Resource(string resource)
    {
        if (resource == "*") return;
        var parts = resource.Split(':', 6);
        if (parts[0] != "arn" || parts.Length == 1) throw new PolicyProblem($"Resource {resource} must be in ARN format or \"*\".");
        if (parts is ["arn", "*"]) return;
        if (!Partition(parts[1]))
            throw new PolicyProblem($"Partition \"{parts[1]}\" is not valid for resource \"arn:{parts[1]}:{string.Join(':', Enumerable.Range(2, 4).Select(i => i < parts.Length && parts[i].Length > 0 ? parts[i] : "*"))}\".");
        if (parts.Length < 3 || parts[2].Length == 0) throw new PolicyProblem("Resource vendor must be fully qualified and cannot contain regexes.");
        if (parts.Length < 6) throw parts[^1] == "*" || parts[^1].EndsWith('*') ? new PolicyProblem("The policy failed legacy parsing") : new PolicyProblem($"Resource {resource} must be in ARN format or \"*\".");
        if (parts[2] == "iam" && parts[3].Length > 0 && parts[3] != "*") throw new PolicyProblem($"IAM resource {resource} cannot contain region information.");
        if (parts[2] == "s3" && parts[3].Length > 0 && parts[3] != "*" && !parts[5].StartsWith("accesspoint/", StringComparison.Ordinal)) throw new PolicyProblem($"Resource {resource} can not contain region information.");
        if (parts[2] == "iam" && !parts[5].StartsWith('*') && parts[5] != "root" && !IamResources.Any(start => parts[5].StartsWith(start, StringComparison.Ordinal)))
            throw new PolicyProblem($"IAM resource path must either be \"*\" or start with {string.Join(", ", IamResources)}.");
    }

    private static bool Partition(string name) => name is "aws" or "aws-cn" or "aws-us-gov" or "aws-iso" or "aws-iso-b" or "aws-iso-e" or "aws-iso-f" or "aws-eusc" || name.Contains('*', StringComparison.Ordinal) || name.StartsWith("${", StringComparison.Ordinal);

    private static bool Names(PrincipalPattern principal) => principal.Kind switch
    {
        "AWS" => principal.Value == "*" || IsAccount(principal.Value) || IsCaller(principal.Value)
                 || principal.Value.StartsWith("AROA", StringComparison.Ordinal) || principal.Value.StartsWith("AIDA", StringComparison.Ordinal),
        "Service" => principal.Value.EndsWith(".amazonaws.com", StringComparison.Ordinal) && !principal.Value.Contains('*', StringComparison.Ordinal),
        "Federated" => principal.Value.Length > 0 && principal.Value != "*",
        _ => principal.Value.Length > 0,
    };

    private static bool IsAccount(string text) => text.Length == 12 && text.All(char.IsAsciiDigit);

    /// <summary>A whole ARN of a user, role or session; stars are not taken inside one.</summary>
    private static bool IsCaller(string text) => Wire.Arn.TryParse(text, out var arn) && arn is { Service: "iam" or "sts", Account.Length: 12 } && !text.Contains('*', StringComparison.Ordinal);
}
