using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda.Invoke;

/// <summary>
/// The queue of asynchronous invocations, kept in the store until each has its result: retries after one and two minutes, patience
/// with throttled functions up to the event's age, destinations, dead letters. AWS: "Invoking a Lambda function asynchronously".
/// </summary>
internal sealed class AsyncQueue(Installation installation, Invocation invocation, IActAsRoles roles, IKeepRecords records, ISendMessages messages)
{
    private const int AtOnce = 100;
    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(6), MaxBackoff = TimeSpan.FromMinutes(5), Rest = TimeSpan.FromHours(1), Patience = TimeSpan.FromSeconds(1);
    private readonly HashSet<string> _running = [];
    private readonly ConcurrentDictionary<string, Action<string>> _followers = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _pump = Task.CompletedTask;

    /// <summary>Keeps an event; durable on return.</summary>
    public async ValueTask Add(FunctionRef function, string requestId, string trace, string? clientContext, ReadOnlyMemory<byte> payload, Action<string>? failed = null)
    {
        if (failed is not null) _followers[requestId] = failed;
        var accepted = new AsyncEvent { Id = requestId, Function = function, Trace = trace, ClientContext = clientContext, Payload = payload.ToArray(), Accepted = installation.Now, Due = installation.Now };
        await installation.Store.Write(tx =>
        {
            Put(tx, accepted);
            return ValueTask.CompletedTask;
        });
        Wake();
    }

    public void Start(CancellationToken stopping) => _pump = Task.Run(() => Pump(stopping), CancellationToken.None);

    public async ValueTask Stop() => await _pump;

