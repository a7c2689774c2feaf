using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Galley.Tests.Lambda;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.CloudFront;

/// <summary>What behaviours add to plain serving: origin groups, identities, aliases, Lambda@Edge, logs, timing headers.</summary>
public class EdgeTests
{
    private static readonly GalleyOptions Options = new() { Port = 0, Account = "123456789012" };

    [Fact]
    public async Task An_origin_group_asks_its_second_member_for_the_statuses_it_names_and_when_the_first_is_gone()
    {
        await using var first = await TestOrigin.Start(http =>
        {
            http.Response.StatusCode = http.Request.Path == "/503" ? 503 : http.Request.Path == "/404" ? 404 : 200;
            return http.Response.WriteAsync("first");
        });
        await using var second = await TestOrigin.Start(http => http.Response.WriteAsync("second"));
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        JsonObject Group(int port, string reference)
        {
            var config = Configs.Custom(port, Configs.CachingDisabled).With("CallerReference", reference);
            var spare = config["Origins"]!["Items"]![0]!.DeepClone().AsObject().With("Id", "spare").With("CustomOriginConfig/HTTPPort", second.Port);
            config["Origins"]!["Items"]!.AsArray().Add(spare);
            config["Origins"]!["Quantity"] = 2;
            config["OriginGroups"] = JsonNode.Parse("""{"Quantity":1,"Items":[{"Id":"group","FailoverCriteria":{"StatusCodes":{"Quantity":2,"Items":[500,503]}},"Members":{"Quantity":2,"Items":[{"OriginId":"site"},{"OriginId":"spare"}]}}]}""");
            return config.With("DefaultCacheBehavior/TargetOriginId", "group").With("DefaultCacheBehavior/AllowedMethods", JsonNode.Parse("""{"Quantity":7,"Items":["GET","HEAD","OPTIONS","PUT","POST","PATCH","DELETE"]}"""));
        }

        var (_, domain) = await Configs.Create(js, Group(first.Port, "a"));
        using var viewer = new TestViewer(server, domain);
        Assert.Equal("first", (await viewer.Get("/")).Text);
        Assert.Equal((200, "second"), (await viewer.Get("/503")) is var failed ? (failed.Status, failed.Text) : default);
        Assert.Equal(404, (await viewer.Get("/404")).Status);
        Assert.Equal(503, (await viewer.Send("POST", "/503")).Status);
        var (_, gone) = await Configs.Create(js, Group(1, "b"));
        using var other = new TestViewer(server, gone);
        Assert.Equal("second", (await other.Get("/")).Text);
    }

