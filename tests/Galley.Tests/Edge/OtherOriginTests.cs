using System.Text.Json.Nodes;
using Galley.Tests.Tutorial;
using Microsoft.Playwright;

namespace Galley.Tests.Edge;

/// <summary>Group L in Chromium: a page of another origin, and one whose own name has been rebound to Galley's address, try what they can and get nothing.</summary>
public class OtherOriginTests
{
    /// <summary>Every attack, and what the page learnt: `opaque` (sent, unreadable), `blocked` (not sent or not readable) or a status it could read.</summary>
    private const string Attacks = """
        async (base) => {
            const tries = {};
            const ask = async (name, path, options) => {
                try { const r = await fetch(base + path, options); tries[name] = r.type === 'opaque' ? 'opaque' : String(r.status) + ':' + (await r.text()).length; }
                catch { tries[name] = 'blocked'; }
            };
            const form = new URLSearchParams({ Action: 'CreateStack', Version: '2010-05-15', StackName: 'evil', TemplateBody: '{"Resources":{"A":{"Type":"AWS::SNS::Topic"}}}' });
            const upload = new FormData(); upload.append('key', 'evil.html'); upload.append('file', new Blob(['x']), 'evil.html');
            await ask('form', '/', { method: 'POST', mode: 'no-cors', body: form });
            await ask('form cors', '/', { method: 'POST', body: form });
            await ask('invoke', '/2015-03-31/functions/f/invocations', { method: 'POST', mode: 'no-cors', body: '{}' });
            await ask('upload', '/bucket', { method: 'POST', mode: 'no-cors', body: upload });
            await ask('json target', '/', { method: 'POST', headers: { 'X-Amz-Target': 'DynamoDB_20120810.ListTables', 'Content-Type': 'application/x-amz-json-1.0' }, body: '{}' });
            await ask('inbox', '/_galley/inbox/messages');
            await ask('inbox no-cors', '/_galley/inbox/messages', { mode: 'no-cors' });
            await ask('explain', '/_galley/explain');
            await ask('health', '/_galley/health');
            await ask('reset', '/_galley/reset', { method: 'POST', mode: 'no-cors' });
            tries.socket = await new Promise(done => { const s = new WebSocket(base.replace('http', 'ws') + '/_galley/inbox'); s.onopen = () => done('open'); s.onerror = () => done('blocked'); });
            tries.image = await new Promise(done => { const i = new Image(); i.onload = () => done('loaded'); i.onerror = () => done('blocked'); i.src = base + '/_galley/inbox/messages'; });
            tries.frame = await new Promise(done => { const f = document.createElement('iframe'); f.onload = () => { try { done(f.contentDocument ? 'readable' : 'blocked'); } catch { done('blocked'); } }; f.src = base + '/_galley/inbox'; document.body.append(f); });
            return JSON.stringify(tries);
        }
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_page_of_another_origin_or_with_a_rebound_name_gets_nothing(bool rebound)
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var aws = new AwsJs(server);
        await aws.Call("s3", "CreateBucket", new { Bucket = "bucket", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Browser.Program(),
            // the name is the attacker's, the address this machine's: what is left of the browser's own defences is not what is tested
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--host-resolver-rules=MAP evil.example 127.0.0.1", "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests"],
        });
        await using var context = Tutorial.Browser.Told(await browser.NewContextAsync());
        var page = await context.NewPageAsync();
        var home = rebound ? $"http://evil.example:{server.Port}/" : "http://evil.example:9/";
        await page.RouteAsync(home, route => route.Request.IsNavigationRequest ? route.FulfillAsync(new RouteFulfillOptions { ContentType = "text/html", Body = "<!doctype html><title>evil</title><body></body>" }) : route.ContinueAsync());
        await page.GotoAsync(home);
        var learnt = JsonNode.Parse(await page.EvaluateAsync<string>(Attacks, rebound ? home.TrimEnd('/') : $"http://localhost:{server.Port}"))!.AsObject();
        foreach (var (attack, result) in learnt)
            // a rebound page may read answers: every one is an empty 403
            Assert.True((string)result! is "blocked" or "opaque" || rebound && (string)result! == "403:0" || rebound && attack == "frame", $"{attack}: {result}");

        Assert.Empty((await aws.Call("cloudformation", "ListStacks"))["StackSummaries"]?.AsArray() ?? []);
        Assert.Null((await aws.Call("s3", "ListObjectsV2", new { Bucket = "bucket" }))["Contents"]); // and the bucket is there: nothing was reset
    }

    /// <summary>The same against a browser that has a session of Galley's own pages.</summary>
    private const string AttacksOnASession = """
        async (base) => {
            const tries = {};
            const ask = async (name, path, options) => {
                try { const r = await fetch(base + path, { credentials: 'include', ...options }); tries[name] = r.type === 'opaque' ? 'opaque' : String(r.status) + ':' + (await r.text()).length; }
                catch { tries[name] = 'blocked'; }
            };
            await ask('read', '/messages');
            await ask('read unread', '/messages', { mode: 'no-cors' });
            await ask('keys', '/_galley/credentials', { headers: { 'X-Galley-Console': '1' } });
            await ask('keys unread', '/_galley/credentials', { mode: 'no-cors' });
            await ask('close', '/_galley/close', { method: 'POST', mode: 'no-cors' });
            await ask('close cors', '/_galley/close', { method: 'POST', headers: { 'X-Galley-Console': '1', 'Content-Type': 'application/json' }, body: '{}' });
            tries.script = await new Promise(done => { const s = document.createElement('script'); s.onload = () => done('loaded'); s.onerror = () => done('blocked'); s.src = base + '/messages'; document.body.append(s); });
            tries.socket = await new Promise(done => { const s = new WebSocket(base.replace('http', 'ws') + '/'); s.onopen = () => done('open'); s.onerror = () => done('blocked'); });
            const frame = (then) => new Promise(done => { const f = document.createElement('iframe'); f.name = 'f'; f.onload = () => { try { done(f.contentDocument?.body.textContent ? 'readable' : 'blocked'); } catch { done('blocked'); } }; then(f); });
            tries.frame = await frame(f => { f.src = base + '/'; document.body.append(f); });
            tries.form = await frame(f => { document.body.append(f); const form = document.createElement('form'); form.method = 'POST'; form.action = base + '/_galley/close'; form.target = 'f'; document.body.append(form); form.submit(); });
            return JSON.stringify(tries);
        }
        """;

    /// <summary>The second home is of the very site (`galley.localhost`) that the cookie belongs to: SameSite alone would not do.</summary>
    [Theory]
    [InlineData("http://evil.example:9/")]
    [InlineData("http://evil.galley.localhost:9/")]
    public async Task A_page_of_another_origin_gets_nothing_out_of_a_session(string home)
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        await server.Mail.Send("no-reply@verificationemail.com", "ann@example.com", "Your verification code", "Your verification code is 123456.");
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Browser.Program(),
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--host-resolver-rules=MAP evil.example 127.0.0.1", "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests"],
        });
        await using var context = Tutorial.Browser.Told(await browser.NewContextAsync());
        var page = await context.NewPageAsync();
        await page.GotoAsync((await server.NewLink()).AbsoluteUri);
        Assert.Contains("123456", await page.ContentAsync(), StringComparison.Ordinal);
        await page.RouteAsync(home, route => route.FulfillAsync(new RouteFulfillOptions { ContentType = "text/html", Body = "<!doctype html><title>evil</title><body></body>" }));
        await page.GotoAsync(home);
        foreach (var (attack, result) in JsonNode.Parse(await page.EvaluateAsync<string>(AttacksOnASession, $"http://inbox.galley.localhost:{server.Port}"))!.AsObject())
            Assert.True((string)result! is "blocked" or "opaque", $"{attack}: {result}");

        // nothing closed the session, and it gave no keys
        await page.GotoAsync($"http://inbox.galley.localhost:{server.Port}/");
        Assert.Contains("123456", await page.ContentAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("GalleyConsole", (await new AwsJs(server).Call("iam", "ListRoles")).ToJsonString(), StringComparison.Ordinal);
    }
}
