using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Galley.Bench;

/// <summary>One request, as bytes, sent again and again over kept connections; the answer must have the status expected.</summary>
internal sealed record Shot(string Name, int Port, byte[] Request, int Status = 200);

/// <param name="PerSecond">Answers a second.</param>
/// <param name="P50">Median latency, milliseconds.</param>
/// <param name="P99">99th percentile, milliseconds.</param>
/// <param name="CpuMicroseconds">Server CPU a request, user and system.</param>
internal sealed record Round(double PerSecond, double P50, double P99, double CpuMicroseconds);

internal static class Load
{
    public static async Task<Round> Run(Shot shot, int connections, TimeSpan duration, int serverProcess)
    {
        var latencies = new List<double>[connections];
        using var end = new CancellationTokenSource();
        var cpu = Proc.CpuSeconds(serverProcess);
        var watch = Stopwatch.StartNew();
        var all = Enumerable.Range(0, connections).Select(i => Connection(shot, latencies[i] = [], end.Token)).ToArray();
        end.CancelAfter(duration);
        await Task.WhenAll(all);
        var elapsed = watch.Elapsed.TotalSeconds;
        cpu = Proc.CpuSeconds(serverProcess) - cpu;
        var sorted = latencies.SelectMany(list => list).Order().ToList();
        return new Round(sorted.Count / elapsed, sorted[sorted.Count / 2], sorted[(int)(sorted.Count * 0.99)], cpu / sorted.Count * 1e6);
    }

    private static async Task Connection(Shot shot, List<double> latencies, CancellationToken end)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", shot.Port, CancellationToken.None);
        var buffer = new byte[256 << 10];
        while (!end.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            await socket.SendAsync(shot.Request);
            await Answer(socket, buffer, shot);
            latencies.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }

    private static async ValueTask Answer(Socket socket, byte[] buffer, Shot shot)
    {
        var have = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(have));
            if (read == 0) throw new InvalidOperationException($"{shot.Name}: the server closed the connection");
            have += read;
            if (Whole(buffer.AsSpan(0, have), shot)) return;
        }
    }

    private static bool Whole(ReadOnlySpan<byte> got, Shot shot)
    {
        var head = got.IndexOf("\r\n\r\n"u8);
        if (head < 0) return false;
        var text = Encoding.ASCII.GetString(got[..head]);
        var status = int.Parse(text.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture);
        if (status != shot.Status) throw new InvalidOperationException($"{shot.Name}: {text}\n{Encoding.UTF8.GetString(got[(head + 4)..])}");
        var at = text.IndexOf("content-length:", StringComparison.OrdinalIgnoreCase);
        if (at < 0) return got.EndsWith("0\r\n\r\n"u8); // chunked
        var line = text.AsSpan(at + 15);
        var stop = line.IndexOf('\r');
        return got.Length >= head + 4 + int.Parse((stop < 0 ? line : line[..stop]).Trim(), System.Globalization.CultureInfo.InvariantCulture);
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
        return (double.Parse(fields[11], System.Globalization.CultureInfo.InvariantCulture) + double.Parse(fields[12], System.Globalization.CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>Proportional set size, MiB.</summary>
    public static double Memory(int process)
        => File.ReadLines($"/proc/{process}/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var kib, ..]
            ? double.Parse(kib, System.Globalization.CultureInfo.InvariantCulture) / 1024 : 0;
}
