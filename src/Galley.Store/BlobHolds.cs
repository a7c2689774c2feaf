namespace Galley.Store;

/// <summary>
/// Who refers to a blob: one row per holder, written in the transaction that commits or drops the reference. Blobs are named by content,
/// so two services may hold the same one; only a blob that nobody holds may be deleted.
/// </summary>
public static class BlobHolds
{
    /// <param name="transaction">The write that commits the reference.</param>
    /// <param name="blob">Name of the blob.</param>
    /// <param name="holder">Who refers to it: the key of the record, unique over all services.</param>
    public static void Hold(this ITransaction transaction, string blob, byte[] holder) => transaction.Put(Row(blob, holder), []);

    public static void Release(this ITransaction transaction, string blob, byte[] holder) => transaction.Delete(Row(blob, holder));

    public static async ValueTask<bool> IsHeld(this ISnapshot snapshot, string blob)
    {
        var prefix = Key.Of("blob-holds", blob);
        await foreach (var _ in snapshot.Range(prefix, Key.After(prefix))) return true;
        return false;
    }

    private static byte[] Row(string blob, byte[] holder) => Key.From(Key.Of("blob-holds", blob)).Add(holder.AsSpan()).ToArray();
}
