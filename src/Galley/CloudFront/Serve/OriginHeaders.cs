using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Galley.CloudFront.Serve;

/// <summary>The request that an origin sees: what the policies name, what CloudFront adds, and nothing else of the viewer's.</summary>
internal static class OriginHeaders
{
    /// <summary>Hop-by-hop headers and those that CloudFront writes itself, whatever a policy says.</summary>
    private static readonly HashSet<string> Never = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Expect", "Content-Length",
        "Accept-Encoding", "Cookie", "Via", "X-Amz-Cf-Id", "X-Forwarded-For", "X-Edge-Location", "X-Real-IP", "Cdn-Loop",
    };

    public static OriginRequest Of(Exchange exchange, string encoding, Entry? stale, string via)
    {
        var (viewer, behavior) = (exchange.Http.Request, exchange.Behavior!);
        var caches = behavior.Caches(exchange.Method);
        var headers = new List<KeyValuePair<string, string>>();
        var part = caches && stale is null && Ranges.Key(viewer.Headers) is not null;
        foreach (var (name, value) in viewer.Headers)
            if (!Never.Contains(name) && !name.StartsWith(':') && !(caches && IsConditionOrRange(name) && !(part && name.Equals("Range", StringComparison.OrdinalIgnoreCase))) && IsSent(behavior, exchange, name))
                headers.Add(new(name, value.ToString()));
        if (!behavior.ForwardsHeader("User-Agent")) headers.Add(new("User-Agent", "Amazon CloudFront"));
        if (Cookies(behavior, viewer.Headers.Cookie.ToString()) is { Length: > 0 } cookies) headers.Add(new("Cookie", cookies));
        if (encoding.Length > 0) headers.Add(new("Accept-Encoding", behavior.Cache.Brotli && encoding == "br" ? "br,gzip" : encoding));
        var address = exchange.ViewerAddress;
        headers.Add(new("X-Forwarded-For", viewer.Headers["X-Forwarded-For"] is { Count: > 0 } earlier ? $"{earlier}, {address}" : address));
        headers.Add(new("Via", viewer.Headers.Via is { Count: > 0 } chain ? $"{chain}, {via}" : via));
        headers.Add(new("X-Amz-Cf-Id", exchange.RequestId));
        if (stale?.ETag is { } etag) headers.Add(new("If-None-Match", etag.StartsWith("W/", StringComparison.Ordinal) && behavior.Compress ? etag[2..] : etag));
        else if (stale?.LastModified is { } modified) headers.Add(new("If-Modified-Since", modified.ToString("R", CultureInfo.InvariantCulture)));
        return new OriginRequest(caches && exchange.Method == "HEAD" ? "GET" : exchange.Method, exchange.OriginPath, QueryOf(behavior, exchange.Query), headers)
        {
            Body = exchange.Body is { } replaced ? new MemoryStream(replaced) : exchange.Method is "GET" or "HEAD" || exchange.Http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != true ? null : viewer.Body,
            ViewerIsSecure = viewer.IsHttps,
        };
    }

    private static bool IsSent(Behavior behavior, Exchange exchange, string name)
    {
        if (behavior.ForwardsHeader(name)) return true;
        if (IsConditionOrRange(name)) return true;
        return exchange.Method is not ("GET" or "HEAD") && name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsConditionOrRange(string name)
        => name.Equals("Range", StringComparison.OrdinalIgnoreCase) || name.StartsWith("If-", StringComparison.OrdinalIgnoreCase);

    private static string Cookies(Behavior behavior, string header)
    {
        if (header.Length == 0) return "";
        var (key, more) = (behavior.Cache.Cookies, behavior.Forward.Cookies);
        return more.IsNone ? key.Cookies(header) : key.IsNone ? more.Cookies(header)
            : string.Join("; ", header.Split(';', StringSplitOptions.TrimEntries).Where(pair => key.Includes(pair.Split('=')[0]) || more.Includes(pair.Split('=')[0])));
    }

    private static string QueryOf(Behavior behavior, string raw)
    {
        if (raw.Length == 0) return "";
        var (key, more) = (behavior.Cache.ForwardedQuery, behavior.Forward.Query);
        return more.IsNone ? key.Query(raw) : key.IsNone ? more.Query(raw)
            : string.Join('&', raw.Split('&').Where(pair => Uri.UnescapeDataString(pair.Split('=')[0]) is var name && (key.Includes(name) || more.Includes(name))));
    }
}
