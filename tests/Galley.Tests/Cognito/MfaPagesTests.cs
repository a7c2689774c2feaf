using System.Text.RegularExpressions;
using Galley.Cognito.SignIn;

namespace Galley.Tests.Cognito;

public class MfaPagesTests
{
    [Fact]
    public async Task An_authenticator_app_is_set_up_by_its_picture_and_asked_ever_after()
    {
        await using var fixture = await Start(new { MfaConfiguration = "ON", SoftwareTokenMfaConfiguration = new { Enabled = true } });
        await fixture.User();
        using var browser = fixture.Browser();
        await browser.Get("/login?" + fixture.LoginQuery());
        var setup = await browser.Submit(("username", "alice"), ("password", Fixture.Password));
        Assert.Equal("/setupMfa?" + fixture.LoginQuery(), setup.Location);
        var page = await browser.Follow(setup.Location!);
        Assert.Contains("aria-label=\"QR code for your authenticator app\"", page.Body);
        var seed = SeedOf(page.Body);
        Assert.Equal(seed, SeedOf((await browser.Get(setup.Location!)).Body));
        var wrong = await browser.Submit(("code", "000000"));
        Assert.Contains("Code mismatch", wrong.Body);
        Assert.Equal(seed, SeedOf(wrong.Body));
        Assert.StartsWith(Fixture.Callback + "?code=", (await browser.Submit(("code", Code(fixture, seed)))).Location);

        using var later = fixture.Browser();
        await later.Get("/login?" + fixture.LoginQuery());
        var ask = await later.Submit(("username", "alice"), ("password", Fixture.Password));
        Assert.Equal("/mfa?" + fixture.LoginQuery(), ask.Location);
        await later.Follow(ask.Location!);
        // row 37: the step of the set-up is spent
        Assert.Contains("Your software token has already been used once.", (await later.Submit(("code", Code(fixture, seed)))).Body);
        fixture.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Contains("Invalid code received for user", (await later.Submit(("code", "000000"))).Body);
        Assert.StartsWith(Fixture.Callback + "?code=", (await later.Submit(("code", Code(fixture, seed)))).Location);
        // without the challenge's cookie the page is nobody's
        Assert.Equal("/login?" + fixture.LoginQuery(), (await later.Get("/mfa?" + fixture.LoginQuery())).Location);
    }

    [Fact]
    public async Task A_new_user_of_a_pool_that_demands_a_second_factor_sets_it_up_before_coming_in()
    {
        await using var fixture = await Start(new { MfaConfiguration = "ON", SoftwareTokenMfaConfiguration = new { Enabled = true } });
        using var browser = fixture.Browser();
        await browser.Get("/signup?" + fixture.LoginQuery());
        await browser.Follow((await browser.Submit(("username", "carol"), ("password", Fixture.Password), ("requiredAttributes[email]", "carol@example.com"))).Location!);
        var setup = await browser.Submit(("code", await fixture.MailedCode("carol@example.com")));
        Assert.StartsWith("/setupMfa?", setup.Location);
        Assert.DoesNotContain("cognito", browser.Cookies.Keys);
        var page = await browser.Follow(setup.Location!);
        Assert.StartsWith(Fixture.Callback + "?code=", (await browser.Submit(("code", Code(fixture, SeedOf(page.Body))))).Location);
    }

