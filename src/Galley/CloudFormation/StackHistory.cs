using System.Globalization;
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
        var from = Keys.Events(stack.Key);
        var to = request.NextToken is null ? Key.After(from)
            : long.TryParse(request.NextToken, CultureInfo.InvariantCulture, out var number) ? Keys.Event(stack.Key, number)
            : throw Errors.Validation("The token is not valid.");
        var events = new List<StackEvent>();
        await foreach (var entry in snapshot.Range(from, to, descending: true))
        {
            events.Add(System.Text.Json.JsonSerializer.Deserialize(entry.Value, CloudFormationJson.Default.StackEvent)!);
            if (events.Count == PageSize) break;
        }

        // Events are numbered from 0, newest last: what is left before this page is how many numbers lie below it.
        var below = (request.NextToken is null ? stack.Events : long.Parse(request.NextToken, CultureInfo.InvariantCulture)) - events.Count;
        return new DescribeStackEventsResponse(events, below > 0 ? below.ToString(CultureInfo.InvariantCulture) : null);
    });

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
