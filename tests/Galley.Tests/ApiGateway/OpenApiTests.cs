using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.ApiGateway;

/// <summary>Definitions in JSON and YAML: everything HTTP APIs take out of OpenAPI, and out again.</summary>
public class OpenApiTests
{
    private static string Definition(HttpApiFixture fixture) => $$"""
        openapi: "3.0.1"
        info:
          title: 'kitchen'
          description: what is cooked
          version: "2020-05-04"
        servers:
          - url: https://example.com/{basePath}
            variables: {basePath: {default: /shop/v1} }
        x-amazon-apigateway-importexport-version: "1.0"
        x-amazon-apigateway-cors:
          allowOrigins: [ "https://app.test" ]
          maxAge: 60
          allowCredentials: true
        tags:
          - {name: team, x-amazon-apigateway-tag-value: kitchen}
        paths:
          /recipes:
            get:
              operationId: listRecipes
              security: [ {jwt: [recipes/read]} ]
              x-amazon-apigateway-integration: {type: http_proxy, httpMethod: ANY, uri: "{{fixture.Backend.Address}}/recipes", payloadFormatVersion: "1.0"}
              responses: {default: {description: fine} }
            post:
              security: [ {lambda: []} ]
              x-amazon-apigateway-integration:
                $ref: '#/components/x-amazon-apigateway-integrations/shared'
          /signed:
            x-amazon-apigateway-any-method:
              x-amazon-apigateway-auth: {type: AWS_IAM}
              x-amazon-apigateway-integration:
                $ref: '#/components/x-amazon-apigateway-integrations/shared'
          /sigv4:
            get:
              security: [ {sigv4: []} ]
          /$default:
            x-amazon-apigateway-any-method:
              isDefaultRoute: true
              x-amazon-apigateway-integration:
                type: aws_proxy
                httpMethod: POST
                uri: arn:aws:lambda:eu-west-2:123456789012:function:f
                payloadFormatVersion: 2.0
                timeoutInMillis: 5000
                credentials: arn:aws:iam::123456789012:role/r
        components:
          x-amazon-apigateway-integrations:
            shared:
              type: http_proxy
              httpMethod: ANY
              uri: "{{fixture.Backend.Address}}/shared"
              payloadFormatVersion: "1.0"
              requestParameters: {"append:header.x": "$context.requestId"}
              responseParameters: {"200": {"overwrite:statuscode": "202"} }
          securitySchemes:
            jwt:
              type: oauth2
              flows: {}
              x-amazon-apigateway-authorizer: {type: jwt, identitySource: $request.header.Authorization, jwtConfiguration: {issuer: "{{fixture.Backend.Address}}/issuer", audience: [me]} }
            lambda:
              type: apiKey
              name: unused
              in: header
              x-amazon-apigateway-authorizer:
                type: request
                identitySource: $request.header.X-Key
                authorizerUri: arn:aws:apigateway:eu-west-2:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-2:123456789012:function:guard/invocations
                authorizerPayloadFormatVersion: "2.0"
                authorizerResultTtlInSeconds: 30
                enableSimpleResponses: true
            sigv4: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
        """;

    private static async Task<Dictionary<string, JsonNode>> Routes(HttpApiFixture fixture, string apiId)
        => (await fixture.Call("GetRoutes", new { ApiId = apiId }))["Items"]!.AsArray().ToDictionary(route => (string)route!["RouteKey"]!, route => route!);

