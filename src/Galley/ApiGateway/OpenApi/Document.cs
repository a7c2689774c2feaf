using System.Text.Json;
using System.Text.Json.Nodes;

namespace Galley.ApiGateway.OpenApi;

/// <summary>
/// What API Gateway takes out of an OpenAPI 3.0 document: paths with `x-amazon-apigateway-integration`, security schemes with
/// authorizers, CORS, tags. A security scheme that is not defined (SAM's `NONE`) means no authorization. Other extensions are refused by name.
/// </summary>
internal sealed class Document
{
    private const string Extension = "x-amazon-apigateway-", IntegrationKey = Extension + "integration", AuthKey = Extension + "auth", CorsKey = Extension + "cors", TagKey = Extension + "tag-value",
        VersionKey = Extension + "importexport-version", IntegrationsKey = Extension + "integrations";

    /// <summary>The referable integrations of `components`.</summary>
    private JsonObject _integrations = [];

    public required string Title { get; init; }

    public string? Description { get; init; }

    public string? Version { get; init; }

    public Cors? Cors { get; init; }

    /// <summary>Null where the document says nothing about it.</summary>
    public bool? DisableExecuteApiEndpoint { get; init; }

    public Dictionary<string, string> Tags { get; } = [];

    public List<Authorizer> Authorizers { get; } = [];

    public List<Integration> Integrations { get; } = [];

    public List<Route> Routes { get; } = [];

    /// <summary>What is wrong with the document and does no harm, in AWS's words.</summary>
    public List<string> Warnings { get; } = [];

    public static Document Read(JsonObject json, Func<int, string> newId, string? basepath = null)
    {
        try
        {
            if (Text(json, "openapi") is not { } version || !version.StartsWith("3.0", StringComparison.Ordinal)) throw Errors.BadRequest("Invalid OpenAPI input: HTTP APIs are imported from OpenAPI 3.0");
            RefuseExtensions(json, CorsKey, VersionKey);
            if (Text(json, VersionKey) is not (null or "1.0")) throw Errors.Unsupported($"{VersionKey} {Text(json, VersionKey)}");
            var info = json["info"] as JsonObject;
            var document = new Document
            {
                Title = Text(info, "title") ?? throw Errors.BadRequest("Invalid OpenAPI input: info.title is missing"),
                Description = Text(info, "description"),
                Version = Text(info, "version"),
                Cors = json[CorsKey] is JsonObject cors ? ReadCors(cors) : null,
                DisableExecuteApiEndpoint = Servers.Disabled(json["servers"] as JsonArray),
                _integrations = json["components"]?[IntegrationsKey] as JsonObject ?? [],
            };
            var prefix = Servers.Prefix(json["servers"] as JsonArray, basepath);
            foreach (var tag in (json["tags"] as JsonArray ?? []).OfType<JsonObject>())
                if (Text(tag, "name") is { } name && Text(tag, TagKey) is { } value)
                    document.Tags[name] = value;
            var schemes = SecuritySchemes.Read(json["components"]?["securitySchemes"] as JsonObject, newId);
            document.Authorizers.AddRange(schemes.Authorizers);
            foreach (var (path, item) in json["paths"] as JsonObject ?? [])
                foreach (var (method, operation) in item as JsonObject ?? [])
                    if (Method(method) is { } verb && operation is JsonObject details)
                    {
                        document.Warnings.AddRange(Missing(json, $"paths.'{path}'({method})", details));
                        document.ReadRoute(path is "/$default" or "$default" ? "$default" : $"{verb} {prefix}{path}", details, details["security"] as JsonArray ?? json["security"] as JsonArray, schemes, newId);
                    }

            if (json["paths"]?["$default"] is not null) document.Warnings.Add("Parse issue: attribute paths. Resource $default should start with /");
            return document;
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or JsonException)
        {
            throw Errors.BadRequest("Invalid OpenAPI input: " + e.Message);
        }
    }

