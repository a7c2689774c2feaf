using System.Text.Json;
using Galley.Wire;

namespace Galley.S3;

/// <summary>What PutBucketPolicy refuses before anything is stored.</summary>
internal static class PolicyGrammar
{
    private static readonly string[] Elements = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

    public static void Check(string policy, string bucket)
    {
        using var document = Parse(policy);
        var root = document.RootElement;
        foreach (var member in root.EnumerateObject())
            if (member.Name is not ("Version" or "Id" or "Statement"))
                throw Errors.MalformedPolicy($"Unknown field {member.Name}");
        if (root.TryGetProperty("Version", out var version) && version.ToString() is not ("2012-10-17" or "2008-10-17")) throw Errors.MalformedPolicy("The policy must contain a valid version string");
        if (!root.TryGetProperty("Statement", out var statements)) throw Errors.MalformedPolicy("Missing required field Statement");
        var any = false;
        foreach (var statement in PublicPolicies.Many(statements))
        {
            any = true;
            CheckStatement(statement, bucket);
        }

        if (!any) throw Errors.MalformedPolicy("Could not parse the policy: Statement is empty!");
    }

    private static JsonDocument Parse(string policy)
    {
        try
        {
            var document = policy.StartsWith('{') ? JsonDocument.Parse(policy, new JsonDocumentOptions { AllowDuplicateProperties = false }) : null;
            return document is not null && JsonText.IsReadable(policy) ? document : throw Errors.MalformedPolicy("Policies must be valid JSON and the first byte must be '{'");
        }
        catch (JsonException e)
        {
            throw e.Message.Contains("uplicate", StringComparison.Ordinal)
                ? Errors.MalformedPolicy("Duplicate keys are not allowed in a policy")
                : Errors.MalformedPolicy("Policies must be valid JSON and the first byte must be '{'");
        }
    }

    private static void CheckStatement(JsonElement statement, string bucket)
    {
        if (statement.ValueKind != JsonValueKind.Object) throw Errors.MalformedPolicy("Policies must be valid JSON and the first byte must be '{'");
        foreach (var member in statement.EnumerateObject())
            if (!Elements.Contains(member.Name))
                throw Errors.MalformedPolicy($"Unknown field {member.Name}");
        if (!statement.TryGetProperty("Effect", out var effect)) throw Errors.MalformedPolicy("Missing required field Effect");
        if (effect.ToString() is not ("Allow" or "Deny")) throw Errors.MalformedPolicy($"Invalid effect: {effect}");
        if (!One(statement, "Principal", "NotPrincipal", out var principal)) throw Errors.MalformedPolicy("Missing required field Principal");
        CheckPrincipal(principal);
        if (!One(statement, "Action", "NotAction", out var actions)) throw Errors.MalformedPolicy("Missing required field Action");
        var actionNames = Texts(actions, "Policy has invalid action");
        if (actionNames.Any(action => action != "*" && !action.StartsWith("s3:", StringComparison.OrdinalIgnoreCase))) throw Errors.MalformedPolicy("Policy has invalid action");
        if (!One(statement, "Resource", "NotResource", out var resources)) throw Errors.MalformedPolicy("Missing required field Resource");
        var arns = Texts(resources, "Policy has invalid resource");
        var own = "arn:aws:s3:::" + bucket;
        if (arns.Any(arn => arn != own && !arn.StartsWith(own + "/", StringComparison.Ordinal) && arn != own + "*")) throw Errors.MalformedPolicy("Policy has invalid resource");
        if (statement.TryGetProperty("Action", out _) && statement.TryGetProperty("Resource", out _))
            foreach (var action in actionNames)
                if (!Fits(action, arns, own))
                    throw Errors.MalformedPolicy("Action does not apply to any resource(s) in statement");
    }

    /// <summary>Actions on objects need a resource below the bucket, actions on buckets the bucket itself.</summary>
    private static bool Fits(string action, List<string> arns, string own)
    {
        if (action.Contains('*', StringComparison.Ordinal)) return true;
        var onObject = action[3..] is var name && (name.Contains("Object", StringComparison.OrdinalIgnoreCase) && !name.Contains("BucketObject", StringComparison.OrdinalIgnoreCase)
            || name.Equals("AbortMultipartUpload", StringComparison.OrdinalIgnoreCase) || name.Equals("ListMultipartUploadParts", StringComparison.OrdinalIgnoreCase));
        return arns.Any(arn => arn == own + "*" || (arn == own) != onObject);
    }

    private static void CheckPrincipal(JsonElement principal)
    {
        if (principal.ValueKind == JsonValueKind.String && principal.GetString() == "*") return;
        if (principal.ValueKind != JsonValueKind.Object || !principal.EnumerateObject().Any()) throw Errors.MalformedPolicy("Invalid policy syntax.");
        foreach (var kind in principal.EnumerateObject())
        {
            if (kind.Name is not ("AWS" or "Service" or "Federated" or "CanonicalUser")) throw Errors.MalformedPolicy("Invalid principal in policy");
            foreach (var who in Texts(kind.Value, "Invalid principal in policy"))
                if (kind.Name == "AWS" && who != "*" && !who.StartsWith("arn:aws:", StringComparison.Ordinal) && !(who.Length == 12 && who.All(char.IsAsciiDigit)))
                    throw Errors.MalformedPolicy("Invalid principal in policy").With("Detail", $"\"AWS\" : \"{who}\"");
        }
    }

    private static bool One(JsonElement statement, string name, string not, out JsonElement value)
        => statement.TryGetProperty(name, out value) || statement.TryGetProperty(not, out value);

    private static List<string> Texts(JsonElement value, string refusal)
    {
        var texts = PublicPolicies.Many(value).Select(one => one.ValueKind == JsonValueKind.String ? one.GetString()! : throw Errors.MalformedPolicy(refusal)).ToList();
        return texts.Count > 0 ? texts : throw Errors.MalformedPolicy(refusal);
    }
}
