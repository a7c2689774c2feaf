using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace Galley.CloudFront.Serve;

/// <summary>A response headers policy: fixed headers, removals, and CORS headers for requests with an Origin.</summary>
internal sealed class ResponseHeaders
{
    private readonly List<(string Name, string Value, bool Override)> _fixed = [];
    private readonly List<string> _removed = [];
    private CorsRules? _cors;
    private bool _samples;
    private double _sampling;

    public void Apply(Exchange exchange, IHeaderDictionary response, string xCache)
    {
        var request = exchange.Http.Request;
        foreach (var name in _removed) response.Remove(name);
        foreach (var (name, value, over) in _fixed)
            if (over || !response.ContainsKey(name))
                response[name] = value;
        if (_samples && (_sampling >= 100 || exchange.RequestId[0] % 100 < _sampling)) ServerTiming(exchange, response, xCache);
        if (_cors is { } cors && request.Headers.Origin.ToString() is { Length: > 0 } origin) cors.Apply(request, origin, response);
    }

    public static ResponseHeaders Of(XElement policy)
    {
        var made = new ResponseHeaders();
        foreach (var header in policy.Element("CustomHeadersConfig")?.Element("Items")?.Elements() ?? [])
            made._fixed.Add((header.Element("Header")!.Value, header.Element("Value")!.Value, header.Element("Override")!.Value == "true"));
        foreach (var header in policy.Element("RemoveHeadersConfig")?.Element("Items")?.Elements() ?? []) made._removed.Add(header.Element("Header")!.Value);
        foreach (var section in policy.Element("SecurityHeadersConfig")?.Elements() ?? [])
            made._fixed.Add((SecurityHeader(section.Name.LocalName), SecurityValue(section), section.Element("Override")?.Value == "true"));
        if (policy.Element("ServerTimingHeadersConfig") is { } timing && timing.Element("Enabled")!.Value == "true")
            (made._samples, made._sampling) = (true, double.Parse(timing.Element("SamplingRate")?.Value ?? "100", System.Globalization.CultureInfo.InvariantCulture));
        if (policy.Element("CorsConfig") is { } cors)
            made._cors = new CorsRules(Items(cors, "AccessControlAllowOrigins"), Items(cors, "AccessControlAllowHeaders"), Items(cors, "AccessControlAllowMethods"),
                cors.Element("AccessControlAllowCredentials")!.Value == "true", Items(cors, "AccessControlExposeHeaders"), cors.Element("AccessControlMaxAgeSec")?.Value, cors.Element("OriginOverride")!.Value == "true");
        return made;
    }

    /// <summary>`Server-Timing` with CloudFront's metrics.</summary>
    private static void ServerTiming(Exchange exchange, IHeaderDictionary response, string xCache)
    {
        var cache = xCache[0] switch { 'H' => "cdn-cache-hit", 'R' => "cdn-cache-refresh", _ => "cdn-cache-miss" };
        response.Append("Server-Timing", $"{cache}, cdn-pop;desc=\"{Sending.Pop}\", cdn-rid;desc=\"{exchange.RequestId}\"{(cache == "cdn-cache-hit" ? ", cdn-hit-layer;desc=\"EDGE\"" : "")}");
    }

    private static string SecurityHeader(string section) => section switch
    {
        "XSSProtection" => "X-XSS-Protection",
        "FrameOptions" => "X-Frame-Options",
        "ReferrerPolicy" => "Referrer-Policy",
        "ContentSecurityPolicy" => "Content-Security-Policy",
        "ContentTypeOptions" => "X-Content-Type-Options",
        _ => "Strict-Transport-Security",
    };

    private static string SecurityValue(XElement section)
    {
        bool On(string name) => section.Element(name)?.Value == "true";
        return section.Name.LocalName switch
        {
            "XSSProtection" => (On("Protection") ? "1" : "0") + (On("ModeBlock") ? "; mode=block" : "") + (section.Element("ReportUri")?.Value is { Length: > 0 } uri ? "; report=" + uri : ""),
            "FrameOptions" => section.Element("FrameOption")!.Value,
            "ReferrerPolicy" or "ContentSecurityPolicy" => section.Element(section.Name.LocalName)!.Value,
            "ContentTypeOptions" => "nosniff",
            _ => $"max-age={section.Element("AccessControlMaxAgeSec")!.Value}" + (On("IncludeSubdomains") ? "; includeSubDomains" : "") + (On("Preload") ? "; preload" : ""),
        };
    }

    private static string[] Items(XElement cors, string name) => [.. cors.Element(name)?.Element("Items")?.Elements().Select(item => item.Value) ?? []];

    private sealed record CorsRules(string[] Origins, string[] Headers, string[] Methods, bool Credentials, string[] Expose, string? MaxAge, bool Override)
    {
        public void Apply(HttpRequest request, string origin, IHeaderDictionary response)
        {
            var matched = Array.Find(Origins, allowed => allowed == "*" || allowed == origin || Wildcard(allowed, origin));
            if (!Override && response.ContainsKey("Access-Control-Allow-Origin")) return;
            response.Remove("Access-Control-Allow-Origin");
            if (matched is null) return;
            response.AccessControlAllowOrigin = matched == "*" && !Credentials ? "*" : origin;
            if (matched != "*" || Credentials) response.Append("Vary", "Origin");
            if (Credentials) response.AccessControlAllowCredentials = "true";
            if (Expose.Length > 0) response.AccessControlExposeHeaders = string.Join(", ", Expose);
            if (request.Method != "OPTIONS" || !request.Headers.ContainsKey("Access-Control-Request-Method")) return;
            response.AccessControlAllowMethods = string.Join(", ", Methods.Contains("ALL") ? ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"] : Methods);
            if (Headers.Length > 0) response.AccessControlAllowHeaders = Headers.Contains("*") ? request.Headers["Access-Control-Request-Headers"] : string.Join(", ", Headers);
            if (MaxAge is not null) response.AccessControlMaxAge = MaxAge;
        }

        private static bool Wildcard(string allowed, string origin)
        {
            var at = allowed.IndexOf('*', StringComparison.Ordinal);
            return at >= 0 && origin.Length >= allowed.Length - 1
                && origin.StartsWith(allowed[..at], StringComparison.Ordinal) && origin.EndsWith(allowed[(at + 1)..], StringComparison.Ordinal);
        }
    }
}
