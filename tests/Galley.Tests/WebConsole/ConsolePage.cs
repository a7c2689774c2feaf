using System.Text.Json;
using Galley.Edge;
using Galley.Tests.Tutorial;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Galley.Tests.WebConsole;

/// <summary>
/// The web console in a Chromium context of its own, opened by its one-time link. What the page's policy forbids and what a script throws fails the
/// test. With GALLEY_SHOTS=folder each page that is looked at is also pictured there.
/// </summary>
internal sealed class ConsolePage(IBrowserContext context, IPage page, GalleyServer server) : IAsyncDisposable
{
    private static readonly string Axe = File.ReadAllText(Path.Combine(Repository.Root, "tests", "clients", "node_modules", "axe-core", "axe.min.js"));

    /// <summary>Whether nothing scrolls sideways, once the page is laid out anew for its width.</summary>
    private const string Fits = "new Promise(done => { let left = 600; const look = () => document.documentElement.scrollWidth <= innerWidth ? done(true) : left-- ? requestAnimationFrame(look) : done(false); look() })";

    private readonly List<string> _problems = [];

    public IBrowserContext Context => context;

    public IPage Page => page;

    public string Origin => $"http://console.galley.localhost:{server.Port}";

    public static Task<GalleyServer> Server() => GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", PasswordRounds = 10 });

    public static async Task<ConsolePage> Open(Browser browser, GalleyServer server)
    {
        Assert.SkipUnless(ConsoleFiles.Has("index.html"), "the console is not built: run `npm ci` in console/ and build again, or use ./test");
        var context = await browser.NewContext(https: true);
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(60_000); // a machine that runs many tests
        SetDefaultExpectTimeout(60_000);
        var console = new ConsolePage(context, page, server);
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.Contains("status of 4", StringComparison.Ordinal)) console._problems.Add(message.Text);
        };
        page.PageError += (_, error) => console._problems.Add(error);
        await page.GotoAsync((await server.NewLink("console")).AbsoluteUri);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Overview", Level = 1 })).ToBeVisibleAsync();
        return console;
    }

    /// <summary>A problem that the test itself made: the browser tells scripts' blocked requests on its console.</summary>
    public void Forget(string text) => _problems.RemoveAll(problem => problem.Contains(text, StringComparison.Ordinal));

    public Task Go(string path) => page.GotoAsync(Origin + path);

    public ILocator Button(string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Link(string name, bool exact = true) => page.GetByRole(AriaRole.Link, new() { Name = name, Exact = exact });

    public ILocator Dialog => page.GetByRole(AriaRole.Dialog);

    /// <summary>A button of the dialog, or of the tab that is open.</summary>
    public ILocator In(AriaRole place, string button) => page.GetByRole(place).GetByRole(AriaRole.Button, new() { Name = button, Exact = true });

    public Task Fill(string label, string text) => page.GetByRole(AriaRole.Textbox, new() { Name = label, Exact = true }).FillAsync(text);

    public Task Tab(string name) => page.GetByRole(AriaRole.Tab, new() { Name = name, Exact = true }).ClickAsync();

    public Task Says(string text) => Expect(page.GetByText(text).First).ToBeVisibleAsync();

    /// <summary>An option of a select, by the beginning of both names.</summary>
    public async Task Choose(string label, string option, ILocator? within = null)
    {
        await (within ?? page.Locator("body")).GetByRole(AriaRole.Button, new() { NameRegex = new("^" + System.Text.RegularExpressions.Regex.Escape(label)) }).First.ClickAsync();
        await page.GetByRole(AriaRole.Option, new() { Name = option }).First.ClickAsync();
    }

    /// <summary>An option of a select that takes several, left open by itself.</summary>
    public async Task ChooseMany(string label, params string[] options)
    {
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^" + label) }).First.ClickAsync();
        foreach (var option in options) await page.GetByRole(AriaRole.Option, new() { Name = option }).First.ClickAsync();
        await page.Keyboard.PressAsync("Escape");
    }

    /// <summary>Replaces what stands in the code editor.</summary>
    public async Task Write(string text)
    {
        var editor = page.Locator(".ace_editor").Last;
        await editor.ClickAsync();
        await page.Keyboard.PressAsync("ControlOrMeta+A");
        await page.Keyboard.PressAsync("Delete");
        await page.Keyboard.InsertTextAsync(text);
    }

    /// <summary>axe finds nothing, on a desktop and on a phone, in light and in dark, and nothing scrolls sideways.</summary>
    public async Task Look(string name)
    {
        Assert.Empty(_problems);
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
            foreach (var (width, height) in ((int, int)[])[(1280, 800), (390, 844)])
            {
                await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
                await page.WaitForFunctionAsync("dark => document.body.classList.contains('awsui-dark-mode') === dark", scheme == ColorScheme.Dark);
                await page.SetViewportSizeAsync(width, height);
                Assert.True(await page.EvaluateAsync<bool>(Fits), $"{name} scrolls sideways at {width}");
                if (Environment.GetEnvironmentVariable("GALLEY_SHOTS") is { Length: > 0 } folder)
                    await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}-{width}-{scheme}.png".ToLowerInvariant()), FullPage = true });
                if (width == 1280) Assert.Equal("[]", await Violations());
            }

        await page.SetViewportSizeAsync(2560, 1440);
        Assert.True(await page.EvaluateAsync<bool>(Fits), $"{name} scrolls sideways at 2560");
        await page.SetViewportSizeAsync(1280, 800);
    }

    /// <summary>Of the page at rest: while it takes on another width, parts of it are neither shown nor hidden.</summary>
    private async Task<string> Violations()
    {
        const int patience = 10; // a look takes a third of a second
        if (!await page.EvaluateAsync<bool>("'axe' in window")) await page.EvaluateAsync(Axe);
        var found = "";
        for (var look = 0; look < patience && found != "[]"; look++)
            found = (await page.EvaluateAsync<JsonElement>("axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 300) + ' ' + n.failureSummary).join(' | ')))")).GetRawText();
        return found;
    }

    public async ValueTask DisposeAsync()
    {
        await context.DisposeAsync();
        Assert.Empty(_problems);
    }
}
