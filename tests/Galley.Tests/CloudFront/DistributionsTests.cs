using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.CloudFront;

public class DistributionsTests
{
    private static readonly GalleyOptions Options = new() { Port = 0, Account = "123456789012" };

    [Fact]
    public async Task CreateDistribution_answers_as_AWS_does_and_fills_in_its_defaults()
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var created = await new AwsJs(server).Call("cloudfront", "CreateDistribution", new JsonObject { ["DistributionConfig"] = Configs.Bucket("cook-recipe-app") });
        var distribution = created["Distribution"]!;
        var id = (string)distribution["Id"]!;
        Assert.Matches("^E[A-Z0-9]{13}$", id);
        Assert.Matches("^d[a-z0-9]{13}\\.cloudfront\\.net$", (string)distribution["DomainName"]!);
        Assert.Equal($"arn:aws:cloudfront::123456789012:distribution/{id}", (string?)distribution["ARN"]);
        Assert.Equal("InProgress", (string?)distribution["Status"]);
        Assert.Matches("^E[A-Z0-9]{13}$", (string)created["ETag"]!);
        Assert.Equal("https://cloudfront.amazonaws.com/2020-05-31/distribution/" + id, (string?)created["Location"]);
        var config = distribution["DistributionConfig"]!;
        Assert.Equal("PriceClass_All", (string?)config["PriceClass"]);
        Assert.Equal("http2", (string?)config["HttpVersion"]);
        Assert.Equal("none", (string?)config["Restrictions"]!["GeoRestriction"]!["RestrictionType"]);
        Assert.True((bool)config["ViewerCertificate"]!["CloudFrontDefaultCertificate"]!);
        Assert.Equal(3, (int)config["Origins"]!["Items"]![0]!["ConnectionAttempts"]!);
        var behavior = config["DefaultCacheBehavior"]!;
        Assert.Equal("redirect-to-https", (string?)behavior["ViewerProtocolPolicy"]);
        Assert.Equal(["GET", "HEAD", "OPTIONS"], behavior["AllowedMethods"]!["Items"]!.AsArray().Select(item => (string)item!));
        Assert.Equal("200", (string?)config["CustomErrorResponses"]!["Items"]![0]!["ResponseCode"]);
        Assert.Null(behavior["DefaultTTL"]);
    }

    [Fact]
    public async Task Status_is_InProgress_for_a_second_then_Deployed()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await GalleyServer.StartAsync(Options with { Time = time });
        var js = new AwsJs(server);
        var (id, _) = await Configs.Create(js, Configs.Custom(80));
        Assert.Equal("InProgress", (string?)(await js.Call("cloudfront", "GetDistribution", new { Id = id }))["Distribution"]!["Status"]);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("Deployed", (string?)(await js.Call("cloudfront", "GetDistribution", new { Id = id }))["Distribution"]!["Status"]);
    }

    [Fact]
    public async Task UpdateDistribution_takes_back_what_GetDistributionConfig_gave_and_refuses_a_stale_ETag()
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var (id, _) = await Configs.Create(js, Configs.Custom(80));
        var got = await js.Call("cloudfront", "GetDistributionConfig", new { Id = id });
        var config = got["DistributionConfig"]!.AsObject();
        config["Comment"] = "changed";
        var etag = (string)got["ETag"]!;
        JsonObject Request(string? ifMatch) => new() { ["Id"] = id, ["IfMatch"] = ifMatch, ["DistributionConfig"] = config.DeepClone() };
        var updated = await js.Call("cloudfront", "UpdateDistribution", Request(etag));
        Assert.NotEqual(etag, (string?)updated["ETag"]);
        Assert.Equal("changed", (string?)updated["Distribution"]!["DistributionConfig"]!["Comment"]);
        var stale = await Assert.ThrowsAsync<AwsJsError>(() => js.Call("cloudfront", "UpdateDistribution", Request(etag)));
        Assert.Equal(("PreconditionFailed", 412), (stale.Code, stale.Status));
        var missing = await Assert.ThrowsAsync<AwsJsError>(() => js.Call("cloudfront", "UpdateDistribution", Request(null)));
        Assert.Equal(("InvalidIfMatchVersion", 400), (missing.Code, missing.Status));
    }

    [Fact]
    public async Task DeleteDistribution_wants_it_disabled_and_deployed()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await GalleyServer.StartAsync(Options with { Time = time });
        var js = new AwsJs(server);
        var (id, domain) = await Configs.Create(js, Configs.Custom(80));
        var got = await js.Call("cloudfront", "GetDistributionConfig", new { Id = id });
        var enabled = await js.Fails("cloudfront", "DeleteDistribution", new { Id = id, IfMatch = (string)got["ETag"]! });
        Assert.Equal(("DistributionNotDisabled", 409), (enabled.Code, enabled.Status));
        var updated = await js.Call("cloudfront", "UpdateDistribution", new JsonObject { ["Id"] = id, ["IfMatch"] = (string)got["ETag"]!, ["DistributionConfig"] = got["DistributionConfig"]!.DeepClone().AsObject().With("Enabled", false) });
        time.Advance(TimeSpan.FromSeconds(2));
        await js.Call("cloudfront", "DeleteDistribution", new { Id = id, IfMatch = (string)updated["ETag"]! });
        var gone = await js.Fails("cloudfront", "GetDistribution", new { Id = id });
        Assert.Equal(("NoSuchDistribution", 404, "The specified distribution does not exist."), (gone.Code, gone.Status, gone.Text));
        using var viewer = new TestViewer(server, domain);
        Assert.Equal(403, (await viewer.Get("/")).Status);
    }

    [Fact]
    public async Task Settings_that_Galley_does_not_have_are_refused_by_name()
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        async Task<string> Refused(string path, JsonNode value)
            => (await Assert.ThrowsAsync<AwsJsError>(() => Configs.Create(js, Configs.Custom(80).With(path, value)))).Text;
        Assert.Contains("WebACLId", await Refused("WebACLId", "arn:aws:wafv2:us-east-1:1:global/webacl/x"), StringComparison.Ordinal);
        Assert.Contains("GeoRestriction", await Refused("Restrictions", new JsonObject { ["GeoRestriction"] = new JsonObject { ["RestrictionType"] = "whitelist", ["Quantity"] = 1, ["Items"] = new JsonArray("GB") } }), StringComparison.Ordinal);
        Assert.Contains("FieldLevelEncryptionId", await Refused("DefaultCacheBehavior/FieldLevelEncryptionId", "C2DXL32XKLMLUW"), StringComparison.Ordinal);
        Assert.Contains("ContinuousDeploymentPolicyId", await Refused("ContinuousDeploymentPolicyId", "x"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Origins/Quantity", 2, "InconsistentQuantities", 400)]
    [InlineData("DefaultCacheBehavior/TargetOriginId", "other", "NoSuchOrigin", 404)]
    [InlineData("DefaultRootObject", "/index.html", "InvalidDefaultRootObject", 400)]
    [InlineData("DefaultCacheBehavior/CachePolicyId", "00000000-0000-0000-0000-000000000000", "NoSuchCachePolicy", 404)]
    [InlineData("Origins/Items/0/DomainName", "169.254.169.254", "InvalidArgument", 400)]
    public async Task CreateDistribution_refuses_what_does_not_fit_together(string path, object value, string code, int status)
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var error = await Assert.ThrowsAsync<AwsJsError>(() => Configs.Create(new AwsJs(server), Configs.Custom(80).With(path, value is int number ? number : (string)value)));
        Assert.Equal((code, status), (error.Code, error.Status));
    }

    [Fact]
    public void A_document_type_in_the_request_is_refused()
    {
        var body = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><DistributionConfig>&e;</DistributionConfig>"u8.ToArray();
        Assert.Equal("MalformedXML", Assert.Throws<Galley.Wire.AwsError>(() => Galley.CloudFront.Xml.Parse(body)).Code);
    }

    [Fact]
    public async Task Tags_come_with_the_distribution_and_change_alone()
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var created = await js.Call("cloudfront", "CreateDistributionWithTags", new JsonObject
        {
            ["DistributionConfigWithTags"] = new JsonObject { ["DistributionConfig"] = Configs.Custom(80), ["Tags"] = new JsonObject { ["Items"] = new JsonArray(new JsonObject { ["Key"] = "app", ["Value"] = "recipes" }) } },
        });
        var arn = (string)created["Distribution"]!["ARN"]!;
        await js.Call("cloudfront", "TagResource", new { Resource = arn, Tags = new { Items = new[] { new { Key = "stage", Value = "dev" } } } });
        await js.Call("cloudfront", "UntagResource", new { Resource = arn, TagKeys = new { Items = new[] { "app" } } });
        var tags = await js.Call("cloudfront", "ListTagsForResource", new { Resource = arn });
        Assert.Equal("[{\"Key\":\"stage\",\"Value\":\"dev\"}]", tags["Tags"]!["Items"]!.ToJsonString());
    }
}
