using System.Text;

namespace Galley.Iam;

/// <summary>IAM's pages: at most MaxItems (100), then a Marker for the next.</summary>
internal static class Pages
{
    private const int Usual = 100, Most = 1000;

    public static (IReadOnlyList<TOut> Items, bool IsTruncated, string? Marker) Page<T, TOut>(
        IEnumerable<T> all, Func<T, string> name, Func<T, TOut> show, string? marker, int? maxItems)
    {
        if (maxItems is < 1 or > Most) throw Errors.Constraint($"{maxItems}", "maxItems", maxItems < 1 ? "Member must have value greater than or equal to 1" : $"Member must have value less than or equal to {Most}");
        var (items, next) = ListPage.Of(all, name, maxItems ?? Usual, marker is null ? null : Read(marker), StringComparer.OrdinalIgnoreCase);
        return ([.. items.Select(show)], next is not null, next is null ? null : Convert.ToBase64String(Encoding.UTF8.GetBytes(next)));
    }

    private static string Read(string marker)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(marker));
        }
        catch (FormatException)
        {
            throw Errors.Validation($"Invalid Marker.");
        }
    }
}
