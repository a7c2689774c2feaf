namespace Galley.ApiGateway;

/// <summary>What API Gateway takes as a CORS configuration; it is kept as given.</summary>
internal static class CorsRules
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "*"];

    public static Cors Check(Cors cors)
    {
        foreach (var origin in cors.AllowOrigins ?? [])
        {
            if (origin == "*" && cors.AllowCredentials is true) throw Errors.BadRequest("allowCredentials is not supported for origin *");
            if (origin is not ("*" or "https://*" or "http://*") && !IsOrigin(origin)) throw Errors.BadRequest($"Invalid origin {origin}");
        }

        foreach (var method in cors.AllowMethods ?? [])
            if (!Methods.Contains(method, StringComparer.OrdinalIgnoreCase))
                throw Errors.BadRequest($"Invalid method {method}");
        foreach (var header in (cors.AllowHeaders ?? []).Concat(cors.ExposeHeaders ?? []))
            if (header.Length == 0 || header.Any(c => c is <= ' ' or >= (char)127 or ',' or '"' or ':'))
                throw Errors.BadRequest($"Invalid header {header}");
        if (cors.MaxAge is < -1 or > 86_400) throw Errors.BadRequest("maxAge must be between -1 and 86400");
        return cors;
    }

    /// <summary>Scheme, host and port, nothing after; browser extensions have schemes of their own.</summary>
    private static bool IsOrigin(string origin)
    {
        var at = origin.IndexOf("://", StringComparison.Ordinal);
        return at > 0 && origin.Length > at + 3 && origin.AsSpan(at + 3).IndexOfAny("/?#\"\r\n ") < 0 && origin.All(c => c is > ' ' and < (char)127);
    }
}
