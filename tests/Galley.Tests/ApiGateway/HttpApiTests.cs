using System.Text.Json.Nodes;

namespace Galley.Tests.ApiGateway;

public class HttpApiTests
{
    private const string NotFound = "404 {\"message\":\"Not Found\"}";

    [Fact]
    public async Task A_full_match_beats_a_greedy_one_and_a_greedy_one_beats_default()
    {
        await using var fixture = await HttpApiFixture.Start();
        foreach (var (key, path) in ((string, string)[])[("GET /pets/dog/1", "/literal"), ("GET /pets/dog/{id}", "/variable/{id}"), ("GET /pets/{proxy+}", "/greedy/{proxy}"), ("ANY /{proxy+}", "/any/{proxy}"), ("POST /only", "/post")])
            await fixture.Route(key, path);
        Assert.Equal("/literal", await Target(fixture, "/pets/dog/1"));
        Assert.Equal("/variable/2", await Target(fixture, "/pets/dog/2"));
        Assert.Equal("/variable/a%20b%2Fc?x=1&x=2", await Target(fixture, "/pets/dog/a%20b%2Fc?x=1&x=2"));
        Assert.Equal("/greedy/cat/1", await Target(fixture, "/pets/cat/1"));
        Assert.Equal("/any/only", await Target(fixture, "/only"));
        Assert.Equal("/any/pets/", await Target(fixture, "/pets/"));
        Assert.Equal(NotFound, await fixture.Says("/"));
        await fixture.Route("$default", "/default");
        Assert.Equal("/default", await Target(fixture, "/"));
    }

