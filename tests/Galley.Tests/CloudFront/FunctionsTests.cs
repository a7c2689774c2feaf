using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Galley.Tests.CloudFront;

public class FunctionsTests
{
    private static readonly GalleyOptions Options = new() { Port = 0, Account = "123456789012" };

    [Fact]
    public async Task A_function_is_made_tested_published_described_changed_and_deleted()
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var created = await Create(js, "f", "function handler(event) { console.log('seen', event.request.uri); var r = event.request; r.uri = '/new'; return r; }");
        var summary = created["FunctionSummary"]!;
        Assert.Equal(("f", "UNPUBLISHED", "DEVELOPMENT", "arn:aws:cloudfront::123456789012:function/f"),
            ((string?)summary["Name"], (string?)summary["Status"], (string?)summary["FunctionMetadata"]!["Stage"], (string?)summary["FunctionMetadata"]!["FunctionARN"]));
        Assert.Equal("FunctionAlreadyExists", (await Assert.ThrowsAsync<AwsJsError>(() => Create(js, "f", "x"))).Code);
        var etag = (string)created["ETag"]!;
        const string Event = """{"version":"1.0","context":{"eventType":"viewer-request"},"viewer":{"ip":"1.2.3.4"},"request":{"method":"GET","uri":"/old","headers":{},"cookies":{},"querystring":{}}}""";
        var tested = (await js.Call("cloudfront", "TestFunction", new JsonObject { ["Name"] = "f", ["IfMatch"] = etag, ["EventObject"] = AwsJs.Bytes(Encoding.UTF8.GetBytes(Event)) }))["TestResult"]!;
        Assert.Equal("seen /old", (string?)tested["FunctionExecutionLogs"]![0]);
        Assert.Equal("/new", (string?)JsonNode.Parse((string)tested["FunctionOutput"]!)!["request"]!["uri"]);
        Assert.InRange(int.Parse((string)tested["ComputeUtilization"]!, System.Globalization.CultureInfo.InvariantCulture), 1, 100);
        Assert.Equal("NoSuchFunctionExists", (await js.Fails("cloudfront", "DescribeFunction", new { Name = "f", Stage = "LIVE" })).Code);
        await js.Call("cloudfront", "PublishFunction", new { Name = "f", IfMatch = etag });
        Assert.Equal("LIVE", (string?)(await js.Call("cloudfront", "DescribeFunction", new { Name = "f", Stage = "LIVE" }))["FunctionSummary"]!["FunctionMetadata"]!["Stage"]);
        var updated = await js.Call("cloudfront", "UpdateFunction", new JsonObject { ["Name"] = "f", ["IfMatch"] = etag, ["FunctionConfig"] = new JsonObject { ["Comment"] = "2", ["Runtime"] = "cloudfront-js-2.0" }, ["FunctionCode"] = AwsJs.Bytes("second"u8) });
        var code = await js.Call("cloudfront", "GetFunction", new { Name = "f", Stage = "LIVE" });
        Assert.StartsWith("function handler", Encoding.UTF8.GetString(Convert.FromBase64String((string)code["FunctionCode"]!["$bytes"]!)), StringComparison.Ordinal);
        Assert.Equal("PreconditionFailed", (await js.Fails("cloudfront", "DeleteFunction", new { Name = "f", IfMatch = etag })).Code);
        Assert.Single((await js.Call("cloudfront", "ListFunctions", new { Stage = "LIVE" }))["FunctionList"]!["Items"]!.AsArray());
        await js.Call("cloudfront", "DeleteFunction", new { Name = "f", IfMatch = (string)updated["ETag"]! });
        Assert.Equal("FunctionSizeLimitExceeded", (await Assert.ThrowsAsync<AwsJsError>(() => Create(js, "large", new string(' ', 10_241)))).Code);
    }

    [Fact]
    public async Task A_viewer_request_function_rewrites_the_request_and_sees_the_event_that_AWS_gives()
    {
        await using var origin = await TestOrigin.Start(http => http.Response.WriteAsync(http.Request.Path + http.Request.QueryString + "|" + http.Request.Headers["X-Seen"] + "|" + http.Request.Headers.Cookie));
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var arn = await Published(js, "f", """
            function handler(event) {
              var r = event.request;
              r.headers['x-seen'] = { value: [event.version, event.context.eventType, event.context.distributionDomainName.endsWith('.cloudfront.net'), event.viewer.ip, r.method, r.querystring.a.value, r.querystring.m.multiValue.length, r.cookies.c.value, r.headers['x-one'].value, r.headers.cookie === undefined].join(' ') };
              r.uri = r.uri + '/index.html';
              r.querystring = { b: { value: '2' } };
              delete r.cookies.c;
              return r;
            }
            """);
        var (_, domain) = await Configs.Create(js, Attach(Configs.Custom(origin.Port, Configs.CachingDisabled).With("DefaultCacheBehavior/OriginRequestPolicyId", "b689b0a8-53d0-40ab-baf2-68738e2966ac"), "viewer-request", arn));
        using var viewer = new TestViewer(server, domain);
        var seen = await viewer.Get("/dir?a=1&m=1&m=2", ("Cookie", "c=3; d=4"), ("X-One", "uno"));
        Assert.Equal("/dir/index.html?b=2|1.0 viewer-request true 127.0.0.1 GET 1 2 3 uno true|d=4", seen.Text);
    }

    [Fact]
    public async Task A_function_answers_by_itself_and_an_error_of_its_own_is_a_503_page()
    {
        await using var origin = await TestOrigin.Start(http => http.Response.WriteAsync("origin"));
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var arn = await Published(js, "f", """
            function handler(event) {
              var uri = event.request.uri;
              if (uri === '/throw') throw new Error('oh');
              if (uri === '/loop') while (true) { }
              if (uri === '/memory') { var a = []; while (true) a.push(new Array(100000).join('x')); }
              if (uri === '/bad') return { statusCode: 'x' };
              if (uri === '/none') return undefined;
              if (uri === '/clr') return { statusCode: 200, body: String(typeof System) + typeof importNamespace };
              if (uri === '/eval') return { statusCode: 200, body: String(eval('1+1')) };
              return { statusCode: 302, statusDescription: 'Found', headers: { location: { value: '/to' } }, cookies: { a: { value: 'b', attributes: 'Path=/' } }, body: { encoding: 'text', data: 'moved' } };
            }
            """);
        var (_, domain) = await Configs.Create(js, Attach(Configs.Custom(origin.Port), "viewer-request", arn));
        using var viewer = new TestViewer(server, domain);
        var made = await viewer.Get("/x");
        Assert.Equal((302, "/to", "a=b; Path=/", "moved", "FunctionGeneratedResponse from cloudfront"), (made.Status, made["Location"], made["Set-Cookie"], made.Text, made.XCache));
        foreach (var path in (string[])["/throw", "/loop", "/memory", "/eval"])
        {
            var failed = await viewer.Get(path);
            Assert.Equal((503, "FunctionExecutionError from cloudfront"), (failed.Status, failed.XCache));
        }

        foreach (var path in (string[])["/bad", "/none"]) Assert.Equal((502, "FunctionValidationError from cloudfront"), ((await viewer.Get(path)).Status, (await viewer.Get(path)).XCache));
        Assert.Equal("undefinedundefined", (await viewer.Get("/clr")).Text);
        Assert.Empty(origin.Asked);
        var events = await js.Call("cloudwatch-logs", "DescribeLogGroups", new { });
        Assert.Empty(events["logGroups"]!.AsArray()); // they are in us-east-1
    }

    [Fact]
    public async Task A_viewer_response_function_adds_headers_to_hits_and_misses_but_not_to_errors()
    {
        await using var origin = await TestOrigin.Start(http =>
        {
            http.Response.StatusCode = http.Request.Path == "/missing" ? 404 : 200;
            http.Response.Headers.CacheControl = "max-age=60";
            return http.Response.WriteAsync("body");
        });
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var arn = await Published(js, "f", "function handler(event) { var r = event.response; r.headers['x-made'] = { value: event.context.eventType + ' ' + r.statusCode }; delete r.headers['cache-control']; return r; }");
        var (_, domain) = await Configs.Create(js, Attach(Configs.Custom(origin.Port), "viewer-response", arn));
        using var viewer = new TestViewer(server, domain);
        foreach (var xCache in (string[])["Miss from cloudfront", "Hit from cloudfront"])
        {
            var seen = await viewer.Get("/");
            Assert.Equal((xCache, "viewer-response 200", "", "body"), (seen.XCache, seen["X-Made"], seen["Cache-Control"], seen.Text));
        }

        var missing = await viewer.Get("/missing");
        Assert.Equal((404, ""), (missing.Status, missing["X-Made"]));
    }

    [Fact]
    public async Task Runtime_2_has_modules_promises_crypto_and_key_value_stores()
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var store = (await js.Call("cloudfront", "CreateKeyValueStore", new { Name = "routes", Comment = "c" }))["KeyValueStore"]!;
        Assert.Equal("READY", (string?)store["Status"]);
        var arn = (string)store["ARN"]!;
        await js.Call("s3", "CreateBucket", new { Bucket = "source", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        await js.Call("s3", "PutObject", new JsonObject { ["Bucket"] = "source", ["Key"] = "kv.json", ["Body"] = """{"data":[{"key":"/a","value":"/b"},{"key":"n","value":"{\"x\":1}"}]}""" });
        var filled = (string)(await js.Call("cloudfront", "CreateKeyValueStore", new { Name = "filled", Comment = "", ImportSource = new { SourceType = "S3", SourceARN = "arn:aws:s3:::source/kv.json" } }))["KeyValueStore"]!["ARN"]!;
        const string Code = """
            import cf from 'cloudfront';
            import crypto from 'crypto';
            const kvs = cf.kvs();
            async function handler(event) {
              const hash = crypto.createHash('sha256').update('abc').digest('hex');
              const mac = crypto.createHmac('sha256', 'key').update('abc').digest('base64url');
              const qs = require('querystring').stringify({ a: [1, 2], b: 'x y' });
              let missing = 'no';
              try { await kvs.get('absent'); } catch (e) { missing = 'yes'; }
              return { statusCode: 200, headers: { 'x-hash': { value: hash }, 'x-mac': { value: mac }, 'x-qs': { value: qs }, 'x-kv': { value: [await kvs.get('/a'), (await kvs.get('n', { format: 'json' })).x, await kvs.exists('zz'), await kvs.count(), missing].join(' ') }, 'x-buffer': { value: Buffer.from('héllo').toString('base64') + atob(btoa('ok')) } } };
            }
            """;
        var function = await Published(js, "f", Code, filled);
        Assert.Equal("CannotDeleteEntityWhileInUse", (await js.Fails("cloudfront", "DeleteKeyValueStore", new { Name = "filled", IfMatch = (string)(await js.Call("cloudfront", "DescribeKeyValueStore", new { Name = "filled" }))["ETag"]! })).Code);
        var (_, domain) = await Configs.Create(js, Attach(Configs.Custom(1), "viewer-request", function));
        using var viewer = new TestViewer(server, domain);
        var seen = await viewer.Get("/");
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", seen["X-Hash"]);
        Assert.Equal("nBlrb5xtKBlbj3UyZC8MumgYGbcjmbggUdXpJMTg5Nc".Length, seen["X-Mac"].Length);
        Assert.Equal(("a=1&a=2&b=x%20y", "/b 1 false 2 yes", "aMOpbGxvok"), (seen["X-Qs"], seen["X-Kv"], seen["X-Buffer"]));
        Assert.NotEqual(arn, filled);
    }

    [Fact]
    public async Task Items_are_written_by_the_SDK_which_signs_by_version_4a_and_the_next_run_of_a_function_reads_them()
    {
        const string Kvs = "cloudfront-keyvaluestore";
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var arn = (string)(await js.Call("cloudfront", "CreateKeyValueStore", new { Name = "routes" }))["KeyValueStore"]!["ARN"]!;
        var function = await Published(js, "f", "import cf from 'cloudfront'; const kvs = cf.kvs(); async function handler(event) { return { statusCode: 200, headers: { 'x-value': { value: await kvs.exists('a') ? await kvs.get('a') : 'none' } } }; }", arn);
        var (_, domain) = await Configs.Create(js, Attach(Configs.Custom(1), "viewer-request", function));
        using var viewer = new TestViewer(server, domain);
        Assert.Equal("none", (await viewer.Get("/"))["X-Value"]);
        var first = (string)(await js.Call(Kvs, "DescribeKeyValueStore", new { KvsARN = arn }))["ETag"]!;
        var second = await js.Call(Kvs, "PutKey", new { KvsARN = arn, Key = "a", Value = "1", IfMatch = first });
        Assert.Equal((1, 2), ((int)second["ItemCount"]!, (int)second["TotalSizeInBytes"]!));
        Assert.Equal("1", (await viewer.Get("/"))["X-Value"]);
        Assert.Equal(("ConflictException", 409), await Told(js.Fails(Kvs, "PutKey", new { KvsARN = arn, Key = "a", Value = "2", IfMatch = first })));
        var third = (string)(await js.Call(Kvs, "UpdateKeys", new { KvsARN = arn, IfMatch = (string)second["ETag"]!, Puts = new[] { new { Key = "b/ü", Value = "x" }, new { Key = "c", Value = "y" } }, Deletes = new[] { new { Key = "a" } } }))["ETag"]!;
        Assert.Equal(["b/ü", "c"], (await js.Call(Kvs, "ListKeys", new { KvsARN = arn }))["Items"]!.AsArray().Select(item => (string)item!["Key"]!));
        Assert.Equal("x", (string?)(await js.Call(Kvs, "GetKey", new { KvsARN = arn, Key = "b/ü" }))["Value"]);
        await js.Call(Kvs, "DeleteKey", new { KvsARN = arn, Key = "c", IfMatch = third });
        Assert.Equal(("ResourceNotFoundException", 404), await Told(js.Fails(Kvs, "GetKey", new { KvsARN = arn, Key = "c" })));
        Assert.Equal("none", (await viewer.Get("/"))["X-Value"]);
        Assert.Equal(("InvalidSignatureException", 403), await Told(new AwsJs(server, server.AccessKeyId, "wrong").Fails(Kvs, "GetKey", new { KvsARN = arn, Key = "b" })));

        static async Task<(string, int)> Told(Task<AwsJsError> failing)
        {
            var error = await failing;
            return (error.Code, error.Status);
        }
    }

    [Fact]
    public async Task Functions_and_stores_have_tags_that_policies_can_ask_for()
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var tags = new { Items = new[] { new { Key = "app", Value = "one" } } };
        var function = (string)(await js.Call("cloudfront", "CreateFunction", new JsonObject { ["Name"] = "f", ["FunctionConfig"] = new JsonObject { ["Comment"] = "", ["Runtime"] = "cloudfront-js-2.0" }, ["FunctionCode"] = AwsJs.Bytes("x"u8), ["Tags"] = System.Text.Json.JsonSerializer.SerializeToNode(tags) }))["FunctionSummary"]!["FunctionMetadata"]!["FunctionARN"]!;
        var store = (string)(await js.Call("cloudfront", "CreateKeyValueStore", new { Name = "s", Tags = tags }))["KeyValueStore"]!["ARN"]!;
        foreach (var arn in (string[])[function, store])
        {
            await js.Call("cloudfront", "TagResource", new { Resource = arn, Tags = new { Items = new[] { new { Key = "app", Value = "two" }, new { Key = "stage", Value = "dev" } } } });
            await js.Call("cloudfront", "UntagResource", new { Resource = arn, TagKeys = new { Items = new[] { "stage" } } });
            Assert.Equal("""[{"Key":"app","Value":"two"}]""", (await js.Call("cloudfront", "ListTagsForResource", new { Resource = arn }))["Tags"]!["Items"]!.ToJsonString());
            Assert.Equal("InvalidTagging", (await js.Fails("cloudfront", "TagResource", new { Resource = arn, Tags = new { Items = new[] { new { Key = "aws:x", Value = "" } } } })).Code);
        }

        Assert.Equal("NoSuchResource", (await js.Fails("cloudfront", "ListTagsForResource", new { Resource = store + "x" })).Code);
        await js.Call("iam", "CreateUser", new { UserName = "u" });
        await js.Call("iam", "PutUserPolicy", new { UserName = "u", PolicyName = "p", PolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cloudfront:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/app":"two"}}},{"Effect":"Allow","Action":"cloudfront:CreateFunction","Resource":"*"}]}""" });
        var key = (await js.Call("iam", "CreateAccessKey", new { UserName = "u" }))["AccessKey"]!;
        var user = new AwsJs(server, (string)key["AccessKeyId"]!, (string)key["SecretAccessKey"]!);
        await user.Call("cloudfront", "DescribeFunction", new { Name = "f" });
        await Create(js, "bare", "x");
        Assert.Equal("AccessDenied", (await user.Fails("cloudfront", "DescribeFunction", new { Name = "bare" })).Code);
        await Create(user, "made", "x");
        var tagged = await Assert.ThrowsAsync<AwsJsError>(() => user.Call("cloudfront", "CreateFunction", new JsonObject { ["Name"] = "g", ["FunctionConfig"] = new JsonObject { ["Comment"] = "", ["Runtime"] = "cloudfront-js-2.0" }, ["FunctionCode"] = AwsJs.Bytes("x"u8), ["Tags"] = System.Text.Json.JsonSerializer.SerializeToNode(tags) }));
        Assert.Contains("cloudfront:TagResource", tagged.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Distributions_take_only_published_functions_one_for_each_event()
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        var draft = (string)(await Create(js, "draft", "function handler(e) { return e.request; }"))["FunctionSummary"]!["FunctionMetadata"]!["FunctionARN"]!;
        Assert.Equal("InvalidFunctionAssociation", (await Assert.ThrowsAsync<AwsJsError>(() => Configs.Create(js, Attach(Configs.Custom(1), "viewer-request", draft)))).Code);
        var live = await Published(js, "live", "function handler(e) { return e.request; }");
        var (id, _) = await Configs.Create(js, Attach(Configs.Custom(1), "viewer-request", live));
        var used = await js.Fails("cloudfront", "DeleteFunction", new { Name = "live", IfMatch = (string)(await js.Call("cloudfront", "DescribeFunction", new { Name = "live" }))["ETag"]! });
        Assert.Equal(("FunctionInUse", 409), (used.Code, used.Status));
        var lambda = await Assert.ThrowsAsync<AwsJsError>(() => Configs.Create(js, Configs.Custom(1).With("CallerReference", "l").With("DefaultCacheBehavior/LambdaFunctionAssociations", JsonNode.Parse("""{"Quantity":1,"Items":[{"LambdaFunctionARN":"arn:aws:lambda:eu-west-2:123456789012:function:x:1","EventType":"viewer-request"}]}"""))));
        Assert.Equal(("InvalidLambdaFunctionAssociation", 400), (lambda.Code, lambda.Status));
        Assert.NotEmpty(id);
    }

    internal static JsonObject Attach(JsonObject config, string type, string arn)
        => config.With("DefaultCacheBehavior/FunctionAssociations", new JsonObject { ["Quantity"] = 1, ["Items"] = new JsonArray(new JsonObject { ["EventType"] = type, ["FunctionARN"] = arn }) });

    internal static async Task<string> Published(AwsJs js, string name, string code, string? store = null)
    {
        var created = await Create(js, name, code, store);
        await js.Call("cloudfront", "PublishFunction", new { Name = name, IfMatch = (string)created["ETag"]! });
        return (string)created["FunctionSummary"]!["FunctionMetadata"]!["FunctionARN"]!;
    }

    private static Task<JsonObject> Create(AwsJs js, string name, string code, string? store = null)
    {
        var config = new JsonObject { ["Comment"] = "", ["Runtime"] = "cloudfront-js-2.0" };
        if (store is not null) config["KeyValueStoreAssociations"] = new JsonObject { ["Quantity"] = 1, ["Items"] = new JsonArray(new JsonObject { ["KeyValueStoreARN"] = store }) };
        return js.Call("cloudfront", "CreateFunction", new JsonObject { ["Name"] = name, ["FunctionConfig"] = config, ["FunctionCode"] = AwsJs.Bytes(Encoding.UTF8.GetBytes(code)) });
    }
}
