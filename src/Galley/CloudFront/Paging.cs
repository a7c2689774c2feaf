using System.Globalization;
using Galley.Wire;

namespace Galley.CloudFront;

/// <summary>`Marker` and `MaxItems` of CloudFront's lists.</summary>
internal static class Paging
{
    public static (IReadOnlyList<T> Page, string Marker, int Most, bool Truncated) Of<T>(ApiRequest request, IEnumerable<T> all, Func<T, string> id, int limit)
    {
        var marker = request.QueryValue("Marker") ?? "";
        var most = limit;
        if (request.QueryValue("MaxItems") is { } asked && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out most) || most is < 1 or > 1000))
            throw Errors.InvalidArgument("The parameter MaxItems is not valid.");
        var (page, next) = ListPage.Of(all, id, most, marker.Length == 0 ? null : marker, StringComparer.Ordinal);
        return (page, marker, most, next is not null);
    }
}
