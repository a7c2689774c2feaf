using System.Text.Json;
using System.Text.Json.Nodes;

namespace Galley.ApiGateway.OpenApi;

/// <summary>
/// What API Gateway takes out of an OpenAPI 3.0 document: paths with `x-amazon-apigateway-integration`, JWT security schemes, CORS,
/// tags. A security scheme that is not defined (SAM's `NONE`) means no authorization. Other extensions are refused by name.
/// </summary>
internal sealed class Document
{
    private const string IntegrationKey = "x-amazon-apigateway-integration", AuthorizerKey = "x-amazon-apigateway-authorizer", CorsKey = "x-amazon-apigateway-cors", TagKey = "x-amazon-apigateway-tag-value";

    public required string Title { get; init; }

    public string? Description { get; init; }

    public string? Version { get; init; }

    public Cors? Cors { get; init; }

    public Dictionary<string, string> Tags { get; } = [];

    public List<Authorizer> Authorizers { get; } = [];

    public List<Integration> Integrations { get; } = [];

    public List<Route> Routes { get; } = [];

    public static Document Read(JsonObject json, Func<int, string> newId)
    {
        try
        {
            if (Text(json, "openapi") is not { } version || !version.StartsWith("3.0", StringComparison.Ordinal)) throw Errors.BadRequest("Invalid OpenAPI input: HTTP APIs are imported from OpenAPI 3.0");
            foreach (var (name, _) in json)
                if (name.StartsWith("x-amazon-apigateway-", StringComparison.Ordinal) && name is not CorsKey)
                    throw Errors.Unsupported(name);
            var info = json["info"] as JsonObject;
            var document = new Document
            {
                Title = Text(info, "title") ?? throw Errors.BadRequest("Invalid OpenAPI input: info.title is missing"),
                Description = Text(info, "description"),
                Version = Text(info, "version"),
                Cors = json[CorsKey] is JsonObject cors ? ReadCors(cors) : null,
            };
            foreach (var tag in (json["tags"] as JsonArray ?? []).OfType<JsonObject>())
                if (Text(tag, "name") is { } name && Text(tag, TagKey) is { } value)
                    document.Tags[name] = value;
            var schemes = document.ReadSchemes(json["components"]?["securitySchemes"] as JsonObject, newId);
            foreach (var (path, item) in json["paths"] as JsonObject ?? [])
                foreach (var (method, operation) in item as JsonObject ?? [])
                    if (Method(method) is { } verb && operation is JsonObject details)
                        document.ReadRoute(path == "/$default" ? "$default" : $"{verb} {path}", details, details["security"] as JsonArray ?? json["security"] as JsonArray, schemes, newId);
            return document;
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or JsonException)
        {
            throw Errors.BadRequest("Invalid OpenAPI input: " + e.Message);
        }
    }

    private static string? Method(string name) => name switch
    {
        "get" or "put" or "post" or "delete" or "options" or "head" or "patch" => name.ToUpperInvariant(),
        "trace" => throw Errors.Unsupported("routes with the method TRACE"),
        "x-amazon-apigateway-any-method" => "ANY",
        _ => null,
    };

    /// <summary>The authorizers by scheme name.</summary>
    private Dictionary<string, Authorizer> ReadSchemes(JsonObject? schemes, Func<int, string> newId)
    {
        var read = new Dictionary<string, Authorizer>(StringComparer.Ordinal);
        foreach (var (name, scheme) in schemes ?? [])
        {
            if (scheme?[AuthorizerKey] is not JsonObject authorizer) continue;
            if (Text(authorizer, "type") is not "jwt") throw Errors.Unsupported($"the authorizer type {Text(authorizer, "type")} of {name}");
            var source = authorizer["identitySource"];
            var jwt = authorizer["jwtConfiguration"] as JsonObject;
            read[name] = ApiGateway.Authorizers.Make(
                new AuthorizerRequest
                {
                    ApiId = "",
                    Name = name,
                    AuthorizerType = "JWT",
                    IdentitySource = source is JsonArray list ? Texts(list) : source is null ? null : [.. source.ToString().Split(',', StringSplitOptions.TrimEntries)],
                    JwtConfiguration = new JwtConfiguration { Issuer = Text(jwt, "issuer"), Audience = jwt?["audience"] is JsonArray audience ? Texts(audience) : null },
                },
                newId(6));
            Authorizers.Add(read[name]);
        }

        return read;
    }

