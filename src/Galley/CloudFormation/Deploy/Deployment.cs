using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFormation.Deploy;

/// <summary>
/// One stack operation from its stored phase to its end: deploy, then clean up, or roll back and clean up, or delete. Every phase can be
/// entered again, so a process that was killed goes on where it stopped.
/// </summary>
internal sealed class Deployment(Installation installation, Journal journal, Handlers handlers, WorkRecord work, StackRecord stack, CancellationTokenSource giveUp)
{
    // A role that the stack was given is CloudFormation's own; otherwise it calls with the rights of whoever deploys.
    private readonly Call _call = installation.CallAs(work.Principal, work.Stack.Region, via: work.Principal.UserId.EndsWith(":" + IAuthorizeResources.Session, StringComparison.Ordinal) ? null : IAuthorizeResources.Service);

    public async Task Run(CancellationToken stopping)
    {
        // Each phase stores the next one before it returns it.
        for (Phase? phase = work.Phase; phase is not null;)
            phase = phase switch
            {
                Phase.Deploy => await Deploy(stopping),
                Phase.Cleanup or Phase.RollbackCleanup => await Cleanup(phase == Phase.RollbackCleanup, stopping),
                Phase.Rollback when work.Old is null => await Uncreate(stopping),
                Phase.Rollback => await Restore(stopping),
                _ => await Delete(stopping),
            };
    }

    private async Task<Phase?> Deploy(CancellationToken stopping)
    {
        stack = await journal.Stack(work.Stack);
        var (template, exports) = await journal.Store.Read(async snapshot => (
            await snapshot.Get(Keys.Template(stack.Key, stack.Definition.Template), CloudFormationJson.Default.TemplateRecord),
            await snapshot.List(Keys.Exports(stack.Key.Account, stack.Key.Region), CloudFormationJson.Default.ExportRecord)));
        var read = StackTemplate.ReadWhole(TemplateText.Parse(template!.Processed));
        var rollout = new Rollout(installation, journal, handlers, work, read, _call, resource => new Scope
        {
            Template = read,
            Parameters = Preparation.Effective(journal.OpenParameters(stack.Key, stack.Definition), stack.Definition.Resolved),
            Account = stack.Key.Account,
            Region = stack.Key.Region,
            StackName = stack.Name,
            StackId = stack.StackId,
            Exports = exports.ToDictionary(export => export.Name, export => export.Value),
            Resource = resource,
        })
        { StackName = stack.Name, Patient = installation.CallAs(work.Principal, work.Stack.Region, giveUp.Token) };
        using var clock = work.Deadline is { } deadline
            ? installation.Time.CreateTimer(_ => giveUp.Cancel(), null, deadline > installation.Now ? deadline - installation.Now : TimeSpan.Zero, Timeout.InfiniteTimeSpan)
            : null;
        if (!await rollout.Run(stopping)) return giveUp.IsCancellationRequested ? await GivenUp() : await Failed(Verb(rollout));
        try
        {
            return await Commit(read, rollout);
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            return await GivenUp();
        }
        catch (AwsError error)
        {
            return await Failed(error.Message + ". ");
        }
    }

