using System.Globalization;
using System.Text;
using Galley.Store;
using Galley.Wire;

namespace Galley.Logs;

/// <summary>Log events: put, read a stream, search a group. Events older than the group's retention are gone.</summary>
internal sealed class LogEvents(Installation installation)
{
    private const int MaxEvents = 10_000, MaxBatchBytes = 1_048_576, EventOverhead = 26;

    public async ValueTask<PutLogEventsResponse> PutLogEvents(PutLogEventsRequest request, Call call)
    {
        var events = request.LogEvents;
        if (events.Length is 0 or > MaxEvents) throw Errors.InvalidParameter("1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length between 1 and 10000");
        if (events.Sum(e => Encoding.UTF8.GetByteCount(e.Message) + EventOverhead) > MaxBatchBytes) throw Errors.InvalidParameter("Upload too large: 1048576 bytes is the largest batch.");
        for (var i = 1; i < events.Length; i++)
            if (events[i].Timestamp < events[i - 1].Timestamp) throw Errors.InvalidParameter("Log events in a single PutLogEvents request must be in chronological order.");
        if (events[^1].Timestamp - events[0].Timestamp > TimeSpan.FromHours(24).TotalMilliseconds) throw Errors.InvalidParameter("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");

        var now = installation.Now;
        long newest = now.AddHours(2).ToUnixTimeMilliseconds(), oldest = now.AddDays(-14).ToUnixTimeMilliseconds();
        var (tooOld, tooNew) = (events.Count(e => e.Timestamp < oldest), Array.FindIndex(events, e => e.Timestamp > newest));
        var taken = events.Where(e => e.Timestamp >= oldest && e.Timestamp <= newest).Select(e => (e.Timestamp, e.Message)).ToList();
        var stream = await installation.Store.Write(async tx =>
        {
            var group = await LogGroups.Get(tx, call, request.LogGroupName);
            return await Put(tx, call, group, await LogStreams.Get(tx, call, request.LogGroupName, request.LogStreamName), taken);
        });
        return new PutLogEventsResponse(
            $"{stream.Events:D56}",
            tooOld == 0 && tooNew < 0 ? null : new RejectedLogEventsInfo(tooNew < 0 ? null : tooNew, tooOld == 0 ? null : tooOld));
    }

    /// <summary>Events from inside (functions, access logs): group and stream come into being with them.</summary>
    public async ValueTask Append(Call call, string group, string stream, IReadOnlyList<(DateTimeOffset Time, string Message)> events)
    {
        var now = installation.Now.ToUnixTimeMilliseconds();
        var ordered = events.Select(e => (e.Time.ToUnixTimeMilliseconds(), e.Message)).ToList();
        await installation.Store.Write(async tx =>
        {
            var groupKey = Keys.Group(call.Account, call.Region, group);
            if (await tx.Get(groupKey, LogsJson.Default.LogGroup) is not { } kept)
                tx.Put(groupKey, kept = new LogGroup { Name = group, CreationTime = now }, LogsJson.Default.LogGroup);
            var there = await tx.Get(Keys.Stream(call.Account, call.Region, group, stream), LogsJson.Default.LogStream);
            await Put(tx, call, kept, there ?? new LogStream { Name = stream, CreationTime = now }, ordered);
        });
    }

