using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.ApiGateway;

/// <summary>Parameter mapping: what integrations change about requests and answers, and what they may not (security row 115).</summary>
public class ParameterMappingTests
{
    private static async Task<string> Integration(HttpApiFixture fixture, string path, object? request = null, object? response = null, string method = "ANY")
    {
        var made = await fixture.Call("CreateIntegration", new { fixture.ApiId, IntegrationType = "HTTP_PROXY", IntegrationMethod = method, IntegrationUri = fixture.Backend.Address + path, RequestParameters = request, ResponseParameters = response });
        return "integrations/" + (string)made["IntegrationId"]!;
    }

    [Fact]
    public async Task Headers_query_and_path_are_appended_overwritten_and_removed()
    {
        await using var fixture = await HttpApiFixture.Start();
        var target = await Integration(fixture, "/base/{id}", new Dictionary<string, string>
        {
            ["append:header.x-many"] = "$request.querystring.a",
            ["overwrite:header.x-static"] = "just text",
            ["overwrite:header.x-joined"] = "${request.header.x-in}-${request.path.id}-${stageVariables.v}-${context.stage}",
            ["overwrite:header.x-body"] = "$request.body.pet.names[1]",
            ["overwrite:header.x-absent"] = "$request.header.nobody",
            ["remove:header.x-gone"] = "''",
            ["append:querystring.q"] = "$request.header.x-in",
            ["overwrite:querystring.a"] = "$context.routeKey",
            ["remove:querystring.secret"] = "''",
            ["overwrite:path"] = "/moved/${request.path.id}$request.path",
        });
        await fixture.Call("CreateRoute", new { fixture.ApiId, RouteKey = "POST /pets/{id}", Target = target });
        await fixture.Call("UpdateStage", new { fixture.ApiId, StageName = "$default", StageVariables = new { v = "var" } });
        using var response = await fixture.Send(HttpMethod.Post, "/pets/7?a=1&secret=2&b=%26", new StringContent("""{"pet":{"names":["x","rex"]}}""", Encoding.UTF8, "application/json"), ("x-in", "in"), ("x-many", "0"), ("x-gone", "y"), ("x-static", "old"));
        var seen = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        // `$request.path` inside other text is text: only `${…}` is replaced there
        Assert.Equal("/moved/7$request.path?b=%26&q=in&a=POST%20%2Fpets%2F%7Bid%7D", (string)seen["target"]!);
        var headers = seen["headers"]!;
        Assert.Equal("0, 1", (string)headers["x-many"]!);
        Assert.Equal("just text", (string)headers["x-static"]!);
        Assert.Equal("in-7-var-$default", (string)headers["x-joined"]!);
        Assert.Equal("rex", (string)headers["x-body"]!);
        Assert.Null(headers["x-absent"]);
        Assert.Null(headers["x-gone"]);
    }

