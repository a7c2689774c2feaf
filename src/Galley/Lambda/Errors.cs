using Galley.Wire;

namespace Galley.Lambda;

/// <summary>Errors of Lambda. Most bodies carry `"Type":"User"`; ResourceNotFoundException alone writes `Message` with a capital.</summary>
internal static class Errors
{
    public static AwsError FunctionNotFound(string arn) => NotFound($"Function not found: {arn}");

    /// <summary>`ResourceNotFoundException` for everything that hangs on a function: policies, aliases, statements.</summary>
    public static AwsError NotFound(string message) => User("ResourceNotFoundException", message, 404).With("Message", message);

    public static AwsError FunctionExists(string name) => User("ResourceConflictException", $"Function already exist: {name}", 409);

    public static AwsError Conflict(string message) => User("ResourceConflictException", message, 409);

    public static AwsError InvalidParameter(string message) => User("InvalidParameterValueException", message, 400);

    public static AwsError MayNotSend() => InvalidParameter("The provided execution role does not have permissions to call SendMessage on SQS");

    public static AwsError InvalidContent(string message) => User("InvalidRequestContentException", message, 400);

    public static AwsError Precondition(string message = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id")
        => User("PreconditionFailedException", message, 412);

    public static AwsError Missing(string member) => new("ValidationException", $"1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null");

    public static AwsError Constraint(string value, string member, string constraint) => Invalid([Violation(value, member, constraint)]);

    /// <summary>One of the things that <see cref="Invalid"/> lists.</summary>
    public static string Violation(string? value, string member, string constraint) => $"Value '{value}' at '{member}' failed to satisfy constraint: {constraint}";

    /// <summary>`ValidationException` for everything that is wrong with the form of a request, at once.</summary>
    public static AwsError Invalid(IReadOnlyList<string> violations)
        => new("ValidationException", $"{violations.Count} validation error{(violations.Count == 1 ? "" : "s")} detected: {string.Join("; ", violations)}");

    /// <summary>Where the alias itself is asked for, or what hangs on it: permissions, provisioned concurrency.</summary>
    public static AwsError AliasNotFound(FunctionRef alias) => NotFound($"Cannot find alias arn: {alias.QualifiedArn}");

    public static AwsError Recursive(string arn)
        => User("RecursiveInvocationException", $"Lambda has detected that the function {arn} is being invoked in a recursive loop and stopped the invocation.", 400);

    public static AwsError NotFound(string code, string message) => User(code, message, 404);

    public static AwsError ZipTooLarge() => User("InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes", 400);

    public static AwsError RequestTooLarge(int most = 6_291_456) => User("RequestTooLargeException", $"Request must be smaller than {most} bytes for the InvokeFunction operation", 413);

    public static AwsError TooManyRequests(string reason)
        => User("TooManyRequestsException", "Rate Exceeded.", 429).With("Reason", reason).WithHeader("Retry-After", "1")
            .Because("concurrency", reason == "ReservedFunctionConcurrentInvocationLimitExceeded" ? "as many events run as the function has reserved concurrency" : "the account runs 1000 events at once", "raise or delete the function's reserved concurrency (PutFunctionConcurrency), or try again");

    public static AwsError AccessDenied(string message) => new("AccessDeniedException", message, 403);

    private static AwsError User(string code, string message, int status) => new AwsError(code, message, status).With("Type", "User");
}
