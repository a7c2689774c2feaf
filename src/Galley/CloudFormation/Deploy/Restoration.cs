using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFormation.Deploy;

/// <summary>
/// Takes an update back: what was changed in place is changed back to the properties it had, what was replaced is the old one again
/// (it was never deleted), what is new becomes garbage. Dependants go first, so that nothing points at what is about to go.
/// </summary>
internal sealed class Restoration(Installation installation, Journal journal, Handlers handlers, WorkRecord work, Call call)
{
    private readonly List<string> _failures = [];

    public IReadOnlyList<string> Failures => _failures;

    private StackKey Stack => work.Stack;

    public async Task Run(CancellationToken stopping)
    {
        var records = (await journal.Store.Read(snapshot => snapshot.List(Keys.Resources(Stack), CloudFormationJson.Default.ResourceRecord))).ToDictionary(record => record.LogicalId);
        foreach (var name in Order(records))
        {
            stopping.ThrowIfCancellationRequested();
            var record = records[name];
            if (record.New) await Forget(record);
            else if (record.Before is { } before) await Restore(record, before);
            else if (!record.Status.EndsWith("_COMPLETE", StringComparison.Ordinal)) await journal.Keep(Stack, record with { Status = "UPDATE_COMPLETE", Reason = null, Time = installation.Now }, work.Token, ("UPDATE_COMPLETE", null)); // it was refused before anything happened
        }
    }

    /// <summary>Dependants before what they depend on. Old and new dependencies together may make a circle; then any order must do.</summary>
    private static List<string> Order(Dictionary<string, ResourceRecord> records)
    {
        try
        {
            var order = References.Order(records.Values.ToDictionary(record => record.LogicalId, record => record.DependsOn.ToHashSet()));
            order.Reverse();
            return order;
        }
        catch (AwsError)
        {
            return [.. records.Keys];
        }
    }

    private ValueTask Forget(ResourceRecord record) => journal.Store.Write(transaction =>
    {
        transaction.Delete(Keys.Resource(Stack, record.LogicalId));
        // A new resource goes even when its policy retains it later on, unless the policy is Retain outright.
        transaction.Put(Keys.Garbage(Stack, record.LogicalId, record.PhysicalId),
            record.State with { DeletionPolicy = record.Imported || record.DeletionPolicy == "Retain" && !work.RetainExceptOnCreate ? "Retain" : null }, CloudFormationJson.Default.ResourceState);
        return ValueTask.CompletedTask;
    });

    private async Task Restore(ResourceRecord record, ResourceState before)
    {
        var restored = new ResourceRecord
        {
            LogicalId = before.LogicalId,
            Type = before.Type,
            PhysicalId = before.PhysicalId,
            Name = before.Name,
            Sealed = before.Sealed,
            DeletionPolicy = before.DeletionPolicy,
            UpdateReplacePolicy = before.UpdateReplacePolicy,
            DependsOn = before.DependsOn,
            Status = "UPDATE_COMPLETE",
            Time = installation.Now,
        };
        if (record.PhysicalId != before.PhysicalId)
        {
            await journal.Store.Write(async transaction =>
            {
                transaction.Put(Keys.Resource(Stack, record.LogicalId), restored, CloudFormationJson.Default.ResourceRecord);
                transaction.Put(Keys.Garbage(Stack, record.LogicalId, record.PhysicalId), record.State with { DeletionPolicy = null }, CloudFormationJson.Default.ResourceState);
                await journal.Note(transaction, Stack, restored, "UPDATE_COMPLETE", null, work.Token);
            });
            return;
        }

        if (work.Skip.Contains(record.LogicalId))
        {
            await journal.Keep(Stack, restored, work.Token, ("UPDATE_COMPLETE", null));
            return;
        }

        var (tried, old) = (journal.Open(Stack, record), journal.Open(Stack, before));
        if (Differences.Between(tried.Properties, old.Properties).Count == 0)
        {
            await journal.Keep(Stack, restored, work.Token);
            return;
        }

        await journal.Note(Stack, record, "UPDATE_IN_PROGRESS", null, work.Token);
        try
        {
            var made = await handlers.Find(record.Type).Update(
                new ResourceRequest(record.LogicalId, before.Name, (JsonObject)old.Properties.DeepClone(), (await journal.Stack(Stack)).StackId)
                {
                    PhysicalId = before.PhysicalId,
                    OldProperties = tried.Properties,
                    Type = record.Type,
                }, call);
            restored = restored with { Sealed = journal.Seal(Stack, record.LogicalId, old with { Attributes = made.Attributes.ToDictionary() }) };
            await journal.Keep(Stack, restored, work.Token, ("UPDATE_COMPLETE", null));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            if (e is not (AwsError or CustomResourceFailure)) installation.Log($"error: cloudformation: {record.LogicalId}: {e}");
            var reason = HandlerFailure.Reason(e, installation.Ids);
            _failures.Add(record.LogicalId);
            await journal.Keep(Stack, record with { Status = "UPDATE_FAILED", Reason = reason, Time = installation.Now }, work.Token, ("UPDATE_FAILED", reason));
        }
    }
}
