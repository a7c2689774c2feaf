using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda.Invoke;

/// <summary>
/// Invoke: an event goes to a function and its answer comes back, with status 200 even when the function fails. AWS: Lambda API,
/// Invoke.
/// </summary>
internal sealed class Invocation
{
    private const int MaxPayload = 6_291_456, MaxEvent = 1_048_576, AccountConcurrency = 1000;
    private readonly Installation _installation;
    private readonly Workers _workers;
    private readonly ConcurrentDictionary<string, StrongBox> _running = new();

    public Invocation(Installation installation, Workers workers, LambdaPorts ports)
    {
        (_installation, _workers) = (installation, workers);
        Queue = new AsyncQueue(installation, this, ports.ActingRoles, ports.Records, ports.Messages);
    }

    public AsyncQueue Queue { get; }

    /// <summary>Takes a function's code again where it has changed in a folder of this machine; null where none may come from one.</summary>
    public Func<FunctionRecord, ValueTask<FunctionRecord>>? Renew { get; init; }

    private sealed class StrongBox
    {
        public int Value;
    }

    /// <summary>The API operation; the edge has authorized the caller.</summary>
    public async ValueTask<Reply> Invoke(FunctionRequest request, ApiRequest api, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, request.Qualifier);
        var type = api.Header("X-Amz-Invocation-Type") ?? "RequestResponse";
        if (type is not ("RequestResponse" or "DryRun" or "Event")) throw Errors.Constraint(type, "invocationType", "Member must satisfy enum value set: [Event, RequestResponse, DryRun]");
        if (api.Header("X-Amz-Log-Type") is { } log and not ("None" or "Tail")) throw Errors.Constraint(log, "logType", "Member must satisfy enum value set: [None, Tail]");
        var record = await Called(function);
        if (type == "DryRun") return new Reply(204).With("X-Amz-Executed-Version", record.Version);
        var trace = Lineage.Step(api.Header("X-Amzn-Trace-Id") is { } given && IsPlain(given) ? given : Trace(), function, record.MayLoop);
        var context = ClientContext(api.Header("X-Amz-Client-Context"));
        if (type == "Event")
        {
            await Queue.Add(function, call.RequestId, trace, context, Payload(api.Body, MaxEvent));
            return new Reply(202).With("X-Amzn-Trace-Id", trace);
        }

