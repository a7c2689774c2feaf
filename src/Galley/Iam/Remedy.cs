using Galley.Iam.Evaluate;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>A decision in the words of `galley explain`: who may not do what, which policy says so, and what would have allowed it.</summary>
internal static class Remedy
{
    public static void Tell(Trail trail, Principal caller, Decision decision, string action, string resource)
    {
        if (decision.Allowed) trail.Add("policy", true, decision.By.Length > 0 ? decision.By : decision.Why, resource);
        else trail.Refuse("policy", $"{Name(caller)} may not {action} on {resource}, {decision.Why}{(decision.By.Length > 0 ? $" ({decision.By})" : "")}", Of(caller, decision, action, resource));
    }

    private static string Of(Principal caller, Decision decision, string action, string resource)
    {
        if (decision.Why.StartsWith("with an explicit deny", StringComparison.Ordinal)) return $"take the Deny that covers {action} out of {(decision.By.Length > 0 ? decision.By : "that policy")}; no Allow outweighs it";
        if (decision.Why.Contains("permissions boundary", StringComparison.Ordinal)) return $"let the permissions boundary of {Name(caller)} allow {action} on {resource} as well";
        if (decision.Why.Contains("session policy", StringComparison.Ordinal)) return $"take a session whose session policy allows {action} on {resource}, or that has none";
        return caller.Kind is PrincipalKind.User or PrincipalKind.AssumedRole or PrincipalKind.FederatedUser
            ? $"give {caller.RoleArn ?? caller.Arn} a policy that allows {action} on {resource}"
            : $"add an Allow of {action} on {resource} for {(caller.Kind == PrincipalKind.Anonymous ? "everybody" : Name(caller))} to the resource's policy{(caller.Kind == PrincipalKind.Anonymous ? ", or sign the request" : "")}";
    }

    private static string Name(Principal caller) => caller.Kind == PrincipalKind.Anonymous ? "an anonymous caller" : caller.Arn;
}
