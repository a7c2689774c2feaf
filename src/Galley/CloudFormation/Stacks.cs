using System.Text;
using Galley.CloudFormation.Deploy;
using Galley.CloudFormation.Template;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>Stacks: made, changed and deleted in the background, described at once.</summary>
internal sealed class Stacks(Installation installation, Journal journal, Preparation preparation, StackPlans plans, Workers workers, IAuthorizeResources authorization)
{
    public async ValueTask<StackIdResponse> CreateStack(CreateStackRequest request, Call call)
    {
        StackNames.Check(request.StackName);
        if (request.OnFailure is not (null or "ROLLBACK" or "DO_NOTHING" or "DELETE"))
            throw Errors.Validation($"1 validation error detected: Value '{request.OnFailure}' at 'onFailure' failed to satisfy constraint: Member must satisfy enum value set: [ROLLBACK, DELETE, DO_NOTHING]");
        if (request.OnFailure is not null && request.DisableRollback is not null) throw Errors.Validation("You can specify either DisableRollback or OnFailure, but not both.");
        if (request.TimeoutInMinutes < 1) throw Errors.Validation($"1 validation error detected: Value '{request.TimeoutInMinutes}' at 'timeoutInMinutes' failed to satisfy constraint: Member must have value greater than or equal to 1");
        var onFailure = request.OnFailure ?? ((request.DisableRollback ?? request.DeploymentConfig?.DisableRollback) == true ? "DO_NOTHING" : "ROLLBACK");
        var stack = New(request.StackName, call) with
        {
            DisableRollback = onFailure == "DO_NOTHING",
            KeepsFailure = request.OnFailure == "DO_NOTHING",
            Protected = request.EnableTerminationProtection == true,
            RoleArn = request.RoleArn,
            TimeoutInMinutes = request.TimeoutInMinutes,
            Policy = await Policy(request.StackPolicyBody, request.StackPolicyUrl, call),
        };
        stack = await Create(request, stack, onFailure, request.RetainExceptOnCreate == true, request.ClientRequestToken, call);
        return new StackIdResponse(stack.StackId, stack.Operation?.OperationId);
    }

    /// <summary>Begins a stack inside another, with that one's rights.</summary>
    public async ValueTask<StackRecord> CreateNested(NestedRequest request, string parentId, Call call)
    {
        var parent = await journal.Store.Read(snapshot => StackNames.Require(snapshot, call, parentId));
        return await Create(request, New(request.StackName, call) with { ParentId = parentId, RootId = parent.RootId ?? parentId, TimeoutInMinutes = request.TimeoutInMinutes }, "ROLLBACK", false, null, call);
    }

    private async ValueTask<StackRecord> Create(DeployRequest request, StackRecord stack, string onFailure, bool retainExceptOnCreate, string? token, Call call)
    {
        var prepared = await preparation.Prepare(request, null, call, direct: true);
        await plans.Check(stack, prepared);
        var actor = await Actor(request, stack, call);
        await journal.Store.Write(async transaction =>
        {
            if (await StackNames.Find(transaction, call, request.StackName) is not null) throw Errors.StackExists(request.StackName);
            transaction.Put(Keys.Name(call, request.StackName), Encoding.UTF8.GetBytes(stack.Key.Uuid));
            stack = Begin(transaction, plans.Keep(transaction, stack, prepared, request), "CREATE_STACK", new WorkRecord
            {
                Stack = stack.Key,
                Kind = WorkKind.Create,
                Phase = Phase.Deploy,
                Principal = actor,
                OnFailure = onFailure,
                Deadline = stack.TimeoutInMinutes is { } minutes ? stack.Created.AddMinutes(minutes) : null,
                RetainExceptOnCreate = retainExceptOnCreate,
                Token = token,
            });
            await journal.Turn(transaction, stack, "CREATE_IN_PROGRESS", "User Initiated", token);
        });
        workers.Start(stack.Key);
        return stack;
    }

    public async ValueTask<StackIdResponse> UpdateStack(UpdateStackRequest request, Call call)
    {
        var (next, during) = (await Policy(request.StackPolicyBody, request.StackPolicyUrl, call), await Policy(request.StackPolicyDuringUpdateBody, request.StackPolicyDuringUpdateUrl, call));
        var onFailure = (request.DisableRollback ?? request.DeploymentConfig?.DisableRollback) == true ? "DO_NOTHING" : "ROLLBACK";
        var stack = await Update(request, onFailure, request.RetainExceptOnCreate == true, (next, during), request.ClientRequestToken, call);
        return new StackIdResponse(stack.StackId, stack.Operation?.OperationId);
    }

