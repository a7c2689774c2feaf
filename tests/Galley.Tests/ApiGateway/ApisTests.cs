using System.Text.Json.Nodes;

namespace Galley.Tests.ApiGateway;

public class ApisTests
{
    [Fact]
    public async Task CreateApi_gives_the_defaults_that_clients_expect_and_GetApi_gives_them_again()
    {
        await using var fixture = await HttpApiFixture.Start(api: new { Name = "cook-recipes-api", ProtocolType = "HTTP", Tags = new { team = "kitchen" } }, stage: false);
        var api = await fixture.Call("GetApi", new { fixture.ApiId });
        Assert.Matches("^[a-z0-9]{10}$", (string)api["ApiId"]!);
        Assert.Equal($"https://{fixture.ApiId}.execute-api.eu-west-2.amazonaws.com", (string)api["ApiEndpoint"]!);
        Assert.Equal("$request.header.x-api-key", (string)api["ApiKeySelectionExpression"]!);
        Assert.Equal("$request.method $request.path", (string)api["RouteSelectionExpression"]!);
        Assert.Equal("ipv4", (string)api["IpAddressType"]!);
        Assert.False((bool)api["DisableExecuteApiEndpoint"]!);
        Assert.Equal("kitchen", (string)api["Tags"]!["team"]!);
        Assert.Equal(fixture.ApiId, (string)(await fixture.Call("GetApis", new { }))["Items"]![0]!["ApiId"]!);
    }

