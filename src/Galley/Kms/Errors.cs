using Galley.Wire;

namespace Galley.Kms;

/// <summary>KMS's errors with AWS's texts, all of status 400.</summary>
internal static class Errors
{
    public static AwsError KeyNotFound(string arn) => new("NotFoundException", $"Key '{arn}' does not exist");

    public static AwsError AliasNotFound(string arn) => new("NotFoundException", $"Alias {arn} is not found.");

    public static AwsError InvalidKeyId(string given) => new("NotFoundException", $"Invalid keyId '{given}'");

    public static AwsError OtherRegion(string region) => new("NotFoundException", $"Invalid arn {region}");

    public static AwsError PolicyNotFound() => new("NotFoundException", "No such policy exists");

    public static AwsError InvalidArn(string given) => new("InvalidArnException", $"Invalid ARN '{given}'");

    public static AwsError Disabled(string arn) => new("DisabledException", $"{arn} is disabled.");

    public static AwsError PendingDeletion(string arn) => new("KMSInvalidStateException", $"{arn} is pending deletion.");

    public static AwsError NotPendingDeletion(string arn) => new("KMSInvalidStateException", $"{arn} is not pending deletion.");

    /// <summary>AWS says no more: whoever changed a ciphertext learns nothing of it.</summary>
    public static AwsError InvalidCiphertext() => new("InvalidCiphertextException", "");

    public static AwsError IncorrectKey() => new("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.");

    public static AwsError AliasExists(string arn) => new("AlreadyExistsException", $"An alias with the name {arn} already exists");

    public static AwsError InvalidAliasName(string message) => new("InvalidAliasNameException", message);

    public static AwsError MalformedPolicy(string message) => new("MalformedPolicyDocumentException", message);

    public static AwsError LockedOut() => MalformedPolicy("The new key policy will not allow you to update the key policy in the future.");

    public static AwsError InvalidMarker() => new("InvalidMarkerException", "The marker is not valid.");

    public static AwsError Tag(string message) => new("TagException", message);

    public static AwsError DryRun() => new("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");

    public static AwsError InvalidGrantToken() => new("InvalidGrantTokenException", "Galley's keys have no grants, so no grant token is valid.");

    public static AwsError Validation(string message) => new("ValidationException", message);

    public static AwsError Constraint(string? value, string member, string constraint)
        => Validation($"1 validation error detected: Value {(value is null ? "" : $"'{value}' ")}at '{member}' failed to satisfy constraint: {constraint}");

    public static AwsError Unsupported(string what) => new("UnsupportedOperationException", $"Galley does not support {what}.");

    public static AwsError Denied(Call call, string action, string arn)
        => new("AccessDeniedException", $"User: {call.Principal.Arn} is not authorized to perform: {action} on resource: {arn} because no resource-based policy allows the {action} action");
}
