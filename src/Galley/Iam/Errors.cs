using Galley.Iam.Evaluate;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>IAM's errors in AWS's words.</summary>
internal static class Errors
{
    public static AwsError NoSuchEntity(string text) => new("NoSuchEntity", text, 404);

    public static AwsError NoSuchEntity(IdentityKind kind, string name) => NoSuchEntity($"The {kind.ToString().ToLowerInvariant()} with name {name} cannot be found.");

    public static AwsError NoSuchPolicy(string arn) => NoSuchEntity($"Policy {arn} does not exist or is not attachable.");

    public static AwsError NoSuchInlinePolicy(IdentityKind kind, string policy) => NoSuchEntity($"The {kind.ToString().ToLowerInvariant()} policy with name {policy} cannot be found.");

    public static AwsError EntityAlreadyExists(string text) => new("EntityAlreadyExists", text, 409);

    public static AwsError DeleteConflict(string text) => new("DeleteConflict", text, 409);

    public static AwsError LimitExceeded(string text) => new("LimitExceeded", text, 409);

    public static AwsError InvalidInput(string text) => new("InvalidInput", text);

    public static AwsError Validation(string text) => new("ValidationError", text);

    public static AwsError Constraint(string value, string member, string constraint)
        => Validation($"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}");

    public static AwsError MalformedPolicyDocument(string text) => new("MalformedPolicyDocument", text);

    public static AwsError MalformedPolicyDocument(PolicyProblem problem) => MalformedPolicyDocument(problem.Message);

    public static AwsError InvalidIdentityToken(string text) => new("InvalidIdentityToken", text);

    public static AwsError InvalidClientTokenId() => new("InvalidClientTokenId", "The security token included in the request is invalid", 403);

    public static AwsError AccessDenied(string text) => new("AccessDenied", text, 403);
}
