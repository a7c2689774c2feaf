using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Store;
using Galley.Wire;

namespace Galley.ApiGateway.OpenApi;

/// <summary>ExportApi: the API as an OpenAPI 3.0.1 document in JSON, what <see cref="Import"/> reads.</summary>
internal sealed class Export(ApiStore store)
{
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;

    public async ValueTask<Reply> ExportApi(ExportRequest request, ApiRequest _, Call call)
    {
        if (request.Specification != "OAS30") throw Errors.BadRequest("Invalid specification specified. Must be one of [OAS30]");
        if (request.OutputType != "JSON") throw Errors.Unsupported("outputType " + request.OutputType);
        if (request.ExportVersion is not (null or "1.0")) throw Errors.BadRequest("Invalid exportVersion specified. Must be one of [1.0]");
        var (api, definition) = await store.Read(call, request.ApiId, async (tx, keys, api) =>
        {
            if (request.StageName is { } name)
            {
                var stage = await tx.Get(keys.Stage(name), Json.Stage) ?? throw Errors.NoStage(name);
                if (stage.DeploymentId is { } id && await tx.Get(keys.Definition(id), Json.Definition) is { } frozen) return (api, frozen);
            }

            return (api, new Definition
            {
                Cors = api.CorsConfiguration,
                Routes = await tx.List(keys.Routes, Json.Route),
                Integrations = await tx.List(keys.Integrations, Json.Integration),
                Authorizers = await tx.List(keys.Authorizers, Json.Authorizer),
            });
        });
        return Reply.Text(Write(api, definition, request.IncludeExtensions ?? true).ToJsonString(new JsonSerializerOptions { WriteIndented = true }), "application/json");
    }

    private static JsonObject Write(Api api, Definition definition, bool extensions)
    {
        var paths = new JsonObject();
        foreach (var route in definition.Routes)
        {
            var (method, path) = route.RouteKey.Split(' ') is [var verb, var rest] ? (verb == "ANY" ? "x-amazon-apigateway-any-method" : verb.ToLowerInvariant(), rest) : ("x-amazon-apigateway-any-method", "/$default");
            var operation = new JsonObject { ["responses"] = new JsonObject { ["default"] = new JsonObject { ["description"] = $"Default response for {route.RouteKey}" } } };
            if (route.OperationName is { } name) operation["operationId"] = name;
            if (definition.Authorizers.Find(authorizer => authorizer.AuthorizerId == route.AuthorizerId) is { } guard)
                operation["security"] = new JsonArray(new JsonObject { [guard.Name] = List(route.AuthorizationScopes ?? []) });
            if (extensions && definition.Integrations.Find(integration => "integrations/" + integration.IntegrationId == route.Target) is { } integration)
                operation["x-amazon-apigateway-integration"] = Write(integration);
            if (paths[path] is not JsonObject item) paths[path] = item = [];
            item[method] = operation;
        }

        var document = new JsonObject
        {
            ["openapi"] = "3.0.1",
            ["info"] = new JsonObject { ["title"] = api.Name, ["version"] = api.Version ?? "1.0" },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = api.ApiEndpoint }),
            ["tags"] = new JsonArray([.. api.Tags.Select(tag => (JsonNode)new JsonObject { ["name"] = tag.Key, ["x-amazon-apigateway-tag-value"] = tag.Value })]),
            ["paths"] = paths,
        };
        if (definition.Authorizers.Count > 0) document["components"] = new JsonObject { ["securitySchemes"] = new JsonObject(definition.Authorizers.Select(authorizer => new KeyValuePair<string, JsonNode?>(authorizer.Name, Write(authorizer, extensions)))) };
        if (extensions && definition.Cors is { } cors) document["x-amazon-apigateway-cors"] = JsonSerializer.SerializeToNode(cors, Json.Cors);
        return document;
    }

    private static JsonObject Write(Integration integration) => new()
    {
        ["type"] = integration.IntegrationType.ToLowerInvariant(),
        ["httpMethod"] = integration.IntegrationMethod,
        ["uri"] = integration.IntegrationUri,
        ["connectionType"] = integration.ConnectionType,
        ["payloadFormatVersion"] = integration.PayloadFormatVersion,
        ["timeoutInMillis"] = integration.TimeoutInMillis,
    };

    private static JsonObject Write(Authorizer authorizer, bool extensions)
    {
        var scheme = new JsonObject { ["type"] = "oauth2", ["flows"] = new JsonObject() };
        if (extensions)
            scheme["x-amazon-apigateway-authorizer"] = new JsonObject
            {
                ["type"] = "jwt",
                ["identitySource"] = string.Join(',', authorizer.IdentitySource),
                ["jwtConfiguration"] = new JsonObject { ["audience"] = List(authorizer.JwtConfiguration?.Audience ?? []), ["issuer"] = authorizer.JwtConfiguration?.Issuer },
            };
        return scheme;
    }

    private static JsonArray List(List<string> items) => new([.. items.Select(item => (JsonNode)item)]);
}

internal sealed record ExportRequest
{
    public required string ApiId { get; init; }
    public string? ExportVersion { get; init; }
    public bool? IncludeExtensions { get; init; }
    public required string OutputType { get; init; }
    public required string Specification { get; init; }
    public string? StageName { get; init; }
}
