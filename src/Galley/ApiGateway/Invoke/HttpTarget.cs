using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// HTTP_PROXY: the request goes on to an HTTP address, path variables filled in, the query passed through. Both bodies stream; only a
/// mapping that reads one has it read whole.
/// </summary>
internal sealed class HttpTarget(HttpMessageInvoker outbound)
{
    private const int MaxAnswer = 10 << 20, MaxHops = 8;
    private const string Via = "AmazonAPIGateway";

    public async ValueTask<IntegrationAnswer?> Send(Exchange exchange, LiveIntegration live, CancellationToken cancel)
    {
        var integration = live.Integration;
        if (exchange.Request.Headers["Via"].Sum(line => Count(line ?? "")) >= MaxHops) throw new AwsLoop();
        var method = integration.IntegrationMethod is null or "ANY" ? exchange.Request.Method : integration.IntegrationMethod;
        using var request = new HttpRequestMessage(new HttpMethod(method), Address(exchange, integration));
        request.Content = Content(exchange);
        AddHeaders(exchange, request);
        var response = await outbound.SendAsync(request, cancel);
        try
        {
            if (response.Content.Headers.ContentLength > MaxAnswer && !HttpMethods.IsHead(method)) throw new HttpRequestException("The integration answered more than 10 MB.");
            var status = (int)response.StatusCode;
            var answer = new IntegrationAnswer(status, Headers(response), default) { IntegrationStatus = status, Length = response.Content.Headers.ContentLength };
            if (live.Response?.NeedsBody(status) is not true) return answer with { Stream = response };
            var body = await Read(response, cancel);
            response.Dispose();
            return answer with { Body = body };
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>The answer's body to the client, as it comes; cut where it grows beyond AWS's limit.</summary>
    public static async ValueTask<long> Copy(HttpResponseMessage response, Stream to, CancellationToken cancel)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(32 << 10);
        try
        {
            long total = 0;
            for (int read; (read = await stream.ReadAsync(buffer, cancel)) > 0; total += read)
            {
                if (total + read > MaxAnswer) throw new HttpRequestException("The integration answered more than 10 MB.");
                await to.WriteAsync(buffer.AsMemory(0, read), cancel);
                await to.FlushAsync(cancel);
            }

            return total;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static HttpContent? Content(Exchange exchange)
    {
        if (exchange.BodyRead) return exchange.Body.Length > 0 ? new ReadOnlyMemoryContent(exchange.Body) : null;
        var request = exchange.Request;
        if (!exchange.HasBody) return null;
        exchange.Received = request.ContentLength ?? 0;
        return new PassedBody(request);
    }

    private static void AddHeaders(Exchange exchange, HttpRequestMessage request)
    {
        foreach (var (name, values) in exchange.SentHeaders())
        {
            if (name.ToLowerInvariant() is "host" or "content-length" or "forwarded" or "expect") continue;
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values)) request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        request.Headers.TryAddWithoutValidation("Forwarded", $"by={exchange.Http.Connection.LocalIpAddress};for={exchange.SourceIp};host={exchange.Request.Host.Value};proto={exchange.Request.Scheme}");
        request.Headers.TryAddWithoutValidation("Via", "HTTP/1.1 " + Via);
        request.Headers.TryAddWithoutValidation("X-Amzn-Trace-Id", exchange.Trace);
    }

    private static List<KeyValuePair<string, string>> Headers(HttpResponseMessage response)
    {
        var nominated = HeaderNames.Nominated(response.Headers.NonValidated.TryGetValues("Connection", out var connection) ? new StringValues([.. connection]) : default);
        var headers = new List<KeyValuePair<string, string>>();
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
            foreach (var value in values)
                if (HeaderNames.IsSendable(name, value) && nominated?.Contains(name) is not true)
                    headers.Add(new(name, value));
        return headers;
    }

    private static Uri Address(Exchange exchange, Integration integration)
    {
        var uri = StageVariables.Fill(integration.IntegrationUri, exchange.Stage!.Stage.StageVariables);
        foreach (var (name, value) in exchange.PathParameters)
        {
            // only a greedy value keeps its slashes; nothing in either may climb out of the place it is put
            var greedy = exchange.RouteKey.EndsWith($"{{{name}+}}", StringComparison.Ordinal);
            uri = uri.Replace($"{{{name}}}", greedy ? string.Join('/', value.Split('/').Select(Segment)) : Segment(value), StringComparison.Ordinal);
        }

        if (!Uri.TryCreate(uri, UriKind.Absolute, out var parsed)) throw new HttpRequestException($"{integration.IntegrationUri} is no address.");
        if (exchange.Mapped?.Path is { } path) parsed = new Uri(parsed.GetLeftPart(UriPartial.Authority) + Whole(path) + parsed.Query);
        if (exchange.SentRawQuery.Length == 0) return parsed;
        return new Uri(parsed.AbsoluteUri + (parsed.Query.Length > 0 ? "&" : "?") + exchange.SentRawQuery);
    }

    private static string Segment(string text) => text is "." or ".." ? throw new HttpRequestException("Dot segments are not passed on.") : Uri.EscapeDataString(text);

    /// <summary>A mapped path: what is encoded stays so; it can neither climb nor become a query.</summary>
    private static string Whole(string path)
    {
        foreach (var segment in path.Split('/'))
            if (Uri.UnescapeDataString(segment) is "." or "..")
                throw new HttpRequestException("Dot segments are not passed on.");
        return path.Replace("?", "%3F", StringComparison.Ordinal).Replace("#", "%23", StringComparison.Ordinal).Replace("\\", "%5C", StringComparison.Ordinal);
    }

    private static int Count(string line) => line.Split(Via).Length - 1;

    private static async ValueTask<ReadOnlyMemory<byte>> Read(HttpResponseMessage response, CancellationToken cancel)
    {
        using var body = new MemoryStream();
        await Copy(response, body, cancel);
        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }
}

/// <summary>A request that came through API Gateway too often: routes that lead to each other.</summary>
internal sealed class AwsLoop() : Exception("The request went through API Gateway too often: routes lead to each other.");
