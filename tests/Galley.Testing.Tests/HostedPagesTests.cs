using Galley.Testing.Playwright;
using Microsoft.Playwright;

namespace Galley.Testing.Tests;

/// <summary>People in a real browser: the hosted pages filled in by the helpers.</summary>
public class HostedPagesTests(NotesApp notes)
{
    [Fact]
    public async Task A_stranger_signs_up_and_a_known_user_signs_in_and_both_end_at_the_app_with_a_code()
    {
        await using var cloud = await notes.StartAsync();
        using var playwright = await Microsoft.Playwright.Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium(), Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"] });
        var signIn = $"{cloud.App["SignInUrl"]}/login?response_type=code&client_id={cloud.App["ClientId"]}&scope=openid+email&redirect_uri=https://example.com/back";

        await using (var context = await browser.NewContextAsync())
        {
            var page = await Page(context);
            await page.SignUpAsync(cloud, "bob");
            await page.WaitForURLAsync("https://example.com/back?code=*");
            await page.GotoAsync(signIn);
            await page.SignInAsync("bob", "Passw0rd!"); // the session is there: one click
            await page.WaitForURLAsync("https://example.com/back?code=*");
        }

        var ann = await cloud.App.SignInAsync("ann");
        await using (var context = await browser.NewContextAsync())
        {
            var page = await Page(context);
            await page.SignInAsync(ann);
            await page.WaitForURLAsync("https://example.com/back?code=*");
        }

        async Task<IPage> Page(IBrowserContext context)
        {
            var page = await context.NewPageAsync();
            await page.RouteAsync("https://example.com/**", route => route.FulfillAsync(new RouteFulfillOptions { Body = "back" }));
            await page.GotoAsync(signIn);
            return page;
        }
    }

    private static string Chromium()
        => Environment.GetEnvironmentVariable("GALLEY_CHROMIUM")
           ?? new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" }.FirstOrDefault(File.Exists)
           ?? throw new InvalidOperationException("This test needs Chromium or Chrome: install one, or set GALLEY_CHROMIUM to its program.");
}
