using Galley.CloudFront.Code;
using Galley.CloudFront.Resources;
using Galley.CloudFront.Serve;
using Galley.Wire;

namespace Galley.CloudFront;

/// <summary>CloudFront: distributions, invalidations, access controls and identities, policies, keys, functions and their stores, and the edge that serves viewers.</summary>
internal sealed class CloudFrontService : IService
{
    private const long MemoryCapacity = 128 << 20, DiskCapacity = 2L << 30;
    private readonly CloudFrontApi _api = new();
    private readonly JsonService _items = new("cloudfront-keyvaluestore", Protocol.RestJson, () => CloudFrontJson.Default, "/key-value-stores/") { IsAskedByAccount = true };
    private readonly Cache _cache;
    private readonly KeyValueStores _stores;
    private readonly AccessLog _log;
    private readonly Origins _origins;
    private readonly Sites _sites;
    private readonly Viewer _viewer;
    private readonly List<IResourceHandler> _resources;

    public CloudFrontService(Installation installation, CloudFrontPorts ports)
    {
        Sites? sites = null;
        var distributions = new Distributions(installation, label => sites!.Forget(label));
        _sites = sites = new Sites(installation, distributions);
        _stores = new KeyValueStores(installation, ports.Buckets);
        _cache = new Cache(MemoryCapacity, DiskCapacity, new Disk(installation));
        _origins = new Origins(installation, ports.Objects);
        _log = new AccessLog(installation, ports.Buckets);
        var code = new EdgeCode(installation, _stores, new LambdaAtEdge(ports.Lambda), ports.Logs);
        var sending = new Sending(installation, code);
        var objects = new Objects(installation, _cache, new Fetching(installation, _cache, _origins, code, sending));
        _viewer = new Viewer(installation, _sites, distributions, objects, sending, code, _log);
        var functions = new Functions(installation, code, _sites.ForgetAll);
        AddDistributions(distributions);
        AddInvalidations(new Invalidations(installation, (distribution, paths) => _cache.Invalidate(distribution.Label, paths)));
        var tags = new Tags(installation);
        AddTags(tags);
        AddFunctions(functions, Tagging("function"));
        AddStores(Tagging("key-value-store"), new KeyValueItems(installation, _stores));
        Scanners = new EdgeScan(installation).Scanners;
        _resources = [new DistributionResource(distributions, tags), new FunctionResource(functions, tags), new KeyValueStoreResource(_stores, tags)];
        foreach (var kind in SettingKind.All)
        {
            var settings = new Settings(kind, installation, _sites.ForgetAll);
            AddSettings(kind, settings);
            _resources.Add(new SettingResource(kind, settings));
        }

        Unsupported.Add(_api);

        // Whoever makes something with tags needs the right to tag it; its id is not known yet.
        Func<XmlRequest, IEnumerable<(string, string)>> Tagging(string kind) => request
            => Xml.Parse(request.Api.Body).Element("Tags")?.Element("Items") is null ? [] : [("cloudfront:TagResource", $"arn:aws:cloudfront::{installation.Account}:{kind}/*")];
    }

    public IEnumerable<AwsService> Apis => [_api, _items];

    public IEnumerable<IDoor> Doors => [_viewer];

    public IEnumerable<IResourceHandler> Resources => _resources;

    public IEnumerable<ResourceScanner> Scanners { get; }

    /// <summary>What the cache holds; for tests and measurements.</summary>
    internal (int Entries, long Memory, long Disk) CacheUsage => _cache.Usage;

    public ValueTask Start(CancellationToken stopping)
    {
        _log.Start();
        return ValueTask.CompletedTask;
    }

    public async ValueTask Stop()
    {
        await _log.DisposeAsync();
        _origins.Dispose();
    }

    public ValueTask Reset()
    {
        _sites.ForgetAll();
        _stores.ForgetAll();
        _cache.Clear();
        return ValueTask.CompletedTask;
    }

    private void AddDistributions(Distributions distributions)
    {
        const string One = "distribution/{id}", Any = "distribution/*";
        _api.Add("POST distribution?WithTags", distributions.CreateDistributionWithTags, Any, also: "cloudfront:TagResource", needs: Needs);
        _api.Add("POST distribution", distributions.CreateDistribution, Any, needs: Needs);
        _api.Add("GET distribution", distributions.ListDistributions);
        _api.Add("GET distribution/{id}", distributions.GetDistribution, One);
        _api.Add("GET distribution/{id}/config", distributions.GetDistributionConfig, One);
        _api.Add("PUT distribution/{id}/config", distributions.UpdateDistribution, One, needs: Needs);
        _api.Add("DELETE distribution/{id}", distributions.DeleteDistribution, One);
        _api.Add("GET conflicting-alias", distributions.ListConflictingAliases);
        foreach (var (suffix, path, element) in (ReadOnlySpan<(string, string, string)>)[
                     ("CachePolicyId", "CachePolicyId", "CachePolicyId"), ("OriginRequestPolicyId", "OriginRequestPolicyId", "OriginRequestPolicyId"),
                     ("ResponseHeadersPolicyId", "ResponseHeadersPolicyId", "ResponseHeadersPolicyId"), ("KeyGroup", "KeyGroupId", "KeyGroup"), ("WebACLId", "WebACLId", "WebACLId")])
            _api.Add($"GET distributionsBy{path}/{{id}}", (request, call) => distributions.ListBy(element, request, call), name: "ListDistributionsBy" + suffix);
    }

