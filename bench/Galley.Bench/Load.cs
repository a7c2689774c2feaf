using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Galley.Bench;

/// <summary>Requests, as bytes, sent in turn over kept connections; every answer must have the status expected.</summary>
internal sealed record Shot(string Name, int Port, IReadOnlyList<byte[]> Requests, int Status = 200)
{
    /// <summary>Which floor it stands beside.</summary>
    public string Floor { get; init; } = "json";

    public Shot(string name, int port, byte[] request, int status = 200) : this(name, port, [request], status)
    {
    }
}

/// <param name="PerSecond">Answers a second.</param>
/// <param name="P50">Median latency, milliseconds.</param>
/// <param name="P99">99th percentile, milliseconds.</param>
/// <param name="CpuMicroseconds">Server CPU a request, user and system.</param>
internal sealed record Round(double PerSecond, double P50, double P99, double CpuMicroseconds);

/// <summary>
/// The load generator: one thread, epoll(7), about 6 µs a request however many connections, so that the server under measurement has the
/// machine. (With poll(2), which looks at each of 64 sockets every time, the fastest servers waited for it.)
/// </summary>
internal static partial class Load
{
    private const uint Readable = 1;
    private const int Add = 1;

    /// <summary>How many 32-bit words struct epoll_event has; the last but one is the lower half of what we give it (on x64 alone it is packed).</summary>
    private static readonly int Words = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 3 : 4;

    public static Task<Round> Run(Shot shot, int connections, TimeSpan duration, int serverProcess)
        => Task.Factory.StartNew(() => Measure(shot, connections, duration, serverProcess), TaskCreationOptions.LongRunning);

    private static Round Measure(Shot shot, int connections, TimeSpan duration, int serverProcess)
    {
        var all = Enumerable.Range(0, connections).Select(_ => new Connection(shot)).ToArray();
        var epoll = EpollCreate(0);
        var changes = new uint[connections * Words];
        for (var i = 0; i < connections; i++) Expect(i);
        var latencies = new List<long>(1 << 16);
        var next = Random.Shared.Next(shot.Requests.Count);
        var cpu = Proc.CpuSeconds(serverProcess);
        var (start, end) = (Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency));
        foreach (var connection in all) connection.Send(shot.Requests[next = (next + 1) % shot.Requests.Count]);
        for (var open = connections; open > 0;)
        {
            var count = EpollWait(epoll, ref changes[0], connections, 10_000);
            if (count <= 0) throw new InvalidOperationException($"{shot.Name}: no answer in 10 s");
            for (var change = 0; change < count; change++)
            {
                var i = (int)changes[(change * Words) + Words - 2];
                if (!all[i].Receive(out var latency)) continue;
                latencies.Add(latency);
                if (all[i].IsNew) Expect(i);
                if (Stopwatch.GetTimestamp() < end) all[i].Send(shot.Requests[next = (next + 1) % shot.Requests.Count]);
                else open--;
            }
        }

        var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        cpu = Proc.CpuSeconds(serverProcess) - cpu;
        foreach (var connection in all) connection.Dispose();
        _ = Close(epoll);
        latencies.Sort();
        return new Round(latencies.Count / elapsed, Milliseconds(0.5), Milliseconds(0.99), cpu / latencies.Count * 1e6);

        void Expect(int i)
        {
            Span<uint> wanted = stackalloc uint[4];
            wanted[0] = Readable;
            wanted[Words - 2] = (uint)i;
            if (EpollControl(epoll, Add, (int)all[i].Handle, ref wanted[0]) != 0) throw new InvalidOperationException($"epoll_ctl: error {Marshal.GetLastPInvokeError()}");
            all[i].IsNew = false;
        }

        double Milliseconds(double share) => latencies[(int)(latencies.Count * share)] * 1000.0 / Stopwatch.Frequency;
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(int epoll, int operation, int file, ref uint wanted);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(int epoll, ref uint changes, int most, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);

    private sealed class Connection : IDisposable
    {
        private readonly Shot _shot;
        private Socket _socket;
        private byte[] _buffer = new byte[8 << 10];
        private int _have;
        private long _sent;

        public Connection(Shot shot)
        {
            _shot = shot;
            _socket = Open();
        }

        public nint Handle => _socket.Handle;

        /// <summary>Its socket is not the one it had before.</summary>
        public bool IsNew { get; set; }

        public void Dispose() => _socket.Dispose();

        public void Send(byte[] request)
        {
            _sent = Stopwatch.GetTimestamp();
            _socket.Send(request);
        }

        /// <summary>Takes what has come; true when the answer is whole.</summary>
        public bool Receive(out long latency)
        {
            if (_have == _buffer.Length) Array.Resize(ref _buffer, _have * 4);
            var read = _socket.Receive(_buffer.AsSpan(_have));
            if (read == 0) throw new InvalidOperationException($"{_shot.Name}: the server closed the connection");
            _have += read;
            latency = 0;
            if (!Whole(_buffer.AsSpan(0, _have))) return false;
            if (_buffer.AsSpan(0, _have).IndexOf("\r\nConnection: close\r\n"u8) >= 0)
            {
                _socket.Dispose();
                _socket = Open();
                IsNew = true;
            }

            _have = 0;
            latency = Stopwatch.GetTimestamp() - _sent;
            return true;
        }

        private Socket Open()
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Connect(IPAddress.Loopback, _shot.Port);
            return socket;
        }

        private bool Whole(ReadOnlySpan<byte> got)
        {
            var head = got.IndexOf("\r\n\r\n"u8);
            if (head < 0) return false;
            if (int.Parse(got.Slice(9, 3), CultureInfo.InvariantCulture) != _shot.Status) throw new InvalidOperationException($"{_shot.Name}: {Encoding.UTF8.GetString(got)}");
            var at = got[..head].IndexOf("\r\nContent-Length: "u8);
            if (at < 0) at = got[..head].IndexOf("\r\ncontent-length: "u8);
            if (at < 0) return got.EndsWith("0\r\n\r\n"u8); // chunked
            var length = got[(at + 18)..head];
            var stop = length.IndexOf((byte)'\r');
            return got.Length >= head + 4 + int.Parse(stop < 0 ? length : length[..stop], CultureInfo.InvariantCulture);
        }
    }
}

/// <summary>What Linux tells of a process.</summary>
internal static class Proc
{
    private const double TicksPerSecond = 100;

    public static double CpuSeconds(int process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>Proportional set size, MiB.</summary>
    public static double Memory(int process)
        => File.ReadLines($"/proc/{process}/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var kib, ..]
            ? double.Parse(kib, CultureInfo.InvariantCulture) / 1024 : 0;
}
