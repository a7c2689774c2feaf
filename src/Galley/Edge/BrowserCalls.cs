using Galley.Wire;

namespace Galley.Edge;

/// <summary>
/// Pages that call AWS by themselves, with keys from an identity pool. As on AWS the services for them answer any origin: what protects a
/// signed call is the key, and a page has none but its user's. Where signatures are not checked (`--credentials any`) no page is let in.
/// </summary>
internal static class BrowserCalls
{
    private const string Headers =
        "authorization, content-type, x-amz-date, x-amz-security-token, x-amz-content-sha256, x-amz-target, x-amz-user-agent, amz-sdk-invocation-id, amz-sdk-request, x-amzn-trace-id, cache-control";

    private static readonly string[] Services = ["dynamodb", "lambda", "sts", "cognito-identity"];

    /// <summary>The answer to a preflight of a signed call; null for any other request.</summary>
    public static Reply? Preflight(ApiRequest request, AwsService service, string asked)
        => request.Method == "OPTIONS" && AsksForSignature(request) && (Services.Contains(service.SigningName) || Services.Contains(asked))
            ? new Reply(200)
                .With("Access-Control-Allow-Origin", "*").With("Access-Control-Allow-Headers", Headers)
                .With("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, HEAD").With("Access-Control-Max-Age", "172800")
            : null;

    /// <summary>Lets the page read the answer to its signed call.</summary>
    public static void Finish(ApiRequest request, AwsService service, Reply reply)
    {
        if (request.Header("Origin") is null || request.Header("Authorization") is null || !Services.Contains(service.SigningName)) return;
        reply.With("Access-Control-Allow-Origin", "*").With("Access-Control-Expose-Headers", "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,x-amz-crc32,Date");
    }

    private static bool AsksForSignature(ApiRequest request)
        => request.Header("Access-Control-Request-Headers")?.Split(',', StringSplitOptions.TrimEntries).Contains("authorization", StringComparer.OrdinalIgnoreCase) == true;
}
