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

    public S3Service(Installation installation, IAuthorizeReads authorization)
    {
        var store = installation.Store;
        _installation = installation;
        _access = new Access(store, installation, authorization);
        _blobs = new Blobs(store, installation.Blobs);
        _objects = new Objects(store, installation, _access, _blobs);
        Exchange = new ObjectExchange(store, installation, _access, _blobs);
        _api = new S3Api(_access, new Cors(_access, installation.Names), installation.Ids);

        var buckets = new Buckets(store, installation, _access, _blobs);
        _api.Add("ListBuckets", "GET", "ListAllMyBuckets", buckets.ListBuckets);
        _api.Add("CreateBucket", "PUT bucket", "CreateBucket", buckets.CreateBucket);
        _api.Add("DeleteBucket", "DELETE bucket", "DeleteBucket", buckets.DeleteBucket);
        _api.Add("HeadBucket", "HEAD bucket", "ListBucket", buckets.HeadBucket);
        _api.Add("GetBucketLocation", "GET bucket?location", "GetBucketLocation", buckets.GetBucketLocation);

        _settings = new Settings(store, _access);
        var policies = new Policies(_settings);
        AddObjects(store);
        AddSettings(policies);
        AddUnset();
        Doors = [new WebsiteDoor(installation, _access, _objects)];
        Resources = [new BucketResource(buckets, _settings, installation), new BucketPolicyResource(policies, _settings)];
    }

    /// <summary>Objects written and listed for other services.</summary>
    public ObjectExchange Exchange { get; }

    public IEnumerable<IDoor> Doors { get; }

    public IEnumerable<IResourceHandler> Resources { get; }

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
        return ValueTask.CompletedTask;
    }

    public async ValueTask Stop()
    {
        await _blobs.Stop();
        Dispose();
    }

    public void Dispose() => _blobs.Dispose();

    private void AddObjects(IStore store)
    {
        var listing = new Listing(store, _access);
        _api.Add("ListObjects", "GET bucket", "ListBucket", listing.ListObjects);
        _api.Add("ListObjectVersions", "GET bucket?versions", "ListBucketVersions", listing.ListObjectVersions);

        _api.Add("PutObject", "PUT key", "PutObject", _objects.PutObject, Tagging);
        _api.Add("GetObject", "GET key", "GetObject", _objects.GetObject);
        _api.Add("HeadObject", "HEAD key", "GetObject", _objects.HeadObject);
        _api.Add("DeleteObject", "DELETE key", "DeleteObject", _objects.DeleteObject);
        _api.Add("GetObjectTagging", "GET key?tagging", "GetObjectTagging", _objects.GetObjectTagging);
        _api.Add("PutObjectTagging", "PUT key?tagging", "PutObjectTagging", _objects.PutObjectTagging);
        _api.Add("DeleteObjectTagging", "DELETE key?tagging", "DeleteObjectTagging", _objects.DeleteObjectTagging);
        _api.Add("DeleteObjects", "POST bucket?delete", null, new DeletionOfMany(store, _access, _blobs).DeleteObjects);

        AddMultipart(store);
        var acls = new Acls(_access, _objects);
        _api.Add("GetBucketAcl", "GET bucket?acl", "GetBucketAcl", acls.GetBucketAcl);
        _api.Add("PutBucketAcl", "PUT bucket?acl", "PutBucketAcl", acls.PutBucketAcl);
        _api.Add("GetObjectAcl", "GET key?acl", "GetObjectAcl", acls.GetObjectAcl);
        _api.Add("PutObjectAcl", "PUT key?acl", "PutObjectAcl", acls.PutObjectAcl);
    }

    private void AddMultipart(IStore store)
    {
        var multipart = new Multipart(store, _installation, _access, _blobs);
        _api.Add("CreateMultipartUpload", "POST key?uploads", "PutObject", multipart.CreateMultipartUpload, Tagging);
        _api.Add("UploadPart", "PUT key?uploadId", "PutObject", multipart.UploadPart);
        _api.Add("CompleteMultipartUpload", "POST key?uploadId", "PutObject", new Completion(store, _installation, _access, _blobs, multipart).CompleteMultipartUpload);
        _api.Add("AbortMultipartUpload", "DELETE key?uploadId", "AbortMultipartUpload", multipart.AbortMultipartUpload);
        _api.Add("ListParts", "GET key?uploadId", "ListMultipartUploadParts", multipart.ListParts);
        _api.Add("ListMultipartUploads", "GET bucket?uploads", "ListBucketMultipartUploads", multipart.ListMultipartUploads);

        var copies = new Copies(store, _installation, _access, _objects, _blobs, multipart);
        _api.Add("CopyObject", "PUT key?copy", "PutObject", copies.CopyObject, Tagging);
        _api.Add("UploadPartCopy", "PUT key?copy-part", "PutObject", copies.UploadPartCopy);
    }

    private void AddSettings(Policies policies)
    {
        _api.Add("PutBucketPolicy", "PUT bucket?policy", "PutBucketPolicy", policies.PutBucketPolicy);
        _api.Add("GetBucketPolicy", "GET bucket?policy", "GetBucketPolicy", policies.GetBucketPolicy);
        _api.Add("DeleteBucketPolicy", "DELETE bucket?policy", "DeleteBucketPolicy", policies.DeleteBucketPolicy);
        _api.Add("GetBucketPolicyStatus", "GET bucket?policyStatus", "GetBucketPolicyStatus", policies.GetBucketPolicyStatus);
        _api.Add("PutPublicAccessBlock", "PUT bucket?publicAccessBlock", "PutBucketPublicAccessBlock", policies.PutPublicAccessBlock);
        _api.Add("GetPublicAccessBlock", "GET bucket?publicAccessBlock", "GetBucketPublicAccessBlock", policies.GetPublicAccessBlock);
        _api.Add("DeletePublicAccessBlock", "DELETE bucket?publicAccessBlock", "PutBucketPublicAccessBlock", policies.DeletePublicAccessBlock);
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
        _api.Add("PutBucketVersioning", "PUT bucket?versioning", "PutBucketVersioning", _settings.PutBucketVersioning);
        _api.Add("GetBucketVersioning", "GET bucket?versioning", "GetBucketVersioning", _settings.GetBucketVersioning);
    }

    /// <summary>What Terraform and the CLI ask of every bucket and Galley does not have: AWS's answers for "never set".</summary>
    private void AddUnset()
    {
        _api.Add("GetBucketLifecycleConfiguration", "GET bucket?lifecycle", "GetLifecycleConfiguration", _settings.Never("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"));
        _api.Add("PutBucketLifecycleConfiguration", "PUT bucket?lifecycle", "PutLifecycleConfiguration", _settings.Refuse("LifecycleConfiguration"));
        _api.Add("DeleteBucketLifecycle", "DELETE bucket?lifecycle", "PutLifecycleConfiguration", _settings.RemoveUnset);
        _api.Add("GetBucketReplication", "GET bucket?replication", "GetReplicationConfiguration", _settings.Never("ReplicationConfigurationNotFoundError", "The replication configuration was not found"));
        _api.Add("PutBucketReplication", "PUT bucket?replication", "PutReplicationConfiguration", _settings.Refuse("ReplicationConfiguration"));
        _api.Add("DeleteBucketReplication", "DELETE bucket?replication", "PutReplicationConfiguration", _settings.RemoveUnset);
        _api.Add("GetObjectLockConfiguration", "GET bucket?object-lock", "GetBucketObjectLockConfiguration", _settings.Never("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket"));
        _api.Add("PutObjectLockConfiguration", "PUT bucket?object-lock", "PutBucketObjectLockConfiguration", _settings.Refuse("ObjectLockConfiguration"));
        _api.Add("GetBucketLogging", "GET bucket?logging", "GetBucketLogging", _settings.Unset("BucketLoggingStatus"));
        _api.Add("PutBucketLogging", "PUT bucket?logging", "PutBucketLogging", _settings.Refuse("BucketLoggingStatus", asked => !asked.HasElements));
        _api.Add("GetBucketAccelerateConfiguration", "GET bucket?accelerate", "GetAccelerateConfiguration", _settings.Unset("AccelerateConfiguration"));
        _api.Add("PutBucketAccelerateConfiguration", "PUT bucket?accelerate", "PutAccelerateConfiguration", _settings.Refuse("AccelerateConfiguration"));
        _api.Add("GetBucketRequestPayment", "GET bucket?requestPayment", "GetBucketRequestPayment", _settings.Unset("RequestPaymentConfiguration", "Payer", "BucketOwner"));
        _api.Add("PutBucketRequestPayment", "PUT bucket?requestPayment", "PutBucketRequestPayment", _settings.Refuse("RequestPaymentConfiguration", asked => asked.ChildText("Payer") == "BucketOwner"));
        _api.Add("GetBucketNotificationConfiguration", "GET bucket?notification", "GetBucketNotification", _settings.Unset("NotificationConfiguration"));
        _api.Add("PutBucketNotificationConfiguration", "PUT bucket?notification", "PutBucketNotification", _settings.Refuse("NotificationConfiguration", asked => !asked.HasElements));
    }

    /// <summary>Tags in the header of a write ask for one right more.</summary>
    private static IEnumerable<(string, string)> Tagging(S3Request request)
        => request.Header("x-amz-tagging") is null ? [] : [("s3:PutObjectTagging", request.ObjectArn)];
}
