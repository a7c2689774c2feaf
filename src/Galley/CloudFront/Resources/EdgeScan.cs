using System.Text;
using System.Text.Json.Nodes;
using Galley.Store;

namespace Galley.CloudFront.Resources;

/// <summary>Distributions, functions and named configurations as the AWS::CloudFront types.</summary>
internal sealed class EdgeScan(Installation installation)
{
    private const string Prefix = "AWS::CloudFront::";

    public IEnumerable<ResourceScanner> Scanners =>
    [
        new(Prefix + "Distribution", "cloudfront:GetDistribution", async call => [.. (await installation.Store.Read(snapshot => snapshot.List(Keys.Distributions(call.Account), CloudFrontJson.Default.Distribution))).Select(one => new ScannedResource(one.Id, Read(one))
        {
            Identifier = Described.Of(("Id", one.Id)),
            Attributes = Described.Of(("DomainName", one.DomainName)),
            Label = "Site",
            Secrets = [.. Origins(one).SelectMany((origin, i) => (origin["OriginCustomHeaders"] as JsonArray ?? []).Select((_, j) => $"DistributionConfig.Origins.{i}.OriginCustomHeaders.{j}.HeaderValue"))],
        })]),
        new(Prefix + "Function", "cloudfront:GetFunction", async call => [.. (await installation.Store.Read(snapshot => snapshot.List(Keys.Functions(call.Account), CloudFrontJson.Default.EdgeFunction))).Select(one => Function(one, call.Account))]),
        new(Prefix + "KeyValueStore", "cloudfront:DescribeKeyValueStore", async call => [.. (await installation.Store.Read(snapshot => snapshot.List(Keys.Stores(call.Account), CloudFrontJson.Default.KeyValueStore))).Select(one => new ScannedResource(one.Name, new JsonObject { ["Name"] = one.Name }.Saying("Comment", one.Comment.Length > 0 ? one.Comment : null).Saying("Tags", Tagged(one.Tags)))
        {
            Identifier = Described.Of(("Name", one.Name)),
            Attributes = Described.Of(("Arn", one.Arn(call.Account))),
            Label = one.Name + " Store",
        })]),
        .. SettingKind.All.Select(kind => new ResourceScanner(Prefix + kind.Name, "cloudfront:Get" + kind.Name, async call =>
            [.. (await installation.Store.Read(snapshot => snapshot.List(Keys.Settings(call.Account, kind.Name), CloudFrontJson.Default.Setting))).Select(one => Setting(kind, one))])),
    ];

    private static JsonObject Read(Distribution one)
    {
        var config = (JsonObject)DistributionConfig.Shape.ToJson(Xml.Stored(one.Config))!;
        config.Remove("CallerReference");
        foreach (var behavior in (config["CacheBehaviors"] as JsonArray ?? []).Append(config["DefaultCacheBehavior"]).OfType<JsonObject>())
            if (behavior["AllowedMethods"] is JsonObject methods)
            {
                // CloudFormation has the two lists side by side.
                if (methods["CachedMethods"] is { } cached) behavior["CachedMethods"] = cached.DeepClone();
                behavior["AllowedMethods"] = methods["Items"]?.DeepClone();
            }

        if (config["Logging"] is JsonObject logging && (logging["Enabled"]?.ToString() == "false" || !logging.Remove("Enabled"))) config.Remove("Logging");
        if (config["ViewerCertificate"] is JsonObject certificate)
        {
            certificate.Remove("Certificate");
            certificate.Remove("CertificateSource");
            if (certificate["CloudFrontDefaultCertificate"]?.ToString() == "true") config["ViewerCertificate"] = new JsonObject { ["CloudFrontDefaultCertificate"] = true };
        }

        foreach (var origin in (config["Origins"] as JsonArray ?? []).OfType<JsonObject>())
            if (origin["CustomOriginConfig"] is null && origin["S3OriginConfig"] is null)
                origin["S3OriginConfig"] = new JsonObject { ["OriginAccessIdentity"] = "" };
        var said = new JsonObject { ["DistributionConfig"] = config };
        return said.Saying("Tags", Tagged(one.Tags));
    }

    private static JsonArray? Tagged(Dictionary<string, string> tags) => tags.Count > 0 ? Described.Tags(tags) : null;

    private static IEnumerable<JsonObject> Origins(Distribution one) => (Read(one)["DistributionConfig"]!["Origins"] as JsonArray ?? []).OfType<JsonObject>();

    private static ScannedResource Function(EdgeFunction one, string account)
    {
        var stage = one.Live ?? one.Development;
        var config = new JsonObject { ["Runtime"] = stage.Runtime, ["Comment"] = stage.Comment };
        if (stage.Stores.Count > 0) config["KeyValueStoreAssociations"] = new JsonArray([.. stage.Stores.Select(arn => (JsonNode)new JsonObject { ["KeyValueStoreARN"] = arn })]);
        return new ScannedResource(one.Arn(account), new JsonObject { ["Name"] = one.Name, ["AutoPublish"] = one.Live is not null, ["FunctionCode"] = Encoding.UTF8.GetString(Convert.FromBase64String(stage.Code)), ["FunctionConfig"] = config }.Saying("Tags", Tagged(one.Tags)))
        {
            Identifier = Described.Of(("FunctionARN", one.Arn(account))),
            Attributes = Described.Of(("FunctionARN", one.Arn(account))),
            Label = one.Name + " Function",
        };
    }

    private static ScannedResource Setting(SettingKind kind, Setting one)
    {
        var config = (JsonObject)kind.Config.ToJson(Xml.Stored(one.Config))!;
        if (kind != SettingKind.PublicKey) config.Remove("CallerReference");
        return new ScannedResource(one.Id, new JsonObject { [kind.Config.Name] = kind == SettingKind.ResponseHeadersPolicy ? WithItems(config) : config })
        {
            Identifier = Described.Of(("Id", one.Id)),
            Attributes = one.CanonicalUser is { } canonical ? Described.Of(("Id", one.Id), ("S3CanonicalUserId", canonical)) : Described.Of(("Id", one.Id)),
            Label = $"{one.Name} {kind.Name}",
        };
    }

    /// <summary>Lists of a response headers policy stand under `Items`.</summary>
    private static JsonNode? WithItems(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, WithItems(pair.Value)))),
        JsonArray list => new JsonObject { ["Items"] = new JsonArray([.. list.Select(WithItems)]) },
        _ => node?.DeepClone(),
    };
}
