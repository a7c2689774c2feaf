using System.Globalization;

namespace Galley.CloudFront.Serve;

/// <summary>What is to become of an answer.</summary>
/// <param name="Kept">Null: not kept. Zero: kept only to be revalidated.</param>
/// <param name="Why">The rule that said so, for `galley explain`.</param>
internal readonly record struct Lifetime(TimeSpan? Kept, string Why)
{
    /// <summary>The reason of an error that is our own.</summary>
    public const string Unasked = "the origin could not be asked";

    /// <summary>`Age` that it had when it came.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>How long past its time it may be given while a new one is fetched.</summary>
    public TimeSpan StaleWhileRevalidate { get; init; }

    /// <summary>How long past its time it may stand in for a failing origin; null for as long as that fails, which is CloudFront's way.</summary>
    public TimeSpan? StaleIfError { get; init; }
}

/// <summary>
/// How long an answer is kept: the origin's wish between the policy's bounds, or an error's own time; with <paramref name="strict"/>
/// exactly what RFC 9111 says for a shared cache.
/// </summary>
internal sealed class Freshness(bool strict)
{
    private static readonly HashSet<int> AlwaysKeptErrors = [404, 414, 500, 501, 502, 503, 504], ErrorsKeptOnWish = [400, 403, 405, 412, 415];
    private static readonly HashSet<int> KeptStatuses = [200, 203, 204, 206, 301, 302, 307, 308, 404, 410];

    /// <summary>RFC 9110 §15.1: kept without a word of the origin.</summary>
    private static readonly HashSet<int> Heuristic = [200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501];

    public Lifetime Of(OriginAnswer answer, CacheRules rules, Dictionary<string, ErrorRule> errors, bool authorized, DateTimeOffset now)
    {
        var control = CacheControl.Of(answer.Joined("Cache-Control"));
        var date = HttpDate(answer.Header("Date"));
        var age = Age(answer, date, now);
        var never = control.MustRevalidate || control.ProxyRevalidate || control.NoCache || strict && control.SharedMaxAge is not null;
        var life = strict ? Strictly(answer, control, rules, errors, authorized, date, now) : AsCloudFront(answer, control, rules, errors, date, now);
        return life with
        {
            // an Age that cannot be read says at least that the answer is not new
            Kept = life.Kept is not { } kept || answer.Status >= 400 && !strict ? life.Kept : age is { } had ? Max(TimeSpan.Zero, kept - had) : TimeSpan.Zero,
            Age = age ?? TimeSpan.Zero,
            StaleWhileRevalidate = never ? TimeSpan.Zero : control.StaleWhileRevalidate ?? TimeSpan.Zero,
            // 0 is CloudFront's default too, which is to go on with the old object
            StaleIfError = never ? TimeSpan.Zero : control.StaleIfError is { } limit && limit > TimeSpan.Zero ? limit : null,
        };
    }

