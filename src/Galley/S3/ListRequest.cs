using System.Globalization;
using System.Text;
using Galley.Store;

namespace Galley.S3;

/// <summary>One page of keys: those with a prefix, after a key, rolled up at a delimiter, in UTF-8 order.</summary>
internal sealed record ListRequest(string Prefix, string Delimiter, string? After, int Max)
{
    /// <summary>What a page holds. <see cref="Last"/> is where the next one goes on; null when this is the last page.</summary>
    internal sealed record Page<T>(IReadOnlyList<T> Items, IReadOnlyList<string> Prefixes, string? Last);

    /// <param name="snapshot">Where to read.</param>
    /// <param name="space">Before every key.</param>
    /// <param name="read">Gives the item, or null for one that is not to be listed.</param>
    public async ValueTask<Page<T>> Read<T>(ISnapshot snapshot, byte[] space, Func<Entry, T?> read) where T : class
    {
        var items = new List<T>();
        var prefixes = new List<string>();
        var last = (string?)null;
        if (Max == 0) return new(items, prefixes, null);
        var from = Start(space);
        var end = Key.After(Keys.Under(space, Prefix));
        while (true)
        {
            string? rolledUp = null;
            await foreach (var entry in snapshot.Range(from, end))
            {
                var key = Encoding.UTF8.GetString(entry.Key, space.Length, entry.Key.Length - space.Length);
                var cut = Delimiter.Length == 0 ? -1 : key.IndexOf(Delimiter, Prefix.Length, StringComparison.Ordinal);
                if (read(entry) is not { } item) continue;
                if (items.Count + prefixes.Count == Max) return new(items, prefixes, last);
                if (cut < 0)
                {
                    items.Add(item);
                    last = key;
                    continue;
                }

                rolledUp = last = key[..(cut + Delimiter.Length)];
                prefixes.Add(rolledUp);
                break;
            }

            if (rolledUp is null) return new(items, prefixes, null);
            // the keys below a common prefix are not read, only jumped over
            from = Key.After(Keys.Under(space, rolledUp));
        }
    }

    public static int Number(S3Request request, string name, int most)
    {
        if (request.Query(name) is not { Length: > 0 } text) return most;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) throw Errors.InvalidArgument($"Provided {name} not an integer or within integer range", name, text);
        return number < 0 ? throw Errors.InvalidArgument("Argument maxKeys must be an integer between 0 and 2147483647", name, text) : Math.Min(number, most);
    }

    public static string ToToken(string last) => Convert.ToBase64String(Encoding.UTF8.GetBytes("1" + last));

    public static string FromToken(string token)
    {
        var bytes = new byte[token.Length];
        return Convert.TryFromBase64String(token, bytes, out var count) && count > 1 && bytes[0] == '1'
            ? Encoding.UTF8.GetString(bytes, 1, count - 1)
            : throw Errors.InvalidArgument("The continuation token provided is incorrect", "continuation-token");
    }

    public byte[] Start(byte[] space)
    {
        var first = Keys.Under(space, Prefix);
        if (string.IsNullOrEmpty(After)) return first;
        // a marker that is itself a common prefix stands for everything below it
        var after = Delimiter.Length > 0 && After.Length > Prefix.Length && After.StartsWith(Prefix, StringComparison.Ordinal) && After.EndsWith(Delimiter, StringComparison.Ordinal)
            ? Key.After(Keys.Under(space, After))
            : [.. Keys.Under(space, After), 0];
        return after.AsSpan().SequenceCompareTo(first) > 0 ? after : first;
    }
}
