using System.Text;
using Galley.CloudFormation.Deploy;
using Galley.CloudFormation.Template;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>Stacks: made, changed and deleted in the background, described at once.</summary>
internal sealed class Stacks(Installation installation, Journal journal, Preparation preparation, StackPlans plans, Workers workers)
{
    public async ValueTask<StackIdResponse> CreateStack(CreateStackRequest request, Call call)
    {
        StackNames.Check(request.StackName);
        if (request.OnFailure is not (null or "ROLLBACK" or "DO_NOTHING" or "DELETE"))
            throw Errors.Validation($"1 validation error detected: Value '{request.OnFailure}' at 'onFailure' failed to satisfy constraint: Member must satisfy enum value set: [ROLLBACK, DELETE, DO_NOTHING]");
        if (request.OnFailure is not null && request.DisableRollback is not null) throw Errors.Validation("You can specify either DisableRollback or OnFailure, but not both.");
        var prepared = await preparation.Prepare(request, null, call, direct: true);
        var onFailure = request.OnFailure ?? (request.DisableRollback == true ? "DO_NOTHING" : "ROLLBACK");
        var stack = New(request.StackName, call) with { DisableRollback = onFailure == "DO_NOTHING", Protected = request.EnableTerminationProtection == true };
        await journal.Store.Write(async transaction =>
        {
            if (await StackNames.Find(transaction, call, request.StackName) is not null) throw Errors.StackExists(request.StackName);
            transaction.Put(Keys.Name(call, request.StackName), Encoding.UTF8.GetBytes(stack.Key.Uuid));
            stack = plans.Keep(transaction, stack, prepared, request);
            Begin(transaction, new WorkRecord { Stack = stack.Key, Kind = WorkKind.Create, Phase = Phase.Deploy, Principal = call.Principal, OnFailure = onFailure, Token = request.ClientRequestToken });
            await journal.Turn(transaction, stack, "CREATE_IN_PROGRESS", "User Initiated", request.ClientRequestToken);
        });
        workers.Start(stack.Key);
        return new StackIdResponse(stack.StackId);
    }

    public async ValueTask<StackIdResponse> UpdateStack(UpdateStackRequest request, Call call)
    {
        var stack = await journal.Store.Read(snapshot => StackNames.Require(snapshot, call, request.StackName));
        RequireUpdatable(stack);
        var prepared = await preparation.Prepare(request, await plans.InForce(stack), call, direct: true);
        if (await plans.IsNothing(stack, prepared, request)) throw Errors.NoUpdates();
        await journal.Store.Write(async transaction =>
        {
            var current = await StackNames.Require(transaction, call, request.StackName);
            RequireUpdatable(current);
            Begin(transaction, new WorkRecord
            {
                Stack = current.Key,
                Kind = WorkKind.Update,
                Phase = Phase.Deploy,
                Principal = call.Principal,
                Old = current.Definition,
                OnFailure = request.DisableRollback == true ? "DO_NOTHING" : "ROLLBACK",
                Token = request.ClientRequestToken,
            });
            current = plans.Keep(transaction, current with { Updated = installation.Now }, prepared, request);
            await journal.Turn(transaction, current, "UPDATE_IN_PROGRESS", "User Initiated", request.ClientRequestToken);
        });
        workers.Start(stack.Key);
        return new StackIdResponse(stack.StackId);
    }

    public async ValueTask<Empty> DeleteStack(DeleteStackRequest request, Call call)
    {
        var started = await journal.Store.Write<StackRecord?>(async transaction =>
        {
            // A stack that is not there counts as deleted.
            if (await StackNames.Find(transaction, call, request.StackName) is not { } stack || stack.Status is "DELETE_COMPLETE" or "DELETE_IN_PROGRESS") return null;
            if (stack.Protected) throw Errors.Protected(stack.Name);
            if (await transaction.Get(Keys.Work(stack.Key)) is not null) throw Errors.Busy(stack);
            if (request.RetainResources is { Count: > 0 } && stack.Status != "DELETE_FAILED")
                throw Errors.Validation("Invalid operation on stack [" + stack.StackId + "]. RetainResources can only be specified for stacks in DELETE_FAILED state.");
            Begin(transaction, new WorkRecord
            {
                Stack = stack.Key,
                Kind = WorkKind.Delete,
                Phase = Phase.Delete,
                Principal = call.Principal,
                Retain = request.RetainResources ?? [],
                Token = request.ClientRequestToken,
            });
            return await journal.Turn(transaction, stack, "DELETE_IN_PROGRESS", "User Initiated", request.ClientRequestToken);
        });
        if (started is not null) workers.Start(started.Key);
        return Empty.Value;
    }

