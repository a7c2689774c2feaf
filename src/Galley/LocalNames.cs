using System.Text.RegularExpressions;

namespace Galley;

/// <summary>
/// AWS host names and their local twins (design D9): the last labels replaced by `localhost`, our port added.
/// `d1.cloudfront.net` ↔ `d1.cloudfront.localhost:4566`. Registered AWS URLs (callbacks, CORS origins) also stand for their twins.
/// </summary>
internal sealed partial class LocalNames
{
    /// <summary>Set once, when the listener is up.</summary>
    public int Port { get; set; }

    /// <summary>`https://x.execute-api.eu-west-2.amazonaws.com/a` → `http://x.execute-api.eu-west-2.localhost:4566/a`; others unchanged.</summary>
    public string ToLocal(string url, bool secure = false)
        => Uri.TryCreate(url, UriKind.Absolute, out var uri) && LocalHost(uri.Host) is { } host
            ? $"{(secure ? "https" : "http")}://{host}:{Port}{url[(url.IndexOf("://", StringComparison.Ordinal) + 3 + uri.Authority.Length)..]}"
            : url;

    /// <summary>The local twin of an AWS host name, without port; null for a name that is not AWS's.</summary>
    public static string? LocalHost(string host)
        => AwsHost().Match(host) is { Success: true } match ? match.Groups["name"].Value + ".localhost" : null;

    /// <summary>
    /// Whether <paramref name="actual"/> is <paramref name="registered"/>, letter for letter, or its local twin on our own port.
    /// Works for URLs and for origins.
    /// </summary>
    public bool Same(string registered, string actual)
        => registered == actual || LocalHostOf(registered) is not null && (ToLocal(registered) == actual || ToLocal(registered, secure: true) == actual);

    private static string? LocalHostOf(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? LocalHost(uri.Host) : null;

    [GeneratedRegex(@"^(?:(?<name>(?:[a-z0-9._-]+\.)?(?:s3(?:-[a-z0-9-]+)?|[a-z0-9-]+\.[a-z0-9-]+))\.amazonaws\.com|(?<name>(?:[a-z0-9._-]+\.)?cloudfront)\.net|(?<name>[a-z0-9._-]+\.auth\.[a-z0-9-]+)\.amazoncognito\.com|(?<name>[a-z0-9._-]+\.lambda-url\.[a-z0-9-]+)\.on\.aws)$")]
    private static partial Regex AwsHost();
}
