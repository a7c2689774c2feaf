using System.Text;
using Galley.CloudFormation.Deploy;
using Galley.CloudFormation.Template;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>Change sets: what would happen, kept until it is executed or thrown away.</summary>
internal sealed class ChangeSets(Installation installation, Journal journal, Preparation preparation, StackPlans plans, Stacks stacks, Workers workers, ExistingResources existingResources)
{
    private const string Nothing = "The submitted information didn't contain changes. Submit different information to create a change set.";

    public async ValueTask<CreateChangeSetResponse> CreateChangeSet(CreateChangeSetRequest request, Call call)
    {
        var type = request.ChangeSetType ?? "UPDATE";
        if (type is not ("CREATE" or "UPDATE")) throw Errors.Validation($"Galley does not support the change set type {type}.");
        if (request.OnStackFailure is not (null or "ROLLBACK" or "DO_NOTHING" or "DELETE")) throw Errors.Validation($"Galley does not know OnStackFailure {request.OnStackFailure}.");
        var existing = await journal.Store.Read(snapshot => StackNames.Find(snapshot, call, request.StackName));
        if (existing?.Status == "DELETE_COMPLETE") existing = null;
        if (type == "CREATE" && existing is null) StackNames.Check(request.StackName);
        RequireFit(existing, type, request);
        var prepared = await preparation.Prepare(request, existing is null ? null : await plans.InForce(existing), call, direct: false);
        await stacks.Actor(request, existing, call);
        var stack = existing ?? stacks.New(request.StackName, call);
        var (changes, outputs) = await plans.Plan(stack, prepared);
        var imports = request.ImportExistingResources == true ? await existingResources.Find(prepared.Template, changes, call) : null;
        changes = ExistingResources.Named(changes, imports);
        var refused = ExistingResources.Refusal(prepared.Template, imports);
        var nothing = type == "UPDATE" && !stack.Status.EndsWith("_FAILED", StringComparison.Ordinal) && StackPlans.IsNothing(stack, changes, outputs, request.Tags ?? stack.Definition.Tags);
        return await journal.Store.Write(async transaction =>
        {
            var current = await StackNames.Find(transaction, call, request.StackName);
            RequireFit(current, type, request);
            current ??= stack;
            if (await transaction.Get(Keys.ChangeSet(current.Key, request.ChangeSetName)) is not null) throw Errors.ChangeSetExists(request.ChangeSetName);
            var kept = plans.Keep(transaction, current, prepared, request);
            var set = new ChangeSetRecord
            {
                Name = request.ChangeSetName,
                ChangeSetId = call.Arn("cloudformation", $"changeSet/{request.ChangeSetName}/{installation.Ids.Uuid()}"),
                StackId = current.StackId,
                StackName = current.Name,
                Type = type,
                Description = request.Description,
                Created = installation.Now,
                Status = nothing || refused is not null ? "FAILED" : "CREATE_COMPLETE",
                Reason = nothing ? Nothing : refused,
                ExecutionStatus = nothing || refused is not null ? "UNAVAILABLE" : "AVAILABLE",
                Definition = kept.Definition,
                OnStackFailure = request.OnStackFailure ?? (request.DeploymentConfig?.DisableRollback == true ? "DO_NOTHING" : "ROLLBACK"),
                Changes = changes,
                Imports = imports,
                RoleArn = request.RoleArn,
            };
            transaction.Put(Keys.ChangeSet(current.Key, set.Name), set, CloudFormationJson.Default.ChangeSetRecord);
            var numbered = current with { Templates = kept.Templates };
            if (current.Status.Length > 0) transaction.Put(Keys.Stack(current.Key), numbered, CloudFormationJson.Default.StackRecord);
            else
            {
                transaction.Put(Keys.Name(call, request.StackName), Encoding.UTF8.GetBytes(current.Key.Uuid));
                await journal.Turn(transaction, numbered with { Definition = kept.Definition with { Template = 0 } }, "REVIEW_IN_PROGRESS", "User Initiated", request.ClientToken);
            }

            return new CreateChangeSetResponse(set.ChangeSetId, current.StackId);
        });
    }

    public async ValueTask<ChangeSetDescription> DescribeChangeSet(ChangeSetRequest request, Call call)
    {
        var (stack, set) = await journal.Store.Read(snapshot => Find(snapshot, request.ChangeSetName, request.StackName, call));
        return new ChangeSetDescription
        {
            ChangeSetName = set.Name,
            ChangeSetId = set.ChangeSetId,
            StackId = set.StackId,
            StackName = set.StackName,
            Description = set.Description,
            Parameters = plans.Shown(stack.Key, set.Definition),
            CreationTime = set.Created,
            ExecutionStatus = set.ExecutionStatus,
            Status = set.Status,
            StatusReason = set.Reason,
            Capabilities = set.Definition.Capabilities,
            Tags = set.Definition.Tags,
            Changes = set.Changes,
            ImportExistingResources = set.Imports is null ? null : true,
            OnStackFailure = set.OnStackFailure,
            DeploymentConfig = set.Definition.DeploymentConfig,
        };
    }