    /// <summary>Schemas that an operation refers to and that are not there.</summary>
    private static IEnumerable<string> Missing(JsonObject document, string place, JsonObject operation)
    {
        var contents = (operation["responses"] as JsonObject ?? []).Select(response => (Place: $"{place}.responses.{response.Key}", (response.Value as JsonObject)?["content"]))
            .Append((Place: place + ".requestBody", (operation["requestBody"] as JsonObject)?["content"]));
        foreach (var (at, content) in contents)
            foreach (var (_, type) in content as JsonObject ?? [])
                if (Text((type as JsonObject)?["schema"] as JsonObject, "$ref") is { } reference && reference.StartsWith("#/", StringComparison.Ordinal) && Find(document, reference) is null)
                    yield return $"Parse issue: attribute {at}.content.schema.{reference} is missing";

        static JsonNode? Find(JsonNode? node, string reference)
        {
            foreach (var step in reference[2..].Split('/')) node = (node as JsonObject)?[step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)];
            return node;
        }
    }

    private static string? Method(string name) => name switch
    {
        "get" or "put" or "post" or "delete" or "options" or "head" or "patch" => name.ToUpperInvariant(),
        "trace" => throw Errors.Unsupported("routes with the method TRACE"),
        "x-amazon-apigateway-any-method" => "ANY",
        _ => null,
    };

    private void ReadRoute(string key, JsonObject operation, JsonArray? security, SecuritySchemes schemes, Func<int, string> newId)
    {
        RefuseExtensions(operation, IntegrationKey, AuthKey);
        var route = new Route { RouteId = newId(7), RouteKey = RouteKeys.Check(key), OperationName = Text(operation, "operationId") };
        if (operation[IntegrationKey] is JsonObject integration)
        {
            var made = ReadIntegration(Referred(integration), newId(7));
            Integrations.Add(made);
            route = route with { Target = "integrations/" + made.IntegrationId };
        }

        Routes.Add(Text(operation[AuthKey] as JsonObject, "type")?.ToUpperInvariant() switch
        {
            null => schemes.Guard(route, security),
            "NONE" => route,
            "AWS_IAM" => route with { AuthorizationType = "AWS_IAM" },
            var other => throw Errors.Unsupported($"{AuthKey} of the type {other}"),
        });
    }

    /// <summary>The integration itself, or the one under `components` that it refers to.</summary>
    private JsonObject Referred(JsonObject integration)
    {
        if (Text(integration, "$ref") is not { } reference) return integration;
        const string start = "#/components/" + IntegrationsKey + "/";
        return reference.StartsWith(start, StringComparison.Ordinal) && _integrations[reference[start.Length..]] is JsonObject found ? found : throw Errors.BadRequest($"Invalid OpenAPI input: {reference} refers to nothing");
    }

    private static void RefuseExtensions(JsonObject json, params ReadOnlySpan<string> known)
    {
        foreach (var (name, _) in json)
            if (name.StartsWith(Extension, StringComparison.Ordinal) && !known.Contains(name))
                throw Errors.Unsupported(name);
    }

    private static Integration ReadIntegration(JsonObject json, string id)
    {
        foreach (var (name, _) in json)
            if (name is not ("type" or "uri" or "httpMethod" or "payloadFormatVersion" or "timeoutInMillis" or "connectionType" or "connectionId" or "description" or "credentials" or "requestParameters" or "responseParameters" or "integrationSubtype" or "tlsConfig"))
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
                ConnectionId = Text(json, "connectionId"),
                CredentialsArn = Text(json, "credentials"),
                IntegrationSubtype = Text(json, "integrationSubtype"),
                TlsConfig = json["tlsConfig"] is null ? null : new TlsConfig(),
                RequestParameters = json["requestParameters"] is JsonObject request ? Map(request) : null,
                ResponseParameters = (json["responseParameters"] as JsonObject)?.Where(pair => pair.Value is JsonObject).ToDictionary(pair => pair.Key, pair => Map((JsonObject)pair.Value!)),
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

    internal static string? Text(JsonObject? json, string name) => json?[name]?.ToString();

    private static Dictionary<string, string> Map(JsonObject json) => json.ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? "");

    internal static List<string> Texts(JsonArray list) => [.. list.Where(item => item is not null).Select(item => item!.ToString())];
}
