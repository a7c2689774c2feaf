namespace Galley.Tests.Tutorial;

/// <summary>Rows 76 to 86: CORS and the JWT authorizer.</summary>
[Collection(nameof(TutorialByHand))]
public sealed class ByHandAuthorizerTests(TutorialByHand tutorial)
{
    [Fact]
    public void Row_076_The_rules_of_CORS_are_stored()
    {
        var cors = tutorial.Answer("Cors")["CorsConfiguration"]!;
        Assert.Equal("[\"" + tutorial.Site + "\"]", cors["AllowOrigins"]!.ToJsonString());
        Assert.Equal("[\"authorization\"]", cors["AllowHeaders"]!.ToJsonString());
    }

    [Theory]
    [InlineData("preflight")]
    [InlineData("preflight with authorizer")]
    public void Row_077_A_preflight_is_answered_without_a_route_and_without_a_token(string preflight)
    {
        var seen = tutorial.At(preflight);
        Assert.Equal((204, tutorial.Site, "authorization"), (seen.Status, seen["Access-Control-Allow-Origin"], seen["Access-Control-Allow-Headers"]));
        Assert.Equal("GET", seen["Access-Control-Allow-Methods"]);
    }

    [Theory]
    [InlineData("evil preflight")]
    [InlineData("evil get")]
    public void Row_078_Another_origin_gets_no_CORS_headers(string page)
        => Assert.DoesNotContain(tutorial.At(page).Headers.Keys, name => name.StartsWith("access-control-", StringComparison.OrdinalIgnoreCase));

    [Fact]
    public void Rows_079_081_The_authorizer_is_made_and_attached()
    {
        var made = tutorial.Answer("CreateAuthorizer");
        Assert.Equal(201, (int)made["$metadata"]!["httpStatusCode"]!);
        Assert.Equal($"https://cognito-idp.eu-west-2.amazonaws.com/{tutorial.PoolId}", (string?)made["JwtConfiguration"]!["Issuer"]);
        Assert.Equal(("JWT", (string?)made["AuthorizerId"]), ((string?)tutorial.Answer("AttachAuthorizer")["AuthorizationType"], (string?)tutorial.Answer("AttachAuthorizer")["AuthorizerId"]));
    }

    [Fact]
    public void Row_082_Without_a_token_the_recipes_are_unauthorized()
    {
        var seen = tutorial.At("no token");
        Assert.Equal((401, "{\"message\":\"Unauthorized\"}", "Bearer"), (seen.Status, seen.Body, seen["WWW-Authenticate"]));
    }

    [Fact]
    public void Row_083_The_token_route_stays_open()
    {
        tutorial.NeedsRequests();
        Assert.Equal(200, tutorial.At("token stays open").Status);
    }

    [Theory]
    [InlineData("with Bearer")]
    [InlineData("without Bearer")]
    public void Rows_084_085_An_access_token_is_taken_with_and_without_Bearer(string attempt)
    {
        tutorial.NeedsRequests();
        tutorial.NeedsBoto3();
        var claims = TutorialByHand.Claims((string)tutorial.At("token").Json["access_token"]!);
        Assert.Equal((null, tutorial.ClientId), ((string?)claims["aud"], (string?)claims["client_id"]));
        Assert.Equal(200, tutorial.At(attempt).Status);
        ByHandFunctionTests.IsRecipes(tutorial.At(attempt).Body);
    }

    [Theory]
    [InlineData("expired", "the token has expired")]
    [InlineData("other pool", "unable to find key '<kid>'")]
    [InlineData("other client", "the token does not have a valid audience")]
    [InlineData("tampered", "crypto/rsa: verification error")]
    public void Row_086_A_token_that_is_not_good_is_refused_with_the_reason(string attempt, string reason)
    {
        if (attempt is "expired" or "tampered") tutorial.NeedsRequests();
        var seen = tutorial.At(attempt);
        Assert.Equal((401, "{\"message\":\"Unauthorized\"}"), (seen.Status, seen.Body));
        Assert.Equal($"Bearer scope=\"\" error=\"invalid_token\" error_description=\"{reason.Replace("<kid>", tutorial.OtherKid, StringComparison.Ordinal)}\"", seen["WWW-Authenticate"]);
    }
}
