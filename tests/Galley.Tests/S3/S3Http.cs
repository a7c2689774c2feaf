using System.Security.Cryptography;
using System.Text;
using Galley.Wire;

namespace Galley.Tests.S3;

/// <summary>Plain HTTP to S3: paths go out byte for byte, signed or not, under any host name.</summary>
internal sealed class S3Http(GalleyServer server, HttpClient? shared = null) : IDisposable
{
    private readonly HttpClient _http = shared ?? new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });

    public Task<Answer> Anonymous(string method, string target, string? host = null, string? body = null, params (string Name, string Value)[] headers)
        => Send(method, target, host, body is null ? null : Encoding.UTF8.GetBytes(body), null, headers);

    public Task<Answer> Signed(string method, string target, string? body = null, params (string Name, string Value)[] headers)
        => Send(method, target, null, body is null ? null : Encoding.UTF8.GetBytes(body), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body ?? ""))), headers);

    public async Task<Answer> Send(string method, string target, string? host, byte[]? body, string? payloadHash, params (string Name, string Value)[] headers)
    {
        var url = new Uri(server.Endpoint.ToString().TrimEnd('/') + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new HttpMethod(method), url);
        if (host is not null) request.Headers.Host = host;
        if (body is not null) request.Content = new ByteArrayContent(body);
        foreach (var (name, value) in headers) Set(name, value);
        if (payloadHash is not null)
            foreach (var (name, value) in SigV4.Sign(
                         new(server.AccessKeyId, server.SecretAccessKey, server.Region, "s3"), method, url,
                         headers.Select(pair => new KeyValuePair<string, string>(pair.Name, pair.Value)), payloadHash, TimeProvider.System.GetUtcNow()))
                Set(name, value);
        using var response = await _http.SendAsync(request);
        var all = response.Headers.Concat(response.Content.Headers).ToDictionary(pair => pair.Key, pair => string.Join(", ", pair.Value), StringComparer.OrdinalIgnoreCase);
        return new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync(), all);

        void Set(string name, string value)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content?.Headers.TryAddWithoutValidation(name, value);
        }
    }

    public void Dispose() => _http.Dispose();

    internal sealed record Answer(int Status, string Body, IReadOnlyDictionary<string, string> Headers)
    {
        public string? Header(string name) => Headers.GetValueOrDefault(name);

        /// <summary>Text of the first element of that name.</summary>
        public string? Element(string name)
        {
            int from = Body.IndexOf($"<{name}>", StringComparison.Ordinal), to = Body.IndexOf($"</{name}>", StringComparison.Ordinal);
            return from < 0 || to < 0 ? null : Body[(from + name.Length + 2)..to];
        }

        public (int, string?) Error => (Status, Element("Code"));
    }
}
