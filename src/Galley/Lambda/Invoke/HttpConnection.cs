using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Galley.Lambda.Invoke;

/// <summary>A request on the Runtime API's wire.</summary>
internal sealed record HttpMessage(string Method, string Path, ReadOnlyMemory<byte> Body, bool TooLarge, IReadOnlyDictionary<string, string> Trailers);

/// <summary>
/// HTTP/1.1 as far as runtime clients use it, straight on a socket: a warm invocation is a dozen microseconds dearer through a
/// whole web server (performance §2). Bodies by length or in chunks, Expect, trailers. Who reads sleeps in the read itself: no other
/// thread is woken first, and while a process answers at once again and again none at all.
/// </summary>
/// <param name="sinkFor">Where the chunks of a request go as they come, by its path and headers; null for its body.</param>
internal sealed class HttpConnection(Socket socket, int maxBody, Func<string, Func<string, string?>, Func<ReadOnlyMemory<byte>, ValueTask>?> sinkFor) : IDisposable
{
    private const int MaxHead = 64 << 10, MostAtOnce = 64 << 10;

    /// <summary>What came so soon so many times in a row is looked for so long before the thread sleeps: to wake it takes longer than a small function runs.</summary>
    private const int Quick = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(0.05);
    private static readonly byte[] Accepted = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"status\":\"OK\"}"u8.ToArray();
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();
    private readonly Lock _writing = new();
    private byte[] _buffer = new byte[8 << 10];
    private volatile bool _owes;
    private int _start, _end, _quick;

    /// <summary>The next request; null when the other side hung up between two.</summary>
    public HttpMessage? Read()
    {
        if (ReadHead() is not { } head) return null;
        var ends = head.IndexOf("\r\n", StringComparison.Ordinal);
        if ((ends < 0 ? head : head[..ends]).Split(' ') is not [var method, var path, _]) throw new InvalidDataException("no request line");
        string? Header(string name) => Field(head, name);
        if (Header("Expect") is not null) Write("HTTP/1.1 100 Continue\r\n\r\n"u8);
        if (Header("Transfer-Encoding")?.Contains("chunked", StringComparison.OrdinalIgnoreCase) == true) return ReadChunks(method, path, sinkFor(path, Header));
        var length = Header("Content-Length") is { } text ? long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : 0;
        if (length <= maxBody) return new HttpMessage(method, path, ReadBytes((int)length), false, None);
        Skip(length);
        return new HttpMessage(method, path, default, true, None);
    }

    /// <summary>Whether a request without a body has come behind the last one already.</summary>
    public bool HasNext => _buffer.AsSpan(_start, _end - _start) is var left && left.StartsWith("GET "u8) && left.IndexOf("\r\n\r\n"u8) >= 0;