    [Fact]
    public async Task YAML_with_every_extension_becomes_an_API_and_comes_out_again_the_same()
    {
        await using var fixture = await HttpApiFixture.Start(stage: false);
        var api = await fixture.Call("ImportApi", new { Body = Definition(fixture) });
        var id = (string)api["ApiId"]!;
        Assert.Equal(("kitchen", "what is cooked", "2020-05-04", "kitchen"), ((string)api["Name"]!, (string)api["Description"]!, (string)api["Version"]!, (string)api["Tags"]!["team"]!));
        Assert.Equal("https://app.test", (string)api["CorsConfiguration"]!["AllowOrigins"]![0]!);
        var routes = await Routes(fixture, id);
        Assert.Equal(["$default", "ANY /signed", "GET /recipes", "GET /sigv4", "POST /recipes"], routes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("JWT", "recipes/read", "listRecipes"), ((string)routes["GET /recipes"]["AuthorizationType"]!, (string)routes["GET /recipes"]["AuthorizationScopes"]![0]!, (string)routes["GET /recipes"]["OperationName"]!));
        Assert.Equal("CUSTOM", (string)routes["POST /recipes"]["AuthorizationType"]!);
        Assert.Equal("AWS_IAM", (string)routes["ANY /signed"]["AuthorizationType"]!);
        Assert.Equal("AWS_IAM", (string)routes["GET /sigv4"]["AuthorizationType"]!);

        var yaml = await Export(fixture, id, "YAML");
        var json = await Export(fixture, id, "JSON");
        var again = (string)(await fixture.Call("ImportApi", new { Body = yaml }))["ApiId"]!;
        Assert.Equal(Shape(JsonNode.Parse(json)!), Shape(JsonNode.Parse(await Export(fixture, again, "JSON"))!));
        await fixture.Call("ReimportApi", new { ApiId = again, Body = json });
        Assert.Equal(Shape(JsonNode.Parse(json)!), Shape(JsonNode.Parse(await Export(fixture, again, "JSON"))!));
        // ANY has no other name in OpenAPI than the extension's
        Assert.DoesNotContain("x-amazon", (await Export(fixture, id, "JSON", extensions: false)).Replace("x-amazon-apigateway-any-method", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ignore", "GET /recipes")]
    [InlineData("prepend", "GET /shop/v1/recipes")]
    [InlineData("split", "GET /v1/recipes")]
    public async Task The_base_path_is_ignored_prepended_or_split(string basepath, string key)
    {
        await using var fixture = await HttpApiFixture.Start(stage: false);
        var api = await fixture.Call("ImportApi", new { Body = Definition(fixture), Basepath = basepath });
        Assert.Contains(key, (await Routes(fixture, (string)api["ApiId"]!)).Keys);
    }

    [Fact]
    public async Task What_cannot_be_had_is_an_error_and_leaves_the_API_as_it_was()
    {
        await using var fixture = await HttpApiFixture.Start(stage: false);
        var good = Definition(fixture);
        var api = (string)(await fixture.Call("ImportApi", new { Body = good }))["ApiId"]!;
        foreach (var (from, to) in ((string, string)[])[
                     ("\"3.0.1\"", "\"2.0\""), ("title: 'kitchen'", "x: y"), ("importexport-version: \"1.0\"", "importexport-version: \"2.0\""), ("x-amazon-apigateway-cors:", "x-amazon-apigateway-policy:"),
                     ("allowCredentials: true", "allowEverything: true"), ("type: aws_proxy", "type: mock"), ("integrations/shared'", "integrations/nothing'"), ("type: request", "type: token"),
                     ("isDefaultRoute: true", "x-amazon-apigateway-request-validator: all"), ("/signed:", "/{a+}/b:"), ("append:header.x", "append:header.host"), ("operationId: listRecipes", "operationId: [")])
            Assert.Equal("BadRequestException", (await fixture.Fails("ReimportApi", new { ApiId = api, Body = good.Replace(from, to, StringComparison.Ordinal), FailOnWarnings = true })).Code);
        foreach (var body in (string[])["", "x", "[]", "{", "{\"openapi\":\"3.0.1\",\"openapi\":\"3.0.1\"}", "a: 1\na: 2", "a: &x 1\nb: *x", good + "\npaths: {}"])
            Assert.Equal("BadRequestException", (await fixture.Fails("ReimportApi", new { ApiId = api, Body = body })).Code);
        Assert.Equal(5, (await Routes(fixture, api)).Count);
    }

    [Fact]
    public async Task Warnings_are_told_and_fail_the_import_only_when_asked_to()
    {
        await using var fixture = await HttpApiFixture.Start(stage: false);
        var good = Definition(fixture);
        var api = (string)(await fixture.Call("ImportApi", new { Body = good, FailOnWarnings = true }))["ApiId"]!;
        var warned = good.Replace("responses: {default: {description: fine} }", "responses: {200: {description: fine, content: {application/json: {schema: {$ref: '#/components/schemas/Nothing'} } } } }", StringComparison.Ordinal)
            .Replace("  /$default:", "  $default:", StringComparison.Ordinal).Replace("'kitchen'", "'other'", StringComparison.Ordinal);
        var refused = await fixture.Fails("ReimportApi", new { ApiId = api, Body = warned, FailOnWarnings = true });
        Assert.Equal(
            ("BadRequestException", "Warnings found during import:\n\tParse issue: attribute paths.'/recipes'(get).responses.200.content.schema.#/components/schemas/Nothing is missing\n\tParse issue: attribute paths. Resource $default should start with /"),
            (refused.Code, refused.Text));
        Assert.Equal("kitchen", (string)(await fixture.Call("GetApi", new { ApiId = api }))["Name"]!);
        var taken = await fixture.Call("ReimportApi", new { ApiId = api, Body = warned });
        Assert.Equal(("other", 2), ((string)taken["Name"]!, taken["Warnings"]!.AsArray().Count));
        Assert.Equal(5, (await Routes(fixture, api)).Count);
    }

    /// <summary>Without ids and addresses, which are each API's own.</summary>
    private static string Shape(JsonNode document)
    {
        document["servers"]!.AsArray().Clear();
        return Sorted(document)!.ToJsonString();
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new KeyValuePair<string, JsonNode?>(pair.Key, Sorted(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    private static async Task<string> Export(HttpApiFixture fixture, string apiId, string type, bool extensions = true)
        => Encoding.UTF8.GetString(Convert.FromBase64String((string)(await fixture.Call("ExportApi", new { ApiId = apiId, Specification = "OAS30", OutputType = type, IncludeExtensions = extensions }))["body"]!["$bytes"]!));
}
