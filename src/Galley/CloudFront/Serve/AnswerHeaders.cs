using Microsoft.Extensions.Primitives;

namespace Galley.CloudFront.Serve;

/// <summary>Which of an origin's headers are kept and reach viewers, and what a 304 changes of them (RFC 9111 §3.1, §3.2).</summary>
internal static class AnswerHeaders
{
    private static readonly HashSet<string> Dropped = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        "Content-Length", "x-amz-request-id", "x-amz-id-2", "Age", "Via", "X-Cache", "X-Amz-Cf-Id", "X-Amz-Cf-Pop", "Alt-Svc",
    };

    /// <summary>They tell of the bytes that are kept, which a 304 does not bring.</summary>
    private static readonly HashSet<string> OfTheBody = new(StringComparer.OrdinalIgnoreCase) { "Content-Encoding", "Content-Length", "Content-MD5", "Content-Range", "ETag" };

    public static bool StripsCookies(Behavior behavior) => behavior.Cache.Cookies.IsNone && behavior.Forward.Cookies.IsNone;

    /// <summary>Fields that the answer's Cache-Control keeps for its first viewer.</summary>
    public static List<string> Personal(OriginAnswer answer) => answer.Header("Cache-Control") is null ? [] : CacheControl.Of(answer.Joined("Cache-Control")).Fields;

    public static List<KeyValuePair<string, string>> Without(List<KeyValuePair<string, string>> headers, List<string> names)
        => [.. headers.Where(header => !names.Contains(header.Key, StringComparer.OrdinalIgnoreCase))];

    public static List<KeyValuePair<string, string>> Kept(Behavior behavior, OriginAnswer answer, bool strict)
    {
        var kept = new List<KeyValuePair<string, string>>(answer.Headers.Count);
        var named = answer.Joined("Connection")?.Split(',', StringSplitOptions.TrimEntries) ?? [];
        foreach (var header in answer.Headers)
        {
            if (Dropped.Contains(header.Key) || named.Contains(header.Key, StringComparer.OrdinalIgnoreCase)) continue;
            if (header.Key.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase) && StripsCookies(behavior)) continue;
            if (!strict && header.Key.Equals("Vary", StringComparison.OrdinalIgnoreCase) && !behavior.Cache.Disabled)
            {
                // a header outside the key cannot vary what the cache gives
                var names = header.Value.Split(',', StringSplitOptions.TrimEntries).Where(name => name == "*" || name.Equals("Accept-Encoding", StringComparison.OrdinalIgnoreCase) || behavior.Cache.Headers.Includes(name)).ToList();
                if (names.Count > 0) kept.Add(new("Vary", string.Join(", ", names)));
                continue;
            }

            kept.Add(header);
        }

        return kept;
    }

    /// <summary>The kept headers with those of a 304 in their place.</summary>
    public static List<KeyValuePair<string, string>> Updated(Entry stale, OriginAnswer answer, Behavior behavior, bool strict)
    {
        var updated = Without(Kept(behavior, answer, strict), Personal(answer)).Where(header => !OfTheBody.Contains(header.Key)).ToList();
        var fresh = updated.Select(header => header.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in stale.Headers)
            if (!fresh.Contains(name))
                foreach (var value in values)
                    updated.Add(new(name, value ?? ""));
        return updated;
    }

    public static List<KeyValuePair<string, string>> WithAge(List<KeyValuePair<string, string>> headers, OriginAnswer answer)
        => [.. headers, .. answer.Headers.Where(header => header.Key.Equals("Age", StringComparison.OrdinalIgnoreCase))];

    public static KeyValuePair<string, StringValues>[] Grouped(List<KeyValuePair<string, string>> headers)
        => [.. headers.GroupBy(header => header.Key, StringComparer.OrdinalIgnoreCase).Select(group => KeyValuePair.Create(group.Key, group.Count() == 1 ? new StringValues(group.First().Value) : new StringValues([.. group.Select(header => header.Value)])))];
}
