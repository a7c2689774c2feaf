namespace Galley.Kms;

/// <summary>`Limit` and `Marker` of KMS's lists, which are in the order of their names; the marker is the last name told.</summary>
internal static class Page
{
    /// <returns>The page, and the marker of the next one if there is any.</returns>
    public static (IReadOnlyList<T> Items, string? Next) Of<T>(IReadOnlyList<T> all, Func<T, string> name, int limit, int most, string? marker)
    {
        if (limit < 1 || limit > most) throw Errors.Constraint($"{limit}", "limit", limit < 1 ? "Member must have value greater than or equal to 1" : $"Member must have value less than or equal to {most}");
        if (marker is not null && !all.Any(item => name(item) == marker)) throw Errors.InvalidMarker();
        return ListPage.Of(all, name, limit, marker, StringComparer.Ordinal);
    }
}
