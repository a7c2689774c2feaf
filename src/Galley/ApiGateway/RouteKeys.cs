namespace Galley.ApiGateway;

/// <summary>`GET /pets/{id}`, `ANY /{proxy+}` or `$default`.</summary>
internal static class RouteKeys
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"];

    public static string Check(string? key)
    {
        if (string.IsNullOrEmpty(key)) throw Errors.Missing("routeKey");
        if (key == "$default") return key;
        if (key.Split(' ') is not [var method, var path] || !Methods.Contains(method) || !path.StartsWith('/'))
            throw Errors.BadRequest($"The provided route key is not formatted properly for HTTP protocol. Format should be \"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\"");
        CheckPath(path);
        return key;
    }

    private static void CheckPath(string path)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var segments = path[1..].Split('/');
        for (var i = 0; i < segments.Length; i++)
        {
            var segment = segments[i];
            if (!segment.Contains('{', StringComparison.Ordinal) && !segment.Contains('}', StringComparison.Ordinal))
            {
                if (segment.Length == 0 && path != "/" && i < segments.Length - 1) throw Errors.BadRequest($"Invalid resource path {path}");
                continue;
            }

            var name = segment.Trim('{', '}').TrimEnd('+');
            if (segment != $"{{{name}}}" && segment != $"{{{name}+}}" || name.Length == 0 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.' or ':')))
                throw Errors.BadRequest($"Invalid path variable {segment}");
            if (segment.EndsWith("+}", StringComparison.Ordinal) && i < segments.Length - 1)
                throw Errors.BadRequest("A greedy path variable must be the last segment of the path");
            if (!names.Add(name)) throw Errors.BadRequest($"Duplicate path variable {name}");
        }
    }
}
