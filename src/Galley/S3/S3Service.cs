using Galley.S3.Events;
using Galley.S3.Forms;
using Galley.S3.Resources;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>S3: buckets, objects, and their website endpoint.</summary>
internal sealed class S3Service : IService, IDisposable
{
    private readonly Installation _installation;
    private readonly Access _access;
    private readonly Blobs _blobs;
    private readonly Objects _objects;
    private readonly Settings _settings;
    private readonly S3Api _api;
    private readonly Outbox _outbox;
    private readonly Changes _changes;
    private readonly LifecycleRunner _lifecycle;

    public S3Service(Installation installation, IAuthorizeReads authorization, IInvokeOnEvents functions)
    {
        var store = installation.Store;
        _installation = installation;
        _access = new Access(store, installation, authorization);
        _blobs = new Blobs(store, installation.Blobs);
        _outbox = new Outbox(installation, functions);
        _changes = new Changes(store, installation, _blobs, _outbox);
        _lifecycle = new LifecycleRunner(store, installation, _changes, _blobs);
        _objects = new Objects(store, installation, _access, _blobs, _changes);
        Exchange = new ObjectExchange(store, installation, _access, _blobs, _objects, _changes);
        _api = new S3Api(_access, new Cors(_access, installation.Names), installation.Ids);

        var buckets = new Buckets(store, installation, _access, _blobs);
        _api.Add("ListBuckets", "GET", "ListAllMyBuckets", buckets.ListBuckets);
        _api.Add("CreateBucket", "PUT bucket", "CreateBucket", buckets.CreateBucket, tags: Buckets.TagsOf, tagging: "TagResource");
        _api.Add("DeleteBucket", "DELETE bucket", "DeleteBucket", buckets.DeleteBucket);
        _api.Add("HeadBucket", "HEAD bucket", "ListBucket", buckets.HeadBucket);
        _api.Add("GetBucketLocation", "GET bucket?location", "GetBucketLocation", buckets.GetBucketLocation);

        _settings = new Settings(store, _access);
        var policies = new Policies(_settings, _access);
        var notifications = new Notifications(_settings, _outbox, installation);
        AddObjects(store, authorization);
        var lifecycles = new Lifecycles(_settings, installation);
        AddSettings(policies, notifications, lifecycles);
        AddUnset();
        Doors = [new WebsiteDoor(installation, _access, _objects)];
        Scanners = new BucketScan(store).Scanners;
        Resources = [new BucketResource(buckets, _settings, lifecycles, notifications, installation), new BucketPolicyResource(policies, _settings)];
    }

    /// <summary>Objects written and listed for other services.</summary>
    public ObjectExchange Exchange { get; }

    public IEnumerable<IDoor> Doors { get; }

    public IEnumerable<IResourceHandler> Resources { get; }

    public IEnumerable<ResourceScanner> Scanners { get; }

    public IEnumerable<AwsService> Apis => [_api];

    /// <summary>Reads an object as <paramref name="fetch"/>'s caller may; errors come as the XML answers of S3.</summary>
    public async ValueTask<Reply> Fetch(ObjectFetch fetch)
    {
        var headers = new Dictionary<string, string>(fetch.Headers, StringComparer.OrdinalIgnoreCase);
        var request = new S3Request(fetch.Method, fetch.Bucket, fetch.Key, [], headers.GetValueOrDefault);
        var call = _installation.CallAs(fetch.Caller);
        try
        {
            var bucket = await _access.Find(request) ?? throw Errors.NoSuchBucket(fetch.Bucket);
            var conditions = new Dictionary<string, string>();
            if (fetch.SourceArn is { } source)
            {
                conditions["aws:SourceArn"] = source;
                conditions["aws:SourceAccount"] = _installation.Account;
            }

            if (!await _access.Allows(bucket, fetch.Caller, "s3:GetObject", request.ObjectArn, conditions)) throw Errors.AccessDenied();
            return await _objects.GetObject(request, call);
        }
        catch (AwsError error)
        {
            return _api.RenderError(error, call.RequestId);
        }
    }

    public ValueTask Start(CancellationToken stopping)
    {
        _blobs.Start(stopping);
        _outbox.Start(stopping);
        _lifecycle.Start(stopping);
        return ValueTask.CompletedTask;
    }

    public async ValueTask Stop()
    {
        await _lifecycle.Stop();
        await _outbox.Stop();
        await _blobs.Stop();
        Dispose();
    }

    public void Dispose() => _blobs.Dispose();