    private async Task<Phase?> Commit(StackTemplate template, Rollout rollout)
    {
        var outputs = Outputs.Resolve(template, rollout.Intrinsics);
        return await journal.Store.Write<Phase?>(async transaction =>
        {
            // From here on an update cannot be called off any more.
            var now = await transaction.Get(Keys.Work(stack.Key), CloudFormationJson.Default.WorkRecord);
            if (now?.Kind != work.Kind) return null; // deleted meanwhile
            if (now.Cancelled) throw new OperationCanceledException();
            var current = await Journal.Stack(transaction, stack.Key) with { Outputs = outputs };
            await Exports.Replace(transaction, current, rollout.Intrinsics.Imports);
            foreach (var record in await transaction.List(Keys.Resources(stack.Key), CloudFormationJson.Default.ResourceRecord)) Settle(transaction, rollout, record);
            if (work.Kind == WorkKind.Create)
            {
                await End(transaction, current, "CREATE_COMPLETE");
                return null;
            }

            await journal.Turn(transaction, current with { Updated = installation.Now }, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", token: work.Token);
            return Next(transaction, Phase.Cleanup);
        });
    }

    /// <summary>What was before the update cannot come back now: what is no longer wanted is left to the clean-up.</summary>
    private void Settle(ITransaction transaction, Rollout rollout, ResourceRecord record)
    {
        if (!rollout.Wanted.Contains(record.LogicalId))
        {
            transaction.Delete(Keys.Resource(stack.Key, record.LogicalId));
            if (record.Status is not "DELETE_COMPLETE") Discard(record.State, record.DeletionPolicy);
        }
        else
        {
            if (record.Before is { } before && before.PhysicalId != record.PhysicalId && before.PhysicalId.Length > 0) Discard(before, record.UpdateReplacePolicy);
            transaction.Put(Keys.Resource(stack.Key, record.LogicalId), record with { Before = null, New = false, Imported = false }, CloudFormationJson.Default.ResourceRecord);
        }

        void Discard(ResourceState state, string? policy)
            => transaction.Put(Keys.Garbage(stack.Key, state.LogicalId, state.PhysicalId), state with { DeletionPolicy = policy }, CloudFormationJson.Default.ResourceState);
    }

    /// <summary>Called off, or out of time; that goes back whatever was asked for in case of a failure.</summary>
    private Task<Phase?> GivenUp()
        => work.Kind == WorkKind.Create ? Failed("Stack creation time exceeded the specified timeout. ") : Failed("Stack update cancelled", calledOff: true);

    private async Task<Phase?> Failed(string reason, bool calledOff = false) => await journal.Store.Write<Phase?>(async transaction =>
    {
        if ((await transaction.Get(Keys.Work(stack.Key), CloudFormationJson.Default.WorkRecord))?.Kind != work.Kind) return null; // deleted meanwhile
        var current = await Journal.Stack(transaction, stack.Key);
        var (create, delete) = (work.Kind == WorkKind.Create, work.OnFailure == "DELETE");
        if (work.OnFailure == "DO_NOTHING" && !calledOff)
        {
            await End(transaction, current with { Stable = work.Old }, create ? "CREATE_FAILED" : "UPDATE_FAILED", reason.TrimEnd());
            return null;
        }

        await journal.Turn(transaction, current, delete ? "DELETE_IN_PROGRESS" : work.Old is null ? "ROLLBACK_IN_PROGRESS" : "UPDATE_ROLLBACK_IN_PROGRESS",
            reason + (delete ? "Delete requested by user." : create ? "Rollback requested by user." : ""), work.Token);
        return Next(transaction, Phase.Rollback);
    });

    private async Task<Phase?> Cleanup(bool rollback, CancellationToken stopping)
    {
        await new Removal(installation, journal, handlers, work, _call).Garbage(stopping);
        await journal.Store.Write(async transaction => await End(transaction, await Journal.Stack(transaction, stack.Key), rollback ? "UPDATE_ROLLBACK_COMPLETE" : "UPDATE_COMPLETE"));
        return null;
    }

    private async Task<Phase?> Uncreate(CancellationToken stopping)
    {
        var removal = new Removal(installation, journal, handlers, work, _call);
        await DiscardBefore();
        await removal.Garbage(stopping);
        await removal.Resources(rollback: true, stopping);
        var delete = work.OnFailure == "DELETE";
        await journal.Store.Write(async transaction =>
        {
            var current = await Journal.Stack(transaction, stack.Key);
            if (removal.Failures.Count > 0) await End(transaction, current, delete ? "DELETE_FAILED" : "ROLLBACK_FAILED", NotDeleted(removal));
            else if (delete) await Gone(transaction, current);
            else await End(transaction, current, "ROLLBACK_COMPLETE");
        });
        return null;
    }

    private async Task<Phase?> Restore(CancellationToken stopping)
    {
        var restoration = new Restoration(installation, journal, handlers, work, _call);
        await restoration.Run(stopping);
        return await journal.Store.Write<Phase?>(async transaction =>
        {
            var current = await Journal.Stack(transaction, stack.Key) with { Definition = work.Old! };
            if (restoration.Failures.Count > 0)
            {
                await End(transaction, current, "UPDATE_ROLLBACK_FAILED", $"The following resource(s) failed to update: [{string.Join(", ", restoration.Failures)}]. ");
                return null;
            }

            await journal.Turn(transaction, current, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", token: work.Token);
            return Next(transaction, Phase.RollbackCleanup);
        });
    }

    private async Task<Phase?> Delete(CancellationToken stopping)
    {
        if (await journal.Store.Read(snapshot => Exports.InUse(snapshot, stack)) is { } inUse)
        {
            await journal.Store.Write(async transaction => await End(transaction, await Journal.Stack(transaction, stack.Key), "DELETE_FAILED", inUse));
            return null;
        }

        var removal = new Removal(installation, journal, handlers, work, _call);
        await DiscardBefore();
        await removal.Garbage(stopping);
        await removal.Resources(rollback: false, stopping);
        await journal.Store.Write(async transaction =>
        {
            var current = await Journal.Stack(transaction, stack.Key);
            if (removal.Failures.Count > 0) await End(transaction, current, "DELETE_FAILED", NotDeleted(removal));
            else await Gone(transaction, current);
        });
        return null;
    }

    /// <summary>A failed update that was never taken back left old things beside their replacements.</summary>
    private ValueTask DiscardBefore() => journal.Store.Write(async transaction =>
    {
        foreach (var record in await transaction.List(Keys.Resources(stack.Key), CloudFormationJson.Default.ResourceRecord))
        {
            if (record.Before is not { } before) continue;
            if (before.PhysicalId.Length > 0 && before.PhysicalId != record.PhysicalId)
                transaction.Put(Keys.Garbage(stack.Key, before.LogicalId, before.PhysicalId), before with { DeletionPolicy = record.UpdateReplacePolicy }, CloudFormationJson.Default.ResourceState);
            transaction.Put(Keys.Resource(stack.Key, record.LogicalId), record with { Before = null }, CloudFormationJson.Default.ResourceRecord);
        }
    });

    private async ValueTask Gone(ITransaction transaction, StackRecord current)
    {
        await Exports.Replace(transaction, current with { Outputs = [] }, new HashSet<string>());
        transaction.Delete(Keys.Name(current));
        await transaction.DeleteAll(Keys.ChangeSets(current.Key));
        await End(transaction, current with { Deleted = installation.Now }, "DELETE_COMPLETE");
    }

    private async ValueTask End(ITransaction transaction, StackRecord current, string status, string? reason = null)
    {
        await journal.Turn(transaction, current, status, reason, work.Token);
        transaction.Delete(Keys.Work(stack.Key));
    }

    private Phase? Next(ITransaction transaction, Phase phase)
    {
        transaction.Put(Keys.Work(stack.Key), work with { Phase = phase }, CloudFormationJson.Default.WorkRecord);
        return phase;
    }

    private static string Verb(Rollout rollout) => string.Concat(rollout.Failures.GroupBy(failure => failure.Value).OrderByDescending(group => group.Key)
        .Select(group => $"The following resource(s) failed to {(group.Key ? "create" : "update")}: [{string.Join(", ", group.Select(failure => failure.Key).Order(StringComparer.Ordinal))}]. "));

    private static string NotDeleted(Removal removal) => $"The following resource(s) failed to delete: [{string.Join(", ", removal.Failures)}]. ";
}
