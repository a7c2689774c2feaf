using Galley.Wire;

namespace Galley.Ssm;

/// <summary>Parameter Store's errors with AWS's texts.</summary>
internal static class Errors
{
    public static AwsError ParameterNotFound(string? name = null) => new("ParameterNotFound", name is null ? "" : $"Parameter {name} not found.");

    public static AwsError ParameterVersionNotFound(string name) => new("ParameterVersionNotFound", $"Systems Manager could not find version of {name}. Verify the version and try again.");

    public static AwsError ParameterAlreadyExists() => new("ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.");

    public static AwsError Validation(string message) => new("ValidationException", message);

    public static AwsError UnsupportedParameterType(string type) => new("UnsupportedParameterType", $"{type} is not a valid parameter type.");

    public static AwsError AllowedPattern(string pattern) => new("ParameterPatternMismatchException", $"Parameter value, cannot be validated against allowedPattern: {pattern}");

    public static AwsError InvalidResourceId() => new("InvalidResourceId", "The resource ID is not valid. Verify that you entered the correct ID and try again.");

    public static AwsError InvalidNextToken() => new("InvalidNextToken", "The specified token is not valid.");
}
