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

    /// <summary>Keeps events, in order; makes group and stream when missing. Durable on return.</summary>
    public ValueTask Append(string account, string region, string group, string stream, IReadOnlyList<(DateTimeOffset Time, string Message)> events)
        => _events.Append(new Call { RequestId = "", Account = account, Region = region }, group, stream, events);

    private static JsonService Api(LogGroups groups, LogStreams streams, LogEvents events)
    {
        var json = LogsJson.Default;
        var api = new JsonService("logs", Protocol.AwsJson11, "Logs_20140328") { InvalidParameterCode = "InvalidParameterException" };
        api.Add(json.CreateLogGroupRequest, json.Empty, groups.CreateLogGroup, (r, call) => Group(call, r.LogGroupName));
        api.Add(json.LogGroupRequest, json.Empty, groups.DeleteLogGroup, (r, call) => Group(call, r.LogGroupName));
        api.Add(json.DescribeLogGroupsRequest, json.DescribeLogGroupsResponse, groups.DescribeLogGroups, (_, call) => Group(call, ""));
        api.Add(json.PutRetentionPolicyRequest, json.Empty, groups.PutRetentionPolicy, (r, call) => Group(call, r.LogGroupName));
        api.Add(json.LogGroupRequest, json.Empty, groups.DeleteRetentionPolicy, (r, call) => Group(call, r.LogGroupName));
        api.Add(json.TagLogGroupRequest, json.Empty, groups.TagLogGroup, (r, call) => Group(call, r.LogGroupName));
        api.Add(json.UntagLogGroupRequest, json.Empty, groups.UntagLogGroup, (r, call) => Group(call, r.LogGroupName));
        api.Add(json.LogGroupRequest, json.TagsResponse, groups.ListTagsLogGroup, (r, call) => Group(call, r.LogGroupName));
        api.Add(json.TagResourceRequest, json.Empty, groups.TagResource, (r, _) => r.ResourceArn);
        api.Add(json.UntagResourceRequest, json.Empty, groups.UntagResource, (r, _) => r.ResourceArn);
        api.Add(json.ResourceArnRequest, json.TagsResponse, groups.ListTagsForResource, (r, _) => r.ResourceArn);
        api.Add(json.LogStreamRequest, json.Empty, streams.CreateLogStream, (r, call) => Stream(call, r.LogGroupName, r.LogStreamName));
        api.Add(json.LogStreamRequest, json.Empty, streams.DeleteLogStream, (r, call) => Stream(call, r.LogGroupName, r.LogStreamName));
        api.Add(json.DescribeLogStreamsRequest, json.DescribeLogStreamsResponse, streams.DescribeLogStreams, (r, call) => Group(call, r.LogGroupName ?? Name(r.LogGroupIdentifier)));
        api.Add(json.PutLogEventsRequest, json.PutLogEventsResponse, events.PutLogEvents, (r, call) => Stream(call, r.LogGroupName, r.LogStreamName));
        api.Add(json.GetLogEventsRequest, json.GetLogEventsResponse, events.GetLogEvents, (r, call) => Stream(call, r.LogGroupName ?? Name(r.LogGroupIdentifier), r.LogStreamName));
        api.Add(json.FilterLogEventsRequest, json.FilterLogEventsResponse, events.FilterLogEvents, (r, call) => Group(call, r.LogGroupName ?? Name(r.LogGroupIdentifier)));
        return api;
    }

    /// <summary>AWS checks a group's operations against this form, which `log-group:name:*` of a policy matches.</summary>
    private static string Group(Call call, string name) => Stream(call, name, "");

    private static string Stream(Call call, string group, string stream) => call.Arn("logs", $"log-group:{group}:log-stream:{stream}");

    private static string Name(string? identifier)
        => identifier is null ? "" : identifier.StartsWith("arn:", StringComparison.Ordinal) ? LogGroups.NameOf(identifier) : identifier;
}
