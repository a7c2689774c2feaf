using Galley.Wire;

namespace Galley.Logs;

/// <summary>Errors of CloudWatch Logs, all of status 400.</summary>
internal static class Errors
{
    public static AwsError GroupNotFound() => new("ResourceNotFoundException", "The specified log group does not exist.");

    public static AwsError StreamNotFound() => new("ResourceNotFoundException", "The specified log stream does not exist.");

    public static AwsError GroupExists() => new("ResourceAlreadyExistsException", "The specified log group already exists");

    public static AwsError StreamExists() => new("ResourceAlreadyExistsException", "The specified log stream already exists");

    public static AwsError InvalidParameter(string message) => new("InvalidParameterException", message);

    public static AwsError Constraint(string value, string member, string constraint)
        => InvalidParameter($"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}");
}
