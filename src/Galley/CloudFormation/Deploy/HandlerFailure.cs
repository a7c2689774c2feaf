using Galley.Wire;

namespace Galley.CloudFormation.Deploy;

/// <summary>Why a resource could not be made, in CloudFormation's words.</summary>
internal static class HandlerFailure
{
    public static string Reason(Exception e, Ids ids) => e switch
    {
        CustomResourceFailure failure => failure.Message,
        OperationCanceledException => "Resource creation cancelled",
        AwsError { Code: "ValidationError" } error when error.Message.StartsWith("Template ", StringComparison.Ordinal) || error.Message.StartsWith("No export", StringComparison.Ordinal)
            || error.Message.StartsWith("CloudFormation cannot", StringComparison.Ordinal) => error.Message,
        AwsError error => $"Resource handler returned message: \"{error.Message}\" (RequestToken: {ids.Uuid()}, HandlerErrorCode: {Code(error)})",
        _ => $"Resource handler returned message: \"Internal failure\" (RequestToken: {ids.Uuid()}, HandlerErrorCode: InternalFailure)",
    };

    private static string Code(AwsError error)
    {
        if (Has("AlreadyExists") || Has("AlreadyOwned") || Has("InUse") || Has("Conflict")) return "AlreadyExists";
        if (error.Status == 404 || Has("NotFound") || Has("NoSuch")) return "NotFound";
        if (error.Status == 403 || Has("AccessDenied")) return "AccessDenied";
        if (Has("LimitExceeded")) return "ServiceLimitExceeded";
        return error.Status switch { 429 => "Throttling", >= 500 => "ServiceInternalError", _ => "InvalidRequest" };

        bool Has(string part) => error.Code.Contains(part, StringComparison.OrdinalIgnoreCase);
    }
}