    /// <summary>Whoever turns on logs must be allowed to give CloudFront the bucket, and whoever attaches a Lambda function to replicate it, as on AWS.</summary>
    private static IEnumerable<(string Action, string Resource)> Needs(XmlRequest request)
    {
        var body = Xml.Parse(request.Api.Body);
        foreach (var logging in body.DescendantsAndSelf("Logging"))
            if (logging.Element("Enabled")?.Value == "true" && S3Names.BucketOf(logging.Element("Bucket")?.Value ?? "") is { } bucket)
            {
                yield return ("s3:GetBucketAcl", "arn:aws:s3:::" + bucket);
                yield return ("s3:PutBucketAcl", "arn:aws:s3:::" + bucket);
            }

        foreach (var function in body.Descendants("LambdaFunctionARN"))
        {
            yield return ("lambda:GetFunction", function.Value);
            yield return ("lambda:EnableReplication", function.Value);
        }
    }

    private void AddFunctions(Functions functions, Func<XmlRequest, IEnumerable<(string, string)>> tagging)
    {
        const string One = "function/{id}";
        _api.Add("POST function", functions.CreateFunction, "function/*", needs: tagging);
        _api.Add("GET function", functions.ListFunctions);
        _api.Add("GET function/{id}", functions.GetFunction, One);
        _api.Add("GET function/{id}/describe", functions.DescribeFunction, One);
        _api.Add("PUT function/{id}", functions.UpdateFunction, One);
        _api.Add("DELETE function/{id}", functions.DeleteFunction, One);
        _api.Add("POST function/{id}/publish", functions.PublishFunction, One);
        _api.Add("POST function/{id}/test", functions.TestFunction, One);
    }

    private void AddStores(Func<XmlRequest, IEnumerable<(string, string)>> tagging, KeyValueItems items)
    {
        const string One = "key-value-store/{id}", Store = "/key-value-stores/{KvsARN}";
        _api.Add("POST key-value-store", _stores.CreateKeyValueStore, "key-value-store/*", needs: tagging);
        _api.Add("GET key-value-store", _stores.ListKeyValueStores);
        _api.Add("GET key-value-store/{id}", _stores.DescribeKeyValueStore, One);
        _api.Add("PUT key-value-store/{id}", _stores.UpdateKeyValueStore, One);
        _api.Add("DELETE key-value-store/{id}", _stores.DeleteKeyValueStore, One);
        _items.AddRaw<KeyRequest>("GET " + Store, items.DescribeKeyValueStore, (r, _) => r.KvsARN);
        _items.AddRaw<KeyRequest>($"GET {Store}/keys", items.ListKeys, (r, _) => r.KvsARN);
        _items.AddRaw<KeyRequest>($"POST {Store}/keys", items.UpdateKeys, (r, _) => r.KvsARN);
        _items.AddRaw<KeyRequest>($"GET {Store}/keys/{{Key}}", items.GetKey, (r, _) => r.KvsARN);
        _items.AddRaw<KeyRequest>($"PUT {Store}/keys/{{Key}}", items.PutKey, (r, _) => r.KvsARN);
        _items.AddRaw<KeyRequest>($"DELETE {Store}/keys/{{Key}}", items.DeleteKey, (r, _) => r.KvsARN);
    }

    private void AddInvalidations(Invalidations invalidations)
    {
        _api.Add("POST distribution/{id}/invalidation", invalidations.CreateInvalidation, "distribution/{id}");
        _api.Add("GET distribution/{id}/invalidation", invalidations.ListInvalidations, "distribution/{id}");
        _api.Add("GET distribution/{id}/invalidation/{invalidation}", invalidations.GetInvalidation, "distribution/{id}");
    }

    private void AddTags(Tags tags)
    {
        _api.TagsOf = tags.Of;
        _api.Add("GET tagging", tags.ListTagsForResource, "{arn}");
        _api.Add("POST tagging?Operation=Tag", tags.TagResource, "{arn}");
        _api.Add("POST tagging?Operation=Untag", tags.UntagResource, "{arn}");
    }

    private void AddSettings(SettingKind kind, Settings settings)
    {
        var one = kind.Path + "/{id}";
        // IAM has no resource type for these two: policies name them by a star.
        var isUnnamed = kind == SettingKind.PublicKey || kind == SettingKind.KeyGroup;
        string? each = isUnnamed ? null : one, any = isUnnamed ? null : kind.Path + "/*";
        var plural = kind.Name.EndsWith('y') && kind != SettingKind.PublicKey ? kind.Name[..^1] + "ies" : kind.Name + "s";
        _api.Add($"POST {kind.Path}", settings.Create, any, name: "Create" + kind.Name);
        _api.Add($"GET {kind.Path}", settings.List, name: "List" + plural);
        _api.Add($"GET {one}", settings.Get, each, name: "Get" + kind.Name);
        _api.Add($"GET {one}/config", settings.GetConfig, each, name: $"Get{kind.Name}Config");
        _api.Add(kind.UpdatesConfig ? $"PUT {one}/config" : $"PUT {one}", settings.Update, each, name: "Update" + kind.Name);
        _api.Add($"DELETE {one}", settings.Delete, each, name: "Delete" + kind.Name);
    }
}
