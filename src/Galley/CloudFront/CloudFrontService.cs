using Galley.CloudFront.Resources;
using Galley.CloudFront.Serve;
using Galley.Wire;

namespace Galley.CloudFront;

/// <summary>CloudFront: distributions, invalidations, origin access controls, policies, and the edge that serves viewers.</summary>
internal sealed class CloudFrontService : IService
{
    private const long CacheCapacity = 128 << 20;
    private readonly CloudFrontApi _api = new();
    private readonly Cache _cache = new(CacheCapacity);
    private readonly Origins _origins;
    private readonly Sites _sites;
    private readonly Viewer _viewer;
    private readonly List<IResourceHandler> _resources;

    public CloudFrontService(Installation installation, IFetchFromS3 s3)
    {
        Sites? sites = null;
        var distributions = new Distributions(installation, label => sites!.Forget(label));
        _sites = sites = new Sites(installation, distributions);
        _origins = new Origins(installation, s3);
        var sending = new Sending(installation);
        _viewer = new Viewer(_sites, new Objects(installation, _cache, _origins, sending), sending);
        AddDistributions(distributions);
        AddInvalidations(new Invalidations(installation, (distribution, paths) => _cache.Invalidate(distribution.Label, paths)));
        AddTags(new Tags(installation));
        _resources = [new DistributionResource(distributions)];
        foreach (var kind in SettingKind.All)
        {
            var settings = new Settings(kind, installation, _sites.ForgetAll);
            AddSettings(kind, settings);
            _resources.Add(new SettingResource(kind, settings));
        }
    }

    public IEnumerable<AwsService> Apis => [_api];

    public IEnumerable<IDoor> Doors => [_viewer];

    public IEnumerable<IResourceHandler> Resources => _resources;

    public ValueTask Stop()
    {
        _origins.Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask Reset()
    {
        _sites.ForgetAll();
        _cache.Clear();
        return ValueTask.CompletedTask;
    }

    private void AddDistributions(Distributions distributions)
    {
        const string One = "distribution/{id}", Any = "distribution/*";
        _api.Add("POST distribution?WithTags", distributions.CreateDistributionWithTags, Any, also: "cloudfront:TagResource");
        _api.Add("POST distribution", distributions.CreateDistribution, Any);
        _api.Add("GET distribution", distributions.ListDistributions);
        _api.Add("GET distribution/{id}", distributions.GetDistribution, One);
        _api.Add("GET distribution/{id}/config", distributions.GetDistributionConfig, One);
        _api.Add("PUT distribution/{id}/config", distributions.UpdateDistribution, One);
        _api.Add("DELETE distribution/{id}", distributions.DeleteDistribution, One);
    }

    private void AddInvalidations(Invalidations invalidations)
    {
        _api.Add("POST distribution/{id}/invalidation", invalidations.CreateInvalidation, "distribution/{id}");
        _api.Add("GET distribution/{id}/invalidation", invalidations.ListInvalidations, "distribution/{id}");
        _api.Add("GET distribution/{id}/invalidation/{invalidation}", invalidations.GetInvalidation, "distribution/{id}");
    }

    private void AddTags(Tags tags)
    {
        _api.Add("GET tagging", tags.ListTagsForResource, "{arn}");
        _api.Add("POST tagging?Operation=Tag", tags.TagResource, "{arn}");
        _api.Add("POST tagging?Operation=Untag", tags.UntagResource, "{arn}");
    }

    private void AddSettings(SettingKind kind, Settings settings)
    {
        var one = kind.Path + "/{id}";
        var plural = kind.Name.EndsWith("Policy", StringComparison.Ordinal) ? kind.Name[..^1] + "ies" : kind.Name + "s";
        _api.Add($"POST {kind.Path}", settings.Create, kind.Path + "/*", name: "Create" + kind.Name);
        _api.Add($"GET {kind.Path}", settings.List, name: "List" + plural);
        _api.Add($"GET {one}", settings.Get, one, name: "Get" + kind.Name);
        _api.Add($"GET {one}/config", settings.GetConfig, one, name: $"Get{kind.Name}Config");
        _api.Add(kind == SettingKind.OriginAccessControl ? $"PUT {one}/config" : $"PUT {one}", settings.Update, one, name: "Update" + kind.Name);
        _api.Add($"DELETE {one}", settings.Delete, one, name: "Delete" + kind.Name);
    }
}
