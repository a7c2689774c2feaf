using Galley.Wire;

namespace Galley.Lambda;

/// <summary>AWS Lambda: functions as processes that speak the Runtime API (design D8).</summary>
internal sealed class LambdaService(Installation installation) : IService
{
    /// <summary>Runs a function for another service or an inner caller and gives what it answered.</summary>
    /// <param name="functionArn">ARN, with or without qualifier.</param>
    /// <param name="caller">Who asks; a service principal needs the function's own policy.</param>
    /// <param name="sourceArn">What the service acts for (`aws:SourceArn`).</param>
    /// <param name="payload">The event, JSON.</param>
    public ValueTask<InvokeResult> Invoke(string functionArn, Principal caller, string? sourceArn, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        installation.Log($"no function {functionArn} for {caller.Arn}");
        throw Errors.FunctionNotFound(functionArn);
    }
}

/// <param name="Payload">What the function answered, or the error's JSON.</param>
/// <param name="FunctionError">`Unhandled` when the function failed; otherwise null.</param>
internal sealed record InvokeResult(ReadOnlyMemory<byte> Payload, string? FunctionError);
