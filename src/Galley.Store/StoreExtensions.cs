using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Galley.Store;

/// <summary>Documents over the bytes of a store: JSON by a compile-time contract.</summary>
public static class StoreExtensions
{
    /// <summary>The document at <paramref name="key"/>, or null when there is none.</summary>
    public static async ValueTask<T?> Get<T>(this ISnapshot snapshot, byte[] key, JsonTypeInfo<T> type) where T : class
        => await snapshot.Get(key) is { } value ? JsonSerializer.Deserialize(value, type) : null;

    /// <summary>
    /// The document that <paramref name="read"/> makes of the value at <paramref name="key"/>, or null; for what nearly every request reads.
    /// Readers share it, so nobody changes anything in it. In a transaction it is read and made anew.
    /// </summary>
    public static ValueTask<T?> Kept<T>(this ISnapshot snapshot, byte[] key, Func<byte[], T> read) where T : class
        => snapshot.Kept is { } kept ? kept.Get(snapshot, key, read) : Made(snapshot, key, read);

    public static void Put<T>(this ITransaction transaction, byte[] key, T document, JsonTypeInfo<T> type)
        => transaction.Put(key, JsonSerializer.SerializeToUtf8Bytes(document, type));

    /// <summary>All documents whose key starts with <paramref name="prefix"/>, in key order.</summary>
    public static async IAsyncEnumerable<T> All<T>(this ISnapshot snapshot, byte[] prefix, JsonTypeInfo<T> type) where T : class
    {
        await foreach (var entry in snapshot.Range(prefix, Key.After(prefix)))
            yield return JsonSerializer.Deserialize(entry.Value, type)!;
    }

    /// <summary>As <see cref="All{T}(ISnapshot, byte[], JsonTypeInfo{T})"/>, as a list.</summary>
    public static async ValueTask<List<T>> List<T>(this ISnapshot snapshot, byte[] prefix, JsonTypeInfo<T> type) where T : class
    {
        var list = new List<T>();
        await foreach (var document in snapshot.All(prefix, type)) list.Add(document);
        return list;
    }

    /// <summary>The same for who begins with what may be nothing: a contract is made with the first document, not before.</summary>
    public static async IAsyncEnumerable<T> All<T>(this ISnapshot snapshot, byte[] prefix, Func<JsonTypeInfo<T>> type) where T : class
    {
        await foreach (var entry in snapshot.Range(prefix, Key.After(prefix)))
            yield return JsonSerializer.Deserialize(entry.Value, type())!;
    }

    /// <inheritdoc cref="All{T}(ISnapshot, byte[], Func{JsonTypeInfo{T}})" />
    public static async ValueTask<List<T>> List<T>(this ISnapshot snapshot, byte[] prefix, Func<JsonTypeInfo<T>> type) where T : class
    {
        var list = new List<T>();
        await foreach (var document in snapshot.All(prefix, type)) list.Add(document);
        return list;
    }

    /// <summary>Deletes every key that starts with <paramref name="prefix"/>.</summary>
    public static async ValueTask DeleteAll(this ITransaction transaction, byte[] prefix)
    {
        var keys = new List<byte[]>();
        await foreach (var entry in transaction.Range(prefix, Key.After(prefix))) keys.Add(entry.Key);
        foreach (var key in keys) transaction.Delete(key);
    }

    private static async ValueTask<T?> Made<T>(ISnapshot snapshot, byte[] key, Func<byte[], T> read) where T : class
        => await snapshot.Get(key) is { } value ? read(value) : null;

    /// <summary>A write without a result.</summary>
    public static async ValueTask Write(this IStore store, Func<ITransaction, ValueTask> write)
        => await store.Write(async transaction =>
        {
            await write(transaction);
            return true;
        });
}
