using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>CloudFormation's errors with AWS's texts.</summary>
internal static class Errors
{
    public static AwsError Validation(string message) => new("ValidationError", message);

    public static AwsError NoSuchStackToDescribe(string name) => Validation($"Stack with id {name} does not exist");

    public static AwsError NoSuchStack(string name) => Validation($"Stack [{name}] does not exist");

    public static AwsError StackExists(string name) => new("AlreadyExistsException", $"Stack [{name}] already exists");

    public static AwsError NoUpdates() => Validation("No updates are to be performed.");

    public static AwsError Busy(StackRecord stack) => Validation($"Stack:{stack.StackId} is in {stack.Status} state and can not be updated.");

    public static AwsError NoSuchChangeSet(string name) => new("ChangeSetNotFound", $"ChangeSet [{name}] does not exist", 404);

    public static AwsError ChangeSetExists(string name) => new("AlreadyExistsException", $"ChangeSet [{name}] already exists");

    public static AwsError ChangeSetNotReady(ChangeSetRecord set) => new("InvalidChangeSetStatus", $"ChangeSet [{set.ChangeSetId}] cannot be executed in its current status of [{set.Status}]");

    public static AwsError StackExistsForChangeSet(string stack, string set)
        => Validation($"Stack [{stack}] already exists and cannot be created again with the changeSet [{set}].");

    public static AwsError MissingCapabilities(IEnumerable<string> capabilities)
        => new("InsufficientCapabilitiesException", $"Requires capabilities : [{string.Join(", ", capabilities)}]");

    public static AwsError Protected(string name)
        => Validation($"Stack [{name}] cannot be deleted while TerminationProtection is enabled");

    public static AwsError NotSupported(string what) => Validation($"Template error: Galley does not support {what}.");

    public static AwsError Format(string what) => Validation("Template format error: " + what);

    public static AwsError Template(string what) => Validation("Template error: " + what);

    public static AwsError BadBody(string value)
        => Validation($"1 validation error detected: Value '{value}' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200");
}
