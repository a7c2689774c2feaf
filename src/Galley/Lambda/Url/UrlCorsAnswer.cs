using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Galley.Lambda.Url;

/// <summary>CORS as the URL configures it: preflights never reach the function, and its own CORS headers are replaced.</summary>
internal sealed class UrlCorsAnswer(UrlCors cors, LocalNames names)
{
    public static UrlCorsAnswer? For(UrlCors? cors, LocalNames names) => cors is { AllowOrigins.Length: > 0 } ? new UrlCorsAnswer(cors, names) : null;

    public static bool IsPreflight(HttpRequest request)
        => HttpMethods.IsOptions(request.Method) && request.Headers.Origin.Count > 0 && request.Headers.AccessControlRequestMethod.Count > 0;

    public void AnswerPreflight(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status200OK;
        if (Allowed(http.Request.Headers.Origin.ToString()) is not { } origin) return;
        var response = http.Response.Headers;
        Add(response, origin);
        if (cors.AllowMethods is { Length: > 0 } methods) response.AccessControlAllowMethods = string.Join(',', methods);
        if (cors.AllowHeaders is { Length: > 0 } headers) response.AccessControlAllowHeaders = string.Join(',', headers);
        if (cors.MaxAge is { } seconds) response.AccessControlMaxAge = seconds.ToString(CultureInfo.InvariantCulture);
    }

    public void Apply(HttpContext http)
    {
        var response = http.Response.Headers;
        foreach (var name in (ReadOnlySpan<string>)["access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods", "access-control-allow-headers", "access-control-expose-headers", "access-control-max-age"])
            response.Remove(name);
        if (http.Request.Headers.Origin.Count > 0 && Allowed(http.Request.Headers.Origin.ToString()) is { } origin) Add(response, origin);
    }

    private void Add(IHeaderDictionary response, string origin)
    {
        response.AccessControlAllowOrigin = origin;
        if (origin != "*") response.Append("vary", "Origin");
        if (cors.AllowCredentials is true) response.AccessControlAllowCredentials = "true";
        if (cors.ExposeHeaders is { Length: > 0 } expose) response.AccessControlExposeHeaders = string.Join(',', expose);
    }

    private string? Allowed(string origin)
    {
        if (origin.Any(c => c is <= ' ' or >= (char)127)) return null;
        foreach (var allowed in cors.AllowOrigins ?? [])
            if (allowed == "*") return cors.AllowCredentials is true ? origin : "*";
            else if (names.Same(allowed, origin)) return origin;
        return null;
    }
}
