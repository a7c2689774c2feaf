using Galley.Wire;

namespace Galley.S3;

/// <summary>
/// What Galley has of S3 Control: Block Public Access of the account, and the tags of buckets. It signs as S3; the account stands in a header, and
/// in front of the host.
/// </summary>
internal static class S3Control
{
    public const string AccountHeader = "x-amz-account-id", BlockPath = "/v20180820/configuration/publicAccessBlock", TagsPath = "/v20180820/tags/";

    private const string Version = "/v20180820/", BucketArn = "arn:aws:s3:::";

    public static bool Has(ApiRequest request) => request.RawPath.StartsWith(Version, StringComparison.Ordinal) && request.Header(AccountHeader) is not null;

    /// <exception cref="AwsError">For what is not here, naming it.</exception>
    public static string OperationOf(ApiRequest request) => (request.Method, request.RawPath) switch
    {
        ("GET", BlockPath) => "GetAccountPublicAccessBlock",
        ("PUT", BlockPath) => "PutAccountPublicAccessBlock",
        ("DELETE", BlockPath) => "DeleteAccountPublicAccessBlock",
        (_, BlockPath) => throw Errors.MethodNotAllowed(request.Method, "SERVICE"),
        ("GET", _) when IsOfTags(request) => "ListTagsForResource",
        ("POST", _) when IsOfTags(request) => "TagResource",
        ("DELETE", _) when IsOfTags(request) => "UntagResource",
        _ => throw Errors.NotSupported($"{request.Method} {request.RawPath} of S3 Control"),
    };

    /// <summary>The bucket whose ARN the path ends with; null where it names none.</summary>
    /// <exception cref="AwsError">For tags of what is no bucket, naming it.</exception>
    public static string? BucketOf(ApiRequest request)
    {
        if (!IsOfTags(request) || !Has(request)) return null;
        var arn = S3Request.Decode(request.RawPath[TagsPath.Length..]);
        return arn.StartsWith(BucketArn, StringComparison.Ordinal) && arn.Length > BucketArn.Length && !arn.Contains('/', StringComparison.Ordinal) ? arn[BucketArn.Length..] : throw Errors.NotSupported($"tags of {arn}");
    }

    public static void RequireOwn(S3Request request, Call call)
    {
        if (request.Header(AccountHeader) != call.Account) throw Errors.AccessDenied();
    }

    private static bool IsOfTags(ApiRequest request) => request.RawPath.StartsWith(TagsPath, StringComparison.Ordinal);
}
