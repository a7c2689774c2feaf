using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Galley.Tests.Lambda;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.CloudFront;

/// <summary>Group G of the security list, row by row, each with the ordinary request that must go on working.</summary>
public class DeceptionTests
{
    private const string AllButHost = "b689b0a8-53d0-40ab-baf2-68738e2966ac";
    private static readonly GalleyOptions Options = new() { Port = 0, Account = "123456789012" };

    [Theory]
    [InlineData("private")]
    [InlineData("private, max-age=60")]
    [InlineData("no-store")]
    [InlineData("no-store, max-age=60")]
    [InlineData("no-cache")]
    public async Task Row_95_private_no_store_no_cache_and_cookies_reach_no_second_viewer(string control)
    {
        var count = 0;
        await using var origin = await TestOrigin.Start(http =>
        {
            http.Response.Headers.CacheControl = http.Request.Path == "/public" ? "max-age=60" : http.Request.Path == "/cookie" ? "max-age=60" : control;
            if (http.Request.Path == "/cookie") http.Response.Headers.SetCookie = "session=" + count;
            return http.Response.WriteAsync($"{++count}");
        });
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var (_, domain) = await Configs.Create(js, Configs.Custom(origin.Port, await Policy(js)).With("DefaultCacheBehavior/OriginRequestPolicyId", AllButHost));
        var (_, plain) = await Configs.Create(js, Configs.Custom(origin.Port, await Policy(js, "p2")).With("CallerReference", "plain"));
        using var viewer = new TestViewer(server, domain);
        using var stripping = new TestViewer(server, plain);
        foreach (var path in (string[])["/me", "/cookie"]) Assert.NotEqual((await viewer.Get(path)).Text, (await viewer.Get(path)).Text);
        Assert.NotEqual((await viewer.Get("/public?1", ("Authorization", "Bearer a"))).Text, (await viewer.Get("/public?1", ("Authorization", "Bearer b"))).Text);
        Assert.Equal((await viewer.Get("/public")).Text, (await viewer.Get("/public")).Text);
        // not forwarded: neither the token nor the cookie exist for this distribution
        var first = await stripping.Get("/cookie", ("Authorization", "Bearer a"));
        Assert.Equal(("", first.Text), (first["Set-Cookie"], (await stripping.Get("/cookie", ("Authorization", "Bearer b"))).Text));
        Assert.False(origin.Asked[^1].Headers.ContainsKey("Authorization"));
    }

    [Theory]
    [InlineData("/me/x.css")]
    [InlineData("/me;x.css")]
    [InlineData("/me%3bx.css")]
    [InlineData("/me%0a.css")]
    [InlineData("/static/..%2fme")]
    [InlineData("//me")]
    [InlineData("/static/../me")]
    public async Task Row_96_a_personal_page_by_another_name_is_no_hit_for_the_next_viewer(string path)
    {
        await using var origin = await TestOrigin.Start(http =>
        {
            // an origin that answers much under the name of little
            var target = http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
            http.Response.Headers.CacheControl = target.Contains("me", StringComparison.Ordinal) ? "private" : "max-age=60";
            return http.Response.WriteAsync(target + " for " + http.Request.Headers.Cookie);
        });
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var config = Configs.Custom(origin.Port, Configs.CachingDisabled).With("DefaultCacheBehavior/OriginRequestPolicyId", AllButHost);
        var statics = config["DefaultCacheBehavior"]!.DeepClone().AsObject();
        statics["PathPattern"] = "*.css";
        statics["CachePolicyId"] = await Policy(js);
        var folder = statics.DeepClone().AsObject();
        folder["PathPattern"] = "/static/*";
        config["CacheBehaviors"] = new JsonObject { ["Quantity"] = 2, ["Items"] = new JsonArray(statics, folder) };
        var (_, domain) = await Configs.Create(js, config);
        using var viewer = new TestViewer(server, domain);
        Assert.Contains("for a=victim", (await viewer.Get(path, ("Cookie", "a=victim"))).Text, StringComparison.Ordinal);
        var second = await viewer.Get(path);
        Assert.Equal("Miss from cloudfront", second.XCache);
        Assert.DoesNotContain("victim", second.Text, StringComparison.Ordinal);
        Assert.Equal("Miss from cloudfront", (await viewer.Get("/site.css")).XCache);
        Assert.Equal("Hit from cloudfront", (await viewer.Get("/site.css")).XCache);
    }