    private async Task Pump(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            Task wake;
            lock (_gate)
            {
                if (_wake.Task.IsCompleted) _wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                wake = _wake.Task;
            }

            var next = await Begin();
            using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            await Task.WhenAny(wake, Task.Delay(next ?? Rest, installation.Time, over.Token));
            await over.CancelAsync();
        }
    }

    /// <summary>Begins what is due; gives how long until the next is. A store that cannot be read now is asked again.</summary>
    private async ValueTask<TimeSpan?> Begin()
    {
        try
        {
            var (due, next) = await Due();
            foreach (var one in due) _ = Run(one);
            return next;
        }
        catch (Exception e)
        {
            installation.Log($"error: the queue of asynchronous events could not be read: {e.Message}");
            return Patience;
        }
    }

    /// <summary>The events whose time has come and that nobody runs yet, now marked as running; and how long until the next one's.</summary>
    private ValueTask<(List<AsyncEvent> Due, TimeSpan? Next)> Due() => installation.Store.Read(async snapshot =>
    {
        var due = new List<AsyncEvent>();
        await foreach (var one in snapshot.All(Keys.Queue, static () => LambdaJson.Default.AsyncEvent))
        {
            var wait = one.Due - installation.Now;
            if (wait > TimeSpan.Zero) return (due, (TimeSpan?)(wait < Rest ? wait : Rest));
            lock (_gate)
            {
                if (_running.Count >= AtOnce) return (due, null);
                if (_running.Add(one.Id)) due.Add(one);
            }
        }

        return (due, null);
    });

    private async Task Run(AsyncEvent one)
    {
        try
        {
            await Attempt(one);
        }
        catch (Exception e)
        {
            installation.Log($"error: the asynchronous event {one.Id} of {one.Function.Name}: {e.Message}");
            try
            {
                await Again(one, one with { Waits = one.Waits + 1, Due = installation.Now + Backoff(one.Waits) });
            }
            catch (Exception closed) when (closed is ObjectDisposedException or InvalidOperationException)
            {
                // stopped: it is in the store
            }
        }
        finally
        {
            lock (_gate) _running.Remove(one.Id);
            Wake();
        }
    }

    private async ValueTask Attempt(AsyncEvent one)
    {
        var (waiting, settings, latest) = await installation.Store.Read(async snapshot =>
            (await snapshot.Get(Key(one)), await EventInvokeConfigs.Find(snapshot, one.Function), await snapshot.Get(Keys.Function(one.Function), LambdaJson.Default.FunctionRecord)));
        if (waiting is not null && (one.Bucket ?? one.Queue) is not null)
        {
            await Deliver(one);
            return;
        }

        if (waiting is null) return; // an attempt that was under way when this one was read has settled it
        if (latest is null)
        {
            await Again(one);
            Tell(one, "the function does not exist");
            return;
        }

        var maxAge = settings?.MaximumEventAgeInSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : MaxAge;
        if (installation.Now - one.Accepted >= maxAge)
        {
            await Finish(one, settings?.OnFailure, "EventAgeExceeded", latest);
            return;
        }

        try
        {
            var (outcome, version) = await invocation.Invoke(one.Function, new InvokeEvent(one.Id, one.Function.QualifiedArn, one.Trace, one.ClientContext, one.Payload));
            var ran = one with { Attempts = one.Attempts + 1, Answer = outcome.Payload.ToArray(), FunctionError = outcome.FunctionError, ExecutedVersion = version };
            if (outcome.FunctionError is null) await Finish(ran, settings?.OnSuccess, "Success", latest);
            else if (ran.Attempts > (settings?.MaximumRetryAttempts ?? 2)) await Finish(ran, settings?.OnFailure, "RetriesExhausted", latest);
            else await Again(one, ran with { Due = installation.Now + TimeSpan.FromMinutes(ran.Attempts) });
        }
        catch (AwsError e) when (e.Code == "TooManyRequestsException" && latest.ReservedConcurrency != 0)
        {
            var wait = Backoff(one.Waits);
            var left = one.Accepted + maxAge - installation.Now;
            await Again(one, one with { Waits = one.Waits + 1, Due = installation.Now + (wait < left ? wait : left) });
        }
        catch (AwsError e) when (e.Status < 500)
        {
            await Finish(one, settings?.OnFailure, "RetriesExhausted", latest, e);
        }
    }

    private static TimeSpan Backoff(int waits) => TimeSpan.FromSeconds(Math.Min(Math.Pow(2, Math.Min(waits, 20)), MaxBackoff.TotalSeconds));

    /// <summary>Takes the event out of the queue and puts in what follows it, its next attempt or records of its end, in one step.</summary>
    private ValueTask Again(AsyncEvent before, params IReadOnlyList<AsyncEvent> after) => installation.Store.Write(tx =>
    {
        tx.Delete(Key(before));
        foreach (var next in after) Put(tx, next);
        return ValueTask.CompletedTask;
    });

    /// <summary>The event is done: out of the queue, and its records on the way to the destination and the dead-letter queue, in one step.</summary>
    private async ValueTask Finish(AsyncEvent one, string? destination, string condition, FunctionRecord latest, AwsError? refused = null)
    {
        var records = new List<AsyncEvent>();
        if (!string.IsNullOrEmpty(destination))
        {
            var record = New(one, JsonSerializer.SerializeToUtf8Bytes(Record(one, condition), LambdaJson.Default.JsonObject));
            if (Destinations.BucketOf(destination) is { } bucket) records.Add(record with { Bucket = bucket, Role = latest.Role });
            else if (Destinations.IsQueue(destination)) records.Add(record with { Queue = destination, Role = latest.Role });
            else if (await roles.Allows(latest.Role, "lambda:InvokeFunction", destination)) records.Add(record with { Function = FunctionRef.Parse(destination, one.Function.Account, one.Function.Region) });
            else installation.Log($"The role {latest.Role} does not allow lambda:InvokeFunction on the destination {destination}; the record of {one.Id} is lost.");
        }

        if (condition != "Success" && await Meant(one, latest) is { DeadLetters: { } queue } version) records.Add(New(one, one.Payload) with { Queue = queue, Role = version.Role, Attributes = DeadLetter(one, refused) });
        await Again(one, records);
        Tell(one, condition == "Success" ? null : Why(one) ?? condition);
    }

    private AsyncEvent New(AsyncEvent of, byte[] payload)
        => new() { Id = installation.Ids.Uuid(), Function = of.Function, Trace = of.Trace, Payload = payload, Accepted = installation.Now, Due = installation.Now };

    /// <summary>The version that ran, or was to: each has its own dead-letter queue.</summary>
    private async ValueTask<FunctionRecord> Meant(AsyncEvent one, FunctionRecord latest)
    {
        try
        {
            return await installation.Store.Read(snapshot => Functions.Find(snapshot, one.Function with { Qualifier = one.ExecutedVersion ?? one.Function.Qualifier }));
        }
        catch (AwsError)
        {
            return latest; // an alias or a version that is no more
        }
    }

    /// <summary>What AWS says beside a dead letter, whose body is the event: the invocation, the status of its last answer, the first kilobyte of its error.</summary>
    private static Dictionary<string, string> DeadLetter(AsyncEvent one, AwsError? refused)
    {
        const int most = 1024;
        var (code, text) = one.Answer is { } answer ? (200, Error(answer)?.Text ?? Encoding.UTF8.GetString(answer)) : refused is not null ? (refused.Status, refused.Message) : (429, "Rate Exceeded.");
        var attributes = new Dictionary<string, string> { ["RequestID"] = one.Id, ["ErrorCode"] = code.ToString(CultureInfo.InvariantCulture) };
        if (text.Length > 0) attributes["ErrorMessage"] = text.Length > most ? text[..most] : text;
        return attributes;
    }

    /// <summary>Whoever follows the event learns its end.</summary>
    private void Tell(AsyncEvent one, string? failure)
    {
        if (_followers.TryRemove(one.Id, out var failed) && failure is not null) failed(failure);
    }

    /// <summary>`Runtime.ImportModuleError: Cannot find module …`, from the last attempt's answer.</summary>
    private static string? Why(AsyncEvent one)
        => one.Answer is not { } answer ? null : Error(answer) is { } error ? $"{error.Type ?? one.FunctionError}: {error.Text}" : one.FunctionError;

    /// <summary>An answer's `errorType` and `errorMessage`; null for an answer of the function's own making.</summary>
    private static (string? Type, string? Text)? Error(byte[] answer)
    {
        try
        {
            return JsonNode.Parse(answer) is JsonObject error ? ((string?)error["errorType"], (string?)error["errorMessage"]) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Puts a record into its bucket or queue. What they refuse is lost, as on AWS, and said.</summary>
    private async ValueTask Deliver(AsyncEvent one)
    {
        try
        {
            if (one.Bucket is { } bucket) await records.Put(one.Role!, bucket, Destinations.KeyOf($"async/{one.Function.Name}", one.Accepted, one.Id), one.Payload);
            else await messages.Send(one.Role!, one.Queue!, Encoding.UTF8.GetString(one.Payload), (one.Attributes ?? []).ToDictionary(pair => pair.Key, pair => (pair.Key == "ErrorCode" ? "Number" : "String", pair.Value)));
        }
        catch (AwsError e) when (e.Status < 500)
        {
            installation.Log($"{one.Bucket ?? one.Queue} did not take the record of an invocation of {one.Function.Name}: {e.Code}: {e.Message}");
        }

        await Again(one);
    }

    private JsonObject Record(AsyncEvent one, string condition)
    {
        var record = new JsonObject
        {
            ["version"] = "1.0",
            ["timestamp"] = installation.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["requestContext"] = new JsonObject
            {
                ["requestId"] = one.Id,
                ["functionArn"] = (one.Function with { Qualifier = one.Function.Qualifier ?? FunctionRef.Latest }).QualifiedArn,
                ["condition"] = condition,
                ["approximateInvokeCount"] = one.Attempts,
            },
            ["requestPayload"] = JsonNode.Parse(one.Payload),
        };
        if (one.Answer is null) return record;
        var response = new JsonObject { ["statusCode"] = 200, ["executedVersion"] = one.ExecutedVersion };
        if (one.FunctionError is { } error) response["functionError"] = error;
        record["responseContext"] = response;
        try
        {
            record["responsePayload"] = JsonNode.Parse(one.Answer);
        }
        catch (JsonException)
        {
            record["responsePayload"] = Encoding.UTF8.GetString(one.Answer);
        }

        return record;
    }

    private void Wake()
    {
        lock (_gate) _wake.TrySetResult();
    }

    private static void Put(ITransaction tx, AsyncEvent one) => tx.Put(Key(one), one, LambdaJson.Default.AsyncEvent);

    private static byte[] Key(AsyncEvent one) => Store.Key.From(Keys.Queue).Add(one.Due.ToUnixTimeMilliseconds()).Add(one.Id).ToArray();
}

/// <summary>An asynchronous invocation as the queue keeps it.</summary>
internal sealed record AsyncEvent
{
    /// <summary>The request id, the same for every attempt.</summary>
    public required string Id { get; init; }

    public required FunctionRef Function { get; init; }

    public required string Trace { get; init; }

    public string? ClientContext { get; init; }

    public required byte[] Payload { get; init; }

    public required DateTimeOffset Accepted { get; init; }

    public required DateTimeOffset Due { get; init; }

    /// <summary>Times the function ran.</summary>
    public int Attempts { get; init; }

    /// <summary>Times it could not even be started.</summary>
    public int Waits { get; init; }

    public byte[]? Answer { get; init; }

    public string? FunctionError { get; init; }

    public string? ExecutedVersion { get; init; }

    /// <summary>Set for a record on its way into a bucket: the payload is to be put there, and no function runs.</summary>
    public string? Bucket { get; init; }

    /// <summary>The same for a queue, its ARN.</summary>
    public string? Queue { get; init; }

    /// <summary>What goes beside the payload into the queue.</summary>
    public Dictionary<string, string>? Attributes { get; init; }

    /// <summary>With whose rights it is put there.</summary>
    public string? Role { get; init; }
}
