using Galley.Store;
using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>Stages: what of an API is live, and where. `autoDeploy` puts every change live at once.</summary>
internal sealed class Stages(ApiStore store)
{
    private const int MaxStages = 10, MaxLogFormat = 3 << 10;
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;

    public ValueTask<Stage> CreateStage(StageRequest request, Call call) => store.Change(call, request.ApiId, async (tx, keys, _) =>
    {
        var name = CheckName(request.StageName);
        if (await tx.Get(keys.Stage(name)) is not null) throw Errors.Conflict("Stage already exists");
        if ((await tx.List(keys.Stages, Json.Stage)).Count >= MaxStages)
            throw new AwsError("TooManyRequestsException", $"Maximum number of Stages for this API has been reached. The limit is {MaxStages}", 429);
        return await Put(tx, keys, new Stage { StageName = name, CreatedDate = store.Now }, request);
    });

    public ValueTask<Stage> GetStage(PartRef request, Call call) => store.Read(call, request.ApiId, (tx, keys, _) => Require(tx, keys, request.StageName));

    public ValueTask<Page<Stage>> GetStages(ListRequest request, Call call) => store.Read(call, request.ApiId, async (tx, keys, _) => request.Page(await tx.List(keys.Stages, Json.Stage)));

    public ValueTask<Stage> UpdateStage(StageRequest request, Call call) => store.Change(call, request.ApiId, async (tx, keys, _) =>
    {
        if (request.Tags is not null) throw Errors.Unsupported("the parameter tags in UpdateStage");
        return await Put(tx, keys, await Require(tx, keys, request.StageName ?? ""), request);
    });

    /// <summary>Replaces all that a template says about a stage.</summary>
    public ValueTask<Stage> Replace(StageRequest request, Call call) => store.Change(call, request.ApiId, async (tx, keys, _) =>
    {
        var old = await Require(tx, keys, request.StageName ?? "");
        return await Put(tx, keys, new Stage { StageName = old.StageName, CreatedDate = old.CreatedDate, DeploymentId = old.DeploymentId, LastDeploymentStatusMessage = old.LastDeploymentStatusMessage }, request);
    });

    public async ValueTask<Empty> DeleteStage(PartRef request, Call call) => await store.Change(call, request.ApiId, async (tx, keys, _) =>
    {
        await Require(tx, keys, request.StageName);
        tx.Delete(keys.Stage(request.StageName));
        return Empty.Value;
    });

    public async ValueTask<Empty> DeleteAccessLogSettings(PartRef request, Call call) => await Edit(request, call, stage => stage with { AccessLogSettings = null });

    /// <summary>Every change of an API compiles its stages anew, and with them their authorizers' memory.</summary>
    public async ValueTask<Empty> ResetAuthorizersCache(PartRef request, Call call) => await store.Change(call, request.ApiId, async (tx, keys, _) =>
    {
        await Require(tx, keys, request.StageName);
        return Empty.Value;
    });

    public async ValueTask<Empty> DeleteRouteSettings(StagePart request, Call call) => await Edit(
        new PartRef { ApiId = request.ApiId, StageName = request.StageName }, call,
        stage => stage.RouteSettings.ContainsKey(request.RouteKey)
            ? stage with { RouteSettings = stage.RouteSettings.Where(pair => pair.Key != request.RouteKey).ToDictionary() }
            : throw Errors.NotFound($"Invalid Route key specified {request.RouteKey}"));

    private async ValueTask<Empty> Edit(PartRef request, Call call, Func<Stage, Stage> edit) => await store.Change(call, request.ApiId, async (tx, keys, _) =>
    {
        tx.Put(keys.Stage(request.StageName), edit(await Require(tx, keys, request.StageName)) with { LastUpdatedDate = store.Now }, Json.Stage);
        return Empty.Value;
    });

