using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Galley.Tests.Server;
using Galley.Tests.Tutorial;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Playwright;

namespace Galley.Tests.Edge;

/// <summary>The session of Galley's own pages (security §4, row 150): a link that opens once, a strict cookie, and what it gives.</summary>
public class ConsoleSessionTests
{
    private static readonly (string, string) Own = ("X-Galley-Console", "1"), SameOrigin = ("Sec-Fetch-Site", "same-origin");

    [Theory]
    [InlineData("inbox", "/")]
    [InlineData("inbox", "/messages")]
    [InlineData("inbox", "/_galley/credentials")]
    [InlineData("console", "/")]
    [InlineData("console", "/_galley/credentials")]
    public async Task Row_150_without_a_session_there_is_nothing_to_see(string page, string path)
    {
        await using var server = await Start();
        using var browser = new OwnPage(server, page);
        var refused = await browser.Send(HttpMethod.Get, path, Own);
        Assert.Equal(401, refused.Status);
        Assert.Contains($"galley {page} --port", refused.Body, StringComparison.Ordinal);
        Assert.Equal("Galley-Session", refused.Headers.WwwAuthenticate.ToString());
        Assert.Equal("no-store", refused.Headers.CacheControl!.ToString());
        var seen = await browser.Send(HttpMethod.Get, path, ("Accept", "text/html,*/*"));
        Assert.Equal((401, "text/html"), (seen.Status, seen.ContentHeaders.ContentType!.MediaType));
        Assert.StartsWith("default-src 'none'", seen.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        browser.Cookie = $"galley-{server.Port}=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        Assert.Equal(401, (await browser.Send(HttpMethod.Get, path, Own)).Status);
    }

    [Theory]
    [InlineData("inbox/messages")]
    [InlineData("inbox/messages/wait?to=a%40b.c")]
    [InlineData("inbox/")]
    [InlineData("explain")]
    [InlineData("links")]
    public async Task Row_150_an_unsigned_program_is_told_how_to_come_in(string path)
    {
        await using var server = await Start();
        using var http = new HttpClient();
        using var refused = await http.GetAsync(new Uri(server.Endpoint, "/_galley/" + path));
        Assert.Equal((401, "AWS4-HMAC-SHA256"), ((int)refused.StatusCode, refused.Headers.WwwAuthenticate.ToString()));
        Assert.Contains("galley env", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_opens_once_and_sets_a_strict_cookie_for_its_own_host()
    {
        await using var server = await Start();
        var link = await server.NewLink();
        Assert.Equal($"inbox.galley.localhost:{server.Port}", link.Authority);
        using var browser = new OwnPage(server);
        var opened = await browser.Open(link);
        Assert.Equal((303, "/", "no-referrer"), (opened.Status, opened.Headers.Location!.ToString(), opened.Headers.GetValues("Referrer-Policy").Single()));
        var cookie = opened.Headers.GetValues("Set-Cookie").Single().ToLowerInvariant().Split("; ");
        Assert.StartsWith($"galley-{server.Port}=", cookie[0], StringComparison.Ordinal);
        Assert.Equal(["httponly", "max-age=86400", "path=/", "samesite=strict"], cookie[1..].Order());
        Assert.DoesNotContain(link.Query.Split('=')[1], cookie[0], StringComparison.OrdinalIgnoreCase);
        Assert.Contains("<h1>Inbox</h1>", await browser.Get("/"), StringComparison.Ordinal);

        using var second = new OwnPage(server);
        Assert.Equal(401, (await second.Open(link)).Status);
        Assert.Equal(401, (await second.Send(HttpMethod.Get, "/")).Status);
        Assert.Equal(401, (await second.Open(new Uri(link, "/_galley/open"))).Status);
        Assert.Equal("[]", await browser.Get("/messages"));
    }

    [Fact]
    public async Task Over_TLS_the_cookie_is_bound_to_its_host_by_its_name()
    {
        await using var server = await Start();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, SslOptions = new() { RemoteCertificateValidationCallback = (_, _, _, _) => true } });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"https://127.0.0.1:{server.Port}{(await server.NewLink()).PathAndQuery}"));
        request.Headers.Host = $"inbox.galley.localhost:{server.Port}";
        using var opened = await http.SendAsync(request);
        Assert.Equal(303, (int)opened.StatusCode);
        var cookie = opened.Headers.GetValues("Set-Cookie").Single();
        Assert.StartsWith($"__Host-galley-{server.Port}=", cookie, StringComparison.Ordinal);
        Assert.Contains("; secure; samesite=strict; httponly", cookie, StringComparison.OrdinalIgnoreCase);
        using var again = new HttpRequestMessage(HttpMethod.Get, new Uri($"https://127.0.0.1:{server.Port}/messages"));
        again.Headers.Host = request.Headers.Host;
        again.Headers.Add("Cookie", cookie.Split(';')[0]);
        using var seen = await http.SendAsync(again);
        Assert.Equal(200, (int)seen.StatusCode);
    }

    [Fact]
    public async Task Of_sixteen_who_open_a_link_at_once_one_gets_in()
    {
        await using var server = await Start();
        var link = await server.NewLink();
        var browsers = Enumerable.Range(0, 16).Select(_ => new OwnPage(server)).ToList();
        var answers = await Task.WhenAll(browsers.Select(browser => Task.Run(() => browser.Open(link))));
        Assert.Equal(1, answers.Count(answer => answer.Status == 303));
        Assert.Equal(15, answers.Count(answer => answer.Status == 401));
        browsers.ForEach(browser => browser.Dispose());
    }

    [Fact]
    public async Task A_link_ends_after_an_hour_and_a_session_after_a_day_or_when_it_is_closed()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Time = time });
        var (early, late) = (await server.NewLink(), await server.NewLink());
        time.Advance(TimeSpan.FromMinutes(59));
        using var browser = new OwnPage(server);
        Assert.Equal(303, (await browser.Open(early)).Status);
        time.Advance(TimeSpan.FromMinutes(1));
        using var tardy = new OwnPage(server);
        Assert.Equal(401, (await tardy.Open(late)).Status);
        time.Advance(TimeSpan.FromHours(22));
        Assert.Equal(200, (await browser.Send(HttpMethod.Get, "/")).Status);
        time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(401, (await browser.Send(HttpMethod.Get, "/")).Status);

        using var other = await OwnPage.Open(server);
        Assert.Equal(204, (await other.Send(HttpMethod.Post, "/_galley/close", Own, SameOrigin)).Status);
        Assert.Equal(401, (await other.Send(HttpMethod.Get, "/")).Status);
    }

    [Fact]
    public async Task A_session_outlives_a_restart_and_lies_hashed_in_the_data()
    {
        using var place = new Workplace();
        string cookie;
        await using (var first = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, DataFolder = place.Data }))
        {
            using var browser = await OwnPage.Open(first);
            cookie = browser.Cookie.Split('=')[1];
        }

        await using (var second = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, DataFolder = place.Data }))
        {
            using var browser = new OwnPage(second) { Cookie = $"galley-{second.Port}={cookie}" };
            Assert.Equal("[]", await browser.Get("/messages"));
        }

        foreach (var file in Directory.EnumerateFiles(place.Data, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(cookie, Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", 200)]
    [InlineData("GET", 403, "Origin", "https://evil.example")]
    [InlineData("GET", 403, "Origin", "null")]
    [InlineData("GET", 403, "Sec-Fetch-Site", "cross-site")]
    [InlineData("GET", 403, "Sec-Fetch-Site", "same-site")]
    [InlineData("GET", 403, "Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe")]
    [InlineData("GET", 200, "Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document")]
    [InlineData("GET", 200, "Sec-Fetch-Site", "none")]
    [InlineData("GET", 403, "Origin", "http://evil.example", "Upgrade", "websocket")]
    [InlineData("POST", 403)]
    [InlineData("POST", 403, "X-Galley-Console", "1")]
    [InlineData("POST", 403, "Sec-Fetch-Site", "same-origin")]
    [InlineData("POST", 403, "X-Galley-Console", "1", "Sec-Fetch-Site", "same-site")]
    [InlineData("POST", 403, "X-Galley-Console", "1", "Sec-Fetch-Site", "same-origin", "Origin", "https://evil.example")]
    [InlineData("POST", 404, "X-Galley-Console", "1", "Sec-Fetch-Site", "same-origin")]
    [InlineData("POST", 404, "X-Galley-Console", "1", "Origin", "own")]
    public async Task Row_144_with_a_session_a_foreign_page_still_gets_nothing(string method, int status, params string[] headers)
    {
        await using var server = await Start();
        using var browser = await OwnPage.Open(server);
        var answer = await browser.Send(new HttpMethod(method), "/" + (method == "POST" ? "anything" : ""), [.. headers.Chunk(2).Select(pair => (pair[0], pair[1] == "own" ? $"http://inbox.galley.localhost:{server.Port}" : pair[1]))]);
        Assert.Equal(status, answer.Status);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        if (status == 403) Assert.Equal("", answer.Body);
    }

    [Fact]
    public async Task A_page_gets_keys_of_a_role_that_IAM_judges()
    {
        await using var server = await Start();
        using var browser = await OwnPage.Open(server, "console");
        Assert.Equal(403, (await browser.Send(HttpMethod.Get, "/_galley/credentials", SameOrigin)).Status);
        var root = new AwsJs(server);
        Assert.DoesNotContain("GalleyConsole", (await root.Call("iam", "ListRoles")).ToJsonString(), StringComparison.Ordinal);
        var given = JsonNode.Parse((await browser.Send(HttpMethod.Get, "/_galley/credentials", SameOrigin, Own)).Body)!;
        Assert.Equal((server.Region, server.Account), ((string)given["Region"]!, (string)given["Account"]!));
        var page = new AwsJs(server, (string)given["AccessKeyId"]!, (string)given["SecretAccessKey"]!, (string)given["SessionToken"]!);
        Assert.Equal("arn:aws:sts::123456789012:assumed-role/GalleyConsole/browser", (string)(await page.Call("sts", "GetCallerIdentity"))["Arn"]!);
        await page.Call("iam", "CreateUser", new { UserName = "ann" });

        await root.Call("iam", "PutRolePolicy", new { RoleName = "GalleyConsole", PolicyName = "p", PolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:CreateUser","Resource":"*"}]}""" });
        Assert.Equal("AccessDenied", (await page.Fails("iam", "CreateUser", new { UserName = "bob" })).Code);
        _ = JsonNode.Parse((await browser.Send(HttpMethod.Get, "/_galley/credentials", SameOrigin, Own)).Body)!; // and the role stays as it was made less
        Assert.Single((await root.Call("iam", "ListRolePolicies", new { RoleName = "GalleyConsole" }))["PolicyNames"]!.AsArray());
    }

    /// <summary>The archive holds the master key. The role is an administrator, and no policy of its gives a page this.</summary>
    [Fact]
    public async Task A_pages_keys_never_save_or_load_the_whole_state()
    {
        await using var server = await Start();
        using var browser = await OwnPage.Open(server, "console");
        var given = JsonNode.Parse((await browser.Send(HttpMethod.Get, "/_galley/credentials", SameOrigin, Own)).Body)!;
        await new AwsJs(server).Call("iam", "PutRolePolicy", new { RoleName = "GalleyConsole", PolicyName = "p", PolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"galley:*","Resource":"*"}]}""" });
        using var page = new SignedHttp(server.Endpoint, server.Region, (string)given["AccessKeyId"]!, (string)given["SecretAccessKey"]!);
        var token = ("X-Amz-Security-Token", (string)given["SessionToken"]!);
        Assert.Equal(HttpStatusCode.OK, (await page.Send("galley", HttpMethod.Get, "/_galley/explain", null, token)).Status);
        foreach (var (method, action) in ((HttpMethod, string)[])[(HttpMethod.Get, "SaveSnapshot"), (HttpMethod.Put, "LoadSnapshot")])
        {
            var (status, body) = await page.Send("galley", method, "/_galley/snapshot", method == HttpMethod.Put ? [] : null, token);
            Assert.Equal(HttpStatusCode.Forbidden, status);
            Assert.Contains($"not authorized to perform: galley:{action} on resource: * with an explicit deny in a session policy", body, StringComparison.Ordinal);
        }

        using var root = new SignedHttp(server.Endpoint, server.Region, server.AccessKeyId, server.SecretAccessKey);
        Assert.Equal(HttpStatusCode.OK, (await root.Send("galley", HttpMethod.Get, "/_galley/snapshot", null)).Status);
    }

    [Fact]
    public async Task Programs_read_mail_with_a_signature_and_the_right_to_it()
    {
        await using var server = await Start();
        using var root = new SignedHttp(server.Endpoint, server.Region, server.AccessKeyId, server.SecretAccessKey);
        var aws = new AwsJs(server);
        await aws.Call("iam", "CreateUser", new { UserName = "ci" });
        var key = (await aws.Call("iam", "CreateAccessKey", new { UserName = "ci" }))["AccessKey"]!;
        using var ci = new SignedHttp(server.Endpoint, server.Region, (string)key["AccessKeyId"]!, (string)key["SecretAccessKey"]!);
        const string Messages = "/_galley/inbox/messages?to=ann%40example.com";
        var (status, body) = await ci.Send("galley", HttpMethod.Get, Messages, null);
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("not authorized to perform: galley:ReadMail", body, StringComparison.Ordinal);
        await aws.Call("iam", "PutUserPolicy", new { UserName = "ci", PolicyName = "p", PolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"galley:ReadMail","Resource":"*"}]}""" });
        await server.Mail.Send("no-reply@verificationemail.com", "ann@example.com", "Your verification code", "Your verification code is 123456.");
        (status, body) = await ci.Send("galley", HttpMethod.Get, Messages, null);
        Assert.Equal((HttpStatusCode.OK, "123456"), (status, (string?)JsonNode.Parse(body)![0]!["code"]));
        // reading mail opens no page: that is a right of its own
        Assert.Equal(HttpStatusCode.Forbidden, (await ci.Send("galley", HttpMethod.Post, "/_galley/links", """{"page":"inbox"}"""u8.ToArray(), ("Content-Type", "application/json"))).Status);
        (status, body) = await root.Send("galley", HttpMethod.Post, "/_galley/links", """{"page":"inbox"}"""u8.ToArray(), ("Content-Type", "application/json"));
        Assert.Equal(HttpStatusCode.OK, status);
        using var browser = new OwnPage(server);
        Assert.Equal(303, (await browser.Open(new Uri((string)JsonNode.Parse(body)!["url"]!))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await root.Send("galley", HttpMethod.Post, "/_galley/links", """{"page":"nosuch"}"""u8.ToArray(), ("Content-Type", "application/json"))).Status);
    }

    [Fact]
    public async Task The_program_prints_a_link_that_opens_in_Chromium()
    {
        using var place = new Workplace();
        await using var program = await place.Start();
        await program.Says("inbox ");
        var first = program.Output.Split('\n').Single(line => line.Contains("inbox ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        var second = await place.Galley("inbox", "--port", program.PortText);
        Assert.Equal(0, second.Code);
        using var playwright = await Playwright.CreateAsync();
        await using var chromium = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Browser.Program(), Args = ["--no-sandbox", "--disable-gpu"] });
        foreach (var link in (string[])[first, second.Out.Trim()])
        {
            await using var context = Tutorial.Browser.Told(await chromium.NewContextAsync());
            var page = await context.NewPageAsync();
            Assert.Equal(401, (await page.GotoAsync($"http://inbox.galley.localhost:{program.Port}/"))!.Status);
            Assert.Contains("galley inbox --port " + program.PortText, await page.ContentAsync(), StringComparison.Ordinal);
            await page.GotoAsync(link);
            Assert.Equal($"http://inbox.galley.localhost:{program.Port}/", page.Url);
            Assert.Equal("Inbox", await page.TextContentAsync("h1"));
            Assert.Equal(200, (await page.ReloadAsync())!.Status);
            Assert.Equal(401, (await page.GotoAsync(link))!.Status);
        }
    }

    private static Task<GalleyServer> Start() => GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
}