    /// <summary>Begins the update of a stack inside another.</summary>
    public async ValueTask UpdateNested(NestedRequest request, Call call) => await Update(request, "ROLLBACK", false, default, null, call);

    private async ValueTask<StackRecord> Update(DeployRequest request, string onFailure, bool retainExceptOnCreate, (string? Next, string? During) policy, string? token, Call call)
    {
        var stack = await journal.Store.Read(snapshot => StackNames.Require(snapshot, call, request.StackName));
        RequireUpdatable(stack);
        var prepared = await preparation.Prepare(request, await plans.InForce(stack), call, direct: true);
        if (await plans.IsNothing(stack, prepared, request)) throw Errors.NoUpdates();
        var actor = await Actor(request, stack, call);
        stack = await journal.Store.Write(async transaction =>
        {
            var current = await StackNames.Require(transaction, call, request.StackName);
            RequireUpdatable(current);
            current = Begin(transaction, current, "UPDATE_STACK", new WorkRecord
            {
                Stack = current.Key,
                Kind = WorkKind.Update,
                Phase = Phase.Deploy,
                Principal = actor,
                Old = Whole(current),
                OnFailure = onFailure,
                RetainExceptOnCreate = retainExceptOnCreate,
                Policy = policy.During ?? current.Policy,
                Token = token,
            });
            current = plans.Keep(transaction, current with { Updated = installation.Now, RoleArn = request.RoleArn ?? current.RoleArn, Policy = policy.Next ?? current.Policy }, prepared, request);
            return await journal.Turn(transaction, current, "UPDATE_IN_PROGRESS", "User Initiated", token);
        });
        workers.Start(stack.Key);
        return stack;
    }

    /// <summary>What an update of the stack would go back to; null when it was never whole.</summary>
    public static Definition? Whole(StackRecord stack) => stack.Status is "CREATE_FAILED" or "UPDATE_FAILED" ? stack.Stable : stack.Definition;

    public async ValueTask<Empty> SetStackPolicy(SetStackPolicyRequest request, Call call)
    {
        var policy = await Policy(request.StackPolicyBody, request.StackPolicyUrl, call) ?? throw Errors.Validation("Either StackPolicyBody or StackPolicyURL must be specified.");
        await journal.Store.Write(async transaction =>
        {
            var stack = await StackNames.Require(transaction, call, request.StackName);
            transaction.Put(Keys.Stack(stack.Key), stack with { Policy = policy }, CloudFormationJson.Default.StackRecord);
        });
        return Empty.Value;
    }

    public async ValueTask<GetStackPolicyResponse> GetStackPolicy(GetStackPolicyRequest request, Call call)
        => new((await journal.Store.Read(snapshot => StackNames.Require(snapshot, call, request.StackName))).Policy);

    /// <summary>A stack policy given by body or by URL, checked; null when neither is given.</summary>
    private async ValueTask<string?> Policy(string? body, string? url, Call call)
    {
        if (body is not null && url is not null) throw Errors.Validation("You cannot specify both StackPolicyBody and StackPolicyURL.");
        var text = url is null ? body : await preparation.File(url, StackPolicy.MaxLength, call);
        if (text is not null) StackPolicy.Parse(text);
        return text;
    }

    /// <summary>Who makes, changes or deletes the resources: the role that is given, else the one the stack has, else the caller.</summary>
    public async ValueTask<Principal> Actor(DeployRequest request, StackRecord? stack, Call call)
    {
        DeploymentConfig.RequireStandard(request.DeploymentConfig);
        if (request.NotificationArns is { Count: > 0 }) throw Errors.Validation("Galley does not support the parameter NotificationARNs.");
        return await Actor(request.RoleArn, stack, call);
    }

    public async ValueTask<Principal> Actor(string? roleArn, StackRecord? stack, Call call)
        => (roleArn ?? stack?.RoleArn) is { } role ? await authorization.ActAs(role, roleArn is null ? null : call.Principal) : call.Principal;