        var @event = new InvokeEvent(call.RequestId, function.QualifiedArn, trace, context, Payload(api.Body));
        var tail = api.Header("X-Amz-Log-Type") == "Tail";
        var began = call.Trail.Now;
        var outcome = await Run(function, record, @event, tail, call.Cancellation);
        call.Trail.ColdStart(function.QualifiedArn, began, outcome.ColdStart);
        var reply = new Reply { Body = outcome.Payload }
            .With("Content-Type", "application/json").With("X-Amz-Executed-Version", record.Version).With("X-Amzn-Trace-Id", trace);
        if (outcome.FunctionError is { } error) reply.With("X-Amz-Function-Error", error);
        if (outcome.Tail is { } text) reply.With("X-Amz-Log-Result", text);
        return reply;
    }

    /// <summary>Starts an invocation whose answer is read while it is written; null for a dry run. Throttling shows before this returns.</summary>
    public async ValueTask<Started?> Stream(FunctionRequest request, ApiRequest api, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, request.Qualifier);
        var record = await Called(function);
        if (api.Header("X-Amz-Invocation-Type") == "DryRun") return null;
        var trace = Lineage.Step(api.Header("X-Amzn-Trace-Id") is { } given && IsPlain(given) ? given : Trace(), function, record.MayLoop);
        var stream = new ResponseStream();
        var @event = new InvokeEvent(call.RequestId, function.QualifiedArn, trace, ClientContext(api.Header("X-Amz-Client-Context")), Payload(api.Body)) { Stream = stream };
        var running = Streamed(function, record, @event, api.Header("X-Amz-Log-Type") == "Tail");
        await Task.WhenAny(stream.Begun, running);
        if (running.IsFaulted) await running;
        return new Started(stream, running, record.Version);
    }

    /// <summary>An event of a function URL, which its door has allowed.</summary>
    public async ValueTask<Worker.Outcome> Url(FunctionRef function, string requestId, string trace, ReadOnlyMemory<byte> payload, ResponseStream? stream)
    {
        var record = await Find(function);
        return await Run(function, record, new InvokeEvent(requestId, function.QualifiedArn, Lineage.Step(trace, function, record.MayLoop), null, payload) { Stream = stream }, false, CancellationToken.None);
    }

    /// <summary>A function that answers in one piece streams that one piece.</summary>
    private async Task<Worker.Outcome> Streamed(FunctionRef function, FunctionRecord record, InvokeEvent @event, bool tail)
    {
        var stream = @event.Stream!;
        try
        {
            var outcome = await Run(function, record, @event, tail, CancellationToken.None);
            if (!stream.HasBegun && outcome.FunctionError is null)
            {
                stream.Begin("application/json");
                await stream.Write(outcome.Payload);
            }

            return outcome;
        }
        finally
        {
            stream.Complete();
        }
    }

    /// <summary>InvokeAsync, which AWS has replaced by the invocation type `Event`: the event goes to the queue.</summary>
    public async ValueTask<Reply> InvokeAsync(FunctionRequest request, ApiRequest api, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call);
        var record = await Find(function);
        await Queue.Add(function, call.RequestId, Lineage.Step(Trace(), function, record.MayLoop), null, Payload(api.Body, MaxEvent));
        return new Reply(202) { Body = "{\"Status\":202}"u8.ToArray() }.With("Content-Type", "application/json");
    }

    /// <summary>An asynchronous invocation from inside, already allowed; kept durably on return.</summary>
    /// <param name="function">Which.</param>
    /// <param name="payload">The event's JSON.</param>
    /// <param name="failed">Told why when no attempt succeeded, unless the program stops before.</param>
    public async ValueTask Enqueue(FunctionRef function, ReadOnlyMemory<byte> payload, Action<string>? failed = null)
    {
        var record = await Find(function);
        await Queue.Add(function, _installation.Ids.Uuid(), Lineage.Step(Trace(), function, record.MayLoop), null, Payload(payload, MaxEvent), failed);
    }

    /// <summary>An invocation from inside, already allowed.</summary>
    /// <param name="function">Which.</param>
    /// <param name="payload">The event as a JSON writer wrote it: it is not looked at again.</param>
    /// <param name="cancel">Ends the waiting for an environment, not the event.</param>
    /// <param name="trace">`Root=…`; null for a new one.</param>
    public async ValueTask<InvokeResult> Invoke(FunctionRef function, ReadOnlyMemory<byte> payload, CancellationToken cancel, string? trace = null)
    {
        var record = await Find(function);
        var requestId = _installation.Ids.Uuid();
        if (payload.Length > MaxPayload) throw Errors.RequestTooLarge(MaxPayload);
        var outcome = await Run(function, record, new InvokeEvent(requestId, function.QualifiedArn, Lineage.Step(Trace(trace), function, record.MayLoop), null, payload), false, cancel);
        return new InvokeResult(outcome.Payload, outcome.FunctionError, requestId, outcome.ColdStart);
    }

    /// <summary>An invocation from the queue or an event source, already allowed, and the version that ran.</summary>
    public async ValueTask<(Worker.Outcome Outcome, string Version)> Invoke(FunctionRef function, InvokeEvent @event)
    {
        var record = await Find(function);
        return (await Run(function, record, @event, false, CancellationToken.None), record.Version);
    }

    private async ValueTask<Worker.Outcome> Run(FunctionRef function, FunctionRecord record, InvokeEvent @event, bool tail, CancellationToken cancel)
    {
        if (Telemetry.Step(record.Name, ActivityKind.Server) is not { } span) return await RunSeen(function, record, @event, tail, null, cancel);
        using (span)
        {
            span.SetTag("faas.invoked_name", record.Name).SetTag("faas.invoked_region", record.Region).SetTag("faas.invocation_id", @event.RequestId).SetTag("aws.lambda.invoked_arn", @event.FunctionArn);
            var outcome = await RunSeen(function, record, @event with { TraceId = Telemetry.Carry(@event.TraceId, span) }, tail, span, cancel);
            if (outcome.FunctionError is { } error) span.SetStatus(ActivityStatusCode.Error).SetTag("error.type", error);
            return outcome;
        }
    }

    private async ValueTask<Worker.Outcome> RunSeen(FunctionRef function, FunctionRecord record, InvokeEvent @event, bool tail, Activity? span, CancellationToken cancel)
    {
        var running = await Enter(function, record);
        try
        {
            if (await Harmed(function, record, @event, cancel) is { } harm) return harm;
            var begun = Telemetry.Measures ? _installation.Time.GetTimestamp() : 0;
            while (true)
            {
                var worker = await Take(function, record, cancel);
                var cold = worker.IsCold;
                span?.SetTag("faas.coldstart", cold);
                var usable = false;
                try
                {
                    // The event runs to its end even when the caller has gone, as on AWS.
                    var outcome = await worker.Run(@event, tail);
                    usable = true;
                    if (outcome.NotBegun) continue;
                    if (begun != 0) Telemetry.Invoked(record.Name, cold, outcome.FunctionError is not null, _installation.Time.GetElapsedTime(begun));
                    return outcome;
                }
                finally
                {
                    _workers.Return(worker, usable);
                }
            }
        }
        catch (StartFailure e)
        {
            var answer = RuntimeAnswer.Failed(e.ErrorType, $"RequestId: {@event.RequestId} Error: {e.Message}");
            var text = tail ? Convert.ToBase64String(Encoding.UTF8.GetBytes($"START RequestId: {@event.RequestId} Version: {record.Version}\n{e.Message}\nEND RequestId: {@event.RequestId}\n")) : null;
            return new Worker.Outcome(answer.Payload, answer.FunctionError, text);
        }
        finally
        {
            Interlocked.Decrement(ref running.Value);
        }
    }

    /// <summary>What a test wants to befall the event in the place of the function's answer; null for nothing.</summary>
    private async ValueTask<Worker.Outcome?> Harmed(FunctionRef function, FunctionRecord record, InvokeEvent @event, CancellationToken cancel)
    {
        switch (await _installation.Reach(Hop.Function, record.Name, cancel))
        {
            case Harm.Throttle:
                throw Errors.TooManyRequests("ConcurrentInvocationLimitExceeded");
            case Harm.Error:
                return Of(RuntimeAnswer.Failed("InjectedFault", "A test injected this fault."));
            case Harm.Crash:
                _workers.Retire(function with { Qualifier = null }); // whatever it kept in memory is gone with its process
                return Of(RuntimeAnswer.Failed("Runtime.ExitError", $"RequestId: {@event.RequestId} Error: Runtime exited with error: signal: killed"));
            default:
                return null;
        }

        static Worker.Outcome Of(RuntimeAnswer answer) => new(answer.Payload, answer.FunctionError, null);
    }

    private async ValueTask<Worker> Take(FunctionRef function, FunctionRecord record, CancellationToken cancel)
    {
        try
        {
            return await _workers.Take(record, cancel);
        }
        catch (FileNotFoundException)
        {
            return await _workers.Take(await Find(function), cancel); // new code came between the look and the start
        }
    }

    /// <summary>
    /// Takes a place among what runs at once, to be given back by whoever gets it. What is provisioned comes out of what is reserved: it
    /// runs events of its own version alone, and all others share the rest.
    /// </summary>
    private async ValueTask<StrongBox> Enter(FunctionRef function, FunctionRecord record)
    {
        var limit = AccountConcurrency;
        var reserved = await Reserved(record);
        if (reserved is { } most)
        {
            var provisioned = await _installation.Store.Read(snapshot => Provisioning.Counts(snapshot, record.Reference()));
            if (provisioned.TryGetValue(record.Version, out var own) && Take($"{function.Arn}:{record.Version}", own) is { } kept) return kept;
            limit = most - provisioned.Values.Sum();
        }

        return Take(function.Arn, limit) ?? throw Errors.TooManyRequests(reserved is null ? "ConcurrentInvocationLimitExceeded" : "ReservedFunctionConcurrentInvocationLimitExceeded");

        StrongBox? Take(string name, int limit)
        {
            var box = _running.GetOrAdd(name, _ => new StrongBox());
            if (Interlocked.Increment(ref box.Value) <= limit) return box;
            Interlocked.Decrement(ref box.Value);
            return null;
        }
    }

    private async ValueTask<int?> Reserved(FunctionRecord record)
        => (record.Version == FunctionRef.Latest ? record : await Find(record.Reference())).ReservedConcurrency;

    /// <summary>As the API names what is not there: with the version that would have run.</summary>
    private ValueTask<FunctionRecord> Called(FunctionRef function) => Find(function with { Qualifier = function.Qualifier ?? FunctionRef.Latest });

    /// <summary>The version that is to run: an alias with weights sends some of its events to its other version.</summary>
    private ValueTask<FunctionRecord> Find(FunctionRef function) => Renew is null ? Look(function) : Renewed(function, Renew);

    private async ValueTask<FunctionRecord> Renewed(FunctionRef function, Func<FunctionRecord, ValueTask<FunctionRecord>> renew) => await renew(await Look(function));

    private ValueTask<FunctionRecord> Look(FunctionRef function) => _installation.Store.Read(async snapshot =>
    {
        if (function.IsAlias && await snapshot.Get(Keys.Alias(function, function.Qualifier!), LambdaJson.Default.AliasRecord) is { Weights.Count: > 0 } alias)
        {
            Span<byte> drawn = stackalloc byte[4];
            _installation.Ids.Fill(drawn);
            var at = BitConverter.ToUInt32(drawn) / (double)uint.MaxValue;
            foreach (var (version, weight) in alias.Weights)
                if ((at -= weight) < 0)
                    return await Find(snapshot, function with { Qualifier = version });
        }

        return await Find(snapshot, function);
    });

    private static async ValueTask<FunctionRecord> Find(ISnapshot snapshot, FunctionRef function)
        => await snapshot.Kept(await Functions.Locate(snapshot, function), static stored => JsonSerializer.Deserialize(stored, LambdaJson.Default.FunctionRecord)!) ?? throw Errors.FunctionNotFound(function.QualifiedArn);

    private static ReadOnlyMemory<byte> Payload(ReadOnlyMemory<byte> payload, int most = MaxPayload)
    {
        if (payload.Length == 0) return "{}"u8.ToArray();
        if (payload.Length > most) throw Errors.RequestTooLarge(most);
        if (!System.Text.Unicode.Utf8.IsValid(payload.Span)) throw Errors.InvalidContent("Could not parse request body into json: Could not parse payload into json: Invalid UTF-8");
        try
        {
            var reader = new Utf8JsonReader(payload.Span, new JsonReaderOptions { MaxDepth = 1000 });
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                    _ = reader.GetString(); // finds half a surrogate pair
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Errors.InvalidContent($"Could not parse request body into json: Could not parse payload into json: {e.Message}");
        }

        return payload;
    }

    /// <summary>The client context as one line of ASCII, for it travels in a header.</summary>
    private static string? ClientContext(string? header)
    {
        if (string.IsNullOrEmpty(header)) return null;
        try
        {
            return JsonNode.Parse(Convert.FromBase64String(header))?.ToJsonString();
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw Errors.InvalidContent("Could not parse the client context: it must be Base64 of JSON.");
        }
    }

    /// <summary>A new trace, or a new segment of one.</summary>
    /// <param name="root">`Root=…`; null for a new one.</param>
    public string Trace(string? root = null)
    {
        var id = Convert.ToHexStringLower(_installation.Ids.Bytes(20));
        if (root is not null) return $"{root};Parent={id[24..40]};Sampled=0";
        return $"Root=1-{_installation.Now.ToUnixTimeSeconds():x8}-{id[..24]};Parent={id[24..40]};Sampled=0";
    }

    private static bool IsPlain(string text) => text.Length <= 256 && !text.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