    [Fact]
    public async Task Row_97_headers_that_rewrite_requests_stop_at_the_edge_and_poison_nothing()
    {
        await using var origin = await TestOrigin.Start(http =>
        {
            http.Response.Headers.CacheControl = "max-age=60";
            return http.Response.WriteAsync(string.Join(',', http.Request.Headers.Where(header => header.Key.StartsWith("X-Orig", StringComparison.Ordinal) || header.Key.Contains("Forwarded-Host", StringComparison.Ordinal) || header.Key.Contains("Override", StringComparison.Ordinal) || header.Key is "Forwarded" or "X-Rewrite-URL").Select(header => header.Key)));
        });
        await using var server = await GalleyServer.StartAsync(Options);
        var (_, domain) = await Configs.Create(new AwsJs(server), Configs.Custom(origin.Port));
        using var viewer = new TestViewer(server, domain);
        Assert.Equal("", (await viewer.Get("/", ("X-Forwarded-Host", "evil"), ("X-Original-URL", "/admin"), ("X-Rewrite-URL", "/admin"), ("Forwarded", "host=evil"), ("X-HTTP-Method-Override", "DELETE"))).Text);
        var next = await viewer.Get("/");
        Assert.Equal(("", "Hit from cloudfront"), (next.Text, next.XCache));
    }

    [Fact]
    public async Task Rows_98_to_100_bodies_methods_hosts_chains_and_sizes_beyond_the_limits_never_reach_the_origin()
    {
        await using var origin = await TestOrigin.Start(http => http.Response.WriteAsync("x"));
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var (_, domain) = await Configs.Create(js, Configs.Custom(origin.Port));
        using var viewer = new TestViewer(server, domain);
        Assert.Equal(403, await Raw(server, $"GET / HTTP/1.1\r\nHost: {domain}\r\nContent-Length: 1\r\n\r\nx"));
        Assert.Equal(403, (await viewer.Send("POST", "/")).Status);
        Assert.Equal(403, (await viewer.Send("BREW", "/")).Status);
        using var unknown = new TestViewer(server, "d0000000000000.cloudfront.net");
        Assert.Equal(403, (await unknown.Get("/")).Status);
        Assert.Equal(403, (await viewer.Get("/", ("Via", "1.1 a.cloudfront.net (CloudFront), 1.1 b.cloudfront.net (CloudFront)"))).Status);
        Assert.Equal(414, (await viewer.Get("/" + new string('a', 8193 - domain.Length))).Status);
        Assert.Equal(431, (await viewer.Get("/", ("X-Long", new string('a', 20_481)))).Status);
        Assert.Empty(origin.Asked);
        Assert.Equal(200, (await viewer.Get("/" + new string('a', 4000), ("X-Long", new string('a', 16_000)), ("Via", "1.1 a.cloudfront.net (CloudFront)"))).Status);
        Assert.Single(origin.Asked);
    }

