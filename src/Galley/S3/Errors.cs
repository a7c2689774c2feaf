using System.Globalization;
using Galley.Wire;

namespace Galley.S3;

/// <summary>S3's errors with AWS's codes and texts.</summary>
internal static class Errors
{
    public static AwsError AccessDenied(string message = "Access Denied") => new("AccessDenied", message, 403);

    public static AwsError NoSuchBucket(string bucket) => new AwsError("NoSuchBucket", "The specified bucket does not exist", 404).With("BucketName", bucket);

    public static AwsError NoSuchKey(string key) => new AwsError("NoSuchKey", "The specified key does not exist.", 404).With("Key", key);

    public static AwsError NoSuchVersion(string key, string version)
        => new AwsError("NoSuchVersion", "The specified version does not exist.", 404).With("Key", key).With("VersionId", version);

    public static AwsError NoSuchUpload(string id)
        => new AwsError("NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.", 404).With("UploadId", id);

    public static AwsError InvalidBucketName(string name) => new AwsError("InvalidBucketName", "The specified bucket is not valid.").With("BucketName", name);

    public static AwsError BucketAlreadyOwnedByYou(string name)
        => new AwsError("BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.", 409).With("BucketName", name);

    public static AwsError BucketNotEmpty(string name, bool versions) => new AwsError(
        "BucketNotEmpty", "The bucket you tried to delete is not empty" + (versions ? ". You must delete all versions in the bucket." : ""), 409).With("BucketName", name);

    public static AwsError InvalidLocation(string asked) => new AwsError("InvalidLocationConstraint", "The specified location-constraint is not valid").With("LocationConstraint", asked);

    public static AwsError IllegalLocation(string? asked) => new(
        "IllegalLocationConstraintException",
        $"The {asked ?? "unspecified"} location constraint is incompatible for the region specific endpoint this request was sent to.");

    public static AwsError MalformedXml() => new("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");

    public static AwsError MalformedPolicy(string message) => new("MalformedPolicy", message);

    public static AwsError InvalidRequest(string message) => new("InvalidRequest", message);

    public static AwsError InvalidArgument(string message, string? name = null, string? value = null)
    {
        var error = new AwsError("InvalidArgument", message);
        if (name is not null) error = error.With("ArgumentName", name).With("ArgumentValue", value ?? "");
        return error;
    }

    /// <summary>What AWS has and Galley has not, refused by name.</summary>
    public static AwsError NotSupported(string what) => new("NotImplemented", $"Galley does not support {what}.", 501);

    public static AwsError HeaderNotImplemented(string header)
        => new AwsError("NotImplemented", "A header you provided implies functionality that is not implemented", 501).With("Header", header);

    public static AwsError MethodNotAllowed(string method, string resourceType)
        => new AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405).With("Method", method).With("ResourceType", resourceType);

    public static AwsError PreconditionFailed(string condition)
        => new AwsError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412).With("Condition", condition)
            .Because("condition", $"{condition} does not hold for what is stored under the key");

    public static AwsError Conflict(string condition, string key)
        => new AwsError("ConditionalRequestConflict", "The conditional request cannot succeed due to a conflicting operation against this resource.", 409)
            .With("Condition", condition).With("Key", key).Because("condition", "the object changed while the upload was under way", "read it again and start the upload anew");

    public static AwsError InvalidRange(string asked, long size) => new AwsError("InvalidRange", "The requested range is not satisfiable", 416)
        .With("RangeRequested", asked).With("ActualObjectSize", size.ToString(CultureInfo.InvariantCulture)).WithHeader("Content-Range", $"bytes */{size}");

    public static AwsError AclNotSupported() => new AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")
        .Because("ownership", "the bucket's ownership is BucketOwnerEnforced, which turns ACLs off", "PutBucketOwnershipControls with BucketOwnerPreferred or ObjectWriter, or a bucket policy");

    public static AwsError BadDigest(string what) => new("BadDigest", $"The {what} you specified did not match {(what == "Content-MD5" ? "what we received" : "the calculated checksum")}.");

    public static AwsError Sha256Mismatch(string given, string computed)
        => new AwsError("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
            .With("ClientComputedContentSHA256", given).With("S3ComputedContentSHA256", computed);

    public static AwsError IncompleteBody() => new("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header");

    public static AwsError MissingContentLength() => new("MissingContentLength", "You must provide the Content-Length HTTP header.", 411);

    public static AwsError EntityTooLarge() => new("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");

    public static AwsError WrongRegion(string asked, string expected)
        => new AwsError("AuthorizationHeaderMalformed", $"The authorization header is malformed; the region '{asked}' is wrong; expecting '{expected}'")
            .With("Region", expected).WithHeader("x-amz-bucket-region", expected);

    public static AwsError Never(string code, string message, string bucket) => new AwsError(code, message, 404).With("BucketName", bucket);
}
