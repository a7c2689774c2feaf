using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.Bench;

/// <summary>Signed calls to a Galley under measurement, and the same requests as bytes for the load.</summary>
internal sealed class Aws(int port, IReadOnlyDictionary<string, string> environment)
{
    private static readonly HttpClient Http = new();

    public string Region => environment["AWS_REGION"];

    /// <summary>With the keys of a running Galley.</summary>
    public static async Task<Aws> Of(string galleyProgram, int port)
        => new(port, (await Env(galleyProgram, port)).Split('\n')
            .Where(line => line.StartsWith("export ", StringComparison.Ordinal)).Select(line => line[7..].Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1].Trim('\'')));

    /// <summary>A server answers a moment before its name stands where `galley env` looks.</summary>
    private static async Task<string> Env(string galleyProgram, int port)
    {
        for (var tries = 0; ; tries++)
            try
            {
                return await Shell.Run(galleyProgram, "env", "--port", $"{port}");
            }
            catch (InvalidOperationException) when (tries < 20)
            {
                await Task.Delay(100);
            }
    }

    /// <summary>The same keys, to another server.</summary>
    public Aws At(int otherPort) => new(otherPort, environment);

    public async Task<JsonNode> Json(string service, string target, string version, JsonObject input)
    {
        using var request = Build(HttpMethod.Post, $"http://127.0.0.1:{port}/", service, Encoding.UTF8.GetBytes(input.ToJsonString()), [("Content-Type", "application/x-amz-json-" + version), ("X-Amz-Target", target)]);
        return JsonNode.Parse(await Text(request))!;
    }

    public async Task<string> Form(string service, string form)
    {
        using var request = Build(HttpMethod.Post, $"http://127.0.0.1:{port}/", service, Encoding.UTF8.GetBytes(form), [("Content-Type", "application/x-www-form-urlencoded")]);
        return await Text(request);
    }

    public async Task<string> Xml(HttpMethod method, string path, string service, string body)
    {
        using var request = Build(method, $"http://127.0.0.1:{port}{path}", service, Encoding.UTF8.GetBytes(body), body.Length > 0 ? [("Content-Type", "text/xml")] : []);
        return await Text(request);
    }

    /// <summary>A signed awsJson request as it goes over the wire.</summary>
    public byte[] Bytes(string service, string target, string version, JsonObject input)
    {
        var body = input.ToJsonString();
        var url = new Uri($"http://127.0.0.1:{port}/");
        KeyValuePair<string, string>[] headers = [new("Content-Type", "application/x-amz-json-" + version), new("X-Amz-Target", target)];
        var signed = SigV4.Sign(Signer(service), "POST", url, headers, SigV4.HashPayload(Encoding.UTF8.GetBytes(body)), DateTimeOffset.UtcNow);
        return Encoding.UTF8.GetBytes($"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{string.Concat(headers.Concat(signed).Select(header => $"{header.Key}: {header.Value}\r\n"))}\r\n{body}");
    }

    /// <summary>Any signed request as it goes over the wire.</summary>
    public byte[] Raw(string method, string path, string service, string body)
    {
        var url = new Uri($"http://127.0.0.1:{port}{path}");
        var signed = SigV4.Sign(Signer(service), method, url, [], SigV4.HashPayload(Encoding.UTF8.GetBytes(body)), DateTimeOffset.UtcNow);
        return Encoding.UTF8.GetBytes($"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{(method == "GET" ? "" : $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n")}{string.Concat(signed.Select(header => $"{header.Key}: {header.Value}\r\n"))}\r\n{body}");
    }

    private SigV4.Signer Signer(string service) => new(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], Region, service);

    private HttpRequestMessage Build(HttpMethod method, string url, string service, byte[] body, (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, url) { Content = new ByteArrayContent(body) };
        var pairs = headers.Select(header => KeyValuePair.Create(header.Name, header.Value)).ToArray();
        foreach (var (name, value) in pairs.Concat(SigV4.Sign(Signer(service), method.Method, new Uri(url), pairs, SigV4.HashPayload(body), DateTimeOffset.UtcNow)))
            if (name == "Content-Type") request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
            else request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private static async Task<string> Text(HttpRequestMessage request)
    {
        using var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? text : throw new InvalidOperationException($"{request.Method} {request.RequestUri}: {(int)answer.StatusCode} {text}");
    }
}
