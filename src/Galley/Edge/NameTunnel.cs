using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace Galley.Edge;

/// <summary>
/// The CONNECT proxy on the port of everything else (decision 0017): a client that goes through it reaches Galley by AWS's own names and by
/// claimed ones. A tunnel ends in this very server, never in another socket, so it is a way to nobody else; what is not ours is refused.
/// </summary>
/// <param name="owner">Whose a name is.</param>
/// <param name="port">Our own port.</param>
/// <param name="patience">How long a client may take for its request.</param>
/// <param name="time">Clock of the patience.</param>
/// <param name="refused">Told of a refused target.</param>
internal sealed class NameTunnel(Func<string, ValueTask<Names.Owner?>> owner, Func<int> port, TimeSpan patience, TimeProvider time, Action<string, int> refused)
{
    private const int LongestHead = 8 << 10;

    public ConnectionDelegate Middleware(ConnectionDelegate next) => async connection =>
    {
        using var limit = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, connection.ConnectionClosed);
        try
        {
            if (await Target(connection.Transport.Input, either.Token) is { } target && !await Answer(connection.Transport, target, either.Token)) return;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return; // it never said what it wanted, or hung up
        }

        await next(connection);
    };

    /// <summary>What CONNECT asks for, its head taken off the input; null for a connection that begins otherwise, with nothing taken.</summary>
    private static async ValueTask<string?> Target(PipeReader input, CancellationToken cancel)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancel);
            var buffer = read.Buffer;
            if (!IsConnect(buffer))
            {
                input.AdvanceTo(buffer.Start); // nothing consumed, nothing examined: the next reader sees it all
                return null;
            }

            var head = Encoding.Latin1.GetString(buffer.Slice(0, Math.Min(buffer.Length, LongestHead)));
            var end = head.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                input.AdvanceTo(buffer.GetPosition(end + 4));
                return head[..head.IndexOf("\r\n", StringComparison.Ordinal)].Split(' ') is ["CONNECT", var target, "HTTP/1.1" or "HTTP/1.0"] ? target : "";
            }

            if (read.IsCompleted || buffer.Length >= LongestHead) throw new IOException("a CONNECT without end");
            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>Whether the bytes are, or may become, `CONNECT `.</summary>
    private static bool IsConnect(ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsEmpty || bytes.FirstSpan.Length > 0 && bytes.FirstSpan[0] != (byte)'C') return false;
        Span<byte> start = stackalloc byte[8];
        var length = (int)Math.Min(bytes.Length, start.Length);
        bytes.Slice(0, length).CopyTo(start);
        return "CONNECT "u8.StartsWith(start[..length]);
    }

    private async ValueTask<bool> Answer(IDuplexPipe client, string target, CancellationToken cancel)
    {
        var ours = await IsOurs(target);
        const string why = "Galley's proxy leads to AWS names that Galley answers and to custom domains of its own services, and to nothing else.\n";
        var answer = ours ? "HTTP/1.1 200 Connection established\r\n\r\n" : $"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: {why.Length}\r\nConnection: close\r\n\r\n{why}";
        if (!ours) refused($"CONNECT to {target}, which Galley does not answer", 403);
        await client.Output.WriteAsync(Encoding.ASCII.GetBytes(answer), cancel);
        return ours;
    }

    /// <summary>AWS's ports by AWS's names; this machine's names only for our own port, for another is another program's.</summary>
    private async ValueTask<bool> IsOurs(string target)
    {
        var colon = target.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(target.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture, out var asked)) return false;
        var host = target[..colon];
        var local = host.EndsWith("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host.Trim('[', ']'), out _);
        return (asked == port() || !local && asked is 80 or 443) && await owner(host) is not null;
    }
}
