using System.Buffers.Text;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;

namespace Galley.CloudFront.Serve;

/// <summary>Answers to viewers: CloudFront's own headers, conditions and ranges from a kept object, pages of its own.</summary>
internal sealed class Sending(Installation installation)
{
    private const string Pop = "LHR61-C1";
    private readonly string _via = $"1.1 {Convert.ToHexStringLower(installation.Ids.Bytes(16))}.cloudfront.net (CloudFront)";

    public string Via => _via;

    /// <summary>56 characters ending in `==`, as CloudFront's.</summary>
    public string NewRequestId()
    {
        Span<byte> bytes = stackalloc byte[40];
        installation.Ids.Fill(bytes);
        return string.Create(56, bytes, static (text, source) =>
        {
            Base64Url.EncodeToChars(source, text);
            text[54] = text[55] = '=';
        });
    }

    /// <summary>A kept object: whole, 304, 206 or 416, as the viewer's conditions say.</summary>
    public async Task Object(Exchange exchange, Entry entry, string xCache, int? status = null)
    {
        var (http, now) = (exchange.Http, installation.Now);
        var headers = http.Response.Headers;
        foreach (var (name, value) in entry.Headers) headers[name] = value;
        if (xCache[0] is 'H' or 'R' || entry.FirstAge > 0) headers.Age = (entry.FirstAge + Math.Max(0, (long)(now - entry.Stored).TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        Mark(exchange, xCache);
        var body = entry.Body;
        http.Response.StatusCode = status ?? entry.Status;
        if (entry.Status == 200 && status is null)
        {
            if (IsUnchanged(http.Request, entry))
            {
                http.Response.StatusCode = StatusCodes.Status304NotModified;
                headers.ContentLength = null;
                return;
            }

            headers.AcceptRanges = "bytes";
            if (http.Request.Headers.Range.Count > 0 && RangeStands(http.Request, entry)) body = Part(http, body);
        }

        http.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method) && body.Length > 0) await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    /// <summary>A page of CloudFront's own.</summary>
    public async Task Page(Exchange exchange, int status, string message, string? xCache = "Error from cloudfront")
    {
        var response = exchange.Http.Response;
        var page = ErrorPages.Page(status, message, exchange.RequestId);
        response.StatusCode = status;
        response.Headers.Server = "CloudFront";
        response.ContentType = "text/html";
        response.ContentLength = page.Length;
        Mark(exchange, xCache!);
        if (!HttpMethods.IsHead(exchange.Http.Request.Method)) await response.Body.WriteAsync(page, exchange.Http.RequestAborted);
    }

    /// <summary>What every answer carries.</summary>
    public void Mark(Exchange exchange, string xCache)
    {
        var headers = exchange.Http.Response.Headers;
        headers["X-Cache"] = xCache;
        headers.Via = _via;
        headers["X-Amz-Cf-Pop"] = Pop;
        headers["X-Amz-Cf-Id"] = exchange.RequestId;
        exchange.Behavior?.Response?.Apply(exchange.Http.Request, headers);
    }

    private static bool IsUnchanged(HttpRequest request, Entry entry)
    {
        if (request.Headers.IfNoneMatch.Count > 0)
            return entry.ETag is { } etag && request.Headers.IfNoneMatch.ToString().Split(',', StringSplitOptions.TrimEntries).Any(asked => asked == "*" || Weak(asked) == Weak(etag));
        return request.Headers.IfModifiedSince.Count > 0 && entry.LastModified is { } modified && request.GetTypedHeaders().IfModifiedSince is { } since && modified <= since;
    }

    /// <summary>If-Range: a part is worth something only of the same object.</summary>
    private static bool RangeStands(HttpRequest request, Entry entry)
        => request.Headers.IfRange.Count == 0
            || request.Headers.IfRange.ToString() is var asked && (asked == entry.ETag && !asked.StartsWith("W/", StringComparison.Ordinal)
                || entry.LastModified is { } modified && DateTimeOffset.TryParse(asked, CultureInfo.InvariantCulture, out var date) && date == modified);

    private static ReadOnlyMemory<byte> Part(HttpContext http, ReadOnlyMemory<byte> body)
    {
        // several ranges, or a unit we do not know: the whole object, as RFC 9110 §14.2 allows
        if (new RequestHeaders(http.Request.Headers).Range is not { Ranges.Count: 1 } range || range.Unit != "bytes") return body;
        var item = range.Ranges.First();
        var from = item.From ?? Math.Max(0, body.Length - item.To!.Value);
        var to = item.From is null ? body.Length - 1 : Math.Min(item.To ?? long.MaxValue, body.Length - 1);
        if (from >= body.Length || item is { From: null, To: 0 })
        {
            http.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            http.Response.Headers.ContentRange = $"bytes */{body.Length}";
            return ReadOnlyMemory<byte>.Empty;
        }

        http.Response.StatusCode = StatusCodes.Status206PartialContent;
        http.Response.Headers.ContentRange = $"bytes {from}-{to}/{body.Length}";
        return body.Slice((int)from, (int)(to - from + 1));
    }

    private static string Weak(string etag) => etag.StartsWith("W/", StringComparison.Ordinal) ? etag[2..] : etag;
}

/// <summary>One viewer's request at a distribution.</summary>
internal sealed record Exchange(HttpContext Http, string RequestId)
{
    public Site Site { get; init; } = null!;

    public Behavior? Behavior { get; init; }

    public string Method { get; init; } = "GET";

    /// <summary>The viewer's path: behaviour, cache key and origin path all come from these bytes.</summary>
    public string Path { get; init; } = "/";

    /// <summary>What the origin is asked for: the path, or the default root object.</summary>
    public string OriginPath => Path == "/" && Site.RootObject.Length > 0 && (Method is "GET" or "HEAD") ? "/" + Site.RootObject : Path;

    public string Query { get; init; } = "";

    /// <summary>This exchange fetches a custom error page: it answers nobody by itself.</summary>
    public bool IsErrorPage { get; init; }
}
