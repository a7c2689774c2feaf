using System.Globalization;
using Galley.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Galley.CloudFront.Serve;

/// <summary>
/// The door for `&lt;id&gt;.cloudfront.net`: what CloudFront does with a viewer's request, in its order: distribution, limits,
/// behaviour, protocol, method, object, custom error page.
/// </summary>
internal sealed class Viewer(Sites sites, Objects objects, Sending sending) : IDoor
{
    private const int MaxUrl = 8192, MaxHead = 20_480, MaxChain = 2;

    public HostKind Kind => HostKind.CloudFront;

    public string RequestIdHeader => "X-Amz-Cf-Id";

    public string NewRequestId(Ids ids) => sending.NewRequestId();

    public async Task Serve(DoorRequest request)
    {
        var (http, path) = (request.Http, Normal(request.RawPath));
        var exchange = new Exchange(http, request.RequestId) { Method = http.Request.Method, Path = path, Query = request.RawQuery };
        if (await sites.Find(request.Id) is not { Enabled: true } site)
        {
            await sending.Page(exchange, 403, ErrorPages.NotConfigured);
            return;
        }

        exchange = exchange with { Site = site, Behavior = site.BehaviorOf(path) };
        if (await Refuse(request, exchange)) return;
        var (entry, xCache) = await objects.Get(exchange);
        if (entry is null) return; // sent already
        if (entry.Status >= 400 && await CustomPage(exchange, entry.Status)) return;
        await sending.Object(exchange, entry, xCache);
    }

    private async ValueTask<bool> Refuse(DoorRequest request, Exchange exchange)
    {
        var (http, behavior) = (request.Http, exchange.Behavior!);
        if (request.RawPath.Length + request.RawQuery.Length + request.Host.Length > MaxUrl) await sending.Page(exchange, 414, ErrorPages.BadRequest);
        else if (HeadSize(http.Request) > MaxHead) await sending.Page(exchange, 431, ErrorPages.BadRequest);
        else if (Chain(http.Request) >= MaxChain) await sending.Page(exchange, 403, ErrorPages.BadRequest);
        else if (!http.Request.IsHttps && behavior.ViewerProtocol != "allow-all") await RequireHttps(request, exchange);
        else if (!behavior.Allowed.Contains(exchange.Method)) await sending.Page(exchange, 403, ErrorPages.BadMethod);
        else if (exchange.Method is "GET" or "HEAD" && http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true) await sending.Page(exchange, 403, ErrorPages.BadRequest);
        else return false;
        return true;
    }

    private async ValueTask RequireHttps(DoorRequest request, Exchange exchange)
    {
        if (exchange.Behavior!.ViewerProtocol == "https-only")
        {
            await sending.Page(exchange, 403, ErrorPages.BadRequest);
            return;
        }

        var response = request.Http.Response;
        response.StatusCode = exchange.Method is "GET" or "HEAD" ? StatusCodes.Status301MovedPermanently : StatusCodes.Status307TemporaryRedirect;
        response.Headers.Location = $"https://{request.Http.Request.Host}{request.PathPrefix}{request.RawPath}{(request.RawQuery.Length > 0 ? "?" + request.RawQuery : "")}";
        response.Headers.Server = "CloudFront";
        response.ContentLength = 0;
        sending.Mark(exchange, "Redirect from cloudfront");
    }

    /// <summary>The page of a custom error response, fetched through the behaviour of its own path; false leaves the error as it is.</summary>
    private async ValueTask<bool> CustomPage(Exchange exchange, int status)
    {
        if (!exchange.Site.Errors.TryGetValue(status.ToString(CultureInfo.InvariantCulture), out var rule) || rule.PagePath.Length == 0) return false;
        var (entry, _) = await objects.Get(exchange with { Behavior = exchange.Site.BehaviorOf(rule.PagePath), Method = "GET", Path = rule.PagePath, Query = "", IsErrorPage = true });
        if (entry is not { Status: 200 }) return false;
        await sending.Object(exchange, entry, "Error from cloudfront", rule.Status);
        return true;
    }

    /// <summary>Dot segments are gone before anything looks at the path (RFC 3986 §5.2.4); nothing else is changed.</summary>
    private static string Normal(string path)
    {
        if (!path.Contains("/.", StringComparison.Ordinal) && !path.Contains("%2e", StringComparison.OrdinalIgnoreCase)) return path;
        var kept = new List<string>();
        var parts = path[1..].Split('/');
        for (var i = 0; i < parts.Length; i++)
        {
            var part = parts[i].Replace("%2e", ".", StringComparison.OrdinalIgnoreCase);
            if (part is not ("." or ".."))
            {
                kept.Add(parts[i]);
                continue;
            }

            if (part == ".." && kept.Count > 0) kept.RemoveAt(kept.Count - 1);
            if (i == parts.Length - 1) kept.Add("");
        }

        return "/" + string.Join('/', kept);
    }

    private static int HeadSize(HttpRequest request)
    {
        var size = 0;
        foreach (var (name, values) in request.Headers)
            foreach (var value in values)
                size += name.Length + (value?.Length ?? 0) + 4;
        return size;
    }

    /// <summary>How many distributions the request has been through already.</summary>
    private static int Chain(HttpRequest request)
        => request.Headers.Via.Count == 0 ? 0 : request.Headers.Via.ToString().Split(".cloudfront.net (CloudFront)").Length - 1;
}