    private static string CheckName(string? name)
    {
        if (string.IsNullOrEmpty(name)) throw Errors.Missing("stageName");
        if (name != "$default" && (name.Length > 128 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))))
            throw Errors.BadRequest("Stage name only allows a-zA-Z0-9-_ and $default");
        return name;
    }

    private async ValueTask<Stage> Put(ITransaction tx, ApiKeys keys, Stage stage, StageRequest request)
    {
        if (request.ClientCertificateId is not null) throw Errors.BadRequest("clientCertificateId is only for WebSocket APIs");
        Check(request.DefaultRouteSettings);
        foreach (var (key, settings) in request.RouteSettings ?? [])
        {
            Check(settings);
            var known = false;
            await foreach (var route in tx.All(keys.Routes, Json.Route)) known |= route.RouteKey == key;
            if (!known) throw Errors.NotFound($"Unable to find Route by key {key} within the provided RouteSettings");
        }

        if (request.AccessLogSettings is { } log) CheckLog(log);
        CheckVariables(request.StageVariables);
        var wasAutomatic = stage.AutoDeploy;
        stage = stage with
        {
            AutoDeploy = request.AutoDeploy ?? stage.AutoDeploy,
            Description = request.Description ?? stage.Description,
            AccessLogSettings = request.AccessLogSettings ?? stage.AccessLogSettings,
            DefaultRouteSettings = request.DefaultRouteSettings is { } defaults ? defaults with { DetailedMetricsEnabled = defaults.DetailedMetricsEnabled ?? false } : stage.DefaultRouteSettings,
            RouteSettings = request.RouteSettings ?? stage.RouteSettings,
            StageVariables = request.StageVariables ?? stage.StageVariables,
            Tags = request.Tags ?? stage.Tags,
            LastUpdatedDate = store.Now,
        };
        if (request.DeploymentId is { } deployment)
        {
            if (stage.AutoDeploy) throw Errors.BadRequest("DeploymentId cannot be specified when auto deploy is enabled");
            if (await tx.Get(keys.Deployment(deployment)) is null) throw Errors.NoDeployment(deployment);
            stage = stage with { DeploymentId = deployment };
        }

        tx.Put(keys.Stage(stage.StageName), stage, Json.Stage);
        return stage.AutoDeploy && (!wasAutomatic || stage.DeploymentId is null) ? await store.DeployTo(tx, keys, stage) : stage;
    }

    private static void Check(RouteSettings? settings)
    {
        if (settings?.ThrottlingBurstLimit is < 0 || settings?.ThrottlingRateLimit is < 0) throw Errors.BadRequest("Throttling limits must not be negative");
    }

    private static void CheckLog(AccessLogSettings log)
    {
        if (!Arn.TryParse(log.DestinationArn, out var arn)) throw Errors.BadRequest("Invalid ARN specified in the request");
        if (arn.Service != "logs" || !arn.Resource.StartsWith("log-group:", StringComparison.Ordinal)) throw Errors.Unsupported("access logs outside CloudWatch Logs");
        if (log.Format is not { Length: > 0 and <= MaxLogFormat }) throw Errors.BadRequest("Access log format is invalid");
    }

    private static void CheckVariables(Dictionary<string, string>? variables)
    {
        foreach (var (name, value) in variables ?? [])
            if (name.Length == 0 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_') || value.Any(c => !char.IsAsciiLetterOrDigit(c) && !"-._~:/?#&=,".Contains(c, StringComparison.Ordinal)))
                throw Errors.BadRequest("Stage variable value must match [A-Za-z0-9-._~:/?#&=,]+ and its name [A-Za-z0-9_]+: " + name);
    }

    private static async ValueTask<Stage> Require(ISnapshot tx, ApiKeys keys, string name) => await tx.Get(keys.Stage(name), Json.Stage) ?? throw Errors.NoStage(name);
}

/// <summary>CreateStage and UpdateStage.</summary>
internal sealed record StageRequest
{
    public AccessLogSettings? AccessLogSettings { get; init; }
    public required string ApiId { get; init; }
    public bool? AutoDeploy { get; init; }
    public string? ClientCertificateId { get; init; }
    public RouteSettings? DefaultRouteSettings { get; init; }
    public string? DeploymentId { get; init; }
    public string? Description { get; init; }
    public Dictionary<string, RouteSettings>? RouteSettings { get; init; }
    public string? StageName { get; init; }
    public Dictionary<string, string>? StageVariables { get; init; }
    public Dictionary<string, string>? Tags { get; init; }
}

internal sealed record StagePart
{
    public required string ApiId { get; init; }
    public required string StageName { get; init; }
    public required string RouteKey { get; init; }
}
