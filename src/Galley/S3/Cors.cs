using System.Globalization;
using Galley.Wire;

namespace Galley.S3;

/// <summary>CORS of a bucket: preflight answers (before any authorization) and the headers on real answers.</summary>
internal sealed class Cors(Access access, LocalNames names)
{
    private const string Vary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

    public async ValueTask<Reply> Preflight(S3Request request)
    {
        if (request.Header("Origin") is not { } origin) throw new AwsError("BadRequest", "Insufficient information. Origin request header needed.");
        if (request.Header("Access-Control-Request-Method") is not { } method)
            throw new AwsError("BadRequest", "Invalid Access-Control-Request-Method: null");
        var headers = (request.Header("Access-Control-Request-Headers") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var bucket = await access.Find(request) ?? throw Errors.NoSuchBucket(request.Bucket);
        if (bucket.Cors is not { } rules) throw Forbidden("CORSResponse: CORS is not enabled for this bucket.", method, request);
        foreach (var rule in rules)
            if (Match(rule, origin, method) is { } allowed && headers.All(header => rule.AllowedHeaders.Any(pattern => Wildcard(pattern, header, ignoreCase: true))))
            {
                var reply = Allow(new Reply(), rule, allowed, origin);
                if (headers.Length > 0) reply.With("Access-Control-Allow-Headers", string.Join(", ", headers).ToLowerInvariant());
                if (rule.MaxAgeSeconds is { } age) reply.With("Access-Control-Max-Age", age.ToString(CultureInfo.InvariantCulture));
                return reply;
            }

        throw Forbidden(
            "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
            method, request);
    }

    public void Decorate(ApiRequest request, Reply reply)
    {
        if (request.Method == "OPTIONS" || request.Header("Origin") is not { Length: > 0 } origin || S3Request.Of(request)?.Known?.Cors is not { } rules) return;
        foreach (var rule in rules)
            if (Match(rule, origin, request.Method) is { } allowed)
            {
                Allow(reply, rule, allowed, origin);
                return;
            }
    }

    private static Reply Allow(Reply reply, CorsRule rule, string allowed, string origin)
    {
        reply.With("Access-Control-Allow-Origin", allowed == "*" ? "*" : origin).With("Access-Control-Allow-Methods", string.Join(", ", rule.AllowedMethods));
        if (rule.ExposeHeaders.Count > 0) reply.With("Access-Control-Expose-Headers", string.Join(", ", rule.ExposeHeaders));
        if (allowed != "*") reply.With("Access-Control-Allow-Credentials", "true");
        return reply.With("Vary", Vary);
    }

    /// <summary>The origin pattern of the rule that fits, or null.</summary>
    private string? Match(CorsRule rule, string origin, string method)
        => rule.AllowedMethods.Contains(method) ? rule.AllowedOrigins.FirstOrDefault(pattern => Wildcard(pattern, origin, ignoreCase: false) || names.Same(pattern, origin)) : null;

    private static bool Wildcard(string pattern, string text, bool ignoreCase)
    {
        var how = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        var star = pattern.IndexOf('*', StringComparison.Ordinal);
        return star < 0
            ? pattern.Equals(text, how)
            : text.Length >= pattern.Length - 1 && text.StartsWith(pattern[..star], how) && text.EndsWith(pattern[(star + 1)..], how);
    }

    private static AwsError Forbidden(string message, string method, S3Request request)
        => new AwsError("AccessForbidden", message, 403).With("Method", method).With("ResourceType", request.Key.Length > 0 ? "OBJECT" : "BUCKET");
}
