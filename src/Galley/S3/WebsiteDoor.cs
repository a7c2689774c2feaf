using System.Globalization;
using System.Net;
using System.Text;
using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.S3;

/// <summary>
/// The website endpoint of a bucket: anonymous GET and HEAD, index and error documents, redirects and routing rules, and errors
/// as HTML pages in S3's own layout.
/// </summary>
internal sealed class WebsiteDoor(Installation installation, Access access, Objects objects) : IDoor
{
    private const string ProductPage = "https://aws.amazon.com/s3/";

    public HostKind Kind => HostKind.S3Website;

    public string RequestIdHeader => "x-amz-request-id";

    public string NewRequestId(Ids ids) => ids.Next(16, "0123456789ABCDEF");

    public async Task Serve(DoorRequest door)
    {
        var requestId = door.RequestId;
        Reply reply;
        try
        {
            reply = await Answer(door, requestId);
        }
        catch (AwsError error)
        {
            if (error.Status != 304) door.Trail.Add(error);
            reply = error.Status == 304 ? new Reply(304) : WebsitePages.Error(error, requestId);
            foreach (var (name, value) in error.Headers) reply.With(name, value);
        }

        reply.With("x-amz-id-2", S3Api.HostId(requestId));
        await Send(door.Http, reply);
    }

    private async ValueTask<Reply> Answer(DoorRequest door, string requestId)
    {
        if (door.Id.Length == 0) return Redirect(301, ProductPage);
        var method = door.Http.Request.Method;
        var key = S3Request.Decode(door.RawPath.StartsWith('/') ? door.RawPath[1..] : door.RawPath);
        string? Header(string name) => door.Http.Request.Headers.TryGetValue(name, out var value) ? value.ToString() : null;
        var request = new S3Request(method, door.Id, key, [], Header);
        if (method is not ("GET" or "HEAD")) throw Errors.MethodNotAllowed(method, "OBJECT");
        var bucket = await access.Find(request) ?? throw Errors.NoSuchBucket(door.Id);
        if (bucket.Website is not { } site) throw Errors.Never("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration", door.Id);
        if (site.RedirectAll is { } all) return Redirect(301, $"{all.Protocol ?? Scheme(door)}://{all.HostName}{door.RawPath}{(door.RawQuery.Length > 0 ? "?" + door.RawQuery : "")}");
        var visit = new Visit(door, bucket, site, key, installation.CallAs(Principal.Anonymous, cancel: door.Http.RequestAborted, trail: door.Trail), Header);
        return RoutingRuleFor(site, key, null) is { } rule ? Redirect(rule, visit) : await Page(visit, requestId);
    }

    private async ValueTask<Reply> Page(Visit visit, string requestId)
    {
        var key = visit.Key.Length == 0 || visit.Key.EndsWith('/') ? visit.Key + visit.Site.Index : visit.Key;
        try
        {
            return await Object(visit, key);
        }
        catch (AwsError error) when (error.Status is >= 400 and < 500 and not 412 and not 416)
        {
            // `docs` is a folder when `docs/index.html` is there; said only to whom that page would be shown
            if (key == visit.Key && await Readable(visit, $"{key}/{visit.Site.Index}"))
                return Redirect(302, $"{visit.Door.PathPrefix}/{Encode(key)}/");
            visit.Door.Trail.Add(error);
            if (RoutingRuleFor(visit.Site, visit.Key, error.Status) is { } rule) return Redirect(rule, visit);
            return await ErrorDocument(visit, error, requestId);
        }
    }

    /// <summary>The error document with the status of the error; the built-in page when there is none or it cannot be read.</summary>
    private async ValueTask<Reply> ErrorDocument(Visit visit, AwsError error, string requestId)
    {
        if (visit.Site.Error is not { } document) return WebsitePages.Error(error, requestId);
        try
        {
            await Readable(visit, document, orThrow: true);
            var plain = visit with { Header = _ => null };
            var page = await Object(plain, document);
            var reply = new Reply(error.Status) { Body = page.Body, Stream = page.Stream };
            foreach (var (name, value) in page.Headers) reply.With(name, value);
            return reply;
        }
        catch (AwsError second)
        {
            return WebsitePages.Error(error, requestId, second);
        }
    }

    /// <summary>The object as an anonymous reader gets it.</summary>
    private async ValueTask<Reply> Object(Visit visit, string key)
    {
        await Readable(visit, key, orThrow: true);
        var request = new S3Request(visit.Door.Http.Request.Method, visit.Bucket.Name, key, [], visit.Header);
        var found = await objects.Stored(visit.Call.Account, visit.Bucket.Name, key, null);
        return found?.Record.Redirect is { } location ? Redirect(301, location) : await objects.GetObject(request, visit.Call);
    }

