using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Galley.Tests.Edge;

/// <summary>Bytes to a server and all that it answers before it closes; what no HTTP client would send.</summary>
internal static class RawHttp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Sends, then shuts nothing: the server must close by itself, or answer <paramref name="answers"/> times.</summary>
    public static async Task<string> Send(int port, string bytes, int answers = int.MaxValue)
    {
        using var socket = await Connect(port);
        try
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(bytes));
        }
        catch (SocketException)
        {
            // closed while we sent: what it said is still to be read
        }

        return await Read(socket, answers);
    }

    public static async Task<Socket> Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }

    public static async Task<string> Read(Socket socket, int answers = int.MaxValue)
    {
        using var patience = new CancellationTokenSource(Patience);
        var text = new StringBuilder();
        var buffer = new byte[16 << 10];
        try
        {
            while (Answers(text.ToString()) < answers && await socket.ReceiveAsync(buffer, patience.Token) is > 0 and var count) text.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
        catch (SocketException)
        {
            // reset: closed too
        }

        return text.ToString();
    }

    public static int Answers(string text) => text.Split("HTTP/1.1 ").Length - 1;

    public static int Status(string answer) => answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(answer.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture) : 0;
}
