using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Store;
using Galley.Wire;

namespace Galley.ApiGateway.OpenApi;

/// <summary>ExportApi: the API as an OpenAPI 3.0.1 document in JSON or YAML, what <see cref="Import"/> reads.</summary>
internal sealed class Export(ApiStore store)
{
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, TypeInfoResolver = ApiGatewayJson.Default };

    public async ValueTask<Reply> ExportApi(ExportRequest request, ApiRequest _, Call call)
    {
        if (request.Specification != "OAS30") throw Errors.BadRequest("Invalid specification specified. Must be one of [OAS30]");
        if (request.OutputType is not ("JSON" or "YAML")) throw Errors.BadRequest("Invalid outputType specified. Must be one of [JSON, YAML]");
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
        var document = Write(api, definition, request.IncludeExtensions ?? true);
        return request.OutputType == "YAML" ? Reply.Text(Yaml.Write(document), "application/yaml") : Reply.Text(document.ToJsonString(Indented), "application/json");
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
            if (extensions && route.AuthorizationType == "AWS_IAM") operation["x-amazon-apigateway-auth"] = new JsonObject { ["type"] = "AWS_IAM" };
            if (Variables(path) is { Count: > 0 } variables) operation["parameters"] = variables;
            if (extensions && definition.Integrations.Find(integration => "integrations/" + integration.IntegrationId == route.Target) is { } integration)
                operation["x-amazon-apigateway-integration"] = Write(integration);
            if (paths[path] is not JsonObject item) paths[path] = item = [];
            item[method] = operation;
        }

        var document = new JsonObject
        {
            ["openapi"] = "3.0.1",
            ["info"] = new JsonObject { ["title"] = api.Name, ["version"] = api.Version ?? "1.0" },
            ["servers"] = new JsonArray(Server(api, extensions)),
            ["tags"] = new JsonArray([.. api.Tags.Select(tag => (JsonNode)(extensions ? new JsonObject { ["name"] = tag.Key, ["x-amazon-apigateway-tag-value"] = tag.Value } : new JsonObject { ["name"] = tag.Key }))]),
            ["paths"] = paths,
        };
        if (definition.Authorizers.Count > 0) document["components"] = new JsonObject { ["securitySchemes"] = new JsonObject(definition.Authorizers.Select(authorizer => new KeyValuePair<string, JsonNode?>(authorizer.Name, Write(authorizer, extensions)))) };
        if (api.Description is { } description) document["info"]!["description"] = description;
        if (!extensions) return document;
        if (definition.Cors is { } cors) document["x-amazon-apigateway-cors"] = JsonSerializer.SerializeToNode(cors, Json.Cors);
        document["x-amazon-apigateway-importexport-version"] = "1.0";
        return document;
    }

    private static JsonObject Server(Api api, bool extensions)
    {
        var server = new JsonObject { ["url"] = api.ApiEndpoint };
        if (extensions && api.DisableExecuteApiEndpoint) server["x-amazon-apigateway-endpoint-configuration"] = new JsonObject { ["disableExecuteApiEndpoint"] = true };
        return server;
    }

    private static JsonArray Variables(string path) => new([.. path.Split('/').Where(segment => segment.StartsWith('{')).Select(segment => (JsonNode)new JsonObject
    {
        ["name"] = segment.Trim('{', '}').TrimEnd('+'),
        ["in"] = "path",
        ["required"] = true,
        ["schema"] = new JsonObject { ["type"] = "string" },
    })]);

    private static JsonObject Write(Integration integration)
    {
        var json = new JsonObject
        {
            ["payloadFormatVersion"] = integration.PayloadFormatVersion,
            ["type"] = integration.IntegrationType.ToLowerInvariant(),
            ["httpMethod"] = integration.IntegrationMethod,
            ["uri"] = integration.IntegrationUri,
            ["connectionType"] = integration.ConnectionType,
            ["timeoutInMillis"] = integration.TimeoutInMillis,
        };
        if (integration.Description is { } description) json["description"] = description;
        if (integration.CredentialsArn is { } role) json["credentials"] = role;
        if (integration.RequestParameters is { } request) json["requestParameters"] = Map(request);
        if (integration.ResponseParameters is { } response) json["responseParameters"] = new JsonObject(response.Select(pair => new KeyValuePair<string, JsonNode?>(pair.Key, Map(pair.Value))));
        return json;
    }

    private static JsonObject Write(Authorizer authorizer, bool extensions)
    {
        var jwt = authorizer.AuthorizerType == "JWT";
        var scheme = jwt
            ? new JsonObject { ["type"] = "oauth2", ["flows"] = new JsonObject() }
            : new JsonObject { ["type"] = "apiKey", ["name"] = "Unused", ["in"] = "header" };
        if (!extensions) return scheme;
        var json = new JsonObject { ["type"] = jwt ? "jwt" : "request", ["identitySource"] = string.Join(',', authorizer.IdentitySource) };
        if (jwt)
        {
            json["jwtConfiguration"] = new JsonObject { ["audience"] = List(authorizer.JwtConfiguration?.Audience ?? []), ["issuer"] = authorizer.JwtConfiguration?.Issuer };
        }
        else
        {
            json["authorizerUri"] = authorizer.AuthorizerUri;
            json["authorizerPayloadFormatVersion"] = authorizer.AuthorizerPayloadFormatVersion;
            json["authorizerResultTtlInSeconds"] = authorizer.AuthorizerResultTtlInSeconds;
            json["enableSimpleResponses"] = authorizer.EnableSimpleResponses;
            if (authorizer.AuthorizerCredentialsArn is { } role) json["authorizerCredentials"] = role;
        }

        scheme["x-amazon-apigateway-authorizer"] = json;
        return scheme;
    }

    private static JsonObject Map(Dictionary<string, string> map) => new(map.Select(pair => new KeyValuePair<string, JsonNode?>(pair.Key, pair.Value)));

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
