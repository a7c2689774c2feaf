using System.Text.Json;
using Microsoft.Playwright;

namespace Galley.Tests.Cognito;

/// <summary>
/// The hosted pages in Chromium: axe finds nothing on any of them, in light and dark, on a phone and on a desktop. With GALLEY_SHOTS=folder
/// each page is also pictured there, to be looked at.
/// </summary>
public class PagesInBrowserTests(Tutorial.Browser browser) : IClassFixture<Tutorial.Browser>
{
    private static readonly string Axe = File.ReadAllText(Path.Combine(Repository.Root, "tests", "clients", "node_modules", "axe-core", "axe.min.js"));

    [Fact]
    public async Task Every_page_of_a_new_users_way_is_accessible()
    {
        await using var fixture = await Start();
        var page = await Page();
        await page.GotoAsync(Url(fixture, "/login"));
        await Look(page, "login");
        await Fill(page, ("username", "nobody"), ("password", "Wr0ng-one!"));
        await page.ClickAsync("button.submitButton-customizable");
        await page.WaitForSelectorAsync(".note.bad");
        await Look(page, "login-wrong");
        await page.ClickAsync("text=Sign up");
        await page.FillAsync("#password", "Abc1");
        Assert.Equal(3, await page.Locator("#rules li.met").CountAsync());
        await Look(page, "signup");
        await page.ClickAsync("button:has-text(\"Show\")");
        Assert.Equal("text", await page.GetAttributeAsync("#password", "type"));
        await Fill(page, ("username", "carol"), ("requiredAttributes[email]", "carol@example.com"), ("requiredAttributes[given_name]", "Carol"), ("requiredAttributes[phone_number]", "+441632960001"), ("password", Fixture.Password));
        await page.ClickAsync("button.submitButton-customizable");
        await page.WaitForURLAsync("**/confirmUser?**");
        await Look(page, "confirm");
        await page.ClickAsync("text=Resend it");
        await page.WaitForSelectorAsync(".note.good");
        await Look(page, "confirm-resent");
        await page.FillAsync("#code", await fixture.MailedCode("carol@example.com"));
        await Arrive(page, () => page.ClickAsync("button.submitButton-customizable"));
        await page.GotoAsync(Url(fixture, "/login"));
        await Look(page, "sign-in-as");
        await page.GotoAsync(Url(fixture, "/login", "&prompt=login"));
        await page.ClickAsync("text=Forgot your password?");
        await Look(page, "forgot");
        await Fill(page, ("username", "carol"));
        await page.ClickAsync("button.submitButton-customizable");
        await page.WaitForURLAsync("**/confirmForgotPassword?**");
        await Look(page, "reset");
        await page.GotoAsync(Url(fixture, "/login", redirect: "https://evil.example/"));
        await Look(page, "error");
        await page.GotoAsync($"http://inbox.galley.localhost:{fixture.Server.Port}/");
        await Look(page, "inbox-without-session");
        await page.GotoAsync((await fixture.Server.NewLink()).AbsoluteUri);
        await Look(page, "inbox");
    }

    [Fact]
    public async Task A_temporary_passwords_page_is_accessible()
    {
        await using var fixture = await Start();
        await fixture.Call("AdminCreateUser", new { UserPoolId = fixture.PoolId, Username = "tom", TemporaryPassword = "Temp0rary!", UserAttributes = new[] { new { Name = "email", Value = "tom@example.com" }, new { Name = "given_name", Value = "Tom" }, new { Name = "phone_number", Value = "+441632960002" } } });
        var page = await Page();
        await page.GotoAsync(Url(fixture, "/login"));
        await Fill(page, ("username", "tom"), ("password", "Temp0rary!"));
        await page.ClickAsync("button.submitButton-customizable");
        await page.WaitForURLAsync("**/changePassword?**");
        await Look(page, "change-password");
    }

