using System.Globalization;

namespace Galley.Lambda.Invoke;

/// <summary>
/// An execution environment: what runs the function, and its log stream. It runs one event at a time and lives until it fails,
/// times out, grows old or its function changes.
/// </summary>
internal sealed class Worker : IDisposable
{
    private static readonly TimeSpan InitLimit = TimeSpan.FromSeconds(10);
    private readonly TimeProvider _time;
    private readonly IRuntime _runtime;
    private readonly WorkerLog _log;
    private readonly Action _ended;
    private readonly long _born;
    private bool _cold = true;
    private int _disposed;

    public Worker(TimeProvider time, FunctionRecord function, IRuntime runtime, WorkerLog log, long born, DateTimeOffset expires, Action ended)
    {
        (_time, Function, _runtime, _log, _born, Expires, _ended) = (time, function, runtime, log, born, expires, ended);
        LastUsed = time.GetTimestamp();
        _ = WatchExit();
    }

    public FunctionRecord Function { get; }

    /// <summary>Started ahead of any event: its start is no part of one.</summary>
    public bool IsProvisioned { get; init; }

    /// <summary>No event has waited for its start yet.</summary>
    public bool IsCold => _cold && !IsProvisioned;

    /// <summary>Done when it can take an event, or never will.</summary>
    public Task Ready => _runtime.Ready;

    /// <summary>When its credentials end.</summary>
    public DateTimeOffset Expires { get; }

    public long LastUsed { get; private set; }

    public bool IsAlive => _runtime.IsAlive && _disposed == 0;

    internal sealed record Outcome(ReadOnlyMemory<byte> Payload, string? FunctionError, string? Tail)
    {
        /// <summary>The process, which had been there before, ended before it asked for the event: another one is to run it.</summary>
        public bool NotBegun { get; init; }

        /// <summary>How long the event waited for the process to start; zero for a warm one.</summary>
        public TimeSpan ColdStart { get; init; }
    }

    /// <summary>Runs one event to its end.</summary>
    public async ValueTask<Outcome> Run(InvokeEvent @event, bool tail)
    {
        var timeout = TimeSpan.FromSeconds(Function.Timeout);
        TimeSpan? init = null;
        RuntimeAnswer? answer = null;
        bool timedOut = false, failed = false, own = IsCold;
        var started = _time.GetTimestamp();
        if (_cold)
        {
            _cold = false;
            try
            {
                // Lambda would start a slow beginner anew within the function's time-out; here its first ten seconds just do not count.
                var begun = await _runtime.Ready.WaitAsync(InitLimit + timeout, _time);
                answer = begun.Exited ? Exit(@event.RequestId, begun.Reason) : begun.Error;
            }
            catch (TimeoutException)
            {
                timedOut = true;
            }

            init = IsProvisioned ? null : _time.GetElapsedTime(_born);
            failed = timedOut || answer is not null;
            if (failed) _runtime.Drain();
            else started = _time.GetTimestamp();
            _log.InitDone(init ?? TimeSpan.Zero, StatusOf(answer, timedOut));
        }

        _log.Start(@event.RequestId, tail, failed);
        if (answer is null && !timedOut)
        {
            var deadline = _time.GetUtcNow() + timeout;
            var sent = new RuntimeEvent(@event, deadline) { ProcessDeadline = _time is Wire.IClientClock clients ? clients.Now + timeout : deadline };
            _runtime.Send(sent);
            try
            {
                answer = await Answer(sent, timeout);
                // One that was started for this very event has failed with it: otherwise a program that never stays would be started for ever.
                if (answer.IsNotBegun && !own) return new Outcome(default, null, null) { NotBegun = true };
                if (answer.ExitReason is { } reason) answer = Exit(@event.RequestId, reason.Length == 0 ? null : reason);
            }
            catch (TimeoutException)
            {
                timedOut = true;
            }
        }

        var duration = timedOut ? timeout : _time.GetElapsedTime(started);
        if (timedOut) answer = RuntimeAnswer.Failed("Sandbox.Timedout", string.Create(CultureInfo.InvariantCulture, $"RequestId: {@event.RequestId} Error: Task timed out after {timeout.TotalSeconds:F2} seconds"));
        if (!timedOut) _runtime.Drain();
        if (timedOut || failed) Dispose(); // what failed to begin runs no second event: the next one begins anew, as on AWS
        var status = StatusOf(answer, timedOut);
        _log.End(new RunEnd(@event.RequestId, duration, failed ? null : init, answer!.Payload.Length, failed && !timedOut ? status with { Crashed = true } : status), _runtime.PeakMemory);
        LastUsed = _time.GetTimestamp();
        return new Outcome(answer.Payload, answer.FunctionError, tail ? _log.Tail() : null) { ColdStart = init ?? TimeSpan.Zero };
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _runtime.Dispose();
        _ended();
    }

    private static RuntimeAnswer Exit(string requestId, string? reason)
        => RuntimeAnswer.Failed("Runtime.ExitError", $"RequestId: {requestId} Error: Runtime exited {(reason is null ? "without providing a reason" : "with error: " + reason)}");

    private static RunStatus StatusOf(RuntimeAnswer? answer, bool timedOut)
        => timedOut ? RunStatus.Timeout : answer?.FunctionError is null ? RunStatus.Success : new RunStatus("error", answer.ErrorType, answer.ErrorType == "Runtime.ExitError");

    private async ValueTask<RuntimeAnswer> Answer(RuntimeEvent sent, TimeSpan timeout)
    {
        while (true)
            try
            {
                return await sent.Done.Task.WaitAsync(timeout, _time);
            }
            catch (TimeoutException) when (_runtime.IsBeingDebugged)
            {
                // somebody looks at it: it gets its time once more
            }
    }

    private async Task WatchExit()
    {
        await _runtime.Exited;
        Dispose();
    }
}

/// <summary>One event for a function.</summary>
internal sealed record InvokeEvent(string RequestId, string FunctionArn, string TraceId, string? ClientContext, ReadOnlyMemory<byte> Payload)
{
    /// <summary>For callers who read the answer while it is written.</summary>
    public ResponseStream? Stream { get; init; }
}
