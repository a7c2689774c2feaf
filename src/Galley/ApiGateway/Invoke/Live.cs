using System.Collections.Concurrent;
using Galley.Store;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// APIs compiled for serving, kept until their version in the store changes. The version is read for every request, so a change, a
/// restart, a reset or another replica's write can never leave an old route alive.
/// </summary>
internal sealed class Live(Installation installation, IssuerKeys issuers)
{
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;
    private readonly ConcurrentDictionary<(string Region, string ApiId), LiveApi> _compiled = new();

    public void Forget() => _compiled.Clear();

    /// <summary>The API as it is now; null when there is none.</summary>
    public async ValueTask<LiveApi?> Find(string region, string apiId)
    {
        _compiled.TryGetValue((region, apiId), out var known);
        var keys = known?.Keys ?? new ApiKeys(installation.Account, region, apiId);
        var versionKey = known?.VersionKey ?? keys.Version;
        var found = await installation.Store.Read(async snapshot =>
        {
            if (await snapshot.Get(versionKey) is not { } version) return null;
            return known is not null && known.Version.AsSpan().SequenceEqual(version) ? known : await Compile(snapshot, keys, versionKey, version);
        });
        if (found is null) _compiled.TryRemove((region, apiId), out _);
        else if (!ReferenceEquals(found, known)) _compiled[(region, apiId)] = found;
        return found;
    }

    private async ValueTask<LiveApi?> Compile(ISnapshot snapshot, ApiKeys keys, byte[] versionKey, byte[] version)
    {
        if (await snapshot.Get(keys.Api, Json.Api) is not { } api) return null;
        var stages = new Dictionary<string, LiveStage>(StringComparer.Ordinal);
        foreach (var stage in await snapshot.List(keys.Stages, Json.Stage))
        {
            var definition = stage.DeploymentId is { } deployment ? await snapshot.Get(keys.Definition(deployment), Json.Definition) : null;
            stages[stage.StageName] = Compile(stage, definition ?? new Definition { Routes = [], Integrations = [], Authorizers = [] });
        }

        return new LiveApi(api, keys, versionKey, version, stages);
    }

    private LiveStage Compile(Stage stage, Definition definition)
    {
        var integrations = definition.Integrations.ToDictionary(integration => "integrations/" + integration.IntegrationId);
        var authorizers = definition.Authorizers.Where(authorizer => authorizer.AuthorizerType == "JWT")
            .ToDictionary(authorizer => authorizer.AuthorizerId, authorizer => new JwtAuthorizer(authorizer, issuers, installation.Time));
        var table = new RouteTable<LiveRoute>();
        foreach (var route in definition.Routes)
            table.Add(route.RouteKey, new LiveRoute(
                route,
                route.Target is { } target ? integrations.GetValueOrDefault(target) : null,
                route.AuthorizerId is { } id ? authorizers.GetValueOrDefault(id) : null,
                Throttle.For(stage, route.RouteKey, installation.Time)));
        return new LiveStage(stage, table, CorsAnswer.For(definition.Cors, installation.Names));
    }
}

internal sealed record LiveApi(Api Api, ApiKeys Keys, byte[] VersionKey, byte[] Version, IReadOnlyDictionary<string, LiveStage> Stages);

internal sealed record LiveStage(Stage Stage, RouteTable<LiveRoute> Routes, CorsAnswer? Cors);

/// <param name="Route">Its record.</param>
/// <param name="Integration">Null for a route without a target.</param>
/// <param name="Authorizer">Set when <see cref="Route.AuthorizationType"/> is JWT.</param>
/// <param name="Throttle">Null when neither stage nor route set a limit.</param>
internal sealed record LiveRoute(Route Route, Integration? Integration, JwtAuthorizer? Authorizer, Throttle? Throttle);
