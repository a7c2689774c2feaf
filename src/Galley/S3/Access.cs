using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>What decides over a request beside the caller's own policies: bucket policy, Block Public Access, and the rights a second look needs.</summary>
internal sealed class Access(IStore store, Installation installation, IAuthorizeReads authorization)
{
    private const string BucketItem = "Galley.S3.Bucket";
    private static readonly string[] ListParameters = ["prefix", "delimiter", "max-keys"];

    private static readonly string[] HeaderConditions =
        ["x-amz-acl", "x-amz-server-side-encryption", "x-amz-storage-class", "x-amz-content-sha256", "x-amz-copy-source", "x-amz-metadata-directive"];

    /// <summary>The bucket, from the store; remembered with the HTTP request for the CORS headers of its answer.</summary>
    public async ValueTask<BucketRecord> Bucket(S3Request request, Call call) => await Find(request, call.Account) is { } bucket
        ? InRegion(bucket, call)
        : throw Errors.NoSuchBucket(request.Bucket);

    /// <summary>The bucket policy as it counts for this caller; anonymous callers get none that is public where public access is restricted.</summary>
    public async ValueTask<string?> PolicyFor(S3Request request, Call call)
    {
        var bucket = await Bucket(request, call);
        if (request.Header("x-amz-expected-bucket-owner") is { } owner && owner != call.Account) throw Errors.AccessDenied();
        var policy = PolicyFor(bucket, call.Principal);
        if (policy is null && bucket.Policy is not null)
            call.Trail.Add("public access block", false, $"RestrictPublicBuckets of {bucket.Name} sets its public policy aside for this caller");
        return policy;
    }

    public static string? PolicyFor(BucketRecord bucket, Principal caller)
        => caller.Kind == PrincipalKind.Anonymous && bucket.PublicAccessBlock?.RestrictPublicBuckets == true && bucket.Policy is { } policy && PublicPolicies.IsPublic(policy)
            ? null
            : bucket.Policy;

    /// <summary>A decision inside an operation: for each key of DeleteObjects, for the source of a copy, for the difference between 404 and 403.</summary>
    public ValueTask<bool> Allows(BucketRecord bucket, Principal caller, string action, string resource, IReadOnlyDictionary<string, string>? conditions = null)
        => authorization.Allows(caller, action, resource, PolicyFor(bucket, caller), conditions ?? new Dictionary<string, string>());

    /// <summary>The error for a key that is not there: without the right to list, a caller must not learn that (403).</summary>
    public async ValueTask<AwsError> Missing(BucketRecord bucket, string key, Call call, AwsError missing)
    {
        if (await Allows(bucket, call.Principal, "s3:ListBucket", "arn:aws:s3:::" + bucket.Name)) return missing;
        call.Trail.Add("policy", false, $"the key does not exist in {bucket.Name}, and the caller may not list it: 403 instead of 404");
        return Errors.AccessDenied();
    }

    public async ValueTask<BucketRecord?> Find(S3Request request, string? account = null)
    {
        if (request.Http?.Items.TryGetValue(BucketItem, out var known) == true) return (BucketRecord?)known;
        var bucket = await store.Read(snapshot => snapshot.Get(Keys.Bucket(account ?? installation.Account, request.Bucket), S3Json.Default.BucketRecord));
        if (request.Http is not null) request.Http.Items[BucketItem] = bucket;
        return bucket;
    }

    public static BucketRecord? Remembered(ApiRequest request) => request.Http.Items.TryGetValue(BucketItem, out var bucket) ? (BucketRecord?)bucket : null;

    /// <summary>Condition keys of S3 requests.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Conditions(S3Request request)
    {
        if (request.Key.Length == 0)
            foreach (var name in ListParameters)
                if (request.Query(name) is { } value)
                    yield return new("s3:" + name, value);
        foreach (var header in HeaderConditions)
            if (request.Header(header) is { } value)
                yield return new("s3:" + header, value);
    }

    private static BucketRecord InRegion(BucketRecord bucket, Call call)
        => call.Principal.AccessKeyId.Length > 0 && call.Region != bucket.Region ? throw Errors.WrongRegion(call.Region, bucket.Region) : bucket;
}