    [Fact]
    public async Task An_origin_access_identity_reads_a_private_bucket_whose_policy_names_it()
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        await js.Call("s3", "CreateBucket", new { Bucket = "site", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        await js.Call("s3", "PutObject", new JsonObject { ["Bucket"] = "site", ["Key"] = "index.html", ["Body"] = "private", ["ContentType"] = "text/html" });
        var made = (await js.Call("cloudfront", "CreateCloudFrontOriginAccessIdentity", new { CloudFrontOriginAccessIdentityConfig = new { CallerReference = "1", Comment = "c" } }))["CloudFrontOriginAccessIdentity"]!;
        var id = (string)made["Id"]!;
        Assert.Matches("^[0-9a-f]{96}$", (string)made["S3CanonicalUserId"]!);
        var (_, domain) = await Configs.Create(js, Configs.Bucket("site").With("DefaultCacheBehavior/ViewerProtocolPolicy", "allow-all")
            .With("Origins/Items/0/S3OriginConfig/OriginAccessIdentity", "origin-access-identity/cloudfront/" + id).With("CustomErrorResponses", new JsonObject { ["Quantity"] = 0 }));
        using var viewer = new TestViewer(server, domain);
        Assert.Equal(403, (await viewer.Get("/?1")).Status);
        await js.Call("s3", "PutBucketPolicy", new
        {
            Bucket = "site",
            Policy = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {{id}}"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::site/*"}]}""",
        });
        Assert.Equal("private", (await viewer.Get("/index.html?2")).Text);
        var used = await js.Fails("cloudfront", "DeleteCloudFrontOriginAccessIdentity", new { Id = id, IfMatch = (string)(await js.Call("cloudfront", "GetCloudFrontOriginAccessIdentity", new { Id = id }))["ETag"]! });
        Assert.Equal(("CloudFrontOriginAccessIdentityInUse", 409), (used.Code, used.Status));
        Assert.Single((await js.Call("cloudfront", "ListCloudFrontOriginAccessIdentities"))["CloudFrontOriginAccessIdentityList"]!["Items"]!.AsArray());
    }

    [Fact]
    public async Task Alternate_domain_names_lead_to_their_distribution_wildcards_too_and_belong_to_one()
    {
        await using var origin = await TestOrigin.Start(http => http.Response.WriteAsync("x"));
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        JsonObject Named(string reference, params string[] names) => Configs.Custom(origin.Port).With("CallerReference", reference)
            .With("Aliases", new JsonObject { ["Quantity"] = names.Length, ["Items"] = new JsonArray([.. names.Select(name => (JsonNode)name)]) })
            .With("ViewerCertificate", JsonNode.Parse("""{"ACMCertificateArn":"arn:aws:acm:us-east-1:123456789012:certificate/1","SSLSupportMethod":"sni-only","MinimumProtocolVersion":"TLSv1.2_2021"}"""));
        var (id, _) = await Configs.Create(js, Named("a", "www.recipes.example", "*.cdn.example"));
        foreach (var (name, status) in ((string, int)[])[("www.recipes.example", 200), ("a.cdn.example", 200), ("WWW.Recipes.example", 200), ("recipes.example", 403), ("a.b.cdn.example", 403)])
        {
            using var viewer = new TestViewer(server, name);
            Assert.Equal(status, (await viewer.Get("/")).Status);
        }

        var taken = await Assert.ThrowsAsync<AwsJsError>(() => Configs.Create(js, Named("b", "www.recipes.example")));
        Assert.Equal(("CNAMEAlreadyExists", 409), (taken.Code, taken.Status));
        Assert.Equal("InvalidViewerCertificate", (await Assert.ThrowsAsync<AwsJsError>(() => Configs.Create(js, Named("c", "x.example").With("ViewerCertificate", JsonNode.Parse("""{"CloudFrontDefaultCertificate":true}"""))))).Code);
        var certificate = (await js.Call("cloudfront", "GetDistribution", new { Id = id }))["Distribution"]!["DistributionConfig"]!["ViewerCertificate"]!;
        Assert.Equal(("acm", false), ((string?)certificate["CertificateSource"], (bool)certificate["CloudFrontDefaultCertificate"]!));
    }

    [Fact]
    public async Task Lambda_functions_at_all_four_places_see_and_change_what_AWS_lets_them()
    {
        await using var origin = await TestOrigin.Start(http =>
        {
            http.Response.Headers.CacheControl = "max-age=60";
            return http.Response.WriteAsync($"{http.Request.Path} {http.Request.Headers["X-Viewer"]} {http.Request.Headers["X-Origin"]}");
        });
        await using var functions = new TestFunctions(await GalleyServer.StartAsync(Options with { Region = "us-east-1" }));
        var js = functions.Js;
        var role = await functions.Role("edge");
        await functions.Python("f", """
            def lambda_handler(event, context):
                cf = event['Records'][0]['cf']
                kind, request = cf['config']['eventType'], cf['request']
                if kind == 'viewer-request':
                    if request['uri'] == '/made':
                        return {'status': '418', 'statusDescription': 'teapot', 'headers': {'x-made': [{'key': 'X-Made', 'value': kind}]}, 'body': 'dGVh', 'bodyEncoding': 'base64'}
                    if request['uri'] == '/fail':
                        raise Exception('no')
                    if request['uri'] == '/invalid':
                        return {'uri': 5}
                    request['uri'] = request['uri'] + '.html'
                    request['headers']['x-viewer'] = [{'key': 'X-Viewer', 'value': request['clientIp']}]
                    return request
                if kind == 'origin-request':
                    request['headers']['x-origin'] = [{'key': 'X-Origin', 'value': request['origin']['custom']['domainName']}]
                    return request
                response = cf['response']
                response['headers']['x-' + kind] = [{'key': 'X-' + kind, 'value': response['status']}]
                return response
            """, role);
        var version = (string)(await js.Call("lambda", "PublishVersion", new { FunctionName = "f" }))["FunctionArn"]!;
        var (_, domain) = await Configs.Create(js, Configs.Custom(origin.Port).With("DefaultCacheBehavior/OriginRequestPolicyId", "b689b0a8-53d0-40ab-baf2-68738e2966ac")
            .With("DefaultCacheBehavior/LambdaFunctionAssociations", new JsonObject
            {
                ["Quantity"] = 4,
                ["Items"] = new JsonArray([.. ((string[])["viewer-request", "viewer-response", "origin-request", "origin-response"]).Select(type => new JsonObject { ["EventType"] = type, ["LambdaFunctionARN"] = version })]),
            }));
        using var viewer = new TestViewer(functions.Server, domain);
        var miss = await viewer.Get("/a");
        Assert.Equal((200, "/a.html 127.0.0.1 localhost", "200", "200", "Miss from cloudfront"), (miss.Status, miss.Text, miss["X-viewer-response"], miss["X-origin-response"], miss.XCache));
        Assert.Equal(("Hit from cloudfront", "200"), (await viewer.Get("/a")) is var hit ? (hit.XCache, hit["X-origin-response"]) : default);
        var made = await viewer.Get("/made");
        Assert.Equal((418, "tea", "viewer-request", "LambdaGeneratedResponse from cloudfront"), (made.Status, made.Text, made["X-Made"], made.XCache));
        Assert.Equal((503, "LambdaExecutionError from cloudfront"), (await viewer.Get("/fail")) is var failed ? (failed.Status, failed.XCache) : default);
        Assert.Equal((502, "LambdaValidationError from cloudfront"), (await viewer.Get("/invalid")) is var invalid ? (invalid.Status, invalid.XCache) : default);
        Assert.Single(origin.Asked);
    }

    [Fact]
    public async Task Standard_logs_come_every_minute_as_gzip_with_AWS_fields()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var origin = await TestOrigin.Start(http => http.Response.WriteAsync("hello"));
        await using var server = await GalleyServer.StartAsync(Options with { Time = time });
        var js = new AwsJs(server);
        await js.Call("s3", "CreateBucket", new { Bucket = "logs", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        var (id, domain) = await Configs.Create(js, Configs.Custom(origin.Port).With("Logging", JsonNode.Parse("""{"Enabled":true,"IncludeCookies":true,"Bucket":"logs.s3.amazonaws.com","Prefix":"cdn/"}""")));
        using var viewer = new TestViewer(server, domain);
        await viewer.Get("/a%20b?x=1", ("User-Agent", "a \"browser\""), ("Cookie", "c=1"));
        await viewer.Get("/a%20b?x=1");
        await viewer.Send("POST", "/");
        // A request is logged when its answer has been sent, so the last may come into the next minute's object.
        var rows = new List<Dictionary<string, string>>();
        for (var minute = 0; rows.Count < 3; minute++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            JsonArray? objects = null;
            for (var tries = 0; tries < 2000 && (objects?.Count ?? 0) <= minute; tries++) objects = (await js.Call("s3", "ListObjectsV2", new { Bucket = "logs" }))["Contents"]?.AsArray();
            rows.Clear();
            foreach (var key in objects!.OrderBy(at => (string)at!["LastModified"]!, StringComparer.Ordinal).Select(at => (string)at!["Key"]!))
            {
                Assert.Matches($"^cdn/{id}\\.\\d{{4}}-\\d\\d-\\d\\d-\\d\\d\\.[0-9a-z]{{8}}\\.gz$", key);
                var body = Convert.FromBase64String((string)(await js.Call("s3", "GetObject", new { Bucket = "logs", Key = key }))["Body"]!["$bytes"]!);
                using var reader = new StreamReader(new GZipStream(new MemoryStream(body), CompressionMode.Decompress), Encoding.UTF8);
                var lines = (await reader.ReadToEndAsync()).TrimEnd().Split('\n');
                Assert.Equal("#Version: 1.0", lines[0]);
                var names = lines[1]["#Fields: ".Length..].Split(' ');
                rows.AddRange(lines[2..].Select(line => names.Zip(line.Split('\t')).ToDictionary(pair => pair.First, pair => pair.Second)));
            }
        }

        Assert.Equal(["Miss", "Hit", "Error"], rows.Select(row => row["x-edge-result-type"]));
        Assert.Equal(("GET", "200", "x=1", "a%20%22browser%22", "c=1", "5", "127.0.0.1"), (rows[0]["cs-method"], rows[0]["sc-status"], rows[0]["cs-uri-query"], rows[0]["cs(User-Agent)"], rows[0]["cs(Cookie)"], rows[0]["sc-bytes"], rows[0]["c-ip"]));
        Assert.Equal(("POST", "403"), (rows[2]["cs-method"], rows[2]["sc-status"]));
    }

    [Fact]
    public async Task Server_timing_tells_of_the_cache_and_removed_headers_are_gone()
    {
        await using var origin = await TestOrigin.Start(http =>
        {
            http.Response.Headers["X-Powered-By"] = "origin";
            return http.Response.WriteAsync("x");
        });
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var policy = await js.Call("cloudfront", "CreateResponseHeadersPolicy", new JsonObject
        {
            ["ResponseHeadersPolicyConfig"] = JsonNode.Parse("""{"Name":"t","ServerTimingHeadersConfig":{"Enabled":true,"SamplingRate":100},"RemoveHeadersConfig":{"Quantity":1,"Items":[{"Header":"X-Powered-By"}]}}"""),
        });
        var (_, domain) = await Configs.Create(js, Configs.Custom(origin.Port).With("DefaultCacheBehavior/ResponseHeadersPolicyId", (string)policy["ResponseHeadersPolicy"]!["Id"]!));
        using var viewer = new TestViewer(server, domain);
        var miss = await viewer.Get("/");
        Assert.Equal(("", true), (miss["X-Powered-By"], miss["Server-Timing"].StartsWith("cdn-cache-miss, cdn-pop;desc=\"", StringComparison.Ordinal)));
        Assert.StartsWith("cdn-cache-hit", (await viewer.Get("/"))["Server-Timing"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_kept_is_sent_on_as_it_comes()
    {
        var gate = new TaskCompletionSource();
        await using var origin = await TestOrigin.Start(async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("data: one\n\n");
            await http.Response.Body.FlushAsync();
            await gate.Task;
            await http.Response.WriteAsync("data: two\n\n");
        });
        await using var server = await GalleyServer.StartAsync(Options);
        var (_, domain) = await Configs.Create(new AwsJs(server), Configs.Custom(origin.Port, Configs.CachingDisabled));
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Endpoint) { Headers = { Host = domain } };
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal("data: one", await reader.ReadLineAsync()); // while the origin still waits
        gate.SetResult();
        Assert.Contains("data: two", await reader.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operations_that_Galley_does_not_have_are_refused_by_their_names()
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var (id, _) = await Configs.Create(js, Configs.Custom(1));
        foreach (var (name, input) in ((string, object)[])[
                     ("CopyDistribution", new { PrimaryDistributionId = id, CallerReference = "x" }), ("ListStreamingDistributions", new { }), ("ListContinuousDeploymentPolicies", new { }),
                     ("ListRealtimeLogConfigs", new { }), ("ListVpcOrigins", new { }), ("ListAnycastIpLists", new { }), ("GetMonitoringSubscription", new { DistributionId = id })])
        {
            var error = await js.Fails("cloudfront", name, input);
            Assert.Equal(("UnsupportedOperation", true), (error.Code, error.Text.Contains(name, StringComparison.Ordinal)));
        }

        Assert.Equal(id, (string?)(await js.Call("cloudfront", "ListDistributionsByCachePolicyId", new { CachePolicyId = Configs.CachingOptimized }))["DistributionIdList"]!["Items"]![0]);
    }
}
