using Galley.Wire;

namespace Galley.Sqs;

/// <summary>SQS's errors with AWS's texts. Their types are those of the JSON protocol; clients read the older names beside them (<see cref="QueryCode"/>).</summary>
internal static class Errors
{
    private const string Old = "AWS.SimpleQueueService.";

    private static readonly HashSet<string> Modelled =
    [
        "BatchEntryIdsNotDistinct", "BatchRequestTooLong", "EmptyBatchRequest", "InvalidAddress", "InvalidAttributeName", "InvalidAttributeValue", "InvalidBatchEntryId", "InvalidMessageContents",
        "MessageNotInflight", "OverLimit", "PurgeQueueInProgress", "QueueDoesNotExist", "QueueNameExists", "ReceiptHandleIsInvalid", "TooManyEntriesInBatchRequest", "UnsupportedOperation",
    ];

    /// <summary>What `__type` bears before the code.</summary>
    public static string NamespaceOf(string code) => Modelled.Contains(code) ? "com.amazonaws.sqs#" : "com.amazon.coral.service#";

    /// <summary>The code of the query protocol, which `x-amzn-query-error` carries and boto3 and the CLI show.</summary>
    public static string QueryCode(string code) => code switch
    {
        "QueueDoesNotExist" => Old + "NonExistentQueue",
        "QueueNameExists" => "QueueAlreadyExists",
        "InvalidParameterValueException" => "InvalidParameterValue",
        "MissingRequiredParameterException" => "MissingParameter",
        "AccessDeniedException" => "AccessDenied",
        "BatchEntryIdsNotDistinct" or "BatchRequestTooLong" or "EmptyBatchRequest" or "InvalidBatchEntryId" or "TooManyEntriesInBatchRequest"
            or "MessageNotInflight" or "PurgeQueueInProgress" or "UnsupportedOperation" => Old + code,
        _ => code,
    };

    public static AwsError NoQueue() => new("QueueDoesNotExist", "The specified queue does not exist.");

    public static AwsError InvalidAddress(string url) => new("InvalidAddress", $"The address {url} is not valid for this endpoint.", 404);

    public static AwsError QueueExists(string attribute) => new("QueueNameExists", $"A queue already exists with the same name and a different value for attribute {attribute}");

    public static AwsError Missing(string parameter) => new("MissingRequiredParameterException", $"The request must contain the parameter {parameter}.");

    public static AwsError InvalidValue(string message) => new("InvalidParameterValueException", message);

    public static AwsError InvalidValue(string? value, string parameter, string reason) => InvalidValue($"Value {value} for parameter {parameter} is invalid. Reason: {reason}");

    public static AwsError UnknownAttribute(string name) => new("InvalidAttributeName", $"Unknown Attribute {name}.");

    public static AwsError InvalidAttribute(string name) => new("InvalidAttributeValue", $"Invalid value for the parameter {name}.");

    public static AwsError InvalidContents()
        => new("InvalidMessageContents", "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");

    public static AwsError InvalidHandle(string handle) => new("ReceiptHandleIsInvalid", $"The input receipt handle \"{handle}\" is not a valid receipt handle.");

    public static AwsError NotInflight() => new("MessageNotInflight", "The message referred to isn't in flight.");

    public static AwsError PurgeInProgress(string queue) => new("PurgeQueueInProgress", $"Only one PurgeQueue operation on {queue} is allowed every 60 seconds.", 403);

    public static AwsError EmptyBatch(string entry) => new("EmptyBatchRequest", $"There should be at least one {entry} in the request.");

    public static AwsError TooManyEntries(int most, int sent) => new("TooManyEntriesInBatchRequest", $"Maximum number of entries per request are {most}. You have sent {sent}.");

    public static AwsError InvalidBatchEntryId()
        => new("InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.");

    public static AwsError IdRepeated(string id) => new("BatchEntryIdsNotDistinct", $"Id {id} repeated.");

    public static AwsError BatchTooLong(int most, int sent) => new("BatchRequestTooLong", $"Batch requests cannot be longer than {most} bytes. You have sent {sent} bytes.");

    public static AwsError Unsupported(string what) => new("UnsupportedOperation", $"Galley does not support {what}.");
}