    [Fact]
    public async Task Row_101_an_error_made_by_one_viewers_header_does_not_stay_and_a_stale_copy_stands_in()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var origin = await TestOrigin.Start(http =>
        {
            http.Response.StatusCode = http.Request.Headers.ContainsKey("X-Bad") ? 400 : 200;
            http.Response.Headers.CacheControl = http.Response.StatusCode == 400 ? "" : "max-age=5";
            return http.Response.WriteAsync("answer");
        });
        await using var server = await GalleyServer.StartAsync(Options with { Time = time });
        var js = new AwsJs(server);
        var (_, domain) = await Configs.Create(js, Configs.Custom(origin.Port, await Policy(js)).With("DefaultCacheBehavior/OriginRequestPolicyId", AllButHost)
            .With("CustomErrorResponses", JsonNode.Parse("""{"Quantity":1,"Items":[{"ErrorCode":400,"ErrorCachingMinTTL":3}]}""")));
        using var viewer = new TestViewer(server, domain);
        Assert.Equal(400, (await viewer.Get("/", ("X-Bad", "1"))).Status);
        Assert.Equal(400, (await viewer.Get("/")).Status); // for its error caching minimum TTL …
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(200, (await viewer.Get("/")).Status); // … and no longer
    }

    [Fact]
    public async Task Row_102_answers_cut_short_are_not_kept()
    {
        var whole = false;
        await using var origin = await TestOrigin.Start(async http =>
        {
            http.Response.Headers.CacheControl = "max-age=60";
            if (http.Request.Path == "/length") http.Response.ContentLength = 10;
            if (http.Request.Path == "/part") http.Response.StatusCode = whole ? 200 : 206;
            await http.Response.WriteAsync(whole ? "0123456789" : "01234");
            await http.Response.Body.FlushAsync();
            if (!whole && http.Request.Path != "/part") http.Abort();
        });
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var (_, domain) = await Configs.Create(js, Configs.Custom(origin.Port).With("CustomErrorResponses", JsonNode.Parse("""{"Quantity":1,"Items":[{"ErrorCode":502,"ErrorCachingMinTTL":0}]}""")));
        using var viewer = new TestViewer(server, domain);
        foreach (var path in (string[])["/length", "/chunked"]) Assert.Equal(502, (await viewer.Get(path)).Status);
        Assert.Equal("01234", (await viewer.Get("/part")).Text);
        whole = true;
        foreach (var path in (string[])["/length", "/chunked", "/part"])
        {
            Assert.Equal(("0123456789", "Miss from cloudfront"), ((await viewer.Get(path)) is var first ? (first.Text, first.XCache) : default));
            Assert.Equal("Hit from cloudfront", (await viewer.Get(path)).XCache);
        }
    }

    [Fact]
    public async Task Row_103_Vary_star_is_asked_for_every_time_and_names_outside_the_key_are_taken_away()
    {
        await using var origin = await TestOrigin.Start(http =>
        {
            http.Response.Headers.CacheControl = "max-age=60";
            http.Response.Headers.Vary = http.Request.Path == "/star" ? "*" : "User-Agent, Accept-Encoding";
            return http.Response.WriteAsync("x");
        });
        await using var server = await GalleyServer.StartAsync(Options);
        var (_, domain) = await Configs.Create(new AwsJs(server), Configs.Custom(origin.Port));
        using var viewer = new TestViewer(server, domain);
        await viewer.Get("/star");
        Assert.Equal("Miss from cloudfront", (await viewer.Get("/star")).XCache);
        Assert.Equal("Accept-Encoding", (await viewer.Get("/other"))["Vary"]);
        Assert.Equal("Hit from cloudfront", (await viewer.Get("/other")).XCache);
    }

    [Fact]
    public async Task Row_104_metadata_addresses_and_our_own_doors_are_no_origins()
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        foreach (var name in (string[])["169.254.169.254", "[fd00:ec2::254]", "127.0.0.1", "0x7f.1", "2130706433"])
            Assert.Equal(400, (await Assert.ThrowsAsync<AwsJsError>(() => Configs.Create(js, Configs.Custom(80).With("Origins/Items/0/DomainName", name)))).Status);
        // our own port answers as to any stranger: a signature is asked for
        var (_, domain) = await Configs.Create(js, Configs.Custom(server.Port).With("CallerReference", "own").With("DefaultCacheBehavior/AllowedMethods", AllMethods));
        using var viewer = new TestViewer(server, domain);
        Assert.NotEqual(200, (await viewer.Get("/2020-05-31/distribution")).Status);
        // and what is for whoever runs Galley is not reached: a page of any origin could send a form there, and CloudFront takes away where it came from
        foreach (var (method, path) in ((string, string)[])[("POST", "/_galley/reset"), ("GET", "/_galley/health"), ("GET", "/_galley/explain"), ("GET", "/_galley/open?token=x")])
            Assert.Equal((path, 502), (path, (await viewer.Send(method, path)).Status));
        Assert.Single((await js.Call("cloudfront", "ListDistributions"))["DistributionList"]!["Items"]!.AsArray());
        var (_, inner) = await Configs.Create(js, Configs.Custom(server.Port).With("CallerReference", "path").With("Origins/Items/0/OriginPath", "/_galley").With("DefaultCacheBehavior/AllowedMethods", AllMethods));
        using var within = new TestViewer(server, inner);
        Assert.Equal(502, (await within.Send("POST", "/reset")).Status);
        foreach (var page in (string[])["inbox", "console"])
        {
            var (_, name) = await Configs.Create(js, Configs.Custom(server.Port).With("CallerReference", page).With("Origins/Items/0/DomainName", page + ".galley.localhost"));
            using var visitor = new TestViewer(server, name);
            Assert.Equal((page, 502), (page, (await visitor.Get("/")).Status));
        }

        // an app's own address below /_galley/ is its address
        var (_, api) = await Configs.Create(js, Configs.Custom(server.Port).With("CallerReference", "api").With("Origins/Items/0/OriginPath", "/_galley/cloudfront/none"));
        using var user = new TestViewer(server, api);
        Assert.Equal(403, (await user.Get("/")).Status);
    }

    /// <summary>Code at the edge may say another host than the origin's.</summary>
    [Fact]
    public async Task Row_104_a_function_at_the_edge_cannot_name_Galleys_own_pages()
    {
        await using var functions = new TestFunctions(await GalleyServer.StartAsync(Options with { Region = "us-east-1" }));
        var js = functions.Js;
        await functions.Python("f", "", await functions.Role("r"));
        using var edge = functions.Server.UseFunction("f", (@event, _) =>
        {
            var request = JsonNode.Parse(@event.Span)!["Records"]![0]!["cf"]!["request"]!;
            request["headers"]!["host"] = new JsonArray(new JsonObject { ["key"] = "Host", ["value"] = $"inbox.galley.localhost:{functions.Server.Port}" });
            return Task.FromResult<ReadOnlyMemory<byte>>(Encoding.UTF8.GetBytes(request.ToJsonString()));
        });
        var version = (string)(await js.Call("lambda", "PublishVersion", new { FunctionName = "f" }))["FunctionArn"]!;
        var (_, domain) = await Configs.Create(js, Configs.Custom(functions.Server.Port)
            .With("DefaultCacheBehavior/LambdaFunctionAssociations", new JsonObject { ["Quantity"] = 1, ["Items"] = new JsonArray(new JsonObject { ["EventType"] = "origin-request", ["LambdaFunctionARN"] = version }) }));
        using var viewer = new TestViewer(functions.Server, domain);
        Assert.Equal(502, (await viewer.Get("/")).Status);
    }

    private static JsonNode AllMethods => JsonNode.Parse("""{"Quantity":7,"Items":["GET","HEAD","OPTIONS","PUT","PATCH","POST","DELETE"],"CachedMethods":{"Quantity":2,"Items":["GET","HEAD"]}}""")!;

    [Fact]
    public async Task Row_105_of_32_requests_that_waited_together_each_fetches_its_own_private_answer()
    {
        var gate = new TaskCompletionSource();
        var count = 0;
        await using var origin = await TestOrigin.Start(async http =>
        {
            await gate.Task;
            http.Response.Headers.CacheControl = http.Request.Path == "/shared" ? "max-age=60" : "private";
            await http.Response.WriteAsync($"{Interlocked.Increment(ref count)}");
        });
        await using var server = await GalleyServer.StartAsync(Options);
        var (_, domain) = await Configs.Create(new AwsJs(server), Configs.Custom(origin.Port)); // CachingOptimized: minimum TTL 1
        using var viewer = new TestViewer(server, domain);
        var own = Enumerable.Range(0, 32).Select(_ => viewer.Get("/mine")).ToList();
        var shared = Enumerable.Range(0, 32).Select(_ => viewer.Get("/shared")).ToList();
        gate.SetResult();
        Assert.Equal(32, (await Task.WhenAll(own)).Select(seen => seen.Text).Distinct().Count());
        Assert.Single((await Task.WhenAll(shared)).Select(seen => seen.Text).Distinct());
    }

    private static async Task<string> Policy(AwsJs js, string name = "p") => (string)(await js.Call("cloudfront", "CreateCachePolicy", new
    {
        CachePolicyConfig = new
        {
            Name = name,
            MinTTL = 0,
            DefaultTTL = 86_400,
            MaxTTL = 31_536_000,
            ParametersInCacheKeyAndForwardedToOrigin = new
            {
                EnableAcceptEncodingGzip = true,
                HeadersConfig = new { HeaderBehavior = "none" },
                CookiesConfig = new { CookieBehavior = "none" },
                QueryStringsConfig = new { QueryStringBehavior = "all" },
            },
        },
    }))["CachePolicy"]!["Id"]!;

    private static async Task<int> Raw(GalleyServer server, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", server.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return int.Parse((await reader.ReadLineAsync())!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