    public async ValueTask<ChangeSetDone> ExecuteChangeSet(ChangeSetRequest request, Call call)
    {
        var (aim, wanted) = await journal.Store.Read(snapshot => Find(snapshot, request.ChangeSetName, request.StackName, call));
        var actor = await stacks.Actor(wanted.RoleArn, aim, call);
        var started = await journal.Store.Write(async transaction =>
        {
            var (stack, set) = await Find(transaction, request.ChangeSetName, request.StackName, call);
            if (set.ExecutionStatus != "AVAILABLE") throw Errors.ChangeSetNotReady(set);
            var create = stack.Status == "REVIEW_IN_PROGRESS";
            if (!create) Stacks.RequireUpdatable(stack);
            // The other change sets were drawn up against what now changes.
            await transaction.DeleteAll(Keys.ChangeSets(stack.Key));
            transaction.Put(Keys.ChangeSet(stack.Key, set.Name), set with { ExecutionStatus = "EXECUTE_COMPLETE" }, CloudFormationJson.Default.ChangeSetRecord);
            var onFailure = request.DisableRollback == true ? "DO_NOTHING" : set.OnStackFailure;
            stack = stacks.Begin(transaction, stack, create ? "CREATE_STACK" : "UPDATE_STACK", new WorkRecord
            {
                Stack = stack.Key,
                Kind = create ? WorkKind.Create : WorkKind.Update,
                Phase = Phase.Deploy,
                Principal = actor,
                Old = create ? null : Stacks.Whole(stack),
                OnFailure = onFailure == "DELETE" && !create ? "ROLLBACK" : onFailure,
                RetainExceptOnCreate = request.RetainExceptOnCreate == true,
                Policy = stack.Policy,
                Imports = set.Imports ?? new Dictionary<string, ImportedResource>(),
                Token = request.ClientRequestToken,
            });
            return await journal.Turn(
                transaction,
                stack with { Definition = set.Definition, ChangeSetId = set.ChangeSetId, Updated = installation.Now, DisableRollback = onFailure == "DO_NOTHING", RoleArn = set.RoleArn ?? stack.RoleArn },
                create ? "CREATE_IN_PROGRESS" : "UPDATE_IN_PROGRESS", "User Initiated", request.ClientRequestToken);
        });
        workers.Start(started.Key);
        return ChangeSetDone.Value;
    }

    public ValueTask<ChangeSetDone> DeleteChangeSet(ChangeSetRequest request, Call call) => journal.Store.Write(async transaction =>
    {
        var (stack, set) = await Find(transaction, request.ChangeSetName, request.StackName, call);
        transaction.Delete(Keys.ChangeSet(stack.Key, set.Name));
        return ChangeSetDone.Value;
    });

    public ValueTask<ListChangeSetsResponse> ListChangeSets(ListChangeSetsRequest request, Call call) => journal.Store.Read(async snapshot =>
    {
        var stack = await StackNames.Require(snapshot, call, request.StackName);
        return new ListChangeSetsResponse([.. (await snapshot.List(Keys.ChangeSets(stack.Key), CloudFormationJson.Default.ChangeSetRecord)).Select(set => new ChangeSetSummary
        {
            StackId = set.StackId, StackName = set.StackName, ChangeSetId = set.ChangeSetId, ChangeSetName = set.Name, ExecutionStatus = set.ExecutionStatus,
            Status = set.Status, StatusReason = set.Reason, CreationTime = set.Created, Description = set.Description,
            ImportExistingResources = set.Imports is null ? null : true,
        })]);
    });

    public static async ValueTask<(StackRecord Stack, ChangeSetRecord Set)> Find(ISnapshot snapshot, string nameOrId, string? stackName, Call call)
    {
        if (nameOrId.StartsWith("arn:", StringComparison.Ordinal))
        {
            foreach (var stack in stackName is null
                         ? await snapshot.List(Keys.Stacks(call.Account, call.Region), CloudFormationJson.Default.StackRecord)
                         : [await StackNames.Require(snapshot, call, stackName)])
                foreach (var set in await snapshot.List(Keys.ChangeSets(stack.Key), CloudFormationJson.Default.ChangeSetRecord))
                    if (set.ChangeSetId == nameOrId)
                        return (stack, set);
            throw Errors.NoSuchChangeSet(nameOrId);
        }

        if (stackName is null) throw Errors.Validation("StackName must be specified if ChangeSetName is not specified as an ARN.");
        var named = await StackNames.Require(snapshot, call, stackName);
        return (named, await snapshot.Get(Keys.ChangeSet(named.Key, nameOrId), CloudFormationJson.Default.ChangeSetRecord) ?? throw Errors.NoSuchChangeSet(nameOrId));
    }

    private static void RequireFit(StackRecord? stack, string type, CreateChangeSetRequest request)
    {
        if (type == "UPDATE")
        {
            if (stack is null or { Status: "REVIEW_IN_PROGRESS" }) throw Errors.NoSuchStack(request.StackName);
            Stacks.RequireUpdatable(stack);
        }
        else if (stack is not (null or { Status: "REVIEW_IN_PROGRESS" })) throw Errors.StackExistsForChangeSet(stack.Name, request.ChangeSetName);
    }
}
