using System.Diagnostics;
using System.Text.Json;

namespace Galley.Lambda.Invoke;

/// <summary>
/// Runs a function's events by a delegate in this very process, so that a breakpoint stops inside it. Everything around it is as for a
/// process: role, log lines, errors, time-out. Only, a delegate that does not heed its cancellation cannot be killed; its answer comes to nothing.
/// </summary>
internal sealed class DelegateRuntime(Installation installation, FunctionRecord function, FunctionStreamHandler handler, RoleCredentials credentials, WorkerLog log) : IRuntime
{
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended = new();

    public Task<Beginning> Ready { get; } = Task.FromResult(new Beginning(null));

    public Task Exited => _exited.Task;

    public bool IsAlive => !_exited.Task.IsCompleted;

    public bool IsBeingDebugged => Debugger.IsAttached;

    public void Send(RuntimeEvent @event) => _ = Task.Run(() => Run(@event));

    public void Drain()
    {
    }

    public int PeakMemory() => (int)(Environment.WorkingSet >> 20);

    public void Dispose()
    {
        if (!_exited.TrySetResult()) return;
        _ended.Cancel();
    }

    private async Task Run(RuntimeEvent @event)
    {
        var response = new DelegateResponse(@event.Stream);
        try
        {
            await using var _ = response;
            await handler(new MemoryStream(@event.Payload.ToArray(), writable: false), response, Invocation(@event));
            var answer = response.Whole();
            @event.Done.TrySetResult(answer.Length > RuntimeApi.MaxResponse && @event.Stream is null
                ? RuntimeAnswer.Failed("Function.ResponseSizeTooLarge", $"Response payload size exceeded maximum allowed payload size ({RuntimeApi.MaxResponse} bytes).")
                : new RuntimeAnswer(answer, null));
        }
        catch (Exception e)
        {
            log.Line(e.ToString().ReplaceLineEndings("\r"));
            var failure = new FunctionFailure(e.Message, e.GetType().Name, [.. (e.StackTrace ?? "").ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries)]);
            @event.Done.TrySetResult(new RuntimeAnswer(JsonSerializer.SerializeToUtf8Bytes(failure, LambdaJson.Default.FunctionFailure), "Unhandled"));
        }
    }

    private FunctionInvocation Invocation(RuntimeEvent @event) => new(installation.Time, log.Line)
    {
        RequestId = @event.RequestId,
        FunctionArn = @event.Event.FunctionArn,
        FunctionName = function.Name,
        FunctionVersion = function.Version,
        MemoryLimit = function.MemorySize,
        LogGroupName = function.LogGroupName,
        LogStreamName = log.Stream,
        TraceId = @event.Event.TraceId,
        ClientContext = @event.Event.ClientContext,
        Deadline = @event.Deadline,
        Credentials = new FunctionCredentials(credentials.AccessKeyId, credentials.SecretAccessKey, credentials.SessionToken),
        Environment = function.OpenEnvironment(installation.Secrets) ?? [],
        Cancellation = _ended.Token, // the time-out ends the whole environment, as it ends a process
    };
}
