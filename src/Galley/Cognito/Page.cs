using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Galley.Store;

namespace Galley.Cognito;

/// <summary>One page of a list. AWS: sixty items unless the call says fewer; 0 is as good as nothing said.</summary>
internal static class Page
{
    private const int Usual = 60;

    /// <summary>A page of documents in the order of their keys. The token is the last key that was looked at, so that a page costs itself and not what is before it.</summary>
    /// <param name="tx">Where from.</param>
    /// <param name="prefix">Keys of the list.</param>
    /// <param name="type">The documents' contract.</param>
    /// <param name="limit">Most items.</param>
    /// <param name="token">Where the page before ended.</param>
    /// <param name="wanted">Which documents count; null for all.</param>
    public static ValueTask<(IReadOnlyList<T> Items, string? Next)> Read<T>(ISnapshot tx, byte[] prefix, JsonTypeInfo<T> type, int? limit, string? token, Func<T, bool>? wanted = null) where T : class
        => Read(tx, prefix, bytes => JsonSerializer.Deserialize(bytes, type)!, limit, token, wanted);

    public static async ValueTask<(IReadOnlyList<T> Items, string? Next)> Read<T>(ISnapshot tx, byte[] prefix, Func<byte[], T> read, int? limit, string? token, Func<T, bool>? wanted = null)
    {
        var size = limit is > 0 and var few ? few : Usual;
        // The first key after the last one shown.
        var from = token is null ? prefix : [.. prefix, .. Bytes(token), 0];
        var (items, last) = (new List<T>(), Array.Empty<byte>());
        await foreach (var (key, value) in tx.Range(from, Key.After(prefix)))
        {
            var item = read(value);
            if (wanted?.Invoke(item) == false) continue;
            if (items.Count == size) return (items, Base64Url.EncodeToString(last.AsSpan(prefix.Length)));
            items.Add(item);
            last = key;
        }

        return (items, null);
    }

    /// <summary>A page of a list that is made anew for each call; the token names the last item shown.</summary>
    public static (IReadOnlyList<T> Items, string? Next) Of<T>(IEnumerable<T> all, int? limit, string? token, Func<T, string> id)
    {
        var (items, next) = ListPage.Of(all, id, limit is > 0 and var few ? few : Usual, token is null ? null : Encoding.UTF8.GetString(Bytes(token)));
        return (items, next is null ? null : Base64Url.EncodeToString(Encoding.UTF8.GetBytes(next)));
    }

    private static byte[] Bytes(string token)
    {
        try
        {
            return Base64Url.DecodeFromChars(token);
        }
        catch (FormatException)
        {
            throw Errors.Parameter("Invalid pagination token.");
        }
    }
}
