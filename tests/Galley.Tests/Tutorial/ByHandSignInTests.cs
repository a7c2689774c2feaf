using System.Text.RegularExpressions;

namespace Galley.Tests.Tutorial;

/// <summary>Rows 26 to 39: pool, client, domain and the pages of sign-up and sign-in.</summary>
[Collection(nameof(TutorialByHand))]
public sealed class ByHandSignInTests(TutorialByHand tutorial)
{
    private const string Back = @"^https://www\.google\.com/authenticate\?code=[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

    [Fact]
    public void Rows_026_080_The_pools_id_has_its_region_and_nine_characters()
    {
        Assert.Matches("^eu-west-2_[A-Za-z0-9]{9}$", tutorial.PoolId);
        var pool = tutorial.Answer("DescribeUserPool")["UserPool"]!;
        Assert.Equal((tutorial.PoolId, "CookRecipePool", "OFF"), ((string)pool["Id"]!, (string)pool["Name"]!, (string)pool["MfaConfiguration"]!));
        Assert.Equal("[\"email\"]", pool["AutoVerifiedAttributes"]!.ToJsonString());
    }

    [Fact]
    public void Rows_027_029_031_The_client_keeps_its_id_and_secret_over_an_update()
    {
        Assert.Matches("^[a-z0-9]{26}$", tutorial.ClientId);
        Assert.Matches("^[a-z0-9]{50,52}$", tutorial.ClientSecret);
        var client = tutorial.Answer("DescribeUserPoolClient")["UserPoolClient"]!;
        Assert.Equal((tutorial.ClientId, tutorial.ClientSecret), ((string)client["ClientId"]!, (string)client["ClientSecret"]!));
    }

    [Fact]
    public void Row_028_The_clients_settings_are_echoed()
    {
        var client = tutorial.Answer("UpdateUserPoolClient")["UserPoolClient"]!;
        Assert.Equal("[\"COGNITO\"]", client["SupportedIdentityProviders"]!.ToJsonString());
        Assert.Equal("[\"https://www.google.com/authenticate\"]", client["CallbackURLs"]!.ToJsonString());
        Assert.Equal("[\"https://www.google.com/authenticate\"]", client["LogoutURLs"]!.ToJsonString());
        Assert.Equal("[\"code\"]", client["AllowedOAuthFlows"]!.ToJsonString());
        Assert.Contains("email", client["AllowedOAuthScopes"]!.AsArray().Select(scope => (string)scope!));
        Assert.True((bool)client["AllowedOAuthFlowsUserPoolClient"]!);
    }

    [Fact]
    public void Row_030_A_free_prefix_is_usable_at_once_and_a_taken_one_is_refused()
    {
        Assert.Equal(200, tutorial.At("login under https").Status);
        Assert.Equal(("InvalidParameterException", 400, "Domain already associated with another user pool."), tutorial.Refusal("DomainTaken"));
    }

    [Fact]
    public void Row_032_The_login_page_asks_for_name_and_password()
    {
        var page = tutorial.At("login");
        Assert.Equal(200, page.Status);
        foreach (var text in (string[])["Username", "Password", "Sign in", "Forgot your password?", "Need an account?", "Sign up"]) Assert.Contains(text, page.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void Row_033_The_sign_up_page_lists_the_rules_and_refuses_a_weak_password()
    {
        var page = tutorial.At("signup");
        foreach (var text in (string[])
                 [
                     "Username", "Email", "Password", "Password must contain a lower case letter", "Password must contain an upper case letter", "Password must contain a number",
                     "Password must contain at least 8 characters", "Password must contain a special character",
                 ]) Assert.Contains(text, page.Body, StringComparison.Ordinal);
        Assert.Equal(200, tutorial.At("weak password").Status);
        Assert.Contains("Password did not conform with policy: Password must have uppercase characters", tutorial.At("weak password").Body, StringComparison.Ordinal);
    }

    [Fact]
    public void Row_034_A_mail_brings_the_six_digits()
    {
        var mail = tutorial.Answer("Mail");
        Assert.Equal(("ann@example.com", "Your verification code"), ((string)mail["to"]!, (string)mail["subject"]!));
        Assert.Matches(@"^Your verification code is [0-9]{6}\.$", (string)mail["text"]!);
    }

    [Fact]
    public void Row_035_A_wrong_code_stays_on_the_page_and_the_right_one_confirms()
    {
        Assert.Equal(302, tutorial.At("signed up").Status);
        Assert.Contains("Confirm Account", tutorial.At("confirm page").Body, StringComparison.Ordinal);
        Assert.Equal(200, tutorial.At("wrong code").Status);
        Assert.Contains("Invalid verification code provided, please try again.", tutorial.At("wrong code").Body, StringComparison.Ordinal);
        Assert.Equal("UNCONFIRMED", (string?)tutorial.Answer("User before")["UserStatus"]);
        var user = tutorial.Answer("User after");
        Assert.Equal("CONFIRMED", (string?)user["UserStatus"]);
        Assert.Equal("true", (string?)user["UserAttributes"]!.AsArray().Single(attribute => (string?)attribute!["Name"] == "email_verified")!["Value"]);
    }

    [Fact]
    public void Rows_036_037_Confirming_leads_back_with_a_code_and_no_state()
    {
        Assert.Equal(302, tutorial.At("confirmed").Status);
        Assert.Matches(Back, tutorial.At("confirmed")["Location"]);
    }

    [Fact]
    public void Rows_038_039_The_same_browser_may_go_on_as_the_same_user_and_gets_a_new_code_each_time()
    {
        Assert.Contains("Sign In as ann</button>", tutorial.At("sign in as").Body, StringComparison.Ordinal);
        Assert.Matches(new Regex("Not you\\? <a [^>]*>Sign in as a different user</a>"), tutorial.At("sign in as").Body);
        Assert.Contains("name=\"password\"", tutorial.At("different user page").Body, StringComparison.Ordinal);
        string[] codes = [.. ((string[])["confirmed", "same user", "different user"]).Select(name => tutorial.At(name)["Location"])];
        Assert.All(codes, location => Assert.Matches(Back, location));
        Assert.Equal(3, codes.Distinct().Count());
    }
}
