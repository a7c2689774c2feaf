using System.Globalization;
using Galley.CloudFormation.Deploy;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>What a stack consists of and what happened to it.</summary>
internal sealed class StackHistory(IStore store)
{
    private const int PageSize = 100;

    public ValueTask<DescribeStackEventsResponse> DescribeStackEvents(StackNameRequest request, Call call) => store.Read(async snapshot =>
    {
        var stack = await StackNames.Require(snapshot, call, request.StackName ?? throw Errors.Validation("StackName is required."));
        var (events, next) = await Page(snapshot, stack, request.NextToken);
        return new DescribeStackEventsResponse(events, next);
    });

    /// <summary>The same events by operation. A change set has none: nothing is done when one is made.</summary>
    public ValueTask<DescribeEventsResponse> DescribeEvents(DescribeEventsRequest request, Call call) => store.Read(async snapshot =>
    {
        if (request.ChangeSetName is { } changeSet)
        {
            await ChangeSets.Find(snapshot, changeSet, request.StackName, call);
            return new DescribeEventsResponse([], null);
        }

        var operation = request.OperationId is { } id
            ? await snapshot.Get(Keys.Operation(call.Account, call.Region, id), CloudFormationJson.Default.OperationRecord) ?? throw Errors.Validation($"Operation [{id}] does not exist")
            : null;
        var stack = request.StackName is { } name ? await StackNames.Require(snapshot, call, name)
            : operation is not null ? await Journal.Stack(snapshot, new StackKey(call.Account, call.Region, operation.Stack))
            : throw Errors.Validation("Either StackName, ChangeSetName or OperationId must be specified.");
        var (events, next) = await Page(snapshot, stack, request.NextToken);
        var types = new Dictionary<string, string?>();
        var told = new List<OperationEvent>();
        foreach (var one in events.Where(one => request.OperationId is null || one.OperationId == request.OperationId))
        {
            if (one.OperationId is { } of && !types.ContainsKey(of)) types[of] = (await snapshot.Get(Keys.Operation(call.Account, call.Region, of), CloudFormationJson.Default.OperationRecord))?.Type;
            var about = Of(one, types.GetValueOrDefault(one.OperationId ?? ""));
            if (request.Filters?.FailedEvents != true || about.EventType == "PROVISIONING_ERROR" || about.OperationStatus == "FAILED") told.Add(about);
        }

        return new DescribeEventsResponse(told, next);
    });

    private static OperationEvent Of(StackEvent one, string? operationType)
    {
        var (ofStack, failed) = (one.PhysicalResourceId == one.StackId, one.ResourceStatus.EndsWith("_FAILED", StringComparison.Ordinal));
        return new OperationEvent
        {
            EventId = one.EventId,
            StackId = one.StackId,
            OperationId = one.OperationId,
            OperationType = operationType,
            EventType = ofStack ? "STACK_EVENT" : failed ? "PROVISIONING_ERROR" : "PROGRESS_EVENT",
            OperationStatus = !ofStack ? null
                : one.ResourceStatus.EndsWith("_IN_PROGRESS", StringComparison.Ordinal) ? "IN_PROGRESS"
                : failed || one.ResourceStatus.Contains("ROLLBACK", StringComparison.Ordinal) && operationType is "CREATE_STACK" or "UPDATE_STACK" ? "FAILED" : "SUCCEEDED",
            LogicalResourceId = one.LogicalResourceId,
            PhysicalResourceId = one.PhysicalResourceId,
            ResourceType = one.ResourceType,
            Timestamp = one.Timestamp,
            ResourceStatus = one.ResourceStatus,
            ResourceStatusReason = one.ResourceStatusReason,
            ClientRequestToken = one.ClientRequestToken,
        };
    }

    /// <summary>Newest first.</summary>
    private static async ValueTask<(List<StackEvent> Events, string? Next)> Page(ISnapshot snapshot, StackRecord stack, string? token)
    {
        var from = Keys.Events(stack.Key);
        var to = token is null ? Key.After(from)
            : long.TryParse(token, CultureInfo.InvariantCulture, out var number) ? Keys.Event(stack.Key, number)
            : throw Errors.Validation("The token is not valid.");
        var events = new List<StackEvent>();
        await foreach (var entry in snapshot.Range(from, to, descending: true))
        {
            events.Add(System.Text.Json.JsonSerializer.Deserialize(entry.Value, CloudFormationJson.Default.StackEvent)!);
            if (events.Count == PageSize) break;
        }

        // Events are numbered from 0, newest last: what is left before this page is how many numbers lie below it.
        var below = (token is null ? stack.Events : long.Parse(token, CultureInfo.InvariantCulture)) - events.Count;
        return (events, below > 0 ? below.ToString(CultureInfo.InvariantCulture) : null);
    }

    public ValueTask<DescribeStackResourceResponse> DescribeStackResource(StackResourceRequest request, Call call) => store.Read(async snapshot =>
    {
        var stack = await StackNames.Require(snapshot, call, request.StackName ?? throw Errors.Validation("StackName is required."));
        var record = await snapshot.Get(Keys.Resource(stack.Key, request.LogicalResourceId ?? ""), CloudFormationJson.Default.ResourceRecord)
                     ?? throw Errors.Validation($"Resource {request.LogicalResourceId} does not exist for stack {stack.Name}");
        return new DescribeStackResourceResponse(Describe(record, stack) with { LastUpdatedTimestamp = record.Time, Timestamp = null });
    });

    public ValueTask<DescribeStackResourcesResponse> DescribeStackResources(StackResourceRequest request, Call call) => store.Read(async snapshot =>
    {
        if (request.StackName is null && request.PhysicalResourceId is { } physical)
        {
            foreach (var candidate in await snapshot.List(Keys.Stacks(call.Account, call.Region), CloudFormationJson.Default.StackRecord))
                if (candidate.Status != "DELETE_COMPLETE" && (await Of(snapshot, candidate)).Any(record => record.PhysicalId == physical))
                    return new DescribeStackResourcesResponse([.. (await Of(snapshot, candidate)).Select(record => Describe(record, candidate))]);
            throw Errors.Validation($"Stack for {physical} does not exist");
        }

        var stack = await StackNames.Require(snapshot, call, request.StackName ?? throw Errors.Validation("StackName is required."));
        return new DescribeStackResourcesResponse([.. (await Of(snapshot, stack))
            .Where(record => request.LogicalResourceId is null || record.LogicalId == request.LogicalResourceId).Select(record => Describe(record, stack))]);
    });

    public ValueTask<ListStackResourcesResponse> ListStackResources(StackNameRequest request, Call call) => store.Read(async snapshot =>
    {
        var stack = await StackNames.Require(snapshot, call, request.StackName ?? throw Errors.Validation("StackName is required."));
        return new ListStackResourcesResponse([.. (await Of(snapshot, stack))
            .Select(record => Describe(record, stack) with { StackId = null, StackName = null, LastUpdatedTimestamp = record.Time, Timestamp = null })]);
    });

    private static ValueTask<List<ResourceRecord>> Of(ISnapshot snapshot, StackRecord stack) => snapshot.List(Keys.Resources(stack.Key), CloudFormationJson.Default.ResourceRecord);

    private static StackResource Describe(ResourceRecord record, StackRecord stack) => new()
    {
        StackName = stack.Name,
        StackId = stack.StackId,
        LogicalResourceId = record.LogicalId,
        PhysicalResourceId = record.PhysicalId.Length > 0 ? record.PhysicalId : null,
        ResourceType = record.Type,
        Timestamp = record.Time,
        ResourceStatus = record.Status,
        ResourceStatusReason = record.Reason,
    };
}
