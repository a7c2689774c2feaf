namespace Galley;

/// <summary>Pages of a list that is put together anew for each call. What tells the next page is the name of the last item of this one; services dress it as they like.</summary>
internal static class ListPage
{
    /// <param name="all">The whole list.</param>
    /// <param name="name">Different for each item.</param>
    /// <param name="most">Items of a page.</param>
    /// <param name="last">The last item of the page before; null for the first page.</param>
    /// <param name="order">The list is in the order of its names, and goes on behind one that is gone; null: it is as it is given.</param>
    /// <returns>The page, and the name that tells the next one if there is any.</returns>
    public static (IReadOnlyList<T> Items, string? Next) Of<T>(IEnumerable<T> all, Func<T, string> name, int most, string? last, StringComparer? order = null)
    {
        if (order is not null) all = all.OrderBy(name, order);
        if (last is not null) all = order is null ? all.SkipWhile(item => name(item) != last).Skip(1) : all.SkipWhile(item => order.Compare(name(item), last) <= 0);
        var items = all.Take(most + 1).ToList();
        return items.Count <= most ? (items, null) : (items[..most], name(items[most - 1]));
    }
}
