using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Galley.Functions;

/// <summary>A handler over raw events: takes the event's JSON, gives the answer's.</summary>
/// <param name="input">The event.</param>
/// <param name="context">What Lambda says of this invocation.</param>
public delegate ValueTask<ReadOnlyMemory<byte>> RawHandler(ReadOnlyMemory<byte> input, FunctionContext context);

/// <summary>A handler that writes its answer while it makes it (Lambda's response streaming).</summary>
/// <param name="input">The event.</param>
/// <param name="output">Every write goes to the caller at once.</param>
/// <param name="context">What Lambda says of this invocation.</param>
public delegate Task StreamingHandler(ReadOnlyMemory<byte> input, Stream output, FunctionContext context);

/// <summary>
/// Runs Lambda functions written in C# as native programs: the program is the zip's `bootstrap`, the runtime `provided.al2023`.
/// The same binary runs in Galley and on AWS. Everything is compiled ahead of time; nothing is found by reflection.
/// </summary>
public static partial class Function
{
    /// <summary>Serves one handler until Lambda ends the process.</summary>
    /// <param name="handler">Called with one event at a time. An exception it throws becomes the invocation's error.</param>
    /// <param name="input">JSON contract of the event.</param>
    /// <param name="output">JSON contract of the answer.</param>
    public static Task Run<TIn, TOut>(Func<TIn, FunctionContext, Task<TOut>> handler, JsonTypeInfo<TIn> input, JsonTypeInfo<TOut> output)
        => Run(Handler(handler, input, output));

    /// <summary>Serves one handler that needs no context.</summary>
    public static Task Run<TIn, TOut>(Func<TIn, Task<TOut>> handler, JsonTypeInfo<TIn> input, JsonTypeInfo<TOut> output)
        => Run(Handler<TIn, TOut>((@event, _) => handler(@event), input, output));

    /// <summary>Serves the handler that the function's `Handler` setting names: one program for many functions.</summary>
    public static Task Run(IReadOnlyDictionary<string, RawHandler> handlers)
    {
        var name = Environment.GetEnvironmentVariable("_HANDLER") ?? "";
        return Runtime.Serve(handlers.TryGetValue(name, out var handler) ? handler : null,
            $"This program has no handler {name}; it has {string.Join(", ", handlers.Keys)}.");
    }

    /// <summary>Serves one handler over raw JSON.</summary>
    public static Task Run(RawHandler handler) => Runtime.Serve(handler, "");

    /// <summary>Serves one handler that streams its answers.</summary>
    public static Task RunStreaming(StreamingHandler handler) => Runtime.Serve(handler);

    /// <summary>Tells Lambda that there is no handler to serve, and ends.</summary>
    internal static Task Refuse(string type, string message) => Runtime.Refuse(type, message);

    /// <summary>Tells Lambda what kept the handler from being made, and ends.</summary>
    internal static Task Refuse(Exception error) => Runtime.Refuse(error);

    /// <summary>A typed handler as a raw one, for <see cref="Run(IReadOnlyDictionary{string, RawHandler})"/>.</summary>
    public static RawHandler Handler<TIn, TOut>(Func<TIn, FunctionContext, Task<TOut>> handler, JsonTypeInfo<TIn> input, JsonTypeInfo<TOut> output)
        => async (@event, context) =>
        {
            var value = JsonSerializer.Deserialize(@event.Span, input);
            return JsonSerializer.SerializeToUtf8Bytes(await handler(value!, context).ConfigureAwait(false), output);
        };
}

/// <summary>What Lambda says of an invocation.</summary>
/// <param name="RequestId">The id that the log's lines carry.</param>
/// <param name="FunctionArn">The ARN by which the function was invoked.</param>
/// <param name="Deadline">When Lambda ends the process if it has not answered.</param>
public sealed record FunctionContext(string RequestId, string FunctionArn, DateTimeOffset Deadline)
{
    /// <summary>Cancelled half a second before the deadline (a tenth of the time, when that is less), so that there is time to answer.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>JSON that the caller sent along as the client context; null without one.</summary>
    public string? ClientContext { get; init; }

    /// <summary>JSON that says which Cognito identity calls, where AWS's mobile SDK does; null else.</summary>
    public string? CognitoIdentity { get; init; }
}
