using Galley.Store;
using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>Routes of an HTTP API: method and path to an integration, perhaps behind an authorizer.</summary>
internal sealed class Routes(ApiStore store)
{
    private const int MaxRoutes = 300, MaxScopes = 10;
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;

    public ValueTask<Route> CreateRoute(RouteRequest request, Call call) => store.Deploy(call, request.ApiId, async (tx, keys, _) =>
    {
        var route = new Route { RouteId = store.NewId(), RouteKey = RouteKeys.Check(request.RouteKey) };
        if ((await tx.List(keys.Routes, Json.Route)).Count >= MaxRoutes) throw new AwsError("TooManyRequestsException", $"Maximum number of Routes for this API has been reached. The limit is {MaxRoutes}", 429);
        return await Put(tx, keys, route, request);
    });

    public ValueTask<Route> GetRoute(PartRef request, Call call) => store.Read(call, request.ApiId, (tx, keys, _) => Require(tx, keys, request.RouteId));

    public ValueTask<Page<Route>> GetRoutes(ListRequest request, Call call) => store.Read(call, request.ApiId, async (tx, keys, _) => request.Page(await tx.List(keys.Routes, Json.Route)));

    public ValueTask<Route> UpdateRoute(RouteRequest request, Call call) => store.Deploy(call, request.ApiId, async (tx, keys, _) =>
    {
        var route = await Require(tx, keys, request.RouteId ?? "");
        if (request.RouteKey is not null) route = route with { RouteKey = RouteKeys.Check(request.RouteKey) };
        return await Put(tx, keys, route, request);
    });

    /// <summary>Replaces all that a template says about a route.</summary>
    public ValueTask<Route> Replace(RouteRequest request, string routeId, Call call) => store.Deploy(call, request.ApiId, async (tx, keys, _) =>
    {
        await Require(tx, keys, routeId);
        return await Put(tx, keys, new Route { RouteId = routeId, RouteKey = RouteKeys.Check(request.RouteKey) }, request);
    });

    public async ValueTask<Empty> DeleteRoute(PartRef request, Call call) => await store.Deploy(call, request.ApiId, async (tx, keys, _) =>
    {
        await Require(tx, keys, request.RouteId);
        tx.Delete(keys.Route(request.RouteId));
        return Empty.Value;
    });

    private static async ValueTask<Route> Require(ISnapshot tx, ApiKeys keys, string id) => await tx.Get(keys.Route(id), Json.Route) ?? throw Errors.NoRoute(id);

    private static async ValueTask<Route> Put(ITransaction tx, ApiKeys keys, Route route, RouteRequest request)
    {
        if (request.ApiKeyRequired is true) throw Errors.Unsupported("apiKeyRequired on HTTP APIs");
        route = route with
        {
            OperationName = request.OperationName ?? route.OperationName,
            Target = request.Target ?? route.Target,
            AuthorizationType = request.AuthorizationType ?? route.AuthorizationType,
            AuthorizerId = request.AuthorizerId ?? route.AuthorizerId,
            AuthorizationScopes = request.AuthorizationScopes ?? route.AuthorizationScopes,
        };
        // a change to a kind without authorizer or scopes takes them away, unless they are asked for in the same breath
        if (request.AuthorizationType is "NONE" or "AWS_IAM") route = route with { AuthorizerId = request.AuthorizationType == "NONE" ? null : request.AuthorizerId, AuthorizationScopes = request.AuthorizationType == "NONE" ? null : request.AuthorizationScopes };
        if (request.AuthorizationType == "CUSTOM") route = route with { AuthorizationScopes = request.AuthorizationScopes };
        await CheckAuthorization(tx, keys, route);
        if (route.Target is { } target)
        {
            if (!target.StartsWith("integrations/", StringComparison.Ordinal)) throw Errors.BadRequest($"Invalid target {target}. Format should be \"integrations/<INTEGRATION ID>\"");
            if (await tx.Get(keys.Integration(target["integrations/".Length..])) is null) throw Errors.NoIntegration(target["integrations/".Length..]);
        }

        await foreach (var other in tx.All(keys.Routes, Json.Route))
            if (other.RouteKey == route.RouteKey && other.RouteId != route.RouteId)
                throw Errors.Conflict($"Route with key {route.RouteKey} already exists for this API");
        tx.Put(keys.Route(route.RouteId), route, Json.Route);
        return route;
    }

    private static async ValueTask CheckAuthorization(ITransaction tx, ApiKeys keys, Route route)
    {
        switch (route.AuthorizationType)
        {
            case "NONE":
                if (route.AuthorizerId is not null) throw Errors.BadRequest("AuthorizerId must not be specified when authorization type is NONE");
                if (route.AuthorizationScopes is { Count: > 0 }) throw Errors.ScopesWithoutTokens();
                return;
            case "AWS_IAM":
                if (route.AuthorizerId is not null) throw Errors.BadRequest("AuthorizerId must not be specified when authorization type is AWS_IAM");
                if (route.AuthorizationScopes is { Count: > 0 }) throw Errors.ScopesWithoutTokens();
                return;
            case "JWT" or "CUSTOM":
                var authorizer = route.AuthorizerId is null ? null : await tx.Get(keys.Authorizer(route.AuthorizerId), Json.Authorizer);
                if (authorizer?.AuthorizerType != (route.AuthorizationType == "JWT" ? "JWT" : "REQUEST")) throw Errors.WrongAuthorizer(route.AuthorizationType);
                if (route.AuthorizationType == "CUSTOM" && route.AuthorizationScopes is { Count: > 0 }) throw Errors.ScopesWithoutTokens();
                if (route.AuthorizationScopes?.Count > MaxScopes) throw Errors.BadRequest($"No more than {MaxScopes} authorization scopes are allowed");
                if (route.AuthorizationScopes?.Any(scope => scope.Length == 0 || scope.Any(c => c is <= ' ' or >= (char)127 or '"' or '\\')) is true)
                    throw Errors.BadRequest("Invalid authorization scope");
                return;
            default:
                throw Errors.BadRequest($"Invalid authorization type {route.AuthorizationType}. Must be one of [NONE, AWS_IAM, CUSTOM, JWT]");
        }
    }
}

/// <summary>CreateRoute and UpdateRoute.</summary>
internal sealed record RouteRequest
{
    public required string ApiId { get; init; }
    public bool? ApiKeyRequired { get; init; }
    public List<string>? AuthorizationScopes { get; init; }
    public string? AuthorizationType { get; init; }
    public string? AuthorizerId { get; init; }
    public string? OperationName { get; init; }
    public string? RouteId { get; init; }
    public string? RouteKey { get; init; }
    public string? Target { get; init; }
}