    private void AddObjects(IStore store, IAuthorizeReads authorization)
    {
        var listing = new Listing(store, _access);
        _api.Add("ListObjects", "GET bucket", "ListBucket", listing.ListObjects);
        _api.Add("ListObjectVersions", "GET bucket?versions", "ListBucketVersions", new VersionListing(store, _access).ListObjectVersions);

        _api.Add("PutObject", "PUT key", "PutObject", _objects.PutObject, AlsoNeeded);
        _api.Add("PostObject", "POST bucket", null, new PostObject(_installation, _access, _objects, _blobs, _changes, authorization.FindKey).Post);
        _api.Add("GetObject", "GET key", "GetObject", _objects.GetObject);
        _api.Add("HeadObject", "HEAD key", "GetObject", _objects.HeadObject);
        _api.Add("DeleteObject", "DELETE key", "DeleteObject", _objects.DeleteObject);
        _api.Add("GetObjectAttributes", "GET key?attributes", "GetObjectAttributes", new Attributes(_objects).GetObjectAttributes, ReadsBytes);
        _api.Add("RestoreObject", "POST key?restore", "RestoreObject", _objects.RestoreObject);
        _api.Add("GetObjectTagging", "GET key?tagging", "GetObjectTagging", _objects.GetObjectTagging);
        _api.Add("PutObjectTagging", "PUT key?tagging", "PutObjectTagging", _objects.PutObjectTagging);
        _api.Add("DeleteObjectTagging", "DELETE key?tagging", "DeleteObjectTagging", _objects.DeleteObjectTagging);
        _api.Add("DeleteObjects", "POST bucket?delete", null, new DeletionOfMany(_access, _changes).DeleteObjects);

        AddMultipart(store);
        var acls = new Acls(_access, _settings, _objects);
        _api.Add("GetBucketAcl", "GET bucket?acl", "GetBucketAcl", acls.GetBucketAcl);
        _api.Add("PutBucketAcl", "PUT bucket?acl", "PutBucketAcl", acls.PutBucketAcl);
        _api.Add("GetObjectAcl", "GET key?acl", "GetObjectAcl", acls.GetObjectAcl);
        _api.Add("PutObjectAcl", "PUT key?acl", "PutObjectAcl", acls.PutObjectAcl);
    }

    private void AddMultipart(IStore store)
    {
        var multipart = new Multipart(store, _installation, _access, _blobs);
        _api.Add("CreateMultipartUpload", "POST key?uploads", "PutObject", multipart.CreateMultipartUpload, AlsoNeeded);
        _api.Add("UploadPart", "PUT key?uploadId", "PutObject", multipart.UploadPart);
        _api.Add("CompleteMultipartUpload", "POST key?uploadId", "PutObject", new Completion(_installation, _access, _changes, multipart).CompleteMultipartUpload);
        _api.Add("AbortMultipartUpload", "DELETE key?uploadId", "AbortMultipartUpload", multipart.AbortMultipartUpload);
        _api.Add("ListParts", "GET key?uploadId", "ListMultipartUploadParts", multipart.ListParts);
        _api.Add("ListMultipartUploads", "GET bucket?uploads", "ListBucketMultipartUploads", new UploadListing(store, _access).ListMultipartUploads);

        var copies = new Copies(_installation, _access, _objects, _blobs, _changes, multipart);
        _api.Add("CopyObject", "PUT key?copy", "PutObject", copies.CopyObject, AlsoNeeded);
        _api.Add("UploadPartCopy", "PUT key?copy-part", "PutObject", copies.UploadPartCopy);
    }

