using System.Net;
using System.Net.Sockets;

namespace Galley.CloudFront.Serve;

/// <summary>
/// Fetches from origins: buckets through the port, everything else over HTTP, to where <see cref="OutwardHandler"/> lets it.
/// </summary>
internal sealed class Origins(Installation installation, IFetchFromS3 s3) : IDisposable
{
    private static readonly HttpRequestOptionsKey<Origin> OriginOption = new("origin");

    private readonly Lazy<HttpMessageInvoker> _http = new(() => new HttpMessageInvoker(new Handler(installation)));

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
        var ours = LocalNames.LocalHost(origin.Domain) is not null;
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

    /// <summary>As often and as long as the origin's settings say.</summary>
    private sealed class Handler(Installation installation) : OutwardHandler(installation)
    {
        protected override async ValueTask<Stream> Open(HttpRequestMessage request, IPAddress[] addresses, int port, CancellationToken cancel)
        {
            request.Options.TryGetValue(OriginOption, out var origin);
            for (var attempt = 1; ; attempt++)
                try
                {
                    return await Open(addresses, port, origin!.ConnectTimeout, cancel);
                }
                catch (Exception e) when (e is SocketException or TimeoutException && attempt < origin!.Attempts)
                {
                }
        }
    }
}
