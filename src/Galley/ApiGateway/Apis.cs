using Galley.Store;
using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>HTTP APIs: CreateApi (with quick create), GetApi(s), UpdateApi, DeleteApi, DeleteCorsConfiguration. WebSocket APIs are refused.</summary>
internal sealed class Apis(ApiStore store, PassedRoles roles)
{
    private const int MaxName = 128;
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;

    public async ValueTask<Api> CreateApi(ApiRequestBody request, Call call)
    {
        var api = Make(request, store.NewId(10), call);
        if (request.Target is null && request.RouteKey is not null) throw Errors.BadRequest("Target must be specified when RouteKey is specified");
        if (request.Target is null && request.CredentialsArn is not null) throw Errors.BadRequest("Target must be specified when CredentialsArn is specified");
        await roles.Require(call, request.CredentialsArn);
        return await store.Create(call, api, (tx, keys) => request.Target is null ? ValueTask.CompletedTask : QuickCreate(tx, keys, request));
    }

    public ValueTask<Api> GetApi(ApiRef request, Call call) => store.Read(call, request.ApiId, (_, _, api) => new ValueTask<Api>(api));

    public async ValueTask<Page<Api>> GetApis(ListRequest request, Call call) => request.Page(await store.All(call));

    public ValueTask<Api> UpdateApi(ApiRequestBody request, Call call) => store.Deploy(call, request.ApiId ?? "", (tx, keys, api) =>
    {
        if (request.Target is not null || request.RouteKey is not null || request.CredentialsArn is not null)
            throw Errors.Unsupported("changing the quick create parameters target, routeKey and credentialsArn");
        if (request.ProtocolType is not null and not "HTTP") throw Errors.BadRequest("Cannot change the protocol of an API");
        Check(request);
        api = api with
        {
            Name = request.Name ?? api.Name,
            Description = request.Description ?? api.Description,
            Version = request.Version ?? api.Version,
            DisableExecuteApiEndpoint = request.DisableExecuteApiEndpoint ?? api.DisableExecuteApiEndpoint,
            IpAddressType = request.IpAddressType ?? api.IpAddressType,
            CorsConfiguration = request.CorsConfiguration is { } cors ? CorsRules.Check(cors) : api.CorsConfiguration,
        };
        tx.Put(keys.Api, api, Json.Api);
        return new ValueTask<Api>(api);
    });

    /// <summary>Replaces what a template says about an API; what it says no longer goes back to AWS's default.</summary>
    public ValueTask<Api> Replace(ApiRequestBody request, string apiId, Call call) => store.Deploy(call, apiId, (tx, keys, api) =>
    {
        api = Make(request, apiId, call) with { CreatedDate = api.CreatedDate };
        tx.Put(keys.Api, api, Json.Api);
        return new ValueTask<Api>(api);
    });

    public async ValueTask<Empty> DeleteApi(ApiRef request, Call call)
    {
        await store.Delete(call, request.ApiId);
        return Empty.Value;
    }

    public async ValueTask<Empty> DeleteCorsConfiguration(ApiRef request, Call call) => await store.Deploy(call, request.ApiId, (tx, keys, api) =>
    {
        tx.Put(keys.Api, api with { CorsConfiguration = null }, Json.Api);
        return new ValueTask<Empty>(Empty.Value);
    });

    public Api Make(ApiRequestBody request, string apiId, Call call)
    {
        if (request.ProtocolType is null) throw Errors.Missing("protocolType");
        if (request.ProtocolType == "WEBSOCKET") throw Errors.Unsupported("WebSocket APIs (protocolType WEBSOCKET)");
        if (request.ProtocolType != "HTTP") throw Errors.BadRequest($"Invalid protocol specified: {request.ProtocolType}. Must be one of [HTTP, WEBSOCKET]");
        if (string.IsNullOrEmpty(request.Name)) throw Errors.Missing("name");
        Check(request);
        return new Api
        {
            ApiId = apiId,
            ApiEndpoint = $"https://{apiId}.execute-api.{call.Region}.amazonaws.com",
            Name = request.Name,
            Description = request.Description,
            Version = request.Version,
            DisableExecuteApiEndpoint = request.DisableExecuteApiEndpoint ?? false,
            IpAddressType = request.IpAddressType ?? "ipv4",
            CorsConfiguration = request.CorsConfiguration is { } cors ? CorsRules.Check(cors) : null,
            Tags = request.Tags ?? [],
            CreatedDate = store.Now,
        };
    }

    private static void Check(ApiRequestBody request)
    {
        if (request.Name?.Length > MaxName) throw Errors.BadRequest($"Name can not be longer than {MaxName} characters");
        if (request.ApiKeySelectionExpression is not null and not "$request.header.x-api-key")
            throw Errors.Unsupported("apiKeySelectionExpression " + request.ApiKeySelectionExpression);
        if (request.RouteSelectionExpression is not null and not ("$request.method $request.path" or "${request.method} ${request.path}"))
            throw Errors.BadRequest("HTTP APIs only support the route selection expression '${request.method} ${request.path}'");
        if (request.DisableSchemaValidation is true) throw Errors.BadRequest("disableSchemaValidation is only for WebSocket APIs");
        if (request.IpAddressType is not (null or "ipv4" or "dualstack")) throw Errors.BadRequest("Invalid ipAddressType " + request.IpAddressType);
    }

    /// <summary>`--target`: the catch-all route, its integration and a `$default` stage that deploys by itself.</summary>
    private async ValueTask QuickCreate(ITransaction tx, ApiKeys keys, ApiRequestBody request)
    {
        var toFunction = Arn.TryParse(request.Target, out _);
        var integration = Integrations.Make(
            new IntegrationRequest
            {
                IntegrationType = toFunction ? "AWS_PROXY" : "HTTP_PROXY",
                IntegrationMethod = toFunction ? null : "ANY",
                IntegrationUri = request.Target,
                PayloadFormatVersion = toFunction ? "2.0" : "1.0",
                CredentialsArn = request.CredentialsArn,
            },
            store.NewId()) with
        { ApiGatewayManaged = true };
        tx.Put(keys.Integration(integration.IntegrationId), integration, Json.Integration);
        var routeKey = RouteKeys.Check(request.RouteKey ?? "$default");
        var route = new Route { RouteId = store.NewId(), RouteKey = routeKey, Target = "integrations/" + integration.IntegrationId, ApiGatewayManaged = true };
        tx.Put(keys.Route(route.RouteId), route, Json.Route);
        await store.DeployTo(tx, keys, new Stage { StageName = "$default", AutoDeploy = true, ApiGatewayManaged = true, CreatedDate = store.Now, LastUpdatedDate = store.Now });
    }
}

/// <summary>CreateApi and UpdateApi.</summary>
internal sealed record ApiRequestBody
{
    public string? ApiId { get; init; }
    public string? ApiKeySelectionExpression { get; init; }
    public Cors? CorsConfiguration { get; init; }
    public string? CredentialsArn { get; init; }
    public string? Description { get; init; }
    public bool? DisableExecuteApiEndpoint { get; init; }
    public bool? DisableSchemaValidation { get; init; }
    public string? IpAddressType { get; init; }
    public string? Name { get; init; }
    public string? ProtocolType { get; init; }
    public string? RouteKey { get; init; }
    public string? RouteSelectionExpression { get; init; }
    public Dictionary<string, string>? Tags { get; init; }
    public string? Target { get; init; }
    public string? Version { get; init; }
}