    private void AddSettings(Policies policies, Notifications notifications, Lifecycles lifecycles)
    {
        var publicAccess = new PublicAccess(_installation.Store, _settings, _access);
        _api.Add("GetAccountPublicAccessBlock", "GET account", "GetAccountPublicAccessBlock", publicAccess.GetAccountPublicAccessBlock);
        _api.Add("PutAccountPublicAccessBlock", "PUT account", "PutAccountPublicAccessBlock", publicAccess.PutAccountPublicAccessBlock);
        _api.Add("DeleteAccountPublicAccessBlock", "DELETE account", "PutAccountPublicAccessBlock", publicAccess.DeleteAccountPublicAccessBlock);
        var tags = new BucketTags(_settings);
        _api.Add("TagResource", "POST account?tags", "TagResource", tags.TagResource, tags: tags.Of);
        _api.Add("UntagResource", "DELETE account?tags", "UntagResource", tags.UntagResource, tags: tags.Of);
        _api.Add("ListTagsForResource", "GET account?tags", "ListTagsForResource", tags.ListTagsForResource);
        _api.Add("GetBucketLifecycleConfiguration", "GET bucket?lifecycle", "GetLifecycleConfiguration", lifecycles.GetBucketLifecycleConfiguration);
        _api.Add("PutBucketLifecycleConfiguration", "PUT bucket?lifecycle", "PutLifecycleConfiguration", lifecycles.PutBucketLifecycleConfiguration);
        _api.Add("DeleteBucketLifecycle", "DELETE bucket?lifecycle", "PutLifecycleConfiguration", lifecycles.DeleteBucketLifecycle);
        _api.Add("GetBucketNotificationConfiguration", "GET bucket?notification", "GetBucketNotification", notifications.GetBucketNotificationConfiguration);
        _api.Add("PutBucketNotificationConfiguration", "PUT bucket?notification", "PutBucketNotification", notifications.PutBucketNotificationConfiguration);
        _api.Add("PutBucketPolicy", "PUT bucket?policy", "PutBucketPolicy", policies.PutBucketPolicy);
        _api.Add("GetBucketPolicy", "GET bucket?policy", "GetBucketPolicy", policies.GetBucketPolicy);
        _api.Add("DeleteBucketPolicy", "DELETE bucket?policy", "DeleteBucketPolicy", policies.DeleteBucketPolicy);
        _api.Add("GetBucketPolicyStatus", "GET bucket?policyStatus", "GetBucketPolicyStatus", policies.GetBucketPolicyStatus);
        _api.Add("PutPublicAccessBlock", "PUT bucket?publicAccessBlock", "PutBucketPublicAccessBlock", publicAccess.PutPublicAccessBlock);
        _api.Add("GetPublicAccessBlock", "GET bucket?publicAccessBlock", "GetBucketPublicAccessBlock", publicAccess.GetPublicAccessBlock);
        _api.Add("DeletePublicAccessBlock", "DELETE bucket?publicAccessBlock", "PutBucketPublicAccessBlock", publicAccess.DeletePublicAccessBlock);
        _api.Add("PutBucketOwnershipControls", "PUT bucket?ownershipControls", "PutBucketOwnershipControls", policies.PutBucketOwnershipControls);
        _api.Add("GetBucketOwnershipControls", "GET bucket?ownershipControls", "GetBucketOwnershipControls", policies.GetBucketOwnershipControls);
        _api.Add("DeleteBucketOwnershipControls", "DELETE bucket?ownershipControls", "PutBucketOwnershipControls", policies.DeleteBucketOwnershipControls);

        var websites = new Websites(_settings);
        _api.Add("PutBucketWebsite", "PUT bucket?website", "PutBucketWebsite", websites.PutBucketWebsite);
        _api.Add("GetBucketWebsite", "GET bucket?website", "GetBucketWebsite", websites.GetBucketWebsite);
        _api.Add("DeleteBucketWebsite", "DELETE bucket?website", "DeleteBucketWebsite", websites.DeleteBucketWebsite);

        _api.Add("PutBucketCors", "PUT bucket?cors", "PutBucketCORS", _settings.PutBucketCors);
        _api.Add("GetBucketCors", "GET bucket?cors", "GetBucketCORS", _settings.GetBucketCors);
        _api.Add("DeleteBucketCors", "DELETE bucket?cors", "PutBucketCORS", _settings.DeleteBucketCors);
        _api.Add("PutBucketEncryption", "PUT bucket?encryption", "PutEncryptionConfiguration", _settings.PutBucketEncryption);
        _api.Add("GetBucketEncryption", "GET bucket?encryption", "GetEncryptionConfiguration", _settings.GetBucketEncryption);
        _api.Add("DeleteBucketEncryption", "DELETE bucket?encryption", "PutEncryptionConfiguration", _settings.DeleteBucketEncryption);
        _api.Add("PutBucketTagging", "PUT bucket?tagging", "PutBucketTagging", _settings.PutBucketTagging);
        _api.Add("GetBucketTagging", "GET bucket?tagging", "GetBucketTagging", _settings.GetBucketTagging);
        _api.Add("DeleteBucketTagging", "DELETE bucket?tagging", "PutBucketTagging", _settings.DeleteBucketTagging);
        _api.Add("PutBucketAbac", "PUT bucket?abac", "PutBucketABAC", _settings.PutBucketAbac);
        _api.Add("GetBucketAbac", "GET bucket?abac", "GetBucketABAC", _settings.GetBucketAbac);
        _api.TagsOf = _settings.TagsOf;
        _api.Add("PutBucketVersioning", "PUT bucket?versioning", "PutBucketVersioning", _settings.PutBucketVersioning);
        _api.Add("GetBucketVersioning", "GET bucket?versioning", "GetBucketVersioning", _settings.GetBucketVersioning);
    }