    [Fact]
    public async Task A_choice_of_providers_and_a_pools_own_look()
    {
        await using var fixture = await Fixture.Start(strict: true);
        foreach (var provider in (string[])["Partner", "Staff"])
            await fixture.Call("CreateIdentityProvider", new { UserPoolId = fixture.PoolId, ProviderName = provider, ProviderType = "OIDC", ProviderDetails = new { client_id = "c", client_secret = "s", authorize_scopes = "openid", attributes_request_method = "GET", oidc_issuer = "https://idp.example.com" } });
        async Task Providers(params string[] names) => await fixture.Call("UpdateUserPoolClient", new { UserPoolId = fixture.PoolId, fixture.ClientId, ClientName = "CookRecipeApp", SupportedIdentityProviders = names, CallbackURLs = new[] { Fixture.Callback }, AllowedOAuthFlows = new[] { "code" }, AllowedOAuthScopes = new[] { "openid", "email" }, AllowedOAuthFlowsUserPoolClient = true });
        await Providers("COGNITO", "Partner", "Staff");
        var page = await Page();
        await page.GotoAsync(Url(fixture, "/login"));
        Assert.Equal(2, await page.Locator("a.button.quiet").CountAsync());
        await Look(page, "providers");
        await Providers("Partner", "Staff");
        await page.GotoAsync(Url(fixture, "/login"));
        Assert.Equal(0, await page.Locator("#password").CountAsync());
        await Look(page, "providers-only");
        await Providers("COGNITO");
        await fixture.Call("SetUICustomization", new System.Text.Json.Nodes.JsonObject
        {
            ["UserPoolId"] = fixture.PoolId,
            ["CSS"] = ".submitButton-customizable{background:#8a2f1c;color:#fff;border-radius:4px} .background-customizable{background:#f6eee6} .banner-customizable{padding:28px 36px;background:#fff7ef} .content{background:#fff} .inputField-customizable{border-radius:4px} .redirect-customizable{color:#8a2f1c}",
            ["ImageFile"] = AwsJs.Bytes(Convert.FromBase64String(Logo)),
        });
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Light });
        await page.GotoAsync(Url(fixture, "/login"));
        Assert.Equal("rgb(138, 47, 28)", await page.EvaluateAsync<string>("getComputedStyle(document.querySelector('.submitButton-customizable')).backgroundColor"));
        Assert.Equal(176, await page.EvaluateAsync<int>("document.querySelector('img.logo').naturalWidth"));
        // A pool's own colours are for the light page; what they make of the dark one is the pool's.
        await Look(page, "branded", ColorScheme.Light);

        await fixture.User();
        await Fill(page, ("username", "alice"), ("password", Fixture.Password));
        await Arrive(page, () => page.ClickAsync("button.submitButton-customizable"));
        await page.GotoAsync(Url(fixture, "/logout").Split('?')[0] + "?client_id=" + fixture.ClientId);
        await Look(page, "logout-asked", ColorScheme.Light);
        await page.ClickAsync("button.submitButton-customizable");
        await Look(page, "logged-out", ColorScheme.Light);
    }

    private const string Logo = "iVBORw0KGgoAAAANSUhEUgAAALAAAAAsCAMAAADyzcJUAAAAElBMVEX///+0Qyq5UDnRjX7lv7f+/f0jzF6SAAAAAXRSTlMAQObYZgAAARJJREFUWMPt2eEKgzAMBGCbJu//ysMxtlgbbUR3J3j/hGI/awxVp+mbEmSiTNkMWpfk8pFlHyxoY9LLtcZDXiLxoJcGPOqlET/gv3ulqplpFU7ximu/NGSOXtx41XyUfYXF2gg32NaJweNP62lpp9UOWJvxSO9b4I7Eeql9MMQ7E9xB1+uXmAzcX2BfxWTgGoCrG40WL+ZV26uJZZcY20af7XVgixKA4X34AV8NztYwHJzsEnhwrg9f0Ney4JIDn+4dFLvx+L1EEpzarVGAM/thDnDZ9NLV8JzEOx3Gu/XWrPXQGa/O6kLD7xJoaQT+sI/eMhT4cI3xiNHOLBjNdLndL4MhMdq4zN28u2S0LmMWMu0Lt7IUGVXpvkoAAAAASUVORK5CYII=";

    [Fact]
    public async Task Second_factors_have_pages_too()
    {
        await using var fixture = await Fixture.Start();
        await fixture.Call("SetUserPoolMfaConfig", new { UserPoolId = fixture.PoolId, MfaConfiguration = "ON", SoftwareTokenMfaConfiguration = new { Enabled = true }, EmailMfaConfiguration = new { Message = "Your code is {####}", Subject = "A code" } });
        await fixture.Call("AdminCreateUser", new { UserPoolId = fixture.PoolId, Username = "noah", TemporaryPassword = "Temp0rary!", MessageAction = "SUPPRESS", UserAttributes = new[] { new { Name = "email", Value = "noah@example.com" }, new { Name = "email_verified", Value = "true" } } });
        await fixture.Call("AdminSetUserPassword", new { UserPoolId = fixture.PoolId, Username = "noah", Fixture.Password, Permanent = true });
        await fixture.Call("SetUserPoolMfaConfig", new { UserPoolId = fixture.PoolId, MfaConfiguration = "ON", SoftwareTokenMfaConfiguration = new { Enabled = true } });
        var page = await Page();
        await page.GotoAsync(Url(fixture, "/login"));
        await Fill(page, ("username", "noah"), ("password", Fixture.Password));
        await page.ClickAsync("button.submitButton-customizable");
        await page.WaitForURLAsync("**/setupMfa?**");
        await Look(page, "mfa-setup");
        await page.FillAsync("#code", MfaPagesTests.Code(fixture, MfaPagesTests.SeedOf(await page.ContentAsync())));
        await Arrive(page, () => page.ClickAsync("button.submitButton-customizable"));
        await fixture.Call("SetUserPoolMfaConfig", new { UserPoolId = fixture.PoolId, MfaConfiguration = "ON", SoftwareTokenMfaConfiguration = new { Enabled = true }, EmailMfaConfiguration = new { Message = "Your code is {####}", Subject = "A code" } });
        await fixture.Call("AdminSetUserMFAPreference", new { UserPoolId = fixture.PoolId, Username = "noah", SoftwareTokenMfaSettings = new { Enabled = true }, EmailMfaSettings = new { Enabled = true } });
        await page.GotoAsync(Url(fixture, "/login", "&prompt=login"));
        await Fill(page, ("username", "noah"), ("password", Fixture.Password));
        await page.ClickAsync("button.submitButton-customizable");
        await page.WaitForURLAsync("**/selectMfa?**");
        await Look(page, "mfa-choice");
        await page.CheckAsync("[value=EMAIL_OTP]");
        await page.ClickAsync("button.submitButton-customizable");
        await page.WaitForURLAsync("**/mfa?**");
        await Look(page, "mfa-code");
    }

    [Fact]
    public async Task A_mailed_link_has_pages_for_its_first_and_its_second_use()
    {
        await using var fixture = await Start();
        await fixture.Call("UpdateUserPool", new { UserPoolId = fixture.PoolId, AutoVerifiedAttributes = new[] { "email" }, VerificationMessageTemplate = new { DefaultEmailOption = "CONFIRM_WITH_LINK" } });
        await fixture.Call("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash("eve"), Username = "eve", Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "eve@example.com" }, new { Name = "given_name", Value = "Eve" }, new { Name = "phone_number", Value = "+441632960003" } } });
        var link = (await fixture.Server.Mail.List("eve@example.com"))[0].Link!.Replace("https://cook-recipes-app.auth.eu-west-2.amazoncognito.com/", Url(fixture, "/").Split('?')[0], StringComparison.Ordinal);
        var page = await Page();
        await page.GotoAsync(link);
        await Look(page, "link-confirmed");
        Assert.Equal("CONFIRMED", (string)(await fixture.Call("AdminGetUser", new { UserPoolId = fixture.PoolId, Username = "eve" }))["UserStatus"]!);
        await page.GotoAsync(link);
        await Look(page, "link-spent");
    }

    /// <summary>Chromium with scripts switched off: every form is HTML's own.</summary>
    [Fact]
    public async Task A_person_without_JavaScript_signs_up_in_and_sets_a_new_password()
    {
        await using var fixture = await Start();
        var page = await (await browser.NewContext(scripts: false)).NewPageAsync();
        await page.GotoAsync(Url(fixture, "/login"));
        await page.ClickAsync("text=Sign up");
        await Fill(page, ("username", "carol"), ("requiredAttributes[email]", "carol@example.com"), ("requiredAttributes[given_name]", "Carol"), ("requiredAttributes[phone_number]", "+441632960001"), ("password", Fixture.Password));
        await page.ClickAsync("button.submitButton-customizable");
        await page.ClickAsync("text=Resend it");
        await page.WaitForSelectorAsync(".note.good");
        await page.FillAsync("#code", await fixture.MailedCode("carol@example.com"));
        await Arrive(page, () => page.ClickAsync("button.submitButton-customizable"));
        await page.GotoAsync(Url(fixture, "/login"));
        await Arrive(page, () => page.ClickAsync("button.submitButton-customizable")); // Sign In as carol
        await page.GotoAsync(Url(fixture, "/login", "&prompt=login"));
        await page.ClickAsync("text=Forgot your password?");
        await Fill(page, ("username", "carol"));
        await page.ClickAsync("button.submitButton-customizable");
        await page.WaitForURLAsync("**/confirmForgotPassword?**");
        await Fill(page, ("code", await fixture.MailedCode("carol@example.com")), ("password", "N3w-Passw0rd!"), ("confirm_password", "N3w-Passw0rd!"));
        await page.ClickAsync("button.submitButton-customizable");
        await page.WaitForURLAsync("**/login?**");
        await Fill(page, ("username", "carol"), ("password", "N3w-Passw0rd!"));
        await Arrive(page, () => page.ClickAsync("button.submitButton-customizable"));

        await fixture.Call("AdminSetUserPassword", new { UserPoolId = fixture.PoolId, Username = "carol", Password = "Temp0rary!", Permanent = false });
        await fixture.Call("SetUserPoolMfaConfig", new { UserPoolId = fixture.PoolId, MfaConfiguration = "ON", SoftwareTokenMfaConfiguration = new { Enabled = true } });
        await page.GotoAsync(Url(fixture, "/login", "&prompt=login"));
        await Fill(page, ("username", "carol"), ("password", "Temp0rary!"));
        await page.ClickAsync("button.submitButton-customizable");
        await page.WaitForURLAsync("**/changePassword?**");
        await Fill(page, ("password", Fixture.Password), ("confirm_password", Fixture.Password));
        await page.ClickAsync("button.submitButton-customizable");
        await page.WaitForURLAsync("**/setupMfa?**");
        await page.FillAsync("#code", MfaPagesTests.Code(fixture, MfaPagesTests.SeedOf(await page.ContentAsync())));
        await Arrive(page, () => page.ClickAsync("button.submitButton-customizable"));
    }

    private static Task<Fixture> Start() => Fixture.Start(pool: new
    {
        AutoVerifiedAttributes = new[] { "email" },
        Schema = new[] { new { Name = "email", Required = true, Mutable = true }, new { Name = "given_name", Required = true, Mutable = true }, new { Name = "phone_number", Required = true, Mutable = true } },
    });

    private async Task<IPage> Page()
    {
        var context = await browser.NewContext();
        var page = await context.NewPageAsync();
        // What a policy forbids, and what a script throws, is a failure.
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.Contains("status of 4", StringComparison.Ordinal)) _problems.Add(message.Text);
        };
        page.PageError += (_, error) => _problems.Add(error);
        return page;
    }

    private readonly List<string> _problems = [];

    private static string Url(Fixture fixture, string path, string more = "", string redirect = Fixture.Callback)
        => $"http://cook-recipes-app.auth.{fixture.Server.Region}.localhost:{fixture.Server.Port}{path}?{fixture.LoginQuery(more, redirect)}";

    private static async Task Fill(IPage page, params (string Name, string Value)[] fields)
    {
        foreach (var (name, value) in fields) await page.FillAsync($"[name=\"{name}\"]", value);
    }

    /// <summary>Catches the way back to the application, which is not there.</summary>
    private static async Task Arrive(IPage page, Func<Task> act)
    {
        await page.RouteAsync(Fixture.Callback + "**", route => route.FulfillAsync(new RouteFulfillOptions { Body = "back" }));
        await act();
        await page.WaitForURLAsync(Fixture.Callback + "?code=**");
    }

    private async Task Look(IPage page, string name, params ColorScheme[] schemes)
    {
        Assert.Empty(_problems);
        foreach (var scheme in schemes.Length > 0 ? schemes : [ColorScheme.Light, ColorScheme.Dark])
            foreach (var (width, height) in ((int, int)[])[(1280, 800), (390, 844)])
            {
                await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
                await page.SetViewportSizeAsync(width, height);
                Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{name} scrolls sideways at {width}");
                if (Environment.GetEnvironmentVariable("GALLEY_SHOTS") is { Length: > 0 } folder)
                    await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}-{width}-{scheme}.png".ToLowerInvariant()), FullPage = true });
                Assert.Equal("[]", await Violations(page));
            }
    }

    private static async Task<string> Violations(IPage page)
    {
        // Playwright evaluates outside the page's content security policy.
        await page.EvaluateAsync(Axe);
        var found = await page.EvaluateAsync<JsonElement>("axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html + ' ' + n.failureSummary).join(' | ')))");
        return found.GetRawText();
    }
}