    public async ValueTask<DescribeStacksResponse> DescribeStacks(StackNameRequest request, Call call)
    {
        if (string.IsNullOrEmpty(request.StackName))
            return new DescribeStacksResponse([.. (await All(call)).Where(stack => stack.Status != "DELETE_COMPLETE").Select(Describe)]);
        var found = await journal.Store.Read(snapshot => StackNames.Find(snapshot, call, request.StackName)) ?? throw Errors.NoSuchStackToDescribe(request.StackName);
        return new DescribeStacksResponse([Describe(found)]);

        StackDescription Describe(StackRecord stack) => new()
        {
            StackId = stack.StackId,
            StackName = stack.Name,
            ChangeSetId = stack.ChangeSetId,
            Description = stack.Definition.Description,
            Parameters = plans.Shown(stack.Key, stack.Definition),
            CreationTime = stack.Created,
            LastUpdatedTime = stack.Updated,
            DeletionTime = stack.Deleted,
            StackStatus = stack.Status,
            StackStatusReason = stack.Reason,
            DisableRollback = stack.DisableRollback,
            Capabilities = stack.Definition.Capabilities,
            Outputs = stack.Outputs,
            Tags = stack.Definition.Tags,
            EnableTerminationProtection = stack.Protected,
        };
    }

    public async ValueTask<ListStacksResponse> ListStacks(ListStacksRequest request, Call call) => new([.. (await All(call))
        .Where(stack => request.StackStatusFilter is not { Count: > 0 } filter || filter.Contains(stack.Status))
        .Select(stack => new StackSummary
        {
            StackId = stack.StackId, StackName = stack.Name, TemplateDescription = stack.Definition.Description, CreationTime = stack.Created,
            LastUpdatedTime = stack.Updated, DeletionTime = stack.Deleted, StackStatus = stack.Status, StackStatusReason = stack.Reason,
        })]);

    public ValueTask<StackIdResponse> UpdateTerminationProtection(UpdateTerminationProtectionRequest request, Call call) => journal.Store.Write(async transaction =>
    {
        var stack = await StackNames.Require(transaction, call, request.StackName);
        transaction.Put(Keys.Stack(stack.Key), stack with { Protected = request.EnableTerminationProtection }, CloudFormationJson.Default.StackRecord);
        return new StackIdResponse(stack.StackId);
    });

    /// <summary>A stack that exists in name only, until something is stored.</summary>
    public StackRecord New(string name, Call call)
    {
        var uuid = installation.Ids.Uuid();
        return new StackRecord
        {
            Key = new StackKey(call.Account, call.Region, uuid),
            Name = name,
            StackId = call.Arn("cloudformation", $"stack/{name}/{uuid}"),
            Status = "",
            Created = installation.Now,
            Definition = new Definition(),
        };
    }

    public static void RequireUpdatable(StackRecord stack)
    {
        if (stack.Status is not ("CREATE_COMPLETE" or "UPDATE_COMPLETE" or "UPDATE_ROLLBACK_COMPLETE" or "UPDATE_FAILED" or "CREATE_FAILED")) throw Errors.Busy(stack);
    }

    public static void Begin(ITransaction transaction, WorkRecord work) => transaction.Put(Keys.Work(work.Stack), work, CloudFormationJson.Default.WorkRecord);

    private async ValueTask<List<StackRecord>> All(Call call)
        => [.. (await journal.Store.Read(snapshot => snapshot.List(Keys.Stacks(call.Account, call.Region), CloudFormationJson.Default.StackRecord))).OrderByDescending(stack => stack.Created)];
}
