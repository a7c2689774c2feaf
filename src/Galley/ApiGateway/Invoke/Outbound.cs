using System.Net;
using System.Net.Sockets;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// Requests to the outside: no redirects followed, no cookies kept, no proxy for loopback. AWS host names that are ours are asked at
/// our own port, with the AWS name in the Host header. Addresses of cloud metadata and Galley's own paths are never asked, whatever name leads there.
/// </summary>
internal sealed class Outbound(Installation installation)
{
    private const string OwnPath = "/_galley/";
    private static readonly IPAddress MetadataV6 = IPAddress.Parse("fd00:ec2::254");
    private readonly HttpMessageInvoker _direct = new(Handler(useProxy: false)), _foreign = new(Handler(useProxy: true));

    public Task<HttpResponseMessage> Send(HttpRequestMessage request, CancellationToken cancel)
    {
        var uri = request.RequestUri!;
        if (uri.AbsolutePath.StartsWith(OwnPath, StringComparison.Ordinal)) throw new HttpRequestException($"Paths under {OwnPath} are not for integrations.");
        if (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var literal) && IsMetadata(literal)) throw Refused();
        if (LocalNames.LocalHost(uri.Host) is not null)
        {
            request.Headers.Host = uri.Host;
            request.RequestUri = new UriBuilder(uri) { Scheme = "http", Host = "127.0.0.1", Port = installation.Port }.Uri;
            return _direct.SendAsync(request, cancel);
        }

        if (!uri.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)) return (uri.IsLoopback ? _direct : _foreign).SendAsync(request, cancel);
        // not every resolver knows that these names are this machine's (RFC 6761 §6.3)
        request.Headers.Host = uri.Authority;
        request.RequestUri = uri.Scheme == "http" ? new UriBuilder(uri) { Host = "127.0.0.1" }.Uri : uri;
        return _direct.SendAsync(request, cancel);
    }

    private static SocketsHttpHandler Handler(bool useProxy) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = useProxy,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectTimeout = TimeSpan.FromSeconds(10),
        ConnectCallback = Connect,
    };

    /// <summary>Judges the address that is really connected to, so that no name can stand for another one between check and use.</summary>
    private static async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancel);
        if (Array.Exists(addresses, IsMetadata)) throw Refused();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>169.254.0.0/16, where every cloud keeps its machines' credentials, and AWS's address of the same in IPv6.</summary>
    private static bool IsMetadata(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetwork ? address.GetAddressBytes() is [169, 254, ..] : address.IsIPv6LinkLocal || address.Equals(MetadataV6);
    }

    private static HttpRequestException Refused() => new("Link-local addresses, where clouds keep credentials, are not for integrations.");
}
