using Galley.Wire;

namespace Galley.Cognito;

/// <summary>Cognito's errors with Cognito's words; all are HTTP 400.</summary>
internal static class Errors
{
    public const string WrongPassword = "Incorrect username or password.";

    public static AwsError Parameter(string text) => new("InvalidParameterException", text);

    public static AwsError Unsupported(string what) => Parameter($"Galley does not support {what}.");

    public static AwsError NotAuthorized(string text = WrongPassword) => new("NotAuthorizedException", text);

    public static AwsError NotFound(string text) => new("ResourceNotFoundException", text);

    public static AwsError PoolNotFound(string poolId) => NotFound($"User pool {poolId} does not exist.");

    public static AwsError ClientNotFound(string clientId) => NotFound($"User pool client {clientId} does not exist.");

    public static AwsError GroupNotFound() => NotFound("Group not found.");

    public static AwsError UserNotFound() => new("UserNotFoundException", "User does not exist.");

    /// <summary>The form ConfirmSignUp and its neighbours use.</summary>
    public static AwsError UserAndClientNotFound() => new("UserNotFoundException", "Username/client id combination not found.");

    public static AwsError UserExists(string text = "User already exists") => new("UsernameExistsException", text);

    public static AwsError AliasExists(string attribute) => new("AliasExistsException", $"An account with the {attribute} already exists.");

    public static AwsError NotConfirmed() => new("UserNotConfirmedException", "User is not confirmed.");

    public static AwsError PasswordResetRequired() => new("PasswordResetRequiredException", "Password reset required for the user");

    public static AwsError Password(string why) => new("InvalidPasswordException", "Password did not conform with policy: " + why);

    public static AwsError CodeMismatch() => new("CodeMismatchException", "Invalid verification code provided, please try again.");

    public static AwsError CodeExpired() => new("ExpiredCodeException", "Invalid code provided, please request a code again.");

    public static AwsError LimitExceeded() => new("LimitExceededException", "Attempt limit exceeded, please try after some time.");

    /// <summary>HTTP 400, as AWS's reference says of this exception at every operation (API_InitiateAuth, Errors) and as its model has no other status.</summary>
    public static AwsError TooManyRequests() => new("TooManyRequestsException", "Too many requests");

    public static AwsError GroupExists() => new("GroupExistsException", "A group with the name already exists.");

    public static AwsError WrongState(string text) => new("UnsupportedUserStateException", text);

    public static AwsError TriggerFailed(string trigger, string why) => new("UserLambdaValidationException", $"{trigger} failed with error {why}{(why.EndsWith('.') ? "" : ".")}");

    public static AwsError TriggerUnreachable(string trigger, string why) => new("UnexpectedLambdaException", $"{trigger} invocation failed due to error {why}.");

    public static AwsError CodeDelivery(string why) => new("CodeDeliveryFailureException", why);

    public static AwsError TriggerAnswer(string why) => new("InvalidLambdaResponseException", why);

    public static AwsError MfaCodeMismatch() => new("CodeMismatchException", "Invalid code received for user");

    public static AwsError TotpUsed() => new("ExpiredCodeException", "Your software token has already been used once.");

    public static AwsError TotpOff() => new("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool");

    public static AwsError DevicesOff() => new("InvalidUserPoolConfigurationException", "User pool has not enabled device tracking.");

    public static AwsError PasswordUsedBefore() => new("PasswordHistoryPolicyViolationException", "Password has previously been used");

    public static AwsError Schema(string attribute, string why) => Parameter($"Attributes did not conform to the schema: {attribute}: {why}\n");

    public static AwsError Constraint(string value, string member, string rule)
        => Parameter($"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {rule}");
}