    /// <summary>Whether anonymous callers may read the key and it is there.</summary>
    private async ValueTask<bool> Readable(Visit visit, string key, bool orThrow = false)
    {
        var error = !await access.Allows(visit.Bucket, Principal.Anonymous, "s3:GetObject", $"arn:aws:s3:::{visit.Bucket.Name}/{key}")
            ? await Unreadable(visit.Bucket, key)
            : await objects.Stored(visit.Call.Account, visit.Bucket.Name, key, null) is null or { Record.DeleteMarker: true }
                // unlike the REST endpoint, the website says that a key it may read is missing (tutorial row 58)
                ? Errors.NoSuchKey(key)
                : null;
        return error is null || (orThrow ? throw error : false);
    }

    private async ValueTask<AwsError> Unreadable(BucketRecord bucket, string key)
    {
        var restricted = bucket.PublicAccessBlock?.RestrictPublicBuckets == true || (await access.AccountBlock())?.RestrictPublicBuckets == true;
        var why = bucket.Policy is null ? $"bucket {bucket.Name} has no policy, and a website is read by everybody or by nobody"
            : restricted ? $"RestrictPublicBuckets of {bucket.Name}, or of the account, sets its public policy aside for everybody"
            : $"the policy of bucket {bucket.Name} has no Allow of s3:GetObject on arn:aws:s3:::{bucket.Name}/{key} for everybody, or a Deny";
        return Errors.AccessDenied().Because("bucket policy", why, "allow s3:GetObject for Principal \"*\" in the bucket's policy and switch off Block Public Access; better, keep the bucket private behind CloudFront with origin access control");
    }

    private static RoutingRule? RoutingRuleFor(WebsiteConfiguration site, string key, int? status)
        => site.Rules.FirstOrDefault(rule => rule.ErrorCode == status && key.StartsWith(rule.KeyPrefix ?? "", StringComparison.Ordinal)
                                             && (status is null || rule.ErrorCode is not null));

    private static Reply Redirect(RoutingRule rule, Visit visit)
    {
        var key = rule.ReplaceKey ?? (rule.ReplacePrefix is { } prefix ? prefix + visit.Key[(rule.KeyPrefix?.Length ?? 0)..] : visit.Key);
        var host = rule.HostName ?? visit.Door.Http.Request.Host.Value + visit.Door.PathPrefix;
        return Redirect(rule.RedirectCode ?? 301, $"{rule.Protocol ?? Scheme(visit.Door)}://{host}/{Encode(key)}{(visit.Door.RawQuery.Length > 0 ? "?" + visit.Door.RawQuery : "")}");
    }

    private static Reply Redirect(int status, string location) => new Reply(status).With("Location", location);

    private static string Scheme(DoorRequest door) => door.Http.Request.Scheme;

    private static string Encode(string key) => Uri.EscapeDataString(key).Replace("%2F", "/", StringComparison.Ordinal);

    private static async Task Send(HttpContext http, Reply reply)
    {
        http.Response.StatusCode = reply.Status;
        foreach (var (name, value) in reply.Headers) http.Response.Headers.Append(name, value);
        if (reply.Stream is null && reply.Status != 304 && !http.Response.Headers.ContainsKey("Content-Length")) http.Response.ContentLength = reply.Body.Length;
        if (http.Request.Method == "HEAD" || reply.Status == 304) return;
        if (reply.Stream is not null) await reply.Stream(http.Response.Body, http.RequestAborted);
        else if (reply.Body.Length > 0) await http.Response.Body.WriteAsync(reply.Body, http.RequestAborted);
    }

    private sealed record Visit(DoorRequest Door, BucketRecord Bucket, WebsiteConfiguration Site, string Key, Call Call, Func<string, string?> Header);
}

/// <summary>S3's HTML error pages, byte for byte.</summary>
internal static class WebsitePages
{
    public static Reply Error(AwsError error, string requestId, AwsError? document = null)
    {
        var title = $"{error.Status.ToString(CultureInfo.InvariantCulture)} {Reason(error.Status)}";
        var page = new StringBuilder("<html>\n").Append("<head><title>").Append(title).Append("</title></head>\n<body>\n<h1>").Append(title).Append("</h1>\n<ul>\n");
        Item(page, "Code", error.Code);
        Item(page, "Message", error.Message);
        foreach (var (name, value) in error.Fields) Item(page, name, value.ToString());
        Item(page, "RequestId", requestId);
        Item(page, "HostId", S3Api.HostId(requestId));
        page.Append("</ul>\n");
        if (document is not null)
        {
            page.Append("<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n");
            Item(page, "Code", document.Code);
            Item(page, "Message", document.Message);
            foreach (var (name, value) in document.Fields) Item(page, name, value.ToString());
            page.Append("</ul>\n");
        }

        return Reply.Text(page.Append("<hr/>\n</body>\n</html>\n").ToString(), "text/html; charset=utf-8", error.Status)
            .With("x-amz-error-code", error.Code).With("x-amz-error-message", error.Message);
    }

    private static void Item(StringBuilder page, string name, string? value) => page.Append("<li>").Append(name).Append(": ").Append(WebUtility.HtmlEncode(value)).Append("</li>\n");

    private static string Reason(int status) => status switch
    {
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        412 => "Precondition Failed",
        416 => "Requested Range Not Satisfiable",
        _ => "Internal Server Error",
    };
}