    public async ValueTask<Empty> DeleteStack(DeleteStackRequest request, Call call)
    {
        DeploymentConfig.RequireStandard(request.DeploymentConfig);
        var existing = await journal.Store.Read(snapshot => StackNames.Find(snapshot, call, request.StackName));
        var actor = await Actor(request.RoleArn, existing, call);
        var started = await journal.Store.Write<StackRecord?>(async transaction =>
        {
            // A stack that is not there counts as deleted.
            if (await StackNames.Find(transaction, call, request.StackName) is not { } stack || stack.Status is "DELETE_COMPLETE" or "DELETE_IN_PROGRESS") return null;
            if (stack.Protected) throw Errors.Protected(stack.Name);
            // A creation under way is given up for it; everything else that is under way comes to its end first.
            if (stack.Status != "CREATE_IN_PROGRESS" && await transaction.Get(Keys.Work(stack.Key)) is not null) throw Errors.Validation($"Stack [{stack.StackId}] cannot be deleted while in status {stack.Status}");
            if (request.RetainResources is { Count: > 0 } && stack.Status != "DELETE_FAILED")
                throw Errors.Validation("Invalid operation on stack [" + stack.StackId + "]. RetainResources can only be specified for stacks in DELETE_FAILED state.");
            stack = Begin(transaction, stack, "DELETE_STACK", new WorkRecord
            {
                Stack = stack.Key,
                Kind = WorkKind.Delete,
                Phase = Phase.Delete,
                Principal = actor,
                Retain = request.RetainResources ?? [],
                Token = request.ClientRequestToken,
            });
            return await journal.Turn(transaction, stack, "DELETE_IN_PROGRESS", "User Initiated", request.ClientRequestToken);
        });
        if (started is null) return Empty.Value;
        workers.GiveUp(started.Key);
        workers.Start(started.Key);
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
            DeploymentConfig = stack.Definition.DeploymentConfig,
            Capabilities = stack.Definition.Capabilities,
            Outputs = stack.Outputs,
            Tags = stack.Definition.Tags,
            EnableTerminationProtection = stack.Protected,
            RoleArn = stack.RoleArn,
            ParentId = stack.ParentId,
            RootId = stack.RootId,
            TimeoutInMinutes = stack.TimeoutInMinutes,
            LastOperations = stack.Operation is { } last ? [last] : null,
        };
    }

    public async ValueTask<ListStacksResponse> ListStacks(ListStacksRequest request, Call call) => new([.. (await All(call))
        .Where(stack => request.StackStatusFilter is not { Count: > 0 } filter || filter.Contains(stack.Status))
        .Select(stack => new StackSummary
        {
            StackId = stack.StackId, StackName = stack.Name, TemplateDescription = stack.Definition.Description, CreationTime = stack.Created,
            LastUpdatedTime = stack.Updated, DeletionTime = stack.Deleted, StackStatus = stack.Status, StackStatusReason = stack.Reason,
            ParentId = stack.ParentId, RootId = stack.RootId,
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
        if (stack is { Status: "CREATE_FAILED", KeepsFailure: true })
            throw Errors.Validation("This stack cannot be updated from [CREATE_FAILED] state because it contains [on-failure: DO_NOTHING]. Please use disable-rollback option instead during stack creation.");
        if (stack.Status is not ("CREATE_COMPLETE" or "UPDATE_COMPLETE" or "UPDATE_ROLLBACK_COMPLETE" or "UPDATE_FAILED" or "CREATE_FAILED")) throw Errors.Busy(stack);
    }

    /// <summary>Notes what is to be done; gives the stack with the operation's id.</summary>
    public StackRecord Begin(ITransaction transaction, StackRecord stack, string operation, WorkRecord work)
    {
        var id = installation.Ids.Uuid();
        transaction.Put(Keys.Work(work.Stack), work, CloudFormationJson.Default.WorkRecord);
        transaction.Put(Keys.Operation(stack.Key.Account, stack.Key.Region, id), new OperationRecord(operation, stack.Key.Uuid), CloudFormationJson.Default.OperationRecord);
        return stack with { Operation = new OperationEntry(operation, id) };
    }

    private async ValueTask<List<StackRecord>> All(Call call)
        => [.. (await journal.Store.Read(snapshot => snapshot.List(Keys.Stacks(call.Account, call.Region), CloudFormationJson.Default.StackRecord))).OrderByDescending(stack => stack.Created)];
}
