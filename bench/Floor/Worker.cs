using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Galley.Floor;

/// <summary>`floor 0 worker`: the least that a function can do, on the Runtime API: every event is its own answer.</summary>
internal static class Worker
{
    public static void Run()
    {
        var address = Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API")!.Split(':');
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Parse(address[0]), int.Parse(address[1], CultureInfo.InvariantCulture));
        var buffer = new byte[8 << 20];
        while (true)
        {
            socket.Send("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"u8);
            var (head, body) = Read(socket, buffer);
            var id = Value(head, "Lambda-Runtime-Aws-Request-Id: ");
            socket.Send([.. Encoding.ASCII.GetBytes($"POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: x\r\nContent-Length: {body.Length}\r\n\r\n"), .. body.Span]);
            Read(socket, buffer);
        }
    }

    private static (string Head, ReadOnlyMemory<byte> Body) Read(Socket socket, byte[] buffer)
    {
        for (var have = 0; ;)
        {
            var read = socket.Receive(buffer.AsSpan(have));
            if (read == 0) Environment.Exit(0);
            have += read;
            var end = buffer.AsSpan(0, have).IndexOf("\r\n\r\n"u8);
            if (end < 0) continue;
            var head = Encoding.ASCII.GetString(buffer, 0, end);
            var length = int.Parse(Value(head, "Content-Length: "), CultureInfo.InvariantCulture);
            if (have >= end + 4 + length) return (head, buffer.AsMemory(end + 4, length));
        }
    }

    private static string Value(string head, string name)
    {
        var at = head.IndexOf(name, StringComparison.OrdinalIgnoreCase) + name.Length;
        var end = head.IndexOf('\r', at);
        return end < 0 ? head[at..] : head[at..end];
    }
}
