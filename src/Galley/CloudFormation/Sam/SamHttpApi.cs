using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <summary>An HttpApi event of a function. Without method and path it is the default route.</summary>
internal sealed record SamRoute(string Event, string Function, string? Method, string? Path, JsonObject Properties);

/// <summary>`AWS::Serverless::HttpApi`: an API whose body is OpenAPI, gathered from the functions' events, and its stage.</summary>
internal sealed partial class SamHttpApi
{
    private const string AnyMethod = "x-amazon-apigateway-any-method";

    private readonly SamResource _api;
    private readonly JsonObject _paths = [];
    private readonly JsonObject _routeSettings = [];
    private readonly JsonObject _authorizers;
    private readonly string? _defaultAuthorizer;

    public SamHttpApi(SamResource api)
    {
        _api = api;
        api.Allow("Auth", "CorsConfiguration", "StageName", "RouteSettings", "DefaultRouteSettings", "AccessLogSettings", "StageVariables", "Tags", "Name", "Description", "DisableExecuteApiEndpoint", "FailOnWarnings");
        var auth = api.Properties["Auth"] as JsonObject ?? [];
        foreach (var (member, _) in auth)
            if (member is not ("Authorizers" or "DefaultAuthorizer"))
                throw SamErrors.Resource(Name, $"Galley does not support {member} in Auth.");
        _authorizers = auth["Authorizers"] as JsonObject ?? [];
        _defaultAuthorizer = Scalars.Text(auth["DefaultAuthorizer"]);
        if (_defaultAuthorizer is not null && !_authorizers.ContainsKey(_defaultAuthorizer))
            throw SamErrors.Resource(Name, $"Unable to set DefaultAuthorizer because '{_defaultAuthorizer}' was not defined in 'Authorizers'.");
        if (api.Properties["RouteSettings"] is JsonObject settings)
            foreach (var (route, setting) in settings)
                _routeSettings[route] = setting?.DeepClone();
    }

    public string Name => _api.Name;

