using System.Net.Http.Headers;
using System.Text;

namespace Galley.Tests.Edge;

/// <summary>What a page of Galley's own answered.</summary>
internal sealed record OwnAnswer(int Status, string Body, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders);

/// <summary>A browser at one of Galley's own pages: it opens the link, keeps the cookie, sends what it is told.</summary>
internal sealed class OwnPage(GalleyServer server, string page = "inbox") : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    /// <summary>`name=value`, or empty for no session.</summary>
    public string Cookie { get; set; } = "";

    /// <summary>As <see cref="OwnPage"/>, signed in.</summary>
    public static async Task<OwnPage> Open(GalleyServer server, string page = "inbox")
    {
        var browser = new OwnPage(server, page);
        var opened = await browser.Open(await server.NewLink(page));
        Assert.Equal(303, opened.Status);
        return browser;
    }

    /// <summary>Follows a link and keeps the cookie that it brings.</summary>
    public async Task<OwnAnswer> Open(Uri link)
    {
        var answer = await Send(HttpMethod.Get, link.PathAndQuery);
        if (answer.Headers.TryGetValues("Set-Cookie", out var cookies)) Cookie = cookies.Single().Split(';')[0];
        return answer;
    }

    /// <summary>A GET that must succeed.</summary>
    public async Task<string> Get(string path)
    {
        var answer = await Send(HttpMethod.Get, path);
        Assert.Equal(200, answer.Status);
        return answer.Body;
    }

    public async Task<OwnAnswer> Send(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(server.Endpoint, path));
        request.Headers.Host = $"{page}.galley.localhost:{server.Port}";
        if (method != HttpMethod.Get) request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        if (Cookie.Length > 0) request.Headers.Add("Cookie", Cookie);
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        using var answer = await _http.SendAsync(request);
        return new OwnAnswer((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers, answer.Content.Headers);
    }

    public void Dispose() => _http.Dispose();
}
