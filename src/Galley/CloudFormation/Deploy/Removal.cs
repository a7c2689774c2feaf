using System.Collections.Concurrent;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFormation.Deploy;

/// <summary>Deletes resources, each after everything that depended on it; what a policy retains is only forgotten.</summary>
internal sealed class Removal(Installation installation, Journal journal, Handlers handlers, WorkRecord work, Call call)
{
    private const int AtOnce = 8;

    private readonly ConcurrentBag<string> _failures = [];

    /// <summary>Logical ids of what could not be deleted.</summary>
    public IReadOnlyList<string> Failures => [.. _failures.Order(StringComparer.Ordinal)];

    private StackKey Stack => work.Stack;

    /// <summary>Deletes the resources of the stack; their records stay and say so.</summary>
    /// <param name="rollback">Whether the stack is being un-created, where `RetainExceptOnCreate` deletes.</param>
    /// <param name="stopping">Ends the work between two resources.</param>
    public async Task Resources(bool rollback, CancellationToken stopping)
    {
        var records = await journal.Store.Read(snapshot => snapshot.List(Keys.Resources(Stack), CloudFormationJson.Default.ResourceRecord));
        await InOrder(records.Where(record => record.Status is not ("DELETE_COMPLETE" or "DELETE_SKIPPED")).ToList<ResourceState>(), async state =>
        {
            var record = (ResourceRecord)state;
            var retain = work.Retain.Contains(record.LogicalId) || record.Imported || record.DeletionPolicy == "Retain" && !(rollback && work.RetainExceptOnCreate) || record.DeletionPolicy == "RetainExceptOnCreate" && !rollback;
            await Remove(record, retain, (status, reason) => journal.Keep(
                Stack, record with { Status = status, Reason = reason, Time = installation.Now, Sealed = status == "DELETE_COMPLETE" ? "" : record.Sealed }, work.Token, (status, reason)), stopping);
        }, stopping);
    }

    /// <summary>Deletes what an update left over; a failure is told and left, as on AWS.</summary>
    public async Task Garbage(CancellationToken stopping)
    {
        var garbage = await journal.Store.Read(snapshot => snapshot.List(Keys.Garbage(Stack), CloudFormationJson.Default.ResourceState));
        await InOrder(garbage, async state =>
        {
            await Remove(state, state.DeletionPolicy is "Retain" or "RetainExceptOnCreate", (status, reason) => journal.Note(Stack, state, status, reason, work.Token), stopping);
            if (stopping.IsCancellationRequested) return;
            await journal.Store.Write(transaction =>
            {
                transaction.Delete(Keys.Garbage(Stack, state.LogicalId, state.PhysicalId));
                return ValueTask.CompletedTask;
            });
        }, stopping);
    }

    private async Task Remove(ResourceState resource, bool retain, Func<string, string?, ValueTask> tell, CancellationToken stopping)
    {
        if (retain)
        {
            await tell("DELETE_SKIPPED", null);
            return;
        }

        var doubtful = resource.PhysicalId.Length == 0;
        await tell("DELETE_IN_PROGRESS", null);
        try
        {
            await handlers.Find(resource.Type).Delete(
                new ResourceRequest(resource.LogicalId, resource.Name, journal.Open(Stack, resource).Properties, (await journal.Stack(Stack)).StackId)
                {
                    PhysicalId = doubtful ? resource.Name : resource.PhysicalId,
                    Type = resource.Type,
                    Until = stopping,
                }, call);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return; // taken up again at the next start
        }
        catch (Exception e) when (doubtful)
        {
            // It failed to come into being; only a crash could have left something under its generated name.
            installation.Log($"cloudformation: nothing to clear under {resource.Name}: {e.Message}");
        }
        catch (Exception e)
        {
            if (e is not (AwsError or CustomResourceFailure)) installation.Log($"error: cloudformation: {resource.LogicalId}: {e}");
            _failures.Add(resource.LogicalId);
            await tell("DELETE_FAILED", HandlerFailure.Reason(e, installation.Ids));
            return;
        }

        await tell("DELETE_COMPLETE", null);
    }

    private async Task InOrder(List<ResourceState> resources, Func<ResourceState, Task> remove, CancellationToken stopping)
    {
        using var slots = new SemaphoreSlim(AtOnce);
        var left = resources.ToLookup(resource => resource.LogicalId);
        var tasks = new Dictionary<string, Task>();
        foreach (var group in left) _ = After(group.Key);
        await Task.WhenAll(tasks.Values);
        stopping.ThrowIfCancellationRequested();

        Task After(string name)
        {
            if (tasks.TryGetValue(name, out var running)) return running;
            var dependants = left.Where(group => group.Key != name && group.Any(resource => resource.DependsOn.Contains(name))).Select(group => After(group.Key)).ToList();
            return tasks[name] = Task.Run(async () =>
            {
                await Task.WhenAll(dependants);
                await slots.WaitAsync(CancellationToken.None);
                try
                {
                    if (stopping.IsCancellationRequested) return;
                    // What depends on it and could not go would be left without it.
                    if (left.Any(group => _failures.Contains(group.Key) && group.Any(resource => resource.DependsOn.Contains(name)))) return;
                    foreach (var resource in left[name]) await remove(resource);
                }
                finally
                {
                    slots.Release();
                }
            }, CancellationToken.None);
        }
    }
}
