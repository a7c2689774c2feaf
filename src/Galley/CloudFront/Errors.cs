using Galley.Wire;

namespace Galley.CloudFront;

/// <summary>CloudFront's errors, by the names of its API.</summary>
internal static class Errors
{
    public static AwsError NoSuch(string noun) => noun switch
    {
        "Distribution" => new("NoSuchDistribution", "The specified distribution does not exist.", 404),
        "Invalidation" => new("NoSuchInvalidation", "The specified invalidation does not exist.", 404),
        "OriginAccessControl" => new("NoSuchOriginAccessControl", "The specified origin access control does not exist.", 404),
        "CachePolicy" => new("NoSuchCachePolicy", "The cache policy does not exist.", 404),
        "OriginRequestPolicy" => new("NoSuchOriginRequestPolicy", "The origin request policy does not exist.", 404),
        "ResponseHeadersPolicy" => new("NoSuchResponseHeadersPolicy", "The response headers policy does not exist.", 404),
        "CloudFrontOriginAccessIdentity" => new("NoSuchCloudFrontOriginAccessIdentity", "The specified origin access identity does not exist.", 404),
        "PublicKey" => new("NoSuchPublicKey", "The specified public key does not exist.", 404),
        _ => new("NoSuchResource", "The specified resource does not exist.", 404),
    };

    public static AwsError AlreadyExists(string noun, string name)
        => new(noun + "AlreadyExists", noun == "Distribution"
            ? "The caller reference that you are using to create a distribution is associated with another distribution. Already exists: " + name
            : $"A resource with the name {name} already exists.", 409);

    public static AwsError InUse(string noun) => new(noun + "InUse", "Cannot delete the resource because it is attached to one or more distributions.", 409);

    public static AwsError IllegalUpdate(string message) => new("IllegalUpdate", message);

    public static AwsError ManagedPolicy() => new("IllegalDelete", "You cannot change or delete a managed policy.");

    public static AwsError NoSuchFunction() => new("NoSuchFunctionExists", "The specified function does not exist.", 404);

    public static AwsError UnsupportedOperation(string name) => new("UnsupportedOperation", $"Galley does not support the operation {name}.");

    public static AwsError CnameAlreadyExists()
        => new("CNAMEAlreadyExists", "One or more of the CNAMEs you provided are already associated with a different resource.", 409);

    public static AwsError InvalidLambda(string why) => new("InvalidLambdaFunctionAssociation", why);

    public static AwsError InvalidFunction(string why) => new("InvalidFunctionAssociation", why);

    public static AwsError InvalidIfMatchVersion() => new("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.");

    public static AwsError PreconditionFailed()
        => new("PreconditionFailed", "The request failed because it didn't meet the preconditions in one or more request-header fields.", 412);

    public static AwsError DistributionNotDisabled() => new("DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.", 409);

    public static AwsError NoSuchOrigin() => new("NoSuchOrigin", "One or more of your origins or origin groups do not exist.", 404);

    public static AwsError InvalidArgument(string message) => new("InvalidArgument", message);

    public static AwsError InconsistentQuantities() => new("InconsistentQuantities", "The value of Quantity and the size of Items do not match.");

    public static AwsError InvalidDefaultRootObject()
        => new("InvalidDefaultRootObject", "The default root object file name is too big or contains an invalid character.");

    public static AwsError InvalidViewerCertificate(string? why = null)
        => new("InvalidViewerCertificate", why ?? "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name.");

    public static AwsError InvalidTagging(string message) => new("InvalidTagging", message);

    public static AwsError MalformedXml() => new("MalformedXML", "The XML document is malformed.");

    public static AwsError Missing(string path) => new("MalformedXML", $"1 validation error detected: Value null at '{path}' failed to satisfy constraint: Member must not be null");

    /// <summary>A setting that CloudFront has and Galley has not.</summary>
    public static AwsError NotSupported(string path) => new("InvalidArgument", $"Galley does not support {path}.");
}
