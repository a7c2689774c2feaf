using System.Globalization;
using Galley.CloudFront.Code;
using Galley.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Galley.CloudFront.Serve;

/// <summary>
/// The door for `&lt;id&gt;.cloudfront.net` and for aliases: what CloudFront does with a viewer's request, in its order: distribution,
/// limits, behaviour, protocol, method, signature, code, object, custom error page, log.
/// </summary>
internal sealed class Viewer(Installation installation, Sites sites, Distributions distributions, Objects objects, Sending sending, EdgeCode code, AccessLog log) : IDoor
{
    private const int MaxUrl = 8192, MaxHead = 20_480, MaxChain = 2;

    public HostKind Kind => HostKind.CloudFront;

    public string RequestIdHeader => "X-Amz-Cf-Id";

    public string NewRequestId(Ids ids) => sending.NewRequestId();

    /// <summary>An alternate domain name of a distribution, `*.example.com` too.</summary>
    public async ValueTask<ClaimedName?> Claim(string host) => await distributions.OfAlias(host) is { } label ? new ClaimedName(label) : null;

    public async Task Serve(DoorRequest request)
    {
        var (http, path) = (request.Http, Normal(request.RawPath));
        var exchange = new Exchange(http, request.RequestId)
        {
            Method = http.Request.Method,
            Path = path,
            Query = request.RawQuery,
            SentPath = request.RawPath,
            SentQuery = request.RawQuery,
        };
        if (await sites.Find(request.Id) is not { Enabled: true } site)
        {
            request.Trail.Refuse("distribution", "there is no such distribution, or it is disabled", "create it, enable it, or ask by the domain name that GetDistribution gives");
            await sending.Page(exchange, 403, ErrorPages.NotConfigured);
            return;
        }

        (exchange.Site, exchange.Behavior) = (site, site.BehaviorOf(path));
        var started = site.Log is null ? 0 : installation.Time.GetTimestamp();
        try
        {
            if (await Refuse(request, exchange)) return;
            if (exchange.Behavior.Code.AsksViewers && await code.ViewerRequest(exchange, sending)) request.Trail.Add("code", true, "the function at viewer-request answered by itself");
            else await Answer(request, exchange);
        }
        catch (CodeFault fault) when (!http.Response.HasStarted)
        {
            request.Trail.Refuse("code", fault.Message, "see the function's log");
            http.Response.Clear();
            await sending.Page(exchange, fault.Status, fault.Page, fault.XCache);
        }
        finally
        {
            if (site.Log is not null) log.Add(exchange, started);
        }
    }

    private async ValueTask Answer(DoorRequest request, Exchange exchange)
    {
        for (var tries = 0; ; tries++)
        {
            var began = request.Trail.Now;
            var found = await objects.Get(exchange);
            request.Trail.Span("cache", found.XCache, found.Why, began);
            if (found.Entry is not { } entry) return; // sent already
            if (entry.Lifetime.Why == Lifetime.Unasked) request.Trail.Refuse("origin", found.Why, "see that the origin answers at its domain name and port");
            if (entry.Status >= 400 && exchange.Site.Errors.Count > 0 && await CustomPage(request, exchange, entry.Status)) return;
            if (await sending.Object(exchange, found)) return;
            objects.Drop(entry);
            if (tries == 2) throw new IOException("the disk tier loses its files");
        }
    }