    [Fact]
    public async Task A_functions_event_shows_the_request_as_mapped()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.Call("CreateStage", new { fixture.ApiId, StageName = "dev", AutoDeploy = true });
        var mapping = new Dictionary<string, string> { ["overwrite:path"] = "$request.path", ["overwrite:header.x-a"] = "b", ["remove:querystring.x"] = "''" };
        await fixture.FunctionRoute("GET /pets/{id}", await fixture.Function("echo", "def lambda_handler(event, context): return event"), integration: new { RequestParameters = mapping });
        var seen = await fixture.Json("/dev/pets/1?x=1&y=2");
        Assert.Equal(("/pets/1", "y=2", "b"), ((string)seen["rawPath"]!, (string)seen["rawQueryString"]!, (string)seen["headers"]!["x-a"]!));
        Assert.Equal("""{"y":"2"}""", seen["queryStringParameters"]!.ToJsonString());
    }

    [Fact]
    public async Task Answers_are_changed_by_their_status()
    {
        await using var fixture = await HttpApiFixture.Start();
        var target = await Integration(fixture, "/", response: new Dictionary<string, object>
        {
            ["200"] = new Dictionary<string, string>
            {
                ["overwrite:statuscode"] = "202",
                ["append:header.x-backend"] = "$context.requestId",
                ["overwrite:header.location"] = "https://x/${response.body.method}",
                ["remove:header.content-type"] = "''",
                ["overwrite:header.x-copy"] = "$response.header.x-backend",
            },
            ["500"] = new Dictionary<string, string> { ["overwrite:statuscode"] = "201" },
        });
        await fixture.Call("CreateRoute", new { fixture.ApiId, RouteKey = "GET /x", Target = target });
        using var response = await fixture.Get("/x");
        Assert.Equal(202, (int)response.StatusCode);
        Assert.Equal(["yes", response.Headers.GetValues("apigw-requestid").Single()], response.Headers.GetValues("x-backend"));
        Assert.Equal("https://x/GET", response.Headers.Location!.ToString());
        Assert.Equal("yes", response.Headers.GetValues("x-copy").Single());
        Assert.Null(response.Content.Headers.ContentType);
    }

    [Fact]
    public async Task Row115_reserved_headers_and_what_is_no_mapping_are_refused()
    {
        await using var fixture = await HttpApiFixture.Start();
        foreach (var header in (string[])["Authorization", "access-control-allow-origin", "apigw-requestid", "Connection", "content-length", "transfer-encoding", "x-amz-date", "X-Amzn-Trace-Id", "x-forwarded-for", "Via", "Host", "Origin", "Upgrade"])
            foreach (var action in (string[])["append", "overwrite", "remove"])
            {
                var error = await fixture.Fails("CreateIntegration", new { fixture.ApiId, IntegrationType = "HTTP_PROXY", IntegrationMethod = "GET", IntegrationUri = "https://example.com", RequestParameters = new Dictionary<string, string> { [$"{action}:header.{header}"] = "x" } });
                Assert.Equal(("BadRequestException", $"Invalid mapping expression specified: Validation Result: warnings : [], errors : [Operations on header {header} are restricted]"), (error.Code, error.Text));
            }

        foreach (var (key, value) in ((string, string)[])[("append:path", "/x"), ("header.x", "y"), ("overwrite:body", "x"), ("overwrite:header.", "x"), ("overwrite:header.a b", "x"), ("overwrite:header.x", "$request.nothing"), ("overwrite:header.x", "$response.header.x"), ("overwrite:header.x", "${request.header.x"), ("overwrite:header.x", "$request.body..x"), ("overwrite:statuscode", "201")])
            Assert.Equal("BadRequestException", (await fixture.Fails("CreateIntegration", new { fixture.ApiId, IntegrationType = "HTTP_PROXY", IntegrationMethod = "GET", IntegrationUri = "https://example.com", RequestParameters = new Dictionary<string, string> { [key] = value } })).Code);
        foreach (var status in (string[])["99", "600", "x", "2XX"])
            Assert.Equal("BadRequestException", (await fixture.Fails("CreateIntegration", new { fixture.ApiId, IntegrationType = "HTTP_PROXY", IntegrationMethod = "GET", IntegrationUri = "https://example.com", ResponseParameters = new Dictionary<string, object> { [status] = new Dictionary<string, string> { ["overwrite:statuscode"] = "201" } } })).Code);
    }

    [Fact]
    public async Task A_mapped_value_can_neither_add_headers_nor_climb_out_of_the_path()
    {
        await using var fixture = await HttpApiFixture.Start();
        var target = await Integration(fixture, "/base", new Dictionary<string, string> { ["overwrite:header.x-in"] = "$request.querystring.h", ["overwrite:path"] = "/fixed/$request.path", ["append:header.x-path"] = "$request.querystring.p" });
        await fixture.Call("CreateRoute", new { fixture.ApiId, RouteKey = "GET /{proxy+}", Target = target });
        var climbing = await Integration(fixture, "/base", new Dictionary<string, string> { ["overwrite:path"] = "/fixed/${request.querystring.p}" });
        await fixture.Call("CreateRoute", new { fixture.ApiId, RouteKey = "GET /climb", Target = climbing });
        Assert.Null((await fixture.Json("/x?h=a%0d%0ax-evil:%201"))["headers"]!["x-in"]);
        Assert.Equal("ok", (string)(await fixture.Json("/x?h=ok"))["headers"]!["x-in"]!);
        foreach (var path in (string[])["..", "%2e%2e", "a/../../b", "a%2f..%2fb"]) Assert.StartsWith("503", await fixture.Says("/climb?p=" + path), StringComparison.Ordinal);
        Assert.StartsWith("/fixed/a%3Fb%23c?", (string)(await fixture.Json("/climb?p=a%3Fb%23c"))["target"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UpdateIntegration_changes_single_mappings_and_an_empty_value_takes_one_away()
    {
        await using var fixture = await HttpApiFixture.Start();
        var id = (await Integration(fixture, "/", new Dictionary<string, string> { ["append:header.a"] = "1", ["append:header.b"] = "2" }))["integrations/".Length..];
        var updated = await fixture.Call("UpdateIntegration", new { fixture.ApiId, IntegrationId = id, RequestParameters = new Dictionary<string, string> { ["append:header.a"] = "", ["append:header.c"] = "3" } });
        Assert.Equal(["append:header.b 2", "append:header.c 3"], updated["RequestParameters"]!.AsObject().Select(pair => $"{pair.Key} {pair.Value}").Order());
    }
}
