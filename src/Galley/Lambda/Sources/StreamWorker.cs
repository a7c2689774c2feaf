using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Galley.Lambda.Invoke;
using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda.Sources;

/// <summary>
/// One mapping at work on one stream: reads a batch, filters it, gives it to the function, in order, again and again until it
/// succeeds or its retries or its age are used up; how far it came is in the store. AWS: "Using AWS Lambda with Amazon DynamoDB".
/// </summary>
internal sealed class StreamWorker(Installation installation, LambdaPorts ports, Invocation invocation, string mappingKey, byte[] key)
{
    private readonly Discarded _discarded = new(installation, ports);
    private const int MaxPayload = 6_000_000;
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1), MaxRetry = TimeSpan.FromMinutes(1), Denied = TimeSpan.FromSeconds(10), Look = TimeSpan.FromMinutes(5);

    /// <summary>Runs until it is cancelled, the mapping is gone or disabled, or the stream has ended.</summary>
    public async Task Run(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            if (await installation.Store.Read(snapshot => snapshot.Get(key, LambdaJson.Default.MappingRecord)) is not { Enabled: true } mapping) return;
            try
            {
                if (!await Step(mapping, cancel)) return;
            }
            catch (AwsError e)
            {
                await Result(mapping, $"PROBLEM: {e.Message}");
                await Task.Delay(Denied, installation.Time, cancel);
            }
        }
    }

    /// <summary>One batch; false at the stream's end.</summary>
    private async ValueTask<bool> Step(MappingRecord mapping, CancellationToken cancel)
    {
        var function = await installation.Store.Read(snapshot => Functions.Find(snapshot, mapping.Function));
        if (!await EventSources.MayRead(ports.ActingRoles, function.Role, mapping.EventSourceArn))
        {
            await Result(mapping, "PROBLEM: Lambda can't access the event source. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.");
            await Task.Delay(Denied, installation.Time, cancel);
            return true;
        }

        var next = ports.Streams.Next(mapping.EventSourceArn);
        var batch = await ports.Streams.Read(mapping.EventSourceArn, await Checkpoint(), mapping.BatchSize * mapping.Parallel);
        var window = mapping.Tumbling > 0 ? await Window(mapping) : null;
        if (window is not null && (batch.Records.Count == 0 ? batch.Ended || window.End <= installation.Now : batch.Records[0].Time >= window.End))
        {
            await Close(mapping, window, cancel);
            return true;
        }

        if (batch.Records.Count == 0)
        {
            if (batch.Ended) return false;
            await Wait(next, window is not null && window.End - installation.Now < Look ? window.End - installation.Now : Look, cancel);
            return true;
        }

        if (mapping.Window > 0 && batch.Records.Count < mapping.BatchSize && !batch.Ended) batch = await Gather(mapping, batch, cancel);
        var records = batch.Records;
        if (mapping.Tumbling > 0)
        {
            window ??= await NewWindow(mapping, records[0].Time);
            records = [.. records.TakeWhile(record => record.Time < window.End)];
        }

        var filters = mapping.Filters.Select(EventPattern.Parse).ToList();
        var wanted = records.Where(record => filters.Count == 0 || Fits(filters, record)).ToList();
        if (wanted.Count > 0) await (mapping.Parallel == 1 ? Handle(mapping, wanted, true, window, cancel).AsTask() : Split(mapping, wanted, cancel));
        else window = null; // nothing was aggregated: no window is opened
        await Advance(records[^1].Sequence, window);
        return true;
    }

    /// <summary>The window that is open; null when none is.</summary>
    private async ValueTask<TumblingWindow?> Window(MappingRecord mapping)
        => await installation.Store.Read(snapshot => snapshot.Get(Keys.Window(mappingKey), LambdaJson.Default.WindowRecord)) is { } open ? new TumblingWindow(open, await Shard(mapping)) : null;

    private async ValueTask<TumblingWindow> NewWindow(MappingRecord mapping, DateTimeOffset time) => new(TumblingWindow.Of(time, mapping.Tumbling), await Shard(mapping));

    private async ValueTask<string> Shard(MappingRecord mapping) => (await ports.Streams.Describe(mapping.EventSourceArn))?.ShardId ?? "shardId-00000000000000000000-00000000";

    /// <summary>The window's time is over: its last event, again and again until it succeeds or its retries are used up.</summary>
    private async ValueTask Close(MappingRecord mapping, TumblingWindow window, CancellationToken cancel)
    {
        await Finish(mapping, window, cancel);
        await installation.Store.Write(tx =>
        {
            tx.Delete(Keys.Window(mappingKey));
            return ValueTask.CompletedTask;
        });
    }

    private async ValueTask Finish(MappingRecord mapping, TumblingWindow window, CancellationToken cancel)
    {
        window.IsFinal = true;
        for (var attempts = 0; ;)
        {
            var last = await Try(mapping, [], window);
            cancel.ThrowIfCancellationRequested();
            if (!last.Whole) return;
            if (mapping.MaxRetries >= 0 && last.Counted && attempts >= mapping.MaxRetries || mapping.MaxAge >= 0 && installation.Now - window.End > TimeSpan.FromSeconds(mapping.MaxAge))
            {
                installation.Log($"The result of a window of {mapping.EventSourceArn} was dropped: its function failed.");
                return;
            }

            if (last.Counted) attempts++;
            await Task.Delay(Backoff(attempts), installation.Time, cancel);
        }
    }

    /// <summary>Waits until the batch is full or the window is over.</summary>
    private async ValueTask<SourceBatch> Gather(MappingRecord mapping, SourceBatch batch, CancellationToken cancel)
    {
        var until = installation.Now.AddSeconds(mapping.Window);
        while (batch.Records.Count < mapping.BatchSize && until - installation.Now is { Ticks: > 0 } left)
        {
            var next = ports.Streams.Next(mapping.EventSourceArn);
            var again = await ports.Streams.Read(mapping.EventSourceArn, await Checkpoint(), mapping.BatchSize);
            if (again.Records.Count == batch.Records.Count) await Wait(next, left, cancel);
            batch = again;
        }

        return batch;
    }

    /// <summary>Parallelization: records of one key stay in one lane and in order.</summary>
    private Task Split(MappingRecord mapping, List<SourceRecord> records, CancellationToken cancel)
        => Task.WhenAll(records.GroupBy(record => Lane(record) % mapping.Parallel).Select(async lane =>
        {
            foreach (var batch in lane.Chunk(mapping.BatchSize)) await Handle(mapping, [.. batch], false, null, cancel);
        }));

    private async ValueTask Handle(MappingRecord mapping, List<SourceRecord> records, bool advances, TumblingWindow? window, CancellationToken cancel)
    {
        var left = new Stack<(List<SourceRecord> Records, int Attempts)>();
        left.Push((records, 0));
        var last = new Attempt(0, false, false);
        while (left.TryPop(out var one))
        {
            var (batch, attempts) = one;
            if (mapping.MaxAge >= 0 && batch.FindAll(record => installation.Now - record.Time > TimeSpan.FromSeconds(mapping.MaxAge)) is { Count: > 0 } old)
            {
                await _discarded.Tell(mapping, old, "RecordAgeExceeded", last with { Attempts = attempts });
                batch = batch[old.Count..]; // the oldest come first
            }

            if (batch.Count == 0) continue;
            last = await Try(mapping, batch, window);
            cancel.ThrowIfCancellationRequested();
            if (last.From > 0 && advances) await Advance(batch[last.From - 1].Sequence, window);
            if (window is { IsTooLarge: true })
            {
                await Finish(mapping, window, cancel);
                window.Restart();
                await Advance(batch[last.From - 1].Sequence, window);
            }

            if (last.From == batch.Count) continue;
            var rest = batch[last.From..];
            if (mapping.Bisect && last is { Whole: true, Counted: true } && rest.Count > 1)
            {
                // Splitting a batch uses up none of its retries.
                left.Push((rest[(rest.Count / 2)..], attempts));
                left.Push((rest[..(rest.Count / 2)], attempts));
            }
            else if (mapping.MaxRetries >= 0 && attempts + (last.Counted ? 1 : 0) > mapping.MaxRetries)
            {
                await _discarded.Tell(mapping, rest, "RetryAttemptsExhausted", last with { Attempts = attempts + 1 });
                if (advances) await Advance(rest[^1].Sequence, window);
                continue;
            }
            else left.Push((rest, attempts += last.Counted ? 1 : 0));

            await Task.Delay(Backoff(attempts), installation.Time, cancel);
        }
    }

    private static TimeSpan Backoff(int attempts) => TimeSpan.FromSeconds(Math.Min(Retry.TotalSeconds * Math.Pow(2, Math.Min(attempts, 10) - 1), MaxRetry.TotalSeconds));

    /// <summary>One call of the function.</summary>
    private async ValueTask<Attempt> Try(MappingRecord mapping, List<SourceRecord> batch, TumblingWindow? window)
    {
        var id = installation.Ids.Uuid();
        try
        {
            var (payload, fit) = Event(mapping, batch, window);
            var (outcome, version) = await invocation.Invoke(mapping.Function, new InvokeEvent(id, mapping.Function.QualifiedArn, invocation.Trace(), null, payload));
            if (outcome.FunctionError is not null)
            {
                await Result(mapping, "PROBLEM: Function call failed");
                return new Attempt(0, true, true, id, version, outcome.FunctionError);
            }

            var from = mapping.ResponseTypes.Length == 0 || fit == 0 ? fit : BatchItemFailures.First(outcome.Payload, batch[..fit]);
            var keeps = window is null or { IsFinal: true } || from == 0 || window.Take(outcome.Payload);
            if (!keeps) from = 0;
            await Result(mapping, from == fit && keeps ? "OK" : "PROBLEM: Function call failed");
            return new Attempt(from, from < fit, from == 0 && fit > 0, id, version);
        }
        catch (AwsError e)
        {
            await Result(mapping, $"PROBLEM: {e.Message}");
            return new Attempt(0, false, true, id);
        }
    }

    /// <summary>The event, and how many records it could take.</summary>
    public static (ReadOnlyMemory<byte> Payload, int Count) Event(MappingRecord mapping, List<SourceRecord> batch, TumblingWindow? window = null)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        var count = 0;
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray("Records");
            foreach (var record in batch)
            {
                if (count > 0 && json.BytesCommitted + json.BytesPending + record.Json.Length > MaxPayload) break;
                Write(json, mapping, record);
                count++;
            }

            json.WriteEndArray();
            window?.Write(json, mapping.EventSourceArn);
            json.WriteEndObject();
        }

        return (buffer.WrittenMemory, count);
    }

    private static void Write(Utf8JsonWriter json, MappingRecord mapping, SourceRecord record)
    {
        using var document = JsonDocument.Parse(record.Json);
        json.WriteStartObject();
        foreach (var member in document.RootElement.EnumerateObject())
            if (member.Name != "userIdentity") member.WriteTo(json);
            else
            {
                json.WriteStartObject("userIdentity");
                foreach (var part in member.Value.EnumerateObject()) json.WriteString(char.ToLowerInvariant(part.Name[0]) + part.Name[1..], part.Value.GetString());
                json.WriteEndObject();
            }

        json.WriteString("eventSourceARN", mapping.EventSourceArn);
        json.WriteEndObject();
    }

    private static bool Fits(List<EventPattern?> filters, SourceRecord record)
    {
        using var document = JsonDocument.Parse(record.Json);
        var root = document.RootElement.Clone();
        return filters.Exists(filter => filter?.Matches(root) == true);
    }

    private static int Lane(SourceRecord record)
    {
        using var document = JsonDocument.Parse(record.Json);
        var keys = document.RootElement.GetProperty("dynamodb").GetProperty("Keys").GetRawText();
        return System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(keys))[0];
    }

    private async ValueTask Wait(Task next, TimeSpan most, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await Task.WhenAny(next, Task.Delay(most, installation.Time, over.Token));
        await over.CancelAsync();
        cancel.ThrowIfCancellationRequested();
    }

    private ValueTask<string?> Checkpoint() => installation.Store.Read(async snapshot => await snapshot.Get(Keys.Checkpoint(mappingKey)) is { } at ? Encoding.ASCII.GetString(at) : null);

    /// <summary>Everything up to this record is done, and its window's state with it; not kept when the mapping was deleted meanwhile.</summary>
    private ValueTask Advance(string sequence, TumblingWindow? window) => installation.Store.Write(async tx =>
    {
        if (await tx.Get(key) is null) return;
        tx.Put(Keys.Checkpoint(mappingKey), Encoding.ASCII.GetBytes(sequence));
        if (window is not null) tx.Put(Keys.Window(mappingKey), window.Record, LambdaJson.Default.WindowRecord);
    });

    private async ValueTask Result(MappingRecord mapping, string result)
        => await installation.Store.Write(async tx =>
        {
            if (await tx.Get(key, LambdaJson.Default.MappingRecord) is { } now && now.LastResult != result) tx.Put(key, now with { LastResult = result }, LambdaJson.Default.MappingRecord);
        });
}

/// <summary>How a call for a batch went.</summary>
/// <param name="From">How many records from the start succeeded.</param>
/// <param name="Counted">It uses up a retry.</param>
/// <param name="Whole">The batch failed as a whole.</param>
internal sealed record Attempt(int From, bool Counted, bool Whole, string? RequestId = null, string? Version = null, string? FunctionError = null)
{
    public int Attempts { get; init; }
}
