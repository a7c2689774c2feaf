using System.Text.Json.Nodes;

namespace Galley.Tests.Tutorial;

/// <summary>Rows 54 to 64 and 68 to 75: the bucket and the distribution before it.</summary>
[Collection(nameof(TutorialByHand))]
public sealed class ByHandSiteTests(TutorialByHand tutorial)
{
    [Fact]
    public void Row_056_A_new_bucket_blocks_public_access_and_has_no_ACLs()
    {
        Assert.Equal(200, (int)tutorial.Answer("CreateBucket")["$metadata"]!["httpStatusCode"]!);
        var block = tutorial.Answer("GetPublicAccessBlock")["PublicAccessBlockConfiguration"]!.AsObject();
        Assert.Equal(4, block.Count);
        Assert.All(block, pair => Assert.True((bool)pair.Value!));
        Assert.Equal("BucketOwnerEnforced", (string?)tutorial.Answer("GetBucketOwnershipControls")["OwnershipControls"]!["Rules"]![0]!["ObjectOwnership"]);
    }

    [Fact]
    public void Row_057_Every_key_is_listed_with_the_type_the_client_sent()
    {
        Assert.Equal(TutorialByHand.Build.Select(file => file.Key), tutorial.Answer("ListObjectsV2")["Contents"]!.AsArray().Select(item => (string)item!["Key"]!));
        foreach (var (key, type) in TutorialByHand.Build) Assert.Equal(type, (string?)tutorial.Answer("Head " + key)["ContentType"]);
    }

    [Fact]
    public void Row_058_The_website_serves_the_index_and_for_an_unknown_path_the_same_with_404()
    {
        Assert.Equal((200, TutorialByHand.Index), (tutorial.At("website").Status, tutorial.At("website").Body));
        Assert.Equal((404, TutorialByHand.Index), (tutorial.At("website unknown").Status, tutorial.At("website unknown").Body));
    }

    [Fact]
    public void Row_059_The_public_policy_is_refused_while_public_policies_are_blocked()
    {
        var (code, status, message) = tutorial.Refusal("PolicyBlocked");
        Assert.Equal(("AccessDenied", 403), (code, status));
        Assert.EndsWith("because public policies are blocked by the BlockPublicPolicy block public access setting.", message, StringComparison.Ordinal);
        Assert.Equal(403, tutorial.At("private index").Status);
    }

    [Fact]
    public void Rows_060_061_Without_the_block_the_policy_is_taken_and_the_bucket_is_public()
    {
        Assert.Equal(200, (int)tutorial.Answer("PutPublicAccessBlock")["$metadata"]!["httpStatusCode"]!);
        Assert.Equal(204, (int)tutorial.Answer("PutBucketPolicy")["$metadata"]!["httpStatusCode"]!);
        Assert.True((bool)tutorial.Answer("GetBucketPolicyStatus")["PolicyStatus"]!["IsPublic"]!);
    }

    [Fact]
    public void Row_062_The_index_is_served_over_https()
        => Assert.Equal((200, "text/html", TutorialByHand.Index), (tutorial.At("index").Status, tutorial.At("index")["Content-Type"], tutorial.At("index").Body));

    [Theory]
    [InlineData("root")]
    [InlineData("deep link")]
    public void Rows_063_064_Root_and_deep_link_are_denied(string page)
    {
        var seen = tutorial.At(page);
        Assert.Equal((403, "application/xml"), (seen.Status, seen["Content-Type"]));
        Assert.Contains("<Error><Code>AccessDenied</Code><Message>Access Denied</Message>", seen.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_068_069_073_The_distribution_is_in_progress_and_echoes_its_behaviour()
    {
        var made = tutorial.Answer("CreateDistribution");
        Assert.Equal((201, "InProgress"), ((int)made["$metadata"]!["httpStatusCode"]!, (string)made["Distribution"]!["Status"]!));
        Assert.Matches("^E[A-Z0-9]+$", (string)made["ETag"]!);
        Assert.EndsWith("/2020-05-31/distribution/" + (string)made["Distribution"]!["Id"]!, (string)made["Location"]!, StringComparison.Ordinal);
        Assert.Matches("^https://d[a-z0-9]{13}\\.cloudfront\\.net$", tutorial.Site);
        var behaviour = made["Distribution"]!["DistributionConfig"]!["DefaultCacheBehavior"]!;
        Assert.Equal("redirect-to-https", (string?)behaviour["ViewerProtocolPolicy"]);
        Assert.Equal(["GET", "HEAD", "OPTIONS"], behaviour["AllowedMethods"]!["Items"]!.AsArray().Select(method => (string)method!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Row_069_Http_is_redirected_to_https()
        => Assert.Equal((301, tutorial.Site + "/x"), (tutorial.At("http").Status, tutorial.At("http")["Location"]));

    [Theory]
    [InlineData("site")]
    [InlineData("authenticate")]
    public void Rows_070_071_Root_and_unknown_paths_serve_the_index(string page)
        => Assert.Equal((200, "text/html", TutorialByHand.Index), (tutorial.At(page).Status, tutorial.At(page)["Content-Type"], tutorial.At(page).Body));

    [Fact]
    public void Rows_072_074_It_may_be_edited_while_in_progress_and_is_deployed_later()
    {
        var updated = tutorial.Answer("UpdateDistribution");
        Assert.Equal("InProgress", (string?)updated["Distribution"]!["Status"]);
        Assert.NotEqual((string?)tutorial.Answer("GetDistributionConfig")["ETag"], (string?)updated["ETag"]);
        var (code, status, _) = tutorial.Refusal("StaleETag");
        Assert.Equal(("PreconditionFailed", 412), (code, status));
        Assert.Equal("Deployed", (string?)tutorial.Answer("GetDistribution")["Distribution"]!["Status"]);
        Assert.Equal("edited while it is deployed", (string?)tutorial.Answer("GetDistribution")["Distribution"]!["DistributionConfig"]!["Comment"]);
    }

    [Fact]
    public void Row_075_The_callback_moves_to_the_site_at_once()
    {
        Assert.Equal("[\"" + tutorial.Site + "/logout\"]", tutorial.Answer("CallbackAtSite")["UserPoolClient"]!["LogoutURLs"]!.ToJsonString());
        Assert.Equal(200, tutorial.At("login for site").Status);
        Assert.Equal((302, $"/error?error=redirect_mismatch&client_id={tutorial.ClientId}"), (tutorial.At("login for google").Status, tutorial.At("login for google")["Location"]));
    }
}
