using System.IO.Compression;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.CloudFront;

public class ServeTests
{
    private const string Disabled = Configs.CachingDisabled;
    private static readonly GalleyOptions Options = new() { Port = 0, Account = "123456789012" };

    [Fact]
    public async Task Objects_are_kept_for_their_max_age_and_revalidated_after()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var origin = await TestOrigin.Start(async http =>
        {
            http.Response.Headers.CacheControl = "max-age=60";
            http.Response.Headers.ETag = "\"v1\"";
            if (http.Request.Headers.IfNoneMatch == "\"v1\"") http.Response.StatusCode = 304;
            else await http.Response.WriteAsync("hello");
        });
        await using var server = await GalleyServer.StartAsync(Options with { Time = time });
        var (_, domain) = await Configs.Create(new AwsJs(server), Configs.Custom(origin.Port));
        using var viewer = new TestViewer(server, domain);
        Assert.Equal("Miss from cloudfront", (await viewer.Get("/a")).XCache);
        time.Advance(TimeSpan.FromSeconds(59));
        var hit = await viewer.Get("/a?ignored=1");
        Assert.Equal(("Hit from cloudfront", "59", "hello"), (hit.XCache, hit["Age"], hit.Text));
        Assert.Equal(304, (await viewer.Get("/a", ("If-None-Match", "\"v1\""))).Status);
        var part = await viewer.Get("/a", ("Range", "bytes=1-3"));
        Assert.Equal((206, "ell", "bytes 1-3/5"), (part.Status, part.Text, part["Content-Range"]));
        Assert.Equal((416, "bytes */5"), ((await viewer.Get("/a", ("Range", "bytes=9-"))).Status, (await viewer.Get("/a", ("Range", "bytes=9-")))["Content-Range"]));
        Assert.Single(origin.Asked);
        time.Advance(TimeSpan.FromSeconds(2));
        var refreshed = await viewer.Get("/a");
        Assert.Equal(("RefreshHit from cloudfront", "hello"), (refreshed.XCache, refreshed.Text));
        Assert.Equal("\"v1\"", origin.Asked[1].Headers["If-None-Match"]);
        Assert.Equal("Hit from cloudfront", (await viewer.Get("/a")).XCache);
    }

    [Theory]
    [InlineData("no-store", null)]
    [InlineData("private, max-age=60", null)]
    [InlineData("max-age=60", "session=1")]
    public async Task What_is_for_one_viewer_reaches_no_second(string cacheControl, string? cookie)
    {
        var count = 0;
        await using var origin = await TestOrigin.Start(async http =>
        {
            http.Response.Headers.CacheControl = cacheControl;
            if (cookie is not null) http.Response.Headers.SetCookie = cookie;
            await http.Response.WriteAsync("for " + ++count);
        });
        await using var server = await GalleyServer.StartAsync(Options);
        var config = Configs.Custom(origin.Port);
        var behavior = config["DefaultCacheBehavior"]!.AsObject();
        behavior.Remove("CachePolicyId");
        behavior["ForwardedValues"] = new JsonObject { ["QueryString"] = false, ["Cookies"] = new JsonObject { ["Forward"] = "all" } };
        behavior["MinTTL"] = 0;
        var (_, domain) = await Configs.Create(new AwsJs(server), config);
        using var viewer = new TestViewer(server, domain);
        Assert.Equal("for 1", (await viewer.Get("/me")).Text);
        var second = await viewer.Get("/me");
        Assert.Equal(("for 2", "Miss from cloudfront"), (second.Text, second.XCache));
    }

    [Fact]
    public async Task The_origin_sees_only_what_policies_name()
    {
        await using var origin = await TestOrigin.Start(http => http.Response.WriteAsync("x"));
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var (_, plain) = await Configs.Create(js, Configs.Custom(origin.Port));
        var (_, all) = await Configs.Create(js, Configs.Custom(origin.Port, Disabled).With("CallerReference", "all").With("DefaultCacheBehavior/OriginRequestPolicyId", "b689b0a8-53d0-40ab-baf2-68738e2966ac"));
        using var first = new TestViewer(server, plain);
        using var second = new TestViewer(server, all);
        (string, string)[] sent = [("X-Forwarded-Host", "evil.example"), ("X-Original-URL", "/admin"), ("Authorization", "Bearer t"), ("Cookie", "a=1")];
        await first.Get("/x?q=1", sent);
        await second.Get("/x?q=1", sent);
        var (withPolicy, withAll) = (origin.Asked[0], origin.Asked[1]);
        Assert.Equal("/x", withPolicy.Target);
        Assert.Equal($"localhost:{origin.Port}", withPolicy.Headers["Host"]);
        Assert.Equal("Amazon CloudFront", withPolicy.Headers["User-Agent"]);
        foreach (var name in (string[])["X-Forwarded-Host", "X-Original-URL", "Authorization", "Cookie"]) Assert.False(withPolicy.Headers.ContainsKey(name), name);
        Assert.Equal("/x?q=1", withAll.Target);
        Assert.Equal(("Bearer t", "a=1"), (withAll.Headers["Authorization"], withAll.Headers["Cookie"]));
        Assert.Equal($"localhost:{origin.Port}", withAll.Headers["Host"]);
    }

    [Fact]
    public async Task Methods_bodies_and_protocols_that_the_behaviour_does_not_allow_are_403()
    {
        await using var origin = await TestOrigin.Start(http => http.Response.WriteAsync("x"));
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var (_, domain) = await Configs.Create(js, Configs.Custom(origin.Port));
        var (_, secure) = await Configs.Create(js, Configs.Custom(origin.Port).With("CallerReference", "s").With("DefaultCacheBehavior/ViewerProtocolPolicy", "https-only"));
        using var viewer = new TestViewer(server, domain);
        var post = await viewer.Send("POST", "/");
        Assert.Equal((403, "Error from cloudfront", "CloudFront"), (post.Status, post.XCache, post["Server"]));
        Assert.Contains("The distribution supports only cachable requests.", post.Text, StringComparison.Ordinal);
        using var insecure = new TestViewer(server, secure);
        Assert.Equal(403, (await insecure.Get("/")).Status);
        using var http = new HttpClient();
        using var body = new HttpRequestMessage(HttpMethod.Get, server.Endpoint) { Content = new StringContent("body"), Headers = { Host = domain } };
        Assert.Equal(403, (int)(await http.SendAsync(body)).StatusCode);
        using var unknown = new TestViewer(server, "d0000000000000.cloudfront.net");
        Assert.Contains("<H1>403 ERROR</H1>", (await unknown.Get("/")).Text, StringComparison.Ordinal);
        using var chained = new TestViewer(server, domain);
        Assert.Equal(403, (await chained.Get("/", ("Via", "1.1 a.cloudfront.net (CloudFront), 1.1 b.cloudfront.net (CloudFront)"))).Status);
        Assert.Equal(414, (await viewer.Get("/" + new string('a', 8192))).Status);
        Assert.Equal(431, (await viewer.Get("/", ("X-Long", new string('a', 20_481)))).Status);
        Assert.Empty(origin.Asked);
    }

    [Fact]
    public async Task Path_patterns_are_tried_in_order_on_the_same_path_that_the_origin_gets()
    {
        await using var origin = await TestOrigin.Start(http => http.Response.WriteAsync(http.Request.Headers["X-From"].ToString()));
        await using var server = await GalleyServer.StartAsync(Options);
        var config = Configs.Custom(origin.Port);
        var items = config["Origins"]!["Items"]!.AsArray();
        var api = items[0]!.DeepClone().AsObject();
        api["Id"] = "api";
        api["OriginPath"] = "/stage";
        api["CustomHeaders"] = new JsonObject { ["Quantity"] = 1, ["Items"] = new JsonArray(new JsonObject { ["HeaderName"] = "X-From", ["HeaderValue"] = "api" }) };
        items.Add(api);
        config["Origins"]!["Quantity"] = 2;
        var behavior = config["DefaultCacheBehavior"]!.DeepClone().AsObject();
        behavior["PathPattern"] = "api/*";
        behavior["TargetOriginId"] = "api";
        config["CacheBehaviors"] = new JsonObject { ["Quantity"] = 1, ["Items"] = new JsonArray(behavior) };
        var (_, domain) = await Configs.Create(new AwsJs(server), config);
        using var viewer = new TestViewer(server, domain);
        Assert.Equal("api", (await viewer.Get("/api/x", ("X-From", "viewer"))).Text);
        Assert.Equal("", (await viewer.Get("/API/x")).Text);
        await viewer.Get("/api/../me");
        await viewer.Get("/api/%2e%2e/me2");
        await viewer.Get("/api/..%2fme3");
        Assert.Equal(["/stage/api/x", "/API/x", "/me", "/me2", "/stage/api/..%2fme3"], origin.Asked.Select(asked => asked.Target));
    }

    [Fact]
    public async Task Errors_are_kept_for_their_own_time_and_an_object_outlives_a_failing_origin()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var down = true;
        await using var origin = await TestOrigin.Start(async http =>
        {
            http.Response.StatusCode = down ? 500 : 200;
            http.Response.Headers.CacheControl = down ? "" : "max-age=5";
            await http.Response.WriteAsync(down ? "down" : "up");
        });
        await using var server = await GalleyServer.StartAsync(Options with { Time = time });
        var (_, domain) = await Configs.Create(new AwsJs(server), Configs.Custom(origin.Port));
        using var viewer = new TestViewer(server, domain);
        Assert.Equal((500, "Error from cloudfront"), ((await viewer.Get("/")).Status, (await viewer.Get("/")).XCache));
        Assert.Single(origin.Asked);
        down = false;
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("up", (await viewer.Get("/")).Text);
        down = true;
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal((200, "up"), ((await viewer.Get("/")).Status, (await viewer.Get("/")).Text));
    }

    [Fact]
    public async Task An_origin_that_is_not_there_or_cuts_its_answer_short_is_a_502_page()
    {
        await using var origin = await TestOrigin.Start(async http =>
        {
            http.Response.ContentLength = 100;
            await http.Response.WriteAsync("short");
            http.Abort();
        });
        using var closed = new TcpListener(System.Net.IPAddress.Loopback, 0);
        closed.Start();
        var port = ((System.Net.IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        foreach (var target in (int[])[origin.Port, port])
        {
            var (_, domain) = await Configs.Create(js, Configs.Custom(target));
            using var viewer = new TestViewer(server, domain);
            var page = await viewer.Get("/");
            Assert.Equal((502, "Error from cloudfront"), (page.Status, page.XCache));
            Assert.Contains("The request could not be satisfied.", page.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Text_is_compressed_when_behaviour_policy_and_viewer_agree()
    {
        var text = string.Concat(Enumerable.Repeat("recipes ", 500));
        await using var origin = await TestOrigin.Start(async http =>
        {
            http.Response.ContentType = "text/css";
            http.Response.Headers.ETag = "\"v1\"";
            await http.Response.WriteAsync(text);
        });
        await using var server = await GalleyServer.StartAsync(Options);
        var (_, domain) = await Configs.Create(new AwsJs(server), Configs.Custom(origin.Port).With("DefaultCacheBehavior/Compress", true));
        using var viewer = new TestViewer(server, domain);
        var plain = await viewer.Get("/a.css");
        Assert.Equal(("", text.Length), (plain["Content-Encoding"], plain.Body.Length));
        var brotli = await viewer.Get("/a.css", ("Accept-Encoding", "gzip, br"));
        Assert.Equal(("br", "W/\"v1\"", "Accept-Encoding"), (brotli["Content-Encoding"], brotli["ETag"], brotli["Vary"]));
        using var unpacked = new StreamReader(new BrotliStream(new MemoryStream(brotli.Body), CompressionMode.Decompress), Encoding.UTF8);
        Assert.Equal(text, await unpacked.ReadToEndAsync());
        Assert.Equal("gzip", (await viewer.Get("/a.css", ("Accept-Encoding", "gzip;q=0.5, br;q=0")))["Content-Encoding"]);
    }

    [Fact]
    public async Task Requests_for_the_same_object_wait_for_one_fetch()
    {
        var gate = new TaskCompletionSource();
        await using var origin = await TestOrigin.Start(async http =>
        {
            await gate.Task;
            await http.Response.WriteAsync("once");
        });
        await using var server = await GalleyServer.StartAsync(Options);
        var (_, domain) = await Configs.Create(new AwsJs(server), Configs.Custom(origin.Port));
        using var viewer = new TestViewer(server, domain);
        var all = Enumerable.Range(0, 10).Select(_ => viewer.Get("/slow")).ToList();
        gate.SetResult();
        Assert.All(await Task.WhenAll(all), seen => Assert.Equal("once", seen.Text));
        Assert.Single(origin.Asked);
    }

    [Fact]
    public async Task A_large_body_reaches_the_viewer_as_it_comes_and_is_kept_on_the_disk()
    {
        var large = new byte[20 << 20];
        Random.Shared.NextBytes(large);
        await using var origin = await TestOrigin.Start(http => http.Response.Body.WriteAsync(large).AsTask());
        await using var server = await GalleyServer.StartAsync(Options);
        var (_, domain) = await Configs.Create(new AwsJs(server), Configs.Custom(origin.Port));
        using var viewer = new TestViewer(server, domain);
        var first = await viewer.Get("/large");
        Assert.True(large.SequenceEqual(first.Body));
        var second = await viewer.Get("/large");
        Assert.Equal("Hit from cloudfront", second.XCache);
        Assert.True(large.SequenceEqual(second.Body));
        var part = await viewer.Get("/large", ("Range", "bytes=10000000-10000009"));
        Assert.Equal((206, $"bytes 10000000-10000009/{large.Length}"), (part.Status, part["Content-Range"]));
        Assert.Equal(large[10_000_000..10_000_010], part.Body);
        Assert.Single(origin.Asked);
    }

    [Fact]
    public async Task Managed_and_own_response_headers_policies_are_applied()
    {
        await using var origin = await TestOrigin.Start(http => http.Response.WriteAsync("x"));
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var (_, managed) = await Configs.Create(js, Configs.Custom(origin.Port).With("DefaultCacheBehavior/ResponseHeadersPolicyId", "67f7725c-6f97-4210-82d7-5512b31e9d03"));
        using var viewer = new TestViewer(server, managed);
        var seen = await viewer.Get("/");
        Assert.Equal(("nosniff", "SAMEORIGIN", "max-age=31536000"), (seen["X-Content-Type-Options"], seen["X-Frame-Options"], seen["Strict-Transport-Security"]));
        var made = await js.Call("cloudfront", "CreateResponseHeadersPolicy", new JsonObject
        {
            ["ResponseHeadersPolicyConfig"] = new JsonObject
            {
                ["Name"] = "mine",
                ["SecurityHeadersConfig"] = new JsonObject { ["ContentSecurityPolicy"] = new JsonObject { ["Override"] = true, ["ContentSecurityPolicy"] = "default-src 'self'" } },
                ["CustomHeadersConfig"] = new JsonObject { ["Quantity"] = 1, ["Items"] = new JsonArray(new JsonObject { ["Header"] = "X-Site", ["Value"] = "recipes", ["Override"] = false }) },
            },
        });
        var (_, own) = await Configs.Create(js, Configs.Custom(origin.Port).With("CallerReference", "own").With("DefaultCacheBehavior/ResponseHeadersPolicyId", (string)made["ResponseHeadersPolicy"]!["Id"]!));
        using var second = new TestViewer(server, own);
        seen = await second.Get("/");
        Assert.Equal(("default-src 'self'", "recipes"), (seen["Content-Security-Policy"], seen["X-Site"]));
        var list = await js.Call("cloudfront", "ListCachePolicies", new { Type = "managed" });
        Assert.Contains(list["CachePolicyList"]!["Items"]!.AsArray(), item => (string?)item!["CachePolicy"]!["CachePolicyConfig"]!["Name"] == "Managed-CachingOptimized");
    }
}
