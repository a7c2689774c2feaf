using Galley.Store;
using Galley.Wire;

namespace Galley.Logs;

/// <summary>Log streams: create, describe by name or by last event, delete.</summary>
internal sealed class LogStreams(Installation installation)
{
    public async ValueTask<Empty> CreateLogStream(LogStreamRequest request, Call call)
    {
        if (request.LogStreamName.Length is 0 or > 512 || request.LogStreamName.AsSpan().ContainsAny(':', '*'))
            throw Errors.Constraint(request.LogStreamName, "logStreamName", "Member must satisfy regular expression pattern: [^:*]*");
        await installation.Store.Write(async tx =>
        {
            await LogGroups.Get(tx, call, request.LogGroupName);
            var key = Keys.Stream(call.Account, call.Region, request.LogGroupName, request.LogStreamName);
            if (await tx.Get(key) is not null) throw Errors.StreamExists();
            tx.Put(key, new LogStream { Name = request.LogStreamName, CreationTime = installation.Now.ToUnixTimeMilliseconds() }, LogsJson.Default.LogStream);
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> DeleteLogStream(LogStreamRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            await LogGroups.Get(tx, call, request.LogGroupName);
            await Get(tx, call, request.LogGroupName, request.LogStreamName);
            tx.Delete(Keys.Stream(call.Account, call.Region, request.LogGroupName, request.LogStreamName));
            await tx.DeleteAll(Keys.Events(call.Account, call.Region, request.LogGroupName, request.LogStreamName));
        });
        return Empty.Value;
    }

    public async ValueTask<DescribeLogStreamsResponse> DescribeLogStreams(DescribeLogStreamsRequest request, Call call)
    {
        var group = request.LogGroupName ?? (request.LogGroupIdentifier is { } id ? id.StartsWith("arn:", StringComparison.Ordinal) ? LogGroups.NameOf(id) : id : null)
            ?? throw Errors.InvalidParameter("Either logGroupName or logGroupIdentifier must be given.");
        if (request.OrderBy is not (null or "LogStreamName" or "LastEventTime"))
            throw Errors.Constraint(request.OrderBy, "orderBy", "Member must satisfy enum value set: [LogStreamName, LastEventTime]");
        if (request is { OrderBy: "LastEventTime", LogStreamNamePrefix: not null })
            throw Errors.InvalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
        var limit = request.Limit ?? 50;
        if (limit is < 1 or > 50) throw Errors.Constraint($"{limit}", "limit", "Member must have value less than or equal to 50");
        var all = await installation.Store.Read(async snapshot =>
        {
            await LogGroups.Get(snapshot, call, group);
            return await snapshot.List(Keys.Streams(call.Account, call.Region, group), LogsJson.Default.LogStream);
        });
        var named = all.Where(stream => request.LogStreamNamePrefix is not { } prefix || stream.Name.StartsWith(prefix, StringComparison.Ordinal));
        var ordered = request.OrderBy == "LastEventTime"
            ? named.OrderBy(stream => stream.LastEventTimestamp ?? stream.CreationTime).ThenBy(stream => stream.Name, StringComparer.Ordinal)
            : named.OrderBy(stream => stream.Name, StringComparer.Ordinal);
        var list = ordered.ToList();
        if (request.Descending == true) list.Reverse();
        if (request.NextToken is { } token) list = list[(list.FindIndex(stream => stream.Name == token) + 1)..];
        return new DescribeLogStreamsResponse(
            [.. list.Take(limit).Select(stream => new LogStreamDescription
            {
                LogStreamName = stream.Name,
                CreationTime = stream.CreationTime,
                FirstEventTimestamp = stream.FirstEventTimestamp,
                LastEventTimestamp = stream.LastEventTimestamp,
                LastIngestionTime = stream.LastIngestionTime,
                UploadSequenceToken = $"{stream.Events:D56}",
                Arn = call.Arn("logs", $"log-group:{group}:log-stream:{stream.Name}"),
            })],
            list.Count > limit ? list[limit - 1].Name : null);
    }

    /// <summary>The stream, or AWS's error.</summary>
    public static async ValueTask<LogStream> Get(ISnapshot snapshot, Call call, string group, string name)
        => await snapshot.Get(Keys.Stream(call.Account, call.Region, group, name), LogsJson.Default.LogStream) ?? throw Errors.StreamNotFound();
}

internal sealed record LogStreamRequest
{
    public required string LogGroupName { get; init; }

    public required string LogStreamName { get; init; }
}

internal sealed record DescribeLogStreamsRequest(
    string? LogGroupName, string? LogGroupIdentifier, string? LogStreamNamePrefix, string? OrderBy, bool? Descending, string? NextToken, int? Limit);

internal sealed record DescribeLogStreamsResponse(LogStreamDescription[] LogStreams, string? NextToken);

internal sealed record LogStreamDescription
{
    public required string LogStreamName { get; init; }

    public long CreationTime { get; init; }

    public long? FirstEventTimestamp { get; init; }

    public long? LastEventTimestamp { get; init; }

    public long? LastIngestionTime { get; init; }

    public string? UploadSequenceToken { get; init; }

    public required string Arn { get; init; }

    public long StoredBytes { get; init; }
}
