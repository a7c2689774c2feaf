using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Galley.Lambda.Invoke;

/// <summary>
/// The HTTP proxy for processes that we cannot teach AWS's names otherwise (`provided.*`, .NET): names of ours go to Galley's port,
/// TLS untouched, others straight out, unless the function is contained. Each process has a password of its own, or a proxy of its own.
/// </summary>
internal sealed class NameProxy(Installation installation) : IDisposable
{
    private const int MaxHead = 16 << 10;
    private readonly ConcurrentDictionary<string, byte> _passwords = new();
    private readonly Lock _gate = new();
    private TcpListener? _listener;

    /// <summary>A process's right to use the proxy.</summary>
    internal sealed class Pass(NameProxy proxy, string password, int port) : IDisposable
    {
        public string Url => $"http://function:{password}@127.0.0.1:{port}";

        public void Dispose() => proxy._passwords.TryRemove(password, out _);
    }

    public Pass Admit()
    {
        lock (_gate)
            if (_listener is null)
            {
                _listener = new TcpListener(IPAddress.Loopback, 0);
                _listener.Start();
                _ = Accept(_listener);
            }

        var password = installation.Ids.Next(32);
        _passwords[password] = 0;
        return new Pass(this, password, ((IPEndPoint)_listener.LocalEndpoint).Port);
    }

    public void Dispose() => _listener?.Dispose();

    private async Task Accept(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptSocketAsync();
                socket.NoDelay = true;
                _ = Serve(new NetworkStream(socket, ownsSocket: true), onlyOurs: false);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // closed
        }
    }

    /// <param name="stream">The client.</param>
    /// <param name="onlyOurs">A contained function's: no name but ours leads anywhere.</param>
    public async Task Serve(NetworkStream stream, bool onlyOurs)
    {
        using var _ = stream;
        try
        {
            while (await ReadHead(stream) is { } head)
            {
                var lines = head.Split("\r\n");
                if (!onlyOurs && !IsAdmitted(lines))
                {
                    await Say(stream, "407 Proxy Authentication Required", "Proxy-Authenticate: Basic realm=\"galley\"\r\n");
                    continue; // clients ask again on the same connection
                }

                if (lines[0].Split(' ') is not [var method, var target, _]) return;
                if (method == "CONNECT") await Tunnel(stream, target, onlyOurs);
                else await Forward(stream, method, target, lines, onlyOurs);
                return;
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or FormatException)
        {
            // either side hung up
        }
    }

    private bool IsAdmitted(string[] lines)
    {
        const string header = "Proxy-Authorization: Basic ";
        var line = lines.FirstOrDefault(line => line.StartsWith(header, StringComparison.OrdinalIgnoreCase));
        return line is not null && Encoding.UTF8.GetString(Convert.FromBase64String(line[header.Length..].Trim())).Split(':', 2) is [_, var password] && _passwords.ContainsKey(password);
    }

    private async Task Tunnel(NetworkStream client, string target, bool onlyOurs)
    {
        if (!Uri.TryCreate("tcp://" + target, UriKind.Absolute, out var uri) || uri.Port <= 0) return;
        using var server = new TcpClient();
        if (!await Connect(server, client, uri.Host, uri.Port, onlyOurs)) return;
        using var known = installation.OfAFunction(server.Client);
        await Say(client, "200 Connection established", "", length: false);
        await Pump(client, server.GetStream());
    }

    /// <summary>A plain HTTP request in absolute form, one to a connection.</summary>
    private async Task Forward(NetworkStream client, string method, string target, string[] lines, bool onlyOurs)
    {
        if (!Uri.TryCreate(target, UriKind.Absolute, out var uri) || uri.Scheme != "http") return;
        using var server = new TcpClient();
        if (!await Connect(server, client, uri.Host, uri.Port, onlyOurs)) return;
        using var known = installation.OfAFunction(server.Client);
        var path = target.IndexOf('/', "http://".Length) is > 0 and var slash ? target[slash..] : "/";
        var kept = lines.Skip(1).Where(line => line.Length > 0 && !line.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase) && !line.StartsWith("Connection:", StringComparison.OrdinalIgnoreCase));
        await server.GetStream().WriteAsync(Encoding.Latin1.GetBytes($"{method} {path} HTTP/1.1\r\n{string.Join("", kept.Select(line => line + "\r\n"))}Connection: close\r\n\r\n"));
        await Pump(client, server.GetStream());
    }

    private async ValueTask<bool> Connect(TcpClient server, NetworkStream client, string host, int port, bool onlyOurs)
    {
        if (onlyOurs && !(IsOurs(host) && (port is 80 or 443 || port == installation.Port)))
        {
            await Say(client, "403 Forbidden", "");
            return false;
        }

        try
        {
            server.NoDelay = true;
            if (IsOurs(host)) await server.ConnectAsync(IPAddress.Loopback, port is 80 or 443 ? installation.Port : port);
            else await server.ConnectAsync(host, port);
            return true;
        }
        catch (SocketException)
        {
            await Say(client, "502 Bad Gateway", "");
            return false;
        }
    }

    private static bool IsOurs(string host)
        => new[] { ".amazonaws.com", ".amazoncognito.com", ".cloudfront.net", ".on.aws", ".localhost" }.Any(suffix => host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));

    public async Task Pump(NetworkStream client, NetworkStream server)
    {
        var up = Copy(client, server);
        await Copy(server, client);
        client.Socket.Shutdown(SocketShutdown.Send);
        await up;

        static async Task Copy(NetworkStream from, NetworkStream to)
        {
            try
            {
                await from.CopyToAsync(to);
                to.Socket.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                // the other direction notices too
            }
        }
    }

    private static async ValueTask Say(NetworkStream stream, string status, string headers, bool length = true)
        => await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{headers}{(length ? "Content-Length: 0\r\n" : "")}\r\n"));

    /// <summary>Byte by byte: what follows the head belongs to the tunnel.</summary>
    private static async ValueTask<string?> ReadHead(NetworkStream stream)
    {
        var head = new List<byte>(512);
        var one = new byte[1];
        while (head.Count < MaxHead && await stream.ReadAsync(one) == 1)
        {
            head.Add(one[0]);
            if (one[0] == '\n' && head.Count >= 4 && head[^2] == '\r' && head[^3] == '\n' && head[^4] == '\r') return Encoding.Latin1.GetString([.. head.Take(head.Count - 4)]);
        }

        return null;
    }
}
