using System.Net;
using System.Net.Sockets;

namespace Galley.CloudFront.Serve;

/// <summary>
/// Fetches from origins: buckets through the port, everything else over HTTP. Names that are ours connect to our own port with the
/// name kept; link-local addresses, where clouds keep their metadata, are never connected to.
/// </summary>
internal sealed class Origins(Installation installation, IFetchFromS3 s3) : IDisposable
{
    private static readonly HttpRequestOptionsKey<Origin> OriginOption = new("origin");

    private static readonly IPNetwork[] Forbidden =
        [IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("fd00:ec2::/32"), IPNetwork.Parse("100.100.100.200/32")];

    private readonly Lazy<HttpMessageInvoker> _http = new(() => new HttpMessageInvoker(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        MaxResponseHeadersLength = 64,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5),
        ActivityHeadersPropagator = null,
        ConnectCallback = (context, cancel) => Connect(context, installation.Port, cancel),
    }));

    public void Dispose()
    {
        if (_http.IsValueCreated) _http.Value.Dispose();
    }

    /// <exception cref="OriginUnreachable">With the status that the viewer gets.</exception>
    public async Task<OriginAnswer> Fetch(Origin origin, OriginRequest request, CancellationToken cancel)
    {
        try
        {
            return origin.Bucket is { } bucket ? await FetchObject(origin, bucket, request) : await Send(origin, request, cancel);
        }
        catch (HttpRequestException e)
        {
            throw new OriginUnreachable(e.InnerException is TimeoutException ? 504 : 502, e.Message);
        }
        catch (TimeoutException e)
        {
            throw new OriginUnreachable(504, e.Message);
        }
    }

    private async Task<OriginAnswer> FetchObject(Origin origin, string bucket, OriginRequest request)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in request.Headers) headers[name] = value;
        foreach (var (name, value) in origin.CustomHeaders) headers[name] = value;
        var signs = origin.SigningArn is not null && (origin.SignsOverViewer || !headers.ContainsKey("Authorization"));
        var key = Uri.UnescapeDataString((origin.Path + request.Path)[1..]);
        return OriginAnswer.Of(await s3.Fetch(new ObjectRequest(bucket, key, request.Method, signs ? origin.SigningArn : null, headers) { Identity = origin.Identity, CanonicalUser = origin.CanonicalUser }));
    }

    private async Task<OriginAnswer> Send(Origin origin, OriginRequest request, CancellationToken cancel)
    {
        var ours = IsOurs(origin.Domain);
        var secure = !ours && (origin.Protocol == "https-only" || origin.Protocol == "match-viewer" && request.ViewerIsSecure);
        var port = secure ? origin.HttpsPort : origin.HttpPort;
        var target = $"{(secure ? "https" : "http")}://{origin.Domain}:{port}{origin.Path}{request.Path}{(request.Query.Length > 0 ? "?" + request.Query : "")}";
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        message.Options.Set(OriginOption, origin);
        if (request.Body is not null) message.Content = new StreamContent(request.Body);
        foreach (var (name, value) in request.Headers) Add(message, name, value);
        foreach (var (name, value) in origin.CustomHeaders)
        {
            message.Headers.Remove(name);
            Add(message, name, value);
        }

        using var reading = new CancellationTokenSource(origin.ReadTimeout + origin.ConnectTimeout * origin.Attempts, installation.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(reading.Token, cancel);
        HttpResponseMessage response;
        try
        {
            response = await _http.Value.SendAsync(message, both.Token);
        }
        catch (OperationCanceledException) when (reading.IsCancellationRequested)
        {
            throw new OriginUnreachable(504, "The origin did not answer in time.");
        }

        var headers = new List<KeyValuePair<string, string>>();
        foreach (var (name, values) in response.Headers.NonValidated)
            foreach (var value in values)
                headers.Add(new(name, value));
        foreach (var (name, values) in response.Content.Headers.NonValidated)
            foreach (var value in values)
                headers.Add(new(name, value));
        return new OriginAnswer((int)response.StatusCode, headers, response.Content.Headers.ContentLength, (to, stop) => response.Content.CopyToAsync(to, stop), response);
    }

    private static void Add(HttpRequestMessage message, string name, string value)
    {
        if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content?.Headers.TryAddWithoutValidation(name, value);
    }

    private static bool IsOurs(string host) => LocalNames.LocalHost(host) is not null;

    private static async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, int ownPort, CancellationToken cancel)
    {
        var host = context.DnsEndPoint.Host;
        context.InitialRequestMessage.Options.TryGetValue(OriginOption, out var origin);
        IPAddress[] addresses = IsOurs(host) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            ? [IPAddress.Loopback]
            : [.. (await Dns.GetHostAddressesAsync(host, cancel)).Where(IsAllowed)];
        if (addresses.Length == 0) throw new HttpRequestException($"{host} has no address that an origin may have.");
        var port = IsOurs(host) ? ownPort : context.DnsEndPoint.Port;
        for (var attempt = 1; ; attempt++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            timeout.CancelAfter(origin?.ConnectTimeout ?? TimeSpan.FromSeconds(10));
            try
            {
                await socket.ConnectAsync(addresses, port, timeout.Token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException && !cancel.IsCancellationRequested)
            {
                socket.Dispose();
                if (attempt < (origin?.Attempts ?? 1)) continue;
                throw e is OperationCanceledException ? new TimeoutException($"{host} did not take the connection in time.") : e;
            }
        }
    }

    private static bool IsAllowed(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return !Array.Exists(Forbidden, network => network.Contains(plain)) && !plain.IsIPv6Multicast;
    }
}
