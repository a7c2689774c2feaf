using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Galley.CloudFront.Serve;

/// <summary>One viewer's request at a distribution.</summary>
internal sealed class Exchange(HttpContext http, string requestId)
{
    public HttpContext Http => http;

    public string RequestId => requestId;

    public Site Site { get; set; } = null!;

    public Behavior? Behavior { get; set; }

    public string Method { get; init; } = "GET";

    /// <summary>The viewer's path: behaviour, cache key and origin path all come from these bytes, unless code at the edge writes another.</summary>
    public string Path { get; set; } = "/";

    public string Query { get; set; } = "";

    /// <summary>Path and query as they came, for the log and for signatures.</summary>
    public string SentPath { get; init; } = "/";

    public string SentQuery { get; init; } = "";

    /// <summary>What the origin is asked for: the path, or the default root object.</summary>
    public string OriginPath => Path == "/" && Site.RootObject.Length > 0 && (Method is "GET" or "HEAD") ? "/" + Site.RootObject : Path;

    /// <summary>A body that code at the edge put in place of the viewer's.</summary>
    public byte[]? Body { get; set; }

    /// <summary>This exchange fetches a custom error page: it answers nobody by itself.</summary>
    public bool IsErrorPage { get; init; }

    /// <summary>For the log: how it ended.</summary>
    public string Result { get; set; } = "";

    public long BytesSent { get; set; }

    public long Started { get; init; }

    public string ViewerAddress => Http.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : "127.0.0.1";

    /// <summary>The same viewer's request for a page of the distribution.</summary>
    public Exchange ForErrorPage(string path) => new(Http, RequestId) { Site = Site, Behavior = Site.BehaviorOf(path), Path = path, IsErrorPage = true };

    /// <summary>The same request with nobody waiting for it.</summary>
    public Exchange Detached()
    {
        var copy = new DefaultHttpContext();
        copy.Request.Method = http.Request.Method;
        copy.Request.Scheme = http.Request.Scheme;
        copy.Request.Host = http.Request.Host;
        copy.Connection.RemoteIpAddress = http.Connection.RemoteIpAddress;
        foreach (var (name, value) in http.Request.Headers) copy.Request.Headers[name] = value;
        copy.Features.Set<IHttpRequestBodyDetectionFeature>(new NoBody());
        return new Exchange(copy, requestId) { Site = Site, Behavior = Behavior, Method = Method, Path = Path, Query = Query, IsErrorPage = true };
    }

    private sealed class NoBody : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => false;
    }
}