    public static DateTimeOffset? HttpDate(string? text)
        => text is not null && (DateTimeOffset.TryParseExact(text, "R", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            || DateTimeOffset.TryParseExact(text, ["dddd, dd-MMM-yy HH:mm:ss 'GMT'", "ddd MMM d HH:mm:ss yyyy", "ddd MMM  d HH:mm:ss yyyy"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out date)) ? date : null;

    private static Lifetime AsCloudFront(OriginAnswer answer, CacheControl control, CacheRules rules, Dictionary<string, ErrorRule> errors, DateTimeOffset? date, DateTimeOffset now)
    {
        var wished = Wished(answer, control, date, now);
        if (answer.Status >= 400) return Error(answer.Status, wished?.Time, rules, errors);
        if (!KeptStatuses.Contains(answer.Status)) return new(null, $"status {answer.Status} is not kept");
        if (control.NoStore || control.Private) return new(null, control.NoStore ? "no-store" : "private");
        if (VariesOnEverything(answer)) return new(TimeSpan.Zero, "Vary: *");
        if (control.NoCache) return new(rules.Least, "no-cache, so the minimum TTL");
        if (wished is { } wish)
        {
            var kept = Max(rules.Least, Min(wish.Time, rules.Most));
            return new(kept, kept == wish.Time ? wish.Source : $"{wish.Source} within the policy's bounds");
        }

        if (answer.Status is 302 or 307) return rules.Least > TimeSpan.Zero ? new(rules.Least, "the minimum TTL") : new(null, "a temporary redirect without a lifetime");
        return new(Min(Max(rules.Usual, rules.Least), rules.Most), "the policy's default TTL");
    }

    private static Lifetime Error(int status, TimeSpan? wished, CacheRules rules, Dictionary<string, ErrorRule> errors)
    {
        var rule = errors.GetValueOrDefault(status.ToString(CultureInfo.InvariantCulture));
        var least = rule?.Caching ?? ErrorRule.UsualCaching;
        if (status == 416 || rule is null && !AlwaysKeptErrors.Contains(status) && !(ErrorsKeptOnWish.Contains(status) && wished is not null))
            return new(null, $"error {status} is not kept");
        return wished is { } longer && longer > least && !rules.Disabled && Min(longer, rules.Most) is var bounded && bounded > least
            ? new(bounded, $"error {status} for as long as the origin says")
            : new(least, $"error {status} for its error caching minimum TTL");
    }

    private static Lifetime Strictly(OriginAnswer answer, CacheControl control, CacheRules rules, Dictionary<string, ErrorRule> errors, bool authorized, DateTimeOffset? date, DateTimeOffset now)
    {
        if (errors.TryGetValue(answer.Status.ToString(CultureInfo.InvariantCulture), out var rule) && rule.Caching > TimeSpan.Zero) return new(rule.Caching, "the error caching minimum TTL");
        if (control.NoStore || control.Private) return new(null, control.NoStore ? "no-store" : "private");
        if (control.MustUnderstand && !Heuristic.Contains(answer.Status) && answer.Status is not (302 or 303 or 307 or 400 or 403 or 500 or 502 or 503 or 504)) return new(null, "must-understand");
        if (authorized && !control.Public && !control.MustRevalidate && control.SharedMaxAge is null) return new(null, "Authorization");
        if (VariesOnEverything(answer)) return new(null, "Vary: *");
        if (control.NoCache) return new(TimeSpan.Zero, "no-cache");
        if (Wished(answer, control, date, now) is { } wish) return new(Min(wish.Time, rules.Most), wish.Source);
        if (!Heuristic.Contains(answer.Status) && !control.Public) return new(null, "no lifetime");
        if (HttpDate(answer.Header("Last-Modified")) is not { } modified) return new(rules.Usual, "the policy's default TTL");
        return new(Min(Max(rules.Usual, ((date ?? now) - modified) / 10), rules.Most), "a tenth of the time since it changed");
    }

    private static (TimeSpan Time, string Source)? Wished(OriginAnswer answer, CacheControl control, DateTimeOffset? date, DateTimeOffset now)
    {
        if (control.SharedMaxAge is { } shared) return (shared, "s-maxage");
        if (control.MaxAge is { } age) return (age, "max-age");
        if (answer.Header("Expires") is not { } expires) return null;
        var lifetime = answer.Count("Expires") == 1 && HttpDate(expires) is { } end ? end - (date ?? now) : TimeSpan.Zero;
        return (Max(TimeSpan.Zero, lifetime), "Expires");
    }

    /// <summary>
    /// RFC 9111 §4.2.3 and §5.1: of a list the first member counts. Null when that is no number, or when several lines were joined,
    /// so that nobody knows which hop is meant.
    /// </summary>
    private TimeSpan? Age(OriginAnswer answer, DateTimeOffset? date, DateTimeOffset now)
    {
        var apparent = strict && date is { } then && now > then ? now - then : TimeSpan.Zero;
        if (apparent < TimeSpan.FromSeconds(2)) apparent = TimeSpan.Zero; // Date has whole seconds
        if (answer.Header("Age") is not { } text) return apparent;
        var comma = text.IndexOf(',', StringComparison.Ordinal);
        if (answer.Count("Age") > 1 || comma >= 0 && comma + 1 < text.Length && text[comma + 1] == ' ' || !long.TryParse(comma < 0 ? text : text[..comma], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return null;
        return Max(apparent, TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue)));
    }

    private static bool VariesOnEverything(OriginAnswer answer) => answer.Joined("Vary")?.Split(',', StringSplitOptions.TrimEntries).Contains("*") == true;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
