namespace Galley.ApiGateway.Invoke;

/// <summary>
/// Requests to the outside: no redirects followed, no cookies kept, no proxy for loopback. AWS host names that are ours are asked at
/// our own port, with the AWS name in the Host header.
/// </summary>
internal sealed class Outbound(Installation installation)
{
    private readonly HttpMessageInvoker _direct = new(Handler(useProxy: false)), _foreign = new(Handler(useProxy: true));

    public Task<HttpResponseMessage> Send(HttpRequestMessage request, CancellationToken cancel)
    {
        var uri = request.RequestUri!;
        if (LocalNames.LocalHost(uri.Host) is not null)
        {
            request.Headers.Host = uri.Host;
            request.RequestUri = new UriBuilder(uri) { Scheme = "http", Host = "127.0.0.1", Port = installation.Port }.Uri;
            return _direct.SendAsync(request, cancel);
        }

        var own = uri.IsLoopback || uri.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
        return (own ? _direct : _foreign).SendAsync(request, cancel);
    }

    private static SocketsHttpHandler Handler(bool useProxy) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = useProxy,
        AutomaticDecompression = System.Net.DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectTimeout = TimeSpan.FromSeconds(10),
    };
}
