using System.Globalization;
using System.Text.Json.Nodes;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3.Resources;

/// <summary>Buckets and their policies as AWS::S3::Bucket and AWS::S3::BucketPolicy. What is in them is data.</summary>
internal sealed class BucketScan(IStore store)
{
    public IEnumerable<ResourceScanner> Scanners =>
    [
        new("AWS::S3::Bucket", "s3:GetBucketLocation", async call => [.. (await Buckets(call)).Select(bucket => new ScannedResource(bucket.Name, Read(bucket))
        {
            Identifier = Described.Of(("BucketName", bucket.Name)),
            Attributes = BucketResource.Attributes(bucket),
            Label = bucket.Name + " Bucket",
        })]),
        new("AWS::S3::BucketPolicy", "s3:GetBucketPolicy", async call => [.. (await Buckets(call)).Where(bucket => bucket.Policy is not null).Select(bucket => new ScannedResource(bucket.Name, new JsonObject { ["Bucket"] = bucket.Name, ["PolicyDocument"] = JsonNode.Parse(bucket.Policy!) })
        {
            Identifier = Described.Of(("Bucket", bucket.Name)),
            Label = bucket.Name + " BucketPolicy",
            Parent = ("AWS::S3::Bucket", bucket.Name),
        })]),
    ];

    private async ValueTask<List<BucketRecord>> Buckets(Call call) => [.. (await store.Read(tx => tx.List(Keys.Buckets(call.Account), S3Json.Default.BucketRecord))).Where(bucket => bucket.Region == call.Region)];

    private static JsonObject Read(BucketRecord bucket)
    {
        var said = new JsonObject { ["BucketName"] = bucket.Name };
        var block = bucket.PublicAccessBlock ?? new PublicAccessBlock(false, false, false, false);
        said["PublicAccessBlockConfiguration"] = new JsonObject { ["BlockPublicAcls"] = block.BlockPublicAcls, ["IgnorePublicAcls"] = block.IgnorePublicAcls, ["BlockPublicPolicy"] = block.BlockPublicPolicy, ["RestrictPublicBuckets"] = block.RestrictPublicBuckets };
        if (bucket.Ownership is { } ownership && !bucket.AclsOff) said["OwnershipControls"] = new JsonObject { ["Rules"] = new JsonArray(new JsonObject { ["ObjectOwnership"] = ownership }) };
        if (bucket.Versioning is { } versioning) said["VersioningConfiguration"] = new JsonObject { ["Status"] = versioning };
        if (bucket.Encryption is { } algorithm)
            said["BucketEncryption"] = new JsonObject { ["ServerSideEncryptionConfiguration"] = new JsonArray(new JsonObject { ["BucketKeyEnabled"] = bucket.BucketKey, ["ServerSideEncryptionByDefault"] = new JsonObject { ["SSEAlgorithm"] = algorithm } }) };
        if (bucket.Tags is { Count: > 0 } tags) said["Tags"] = Described.Tags(tags.Select(tag => KeyValuePair.Create(tag.Key, tag.Value)));
        if (bucket.Website is { } website) said["WebsiteConfiguration"] = Website(website);
        if (bucket.Cors is { Count: > 0 } cors)
            said["CorsConfiguration"] = new JsonObject { ["CorsRules"] = new JsonArray([.. cors.Select(rule => Said(("Id", rule.Id), ("AllowedOrigins", Texts(rule.AllowedOrigins)), ("AllowedMethods", Texts(rule.AllowedMethods)), ("AllowedHeaders", Texts(rule.AllowedHeaders)), ("ExposedHeaders", Texts(rule.ExposeHeaders)), ("MaxAge", rule.MaxAgeSeconds)))]) };
        if (bucket.Lifecycle is { Count: > 0 } rules) said["LifecycleConfiguration"] = new JsonObject { ["Rules"] = new JsonArray([.. rules.Select(Rule)]) };
        if (bucket.Notifications is { Count: > 0 } notifications)
            said["NotificationConfiguration"] = new JsonObject { ["LambdaConfigurations"] = new JsonArray([.. notifications.SelectMany(one => one.Events.Select(happening => Notification(one, happening)))]) };
        return said;
    }

    private static JsonObject Website(WebsiteConfiguration website)
    {
        var said = Said(("IndexDocument", website.Index), ("ErrorDocument", website.Error));
        if (website.RedirectAll is { } all) said["RedirectAllRequestsTo"] = Said(("HostName", all.HostName), ("Protocol", all.Protocol));
        if (website.Rules.Count > 0)
            said["RoutingRules"] = new JsonArray([.. website.Rules.Select(rule => Said(
                ("RoutingRuleCondition", Described.Trimmed(Said(("KeyPrefixEquals", rule.KeyPrefix), ("HttpErrorCodeReturnedEquals", rule.ErrorCode?.ToString(CultureInfo.InvariantCulture))))),
                ("RedirectRule", Said(("HostName", rule.HostName), ("Protocol", rule.Protocol), ("HttpRedirectCode", rule.RedirectCode?.ToString(CultureInfo.InvariantCulture)), ("ReplaceKeyPrefixWith", rule.ReplacePrefix), ("ReplaceKeyWith", rule.ReplaceKey)))))]);
        return said;
    }

    private static JsonObject Rule(LifecycleRule rule) => Said(
        ("Id", rule.Id), ("Status", rule.Enabled ? "Enabled" : "Disabled"), ("Prefix", rule.Prefix is { Length: > 0 } prefix ? prefix : null),
        ("TagFilters", rule.Tags.Count > 0 ? Described.Tags(rule.Tags.Select(tag => KeyValuePair.Create(tag.Key, tag.Value))) : null),
        ("ObjectSizeGreaterThan", rule.LargerThan?.ToString(CultureInfo.InvariantCulture)), ("ObjectSizeLessThan", rule.SmallerThan?.ToString(CultureInfo.InvariantCulture)),
        ("ExpirationInDays", rule.Days), ("ExpirationDate", rule.Date?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)), ("ExpiredObjectDeleteMarker", rule.ExpiredMarkers ? true : null),
        ("NoncurrentVersionExpiration", rule.NoncurrentDays is null ? null : Said(("NoncurrentDays", rule.NoncurrentDays), ("NewerNoncurrentVersions", rule.NewerNoncurrent))),
        ("AbortIncompleteMultipartUpload", rule.AbortDays is { } days ? new JsonObject { ["DaysAfterInitiation"] = days } : null));

    private static JsonObject Notification(Notification one, string happening)
    {
        var said = new JsonObject { ["Event"] = happening, ["Function"] = one.FunctionArn };
        var rules = new JsonArray([.. new[] { ("prefix", one.Prefix), ("suffix", one.Suffix) }.Where(rule => rule.Item2 is { Length: > 0 }).Select(rule => (JsonNode)new JsonObject { ["Name"] = rule.Item1, ["Value"] = rule.Item2 })]);
        if (rules.Count > 0) said["Filter"] = new JsonObject { ["S3Key"] = new JsonObject { ["Rules"] = rules } };
        return said;
    }

    private static JsonArray? Texts(IReadOnlyList<string> texts) => texts.Count == 0 ? null : new JsonArray([.. texts.Select(text => JsonValue.Create(text))]);

    private static JsonObject Said(params ReadOnlySpan<(string Name, JsonNode? Value)> members)
    {
        var said = new JsonObject();
        foreach (var (name, value) in members)
            if (value is not null) said[name] = value;
        return said;
    }
}