    public async ValueTask<GetLogEventsResponse> GetLogEvents(GetLogEventsRequest request, Call call)
    {
        var group = GroupOf(request.LogGroupName, request.LogGroupIdentifier);
        var limit = Limit(request.Limit);
        var all = await installation.Store.Read(async snapshot =>
        {
            var kept = await LogGroups.Get(snapshot, call, group);
            await LogStreams.Get(snapshot, call, group, request.LogStreamName);
            return await Read(snapshot, call, kept, request.LogStreamName, request.StartTime, request.EndTime);
        });

        var token = request.NextToken;
        var forward = token?.StartsWith("f/", StringComparison.Ordinal) ?? request.StartFromHead ?? false;
        List<StoredEvent> page;
        if (token is not null)
        {
            if (!token.StartsWith("f/", StringComparison.Ordinal) && !token.StartsWith("b/", StringComparison.Ordinal) || token.Length < 4)
                throw Errors.InvalidParameter("The specified nextToken is invalid.");
            page = forward ? all.FindAll(e => string.CompareOrdinal(Position(e), token[2..]) > 0) : all.FindAll(e => string.CompareOrdinal(Position(e), token[2..]) < 0);
        }
        else page = all;

        page = forward ? page[..Math.Min(limit, page.Count)] : page[Math.Max(0, page.Count - limit)..];
        // The same token again says that there is no more.
        var (first, last) = page.Count > 0 ? (Position(page[0]), Position(page[^1])) : token is not null ? (token[2..], token[2..]) : (new string('0', 40), new string('0', 40));
        return new GetLogEventsResponse([.. page.Select(e => new OutputLogEvent(e.Timestamp, e.Message, e.IngestionTime))], "f/" + last, "b/" + first);
    }

    public async ValueTask<FilterLogEventsResponse> FilterLogEvents(FilterLogEventsRequest request, Call call)
    {
        if (request is { LogStreamNames: not null, LogStreamNamePrefix: not null })
            throw Errors.InvalidParameter("logStreamNames and logStreamNamePrefix cannot be given together.");
        var group = GroupOf(request.LogGroupName, request.LogGroupIdentifier);
        var limit = Limit(request.Limit);
        var matches = FilterPattern.Parse(request.FilterPattern);
        var found = await installation.Store.Read(async snapshot =>
        {
            var kept = await LogGroups.Get(snapshot, call, group);
            var list = new List<(string Stream, StoredEvent Event)>();
            foreach (var stream in await snapshot.List(Keys.Streams(call.Account, call.Region, group), LogsJson.Default.LogStream))
            {
                if (request.LogStreamNames is { } names && !names.Contains(stream.Name)) continue;
                if (request.LogStreamNamePrefix is { } prefix && !stream.Name.StartsWith(prefix, StringComparison.Ordinal)) continue;
                foreach (var e in await Read(snapshot, call, kept, stream.Name, request.StartTime, request.EndTime is { } end ? end + 1 : null))
                    if (matches(e.Message)) list.Add((stream.Name, e));
            }

            return list;
        });

        var ordered = found.OrderBy(e => e.Event.Timestamp).ThenBy(e => e.Stream, StringComparer.Ordinal).ThenBy(e => e.Event.Number).ToList();
        if (request.NextToken is { } token) ordered = ordered.FindAll(e => string.CompareOrdinal(Order(e), token) > 0);
        return new FilterLogEventsResponse(
            [.. ordered.Take(limit).Select(e => new FilteredLogEvent(e.Stream, e.Event.Timestamp, e.Event.Message, e.Event.IngestionTime, EventId(e)))],
            [], ordered.Count > limit ? Order(ordered[limit - 1]) : null);

        static string Order((string Stream, StoredEvent Event) e) => $"{e.Event.Timestamp:D20}/{e.Stream}/{e.Event.Number:D20}";

        static string EventId((string Stream, StoredEvent Event) e)
        {
            var hash = 0UL;
            foreach (var c in e.Stream) hash = unchecked(hash * 31 + c);
            return $"{e.Event.Timestamp:D20}{hash % 10_000_000_000_000_000:D16}{e.Event.Number:D20}";
        }
    }

    private static string GroupOf(string? name, string? identifier)
        => name ?? (identifier is null ? throw Errors.InvalidParameter("Either logGroupName or logGroupIdentifier must be given.")
            : identifier.StartsWith("arn:", StringComparison.Ordinal) ? LogGroups.NameOf(identifier) : identifier);

    private static int Limit(int? limit)
        => limit is < 1 or > MaxEvents ? throw Errors.Constraint($"{limit}", "limit", "Member must have value between 1 and 10000") : limit ?? MaxEvents;

    private static string Position(StoredEvent e) => string.Create(CultureInfo.InvariantCulture, $"{e.Timestamp:D20}{e.Number:D20}");

