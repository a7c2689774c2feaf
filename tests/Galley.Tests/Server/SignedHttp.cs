using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.Tests.Server;

/// <summary>Signed calls to a Galley in another process.</summary>
internal sealed class SignedHttp(Uri endpoint, string region, string accessKeyId, string secretAccessKey, TimeProvider? time = null) : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(1) };

    public Uri Endpoint => endpoint;

    /// <summary>For what is not signed.</summary>
    public HttpClient Plain => _http;

    /// <summary>An awsJson call that must succeed.</summary>
    public async Task<JsonObject> Json(string service, string target, object input)
    {
        var (status, body) = await TryJson(service, target, input);
        Assert.True(status == HttpStatusCode.OK, $"{target}: {status} {body}");
        return body.Length == 0 ? [] : JsonNode.Parse(body)!.AsObject();
    }

    public async Task<(HttpStatusCode Status, string Body)> TryJson(string service, string target, object input)
        => await Send(service, HttpMethod.Post, "/", JsonSerializer.SerializeToUtf8Bytes(input),
            ("Content-Type", "application/x-amz-json-" + (service == "dynamodb" ? "1.0" : "1.1")), ("X-Amz-Target", target));

    public Task<(HttpStatusCode Status, string Body)> Query(string service, string form)
        => Send(service, HttpMethod.Post, "/", Encoding.UTF8.GetBytes(form), ("Content-Type", "application/x-www-form-urlencoded"));

    public async Task<(HttpStatusCode Status, string Body)> Send(string service, HttpMethod method, string target, byte[]? body, params (string Name, string Value)[] headers)
    {
        var url = new Uri(endpoint, target);
        using var request = new HttpRequestMessage(method, url) { Content = body is null ? null : new ByteArrayContent(body) };
        var pairs = headers.Select(header => KeyValuePair.Create(header.Name, header.Value)).ToList();
        var signed = SigV4.Sign(new(accessKeyId, secretAccessKey, region, service), method.Method, url, pairs, SigV4.HashPayload(body), (time ?? TimeProvider.System).GetUtcNow());
        foreach (var (name, value) in pairs.Concat(signed))
            if (name == "Content-Type") request.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
            else request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await _http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public void Dispose() => _http.Dispose();
}
