using Galley.CloudFormation.Deploy;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>Updates called off, rollbacks asked for and taken up again.</summary>
internal sealed class StackRollbacks(Journal journal, Stacks stacks, Workers workers)
{
    /// <summary>An update that has not changed everything yet is rolled back.</summary>
    public async ValueTask<Empty> CancelUpdateStack(CancelUpdateStackRequest request, Call call)
    {
        var key = await journal.Store.Write(async transaction =>
        {
            var stack = await StackNames.Require(transaction, call, request.StackName);
            if (stack.Status != "UPDATE_IN_PROGRESS" || await transaction.Get(Keys.Work(stack.Key), CloudFormationJson.Default.WorkRecord) is not { } work)
                throw Errors.Validation("CancelUpdateStack cannot be called from current stack status");
            transaction.Put(Keys.Work(stack.Key), work with { Cancelled = true, Token = request.ClientRequestToken ?? work.Token }, CloudFormationJson.Default.WorkRecord);
            return stack.Key;
        });
        workers.GiveUp(key);
        return Empty.Value;
    }

    /// <summary>What was left as it was when an operation failed goes back to the last state that was whole, or goes.</summary>
    public async ValueTask<StackIdResponse> RollbackStack(RollbackStackRequest request, Call call)
    {
        DeploymentConfig.RequireStandard(request.DeploymentConfig);
        var actor = await Actor(request.StackName, request.RoleArn, call);
        var started = await journal.Store.Write(async transaction =>
        {
            var stack = await StackNames.Require(transaction, call, request.StackName);
            if (stack.Status is not ("CREATE_FAILED" or "UPDATE_FAILED")) throw Errors.Validation($"Stack:{stack.StackId} is in {stack.Status} state and can not be rolled back.");
            stack = stacks.Begin(transaction, stack with { RoleArn = request.RoleArn ?? stack.RoleArn }, "ROLLBACK", new WorkRecord
            {
                Stack = stack.Key,
                Kind = stack.Stable is null ? WorkKind.Create : WorkKind.Update,
                Phase = Phase.Rollback,
                Principal = actor,
                Old = stack.Stable,
                RetainExceptOnCreate = request.RetainExceptOnCreate == true,
                Token = request.ClientRequestToken,
            });
            return await journal.Turn(transaction, stack, stack.Stable is null ? "ROLLBACK_IN_PROGRESS" : "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated", request.ClientRequestToken);
        });
        workers.Start(started.Key);
        return new StackIdResponse(started.StackId, started.Operation?.OperationId);
    }

    public async ValueTask<RollbackContinued> ContinueUpdateRollback(ContinueUpdateRollbackRequest request, Call call)
    {
        var actor = await Actor(request.StackName, request.RoleArn, call);
        var started = await journal.Store.Write(async transaction =>
        {
            var stack = await StackNames.Require(transaction, call, request.StackName);
            if (stack.Status != "UPDATE_ROLLBACK_FAILED") throw Errors.Validation("ContinueUpdateRollback cannot be called from current stack status");
            foreach (var name in request.ResourcesToSkip ?? [])
            {
                if (name.Contains('.', StringComparison.Ordinal)) throw Errors.Validation($"Galley does not support skipping resources of nested stacks: {name}.");
                if (await transaction.Get(Keys.Resource(stack.Key, name), CloudFormationJson.Default.ResourceRecord) is not { Status: "UPDATE_FAILED" })
                    throw Errors.Validation($"Resource [{name}] is not in a failed state and cannot be skipped");
            }

            stack = stacks.Begin(transaction, stack with { RoleArn = request.RoleArn ?? stack.RoleArn }, "CONTINUE_ROLLBACK", new WorkRecord
            {
                Stack = stack.Key,
                Kind = WorkKind.Update,
                Phase = Phase.Rollback,
                Principal = actor,
                Old = stack.Definition, // a failed rollback leaves the old one in force
                Skip = request.ResourcesToSkip ?? [],
                Token = request.ClientRequestToken,
            });
            return await journal.Turn(transaction, stack, "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated", request.ClientRequestToken);
        });
        workers.Start(started.Key);
        return RollbackContinued.Value;
    }

    private async ValueTask<Principal> Actor(string name, string? role, Call call)
        => await stacks.Actor(role, await journal.Store.Read(snapshot => StackNames.Require(snapshot, call, name)), call);
}