    private async ValueTask<bool> Refuse(DoorRequest request, Exchange exchange)
    {
        var (http, behavior) = (request.Http, exchange.Behavior!);
        if (request.RawPath.Length + request.RawQuery.Length + request.Host.Length > MaxUrl) await Page(414, ErrorPages.BadRequest, "the URL is longer than 8,192 bytes");
        else if (HeadSize(http.Request) > MaxHead) await Page(431, ErrorPages.BadRequest, "the headers are longer than 20,480 bytes");
        else if (http.Request.Headers.Via.Count > 0 && Chain(http.Request) >= MaxChain) await Page(403, ErrorPages.BadRequest, "the request has been through two distributions already");
        else if (behavior.ViewerProtocol != "allow-all" && !http.Request.IsHttps) await RequireHttps(request, exchange);
        else if (!Allows(behavior, exchange.Method)) await Page(403, ErrorPages.BadMethod, $"the behaviour {behavior.PatternText} does not allow {exchange.Method}", "add the method to AllowedMethods");
        else if (exchange.Method is "GET" or "HEAD" && http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true) await Page(403, ErrorPages.BadRequest, "a GET with a body");
        else if (behavior.Signers is { } signers && signers.Check(exchange, Urls(request, exchange), installation.Now) is { } fault)
        {
            request.Trail.Refuse("signed URL", fault.Why, "sign with a key of the behaviour's key groups, for this URL and a time to come");
            await sending.Own(exchange, fault.Status, "text/xml", fault.Document(), XCaches.Error);
        }
        else
        {
            if (behavior.Signers is not null) exchange.Query = Signers.Unsigned(exchange.Query);
            return false;
        }

        return true;

        Task Page(int status, string text, string why, string fix = "")
        {
            request.Trail.Refuse("behaviour", why, fix);
            return sending.Page(exchange, status, text);
        }
    }

    /// <summary>RFC 9111's profile passes every method on where all are allowed; CloudFront knows seven.</summary>
    private bool Allows(Behavior behavior, string method)
        => behavior.Allowed.Contains(method) || installation.Options.StrictCache && behavior.Allowed.Contains("DELETE");

    private async ValueTask RequireHttps(DoorRequest request, Exchange exchange)
    {
        if (exchange.Behavior!.ViewerProtocol == "https-only")
        {
            request.Trail.Refuse("behaviour", "the behaviour takes HTTPS only", "ask by https, or set ViewerProtocolPolicy to redirect-to-https");
            await sending.Page(exchange, 403, ErrorPages.BadRequest);
            return;
        }

        var response = request.Http.Response;
        response.StatusCode = exchange.Method is "GET" or "HEAD" ? StatusCodes.Status301MovedPermanently : StatusCodes.Status307TemporaryRedirect;
        response.Headers.Location = $"https://{request.Http.Request.Host}{request.PathPrefix}{request.RawPath}{(request.RawQuery.Length > 0 ? "?" + request.RawQuery : "")}";
        response.Headers.Server = "CloudFront";
        response.ContentLength = 0;
        request.Trail.Add("behaviour", true, "redirected to HTTPS");
        sending.Mark(exchange, XCaches.Redirect);
    }

    /// <summary>The page of a custom error response, fetched through the behaviour of its own path; false leaves the error as it is.</summary>
    private async ValueTask<bool> CustomPage(DoorRequest request, Exchange exchange, int status)
    {
        if (!exchange.Site.Errors.TryGetValue(status.ToString(CultureInfo.InvariantCulture), out var rule) || rule.PagePath.Length == 0) return false;
        var page = exchange.ForErrorPage(rule.PagePath);
        var found = await objects.Get(page);
        if (found.Entry is not { Status: 200 })
        {
            request.Trail.Add("error page", true, "the custom error page itself could not be had", rule.PagePath);
            return false;
        }

        request.Trail.Add("error page", true, "an error of the origin is answered with the custom page", rule.PagePath);
        return await sending.Object(exchange, found with { XCache = XCaches.Error }, rule.Status);
    }

    /// <summary>The URL as a signer may have written it: as asked for, or by AWS's name, with http or https.</summary>
    private static List<string> Urls(DoorRequest request, Exchange exchange)
    {
        var query = Signers.Unsigned(request.RawQuery);
        var target = request.RawPath + (query.Length > 0 ? "?" + query : "");
        var asked = request.Http.Request;
        List<string> hosts = [asked.Host.Value ?? "", asked.Host.Host, exchange.Site.DomainName];
        return [.. ((string[])[asked.Scheme, "https", "http", "http*"]).Distinct().SelectMany(scheme => hosts.Distinct().Select(host => $"{scheme}://{host}{target}"))];
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
    private static int Chain(HttpRequest request) => request.Headers.Via.ToString().Split(".cloudfront.net (CloudFront)").Length - 1;
}
