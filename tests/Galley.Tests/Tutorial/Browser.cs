using Microsoft.Playwright;

namespace Galley.Tests.Tutorial;

/// <summary>One Chromium for all tests; every test takes a context of its own (cookies, storage).</summary>
public sealed class Browser : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Program(),
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    /// <param name="https">Take the installation's own certificate authority as trusted.</param>
    /// <param name="phone">A phone's screen.</param>
    /// <param name="scripts">Whether pages may run any.</param>
    public async Task<IBrowserContext> NewContext(bool https = false, bool phone = false, bool scripts = true) => Told(await _browser!.NewContextAsync(new BrowserNewContextOptions
    {
        IgnoreHTTPSErrors = https,
        JavaScriptEnabled = scripts,
        ViewportSize = phone ? new ViewportSize { Width = 390, Height = 844 } : new ViewportSize { Width = 1280, Height = 800 },
    }));

    /// <summary>
    /// What goes wrong in the context's pages stands in the test's output, beside its failure: errors and promises that nobody caught, the
    /// console's errors, requests that failed or were refused. A test that waits in vain for a page says so why.
    /// </summary>
    internal static IBrowserContext Told(IBrowserContext context)
    {
        var output = TestContext.Current.TestOutputHelper;
        context.WebError += (_, error) => Tell($"threw {error.Error}");
        context.Console += (_, message) => Tell(message.Type == "error" ? $"console: {message.Text}" : null);
        context.RequestFailed += (_, request) => Tell($"{request.Method} {request.Url}: {request.Failure}");
        context.Response += (_, response) => Tell(response.Status >= 400 ? $"{response.Request.Method} {response.Url}: {response.Status}" : null);
        return context;

        void Tell(string? what)
        {
            if (what is null) return;
            try
            {
                output?.WriteLine("page: " + what);
            }
            catch (InvalidOperationException)
            {
                // the test is over, and its pages are closing
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    internal static string Program()
        => Environment.GetEnvironmentVariable("GALLEY_CHROMIUM")
           ?? new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" }.FirstOrDefault(File.Exists)
           ?? throw new InvalidOperationException("These tests need Chromium or Chrome: install one, or set GALLEY_CHROMIUM to its program.");
}
