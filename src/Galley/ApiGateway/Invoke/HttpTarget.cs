namespace Galley.ApiGateway.Invoke;

/// <summary>HTTP_PROXY: the request goes on to an HTTP address, path variables filled in, the query passed through.</summary>
internal sealed class HttpTarget(Outbound outbound)
{
    private const int MaxAnswer = 10 << 20;

    public async ValueTask<IntegrationAnswer?> Send(Exchange exchange, Integration integration, CancellationToken cancel)
    {
        var method = integration.IntegrationMethod is null or "ANY" ? exchange.Request.Method : integration.IntegrationMethod;
        using var request = new HttpRequestMessage(new HttpMethod(method), Address(exchange, integration));
        if (exchange.Body.Length > 0) request.Content = new ReadOnlyMemoryContent(exchange.Body);
        foreach (var (name, values) in exchange.PassedHeaders())
        {
            if (name.Equals("host", StringComparison.OrdinalIgnoreCase) || name.Equals("content-length", StringComparison.OrdinalIgnoreCase)
                || name.Equals("forwarded", StringComparison.OrdinalIgnoreCase) || name.Equals("expect", StringComparison.OrdinalIgnoreCase)) continue;
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values)) request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        request.Headers.TryAddWithoutValidation("Forwarded", $"by={exchange.Http.Connection.LocalIpAddress};for={exchange.SourceIp};host={exchange.Request.Host.Value};proto={exchange.Request.Scheme}");
        request.Headers.TryAddWithoutValidation("Via", "HTTP/1.1 AmazonAPIGateway");
        using var response = await outbound.Send(request, cancel);
        var body = await Read(response, cancel);
        var headers = new List<KeyValuePair<string, string>>();
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
            foreach (var value in values)
                if (HeaderNames.IsSendable(name, value))
                    headers.Add(new(name, value));
        return new IntegrationAnswer((int)response.StatusCode, headers, body) { IntegrationStatus = (int)response.StatusCode };
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

        if (exchange.RawQuery.Length > 0) uri += (uri.Contains('?', StringComparison.Ordinal) ? "&" : "?") + exchange.RawQuery;
        return Uri.TryCreate(uri, UriKind.Absolute, out var parsed) ? parsed : throw new HttpRequestException($"{integration.IntegrationUri} is no address.");
    }

    private static string Segment(string text) => text is "." or ".." ? throw new HttpRequestException("Dot segments are not passed on.") : Uri.EscapeDataString(text);

    private static async ValueTask<ReadOnlyMemory<byte>> Read(HttpResponseMessage response, CancellationToken cancel)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        using var body = new MemoryStream();
        var buffer = new byte[16 << 10];
        for (int read; (read = await stream.ReadAsync(buffer, cancel)) > 0;)
        {
            if (body.Length + read > MaxAnswer) throw new HttpRequestException("The integration answered more than 10 MB.");
            body.Write(buffer, 0, read);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }
}