    [Fact]
    public async Task With_two_factors_ready_the_person_chooses_one()
    {
        await using var fixture = await Start(new
        {
            MfaConfiguration = "OPTIONAL",
            SmsMfaConfiguration = new { SmsConfiguration = new { SnsCallerArn = "arn:aws:iam::123456789012:role/sms" } },
            EmailMfaConfiguration = new { Message = "Sign in with {####}, please.", Subject = "A code" },
        });
        await fixture.User();
        await fixture.Call("AdminUpdateUserAttributes", new { UserPoolId = fixture.PoolId, Username = "alice", UserAttributes = new[] { new { Name = "phone_number", Value = "+441632960001" }, new { Name = "phone_number_verified", Value = "true" } } });
        await fixture.Call("AdminSetUserMFAPreference", new { UserPoolId = fixture.PoolId, Username = "alice", SMSMfaSettings = new { Enabled = true }, EmailMfaSettings = new { Enabled = true } });
        foreach (var (factor, medium, to) in ((string, string, string)[])[("EMAIL_OTP", "email to a***@e***", "alice@example.com"), ("SMS_MFA", "text message to &#x2B;*******0001", "+441632960001")])
        {
            using var browser = fixture.Browser();
            await browser.Get("/login?" + fixture.LoginQuery());
            var choose = await browser.Submit(("username", "alice"), ("password", Fixture.Password));
            Assert.Equal("/selectMfa?" + fixture.LoginQuery(), choose.Location);
            Assert.Contains("Text message", (await browser.Follow(choose.Location!)).Body);
            var ask = await browser.Submit(("answer", factor));
            Assert.Contains(medium, (await browser.Follow(ask.Location!)).Body);
            Assert.StartsWith(Fixture.Callback + "?code=", (await browser.Submit(("code", await fixture.MailedCode(to)))).Location);
        }
    }

    [Fact]
    public async Task A_link_in_the_mail_confirms_once()
    {
        await using var fixture = await Fixture.Start(pool: new { VerificationMessageTemplate = new { DefaultEmailOption = "CONFIRM_WITH_LINK", EmailMessageByLink = "Hello, {##Click here##}.", EmailSubjectByLink = "Your link" } });
        await fixture.Call("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash("carol"), Username = "carol", Password = Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "carol@example.com" } } });
        var mail = (await fixture.Server.Mail.List("carol@example.com"))[0];
        Assert.Equal("Your link", mail.Subject);
        Assert.Matches("^Hello, <a href=\"https://cook-recipes-app.auth.eu-west-2.amazoncognito.com/confirmUser\\?client_id=[a-z0-9]+&amp;user_name=carol&amp;confirmation_code=[0-9]{6}\">Click here</a>\\.$", mail.Text);
        using var browser = fixture.Browser();
        Assert.Contains("Your registration has been confirmed!", (await browser.Get(new Uri(mail.Link!).PathAndQuery)).Body);
        Assert.NotNull((await fixture.SignIn("carol"))["AuthenticationResult"]);
        Assert.Equal(400, (await browser.Get(new Uri(mail.Link!).PathAndQuery)).Status);
    }

    [Fact]
    public async Task A_temporary_passwords_page_asks_for_what_is_missing()
    {
        await using var fixture = await Fixture.Start(pool: new { Schema = new[] { new { Name = "email", Required = true, Mutable = true }, new { Name = "given_name", Required = true, Mutable = true } } });
        await fixture.Call("AdminCreateUser", new { UserPoolId = fixture.PoolId, Username = "tom", TemporaryPassword = "Temp0rary!", MessageAction = "SUPPRESS", UserAttributes = new[] { new { Name = "email", Value = "tom@example.com" } } });
        using var browser = fixture.Browser();
        await browser.Get("/login?" + fixture.LoginQuery());
        await browser.Follow((await browser.Submit(("username", "tom"), ("password", "Temp0rary!"))).Location!);
        Assert.StartsWith(Fixture.Callback + "?code=", (await browser.Submit(("password", Fixture.Password), ("confirm_password", Fixture.Password), ("userAttributes.given_name", "Tom"))).Location);
    }

    private static async Task<Fixture> Start(object mfa)
    {
        var fixture = await Fixture.Start();
        var settings = System.Text.Json.JsonSerializer.SerializeToNode(mfa)!.AsObject();
        settings["UserPoolId"] = fixture.PoolId;
        await fixture.Call("SetUserPoolMfaConfig", settings);
        return fixture;
    }

    internal static string SeedOf(string body) => Regex.Match(body, "secretkey\">([A-Z2-7 ]+)<").Groups[1].Value.Replace(" ", "", StringComparison.Ordinal);

    internal static string Code(Fixture fixture, string seed)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var bits = string.Concat(seed.Select(c => Convert.ToString(alphabet.IndexOf(c), 2).PadLeft(5, '0')));
        var bytes = Enumerable.Range(0, bits.Length / 8).Select(i => Convert.ToByte(bits.Substring(i * 8, 8), 2)).ToArray();
        return Totp.Code(bytes, fixture.Time.GetUtcNow().ToUnixTimeSeconds() / 30);
    }
}
