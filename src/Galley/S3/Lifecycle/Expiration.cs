namespace Galley.S3;

/// <summary>When lifecycle rules act: days count to the next midnight (UTC), as AWS does.</summary>
internal static class Expiration
{
    /// <summary>`x-amz-expiration` of an object: the rule that ends it first; null for none.</summary>
    public static string? HeaderFor(BucketRecord bucket, ObjectRecord record)
    {
        (DateTimeOffset At, LifecycleRule Rule)? first = null;
        foreach (var rule in bucket.Lifecycle ?? [])
            if (rule.Enabled && Matches(rule, record) && (rule.Date ?? AfterDays(record.Modified, rule.Days)) is { } at && (first is null || at < first.Value.At))
                first = (at, rule);
        return first is { } found ? $"expiry-date=\"{ObjectHeaders.Date(found.At)}\", rule-id=\"{Uri.EscapeDataString(found.Rule.Id)}\"" : null;
    }

    /// <summary>Whether the filter of the rule takes the object in.</summary>
    public static bool Matches(LifecycleRule rule, ObjectRecord record)
        => record.Key.StartsWith(rule.Prefix ?? "", StringComparison.Ordinal)
           && rule.Tags.All(record.Tags.Contains)
           && (rule.LargerThan is not { } larger || record.Size > larger)
           && (rule.SmallerThan is not { } smaller || record.Size < smaller);

    public static bool Due(DateTimeOffset from, int? days, DateTimeOffset now) => AfterDays(from, days) <= now;

    public static DateTimeOffset? AfterDays(DateTimeOffset from, int? days)
        => days is { } some ? new DateTimeOffset(from.UtcDateTime.AddDays(some).Date.AddDays(1), TimeSpan.Zero) : null;
}
