using System.Text.Json.Nodes;
using System.Xml.Linq;
using Galley.Wire;

namespace Galley.CloudFront.Resources;

/// <summary>`AWS::CloudFront::Distribution`: CloudFormation's JSON form of a distribution.</summary>
internal sealed class DistributionResource(Distributions distributions, Tags tags) : IResourceHandler
{
    public string Type => "AWS::CloudFront::Distribution";

    public IReadOnlySet<string> ReplaceOn => new HashSet<string>();

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
        => Of(await distributions.Create(Config(request, $"{request.StackId}/{request.LogicalId}/{request.Name}"), Tags.Read(request.Properties), call), call);

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var old = await distributions.Get(request.PhysicalId, call.Account);
        var updated = await distributions.Update(request.PhysicalId, null, Config(request, old.CallerReference), call);
        await tags.Replace(updated.Arn(call.Account), Tags.Read(request.Properties), call);
        return Of(updated, call);
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        try
        {
            var old = await distributions.Get(request.PhysicalId, call.Account);
            var config = Xml.Stored(old.Config);
            config.Element("Enabled")!.Value = "false";
            await distributions.Update(old.Id, null, config, call);
            await distributions.Delete(old.Id, null, call);
        }
        catch (AwsError error) when (error.Code == "NoSuchDistribution")
        {
            // gone already
        }
    }

    private static XElement Config(ResourceRequest request, string reference)
    {
        foreach (var (name, _) in request.Properties)
            if (name is not ("DistributionConfig" or "Tags"))
                throw Errors.NotSupported(name);
        if (request.Properties["DistributionConfig"]?.DeepClone() is not JsonObject properties) throw Errors.Missing("DistributionConfig");
        foreach (var behavior in (properties["CacheBehaviors"] as JsonArray ?? []).Append(properties["DefaultCacheBehavior"])) Reshape(behavior as JsonObject);
        properties["CallerReference"] = reference;
        return DistributionConfig.Read(DistributionConfig.Shape.FromJson(properties, "DistributionConfig"));
    }

    /// <summary>CloudFormation puts CachedMethods beside AllowedMethods, the API puts them inside.</summary>
    private static void Reshape(JsonObject? behavior)
    {
        if (behavior is null || behavior["AllowedMethods"] is not JsonArray && behavior["CachedMethods"] is null) return;
        var methods = new JsonObject { ["Items"] = behavior["AllowedMethods"]?.DeepClone() ?? new JsonArray("HEAD", "GET") };
        if (behavior["CachedMethods"] is { } cached) methods["CachedMethods"] = cached.DeepClone();
        behavior.Remove("CachedMethods");
        behavior["AllowedMethods"] = methods;
    }

    private static Resource Of(Distribution distribution, Call call) => new(distribution.Id, new Dictionary<string, string>
    {
        ["Id"] = distribution.Id,
        ["DomainName"] = distribution.DomainName,
        ["Arn"] = distribution.Arn(call.Account),
    });
}
