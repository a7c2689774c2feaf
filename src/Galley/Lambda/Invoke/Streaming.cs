using System.Text;
using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.Lambda.Invoke;

/// <summary>InvokeWithResponseStream: the answer as events while the function still writes it. AWS: Lambda API.</summary>
internal sealed class Streaming(Invocation invocation)
{
    private const int LargestChunk = 128 << 10;

    public async ValueTask<Reply> InvokeWithResponseStream(FunctionRequest request, ApiRequest api, Call call)
    {
        var type = api.Header("X-Amz-Invocation-Type") ?? "RequestResponse";
        if (type is not ("RequestResponse" or "DryRun")) throw Errors.Constraint(type, "invocationType", "Member must satisfy enum value set: [RequestResponse, DryRun]");
        var started = await invocation.Stream(request, api, call);
        if (type == "DryRun" || started is null) return new Reply(204);
        var reply = new Reply
        {
            Stream = async (body, cancel) =>
            {
                try
                {
                    await foreach (var chunk in started.Stream.Read(cancel))
                        for (var at = 0; at < chunk.Length; at += LargestChunk)
                        {
                            await body.WriteAsync(EventStream.Message("PayloadChunk", "application/octet-stream", chunk.Span[at..Math.Min(chunk.Length, at + LargestChunk)]), cancel);
                            await body.FlushAsync(cancel);
                        }

                    await body.WriteAsync(EventStream.Message("InvokeComplete", "application/json", Complete(await started.Outcome)), cancel);
                }
                finally
                {
                    started.Stream.Abandon();
                }
            },
        };
        return reply.With("Content-Type", "application/vnd.amazon.eventstream").With("X-Amz-Executed-Version", started.Version);
    }

    private static byte[] Complete(Worker.Outcome outcome)
    {
        var complete = new JsonObject();
        if (outcome.FunctionError is { } error)
        {
            complete["ErrorCode"] = error;
            complete["ErrorDetails"] = Encoding.UTF8.GetString(outcome.Payload.Span);
        }

        if (outcome.Tail is { } tail) complete["LogResult"] = tail;
        return Encoding.UTF8.GetBytes(complete.ToJsonString());
    }
}

/// <summary>An invocation whose answer is read as it comes.</summary>
/// <param name="Outcome">How it ends; the stream is complete then.</param>
/// <param name="Version">The version that runs.</param>
internal sealed record Started(ResponseStream Stream, Task<Worker.Outcome> Outcome, string Version);
