using Microsoft.AspNetCore.Http;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// CORS as the API configures it: the gateway answers preflights itself, before any authorizer, and on every other answer its
/// headers replace whatever the integration sent. Origins registered with AWS names also match their local twins.
/// </summary>
internal sealed class CorsAnswer(Cors cors, LocalNames names)
{
    private readonly string? _methods = Join(cors.AllowMethods), _headers = Join(cors.AllowHeaders), _expose = Join(cors.ExposeHeaders);

    public static CorsAnswer? For(Cors? cors, LocalNames names) => cors is null ? null : new CorsAnswer(cors, names);

    public static bool IsPreflight(HttpRequest request)
        => HttpMethods.IsOptions(request.Method) && request.Headers.Origin.Count > 0 && request.Headers.AccessControlRequestMethod.Count > 0;

    /// <summary>204; with CORS headers only when origin, method and headers are all allowed.</summary>
    public void AnswerPreflight(Exchange exchange)
    {
        var http = exchange.Http;
        var request = http.Request.Headers;
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        if (AllowedOrigin(request.Origin.ToString()) is not { } origin)
        {
            exchange.Trail.Add("cors", false, "allowOrigins has no", request.Origin.ToString());
            return;
        }

        if (_methods is not null && !Allows(cors.AllowMethods!, request.AccessControlRequestMethod.ToString()))
        {
            exchange.Trail.Add("cors", false, "allowMethods has no", request.AccessControlRequestMethod.ToString());
            return;
        }

        if (_headers is not null)
            foreach (var header in request.AccessControlRequestHeaders.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                if (!Allows(cors.AllowHeaders!, header))
                {
                    exchange.Trail.Add("cors", false, "allowHeaders has no", header);
                    return;
                }

        AddTo(http.Response.Headers, origin);
        if (_methods is not null) http.Response.Headers.AccessControlAllowMethods = _methods;
        if (_headers is not null) http.Response.Headers.AccessControlAllowHeaders = _headers;
        if (cors.MaxAge is { } seconds) http.Response.Headers.AccessControlMaxAge = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Drops the integration's CORS headers and adds the API's own for an allowed origin.</summary>
    public void Apply(HttpContext http)
    {
        var response = http.Response.Headers;
        foreach (var name in (ReadOnlySpan<string>)["access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods",
                     "access-control-allow-headers", "access-control-expose-headers", "access-control-max-age"])
            response.Remove(name);
        if (http.Request.Headers.Origin.Count > 0 && AllowedOrigin(http.Request.Headers.Origin.ToString()) is { } origin) AddTo(response, origin);
    }

    private void AddTo(IHeaderDictionary response, string origin)
    {
        response.AccessControlAllowOrigin = origin;
        if (origin != "*") response.Append("vary", "Origin");
        if (cors.AllowCredentials is true) response.AccessControlAllowCredentials = "true";
        if (_expose is not null) response.AccessControlExposeHeaders = _expose;
    }

    private string? AllowedOrigin(string origin)
    {
        if (origin.Any(c => c is <= ' ' or >= (char)127)) return null;
        foreach (var allowed in cors.AllowOrigins ?? [])
            if (allowed == "*") return "*";
            else if (allowed is "https://*" or "http://*" ? origin.StartsWith(allowed[..^1], StringComparison.OrdinalIgnoreCase) && origin.Length >= allowed.Length : names.Same(allowed, origin))
                return origin;
        return null;
    }

    private static bool Allows(List<string> list, string value) => list.Contains("*") || list.Contains(value, StringComparer.OrdinalIgnoreCase);

    private static string? Join(List<string>? list) => list is { Count: > 0 } ? string.Join(',', list) : null;
}
