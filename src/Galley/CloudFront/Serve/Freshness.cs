using System.Globalization;

namespace Galley.CloudFront.Serve;

/// <summary>How long an answer is kept: the origin's wish between the behaviour's bounds, or an error's own time.</summary>
internal static class Freshness
{
    private static readonly HashSet<int> AlwaysKeptErrors = [404, 414, 500, 501, 502, 503, 504], ErrorsKeptOnWish = [400, 403, 405, 412, 415];
    private static readonly HashSet<int> KeptStatuses = [200, 301, 302, 307, 308, 404, 410];

    /// <summary>Null: not kept. Zero: kept only to be revalidated.</summary>
    public static TimeSpan? Of(OriginAnswer answer, CacheRules rules, Dictionary<string, ErrorRule> errors, DateTimeOffset now)
    {
        var control = answer.Header("Cache-Control") ?? "";
        var wished = Wished(answer, control, now);
        if (answer.Status >= 400)
        {
            var rule = errors.GetValueOrDefault(answer.Status.ToString(CultureInfo.InvariantCulture));
            var least = rule?.Caching ?? ErrorRule.UsualCaching;
            if (answer.Status == 416 || rule is null && !AlwaysKeptErrors.Contains(answer.Status) && !(ErrorsKeptOnWish.Contains(answer.Status) && wished is not null)) return null;
            return wished is { } longer && longer > least && !rules.Disabled ? Min(longer, rules.Most) is var bounded && bounded > least ? bounded : least : least;
        }

        if (!KeptStatuses.Contains(answer.Status)) return null;
        if (answer.Header("Vary")?.Trim() == "*") return null;
        if (Has(control, "no-store") || Has(control, "private")) return rules.Least > TimeSpan.Zero ? rules.Least : null;
        if (Has(control, "no-cache")) return rules.Least;
        if (wished is { } wish) return Max(rules.Least, Min(wish, rules.Most));
        return answer.Status is 302 or 307 ? rules.Least > TimeSpan.Zero ? rules.Least : null : Min(Max(rules.Usual, rules.Least), rules.Most);
    }

    private static TimeSpan? Wished(OriginAnswer answer, string control, DateTimeOffset now)
    {
        var age = Number(control, "s-maxage") ?? Number(control, "max-age");
        if (age is { } seconds) return TimeSpan.FromSeconds(Math.Min(seconds, 3_153_600_000));
        if (answer.Header("Expires") is not { } expires) return null;
        return DateTimeOffset.TryParseExact(expires, "R", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end) && end > now ? end - now : TimeSpan.Zero;
    }

    private static bool Has(string control, string directive)
    {
        foreach (var part in control.Split(',', StringSplitOptions.TrimEntries))
            if (part.Equals(directive, StringComparison.OrdinalIgnoreCase) || part.StartsWith(directive + "=", StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    private static long? Number(string control, string directive)
    {
        foreach (var part in control.Split(',', StringSplitOptions.TrimEntries))
            if (part.StartsWith(directive + "=", StringComparison.OrdinalIgnoreCase) && long.TryParse(part.AsSpan(directive.Length + 1).Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return number;
        return null;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
