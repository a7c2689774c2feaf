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
        if (batch.Records.Count == 0)
        {
            if (batch.Ended) return false;
            await Wait(next, Look, cancel);
            return true;
        }

        if (mapping.Window > 0 && batch.Records.Count < mapping.BatchSize && !batch.Ended) batch = await Gather(mapping, batch, cancel);
        var filters = mapping.Filters.Select(EventPattern.Parse).ToList();
        var wanted = batch.Records.Where(record => filters.Count == 0 || Fits(filters, record)).ToList();
        if (wanted.Count > 0) await (mapping.Parallel == 1 ? Handle(mapping, wanted, true, cancel).AsTask() : Split(mapping, wanted, cancel));
        await Advance(batch.Records[^1].Sequence);
        return true;
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
            foreach (var batch in lane.Chunk(mapping.BatchSize)) await Handle(mapping, [.. batch], false, cancel);
        }));

    private async ValueTask Handle(MappingRecord mapping, List<SourceRecord> records, bool advances, CancellationToken cancel)
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
            last = await Try(mapping, batch);
            cancel.ThrowIfCancellationRequested();
            if (last.From > 0 && advances) await Advance(batch[last.From - 1].Sequence);
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
                if (advances) await Advance(rest[^1].Sequence);
                continue;
            }
            else left.Push((rest, attempts += last.Counted ? 1 : 0));

            var wait = TimeSpan.FromSeconds(Math.Min(Retry.TotalSeconds * Math.Pow(2, Math.Min(attempts, 10) - 1), MaxRetry.TotalSeconds));
            await Task.Delay(wait, installation.Time, cancel);
        }
    }

    /// <summary>One call of the function.</summary>
    private async ValueTask<Attempt> Try(MappingRecord mapping, List<SourceRecord> batch)
    {
        var id = installation.Ids.Uuid();
        try
        {
            var (payload, fit) = Event(mapping, batch);
            var (outcome, version) = await invocation.Invoke(mapping.Function, new InvokeEvent(id, mapping.Function.QualifiedArn, invocation.Trace(), null, payload));
            if (outcome.FunctionError is not null)
            {
                await Result(mapping, "PROBLEM: Function call failed");
                return new Attempt(0, true, true, id, version, outcome.FunctionError);
            }

            var from = mapping.ResponseTypes.Length == 0 ? fit : BatchItemFailures.First(outcome.Payload, batch[..fit]);
            await Result(mapping, from == fit ? "OK" : "PROBLEM: Function call failed");
            return new Attempt(from, from < fit, from == 0, id, version);
        }
        catch (AwsError e)
        {
            await Result(mapping, $"PROBLEM: {e.Message}");
            return new Attempt(0, false, true, id);
        }
    }

    /// <summary>The event, and how many records it could take.</summary>
    public static (ReadOnlyMemory<byte> Payload, int Count) Event(MappingRecord mapping, List<SourceRecord> batch)
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

    /// <summary>Everything up to this record is done; not kept when the mapping was deleted meanwhile.</summary>
    private ValueTask Advance(string sequence) => installation.Store.Write(async tx =>
    {
        if (await tx.Get(key) is not null) tx.Put(Keys.Checkpoint(mappingKey), Encoding.ASCII.GetBytes(sequence));
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