    public void Add(SamRoute route)
    {
        var method = route.Method?.ToLowerInvariant() switch { null or "any" => AnyMethod, var one => one };
        var path = route.Path ?? "$default";
        if (_paths[path] is not JsonObject methods) _paths[path] = methods = [];
        if (methods.ContainsKey(method)) throw SamErrors.Resource(route.Function, $"Event with id [{route.Event}] is invalid. API method \"{method}\" defined multiple times for path \"{path}\".");
        var properties = route.Properties;
        var integration = new JsonObject
        {
            ["httpMethod"] = "POST",
            ["type"] = "aws_proxy",
            ["uri"] = new JsonObject { ["Fn::Sub"] = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${" + route.Function + ".Arn}/invocations" },
            ["payloadFormatVersion"] = properties["PayloadFormatVersion"] is { } version ? Scalars.Text(version) : "2.0",
        };
        if (properties["TimeoutInMillis"] is { } timeout) integration["timeoutInMillis"] = timeout.DeepClone();
        var operation = new JsonObject { ["x-amazon-apigateway-integration"] = integration };
        if (route.Path is null) operation["isDefaultRoute"] = true;
        if (Security(route, properties["Auth"] as JsonObject) is { } security) operation["security"] = security;
        var variables = Variable().Matches(path).Select(match => (JsonNode)new JsonObject { ["required"] = true, ["name"] = match.Groups[1].Value, ["in"] = "path" }).ToArray();
        if (variables.Length > 0) operation["parameters"] = new JsonArray(variables);
        operation["responses"] = new JsonObject();
        methods[method] = operation;
        if (properties["RouteSettings"] is { } settings) _routeSettings[$"{route.Method?.ToUpperInvariant()} {path}".Trim()] = settings.DeepClone();
    }

    public void WriteTo(JsonObject made)
    {
        made.Add(Name, _api.Make("AWS::ApiGatewayV2::Api", new JsonObject { ["Body"] = Body() }, itself: true));
        var stage = _api.Properties["StageName"] is { } given ? Scalars.Text(given) ?? throw SamErrors.Resource(Name, "StageName must be known before the deployment.") : "$default";
        var properties = new JsonObject { ["ApiId"] = new JsonObject { ["Ref"] = Name }, ["StageName"] = stage, ["AutoDeploy"] = true };
        _api.Copy(properties, "AccessLogSettings", "DefaultRouteSettings", "StageVariables");
        if (_routeSettings.Count > 0) properties["RouteSettings"] = _routeSettings;
        var tags = (JsonObject)(_api.Properties["Tags"]?.DeepClone() ?? new JsonObject());
        tags["httpapi:createdBy"] = "SAM";
        properties["Tags"] = tags;
        made.Add(Name + (stage == "$default" ? "ApiGatewayDefault" : stage) + "Stage", _api.Make("AWS::ApiGatewayV2::Stage", properties, itself: false));
    }

    private JsonArray? Security(SamRoute route, JsonObject? auth)
    {
        foreach (var (member, _) in auth ?? [])
            if (member is not ("Authorizer" or "AuthorizationScopes"))
                throw SamErrors.Resource(route.Function, $"Galley does not support {member} in the Auth of event {route.Event}.");
        var name = Scalars.Text(auth?["Authorizer"]) ?? _defaultAuthorizer;
        if (name is null) return auth?["AuthorizationScopes"] is null ? null : throw SamErrors.Resource(route.Function, $"Event with id [{route.Event}] is invalid. AuthorizationScopes without an Authorizer.");
        if (name == "NONE")
        {
            if (_defaultAuthorizer is null && _authorizers.Count == 0)
                throw SamErrors.Resource(route.Function, $"Event with id [{route.Event}] is invalid. Unable to set Authorizer on API method because the related API does not define any Authorizers.");
            return new JsonArray(new JsonObject { ["NONE"] = new JsonArray() });
        }

        if (_authorizers[name] is not JsonObject authorizer)
            throw SamErrors.Resource(route.Function, $"Event with id [{route.Event}] is invalid. Unable to set Authorizer [{name}] on API method because it was not defined in the API's Authorizers.");
        var scopes = auth?["AuthorizationScopes"] ?? authorizer["AuthorizationScopes"];
        return new JsonArray(new JsonObject { [name] = scopes?.DeepClone() ?? new JsonArray() });
    }

    private JsonObject Body()
    {
        var info = new JsonObject { ["version"] = "1.0", ["title"] = _api.Properties["Name"]?.DeepClone() ?? new JsonObject { ["Ref"] = "AWS::StackName" } };
        if (_api.Properties["Description"] is { } description) info["description"] = description.DeepClone();
        var body = new JsonObject { ["openapi"] = "3.0.1", ["info"] = info, ["paths"] = _paths };
        if (Schemes() is { Count: > 0 } schemes) body["components"] = new JsonObject { ["securitySchemes"] = schemes };
        if (Cors() is { } cors) body["x-amazon-apigateway-cors"] = cors;
        if (_api.Properties["DisableExecuteApiEndpoint"] is { } disabled)
            body["servers"] = new JsonArray(new JsonObject { ["x-amazon-apigateway-endpoint-configuration"] = new JsonObject { ["disableExecuteApiEndpoint"] = disabled.DeepClone() } });
        var tags = new JsonArray();
        foreach (var (key, value) in _api.Properties["Tags"] as JsonObject ?? []) tags.Add((JsonNode)new JsonObject { ["name"] = key, ["x-amazon-apigateway-tag-value"] = value?.DeepClone() });
        tags.Add((JsonNode)new JsonObject { ["name"] = "httpapi:createdBy", ["x-amazon-apigateway-tag-value"] = "SAM" });
        body["tags"] = tags;
        return body;
    }

    private JsonObject Schemes()
    {
        var schemes = new JsonObject();
        foreach (var (name, node) in _authorizers)
        {
            if (node is not JsonObject authorizer || authorizer["JwtConfiguration"] is not JsonObject jwt)
                throw SamErrors.Resource(Name, $"Galley supports only JWT authorizers ({name}).");
            foreach (var (member, _) in authorizer)
                if (member is not ("JwtConfiguration" or "IdentitySource" or "AuthorizationScopes"))
                    throw SamErrors.Resource(Name, $"Galley does not support {member} of authorizer {name}.");
            var configuration = new JsonObject();
            foreach (var (member, value) in jwt) configuration[char.ToLowerInvariant(member[0]) + member[1..]] = value?.DeepClone();
            schemes[name] = new JsonObject
            {
                ["type"] = "oauth2",
                ["x-amazon-apigateway-authorizer"] = new JsonObject { ["type"] = "jwt", ["jwtConfiguration"] = configuration, ["identitySource"] = authorizer["IdentitySource"]?.DeepClone() },
            };
        }

        return schemes;
    }

    private JsonObject? Cors()
    {
        switch (_api.Properties["CorsConfiguration"])
        {
            case null:
                return null;
            case JsonValue simple when bool.TryParse(Scalars.Text(simple), out var on):
                return on ? new JsonObject { ["allowOrigins"] = new JsonArray("*") } : null;
            case JsonObject configuration:
                var cors = new JsonObject();
                foreach (var (member, value) in configuration)
                {
                    if (member is not ("AllowOrigins" or "AllowHeaders" or "AllowMethods" or "ExposeHeaders" or "MaxAge" or "AllowCredentials"))
                        throw SamErrors.Resource(Name, $"Galley does not support {member} in CorsConfiguration.");
                    cors[char.ToLowerInvariant(member[0]) + member[1..]] = value?.DeepClone();
                }

                return cors;
            default:
                throw SamErrors.Resource(Name, "Invalid value for 'CorsConfiguration' property.");
        }
    }

    [GeneratedRegex(@"\{([^}/]+)\}")]
    private static partial Regex Variable();
}
