using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Galley.Tests.Iam;

/// <summary>An OpenID provider on this machine: discovery documents for itself and for whatever lies below it, and one key.</summary>
internal sealed class OidcProvider : IDisposable
{
    private readonly HttpListener _http;
    private readonly RSA _key = RSA.Create(2048);
    private readonly string _keys;

    /// <param name="keys">Where its document says that the keys are; with itself when null.</param>
    public OidcProvider(string? keys = null)
    {
        (_http, Issuer) = Listen();
        _keys = keys ?? Issuer + "/keys";
        _ = Serve();
    }

    public string Issuer { get; }

    /// <summary>How often somebody asked it for anything.</summary>
    public int Asked { get; private set; }

    public string Token(string subject, string audience, int seconds, string algorithm = "RS256", string? issuer = null, string more = "")
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var head = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"alg":"{{algorithm}}","kid":"k"}"""));
        var body = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"iss":"{{issuer ?? Issuer}}","sub":"{{subject}}","aud":"{{audience}}","iat":{{now - 20}},"exp":{{now + seconds}}{{more}}}"""));
        return $"{head}.{body}.{Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes($"{head}.{body}"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    public void Dispose()
    {
        _http.Close();
        _key.Dispose();
    }

    /// <summary>HttpListener finds no port by itself; one that was free may be somebody else's a moment later.</summary>
    private static (HttpListener Http, string Address) Listen()
    {
        while (true)
        {
            int port;
            using (var probe = new TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                port = ((IPEndPoint)probe.LocalEndpoint).Port;
            }

            var (http, address) = (new HttpListener(), $"http://127.0.0.1:{port}");
            http.Prefixes.Add(address + "/");
            try
            {
                http.Start();
                return (http, address);
            }
            catch (HttpListenerException)
            {
                http.Close();
            }
        }
    }

    private async Task Serve()
    {
        var shown = _key.ExportParameters(false);
        while (_http.IsListening)
            try
            {
                var context = await _http.GetContextAsync();
                Asked++;
                var path = context.Request.Url!.AbsolutePath;
                var text = path == "/keys"
                    ? $$"""{"keys":[{"kid":"k","kty":"RSA","use":"sig","alg":"RS256","n":"{{Base64Url.EncodeToString(shown.Modulus)}}","e":"{{Base64Url.EncodeToString(shown.Exponent)}}"}]}"""
                    : $$"""{"issuer":"{{Issuer}}{{path.Replace("/.well-known/openid-configuration", "", StringComparison.Ordinal)}}","jwks_uri":"{{_keys}}"}""";
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
    }
}