    private async ValueTask<LogStream> Put(ITransaction tx, Call call, LogGroup group, LogStream stream, List<(long Timestamp, string Message)> events)
    {
        var now = installation.Now.ToUnixTimeMilliseconds();
        foreach (var (timestamp, message) in events)
        {
            tx.Put(Keys.Event(call.Account, call.Region, group.Name, stream.Name, timestamp, stream.Events), new StoredEvent(timestamp, stream.Events, now, message), LogsJson.Default.StoredEvent);
            stream = stream with
            {
                Events = stream.Events + 1,
                FirstEventTimestamp = Math.Min(stream.FirstEventTimestamp ?? timestamp, timestamp),
                LastEventTimestamp = Math.Max(stream.LastEventTimestamp ?? timestamp, timestamp),
                LastIngestionTime = now,
            };
        }

        tx.Put(Keys.Stream(call.Account, call.Region, group.Name, stream.Name), stream, LogsJson.Default.LogStream);
        if (Cutoff(group) is not { } cutoff) return stream;
        var expired = new List<byte[]>();
        await foreach (var entry in tx.Range(Keys.Events(call.Account, call.Region, group.Name, stream.Name), Keys.EventsFrom(call.Account, call.Region, group.Name, stream.Name, cutoff)))
            expired.Add(entry.Key);
        foreach (var key in expired) tx.Delete(key);
        return stream;
    }

    private async ValueTask<List<StoredEvent>> Read(ISnapshot snapshot, Call call, LogGroup group, string stream, long? start, long? end)
    {
        var from = Math.Max(start ?? 0, Cutoff(group) ?? 0);
        var last = end is { } to ? Keys.EventsFrom(call.Account, call.Region, group.Name, stream, to) : Key.After(Keys.Events(call.Account, call.Region, group.Name, stream));
        var list = new List<StoredEvent>();
        await foreach (var entry in snapshot.Range(Keys.EventsFrom(call.Account, call.Region, group.Name, stream, from), last))
            list.Add(System.Text.Json.JsonSerializer.Deserialize(entry.Value, LogsJson.Default.StoredEvent)!);
        return list;
    }

    private long? Cutoff(LogGroup group) => group.RetentionInDays is { } days ? installation.Now.AddDays(-days).ToUnixTimeMilliseconds() : null;
}

internal sealed record InputLogEvent
{
    public required long Timestamp { get; init; }

    public required string Message { get; init; }
}

/// <summary>`SequenceToken` is taken and, as on AWS since 2023, not looked at.</summary>
internal sealed record PutLogEventsRequest(string? SequenceToken)
{
    public required string LogGroupName { get; init; }

    public required string LogStreamName { get; init; }

    public required InputLogEvent[] LogEvents { get; init; }
}

internal sealed record PutLogEventsResponse(string NextSequenceToken, RejectedLogEventsInfo? RejectedLogEventsInfo);

internal sealed record RejectedLogEventsInfo(int? TooNewLogEventStartIndex, int? TooOldLogEventEndIndex);

internal sealed record GetLogEventsRequest(
    string? LogGroupName, string? LogGroupIdentifier, long? StartTime, long? EndTime, string? NextToken, int? Limit, bool? StartFromHead)
{
    public required string LogStreamName { get; init; }
}

internal sealed record OutputLogEvent(long Timestamp, string Message, long IngestionTime);

internal sealed record GetLogEventsResponse(OutputLogEvent[] Events, string NextForwardToken, string NextBackwardToken);

/// <summary>`Interleaved` is taken and, as on AWS since 2019, always true.</summary>
internal sealed record FilterLogEventsRequest(
    string? LogGroupName, string? LogGroupIdentifier, string[]? LogStreamNames, string? LogStreamNamePrefix, long? StartTime, long? EndTime,
    string? FilterPattern, string? NextToken, int? Limit, bool? Interleaved);

internal sealed record FilteredLogEvent(string LogStreamName, long Timestamp, string Message, long IngestionTime, string EventId);

internal sealed record FilterLogEventsResponse(FilteredLogEvent[] Events, string[] SearchedLogStreams, string? NextToken);
