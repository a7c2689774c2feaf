using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.ApiGateway;

/// <summary>Rows 111, 113 and 114 of the negative tests, as far as they are the gateway's; why each request was refused.</summary>
public class GatewayRowsTests
{
    [Fact]
    public async Task Row111_a_head_over_10240_bytes_is_431_and_a_body_over_10_MB_is_413()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.Route("ANY /x", "/swallow");
        Assert.StartsWith("431", await fixture.Says("/x", ("X-Long", new string('x', 10_240))), StringComparison.Ordinal);
        Assert.StartsWith("200", await fixture.Says("/x", ("X-Long", new string('x', 10_000))), StringComparison.Ordinal);
        using var large = await fixture.Send(HttpMethod.Post, "/x", new ByteArrayContent(new byte[(10 << 20) + 1]));
        Assert.Equal((413, "{\"message\":\"Request Entity Too Large\"}"), ((int)large.StatusCode, await large.Content.ReadAsStringAsync()));
        using var fits = await fixture.Send(HttpMethod.Post, "/x", new ByteArrayContent(new byte[10 << 20]));
        Assert.Equal(200, (int)fits.StatusCode);
    }

    [Fact]
    public async Task Row113_unknown_route_burst_and_spoofed_headers()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var fixture = await HttpApiFixture.Start(time);
        await fixture.Route("GET /x");
        await fixture.Route("GET /free");
        Assert.Equal("404 {\"message\":\"Not Found\"}", await fixture.Says("/nope"));
        Assert.Null((await fixture.Json("/x", ("X-Amzn-Trace-Id", "Root=evil"), ("x-amzn-oidc-identity", "root")))["headers"]!["x-amzn-oidc-identity"]);
        await fixture.Call("UpdateStage", new { fixture.ApiId, StageName = "$default", DefaultRouteSettings = new { ThrottlingBurstLimit = 2, ThrottlingRateLimit = 1 }, RouteSettings = new Dictionary<string, object> { ["GET /free"] = new { ThrottlingBurstLimit = 100, ThrottlingRateLimit = 100 } } });
        for (var i = 0; i < 2; i++) Assert.StartsWith("200", await fixture.Says("/x"), StringComparison.Ordinal);
        Assert.Equal("429 {\"message\":\"Too Many Requests\"}", await fixture.Says("/x"));
        await fixture.Call("UpdateApi", new { fixture.ApiId, Description = "a change elsewhere opens no bucket" });
        Assert.Equal("429 {\"message\":\"Too Many Requests\"}", await fixture.Says("/x"));
        Assert.StartsWith("200", await fixture.Says("/free"), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.StartsWith("200", await fixture.Says("/x"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Row114_CORS_is_the_APIs_own()
    {
        await using var fixture = await HttpApiFixture.Start();
        var authorizer = await fixture.Call("CreateAuthorizer", new { fixture.ApiId, Name = "jwt", AuthorizerType = "JWT", IdentitySource = new[] { "$request.header.Authorization" }, JwtConfiguration = new { Issuer = fixture.Backend.Address + "/issuer", Audience = new[] { "me" } } });
        await fixture.Route("GET /guarded", authorization: new { AuthorizationType = "JWT", AuthorizerId = (string)authorizer["AuthorizerId"]! });
        await fixture.Route("GET /open");
        using var passed = await fixture.Get("/open", ("Origin", "https://app.test"));
        Assert.Equal("https://backend.example", passed.Headers.GetValues("access-control-allow-origin").Single()); // without a configuration the integration's own
        Assert.Equal("BadRequestException", (await fixture.Fails("UpdateApi", new { fixture.ApiId, CorsConfiguration = new { AllowOrigins = new[] { "*" }, AllowCredentials = true } })).Code);
        await fixture.Call("UpdateApi", new { fixture.ApiId, CorsConfiguration = new { AllowOrigins = new[] { "https://app.test" }, AllowMethods = new[] { "GET", "POST" }, AllowHeaders = new[] { "authorization", "x-a" }, ExposeHeaders = new[] { "x-b" }, MaxAge = 60, AllowCredentials = true } });

        using var preflight = await fixture.Send(HttpMethod.Options, "/guarded", null, ("Origin", "https://app.test"), ("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "authorization,x-a"));
        Assert.Equal((204, ""), ((int)preflight.StatusCode, await preflight.Content.ReadAsStringAsync()));
        string Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? string.Join('|', values) : "";
        Assert.Equal(("https://app.test", "GET,POST", "authorization,x-a", "x-b", "60", "true"), (Header(preflight, "access-control-allow-origin"), Header(preflight, "access-control-allow-methods"), Header(preflight, "access-control-allow-headers"), Header(preflight, "access-control-expose-headers"), Header(preflight, "access-control-max-age"), Header(preflight, "access-control-allow-credentials")));
        foreach (var (origin, method, headers) in ((string, string, string)[])[("https://evil.test", "GET", ""), ("https://app.test.evil.test", "GET", ""), ("http://app.test", "GET", ""), ("null", "GET", ""), ("https://app.test", "DELETE", ""), ("https://app.test", "GET", "x-other")])
        {
            using var refused = await fixture.Send(HttpMethod.Options, "/guarded", null, ("Origin", origin), ("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", headers));
            Assert.Equal((204, ""), ((int)refused.StatusCode, Header(refused, "access-control-allow-origin")));
        }

        using var foreign = await fixture.Get("/open", ("Origin", "https://evil.test"));
        Assert.Equal((200, ""), ((int)foreign.StatusCode, Header(foreign, "access-control-allow-origin")));
        using var own = await fixture.Get("/open", ("Origin", "https://app.test"));
        Assert.Equal(("https://app.test", "true", "x-b"), (Header(own, "access-control-allow-origin"), Header(own, "access-control-allow-credentials"), Header(own, "access-control-expose-headers")));
        using var plain = await fixture.Get("/open");
        Assert.Equal("", Header(plain, "access-control-allow-origin"));
        using var unauthorized = await fixture.Get("/guarded", ("Origin", "https://app.test"));
        Assert.Equal((401, "https://app.test"), ((int)unauthorized.StatusCode, Header(unauthorized, "access-control-allow-origin")));
    }

    [Fact]
    public async Task Every_refusal_says_why_to_the_owner_and_nothing_of_it_to_the_caller()
    {
        await using var fixture = await HttpApiFixture.Start();
        var authorizer = (string)(await fixture.Call("CreateAuthorizer", new { fixture.ApiId, Name = "jwt", AuthorizerType = "JWT", IdentitySource = new[] { "$request.header.Authorization" }, JwtConfiguration = new { Issuer = fixture.Backend.Address + "/issuer", Audience = new[] { "me" } } }))["AuthorizerId"]!;
        await fixture.Route("GET /jwt", authorization: new { AuthorizationType = "JWT", AuthorizerId = authorizer });
        await fixture.Route("GET /scoped", authorization: new { AuthorizationType = "JWT", AuthorizerId = authorizer, AuthorizationScopes = new[] { "recipes/read" } });
        await fixture.Route("GET /iam", authorization: new { AuthorizationType = "AWS_IAM" });
        await fixture.FunctionRoute("GET /forbidden", await fixture.Function("f", "def lambda_handler(event, context): return 1", permission: false));
        await fixture.Call("CreateRoute", new { fixture.ApiId, RouteKey = "GET /nothing" });
        await fixture.Route("GET /once");
        await fixture.Call("UpdateApi", new { fixture.ApiId, CorsConfiguration = new { AllowOrigins = new[] { "https://app.test" } } });
        await fixture.Call("UpdateStage", new { fixture.ApiId, StageName = "$default", RouteSettings = new Dictionary<string, object> { ["GET /once"] = new { ThrottlingBurstLimit = 0, ThrottlingRateLimit = 0 } } });
        using var owner = new Server.SignedHttp(fixture.Server.Endpoint, fixture.Server.Region, fixture.Server.AccessKeyId, fixture.Server.SecretAccessKey);
        var stranger = fixture.Backend.Token(new { iss = fixture.Backend.Address + "/issuer", client_id = "stranger", exp = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds() });
        var poor = fixture.Backend.Token(new { iss = fixture.Backend.Address + "/issuer", client_id = "me", scope = "openid", exp = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds() });

        await Why("/nope", "no route of the stage's deployment matches", "make a route");
        await Why("/jwt", "there is no token at $request.header.Authorization", "send the token");
        await Why("/jwt", "the token's client_id is stranger, the authorizer's audience is [me]", "", ("Authorization", stranger));
        await Why("/scoped", "the token has the scopes [openid], the route wants one of [recipes/read]", "authorizationScopes", ("Authorization", poor));
        await Why("/iam", "AWS_IAM", "execute-api");
        await Why("/forbidden", "not authorized to perform: lambda:InvokeFunction", "add-permission");
        await Why("/nothing", "the route has no integration", "target");
        await Why("/once", "token bucket is empty", "throttlingBurstLimit");

        async Task Why(string path, string why, string fix, params (string, string)[] headers)
        {
            using var response = await fixture.Get(path, headers);
            Assert.DoesNotContain(why, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            var (status, body) = await owner.Send("galley", HttpMethod.Get, "/_galley/explain/" + Uri.EscapeDataString(response.Headers.GetValues("apigw-requestid").Single()), null);
            Assert.True(status == System.Net.HttpStatusCode.OK, body);
            var steps = JsonNode.Parse(body)!["steps"]!.AsArray().Select(step => step!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })).ToList();
            Assert.True(steps.Exists(step => step.Contains(why, StringComparison.Ordinal) && step.Contains(fix, StringComparison.Ordinal)), $"{path}: {body}");
            foreach (var (_, value) in headers) Assert.DoesNotContain(value, body, StringComparison.Ordinal);
        }
    }
}
