using System.Collections.Concurrent;
using Galley.ApiGateway.Mapping;
using Galley.Store;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// APIs compiled for serving, kept until their version in the store changes. The version is read for every request, so a change, a
/// restart, a reset or another replica's write can never leave an old route alive.
/// </summary>
internal sealed class Live(Installation installation, IssuerKeys issuers, IInvokeFunctions functions, IJudgeInvocations judge)
{
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;
    private readonly ConcurrentDictionary<(string Region, string ApiId), LiveApi> _compiled = new();
    private readonly IamAuthorizer _iam = new(installation, judge);

    public void Forget() => _compiled.Clear();

    /// <summary>The API as it is now; null when there is none.</summary>
    public async ValueTask<LiveApi?> Find(string region, string apiId)
    {
        _compiled.TryGetValue((region, apiId), out var known);
        var keys = known?.Keys ?? new ApiKeys(installation.Account, region, apiId);
        var versionKey = known?.VersionKey ?? keys.Version;
        var found = await installation.Store.Read(async snapshot =>
        {
            if (await snapshot.Kept(versionKey, static bytes => bytes) is not { } version) return null;
            return known is not null && known.Version.AsSpan().SequenceEqual(version) ? known : await Compile(snapshot, keys, versionKey, version, known);
        });
        if (found is null) _compiled.TryRemove((region, apiId), out _);
        else if (!ReferenceEquals(found, known)) _compiled[(region, apiId)] = found;
        return found;
    }

    private async ValueTask<LiveApi?> Compile(ISnapshot snapshot, ApiKeys keys, byte[] versionKey, byte[] version, LiveApi? before)
    {
        if (await snapshot.Get(keys.Api, Json.Api) is not { } api) return null;
        var stages = new Dictionary<string, LiveStage>(StringComparer.Ordinal);
        foreach (var stage in await snapshot.List(keys.Stages, Json.Stage))
        {
            var definition = stage.DeploymentId is { } deployment ? await snapshot.Get(keys.Definition(deployment), Json.Definition) : null;
            stages[stage.StageName] = Compile(stage, definition ?? new Definition { Routes = [], Integrations = [], Authorizers = [] }, before?.Stages.GetValueOrDefault(stage.StageName));
        }

        return new LiveApi(api, keys, versionKey, version, stages);
    }

    private LiveStage Compile(Stage stage, Definition definition, LiveStage? before)
    {
        var integrations = definition.Integrations.ToDictionary(integration => "integrations/" + integration.IntegrationId, LiveIntegration.Of);
        var authorizers = definition.Authorizers.ToDictionary(authorizer => authorizer.AuthorizerId, Compile);
        var table = new RouteTable<LiveRoute>();
        var throttles = new Dictionary<string, Throttle>(StringComparer.Ordinal);
        foreach (var route in definition.Routes)
        {
            // a bucket goes on as it is, unless its limits changed: a change elsewhere must not open it anew
            if (Throttle.For(stage, route.RouteKey, installation.Time, before?.Throttles.GetValueOrDefault(route.RouteKey)) is { } throttle) throttles[route.RouteKey] = throttle;
            table.Add(route.RouteKey, new LiveRoute(
                route,
                route.Target is { } target ? integrations.GetValueOrDefault(target) : null,
                route.AuthorizationType == "AWS_IAM" ? _iam : route.AuthorizerId is { } id ? authorizers.GetValueOrDefault(id) : null,
                throttles.GetValueOrDefault(route.RouteKey)));
        }

        return new LiveStage(stage, table, CorsAnswer.For(definition.Cors, installation.Names), throttles);
    }

    private IAuthorizer Compile(Authorizer authorizer) => authorizer.AuthorizerType == "JWT"
        ? new JwtAuthorizer(authorizer, issuers, installation.Time)
        : new LambdaAuthorizer(authorizer, installation, functions, judge);
}

internal sealed record LiveApi(Api Api, ApiKeys Keys, byte[] VersionKey, byte[] Version, IReadOnlyDictionary<string, LiveStage> Stages);

internal sealed record LiveStage(Stage Stage, RouteTable<LiveRoute> Routes, CorsAnswer? Cors, IReadOnlyDictionary<string, Throttle> Throttles);

/// <param name="Integration">Its record.</param>
/// <param name="Request">What it changes about requests; null for nothing.</param>
/// <param name="Response">What it changes about answers; null for nothing.</param>
internal sealed record LiveIntegration(Integration Integration, RequestMapping? Request, ResponseMapping? Response)
{
    /// <summary>Whether the whole body must be there before the integration is asked.</summary>
    public bool NeedsBody => Integration.IntegrationType == "AWS_PROXY" || Request?.NeedsBody is true;

    public static LiveIntegration Of(Integration integration) => new(integration, RequestMapping.Of(integration.RequestParameters), ResponseMapping.Of(integration.ResponseParameters));
}

/// <param name="Route">Its record.</param>
/// <param name="Integration">Null for a route without a target.</param>
/// <param name="Authorizer">Null only for an open route, or where an authorizer is missing: then nothing passes.</param>
/// <param name="Throttle">Null when neither stage nor route set a limit.</param>
internal sealed record LiveRoute(Route Route, LiveIntegration? Integration, IAuthorizer? Authorizer, Throttle? Throttle);
