using System.Net;
using System.Net.Sockets;

namespace Galley.Lambda.Invoke;

/// <summary>
/// What a contained function reaches by its own loopback: Galley's port, at its own number, and the proxy that knows AWS's names. Both
/// lead to Galley alone; Galley knows such connections, and its own pages are not for them.
/// </summary>
internal sealed class FunctionNetwork : IDisposable
{
    private readonly Installation _installation;
    private readonly NameProxy _proxy;
    private readonly Socket _endpoint, _names;

    public FunctionNetwork(Installation installation, NameProxy proxy, Socket endpoint, Socket names)
    {
        (_installation, _proxy, _endpoint, _names) = (installation, proxy, endpoint, names);
        _ = Accept(endpoint, Relay);
        _ = Accept(names, socket => proxy.Serve(new NetworkStream(socket, ownsSocket: true), onlyOurs: true));
    }

    /// <summary>The ports of the Runtime API, the endpoint and the proxy. The endpoint's is Galley's own, the first is AWS's.</summary>
    public static int[] Ports(int galley) => galley is 9001 or 9003 ? [9002, galley, 9004] : [9001, galley, 9003];

    public void Dispose()
    {
        _endpoint.Dispose();
        _names.Dispose();
    }

    private async Task Relay(Socket client)
    {
        using var galley = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await galley.ConnectAsync(IPAddress.Loopback, _installation.Port);
        using var known = _installation.OfAFunction(galley);
        using var from = new NetworkStream(client, ownsSocket: true);
        using var to = new NetworkStream(galley);
        await _proxy.Pump(from, to);
    }

    private static async Task Accept(Socket listener, Func<Socket, Task> serve)
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync();
                socket.NoDelay = true;
                _ = Serve(socket);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // closed
        }

        async Task Serve(Socket socket)
        {
            try
            {
                await serve(socket);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                socket.Dispose(); // either side hung up
            }
        }
    }
}
