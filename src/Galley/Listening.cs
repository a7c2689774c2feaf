using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Galley;

/// <summary>
/// Where Galley listens: always on this machine's own 127.0.0.1 and ::1, and with `--listen` also where other machines reach it (decision 0032).
/// From there TLS is demanded, the account's root and Galley's own pages are not to be had, and what would let everybody in is refused at the start.
/// </summary>
internal sealed class Listening
{
    /// <summary>Whether this machine has ::1.</summary>
    private static readonly Lazy<bool> HasOwnIPv6 = new(() =>
    {
        if (!Socket.OSSupportsIPv6) return false;
        try
        {
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    });

    private readonly GalleyOptions _options;

    /// <exception cref="GalleyStartException">Options that would give the installation to whoever reaches the address.</exception>
    public Listening(GalleyOptions options)
    {
        _options = options;
        if (!IsElsewhere(options.Listen))
        {
            if (options.InsecureLan) throw new GalleyStartException("--insecure-lan is for an address that --listen names.");
            if (options.HostNames.Count > 0) throw new GalleyStartException("--host is for an address that --listen names.");
            return;
        }

        if (options.DemoCredentials) throw new GalleyStartException($"--demo-credentials and --listen {options.Listen} exclude each other: everybody knows those credentials.");
        if (options.AnyCredentials) throw new GalleyStartException($"--credentials any and --listen {options.Listen} exclude each other: whoever reaches that address would be the account's root.");
        if (options.IamAudit) throw new GalleyStartException($"--iam audit and --listen {options.Listen} exclude each other: whoever has any key, a guest of an identity pool too, could do everything.");
        foreach (var name in options.HostNames)
            if (Uri.CheckHostName(name) != UriHostNameType.Dns || Edge.HostNames.Read(name) is not null)
                throw new GalleyStartException($"--host takes a name by which other machines call this one, not {name}.");
        Addresses = options.Listen!.Equals(IPAddress.Any) || options.Listen.Equals(IPAddress.IPv6Any) ? OwnAddresses(options.Listen.AddressFamily) : [options.Listen];
        Hosts = Addresses.Select(address => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString()).Concat(options.HostNames).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The addresses by which other machines reach us; none without `--listen`.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; } = [];

    /// <summary>The names of `--host`.</summary>
    public IReadOnlyCollection<string> Names => _options.HostNames;

    /// <summary>What other machines may call us, beside the names that everybody may: those addresses and the names of `--host`.</summary>
    public IReadOnlySet<string> Hosts { get; } = new HashSet<string>();

    /// <summary>Whether a connection to this address of ours may have come from another machine. Null, of what came by no connection, is this one.</summary>
    public static bool IsElsewhere(IPAddress? own) => own is not null && !IPAddress.IsLoopback(own.IsIPv4MappedToIPv6 ? own.MapToIPv4() : own);

    /// <summary>Whether plain HTTP is taken on a connection to this address of ours.</summary>
    public bool TakesPlain(EndPoint? own) => _options.InsecureLan || !IsElsewhere((own as IPEndPoint)?.Address);

    /// <summary>A browser sent this on behalf of a page that is not ours (security §4).</summary>
    public static bool IsFromAWebPage(HttpContext http)
        => http.Request.Headers.Origin.Count > 0 || http.Request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "none" or "same-origin");

    /// <summary>Why the account's root is not taken for the sender of this request, whatever its signature; null where it is.</summary>
    public string? WithoutRoot(HttpContext http)
        => IsElsewhere(http.Connection.LocalIpAddress) ? "the account's root keys are taken on this machine's own addresses only, not by the one of --listen"
            : _options.DemoCredentials && IsFromAWebPage(http) ? "everybody knows the keys of --demo-credentials, so they are not taken from a web page"
            : null;

    public void On(KestrelServerOptions kestrel, Action<ListenOptions> connections)
    {
        var (port, further) = (_options.Port, _options.Listen);
        if (IPAddress.IPv6Any.Equals(further)) kestrel.Listen(IPAddress.IPv6Any, port, connections); // IPv4 too
        else if (IPAddress.Any.Equals(further))
        {
            kestrel.Listen(IPAddress.Any, port, connections);
            if (HasOwnIPv6.Value) kestrel.Listen(IPAddress.IPv6Loopback, port, connections);
        }
        else
        {
            if (port != 0) kestrel.ListenLocalhost(port, connections); // 127.0.0.1 and ::1
            else
            {
                kestrel.Listen(IPAddress.Loopback, 0, connections);
                if (HasOwnIPv6.Value) kestrel.Listen(IPAddress.IPv6Loopback, 0, connections);
            }

            if (further is not null && !further.Equals(IPAddress.Loopback) && !further.Equals(IPAddress.IPv6Loopback)) kestrel.Listen(further, port, connections);
        }
    }

    /// <summary>A free port is the same on every address. On ::1 it is taken at once: browsers try that first for a name below localhost, and would find whoever has it.</summary>
    public static Func<EndPoint, Socket> OnOnePort()
    {
        const int most = 100;
        var taken = 0;
        Socket? ahead = null;
        return endpoint =>
        {
            if (endpoint is not IPEndPoint { Port: 0 } free) return SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            if (ahead is not null && free.Address.Equals(IPAddress.IPv6Loopback)) return ahead;
            for (var tries = 1; ; tries++)
            {
                var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(new IPEndPoint(free.Address, taken));
                if (taken > 0) return socket;
                var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
                try
                {
                    if (free.AddressFamily == AddressFamily.InterNetwork && HasOwnIPv6.Value) ahead = SocketTransportOptions.CreateDefaultBoundListenSocket(new IPEndPoint(IPAddress.IPv6Loopback, port));
                    taken = port;
                    return socket;
                }
                catch (SocketException) when (tries < most)
                {
                    socket.Dispose(); // somebody has it there
                }
            }
        };
    }

    private static List<IPAddress> OwnAddresses(AddressFamily family)
        => [.. NetworkInterface.GetAllNetworkInterfaces().Where(network => network.OperationalStatus == OperationalStatus.Up).SelectMany(network => network.GetIPProperties().UnicastAddresses).Select(found => found.Address)
            .Where(address => IsElsewhere(address) && !address.IsIPv6LinkLocal && (family == AddressFamily.InterNetworkV6 || address.AddressFamily == family))];
}
