using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.Edge;
using Galley.Tests.Edge;
using Galley.Tests.Server;
using Galley.Tests.Tutorial;
using Microsoft.Playwright;

namespace Galley.Tests.WebConsole;

/// <summary>How the console is served, and that nobody but its own page gets anything from it (security group L).</summary>
public partial class ConsoleTests(Browser browser) : IClassFixture<Browser>
{
    private static readonly (string, string) Own = ("X-Galley-Console", "1"), SameOrigin = ("Sec-Fetch-Site", "same-origin");

    [Fact]
    public async Task The_page_has_a_strict_policy_and_its_files_are_kept_by_their_hash()
    {
        NeedsConsole();
        await using var server = await ConsolePage.Server();
        using var console = await OwnPage.Open(server, "console");
        var page = await console.Send(HttpMethod.Get, "/", ("Accept", "text/html"));
        Assert.Equal((200, "text/html", "no-store"), (page.Status, page.ContentHeaders.ContentType!.MediaType, page.Headers.CacheControl!.ToString()));
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        // beyond its own origin only what the sign-in inspector asks as an app would
        Assert.Contains($"; connect-src 'self' http://*.auth.eu-west-2.localhost:{server.Port} http://cognito-idp.eu-west-2.localhost:{server.Port} http://*.execute-api.eu-west-2.localhost:{server.Port}; form-action 'none'", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", page.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.DoesNotContain("//cdn", page.Body, StringComparison.Ordinal);

        var script = ScriptOf().Match(page.Body).Groups[1].Value;
        var plain = await console.Send(HttpMethod.Get, script);
        Assert.Equal((200, "text/javascript"), (plain.Status, plain.ContentHeaders.ContentType!.MediaType));
        Assert.True(plain.Headers.CacheControl!.Private && plain.Headers.CacheControl.MaxAge == TimeSpan.FromDays(365));
        var packed = await console.Send(HttpMethod.Get, script, ("Accept-Encoding", "gzip, br"));
        Assert.Equal("br", packed.ContentHeaders.ContentEncoding.Single());
        Assert.True(packed.ContentHeaders.ContentLength < plain.Body.Length / 2);

        Assert.Equal(page.Body, await console.Get("/dynamodb/recipes"));
        Assert.Equal(404, (await console.Send(HttpMethod.Get, "/assets/none.js")).Status);
        Assert.Equal(405, (await console.Send(HttpMethod.Post, "/", Own, SameOrigin)).Status);
        Assert.Equal(404, (await console.Send(HttpMethod.Get, "/assets/..%2fGalley.FunctionHost.dll")).Status);
    }

    [GeneratedRegex("src=\"(/assets/[^\"]+\\.js)\"")]
    private static partial Regex ScriptOf();

    [Fact]
    public async Task A_signed_call_at_the_consoles_name_needs_the_session_and_the_page_besides_its_signature()
    {
        await using var server = await ConsolePage.Server();
        (string, string) signed = ("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-2/dynamodb/aws4_request, SignedHeaders=host, Signature=00");
        using var stranger = new OwnPage(server, "console");
        Assert.Equal(401, (await stranger.Send(HttpMethod.Post, "/", signed, Own, SameOrigin)).Status);
        using var console = await OwnPage.Open(server, "console");
        Assert.Equal(403, (await console.Send(HttpMethod.Post, "/", signed, SameOrigin)).Status);
        Assert.Equal(403, (await console.Send(HttpMethod.Post, "/", signed, Own, ("Sec-Fetch-Site", "cross-site"))).Status);
        Assert.Equal(403, (await console.Send(HttpMethod.Post, "/", signed, Own, SameOrigin, ("Origin", "https://evil.example"))).Status);
        Assert.Equal(403, (await console.Send(HttpMethod.Get, "/", signed, ("Sec-Fetch-Site", "same-site"))).Status);
        // and then the signature is judged as everywhere
        var judged = await console.Send(HttpMethod.Post, "/", signed, Own, SameOrigin, ("X-Amz-Target", "DynamoDB_20120810.ListTables"));
        Assert.Contains("ignature", judged.Body, StringComparison.Ordinal);
        Assert.InRange(judged.Status, 400, 403);
    }

    [Fact]
    public async Task Row_143_to_145_pages_of_other_origins_get_nothing_in_Chromium()
    {
        await using var server = await ConsolePage.Server();
        await using var console = await ConsolePage.Open(browser, server);
        var before = await Tables(server);
        // Both know the cookie's browser: a page of the internet, and one of an app that runs on this very Galley.
        foreach (var origin in (string[])["http://evil.example", $"http://evil.execute-api.eu-west-2.localhost:{server.Port}"])
        {
            await console.Context.RouteAsync(origin + "/**", route => route.FulfillAsync(new RouteFulfillOptions { ContentType = "text/html", Body = "<!doctype html><title>evil</title><body>own</body>" }));
            var evil = await console.Context.NewPageAsync();
            await evil.GotoAsync(origin + "/");
            Assert.Equal("own", (await evil.EvaluateAsync<string>("fetch('/x').then(r => r.text()).then(t => t.match(/<body>(.*?)<\\/body>/)[1])")).Trim());
            foreach (var attempt in (string[])
                     [
                         "fetch(target + '/_galley/credentials', { credentials: 'include' }).then(r => r.text())",
                         "fetch(target + '/_galley/credentials', { credentials: 'include', headers: { 'x-galley-console': '1' } }).then(r => r.text())",
                         "fetch(target + '/', { credentials: 'include' }).then(r => r.text())",
                         "fetch(target + '/', { method: 'POST', credentials: 'include', headers: { 'x-galley-console': '1', 'content-type': 'application/json' }, body: '{}' }).then(r => r.text())",
                     ])
                Assert.Equal("refused", await evil.EvaluateAsync<string>($"target => {attempt}.then(() => 'read', () => 'refused')", console.Origin));
            // What no page can read may still be sent: it must change nothing.
            await evil.EvaluateAsync("target => fetch(target + '/', { method: 'POST', mode: 'no-cors', credentials: 'include', body: 'Action=CreateStack&StackName=x&TemplateBody={}' }).catch(() => 0)", console.Origin);
            Assert.Equal("closed", await evil.EvaluateAsync<string>("target => new Promise(done => { const s = new WebSocket(target.replace('http', 'ws')); s.onopen = () => done('open'); s.onerror = s.onclose = () => done('closed') })", console.Origin));
            await evil.EvaluateAsync("target => new Promise(done => { const f = document.createElement('iframe'); f.src = target; f.onload = done; document.body.append(f) })", console.Origin);
            Assert.DoesNotContain("Overview", string.Concat(await Task.WhenAll(evil.Frames.Skip(1).Select(frame => frame.ContentAsync()))), StringComparison.Ordinal);
            var form = await evil.RunAndWaitForResponseAsync(() => evil.EvaluateAsync("target => { const f = document.createElement('form'); f.method = 'post'; f.action = target + '/'; document.body.append(f); f.submit() }", console.Origin), response => response.Request.Method == "POST" && response.Url.StartsWith(console.Origin, StringComparison.Ordinal));
            Assert.Equal(403, form.Status);
            await evil.CloseAsync();
        }

        Assert.Equal(before, await Tables(server));
        Assert.Contains("AccessKeyId", await console.Page.EvaluateAsync<string>("fetch('/_galley/credentials', { headers: { 'x-galley-console': '1' } }).then(r => r.text())"), StringComparison.Ordinal);
    }

    /// <summary>What strangers may write: paths, keys, log lines, mail, items. On every page that shows it, it is text.</summary>
    [Fact]
    public async Task Row_150_what_others_write_is_text_in_Chromium()
    {
        const string attack = "<img src=x onerror=window.taken=1><script>window.taken=1</script>";
        await using var server = await ConsolePage.Server();
        var js = new AwsJs(server);
        await js.Call("dynamodb", "CreateTable", JsonNode.Parse("""{"TableName":"notes","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}""")!);
        await js.Call("dynamodb", "PutItem", new { TableName = "notes", Item = new { id = new { S = attack } } });
        await js.Call("s3", "CreateBucket", new { Bucket = "notes", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        await js.Call("s3", "PutObject", new { Bucket = "notes", Key = attack, Body = attack });
        await js.Call("cloudwatch-logs", "CreateLogGroup", new { logGroupName = "g" });
        await js.Call("cloudwatch-logs", "CreateLogStream", new { logGroupName = "g", logStreamName = "s" });
        await js.Call("cloudwatch-logs", "PutLogEvents", new { logGroupName = "g", logStreamName = "s", logEvents = new[] { new { timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), message = attack } } });
        await server.Mail.Send("no-reply@verificationemail.com", "ann@example.com", attack, attack + " Your code is 123456.");
        var pool = (string)(await js.Call("cognito-identity-provider", "CreateUserPool", new { PoolName = "people" }))["UserPool"]!["Id"]!;
        await js.Call("cognito-identity-provider", "AdminCreateUser", new { UserPoolId = pool, Username = "<img/src=x/onerror=window.taken=1>", MessageAction = "SUPPRESS" });
        using var http = new HttpClient();
        (await http.GetAsync(new Uri(server.Endpoint, "/_galley/execute-api/none/<img%20src=x%20onerror=window.taken=1>"))).Dispose();
        await using var console = await ConsolePage.Open(browser, server);
        foreach (var (path, shown) in ((string, string)[])
                 [
                     ("/dynamodb/notes", "Edit <img"), ("/s3/notes", "<img src=x"), ("/logs/g?tab=search", "<img src=x"), ("/inbox", "<img src=x"), ($"/cognito/{pool}?tab=users", "<img/src=x"), ("/requests", "%20onerror"), ("/", "%20onerror"),
                     ("/dynamodb/" + Uri.EscapeDataString(attack), "<img src=x"), ("/nowhere?" + attack, "There is no such page"),
                 ])
        {
            await console.Go(path);
            if (path == "/dynamodb/notes") await Assertions.Expect(console.Page.GetByRole(AriaRole.Button, new() { Name = shown }).First).ToBeVisibleAsync();
            else await console.Says(shown);
            Assert.True(await console.Page.EvaluateAsync<bool>("window.taken === undefined"), path);
        }
    }

    [Fact]
    public async Task Row_143_another_host_name_is_refused()
    {
        await using var server = await ConsolePage.Server();
        using var http = new HttpClient();
        foreach (var host in (string[])["evil.example", "console.galley.localhost.evil.example", "127.evil.example", "0.0.0.0"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, server.Endpoint);
            request.Headers.Host = host;
            using var refused = await http.SendAsync(request);
            Assert.Equal((HttpStatusCode.Forbidden, ""), (refused.StatusCode, await refused.Content.ReadAsStringAsync()));
        }
    }

    [Fact]
    public async Task Requests_are_told_with_their_times_and_with_what_they_set_off()
    {
        await using var server = await ConsolePage.Server();
        using var root = new SignedHttp(server.Endpoint, server.Region, server.AccessKeyId, server.SecretAccessKey);
        var js = new AwsJs(server);
        var functions = new Lambda.TestFunctions(server);
        await functions.Python("f", "", await functions.Role("r"));
        using var own = server.UseFunction("f", (_, invocation) => Task.FromResult<ReadOnlyMemory<byte>>(System.Text.Encoding.UTF8.GetBytes($"\"{invocation.TraceId}\"")));
        var api = (string)(await js.Call("apigatewayv2", "CreateApi", new { Name = "a", ProtocolType = "HTTP", Target = "arn:aws:lambda:eu-west-2:123456789012:function:f" }))["ApiId"]!;
        await js.Call("lambda", "AddPermission", new { FunctionName = "f", StatementId = "s", Action = "lambda:InvokeFunction", Principal = "apigateway.amazonaws.com" });
        using var http = new HttpClient();
        var answer = await http.GetStringAsync(new Uri(server.Endpoint, $"/_galley/execute-api/{api}/x"));

        var (_, body) = await root.Send("galley", HttpMethod.Get, "/_galley/requests", null);
        var seen = JsonNode.Parse(body)!["requests"]!.AsArray();
        var request = seen.Single(one => ((string)one!["service"]!) == "execute-api")!;
        Assert.Contains((string)request["trace"]!, answer, StringComparison.Ordinal);
        var step = request["steps"]!.AsArray().Single(one => (string)one!["check"]! == "function")!;
        Assert.True((double)step["took"]! <= (double)step["at"]! && (double)step["at"]! <= (double)request["milliseconds"]!);
        var (_, later) = await root.Send("galley", HttpMethod.Get, "/_galley/requests?after=2100-01-01T00%3A00%3A00Z", null);
        Assert.Empty(JsonNode.Parse(later)!["requests"]!.AsArray());
    }

    private static void NeedsConsole() => Assert.SkipUnless(ConsoleFiles.Has("index.html"), "the console is not built: run `npm ci` in console/ and build again, or use ./test");

    private static async Task<string> Tables(GalleyServer server) => (await new AwsJs(server).Call("dynamodb", "ListTables"))["TableNames"]!.ToJsonString() + (await new AwsJs(server).Call("cloudformation", "ListStacks"))["StackSummaries"]?.ToJsonString();
}
