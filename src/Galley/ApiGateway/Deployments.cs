using Galley.Store;
using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>Deployments: a stage that does not deploy by itself serves what its deployment froze, whatever changes after.</summary>
internal sealed class Deployments(ApiStore store)
{
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;

    public ValueTask<Deployment> CreateDeployment(DeploymentRequest request, Call call) => store.Change(call, request.ApiId, async (tx, keys, _) =>
    {
        var stage = request.StageName is { } name ? await Deployable(tx, keys, name) : null;
        if (await First(tx, keys) is null) throw Errors.BadRequest("At least one route is required before deploying the Api.");
        var deployment = await store.Freeze(tx, keys, automatic: false, request.Description);
        if (stage is not null) Serve(tx, keys, stage, deployment);
        return deployment;
    });

    /// <summary>What a changed template says of a deployment: a stage that it newly names serves it.</summary>
    public ValueTask<Deployment> Replace(DeploymentRequest request, Call call) => store.Change(call, request.ApiId, async (tx, keys, _) =>
    {
        var deployment = await Require(tx, keys, request.DeploymentId ?? "") with { Description = request.Description };
        tx.Put(keys.Deployment(deployment.DeploymentId), deployment, Json.Deployment);
        if (request.StageName is { } name && await Deployable(tx, keys, name) is var stage && stage.DeploymentId != deployment.DeploymentId) Serve(tx, keys, stage, deployment);
        return deployment;
    });

    public ValueTask<Deployment> GetDeployment(PartRef request, Call call) => store.Read(call, request.ApiId, (tx, keys, _) => Require(tx, keys, request.DeploymentId));

    public ValueTask<Page<Deployment>> GetDeployments(ListRequest request, Call call)
        => store.Read(call, request.ApiId, async (tx, keys, _) => request.Page(await tx.List(keys.Deployments, Json.Deployment)));

    public ValueTask<Deployment> UpdateDeployment(DeploymentRequest request, Call call) => store.Change(call, request.ApiId, async (tx, keys, _) =>
    {
        if (request.StageName is not null) throw Errors.Unsupported("the parameter stageName in UpdateDeployment");
        var deployment = await Require(tx, keys, request.DeploymentId ?? "");
        deployment = deployment with { Description = request.Description ?? deployment.Description };
        tx.Put(keys.Deployment(deployment.DeploymentId), deployment, Json.Deployment);
        return deployment;
    });

    public async ValueTask<Empty> DeleteDeployment(PartRef request, Call call) => await store.Change(call, request.ApiId, async (tx, keys, _) =>
    {
        await Require(tx, keys, request.DeploymentId);
        await foreach (var stage in tx.All(keys.Stages, Json.Stage))
            if (stage.DeploymentId == request.DeploymentId)
                throw Errors.BadRequest("Active stages pointing to this deployment must be moved or deleted");
        tx.Delete(keys.Deployment(request.DeploymentId));
        tx.Delete(keys.Definition(request.DeploymentId));
        return Empty.Value;
    });

    private static async ValueTask<Stage> Deployable(ITransaction tx, ApiKeys keys, string name)
    {
        var stage = await tx.Get(keys.Stage(name), Json.Stage) ?? throw Errors.NoStage(name);
        return stage.AutoDeploy ? throw Errors.BadRequest("Deployment cannot be created for a stage with auto deploy enabled") : stage;
    }

    private void Serve(ITransaction tx, ApiKeys keys, Stage stage, Deployment deployment) => tx.Put(
        keys.Stage(stage.StageName),
        stage with
        {
            DeploymentId = deployment.DeploymentId,
            LastUpdatedDate = store.Now,
            LastDeploymentStatusMessage = $"Successfully deployed stage with deployment ID '{deployment.DeploymentId}'",
        },
        Json.Stage);

    private static async ValueTask<Route?> First(ITransaction tx, ApiKeys keys)
    {
        await foreach (var route in tx.All(keys.Routes, Json.Route)) return route;
        return null;
    }

    private static async ValueTask<Deployment> Require(ISnapshot tx, ApiKeys keys, string id) => await tx.Get(keys.Deployment(id), Json.Deployment) ?? throw Errors.NoDeployment(id);
}

/// <summary>CreateDeployment and UpdateDeployment.</summary>
internal sealed record DeploymentRequest
{
    public required string ApiId { get; init; }
    public string? DeploymentId { get; init; }
    public string? Description { get; init; }
    public string? StageName { get; init; }
}
