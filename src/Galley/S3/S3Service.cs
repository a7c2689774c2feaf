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
    private readonly S3Api _api;

    public S3Service(Installation installation, IAuthorizeReads authorization)
    {
        var store = installation.Store;
        _installation = installation;
        _access = new Access(store, installation, authorization);
        _blobs = new Blobs(store, installation.Blobs);
        _objects = new Objects(store, installation, _access, _blobs);
        _api = new S3Api(_access, new Cors(_access, installation.Names), installation.Ids);

        var buckets = new Buckets(store, installation, _access, _blobs);
        _api.Add("ListBuckets", "GET", "ListAllMyBuckets", buckets.ListBuckets);
        _api.Add("CreateBucket", "PUT bucket", "CreateBucket", buckets.CreateBucket);
        _api.Add("DeleteBucket", "DELETE bucket", "DeleteBucket", buckets.DeleteBucket);
        _api.Add("HeadBucket", "HEAD bucket", "ListBucket", buckets.HeadBucket);
        _api.Add("GetBucketLocation", "GET bucket?location", "GetBucketLocation", buckets.GetBucketLocation);

        AddObjects(store);
    }

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

        var acls = new Acls(_access, _objects);
        _api.Add("GetBucketAcl", "GET bucket?acl", "GetBucketAcl", acls.GetBucketAcl);
        _api.Add("PutBucketAcl", "PUT bucket?acl", "PutBucketAcl", acls.PutBucketAcl);
        _api.Add("GetObjectAcl", "GET key?acl", "GetObjectAcl", acls.GetObjectAcl);
        _api.Add("PutObjectAcl", "PUT key?acl", "PutObjectAcl", acls.PutObjectAcl);
    }

    /// <summary>Tags in the header of a write ask for one right more.</summary>
    private static IEnumerable<(string, string)> Tagging(S3Request request)
        => request.Header("x-amz-tagging") is null ? [] : [("s3:PutObjectTagging", request.ObjectArn)];
}
