using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.Lambda.Invoke;

/// <summary>
/// Invoke: an event goes to a function and its answer comes back, with status 200 even when the function fails. AWS: Lambda API,
/// Invoke. Known difference: the invocation type `Event` is refused.
/// </summary>
internal sealed class Invocation(Installation installation, Workers workers)
{
    private const int MaxPayload = 6_291_456, AccountConcurrency = 1000;
    private readonly ConcurrentDictionary<string, StrongBox> _running = new();

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
        if (type == "Event") throw Errors.InvalidParameter("Galley does not support the invocation type Event.");
        if (api.Header("X-Amz-Log-Type") is { } log and not ("None" or "Tail")) throw Errors.Constraint(log, "logType", "Member must satisfy enum value set: [None, Tail]");
        var record = await Find(function);
        if (type == "DryRun") return new Reply(204).With("X-Amz-Executed-Version", record.Version);
        var trace = api.Header("X-Amzn-Trace-Id") is { } given && IsPlain(given) ? given : Trace();
        var @event = new InvokeEvent(call.RequestId, function.QualifiedArn, trace, ClientContext(api.Header("X-Amz-Client-Context")), Payload(api.Body));
        var tail = api.Header("X-Amz-Log-Type") == "Tail";
        var outcome = await Run(function, record, @event, tail, call.Cancellation);
        var reply = new Reply { Body = outcome.Payload }
            .With("Content-Type", "application/json").With("X-Amz-Executed-Version", record.Version).With("X-Amzn-Trace-Id", trace);
        if (outcome.FunctionError is { } error) reply.With("X-Amz-Function-Error", error);
        if (outcome.Tail is { } text) reply.With("X-Amz-Log-Result", text);
        return reply;
    }

    /// <summary>An invocation from inside, already allowed.</summary>
    public async ValueTask<InvokeResult> Invoke(FunctionRef function, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        var record = await Find(function);
        var outcome = await Run(function, record, new InvokeEvent(installation.Ids.Uuid(), function.QualifiedArn, Trace(), null, Payload(payload)), false, cancel);
        return new InvokeResult(outcome.Payload, outcome.FunctionError);
    }

    private async ValueTask<Worker.Outcome> Run(FunctionRef function, FunctionRecord record, InvokeEvent @event, bool tail, CancellationToken cancel)
    {
        var running = _running.GetOrAdd(function.Arn, _ => new StrongBox());
        try
        {
            if (Interlocked.Increment(ref running.Value) > await Limit(record)) throw Errors.TooManyRequests(record.ReservedConcurrency is null && record.Version == FunctionRef.Latest ? "ConcurrentInvocationLimitExceeded" : "ReservedFunctionConcurrentInvocationLimitExceeded");
            var worker = await Take(function, record, cancel);
            var usable = false;
            try
            {
                // The event runs to its end even when the caller has gone, as on AWS.
                var outcome = await worker.Run(@event, tail);
                usable = true;
                return outcome;
            }
            finally
            {
                workers.Return(worker, usable);
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

    private async ValueTask<Worker> Take(FunctionRef function, FunctionRecord record, CancellationToken cancel)
    {
        try
        {
            return await workers.Take(record, cancel);
        }
        catch (FileNotFoundException)
        {
            return await workers.Take(await Find(function), cancel); // new code came between the look and the start
        }
    }

    private async ValueTask<int> Limit(FunctionRecord record)
        => (record.Version == FunctionRef.Latest ? record : await Find(record.Reference())).ReservedConcurrency ?? AccountConcurrency;

    private ValueTask<FunctionRecord> Find(FunctionRef function)
        => installation.Store.Read(snapshot => Functions.Find(snapshot, function));

    private static ReadOnlyMemory<byte> Payload(ReadOnlyMemory<byte> payload)
    {
        if (payload.Length == 0) return "{}"u8.ToArray();
        if (payload.Length > MaxPayload) throw Errors.RequestTooLarge();
        try
        {
            var reader = new Utf8JsonReader(payload.Span, new JsonReaderOptions { MaxDepth = 1000 });
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped) _ = reader.GetString(); // finds what is no UTF-8
            }
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

    private string Trace()
    {
        var id = Convert.ToHexStringLower(installation.Ids.Bytes(20));
        return $"Root=1-{installation.Now.ToUnixTimeSeconds():x8}-{id[..24]};Parent={id[24..40]};Sampled=0";
    }

    private static bool IsPlain(string text) => text.Length <= 256 && !text.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
