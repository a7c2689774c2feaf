using System.Text;
using System.Text.Json.Nodes;
using Galley.Tests.Lambda;

namespace Galley.Tests.ApiGateway;

/// <summary>Events and answers of both formats, member by member, through functions in Python and Node.</summary>
public class EventsTests
{
    private const string Echo = "import json\ndef lambda_handler(event, context): return {'statusCode': 200, 'headers': {'Content-Type': 'application/json'}, 'body': json.dumps(event)}";

    private static string Members(JsonNode node) => string.Join(' ', node.AsObject().Select(member => member.Key).Order(StringComparer.Ordinal));

    private static async Task<JsonNode> Seen(HttpApiFixture fixture, HttpMethod method, string path, HttpContent? body, params (string, string)[] headers)
    {
        using var response = await fixture.Send(method, path, body, headers);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == 200, text);
        return JsonNode.Parse(text)!;
    }

    [Fact]
    public async Task Format_2_has_every_member_and_no_empty_one()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.FunctionRoute("ANY /token/{code}", await fixture.Function("echo", Echo));
        await fixture.FunctionRoute("$default", "arn:aws:lambda:eu-west-2:123456789012:function:echo");
        await fixture.Call("UpdateStage", new { fixture.ApiId, StageName = "$default", StageVariables = new { k = "v" } });
        var full = await Seen(fixture, HttpMethod.Post, "/token/a%20b%2Fc?a=1&b=x%20y&a=2&c", new StringContent("h\u00e9llo", Encoding.UTF8, "text/plain"), ("Cookie", "c1=v1; c2=v2"), ("X-Many", "1"), ("X-MANY", "2"), ("User-Agent", "me/1.0"), ("X-Forwarded-For", "6.6.6.6"), ("X-Amzn-Evil", "1"));
        Assert.Equal("body cookies headers isBase64Encoded pathParameters queryStringParameters rawPath rawQueryString requestContext routeKey stageVariables version", Members(full));
        Assert.Equal(("2.0", "ANY /token/{code}", "/token/a b/c", "a=1&b=x%20y&a=2&c", "h\u00e9llo", false), ((string)full["version"]!, (string)full["routeKey"]!, (string)full["rawPath"]!, (string)full["rawQueryString"]!, (string)full["body"]!, (bool)full["isBase64Encoded"]!));
        Assert.Equal("""["c1=v1","c2=v2"]""", full["cookies"]!.ToJsonString());
        Assert.Equal("""{"a":"1,2","b":"x y","c":""}""", full["queryStringParameters"]!.ToJsonString());
        Assert.Equal("""{"code":"a b/c"}""", full["pathParameters"]!.ToJsonString());
        Assert.Equal("""{"k":"v"}""", full["stageVariables"]!.ToJsonString());
        var headers = full["headers"]!.AsObject();
        Assert.Equal("content-length content-type host user-agent x-amzn-trace-id x-forwarded-for x-forwarded-port x-forwarded-proto x-many", Members(headers));
        Assert.Equal(("1, 2", fixture.Host, "me/1.0", "http", "6"), ((string)headers["x-many"]!, (string)headers["host"]!, (string)headers["user-agent"]!, (string)headers["x-forwarded-proto"]!, (string)headers["content-length"]!));
        Assert.EndsWith("127.0.0.1", (string)headers["x-forwarded-for"]!, StringComparison.Ordinal);
        Assert.Matches("^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$", (string)headers["x-amzn-trace-id"]!);

        var context = full["requestContext"]!;
        Assert.Equal("accountId apiId domainName domainPrefix http requestId routeKey stage time timeEpoch", Members(context));
        Assert.Equal(("123456789012", fixture.ApiId, fixture.Host, fixture.ApiId, "$default", "ANY /token/{code}"), ((string)context["accountId"]!, (string)context["apiId"]!, (string)context["domainName"]!, (string)context["domainPrefix"]!, (string)context["stage"]!, (string)context["routeKey"]!));
        Assert.Equal("""{"method":"POST","path":"/token/a b/c","protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":"me/1.0"}""", context["http"]!.ToJsonString());
        Assert.Matches("^[A-Za-z0-9+/]{15}=$", (string)context["requestId"]!);
        Assert.Matches(@"^\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d \+0000$", (string)context["time"]!);
        Assert.True((long)context["timeEpoch"]! > 1_700_000_000_000);

        await fixture.Call("UpdateStage", new { fixture.ApiId, StageName = "$default", StageVariables = new { } });
        var bare = await Seen(fixture, HttpMethod.Get, "/", null);
        Assert.Equal("headers isBase64Encoded rawPath rawQueryString requestContext routeKey version", Members(bare));
        Assert.Equal(("$default", "/", ""), ((string)bare["routeKey"]!, (string)bare["rawPath"]!, (string)bare["rawQueryString"]!));
    }

    [Theory]
    [InlineData("text/html; charset=utf-8", false)]
    [InlineData("application/json", false)]
    [InlineData("application/vnd.api+json", false)]
    [InlineData("application/xml", false)]
    [InlineData("application/javascript", false)]
    [InlineData("application/x-www-form-urlencoded", true)]
    [InlineData("multipart/form-data; boundary=x", true)]
    [InlineData("application/octet-stream", true)]
    [InlineData("", true)]
    public async Task A_body_is_text_only_by_its_type(string type, bool encoded)
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.FunctionRoute("POST /x", await fixture.Function("echo", Echo));
        var content = new ByteArrayContent("a=b&c"u8.ToArray());
        if (type.Length > 0) content.Headers.TryAddWithoutValidation("Content-Type", type);
        var seen = await Seen(fixture, HttpMethod.Post, "/x", content);
        Assert.Equal((encoded, encoded ? "YT1iJmM=" : "a=b&c"), ((bool)seen["isBase64Encoded"]!, (string)seen["body"]!));
    }

    [Fact]
    public async Task Format_1_has_the_members_of_REST_APIs()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.FunctionRoute("POST /pets/{id}", await fixture.Function("echo", Echo), "1.0");
        await fixture.Call("CreateStage", new { fixture.ApiId, StageName = "dev", AutoDeploy = true });
        var full = await Seen(fixture, HttpMethod.Post, "/dev/pets/1?a=1&a=2&b=3", new StringContent("{}", Encoding.UTF8, "application/json"), ("X-Many", "1"), ("X-Many", "2"), ("Cookie", "a=b"));
        Assert.Equal("body headers httpMethod isBase64Encoded multiValueHeaders multiValueQueryStringParameters path pathParameters queryStringParameters requestContext resource stageVariables version", Members(full));
        Assert.Equal(("1.0", "/pets/{id}", "/dev/pets/1", "POST", "{}"), ((string)full["version"]!, (string)full["resource"]!, (string)full["path"]!, (string)full["httpMethod"]!, (string)full["body"]!));
        Assert.Equal("""{"a":"2","b":"3"}""", full["queryStringParameters"]!.ToJsonString());
        Assert.Equal("""{"a":["1","2"],"b":["3"]}""", full["multiValueQueryStringParameters"]!.ToJsonString());
        Assert.Equal("a=b", (string)full["headers"]!["Cookie"]!);
        var context = full["requestContext"]!;
        Assert.Equal("accountId apiId authorizer domainName domainPrefix extendedRequestId httpMethod identity path protocol requestId requestTime requestTimeEpoch resourceId resourcePath stage", Members(context));
        Assert.Equal("accessKey accountId caller cognitoAmr cognitoAuthenticationProvider cognitoAuthenticationType cognitoIdentityId cognitoIdentityPoolId principalOrgId sourceIp user userAgent userArn", Members(context["identity"]!));
        Assert.Equal(("dev", "/dev/pets/1", "/pets/{id}", "POST /pets/{id}"), ((string)context["stage"]!, (string)context["path"]!, (string)context["resourcePath"]!, (string)context["resourceId"]!));
        Assert.Null(full["stageVariables"]);
        var bare = await Seen(fixture, HttpMethod.Post, "/pets/1", null);
        foreach (var name in (string[])["body", "queryStringParameters", "multiValueQueryStringParameters", "stageVariables"]) Assert.True(bare.AsObject().ContainsKey(name) && bare[name] is null, name);
    }

    [Fact]
    public async Task Claims_reach_the_function_as_text_in_both_formats()
    {
        await using var fixture = await HttpApiFixture.Start();
        var authorizer = await fixture.Call("CreateAuthorizer", new { fixture.ApiId, Name = "jwt", AuthorizerType = "JWT", IdentitySource = new[] { "$request.header.Authorization" }, JwtConfiguration = new { Issuer = fixture.Backend.Address + "/issuer", Audience = new[] { "me" } } });
        var guarded = new { AuthorizationType = "JWT", AuthorizerId = (string)authorizer["AuthorizerId"]!, AuthorizationScopes = new[] { "r", "w" } };
        await fixture.FunctionRoute("GET /v2", await fixture.Function("echo", Echo), authorization: guarded);
        await fixture.FunctionRoute("GET /v1", "arn:aws:lambda:eu-west-2:123456789012:function:echo", "1.0", guarded);
        var exp = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds();
        var token = fixture.Backend.Token(new Dictionary<string, object> { ["iss"] = fixture.Backend.Address + "/issuer", ["client_id"] = "me", ["exp"] = exp, ["scope"] = "w x", ["cognito:groups"] = new[] { "admin", "users" }, ["email_verified"] = true, ["n"] = 1.5 });
        var v2 = (await Seen(fixture, HttpMethod.Get, "/v2", null, ("Authorization", "Bearer " + token)))["requestContext"]!["authorizer"]!;
        Assert.Equal("jwt", Members(v2));
        Assert.Equal("claims scopes", Members(v2["jwt"]!));
        Assert.Equal("""["r","w"]""", v2["jwt"]!["scopes"]!.ToJsonString());
        var claims = v2["jwt"]!["claims"]!;
        Assert.Equal(("[admin users]", "true", $"{exp}", "1.5"), ((string)claims["cognito:groups"]!, (string)claims["email_verified"]!, (string)claims["exp"]!, (string)claims["n"]!));
        var v1 = (await Seen(fixture, HttpMethod.Get, "/v1", null, ("Authorization", token)))["requestContext"]!["authorizer"]!;
        Assert.True(JsonNode.DeepEquals(claims, v1["claims"]) && JsonNode.DeepEquals(v2["jwt"]!["scopes"], v1["scopes"]));
    }

    [Fact]
    public async Task Row115_a_malformed_result_is_500_and_binary_cookies_and_many_headers_go_out()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.Function("answers", """
            import base64
            def lambda_handler(event, context):
                what = event["rawPath"]
                if what == "/binary": return {"statusCode": 201, "headers": {"Content-Type": "image/x", "X-Number": 1, "Connection": "close", "Transfer-Encoding": "chunked"}, "cookies": ["a=1; Path=/", "b=2"], "body": base64.b64encode(bytes([0, 255, 10])).decode(), "isBase64Encoded": True}
                if what == "/boom": raise Exception("x")
                if what == "/status": return {"statusCode": "abc"}
                if what == "/body": return {"statusCode": 200, "body": {"a": 1}}
                if what == "/header": return {"statusCode": 200, "headers": {"a": "b\r\nset-cookie: evil=1"}}
                if what == "/list": return [1, 2]
                return "plain"
            """);
        await fixture.FunctionRoute("GET /{proxy+}", "arn:aws:lambda:eu-west-2:123456789012:function:answers");
        using var binary = await fixture.Get("/binary");
        Assert.Equal((201, "image/x", "1"), ((int)binary.StatusCode, binary.Content.Headers.ContentType!.ToString(), binary.Headers.GetValues("x-number").Single()));
        Assert.Equal(["a=1; Path=/", "b=2"], binary.Headers.GetValues("set-cookie"));
        Assert.Equal([0, 255, 10], await binary.Content.ReadAsByteArrayAsync());
        foreach (var broken in (string[])["/boom", "/status", "/body", "/header"]) Assert.Equal("500 {\"message\":\"Internal Server Error\"}", await fixture.Says(broken));
        Assert.Equal("200 [1, 2]", await fixture.Says("/list"));
        Assert.Equal("200 plain", await fixture.Says("/plain"));
        var none = await fixture.Function("forbidden", Echo, permission: false);
        await fixture.FunctionRoute("POST /forbidden", none);
        using var forbidden = await fixture.Send(HttpMethod.Post, "/forbidden");
        Assert.Equal((500, "{\"message\":\"Internal Server Error\"}"), ((int)forbidden.StatusCode, await forbidden.Content.ReadAsStringAsync()));
        await fixture.Permit("forbidden", "*/POST/forbidden");
        using var permitted = await fixture.Send(HttpMethod.Post, "/forbidden");
        Assert.Equal(200, (int)permitted.StatusCode);
    }

    [Fact]
    public async Task A_Node_handler_behind_serverless_http_works_unchanged()
    {
        await using var fixture = await HttpApiFixture.Start();
        var package = Path.Combine(Repository.Root, "tests", "clients", "node_modules", "serverless-http");
        Assert.SkipUnless(Directory.Exists(package), "npm install was not run in tests/clients");
        var functions = new TestFunctions(fixture.Server);
        var role = await functions.Role("node");
        var zip = TestFunctions.Zip(archive =>
        {
            foreach (var file in Directory.GetFiles(package, "*", SearchOption.AllDirectories)) TestFunctions.Add(archive, "node_modules/serverless-http/" + Path.GetRelativePath(package, file).Replace('\\', '/'), File.ReadAllBytes(file));
            TestFunctions.Add(archive, "index.js", Encoding.UTF8.GetBytes("""
                const serverless = require('serverless-http')
                exports.handler = serverless((request, response) => {
                  const pieces = []
                  request.on('data', piece => pieces.push(piece))
                  request.on('end', () => {
                    response.statusCode = 202
                    response.setHeader('X-Path', request.url)
                    response.setHeader('Set-Cookie', ['a=1', 'b=2'])
                    response.setHeader('Content-Type', 'application/json')
                    response.end(JSON.stringify({ method: request.method, body: Buffer.concat(pieces).toString(), cookie: request.headers.cookie, key: request.headers['x-key'] }))
                  })
                })
                """));
        });
        await functions.Create("node", "nodejs20.x", "index.handler", zip, role, f => f["Timeout"] = 60);
        await fixture.Permit("node", "*");
        foreach (var format in (string[])["2.0", "1.0"])
        {
            await fixture.FunctionRoute(format == "2.0" ? "ANY /two/{proxy+}" : "ANY /one/{proxy+}", "arn:aws:lambda:eu-west-2:123456789012:function:node", format);
            var path = format == "2.0" ? "/two/a" : "/one/a";
            using var response = await fixture.Send(HttpMethod.Post, path + "?x=1&x=2", new StringContent("a=b&c=d", Encoding.UTF8, "application/x-www-form-urlencoded"), ("Cookie", "s=t"), ("X-Key", "k"));
            Assert.Equal(202, (int)response.StatusCode);
            Assert.StartsWith(path, response.Headers.GetValues("x-path").Single(), StringComparison.Ordinal);
            Assert.Equal(["a=1", "b=2"], response.Headers.GetValues("set-cookie"));
            Assert.Equal("""{"method":"POST","body":"a=b&c=d","cookie":"s=t","key":"k"}""", await response.Content.ReadAsStringAsync());
        }
    }
}