    private void ReadRoute(string key, JsonObject operation, JsonArray? security, Dictionary<string, Authorizer> schemes, Func<int, string> newId)
    {
        var route = new Route { RouteId = newId(7), RouteKey = RouteKeys.Check(key), OperationName = Text(operation, "operationId") };
        if (operation[IntegrationKey] is JsonObject integration)
        {
            var made = ReadIntegration(integration, newId(7));
            Integrations.Add(made);
            route = route with { Target = "integrations/" + made.IntegrationId };
        }

        // the first requirement that names an authorizer counts; an empty list, or names of undefined schemes, mean none
        foreach (var requirement in (security ?? []).OfType<JsonObject>())
            foreach (var (name, scopes) in requirement)
                if (route.AuthorizerId is null && schemes.TryGetValue(name, out var authorizer))
                    route = route with
                    {
                        AuthorizationType = "JWT",
                        AuthorizerId = authorizer.AuthorizerId,
                        AuthorizationScopes = scopes is JsonArray { Count: > 0 } list ? Texts(list) : null,
                    };
        Routes.Add(route);
    }

    private static Integration ReadIntegration(JsonObject json, string id)
    {
        foreach (var (name, _) in json)
            if (name is not ("type" or "uri" or "httpMethod" or "payloadFormatVersion" or "timeoutInMillis" or "connectionType" or "description"))
                throw Errors.Unsupported($"{name} in {IntegrationKey}");
        return ApiGateway.Integrations.Make(
            new IntegrationRequest
            {
                IntegrationType = Text(json, "type")?.ToUpperInvariant(),
                IntegrationUri = Text(json, "uri"),
                IntegrationMethod = Text(json, "httpMethod")?.ToUpperInvariant() is { } method ? method == "X-AMAZON-APIGATEWAY-ANY-METHOD" ? "ANY" : method : null,
                PayloadFormatVersion = Text(json, "payloadFormatVersion"),
                TimeoutInMillis = Text(json, "timeoutInMillis") is { } time ? int.Parse(time, System.Globalization.CultureInfo.InvariantCulture) : null,
                ConnectionType = Text(json, "connectionType"),
                Description = Text(json, "description"),
            },
            id);
    }

    private static Cors ReadCors(JsonObject json)
    {
        foreach (var (name, _) in json)
            if (name is not ("allowOrigins" or "allowMethods" or "allowHeaders" or "exposeHeaders" or "maxAge" or "allowCredentials"))
                throw Errors.Unsupported($"{name} in {CorsKey}");
        return CorsRules.Check(new Cors
        {
            AllowOrigins = json["allowOrigins"] is JsonArray origins ? Texts(origins) : null,
            AllowMethods = json["allowMethods"] is JsonArray methods ? Texts(methods) : null,
            AllowHeaders = json["allowHeaders"] is JsonArray headers ? Texts(headers) : null,
            ExposeHeaders = json["exposeHeaders"] is JsonArray exposed ? Texts(exposed) : null,
            MaxAge = Text(json, "maxAge") is { } age ? int.Parse(age, System.Globalization.CultureInfo.InvariantCulture) : null,
            AllowCredentials = Text(json, "allowCredentials") is { } credentials ? bool.Parse(credentials) : null,
        });
    }

    private static string? Text(JsonObject? json, string name) => json?[name]?.ToString();

    private static List<string> Texts(JsonArray list) => [.. list.Where(item => item is not null).Select(item => item!.ToString())];
}