    public void Send(int status, string body)
    {
        var reason = status switch { 200 => "OK", 202 => "Accepted", 400 => "Bad Request", 403 => "Forbidden", 413 => "Payload Too Large", _ => "Not Found" };
        Send(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
    }

    /// <summary>The answer to every response of a function: it goes with what is sent next, or by <see cref="Pay"/>.</summary>
    public void Owe() => _owes = true; // without the lock: whoever sent the event may still hold it

    public void Pay()
    {
        lock (_writing)
            if (_owes)
                Send([]);
    }

    /// <summary>Hands the process an event; one that is gone is noticed by its exit.</summary>
    public void Send(RuntimeEvent next)
    {
        var isSmall = next.Payload.Length <= MostAtOnce;
        var bytes = ArrayPool<byte>.Shared.Rent(Accepted.Length + next.MostHead + (isSmall ? next.Payload.Length : 0));
        try
        {
            lock (_writing)
            {
                Accepted.CopyTo(bytes, 0);
                var length = _owes ? Accepted.Length : 0;
                _owes = false;
                length += next.WriteHead(bytes.AsSpan(length));
                if (isSmall)
                {
                    next.Payload.Span.CopyTo(bytes.AsSpan(length));
                    Write(bytes.AsSpan(0, length + next.Payload.Length));
                    return;
                }

                var head = bytes[..length];
                _ = Task.Run(() => SendLarge(head, next.Payload)); // the reader may be slow: not on the caller's thread
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // gone
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Send(byte[] bytes)
    {
        try
        {
            lock (_writing)
            {
                if (_owes) bytes = [.. Accepted, .. bytes];
                _owes = false;
                Write(bytes);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // gone
        }
    }

    public void Dispose() => socket.Dispose();

    private async Task SendLarge(byte[] head, ReadOnlyMemory<byte> body)
    {
        try
        {
            await Write(socket, head);
            await Write(socket, body);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // gone
        }

        static async ValueTask Write(Socket socket, ReadOnlyMemory<byte> bytes)
        {
            while (bytes.Length > 0) bytes = bytes[await socket.SendAsync(bytes)..];
        }
    }

    /// <summary>The first header of this name, below the request's own line.</summary>
    private static string? Field(string head, string name)
    {
        for (var at = head.IndexOf("\r\n", StringComparison.Ordinal); at >= 0;)
        {
            var line = head.AsSpan(at + 2);
            var end = line.IndexOf("\r\n");
            if (end >= 0) line = line[..end];
            if (line.Length > name.Length && line[name.Length] == ':' && line.StartsWith(name, StringComparison.OrdinalIgnoreCase)) return line[(name.Length + 1)..].Trim().ToString();
            at = end < 0 ? -1 : at + 2 + end;
        }

        return null;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[socket.Send(bytes)..];
    }

    private string? ReadHead()
    {
        while (true)
        {
            var at = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8);
            if (at >= 0)
            {
                var head = Encoding.Latin1.GetString(_buffer, _start, at);
                _start += at + 4;
                return head;
            }

            if (_end - _start > MaxHead) throw new InvalidDataException("head too large");
            if (!Fill()) return null;
        }
    }

    private HttpMessage ReadChunks(string method, string path, Func<ReadOnlyMemory<byte>, ValueTask>? sink)
    {
        using var body = new MemoryStream();
        var tooLarge = false;
        while (true)
        {
            var line = ReadLine();
            if (!Utf8Parser.TryParse(Encoding.ASCII.GetBytes(line.Split(';')[0].Trim()), out int size, out _, 'x') || size < 0) throw new InvalidDataException("bad chunk");
            if (size == 0) break;
            if (size > 64 << 20) throw new InvalidDataException("chunk too large");
            if (sink is not null) sink(ReadBytes(size)).AsTask().GetAwaiter().GetResult(); // a slow caller slows the function
            else if (tooLarge |= body.Length + size > maxBody) Skip(size);
            else body.Write(ReadBytes(size));
            ReadLine();
        }

        var trailers = new Dictionary<string, string>();
        while (ReadLine() is { Length: > 0 } trailer)
            if (trailer.Split(':', 2) is [var name, var value])
                trailers[name.ToLowerInvariant()] = value.Trim();
        return new HttpMessage(method, path, tooLarge ? default : body.ToArray(), tooLarge, trailers);
    }

    private string ReadLine()
    {
        while (true)
        {
            var at = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
            if (at >= 0)
            {
                var line = Encoding.Latin1.GetString(_buffer, _start, at);
                _start += at + 2;
                return line;
            }

            if (_end - _start > MaxHead || !Fill()) throw new InvalidDataException("truncated");
        }
    }

    private byte[] ReadBytes(int length)
    {
        if (length == 0) return [];
        var bytes = GC.AllocateUninitializedArray<byte>(length);
        var have = Math.Min(length, _end - _start);
        _buffer.AsSpan(_start, have).CopyTo(bytes);
        _start += have;
        while (have < length)
        {
            var read = socket.Receive(bytes.AsSpan(have));
            if (read == 0) throw new InvalidDataException("truncated");
            have += read;
        }

        return bytes;
    }

    /// <summary>Reads on over what is too much to be kept: however large it is, it costs no memory.</summary>
    private void Skip(long length)
    {
        var have = (int)Math.Min(length, _end - _start);
        _start += have;
        if ((length -= have) == 0) return;
        var bytes = ArrayPool<byte>.Shared.Rent(MostAtOnce);
        for (int read; length > 0; length -= read)
            if ((read = socket.Receive(bytes.AsSpan(0, (int)Math.Min(length, bytes.Length)))) == 0)
                throw new InvalidDataException("truncated");
        ArrayPool<byte>.Shared.Return(bytes);
    }

    private bool Fill()
    {
        if (_start == _end) _start = _end = 0;
        else if (_end == _buffer.Length && _start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        else if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);

        var start = TimeProvider.System.GetTimestamp();
        if (_quick >= Quick)
            while (!socket.Poll(0, SelectMode.SelectRead) && TimeProvider.System.GetElapsedTime(start) < Patience)
                Thread.Yield();
        var read = socket.Receive(_buffer.AsSpan(_end));
        _quick = TimeProvider.System.GetElapsedTime(start) < Patience ? _quick + 1 : 0;
        _end += read;
        return read > 0;
    }
}
