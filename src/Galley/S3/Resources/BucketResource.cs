using System.Text.Json.Nodes;
using Galley.S3.Events;
using Galley.Wire;

namespace Galley.S3.Resources;

/// <summary>`AWS::S3::Bucket`.</summary>
internal sealed class BucketResource(Buckets buckets, Settings settings, Lifecycles lifecycles, Notifications notifications, Installation installation) : IResourceHandler
{
    private const int MaxName = 63;

    private static readonly HashSet<string> DashedRegions =
        ["us-east-1", "us-west-1", "us-west-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-west-1", "sa-east-1", "us-gov-west-1"];

    public string Type => "AWS::S3::Bucket";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "BucketName", "BucketNamePrefix", "BucketNamespace" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var name = request.Properties.Text("BucketName") ?? Generated(request.Name);
        var made = await buckets.Create(Read(request.Properties, new BucketRecord(name, call.Region, Buckets.Seconds(installation.Now)), call), call);
        try
        {
            return Made(await Notify(request, made, call));
        }
        catch (AwsError) when (request.Properties["NotificationConfiguration"] is not null)
        {
            await buckets.Delete(name, call);
            throw;
        }
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
        => Made(await Notify(request, await settings.Change(request.PhysicalId, call, bucket => Read(request.Properties, bucket, call)), call));

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        try
        {
            await buckets.Delete(request.PhysicalId, call);
        }
        catch (AwsError error) when (error.Code == "NoSuchBucket")
        {
            // gone already
        }
    }

    /// <summary>Where a bucket's website answers; older regions have a dash before the region.</summary>
    public static string WebsiteHost(string bucket, string region) => $"{bucket}.s3-website{(DashedRegions.Contains(region) ? '-' : '.')}{region}.amazonaws.com";

    private static string Generated(string name)
    {
        var lower = name.ToLowerInvariant();
        return lower.Length <= MaxName ? lower : lower[..(MaxName - 13)].TrimEnd('-') + lower[^13..];
    }

    private static Resource Made(BucketRecord bucket) => new(bucket.Name, Attributes(bucket));

    public static Dictionary<string, string> Attributes(BucketRecord bucket) => new()
    {
        ["Arn"] = "arn:aws:s3:::" + bucket.Name,
        ["DomainName"] = $"{bucket.Name}.s3.amazonaws.com",
        ["RegionalDomainName"] = $"{bucket.Name}.s3.{bucket.Region}.amazonaws.com",
        ["DualStackDomainName"] = $"{bucket.Name}.s3.dualstack.{bucket.Region}.amazonaws.com",
        ["WebsiteURL"] = "http://" + WebsiteHost(bucket.Name, bucket.Region),
    };

    /// <summary>The functions must let the bucket invoke them before it may be told to.</summary>
    private async ValueTask<BucketRecord> Notify(ResourceRequest request, BucketRecord bucket, Call call)
    {
        var wanted = RuleProperties.Notifications(request.Properties.Object("NotificationConfiguration"));
        return wanted.Count == 0 && bucket.Notifications is null ? bucket : await notifications.Set(bucket.Name, call, wanted, validate: true);
    }

    private BucketRecord Read(JsonObject properties, BucketRecord bucket, Call call)
    {
        properties.Only(Type, "BucketName", "AccessControl", "PublicAccessBlockConfiguration", "WebsiteConfiguration", "CorsConfiguration", "OwnershipControls", "BucketEncryption", "Tags",
            "VersioningConfiguration", "LifecycleConfiguration", "NotificationConfiguration");
        var block = properties.Object("PublicAccessBlockConfiguration")?.Only(Type, "BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets");
        var wanted = bucket with
        {
            PublicAccessBlock = block is null
                ? new PublicAccessBlock(true, true, true, true)
                : new PublicAccessBlock(block.Flag("BlockPublicAcls"), block.Flag("IgnorePublicAcls"), block.Flag("BlockPublicPolicy"), block.Flag("RestrictPublicBuckets")),
            Website = properties.Object("WebsiteConfiguration") is { } website ? Website(website) : null,
            Cors = properties.Object("CorsConfiguration") is { } cors ? CorsXml.Check([.. cors.Only(Type, "CorsRules").Objects("CorsRules").Select(Cors)]) : null,
            Ownership = Ownership(properties.Object("OwnershipControls")),
            BucketKey = Encryption(properties.Object("BucketEncryption")).BucketKey,
            Encryption = Encryption(properties.Object("BucketEncryption")).Algorithm,
            Tags = properties.Objects("Tags").Select(tag => new Tag(tag.Only(Type, "Key", "Value").Text("Key") ?? "", tag.Text("Value") ?? "")).ToList() is { Count: > 0 } tags ? tags : null,
            Lifecycle = RuleProperties.Lifecycle(properties.Object("LifecycleConfiguration"), lifecycles.NewId),
            Versioning = Versioning(properties.Object("VersioningConfiguration"), bucket.Versioning),
        };
        return wanted with { Grants = Grants(properties.Text("AccessControl"), wanted, call) };
    }

    /// <summary>Versioning that was on can only be suspended.</summary>
    private string? Versioning(JsonObject? configuration, string? before) => configuration?.Only(Type, "Status").Text("Status") switch
    {
        "Enabled" => "Enabled",
        "Suspended" => "Suspended",
        null => before is null ? null : "Suspended",
        var other => throw Errors.InvalidArgument($"Invalid Status {other}"),
    };

    private static IReadOnlyList<Grant>? Grants(string? accessControl, BucketRecord bucket, Call call)
    {
        if (accessControl is null or "Private") return null;
        // `PublicRead` is `public-read` on the wire
        var canned = string.Concat(accessControl.Select((letter, at) => char.IsAsciiLetterUpper(letter) && at > 0 ? $"-{letter}" : $"{letter}")).ToLowerInvariant();
        return bucket.AclsOff
            ? throw new AwsError("InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting").With("BucketName", bucket.Name)
            : AclRules.Allowed(AclRules.Canned(canned, ofBucket: true, call), bucket, call);
    }

    private CorsRule Cors(JsonObject rule)
    {
        rule.Only(Type, "Id", "AllowedOrigins", "AllowedMethods", "AllowedHeaders", "ExposedHeaders", "MaxAge");
        return new(rule.Text("Id"), rule.Texts("AllowedOrigins"), rule.Texts("AllowedMethods"), rule.Texts("AllowedHeaders"), rule.Texts("ExposedHeaders"), rule.Number("MaxAge"));
    }

    private string Ownership(JsonObject? controls)
    {
        if (controls is null) return Buckets.BucketOwnerEnforced;
        return controls.Only(Type, "Rules").Objects("Rules").Select(rule => rule.Only(Type, "ObjectOwnership").Text("ObjectOwnership")).SingleOrDefault() switch
        {
            Buckets.BucketOwnerEnforced or null => Buckets.BucketOwnerEnforced,
            "BucketOwnerPreferred" => "BucketOwnerPreferred",
            "ObjectWriter" => "ObjectWriter",
            var other => throw Errors.InvalidArgument($"Invalid ObjectOwnership {other}"),
        };
    }

    private (string? Algorithm, bool BucketKey) Encryption(JsonObject? encryption)
    {
        var rule = encryption?.Only(Type, "ServerSideEncryptionConfiguration").Objects("ServerSideEncryptionConfiguration").SingleOrDefault()?.Only(Type, "BucketKeyEnabled", "ServerSideEncryptionByDefault");
        var algorithm = rule?.Object("ServerSideEncryptionByDefault")?.Only(Type, "SSEAlgorithm").Text("SSEAlgorithm");
        if (algorithm is not (null or "AES256" or "aws:kms")) throw Properties.Refused(Type, $"SSEAlgorithm {algorithm}");
        return (algorithm == "aws:kms" ? algorithm : null, rule?.Flag("BucketKeyEnabled") == true);
    }

    private WebsiteConfiguration Website(JsonObject website)
    {
        website.Only(Type, "IndexDocument", "ErrorDocument", "RedirectAllRequestsTo", "RoutingRules");
        var all = website.Object("RedirectAllRequestsTo")?.Only(Type, "HostName", "Protocol");
        return Websites.Check(new WebsiteConfiguration(
            website.Text("IndexDocument"), website.Text("ErrorDocument"), all is null ? null : new RedirectAll(all.Text("HostName") ?? "", all.Text("Protocol")),
            [.. website.Objects("RoutingRules").Select(Rule)]));
    }

    private RoutingRule Rule(JsonObject rule)
    {
        var redirect = rule.Only(Type, "RedirectRule", "RoutingRuleCondition").Object("RedirectRule")?.Only(Type, "HostName", "Protocol", "HttpRedirectCode", "ReplaceKeyPrefixWith", "ReplaceKeyWith")
            ?? throw new AwsError("ValidationError", "RoutingRules need a RedirectRule");
        var condition = rule.Object("RoutingRuleCondition")?.Only(Type, "KeyPrefixEquals", "HttpErrorCodeReturnedEquals");
        return new(
            condition?.Text("KeyPrefixEquals"), condition?.Number("HttpErrorCodeReturnedEquals"), redirect.Text("HostName"), redirect.Text("Protocol"),
            redirect.Number("HttpRedirectCode"), redirect.Text("ReplaceKeyPrefixWith"), redirect.Text("ReplaceKeyWith"));
    }
}
