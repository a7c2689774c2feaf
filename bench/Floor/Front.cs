using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace Galley.Floor;

/// <summary>`floor PORT front COUNT PROGRAM …`: every request becomes the same event of the Runtime API for one of the processes; their answer is the answer.</summary>
internal sealed class Front
{
    private static readonly byte[] Event = Encoding.UTF8.GetBytes($$"""{"version":"2.0","routeKey":"GET /x","rawPath":"/x","rawQueryString":"","headers":{"authorization":"{{new string('x', 900)}}","host":"x"},"requestContext":{"accountId":"000000000000","apiId":"x","http":{"method":"GET","path":"/x","protocol":"HTTP/1.1","sourceIp":"127.0.0.1"},"requestId":"x","stage":"$default"},"isBase64Encoded":false}""");
    private static readonly byte[] Head = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\nLambda-Runtime-Deadline-Ms: 99999999999999\r\nLambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-2:000000000000:function:f\r\nContent-Length: {Event.Length}\r\n\r\n");
    private static readonly byte[] Sent = [.. Head, .. Event], Accepted = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"status\":\"OK\"}"u8.ToArray();
    private readonly Channel<Line> _idle = Channel.CreateUnbounded<Line>();

    private sealed record Line(Socket Socket)
    {
        private readonly byte[] _buffer = new byte[64 << 10];
        private int _from, _to;

        /// <summary>The body of the next request, valid until the one after it. Python and Node ask for their next event in the breath of their answer.</summary>
        public async ValueTask<ReadOnlyMemory<byte>> Read()
        {
            _buffer.AsSpan(_from.._to).CopyTo(_buffer);
            for ((_from, _to) = (0, _to - _from); ;)
            {
                var end = _buffer.AsSpan(0, _to).IndexOf("\r\n\r\n"u8);
                if (end >= 0)
                {
                    var head = Encoding.ASCII.GetString(_buffer, 0, end);
                    var at = head.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
                    var length = at < 0 ? 0 : int.Parse(new string([.. head.Skip(at + 16).TakeWhile(char.IsAsciiDigit)]), CultureInfo.InvariantCulture);
                    _from = end + 4 + length;
                    if (_to >= _from) return _buffer.AsMemory(end + 4, length);
                    _from = 0;
                }

                var read = await Socket.ReceiveAsync(_buffer.AsMemory(_to));
                if (read == 0) throw new IOException("a worker ended");
                _to += read;
            }
        }
    }

    public static async Task<RequestDelegate> Of(int count, string program, string[] arguments)
    {
        var front = new Front();
        for (var i = 0; i < count; i++) await front.Start(program, arguments);
        return front.Serve;
    }

    private async Task Start(string program, string[] arguments)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var start = new ProcessStartInfo(program, arguments);
        start.Environment["AWS_LAMBDA_RUNTIME_API"] = $"127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}";
        Process.Start(start);
        var line = new Line(await listener.AcceptAsync());
        line.Socket.NoDelay = true;
        await line.Read(); // GET next
        _idle.Writer.TryWrite(line);
    }

    private async Task Serve(HttpContext http)
    {
        if (http.Request.Path == "/") return; // the probe
        var line = await _idle.Reader.ReadAsync();
        await line.Socket.SendAsync(Sent);
        var answer = await line.Read();
        try
        {
            http.Response.ContentType = "application/json";
            http.Response.ContentLength = answer.Length;
            await http.Response.Body.WriteAsync(answer);
        }
        finally // the load's end may cut the connection here: the line goes on
        {
            await line.Socket.SendAsync(Accepted);
            await line.Read(); // GET next
            _idle.Writer.TryWrite(line);
        }
    }
}
