using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Galley.Bench;

/// <summary>A server under measurement, as an ordinary process.</summary>
internal sealed class Server : IDisposable
{
    private readonly Process _process;

    private Server(Process process, int port, double startMilliseconds) => (_process, Port, StartMilliseconds) = (process, port, startMilliseconds);

    public int Port { get; }

    public int Id => _process.Id;

    /// <summary>From the start of the process to its first right answer.</summary>
    public double StartMilliseconds { get; }

    /// <summary>Starts it on a free port, and the one behind that, which some take too. Where somebody else took one meanwhile it ends at once, and is started on others.</summary>
    public static async Task<Server> Start(string program, Func<int, string[]> arguments, string probe, bool silent = false)
    {
        for (var attempts = 1; ; attempts++)
            if (await Start(program, FreePort(), arguments, probe, silent) is { } server) return server;
            else if (attempts == 5) throw new InvalidOperationException($"{program} did not start");
    }

    private static async Task<Server?> Start(string program, int port, Func<int, string[]> arguments, string probe, bool silent)
    {
        var watch = Stopwatch.StartNew();
        var process = Process.Start(new ProcessStartInfo(program, arguments(port)) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => { if (!silent && line.Data is { Length: > 0 } text) Console.Error.WriteLine(text); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        while (!await Answers(port, probe) && !process.HasExited)
            if (watch.Elapsed > TimeSpan.FromSeconds(20))
            {
                process.Kill(entireProcessTree: true);
                throw new InvalidOperationException($"{program} did not start");
            }

        var server = new Server(process, port, watch.Elapsed.TotalMilliseconds);
        if (!process.HasExited) return server; // who answers is the one that was started
        server.Dispose();
        return null;
    }

    /// <summary>As a crash would, at once.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) kill.WaitForExit();
        if (!_process.WaitForExit(5000)) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static async Task<bool> Answers(int port, string probe)
    {
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, port);
            await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes($"GET {probe} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            var buffer = new byte[1024];
            return await socket.ReceiveAsync(buffer) > 0 && buffer.AsSpan().StartsWith("HTTP/1.1 200"u8);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
