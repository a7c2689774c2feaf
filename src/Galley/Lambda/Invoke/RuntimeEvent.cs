using System.Globalization;
using System.Text.Unicode;

namespace Galley.Lambda.Invoke;

/// <summary>An event on its way to what runs the function.</summary>
internal sealed class RuntimeEvent(InvokeEvent @event, DateTimeOffset deadline)
{
    public InvokeEvent Event => @event;

    public string RequestId => @event.RequestId;

    public ReadOnlyMemory<byte> Payload => @event.Payload;

    public DateTimeOffset Deadline => deadline;

    /// <summary>The same by the clock that a process reads.</summary>
    public required DateTimeOffset ProcessDeadline { get; init; }

    /// <summary>Where the answer goes while it is written; null for callers who want it whole.</summary>
    public ResponseStream? Stream => @event.Stream;

    /// <summary>The caller goes on within whoever sets it.</summary>
    public TaskCompletionSource<RuntimeAnswer> Done { get; } = new();

    /// <summary>Bytes that <see cref="WriteHead"/> takes at most.</summary>
    public int MostHead => 512 + RequestId.Length + @event.FunctionArn.Length + @event.TraceId.Length + (@event.ClientContext?.Length ?? 0); // all of it is ASCII

    /// <summary>The HTTP head with AWS's headers; its length.</summary>
    public int WriteHead(Span<byte> bytes)
    {
        if (!Utf8.TryWrite(
            bytes, CultureInfo.InvariantCulture,
            $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: {RequestId}\r\nLambda-Runtime-Deadline-Ms: {ProcessDeadline.ToUnixTimeMilliseconds()}\r\nLambda-Runtime-Invoked-Function-Arn: {@event.FunctionArn}\r\nLambda-Runtime-Trace-Id: {@event.TraceId}\r\nContent-Length: {Payload.Length}\r\n{(@event.ClientContext is null ? "" : "Lambda-Runtime-Client-Context: ")}{@event.ClientContext}{(@event.ClientContext is null ? "" : "\r\n")}\r\n",
            out var length)) throw new InvalidOperationException("An event's head is not plain text.");
        return length;
    }
}

/// <summary>What a process answered.</summary>
internal sealed record RuntimeAnswer(ReadOnlyMemory<byte> Payload, string? FunctionError)
{
    /// <summary>Set when the process ended instead: how, or empty.</summary>
    public string? ExitReason { get; init; }

    /// <summary>It ended before it had asked for the event.</summary>
    public bool IsNotBegun { get; init; }

    /// <summary>An error's type as Lambda's own events tell it: what is neither Runtime's nor Function's is unknown.</summary>
    public string ErrorType
    {
        get
        {
            try
            {
                using var json = System.Text.Json.JsonDocument.Parse(Payload);
                if (json.RootElement.ValueKind == System.Text.Json.JsonValueKind.Object && json.RootElement.TryGetProperty("errorType", out var type) && type.ValueKind == System.Text.Json.JsonValueKind.String
                    && type.GetString() is { } name && (name.StartsWith("Runtime.", StringComparison.Ordinal) || name.StartsWith("Function.", StringComparison.Ordinal))) return name;
            }
            catch (System.Text.Json.JsonException)
            {
                // a runtime's error may be anything
            }

            return "Runtime.Unknown";
        }
    }

    public static RuntimeAnswer Failed(string type, string message)
        => new(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new FunctionFailure(message, type), LambdaJson.Default.FunctionFailure), "Unhandled");
}
