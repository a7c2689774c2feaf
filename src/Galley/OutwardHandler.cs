using System.Net;
using System.Net.Sockets;

namespace Galley;

/// <summary>
/// Requests to addresses that somebody else named: an integration, an origin, an identity provider, the issuer of a token. No redirect is
/// followed, no cookie kept. AWS's names that are ours lead to our own port, over plain HTTP; `.localhost` leads to this machine. Addresses
/// where clouds keep their machines' credentials are never connected to, whatever name leads there. This machine and its network may be
/// asked: they are where people develop. What is for whoever runs a Galley, its pages and its own paths, is never asked: settings of an app
/// would lead others there, and past what keeps web pages, functions and other machines out.
/// </summary>
internal class OutwardHandler : DelegatingHandler
{
    /// <summary>Link-local, "this network", multicast, and the places of AWS, Alibaba, Azure and Oracle that are none of these; the first also behind NAT64 (RFC 6052).</summary>
    private static readonly IPNetwork[] Forbidden =
    [
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("64:ff9b::a9fe:0/112"), IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("::/128"),
        IPNetwork.Parse("224.0.0.0/4"), IPNetwork.Parse("ff00::/8"), IPNetwork.Parse("fd00:ec2::/32"), IPNetwork.Parse("100.100.100.200/32"), IPNetwork.Parse("168.63.129.16/32"), IPNetwork.Parse("192.0.0.192/32"),
    ];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly Installation _installation;

    public OutwardHandler(Installation installation)
    {
        _installation = installation;
        InnerHandler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            Proxy = new ProxyForOthers(),
            ActivityHeadersPropagator = null,
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5),
            ConnectCallback = Connect,
        };
    }

    /// <exception cref="HttpRequestException">Not sent: the address is one that nobody may ask; or it could not be reached.</exception>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var uri = request.RequestUri!;
        if (Edge.Doors.IsForPeople(request.Headers.Host ?? uri.Host, uri.AbsolutePath)) throw new HttpRequestException($"{uri.Host}{uri.AbsolutePath} is for whoever runs Galley, not for origins, integrations and identity providers.");
        if (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var literal) && !IsAllowed(literal)) throw Refused(uri.Host); // a proxy would not ask us
        if (IsOurs(uri.Host) && uri.Scheme != "http") request.RequestUri = new UriBuilder(uri) { Scheme = "http", Port = -1 }.Uri;
        return base.SendAsync(request, cancellationToken);
    }

    /// <summary>Connects for a request; the addresses are allowed.</summary>
    protected virtual ValueTask<Stream> Open(HttpRequestMessage request, IPAddress[] addresses, int port, CancellationToken cancel) => Open(addresses, port, Patience, cancel);

    /// <exception cref="TimeoutException">Nobody took the connection in time.</exception>
    protected static async ValueTask<Stream> Open(IPAddress[] addresses, int port, TimeSpan patience, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(patience);
        try
        {
            await socket.ConnectAsync(addresses, port, timeout.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is OperationCanceledException && !cancel.IsCancellationRequested) throw new TimeoutException($"Port {port} at {addresses[0]} did not take the connection in time.", e);
            throw;
        }
    }

    protected static bool IsOurs(string host) => LocalNames.LocalHost(host) is not null;

    /// <summary>Judges the address that is really connected to, so that no name can stand for another one between check and use.</summary>
    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var (host, ours) = (context.DnsEndPoint.Host, IsOurs(context.DnsEndPoint.Host));
        IPAddress[] addresses = ours || IsLocal(host)
            ? [IPAddress.Loopback] // not every resolver knows that these names are this machine's (RFC 6761 §6.3)
            : [.. (await Dns.GetHostAddressesAsync(host, cancel)).Where(IsAllowed)];
        if (addresses.Length == 0) throw Refused(host);
        return await Open(context.InitialRequestMessage, addresses, ours ? _installation.Port : context.DnsEndPoint.Port, cancel);
    }

    private static bool IsLocal(string host) => host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);

    private static bool IsAllowed(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return !Array.Exists(Forbidden, network => network.Contains(plain));
    }

    private static HttpRequestException Refused(string host) => new($"{host} has no address that may be asked: those where clouds keep credentials are out of reach.");

    /// <summary>The environment's proxy, for what is not on this machine.</summary>
    private sealed class ProxyForOthers : IWebProxy
    {
        public ICredentials? Credentials
        {
            get => HttpClient.DefaultProxy.Credentials;
            set => throw new NotSupportedException();
        }

        public Uri? GetProxy(Uri destination) => HttpClient.DefaultProxy.GetProxy(destination);

        public bool IsBypassed(Uri host) => host.IsLoopback || IsLocal(host.Host) || IsOurs(host.Host) || HttpClient.DefaultProxy.IsBypassed(host);
    }
}
