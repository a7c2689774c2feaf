using Microsoft.Playwright;

namespace Galley.Testing.Playwright;

/// <summary>Cognito's hosted pages, filled in as a person does. Each begins where the app has sent the browser to the sign-in page, and ends where that has sent it back.</summary>
public static class HostedPages
{
    private const string UsualPassword = "Passw0rd!";

    /// <summary>Signs in by name and password; takes the session that the browser has already, where it is the same user's.</summary>
    /// <param name="page">On the sign-in page.</param>
    /// <param name="user">Who signs in.</param>
    public static Task SignInAsync(this IPage page, CloudUser user)
    {
        ArgumentNullException.ThrowIfNull(user);
        return page.SignInAsync(user.Name, user.Password);
    }

    /// <inheritdoc cref="SignInAsync(IPage, CloudUser)" />
    /// <param name="page">On the sign-in page.</param>
    /// <param name="name">The username.</param>
    /// <param name="password">The password.</param>
    public static async Task SignInAsync(this IPage page, string name, string password)
    {
        ArgumentNullException.ThrowIfNull(page);
        var known = page.GetByRole(AriaRole.Button, new() { Name = $"Sign In as {name}" });
        var form = page.GetByLabel("Username").Or(page.GetByLabel("Email", new() { Exact = true })).First;
        await known.Or(form).First.WaitForAsync();
        if (await known.IsVisibleAsync())
        {
            await known.ClickAsync();
            return;
        }

        await form.FillAsync(name);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    /// <summary>Signs up, reads the code in the mail and confirms: the browser ends signed in, back at the app.</summary>
    /// <param name="page">On the sign-in page.</param>
    /// <param name="cloud">Whose mail has the code.</param>
    /// <param name="name">The username.</param>
    /// <param name="email">Null for `name@example.com`.</param>
    /// <param name="password">The password.</param>
    public static async Task SignUpAsync(this IPage page, GalleyCloud cloud, string name, string? email = null, string password = UsualPassword)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(cloud);
        email ??= $"{name}@example.com";
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign up" }).ClickAsync();
        await page.GetByLabel("Username").FillAsync(name);
        await page.GetByLabel("Email").FillAsync(email);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign up" }).ClickAsync();
        await page.ConfirmAsync(cloud, email);
    }

    /// <summary>Types the code of the next mail into the page that asks for it.</summary>
    /// <param name="page">On the page that asks for a verification code.</param>
    /// <param name="cloud">Whose mail has the code.</param>
    /// <param name="email">Where the code was sent.</param>
    public static async Task ConfirmAsync(this IPage page, GalleyCloud cloud, string email)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(cloud);
        await page.GetByLabel("Verification Code").FillAsync(await cloud.Mail.WaitForCodeAsync(email));
        await page.GetByRole(AriaRole.Button, new() { Name = "Confirm Account" }).ClickAsync();
    }
}