    [Fact]
    public async Task DeleteApi_forgets_it_and_an_unknown_api_is_named_with_its_account()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.Route("GET /x");
        await fixture.Call("DeleteApi", new { fixture.ApiId });
        var error = await fixture.Fails("GetApi", new { fixture.ApiId });
        Assert.Equal(("NotFoundException", 404, $"Invalid API identifier specified 123456789012:{fixture.ApiId}"), (error.Code, error.Status, error.Text));
        Assert.Equal("404 {\"message\":\"Not Found\"}", await fixture.Says("/x"));
    }

    [Fact]
    public async Task What_is_not_supported_is_refused_by_name()
    {
        await using var fixture = await HttpApiFixture.Start();
        Assert.Contains("WEBSOCKET", (await fixture.Fails("CreateApi", new { Name = "w", ProtocolType = "WEBSOCKET", RouteSelectionExpression = "$request.body.action" })).Text, StringComparison.Ordinal);
        Assert.Contains("VPC links", (await fixture.Fails("CreateIntegration", new { fixture.ApiId, IntegrationType = "HTTP_PROXY", ConnectionType = "VPC_LINK", ConnectionId = "x" })).Text, StringComparison.Ordinal);
        var mapping = await fixture.Fails("CreateIntegration", new { fixture.ApiId, IntegrationType = "HTTP_PROXY", IntegrationMethod = "GET", IntegrationUri = "https://example.com", RequestParameters = new Dictionary<string, string> { ["append:header.authorization"] = "x" } });
        Assert.Equal("BadRequestException", mapping.Code);
    }

    [Fact]
    public async Task UpdateApi_stores_CORS_and_DeleteCorsConfiguration_removes_it()
    {
        await using var fixture = await HttpApiFixture.Start();
        var updated = await fixture.Call("UpdateApi", new { fixture.ApiId, CorsConfiguration = new { AllowOrigins = new[] { "https://d1.cloudfront.net" }, AllowHeaders = new[] { "Authorization" }, AllowCredentials = false, MaxAge = 0 } });
        Assert.Equal("""{"AllowCredentials":false,"AllowHeaders":["Authorization"],"AllowOrigins":["https://d1.cloudfront.net"],"MaxAge":0}""", updated["CorsConfiguration"]!.ToJsonString());
        await fixture.Call("DeleteCorsConfiguration", new { fixture.ApiId });
        Assert.Null((await fixture.Call("GetApi", new { fixture.ApiId }))["CorsConfiguration"]);
        var error = await fixture.Fails("UpdateApi", new { fixture.ApiId, CorsConfiguration = new { AllowOrigins = new[] { "*" }, AllowCredentials = true } });
        Assert.Equal(("BadRequestException", 400), (error.Code, error.Status));
    }

    [Fact]
    public async Task CreateApi_with_a_target_is_ready_at_once()
    {
        await using var fixture = await HttpApiFixture.Start();
        var api = await fixture.Call("CreateApi", new { Name = "quick", ProtocolType = "HTTP", Target = fixture.Backend.Address + "/quick" });
        var quick = fixture.Beside((string)api["ApiId"]!);
        Assert.Contains("/quick", await quick.Says("/anything"), StringComparison.Ordinal);
        Assert.True((bool)(await quick.Call("GetStages", new { quick.ApiId }))["Items"]![0]!["ApiGatewayManaged"]!);
    }

    [Fact]
    public async Task Routes_are_unique_and_keep_their_authorizer_only_while_they_have_one()
    {
        await using var fixture = await HttpApiFixture.Start();
        var id = await fixture.Route("GET /x");
        var error = await fixture.Fails("CreateRoute", new { fixture.ApiId, RouteKey = "GET /x" });
        Assert.Equal(("ConflictException", 409, "Route with key GET /x already exists for this API"), (error.Code, error.Status, error.Text));
        var authorizer = await fixture.Call("CreateAuthorizer", new { fixture.ApiId, Name = "jwt", AuthorizerType = "JWT", IdentitySource = new[] { "$request.header.Authorization" }, JwtConfiguration = new { Issuer = fixture.Backend.Address + "/issuer", Audience = new[] { "me" } } });
        var guarded = await fixture.Call("UpdateRoute", new { fixture.ApiId, RouteId = id, AuthorizationType = "JWT", AuthorizerId = (string)authorizer["AuthorizerId"]! });
        Assert.Equal("JWT", (string)guarded["AuthorizationType"]!);
        Assert.Equal("ConflictException", (await fixture.Fails("DeleteAuthorizer", new { fixture.ApiId, AuthorizerId = (string)authorizer["AuthorizerId"]! })).Code);
        var open = await fixture.Call("UpdateRoute", new { fixture.ApiId, RouteId = id, AuthorizationType = "NONE" });
        Assert.Null(open["AuthorizerId"]);
        await fixture.Call("DeleteAuthorizer", new { fixture.ApiId, AuthorizerId = (string)authorizer["AuthorizerId"]! });
        foreach (var bad in (string[])["get /x", "GET x", "GET /{a+}/b", "GET /{a}/{a}", "TRACE /x"])
            Assert.Equal("BadRequestException", (await fixture.Fails("CreateRoute", new { fixture.ApiId, RouteKey = bad })).Code);
    }

    [Fact]
    public async Task CreateAuthorizer_asks_the_issuer_and_refuses_one_that_does_not_answer()
    {
        await using var fixture = await HttpApiFixture.Start();
        foreach (var issuer in (string[])[fixture.Backend.Address + "/nobody", "https://cognito-idp.eu-west-2.amazonaws.com/eu-west-2_nopool123", "http://example.com", "x"])
        {
            var error = await fixture.Fails("CreateAuthorizer", new { fixture.ApiId, Name = "jwt", AuthorizerType = "JWT", IdentitySource = new[] { "$request.header.Authorization" }, JwtConfiguration = new { Issuer = issuer, Audience = new[] { "me" } } });
            Assert.Equal(("BadRequestException", 400), (error.Code, error.Status));
            Assert.Contains("Invalid issuer: " + issuer, error.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_stage_without_auto_deploy_serves_only_what_was_deployed()
    {
        await using var fixture = await HttpApiFixture.Start(stage: false);
        var stage = await fixture.Call("CreateStage", new { fixture.ApiId, StageName = "$default" });
        Assert.False((bool)stage["AutoDeploy"]!);
        Assert.Equal("BadRequestException", (await fixture.Fails("CreateDeployment", new { fixture.ApiId })).Code);
        await fixture.Route("GET /one");
        Assert.Equal("404 {\"message\":\"Not Found\"}", await fixture.Says("/one"));
        var deployment = await fixture.Call("CreateDeployment", new { fixture.ApiId, StageName = "$default" });
        Assert.Equal("DEPLOYED", (string)deployment["DeploymentStatus"]!);
        await fixture.Route("GET /two");
        Assert.StartsWith("200", await fixture.Says("/one"), StringComparison.Ordinal);
        Assert.StartsWith("404", await fixture.Says("/two"), StringComparison.Ordinal);
        Assert.Equal("BadRequestException", (await fixture.Fails("DeleteDeployment", new { fixture.ApiId, DeploymentId = (string)deployment["DeploymentId"]! })).Code);
        await fixture.Call("UpdateStage", new { fixture.ApiId, StageName = "$default", AutoDeploy = true });
        Assert.StartsWith("200", await fixture.Says("/two"), StringComparison.Ordinal);
        Assert.Equal("BadRequestException", (await fixture.Fails("CreateDeployment", new { fixture.ApiId, StageName = "$default" })).Code);
        Assert.Equal(("ConflictException", 409), (await fixture.Fails("CreateStage", new { fixture.ApiId, StageName = "$default" })) is var e ? (e.Code, e.Status) : default);
    }

    [Fact]
    public async Task Nothing_of_an_API_changes_on_a_stage_before_it_is_deployed_and_a_stage_goes_back()
    {
        await using var fixture = await HttpApiFixture.Start(stage: false);
        await fixture.Call("CreateStage", new { fixture.ApiId, StageName = "$default", StageVariables = new { where = "first" } });
        var route = await fixture.Route("GET /x", "/${stageVariables.where}");
        var first = (string)(await fixture.Call("CreateDeployment", new { fixture.ApiId, StageName = "$default" }))["DeploymentId"]!;
        var integration = (string)(await fixture.Call("CreateIntegration", new { fixture.ApiId, IntegrationType = "HTTP_PROXY", IntegrationMethod = "ANY", IntegrationUri = fixture.Backend.Address + "/second" }))["IntegrationId"]!;
        await fixture.Call("UpdateRoute", new { fixture.ApiId, RouteId = route, Target = "integrations/" + integration });
        await fixture.Call("UpdateApi", new { fixture.ApiId, CorsConfiguration = new { AllowOrigins = new[] { "https://app.test" } } });
        await Serves("/first", "https://backend.example");
        var second = (string)(await fixture.Call("CreateDeployment", new { fixture.ApiId, StageName = "$default" }))["DeploymentId"]!;
        await Serves("/second", "https://app.test");
        await fixture.Call("UpdateStage", new { fixture.ApiId, StageName = "$default", DeploymentId = first, StageVariables = new { where = "variables-are-the-stages" } });
        await Serves("/variables-are-the-stages", "https://backend.example");
        await fixture.Call("DeleteDeployment", new { fixture.ApiId, DeploymentId = second });
        Assert.Equal("NotFoundException", (await fixture.Fails("UpdateStage", new { fixture.ApiId, StageName = "$default", DeploymentId = second })).Code);

        async Task Serves(string target, string allowed)
        {
            using var answer = await fixture.Get("/x", ("Origin", "https://app.test"));
            Assert.Equal((target, allowed), ((string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["target"]!, answer.Headers.GetValues("access-control-allow-origin").Single()));
        }
    }

    [Fact]
    public async Task Tags_of_apis_and_stages_go_by_ARN()
    {
        await using var fixture = await HttpApiFixture.Start();
        foreach (var arn in (string[])[$"arn:aws:apigateway:eu-west-2::/apis/{fixture.ApiId}", $"arn:aws:apigateway:eu-west-2::/apis/{fixture.ApiId}/stages/$default"])
        {
            await fixture.Call("TagResource", new { ResourceArn = arn, Tags = new { a = "1", b = "2" } });
            await fixture.Call("UntagResource", new { ResourceArn = arn, TagKeys = new[] { "a" } });
            Assert.Equal("""{"b":"2"}""", (await fixture.Call("GetTags", new { ResourceArn = arn }))["Tags"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task ImportApi_reads_what_SAM_writes_and_an_undefined_scheme_means_open()
    {
        await using var fixture = await HttpApiFixture.Start();
        var integration = new JsonObject { ["type"] = "http_proxy", ["httpMethod"] = "ANY", ["uri"] = fixture.Backend.Address, ["payloadFormatVersion"] = "1.0" };
        var document = new JsonObject
        {
            ["openapi"] = "3.0.1",
            ["info"] = new JsonObject { ["title"] = "stack", ["version"] = "1.0" },
            ["paths"] = new JsonObject
            {
                ["/recipes"] = new JsonObject { ["get"] = new JsonObject { ["x-amazon-apigateway-integration"] = integration, ["security"] = new JsonArray(new JsonObject { ["Jwt"] = new JsonArray() }), ["responses"] = new JsonObject() } },
                ["/token/{code}"] = new JsonObject { ["get"] = new JsonObject { ["x-amazon-apigateway-integration"] = integration.DeepClone(), ["security"] = new JsonArray(new JsonObject { ["NONE"] = new JsonArray() }), ["responses"] = new JsonObject() } },
            },
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject
                {
                    ["Jwt"] = new JsonObject
                    {
                        ["type"] = "oauth2",
                        ["x-amazon-apigateway-authorizer"] = new JsonObject { ["type"] = "jwt", ["identitySource"] = "$request.header.Authorization", ["jwtConfiguration"] = new JsonObject { ["issuer"] = fixture.Backend.Address + "/issuer", ["audience"] = new JsonArray("me") } },
                    },
                },
            },
            ["x-amazon-apigateway-cors"] = new JsonObject { ["allowOrigins"] = new JsonArray("https://d1.cloudfront.net"), ["allowHeaders"] = new JsonArray("authorization") },
            ["tags"] = new JsonArray(new JsonObject { ["name"] = "httpapi:createdBy", ["x-amazon-apigateway-tag-value"] = "SAM" }),
        };
        var made = await fixture.Call("ImportApi", new { Body = document.ToJsonString() });
        Assert.Equal(("stack", "SAM"), ((string)made["Name"]!, (string)made["Tags"]!["httpapi:createdBy"]!));
        var api = fixture.Beside((string)made["ApiId"]!);
        await api.Call("CreateStage", new { api.ApiId, StageName = "$default", AutoDeploy = true });
        Assert.Equal("401 {\"message\":\"Unauthorized\"}", await api.Says("/recipes"));
        Assert.StartsWith("200", await api.Says("/token/abc"), StringComparison.Ordinal);

        document["paths"]!.AsObject().Remove("/recipes");
        await api.Call("ReimportApi", new { api.ApiId, Body = document.ToJsonString() });
        Assert.StartsWith("404", await api.Says("/recipes"), StringComparison.Ordinal);
        document["paths"]!["/token/{code}"]!["get"]!["x-amazon-apigateway-integration"]!["cacheKeyParameters"] = new JsonArray();
        Assert.Contains("cacheKeyParameters", (await api.Fails("ReimportApi", new { api.ApiId, Body = document.ToJsonString() })).Text, StringComparison.Ordinal);
        var exported = await api.Call("ExportApi", new { api.ApiId, Specification = "OAS30", OutputType = "JSON" });
        Assert.Contains("/token/{code}", System.Text.Encoding.UTF8.GetString(Convert.FromBase64String((string)exported["body"]!["$bytes"]!)), StringComparison.Ordinal);
    }
}
