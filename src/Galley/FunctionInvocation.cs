namespace Galley;

/// <summary>Runs a function's events inside the program that hosts Galley: the event's JSON in, the answer's JSON out.</summary>
/// <param name="event">The event as the caller sent it.</param>
/// <param name="invocation">What Lambda tells a function of this invocation.</param>
/// <returns>The answer; empty counts as `null`. What is thrown becomes the function's error, `Unhandled`, with type, message and stack.</returns>
public delegate Task<ReadOnlyMemory<byte>> FunctionHandler(ReadOnlyMemory<byte> @event, FunctionInvocation invocation);

/// <summary>The same with streams. What is written goes out as it is written where the caller asked for response streaming.</summary>
/// <param name="event">The event as the caller sent it.</param>
/// <param name="response">Takes the answer.</param>
/// <param name="invocation">What Lambda tells a function of this invocation.</param>
public delegate Task FunctionStreamHandler(Stream @event, Stream response, FunctionInvocation invocation);

/// <summary>One invocation of a function that runs inside the program that hosts Galley: what the runtimes call the context.</summary>
public sealed class FunctionInvocation
{
    private readonly Action<string> _log;
    private readonly TimeProvider _time;

    internal FunctionInvocation(TimeProvider time, Action<string> log) => (_time, _log) = (time, log);

    /// <summary>The same for every attempt of an asynchronous event.</summary>
    public required string RequestId { get; init; }

    /// <summary>With the qualifier, if one was asked for.</summary>
    public required string FunctionArn { get; init; }

    /// <summary>The function's name.</summary>
    public required string FunctionName { get; init; }

    /// <summary>`$LATEST` or a number.</summary>
    public required string FunctionVersion { get; init; }

    /// <summary>In MB, as configured. Nothing holds a delegate to it.</summary>
    public required int MemoryLimit { get; init; }

    /// <summary>Where its lines are logged.</summary>
    public required string LogGroupName { get; init; }

    /// <summary>The stream of this execution environment.</summary>
    public required string LogStreamName { get; init; }

    /// <summary>`Root=…;Parent=…;Sampled=0`; pass it on to be stopped in a loop as on AWS.</summary>
    public required string TraceId { get; init; }

    /// <summary>The caller's client context, JSON; null without one.</summary>
    public required string? ClientContext { get; init; }

    /// <summary>When the function's time-out ends this invocation.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>Credentials of the function's role, for its own calls: what the role does not allow is refused to them.</summary>
    public required FunctionCredentials Credentials { get; init; }

    /// <summary>The configured variables; they are not in the process's environment.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Cancelled at the deadline, unless a debugger is attached: a function at a breakpoint is not late.</summary>
    public required CancellationToken Cancellation { get; init; }

    /// <summary>What is left until <see cref="Deadline"/>; zero when nothing is.</summary>
    public TimeSpan RemainingTime => Deadline - _time.GetUtcNow() is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    /// <summary>A line for the function's log stream.</summary>
    public void Log(string line) => _log(line);
}

/// <summary>Short-lived keys of a function's role.</summary>
/// <param name="AccessKeyId">`ASIA…`</param>
/// <param name="SecretAccessKey">What requests are signed with.</param>
/// <param name="SessionToken">Goes along with every request.</param>
public sealed record FunctionCredentials(string AccessKeyId, string SecretAccessKey, string SessionToken);
