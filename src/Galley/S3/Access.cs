using System.Text.Json;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>What decides over a request beside the caller's own policies: bucket policy, Block Public Access, and the rights a second look needs.</summary>
internal sealed class Access(IStore store, Installation installation, IAuthorizeReads authorization)
{
    private static readonly string[] ListParameters = ["prefix", "delimiter", "max-keys"];

    private static readonly string[] HeaderConditions =
    [
        "x-amz-acl", "x-amz-server-side-encryption", "x-amz-storage-class", "x-amz-content-sha256", "x-amz-copy-source", "x-amz-metadata-directive", "x-amz-grant-read",
        "x-amz-grant-write", "x-amz-grant-read-acp", "x-amz-grant-write-acp", "x-amz-grant-full-control", "if-match", "if-none-match", "x-amz-website-redirect-location",
    ];

    private static readonly Dictionary<string, string> NoConditions = [];

    /// <summary>The bucket, from the store; remembered with the request for the CORS headers of its answer.</summary>
    public async ValueTask<BucketRecord> Bucket(S3Request request, Call call) => await Find(request, call.Account) is { } bucket
        ? InRegion(bucket, call)
        : throw Errors.NoSuchBucket(request.Bucket);

    /// <summary>The bucket with Block Public Access as it counts: the account's settings and its own, whichever is stricter.</summary>
    public async ValueTask<BucketRecord> BlockedBucket(S3Request request, Call call)
    {
        var bucket = await Bucket(request, call);
        return bucket with { PublicAccessBlock = await Block(bucket) };
    }

    public async ValueTask<PublicAccessBlock?> AccountBlock()
        => await store.Read(snapshot => snapshot.Kept(Keys.Account(installation.Account), static stored => JsonSerializer.Deserialize(stored, S3Json.Default.PublicAccessBlock)!));

    /// <summary>The resource's side of a decision: the bucket policy and the ACLs as they count for this caller.</summary>
    public async ValueTask<string?> PolicyFor(S3Request request, Call call)
    {
        var bucket = await Bucket(request, call);
        if (request.Header("x-amz-expected-bucket-owner") is { } owner && owner != call.Account) throw Errors.AccessDenied();
        if (request.Key.Length > 0 && (bucket.Policy?.Contains("ExistingObjectTag", StringComparison.OrdinalIgnoreCase) == true || call.Principal.Kind is PrincipalKind.User or PrincipalKind.AssumedRole))
            request.Tags = (await Stored(bucket, request.Key, request.Query("versionId")))?.Tags;
        return await PolicyFor(bucket, call.Principal, request.Key, request.Query("versionId"), call.Trail);
    }

    /// <summary>A decision inside an operation: for each key of DeleteObjects, for the source of a copy, for the difference between 404 and 403.</summary>
    public async ValueTask<bool> Allows(BucketRecord bucket, Principal caller, string action, string resource, IReadOnlyDictionary<string, string>? conditions = null, string? version = null)
    {
        var own = $"arn:aws:s3:::{bucket.Name}/";
        var key = resource.StartsWith(own, StringComparison.Ordinal) ? resource[own.Length..] : "";
        return await authorization.Allows(caller, action, resource, await PolicyFor(bucket, caller, key, version, null), conditions ?? NoConditions);
    }

    private async ValueTask<string?> PolicyFor(BucketRecord bucket, Principal caller, string key, string? version, Trail? trail)
    {
        var anonymous = caller.Kind == PrincipalKind.Anonymous;
        if (!anonymous && (bucket.AclsOff || caller.Kind == PrincipalKind.Service)) return bucket.Policy;
        var (policy, block) = (bucket.Policy, await Block(bucket));
        if (anonymous && policy is not null && block?.RestrictPublicBuckets == true && PublicPolicies.IsPublic(policy))
        {
            trail?.Add("public access block", false, $"RestrictPublicBuckets of {bucket.Name} sets its public policy aside for this caller");
            policy = null;
        }

        if (bucket.AclsOff) return policy;
        // who may read the list may learn that a key is not in it
        var ofObject = key.Length == 0 ? null : await Stored(bucket, key, version) is { DeleteMarker: false } stored ? stored.Grants : bucket.Grants?.Where(grant => grant.Permission is "READ" or "FULL_CONTROL").ToList();
        if (block?.IgnorePublicAcls != true) return AclRules.WithGrants(policy, bucket, key, ofObject, !anonymous);
        if (AclRules.IsPublic(bucket.Grants) || AclRules.IsPublic(ofObject)) trail?.Add("public access block", false, $"IgnorePublicAcls of {bucket.Name} sets public ACLs aside");
        return policy;
    }

    private async ValueTask<PublicAccessBlock?> Block(BucketRecord bucket)
    {
        var (own, account) = (bucket.PublicAccessBlock, await AccountBlock());
        return account is null ? own : own is null ? account : new(
            own.BlockPublicAcls || account.BlockPublicAcls, own.IgnorePublicAcls || account.IgnorePublicAcls,
            own.BlockPublicPolicy || account.BlockPublicPolicy, own.RestrictPublicBuckets || account.RestrictPublicBuckets);
    }

    private ValueTask<ObjectRecord?> Stored(BucketRecord bucket, string key, string? version)
        => store.Read(snapshot => VersionChain.Find(snapshot, installation.Account, bucket.Name, key, string.IsNullOrEmpty(version) ? null : version));

    /// <summary>The error for a key that is not there: without the right to list, a caller must not learn that (403).</summary>
    public async ValueTask<AwsError> Missing(BucketRecord bucket, string key, Call call, AwsError missing)
    {
        if (await Allows(bucket, call.Principal, "s3:ListBucket", "arn:aws:s3:::" + bucket.Name)) return missing;
        call.Trail.Add("policy", false, $"the key does not exist in {bucket.Name}, and the caller may not list it: 403 instead of 404");
        return Errors.AccessDenied();
    }

    public async ValueTask<BucketRecord?> Find(S3Request request, string? account = null)
    {
        if (request.Known is { } known) return known;
        var key = Keys.Bucket(account ?? installation.Account, request.Bucket);
        return request.Known = await store.Read(snapshot => snapshot.Kept(key, static stored => JsonSerializer.Deserialize(stored, S3Json.Default.BucketRecord)!));
    }

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
        if (request.Query("versionId") is { } version) yield return new("s3:VersionId", version);
        foreach (var tag in request.Tags ?? []) yield return new("s3:ExistingObjectTag/" + tag.Key, tag.Value);
        if (request.Header("x-amz-tagging") is { } tagging)
            foreach (var (key, value) in ApiRequest.ParseForm(tagging))
            {
                yield return new("s3:RequestObjectTag/" + key, value);
                yield return new("s3:RequestObjectTagKeys", key);
            }

        if (request.Api?.Signature is not { } signature) yield break;
        yield return new("s3:signatureversion", signature.SigningKey.Length == 0 ? "AWS" : SigV4.Algorithm);
        yield return new("s3:authType", request.Header("Authorization") is not null ? "REST-HEADER" : request.Fields is null ? "REST-QUERY-STRING" : "POST");
    }

    private static BucketRecord InRegion(BucketRecord bucket, Call call)
        => call.Principal.AccessKeyId.Length > 0 && call.Region != bucket.Region ? throw Errors.WrongRegion(call.Region, bucket.Region) : bucket;
}
