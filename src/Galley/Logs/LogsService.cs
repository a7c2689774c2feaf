using Galley.Wire;

namespace Galley.Logs;

/// <summary>CloudWatch Logs: groups, streams, events. AWS: Logs_20140328, awsJson 1.1.</summary>
internal sealed class LogsService : IService
{
    private readonly Installation _installation;
    private readonly LogEvents _events;
    private readonly LogGroups _groups;

    public LogsService(Installation installation)
    {
        _installation = installation;
        _groups = new LogGroups(installation);
        _events = new LogEvents(installation);
        Apis = [Api(_groups, new LogStreams(installation), _events)];
    }

    public IEnumerable<AwsService> Apis { get; }

    public IEnumerable<IResourceHandler> Resources => [new LogGroupResource(_groups)];

    public IEnumerable<ResourceScanner> Scanners => [new LogScan(_installation).Scanner];

    /// <summary>Keeps events, in order; makes group and stream when missing. Durable on return.</summary>
    public ValueTask Append(string account, string region, string group, string stream, IReadOnlyList<(DateTimeOffset Time, string Message)> events)
        => _events.Append(new Call { RequestId = "", Account = account, Region = region }, group, stream, events);

    private static JsonService Api(LogGroups groups, LogStreams streams, LogEvents events)
    {
        var api = new JsonService("logs", Protocol.AwsJson11, () => LogsJson.Default, "Logs_20140328") { InvalidParameterCode = "InvalidParameterException" };
        api.Later(() =>
        {
            api.Add<CreateLogGroupRequest, Empty>(groups.CreateLogGroup, (r, call) => Group(call, r.LogGroupName));
            api.Add<LogGroupRequest, Empty>(groups.DeleteLogGroup, (r, call) => Group(call, r.LogGroupName));
            api.Add<DescribeLogGroupsRequest, DescribeLogGroupsResponse>(groups.DescribeLogGroups, (_, call) => Group(call, ""));
            api.Add<PutRetentionPolicyRequest, Empty>(groups.PutRetentionPolicy, (r, call) => Group(call, r.LogGroupName));
            api.Add<LogGroupRequest, Empty>(groups.DeleteRetentionPolicy, (r, call) => Group(call, r.LogGroupName));
            api.Add<TagLogGroupRequest, Empty>(groups.TagLogGroup, (r, call) => Group(call, r.LogGroupName));
            api.Add<UntagLogGroupRequest, Empty>(groups.UntagLogGroup, (r, call) => Group(call, r.LogGroupName));
            api.Add<LogGroupRequest, TagsResponse>(groups.ListTagsLogGroup, (r, call) => Group(call, r.LogGroupName));
            api.Add<TagResourceRequest, Empty>(groups.TagResource, (r, _) => r.ResourceArn);
            api.Add<UntagResourceRequest, Empty>(groups.UntagResource, (r, _) => r.ResourceArn);
            api.Add<ResourceArnRequest, TagsResponse>(groups.ListTagsForResource, (r, _) => r.ResourceArn);
            api.Add<LogStreamRequest, Empty>(streams.CreateLogStream, (r, call) => Stream(call, r.LogGroupName, r.LogStreamName));
            api.Add<LogStreamRequest, Empty>(streams.DeleteLogStream, (r, call) => Stream(call, r.LogGroupName, r.LogStreamName));
            api.Add<DescribeLogStreamsRequest, DescribeLogStreamsResponse>(streams.DescribeLogStreams, (r, call) => Group(call, r.LogGroupName ?? Name(r.LogGroupIdentifier)));
            api.Add<PutLogEventsRequest, PutLogEventsResponse>(events.PutLogEvents, (r, call) => Stream(call, r.LogGroupName, r.LogStreamName));
            api.Add<GetLogEventsRequest, GetLogEventsResponse>(events.GetLogEvents, (r, call) => Stream(call, r.LogGroupName ?? Name(r.LogGroupIdentifier), r.LogStreamName));
            api.Add<FilterLogEventsRequest, FilterLogEventsResponse>(events.FilterLogEvents, (r, call) => Group(call, r.LogGroupName ?? Name(r.LogGroupIdentifier)));
        });
        api.TagsOf = groups.TagsOf;
        return api;
    }

    /// <summary>AWS checks a group's operations against this form, which `log-group:name:*` of a policy matches.</summary>
    private static string Group(Call call, string name) => Stream(call, name, "");

    private static string Stream(Call call, string group, string stream) => call.Arn("logs", $"log-group:{group}:log-stream:{stream}");

    private static string Name(string? identifier)
        => identifier is null ? "" : identifier.StartsWith("arn:", StringComparison.Ordinal) ? LogGroups.NameOf(identifier) : identifier;
}