    [Fact]
    public async Task An_unknown_path_method_or_trailing_slash_is_not_found_and_a_route_without_a_target_is_our_fault()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.Route("GET /recipes");
        foreach (var path in (string[])["/", "/foo", "/recipes/", "/Recipes"]) Assert.Equal(NotFound, await fixture.Says(path));
        using var posted = await fixture.Send(HttpMethod.Post, "/recipes");
        Assert.Equal(404, (int)posted.StatusCode);
        Assert.Matches("^[A-Za-z0-9+/]{15}=$", posted.Headers.GetValues("apigw-requestid").Single());
        Assert.Equal("application/json", posted.Content.Headers.ContentType!.ToString());
        await fixture.Call("CreateRoute", new { fixture.ApiId, RouteKey = "GET /token/{code}" });
        Assert.Equal("500 {\"message\":\"Internal Server Error\"}", await fixture.Says("/token/abc"));
    }

    [Fact]
    public async Task A_named_stage_is_chosen_by_the_first_segment()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.Route("GET /x", "/${stageVariables.where}");
        await fixture.Call("UpdateStage", new { fixture.ApiId, StageName = "$default", StageVariables = new { where = "home" } });
        await fixture.Call("CreateStage", new { fixture.ApiId, StageName = "dev", AutoDeploy = true, StageVariables = new { where = "there" } });
        Assert.Equal("/home", await Target(fixture, "/x"));
        Assert.Equal("/there", await Target(fixture, "/dev/x"));
        Assert.Equal(NotFound, await fixture.Says("/dev"));
    }

    [Fact]
    public async Task HTTP_PROXY_passes_headers_on_but_not_those_that_only_AWS_may_set()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.Route("GET /x");
        using var response = await fixture.Get("/x", ("X-Amzn-Identity", "forged"), ("X-Mine", "kept"), ("Connection", "close"));
        var headers = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["headers"]!;
        Assert.Equal("kept", (string)headers["x-mine"]!);
        Assert.Null(headers["x-amzn-identity"]);
        Assert.Equal(fixture.Backend.Address["http://".Length..], (string)headers["host"]!);
        Assert.Equal("yes", response.Headers.GetValues("x-backend").Single());
        var dead = await fixture.Call("CreateIntegration", new { fixture.ApiId, IntegrationType = "HTTP_PROXY", IntegrationMethod = "GET", IntegrationUri = "http://127.0.0.1:1/" });
        await fixture.Call("CreateRoute", new { fixture.ApiId, RouteKey = "GET /dead", Target = "integrations/" + (string)dead["IntegrationId"]! });
        Assert.Equal("503 {\"message\":\"Service Unavailable\"}", await fixture.Says("/dead"));
    }

    [Fact]
    public async Task Too_much_too_long_and_twice_the_same_are_refused()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.Route("ANY /x");
        using var large = await fixture.Send(HttpMethod.Post, "/x", new ByteArrayContent(new byte[(10 << 20) + 1]));
        Assert.Equal("{\"message\":\"Request Entity Too Large\"}", await large.Content.ReadAsStringAsync());
        Assert.Equal(413, (int)large.StatusCode);
        Assert.StartsWith("431", await fixture.Says("/x", ("X-Long", new string('x', 10_300))), StringComparison.Ordinal);
        using var trace = await fixture.Send(HttpMethod.Trace, "/x");
        Assert.Equal(405, (int)trace.StatusCode);
    }

    [Fact]
    public async Task A_burst_over_the_limit_is_answered_with_429()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var fixture = await HttpApiFixture.Start(time);
        await fixture.Route("GET /x");
        await fixture.Call("UpdateStage", new { fixture.ApiId, StageName = "$default", DefaultRouteSettings = new { ThrottlingBurstLimit = 2, ThrottlingRateLimit = 1 } });
        Assert.StartsWith("200", await fixture.Says("/x"), StringComparison.Ordinal);
        Assert.StartsWith("200", await fixture.Says("/x"), StringComparison.Ordinal);
        Assert.Equal("429 {\"message\":\"Too Many Requests\"}", await fixture.Says("/x"));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.StartsWith("200", await fixture.Says("/x"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_preflight_is_answered_before_the_authorizer_and_only_for_allowed_origins()
    {
        await using var fixture = await HttpApiFixture.Start();
        var authorizer = await fixture.Call("CreateAuthorizer", new { fixture.ApiId, Name = "jwt", AuthorizerType = "JWT", IdentitySource = new[] { "$request.header.Authorization" }, JwtConfiguration = new { Issuer = fixture.Backend.Address + "/issuer", Audience = new[] { "me" } } });
        await fixture.Route("GET /recipes", authorization: new { AuthorizationType = "JWT", AuthorizerId = (string)authorizer["AuthorizerId"]! });
        await fixture.Route("GET /open");
        await fixture.Call("UpdateApi", new { fixture.ApiId, CorsConfiguration = new { AllowOrigins = new[] { "https://d1.cloudfront.net" }, AllowHeaders = new[] { "authorization" } } });

        foreach (var origin in (string[])["https://d1.cloudfront.net", $"http://d1.cloudfront.localhost:{fixture.Server.Port}"])
        {
            using var preflight = await fixture.Send(HttpMethod.Options, "/recipes", null, ("Origin", origin), ("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "authorization"));
            Assert.Equal(204, (int)preflight.StatusCode);
            Assert.Equal(origin, preflight.Headers.GetValues("access-control-allow-origin").Single());
            Assert.Equal("authorization", preflight.Headers.GetValues("access-control-allow-headers").Single());
            using var refused = await fixture.Get("/recipes", ("Origin", origin));
            Assert.Equal(401, (int)refused.StatusCode);
            Assert.Equal(origin, refused.Headers.GetValues("access-control-allow-origin").Single());
        }

        using var evil = await fixture.Send(HttpMethod.Options, "/recipes", null, ("Origin", "https://evil.example"), ("Access-Control-Request-Method", "GET"));
        Assert.Equal(204, (int)evil.StatusCode);
        Assert.False(evil.Headers.Contains("access-control-allow-origin"));
        using var own = await fixture.Get("/open", ("Origin", "https://evil.example"));
        Assert.Equal(200, (int)own.StatusCode);
        Assert.False(own.Headers.Contains("access-control-allow-origin")); // the back end's own header is dropped
    }

    [Fact]
    public async Task Access_logs_are_written_in_the_stages_format()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.Route("GET /x/{id}");
        await fixture.Call("UpdateStage", new { fixture.ApiId, StageName = "$default", AccessLogSettings = new { DestinationArn = "arn:aws:logs:eu-west-2:123456789012:log-group:access:*", Format = "$context.httpMethod $context.routeKey $context.path $context.status $context.nothing" } });
        Assert.StartsWith("200", await fixture.Says("/x/1"), StringComparison.Ordinal);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var events = await fixture.Aws.Call("cloudwatch-logs", "FilterLogEvents", new { logGroupName = "access" });
                Assert.Equal("GET GET /x/{id} /x/1 200 -", (string)events["events"]![0]!["message"]!);
                return;
            }
            catch (AwsJsError) when (attempt < 50)
            {
                await Task.Yield(); // the log is written behind the answer
            }
        }
    }

    private static async Task<string> Target(HttpApiFixture fixture, string path)
    {
        using var response = await fixture.Get(path);
        Assert.Equal(200, (int)response.StatusCode);
        return (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["target"]!;
    }
}
