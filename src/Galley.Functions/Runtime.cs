using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Galley.Functions;

/// <summary>The client's side of the Lambda Runtime API (2018-06-01), on one kept-alive socket: a web client would double the cold start.</summary>
internal sealed class Runtime
{
    private const string Prefix = "/2018-06-01/runtime/";
    private readonly string _address;
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _buffer = new byte[16 << 10];
    private int _end;

    private Runtime(string address) => _address = address;

    public static async Task Serve(RawHandler? handler, string missing)
    {
        if (handler is null) await Refuse("Runtime.HandlerNotFound", missing).ConfigureAwait(false);
        var api = await Connect().ConfigureAwait(false);
        while (true) await api.ServeOne(handler!).ConfigureAwait(false);
    }

    public static async Task Serve(StreamingHandler handler)
    {
        var api = await Connect().ConfigureAwait(false);
        while (true) await api.StreamOne(handler).ConfigureAwait(false);
    }

    public static Task Refuse(string type, string message) => Refuse(Failure.Write(type, message));

    public static Task Refuse(Exception error) => Refuse(Failure.Write(error));

    private static async Task Refuse(byte[] failure)
    {
        var api = await Connect().ConfigureAwait(false);
        await api.Post("init/error", failure).ConfigureAwait(false);
        Environment.Exit(1);
    }

    private static async Task<Runtime> Connect()
    {
        var address = Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API")
                      ?? throw new InvalidOperationException("This program is a Lambda function: it runs inside Lambda, which sets AWS_LAMBDA_RUNTIME_API.");
        var api = new Runtime(address);
        var colon = address.LastIndexOf(':');
        await api._socket.ConnectAsync(colon < 0 ? address : address[..colon], colon < 0 ? 80 : int.Parse(address[(colon + 1)..], CultureInfo.InvariantCulture)).ConfigureAwait(false);
        return api;
    }

    private async Task<(FunctionContext Context, byte[] Event, CancellationTokenSource Near)> Next()
    {
        var (headers, @event) = await Call("GET", "invocation/next", default).ConfigureAwait(false);
        Environment.SetEnvironmentVariable("_X_AMZN_TRACE_ID", headers.GetValueOrDefault("lambda-runtime-trace-id"));
        FunctionLog.RequestId = headers["lambda-runtime-aws-request-id"];
        var deadline = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(headers.GetValueOrDefault("lambda-runtime-deadline-ms", "0"), CultureInfo.InvariantCulture));
        var left = Math.Max(0, (deadline - DateTimeOffset.UtcNow).TotalMilliseconds);
        var near = new CancellationTokenSource(TimeSpan.FromMilliseconds(left - Math.Min(500, left / 10)));
        return (new FunctionContext(headers["lambda-runtime-aws-request-id"], headers.GetValueOrDefault("lambda-runtime-invoked-function-arn", ""), deadline)
        {
            Cancellation = near.Token,
            ClientContext = headers.GetValueOrDefault("lambda-runtime-client-context"),
            CognitoIdentity = headers.GetValueOrDefault("lambda-runtime-cognito-identity"),
        }, @event, near);
    }

    private async Task ServeOne(RawHandler handler)
    {
        var (context, @event, near) = await Next().ConfigureAwait(false);
        using var _ = near;
        ReadOnlyMemory<byte> answer;
        try
        {
            answer = await handler(@event, context).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // whatever the handler throws is the invocation's error
        catch (Exception e)
#pragma warning restore CA1031
        {
            FunctionLog.Error(e);
            await Post($"invocation/{context.RequestId}/error", Failure.Write(e)).ConfigureAwait(false);
            return;
        }

        FunctionLog.Ended?.Invoke();
        await Post($"invocation/{context.RequestId}/response", answer).ConfigureAwait(false);
    }

    private async Task StreamOne(StreamingHandler handler)
    {
        var (context, @event, near) = await Next().ConfigureAwait(false);
        using var _ = near;
        var output = new ResponseWriter(Send, type => Encoding.ASCII.GetBytes(
            $"POST {Prefix}invocation/{context.RequestId}/response HTTP/1.1\r\nHost: {_address}\r\nContent-Type: {type}\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n"));
        await using var __ = output.ConfigureAwait(false);
        try
        {
            await handler(@event, output, context).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // whatever the handler throws is the invocation's error
        catch (Exception e)
#pragma warning restore CA1031
        {
            FunctionLog.Error(e);
            var failure = Failure.Write(e);
            if (!output.HasBegun) await Post($"invocation/{context.RequestId}/error", failure).ConfigureAwait(false);
            else
            {
                await output.End(e.GetType().Name, failure).ConfigureAwait(false);
                await Answer().ConfigureAwait(false);
            }

            return;
        }

        await output.End(null, null).ConfigureAwait(false);
        await Answer().ConfigureAwait(false);
    }

    private async Task Post(string path, ReadOnlyMemory<byte> body) => await Call("POST", path, body).ConfigureAwait(false);

    private async Task<(Dictionary<string, string> Headers, byte[] Body)> Call(string method, string path, ReadOnlyMemory<byte> body)
    {
        var head = Encoding.ASCII.GetBytes($"{method} {Prefix}{path} HTTP/1.1\r\nHost: {_address}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n");
        var request = new byte[head.Length + body.Length];
        head.CopyTo(request, 0);
        body.CopyTo(request.AsMemory(head.Length));
        await Send(request).ConfigureAwait(false);
        return await Answer().ConfigureAwait(false);
    }

    private async Task Send(ReadOnlyMemory<byte> bytes)
    {
        for (var rest = bytes; rest.Length > 0;) rest = rest[await _socket.SendAsync(rest).ConfigureAwait(false)..];
    }

    private async Task<(Dictionary<string, string> Headers, byte[] Body)> Answer()
    {
        int headEnd;
        while ((headEnd = _buffer.AsSpan(0, _end).IndexOf("\r\n\r\n"u8)) < 0) await Fill().ConfigureAwait(false);
        var headers = new Dictionary<string, string>();
        foreach (var line in Encoding.Latin1.GetString(_buffer, 0, headEnd).Split("\r\n").Skip(1))
            if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
                headers[line[..colon].ToLowerInvariant()] = line[(colon + 1)..].Trim();
        var length = int.Parse(headers.GetValueOrDefault("content-length", "0"), CultureInfo.InvariantCulture);
        var start = headEnd + 4;
        while (_end < start + length) await Fill().ConfigureAwait(false);
        var content = _buffer.AsSpan(start, length).ToArray();
        _buffer.AsSpan(start + length, _end - start - length).CopyTo(_buffer);
        _end -= start + length;
        return (headers, content);
    }

    private async Task Fill()
    {
        if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = await _socket.ReceiveAsync(_buffer.AsMemory(_end)).ConfigureAwait(false);
        if (read == 0) Environment.Exit(0); // Lambda is done with this process
        _end += read;
    }
}
