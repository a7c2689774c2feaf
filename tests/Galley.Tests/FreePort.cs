using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Galley.Tests;

/// <summary>
/// Ports for those who must name one before anybody listens on it. They are below the ones that operating systems give out by themselves, so that none of
/// the tests beside gets it in between; who can listen on port 0 does that.
/// </summary>
internal static class FreePort
{
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>One on which nobody listens, never the same twice.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            if (!Given.TryAdd(port, true)) continue;
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // another program's
            }
        }
    }
}
