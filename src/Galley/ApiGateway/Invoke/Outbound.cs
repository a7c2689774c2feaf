namespace Galley.ApiGateway.Invoke;

/// <summary>Requests to the outside as <see cref="OutwardHandler"/> makes them, but never to Galley's own paths.</summary>
internal sealed class Outbound(Installation installation)
{
    private const string OwnPath = "/_galley/";
    private readonly HttpMessageInvoker _http = new(new OutwardHandler(installation));

    public Task<HttpResponseMessage> Send(HttpRequestMessage request, CancellationToken cancel)
        => request.RequestUri!.AbsolutePath.StartsWith(OwnPath, StringComparison.Ordinal)
            ? throw new HttpRequestException($"Paths under {OwnPath} are not for integrations.")
            : _http.SendAsync(request, cancel);
}
