using Galley.Store;
using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>
/// Reads and changes of one API. Every change renews the API's version; a change of what it serves is put live at once on the
/// stages that deploy by themselves, as a deployment of its own.
/// </summary>
internal sealed class ApiStore(Installation installation)
{
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;

    public Ids Ids => installation.Ids;

    public DateTimeOffset Now => installation.Now;

    public string NewId(int length = 7) => installation.Ids.Next(length);

    public ValueTask<T> Read<T>(Call call, string apiId, Func<ISnapshot, ApiKeys, Api, ValueTask<T>> read)
        => installation.Store.Read(async snapshot =>
        {
            var keys = Keys.Api(call, apiId);
            return await read(snapshot, keys, await Require(snapshot, keys));
        });

    /// <summary>Changes something that is served: routes, integrations, authorizers, CORS.</summary>
    public ValueTask<T> Deploy<T>(Call call, string apiId, Func<ITransaction, ApiKeys, Api, ValueTask<T>> change)
        => Change(call, apiId, async (tx, keys, api) =>
        {
            var result = await change(tx, keys, api);
            await DeployAutomatically(tx, keys);
            return result;
        });

    /// <summary>Changes something that needs no deployment: stages, tags, names.</summary>
    public ValueTask<T> Change<T>(Call call, string apiId, Func<ITransaction, ApiKeys, Api, ValueTask<T>> change)
        => installation.Store.Write(async tx =>
        {
            var keys = Keys.Api(call, apiId);
            var result = await change(tx, keys, await Require(tx, keys));
            tx.Put(keys.Version, installation.Ids.Bytes(12));
            return result;
        });

    /// <summary>Makes a new API in one transaction with whatever <paramref name="more"/> adds to it.</summary>
    public ValueTask<Api> Create(Call call, Api api, Func<ITransaction, ApiKeys, ValueTask> more)
        => installation.Store.Write(async tx =>
        {
            var keys = Keys.Api(call, api.ApiId);
            tx.Put(keys.Api, api, Json.Api);
            await more(tx, keys);
            tx.Put(keys.Version, installation.Ids.Bytes(12));
            return api;
        });

    public async ValueTask Delete(Call call, string apiId)
        => await installation.Store.Write(async tx =>
        {
            var keys = Keys.Api(call, apiId);
            await Require(tx, keys);
            tx.Delete(keys.Api);
            tx.Delete(keys.Version);
            await tx.DeleteAll(keys.Parts);
        });

    public ValueTask<List<Api>> All(Call call) => installation.Store.Read(snapshot => snapshot.List(Keys.Apis(call), Json.Api));

    /// <summary>Freezes the API as it is now.</summary>
    public async ValueTask<Deployment> Freeze(ITransaction tx, ApiKeys keys, bool automatic, string? description = null)
    {
        var deployment = new Deployment { DeploymentId = NewId(6), AutoDeployed = automatic, CreatedDate = Now, Description = description };
        var definition = new Definition
        {
            Cors = (await Require(tx, keys)).CorsConfiguration,
            Routes = await tx.List(keys.Routes, Json.Route),
            Integrations = await tx.List(keys.Integrations, Json.Integration),
            Authorizers = await tx.List(keys.Authorizers, Json.Authorizer),
        };
        tx.Put(keys.Deployment(deployment.DeploymentId), deployment, Json.Deployment);
        tx.Put(keys.Definition(deployment.DeploymentId), definition, Json.Definition);
        return deployment;
    }

    /// <summary>Points a stage at a new automatic deployment.</summary>
    public async ValueTask<Stage> DeployTo(ITransaction tx, ApiKeys keys, Stage stage)
    {
        var deployment = await Freeze(tx, keys, automatic: true);
        var before = stage.DeploymentId;
        stage = stage with
        {
            DeploymentId = deployment.DeploymentId,
            LastDeploymentStatusMessage = $"Successfully deployed stage with deployment ID '{deployment.DeploymentId}'",
        };
        tx.Put(keys.Stage(stage.StageName), stage, Json.Stage);
        await ForgetUnused(tx, keys, before);
        return stage;
    }

    private async ValueTask DeployAutomatically(ITransaction tx, ApiKeys keys)
    {
        foreach (var stage in await tx.List(keys.Stages, Json.Stage))
            if (stage.AutoDeploy)
                await DeployTo(tx, keys, stage);
    }

    /// <summary>An automatic deployment that no stage serves any more is of use to nobody; without this each change would leave one.</summary>
    private static async ValueTask ForgetUnused(ITransaction tx, ApiKeys keys, string? deploymentId)
    {
        if (deploymentId is null || await tx.Get(keys.Deployment(deploymentId), Json.Deployment) is not { AutoDeployed: true }) return;
        foreach (var stage in await tx.List(keys.Stages, Json.Stage))
            if (stage.DeploymentId == deploymentId)
                return;
        tx.Delete(keys.Deployment(deploymentId));
        tx.Delete(keys.Definition(deploymentId));
    }

    private static async ValueTask<Api> Require(ISnapshot snapshot, ApiKeys keys)
        => await snapshot.Get(keys.Api, Json.Api) ?? throw Errors.NoApi(keys.Account, keys.ApiId);
}