    /// <summary>What Terraform and the CLI ask of every bucket and Galley does not have: AWS's answers for "never set".</summary>
    private void AddUnset()
    {
        _api.Add("GetBucketReplication", "GET bucket?replication", "GetReplicationConfiguration", _settings.Never("ReplicationConfigurationNotFoundError", "The replication configuration was not found"));
        _api.Add("PutBucketReplication", "PUT bucket?replication", "PutReplicationConfiguration", _settings.Refuse("ReplicationConfiguration"));
        _api.Add("DeleteBucketReplication", "DELETE bucket?replication", "PutReplicationConfiguration", _settings.RemoveUnset);
        _api.Add("GetObjectLockConfiguration", "GET bucket?object-lock", "GetBucketObjectLockConfiguration", _settings.Never("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket"));
        _api.Add("PutObjectLockConfiguration", "PUT bucket?object-lock", "PutBucketObjectLockConfiguration", _settings.Refuse("ObjectLockConfiguration"));
        foreach (var (sub, singular, plural) in ((string, string, string)[])
                 [("inventory", "InventoryConfiguration", "InventoryConfigurations"), ("analytics", "AnalyticsConfiguration", "AnalyticsConfigurations"), ("metrics", "MetricsConfiguration", "MetricsConfigurations"), ("intelligent-tiering", "IntelligentTieringConfiguration", "IntelligentTieringConfigurations")])
        {
            _api.Add($"ListBucket{plural}", $"GET bucket?{sub}", $"Get{singular}", _settings.NoneOf($"ListBucket{plural}Result".Replace("ListBucketInventory", "ListInventory", StringComparison.Ordinal)));
            _api.Add($"PutBucket{singular}", $"PUT bucket?{sub}", $"Put{singular}", _settings.Refuse(singular));
        }

        _api.Add("GetObjectRetention", "GET key?retention", "GetObjectRetention", _settings.Unlocked);
        _api.Add("PutObjectRetention", "PUT key?retention", "PutObjectRetention", _settings.Unlocked);
        _api.Add("GetObjectLegalHold", "GET key?legal-hold", "GetObjectLegalHold", _settings.Unlocked);
        _api.Add("PutObjectLegalHold", "PUT key?legal-hold", "PutObjectLegalHold", _settings.Unlocked);
        _api.Add("GetBucketLogging", "GET bucket?logging", "GetBucketLogging", _settings.Unset("BucketLoggingStatus"));
        _api.Add("PutBucketLogging", "PUT bucket?logging", "PutBucketLogging", _settings.Refuse("BucketLoggingStatus", asked => !asked.HasElements));
        _api.Add("GetBucketAccelerateConfiguration", "GET bucket?accelerate", "GetAccelerateConfiguration", _settings.Unset("AccelerateConfiguration"));
        _api.Add("PutBucketAccelerateConfiguration", "PUT bucket?accelerate", "PutAccelerateConfiguration", _settings.Refuse("AccelerateConfiguration"));
        _api.Add("GetBucketRequestPayment", "GET bucket?requestPayment", "GetBucketRequestPayment", _settings.Unset("RequestPaymentConfiguration", "Payer", "BucketOwner"));
        _api.Add("PutBucketRequestPayment", "PUT bucket?requestPayment", "PutBucketRequestPayment", _settings.Refuse("RequestPaymentConfiguration", asked => asked.ChildText("Payer") == "BucketOwner"));
    }

    /// <summary>Tags and grants in the headers of a write ask for one right more each.</summary>
    private static IEnumerable<(string, string)> AlsoNeeded(S3Request request)
    {
        if (request.Header("x-amz-tagging") is not null) yield return ("s3:PutObjectTagging", request.ObjectArn);
        if (AclRules.Asked(request)) yield return ("s3:PutObjectAcl", request.ObjectArn);
    }

    /// <summary>GetObjectAttributes is for those who may read the object.</summary>
    private static IEnumerable<(string, string)> ReadsBytes(S3Request request) => [(request.Has("versionId") ? "s3:GetObjectVersion" : "s3:GetObject", request.ObjectArn)];
}
