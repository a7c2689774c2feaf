using System.Net;
using System.Net.Sockets;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Galley.Tests.Cognito;

/// <summary>Other people's OpenID Connect clients sign in through the pages in Chromium, with nothing but their configuration.</summary>
public class ForeignClientsTests(Tutorial.Browser browser) : IClassFixture<Tutorial.Browser>
{
    [Fact]
    public async Task Oidc_client_ts_signs_in_by_code_and_PKCE_and_renews()
    {
        var app = $"http://localhost:{FreePort.Next()}/";
        await using var fixture = await Start(new { CallbackURLs = new[] { app + "callback" } }, secret: false);
        var page = await (await browser.NewContext()).NewPageAsync();
        var script = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "tests", "clients", "node_modules", "oidc-client-ts", "dist", "browser", "oidc-client-ts.min.js"));
        await using var site = Site(app, $$"""
            <!doctype html><script>{{script}}</script><script>
            const manager = new oidc.UserManager({ authority: 'http://cognito-idp.eu-west-2.localhost:{{fixture.Server.Port}}/{{fixture.PoolId}}', client_id: '{{fixture.ClientId}}',
              redirect_uri: '{{app}}callback', scope: 'openid email', userStore: new oidc.WebStorageStateStore({ store: localStorage }) });
            </script>
            """);
        await site.StartAsync();
        await page.GotoAsync(app);
        await page.EvaluateAsync("() => { manager.signinRedirect(); }");
        await SignIn(page);
        await page.WaitForURLAsync(app + "callback?**");
        Assert.Equal("alice@example.com", await page.EvaluateAsync<string>("manager.signinRedirectCallback().then(user => user.profile.email)"));
        Assert.Equal("alice@example.com", await page.EvaluateAsync<string>("manager.signinSilent().then(user => user.profile.email)"));
        Assert.Equal("alice", await page.EvaluateAsync<string>("manager.metadataService.getUserInfoEndpoint().then(async url => (await (await fetch(url, { headers: { Authorization: 'Bearer ' + (await manager.getUser()).access_token } })).json()).username)"));
    }

    [Fact]
    public async Task ASP_NET_Cores_own_middleware_signs_in()
    {
        var port = FreePort.Next();
        await using var fixture = await Start(new { CallbackURLs = new[] { $"http://localhost:{port}/signin-oidc" } }, secret: true);
        await using var app = App(fixture, port);
        await app.StartAsync();
        var page = await (await browser.NewContext()).NewPageAsync();
        await page.GotoAsync($"http://localhost:{port}/");
        await SignIn(page);
        await page.WaitForURLAsync($"http://localhost:{port}/");
        Assert.Equal("hello alice@example.com", await page.TextContentAsync("body"));
    }

    private static async Task<Fixture> Start(object client, bool secret)
    {
        var fixture = await Fixture.Start(client: client, secret: secret);
        // These clients live by the machine's clock.
        fixture.Time.SetUtcNow(DateTimeOffset.UtcNow);
        await fixture.User();
        return fixture;
    }

    private static async Task SignIn(IPage page)
    {
        await page.WaitForURLAsync("**/login?**");
        await page.FillAsync("#username", "alice");
        await page.FillAsync("#password", Fixture.Password);
        await page.ClickAsync("button.submitButton-customizable");
    }

    /// <summary>One page at every path.</summary>
    internal static WebApplication Site(string url, string html)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(url);
        var site = builder.Build();
        site.Run(http =>
        {
            http.Response.ContentType = "text/html";
            return http.Response.WriteAsync(html);
        });
        return site;
    }

    private static WebApplication App(Fixture fixture, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://localhost:{port}");
        builder.Services.AddAuthorization();
        builder.Services.AddAuthentication(options =>
        {
            options.DefaultScheme = CookieAuthenticationDefaults.AuthenticationScheme;
            options.DefaultChallengeScheme = OpenIdConnectDefaults.AuthenticationScheme;
        }).AddCookie().AddOpenIdConnect(options =>
        {
            options.MetadataAddress = $"http://cognito-idp.eu-west-2.localhost:{fixture.Server.Port}/{fixture.PoolId}/.well-known/openid-configuration";
            options.RequireHttpsMetadata = false;
            options.ClientId = fixture.ClientId;
            options.ClientSecret = fixture.Secret;
            options.ResponseType = "code";
            options.Scope.Clear();
            options.Scope.Add("openid");
            options.Scope.Add("email");
            options.MapInboundClaims = false;
            options.GetClaimsFromUserInfoEndpoint = true;
            // Names under localhost are this machine, as in browsers.
            options.BackchannelHttpHandler = new SocketsHttpHandler
            {
                ConnectCallback = async (context, cancel) =>
                {
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                    await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancel);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            };
        });
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapGet("/", (HttpContext http) => $"hello {http.User.FindFirstValue("email")}").RequireAuthorization();
        return app;
    }
}
