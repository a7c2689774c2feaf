using Galley.Wire;

namespace Galley.CognitoIdentity;

/// <summary>Identity pools' errors in AWS's words.</summary>
internal static class Errors
{
    public static AwsError NoPool(string id) => new("ResourceNotFoundException", $"IdentityPool '{id}' not found.");

    public static AwsError NoIdentity(string id) => new("ResourceNotFoundException", $"Identity '{id}' not found.");

    public static AwsError NotAuthorized(string text) => new("NotAuthorizedException", text);

    public static AwsError Forbidden(string identityId) => NotAuthorized($"Access to Identity '{identityId}' is forbidden.");

    public static AwsError LoginsDoNotMatch() => NotAuthorized("Logins don't match. Please include at least one valid login for this identity or identity pool.");

    public static AwsError LinkedElsewhere() => new("ResourceConflictException", "Logins are already linked to another account.");

    public static AwsError InvalidParameter(string text) => new("InvalidParameterException", text);

    public static AwsError Constraint(string value, string member, string constraint)
        => InvalidParameter($"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}");

    public static AwsError NotSupported(string what) => InvalidParameter($"Galley does not support {what}.");

    public static AwsError BadConfiguration(string text = "Invalid identity pool configuration. Check assigned IAM roles for this pool.") => new("InvalidIdentityPoolConfigurationException", text);
}
