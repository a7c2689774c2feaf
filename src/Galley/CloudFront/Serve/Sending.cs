using System.Buffers.Text;
using System.Globalization;
using Galley.CloudFront.Code;
using Microsoft.AspNetCore.Http;

namespace Galley.CloudFront.Serve;

/// <summary>Answers to viewers: CloudFront's own headers, conditions and ranges from a kept object, pages of its own.</summary>
internal sealed class Sending(Installation installation, EdgeCode code)
{
    public const string Pop = "LHR61-C1";
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
    /// <returns>False when its file was evicted a moment ago; nothing has been sent.</returns>
    public async ValueTask<bool> Object(Exchange exchange, Found found, int? status = null)
    {
        var (http, entry) = (exchange.Http, found.Entry!);
        var content = entry.Content;
        using var file = content.File is { } name ? Disk.Open(name) : null;
        if (content.File is not null && file is null) return false;
        var headers = http.Response.Headers;
        foreach (var (key, value) in entry.Headers) headers[key] = value;
        if (found.XCache[0] is 'H' or 'R' || entry.Lifetime.Age > TimeSpan.Zero)
            headers.Age = ((long)entry.Lifetime.Age.TotalSeconds + Math.Max(0, (long)(installation.Now - entry.Stored).TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        var (sent, from, length) = (status ?? entry.Status, 0L, content.Length);
        if (entry.Status == 200 && status is null)
        {
            if (IsUnchanged(http.Request, entry)) (sent, length) = (StatusCodes.Status304NotModified, 0);
            else
            {
                headers.AcceptRanges = "bytes";
                if (http.Request.Headers.Range.Count > 0 && RangeStands(http.Request, entry) && Ranges.Of(http.Request.Headers, content.Length) is { } part)
                {
                    sent = part.Length < 0 ? StatusCodes.Status416RangeNotSatisfiable : StatusCodes.Status206PartialContent;
                    headers.ContentRange = part.Length < 0 ? $"bytes */{content.Length}" : $"bytes {part.From}-{part.From + part.Length - 1}/{content.Length}";
                    (from, length) = (part.From, Math.Max(0, part.Length));
                }
            }
        }

        if (sent is not (304 or 204)) http.Response.ContentLength = length;
        await Begin(exchange, sent, found);
        if (length == 0 || HttpMethods.IsHead(http.Request.Method) || http.Response.StatusCode is 304 or 204) return true;
        exchange.BytesSent = length;
        if (file is null) await http.Response.Body.WriteAsync(content.Bytes.Slice((int)from, (int)length), http.RequestAborted);
        else await http.Response.SendFileAsync(file.Name, from, length, http.RequestAborted);
        return true;
    }

    /// <summary>Status and headers: the origin's are there already, CloudFront's come, and the behaviour's policy and code have their say.</summary>
    public ValueTask Begin(Exchange exchange, int status, Found found)
    {
        exchange.Http.Response.StatusCode = status;
        Mark(exchange, found.XCache);
        return exchange.Behavior is { Code.AnswersViewers: true } && !exchange.IsErrorPage ? code.ViewerResponse(exchange) : ValueTask.CompletedTask;
    }

    /// <summary>A page of CloudFront's own.</summary>
    public async Task Page(Exchange exchange, int status, string message, string xCache = XCaches.Error)
        => await Own(exchange, status, "text/html", ErrorPages.Page(status, message, exchange.RequestId), xCache);

    public async Task Own(Exchange exchange, int status, string contentType, byte[] body, string xCache)
    {
        var response = exchange.Http.Response;
        response.StatusCode = status;
        response.Headers.Server = "CloudFront";
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        Mark(exchange, xCache);
        exchange.BytesSent = body.Length;
        if (!HttpMethods.IsHead(exchange.Http.Request.Method)) await response.Body.WriteAsync(body, exchange.Http.RequestAborted);
    }

    /// <summary>What every answer carries.</summary>
    public void Mark(Exchange exchange, string xCache)
    {
        var headers = exchange.Http.Response.Headers;
        headers["X-Cache"] = xCache;
        headers.Via = _via;
        headers["X-Amz-Cf-Pop"] = Pop;
        headers["X-Amz-Cf-Id"] = exchange.RequestId;
        exchange.Result = xCache;
        exchange.Behavior?.Response?.Apply(exchange, headers, xCache);
    }

    private static bool IsUnchanged(HttpRequest request, Entry entry)
    {
        if (request.Headers.IfNoneMatch.Count > 0)
            return entry.ETag is { } etag && request.Headers.IfNoneMatch.ToString().Split(',', StringSplitOptions.TrimEntries).Any(asked => asked == "*" || Weak(asked) == Weak(etag));
        return request.Headers.IfModifiedSince.Count > 0 && entry.LastModified is { } modified && Freshness.HttpDate(request.Headers.IfModifiedSince.ToString()) is { } since && modified <= since;
    }

    /// <summary>If-Range: a part is worth something only of the same object.</summary>
    private static bool RangeStands(HttpRequest request, Entry entry)
        => request.Headers.IfRange.Count == 0
            || request.Headers.IfRange.ToString() is var asked && (asked == entry.ETag && !asked.StartsWith("W/", StringComparison.Ordinal)
                || entry.LastModified is { } modified && Freshness.HttpDate(asked) == modified);

    private static string Weak(string etag) => etag.StartsWith("W/", StringComparison.Ordinal) ? etag[2..] : etag;
}
