namespace Galley.Store;

/// <summary>
/// An ordered key-value store with serialisable transactions (design D3). `Write` returns only when the commit is durable.
/// </summary>
/// <remarks>
/// The lambda of a write runs alone (writes are executed one after the other, their flushes are shared), may be run again after a
/// conflict by stores that have them, and must do nothing but read and write the transaction: no waiting on anything else.
/// A lambda that throws leaves nothing behind.
/// </remarks>
public interface IStore : IAsyncDisposable
{
    /// <summary>Runs <paramref name="read"/> over one consistent, durable snapshot.</summary>
    ValueTask<T> Read<T>(Func<ISnapshot, ValueTask<T>> read);

    /// <summary>Runs <paramref name="write"/> and commits what it put and deleted, all or nothing, durable before the return.</summary>
    ValueTask<T> Write<T>(Func<ITransaction, ValueTask<T>> write);

    /// <summary>
    /// Raised with the keys that a commit changes and the number of the state it makes, before anybody can see that state: what is kept of
    /// older states is told here that it is old. Called one after the other; must neither wait nor throw.
    /// </summary>
    event Action<IEnumerable<byte[]>, long>? Changing;

    /// <summary>Keeps for readers what they make out of values; null when nothing does. Set once, before the first read.</summary>
    IKeepValues? Kept { get; set; }

    /// <summary>Deletes everything. Only for stores in memory (`POST /_galley/reset`) and `galley reset`.</summary>
    ValueTask Clear();
}

/// <summary>One key and its value. Both are valid as long as the caller keeps them; neither may be changed.</summary>
public readonly record struct Entry(byte[] Key, byte[] Value);

public interface ISnapshot
{
    /// <summary>Keeps what is made out of values; null where nothing does, and in a transaction, which sees changes that nobody else may.</summary>
    IKeepValues? Kept => null;

    /// <summary>The number of the state that it shows; that of a later commit is greater.</summary>
    long State { get; }

    /// <summary>The value of <paramref name="key"/>, or null.</summary>
    ValueTask<byte[]?> Get(byte[] key);

    /// <summary>
    /// The entries with from ≤ key &lt; to in key order; from the end when <paramref name="descending"/>.
    /// Stop enumerating to stop reading.
    /// </summary>
    IAsyncEnumerable<Entry> Range(byte[] from, byte[] to, bool descending = false);

    /// <summary>As <see cref="Range"/>, without a copy of each entry; ends when <paramref name="visit"/> says false.</summary>
    async ValueTask Visit(byte[] from, byte[] to, bool descending, EntryVisitor visit)
    {
        await foreach (var entry in Range(from, to, descending))
            if (!visit(entry.Key, entry.Value))
                return;
    }
}

/// <summary>What readers made out of values, kept above a store as long as the values stay the same.</summary>
public interface IKeepValues
{
    /// <summary>What <paramref name="read"/> makes of the value of a key, as the snapshot shows it; null when there is none.</summary>
    ValueTask<T?> Get<T>(ISnapshot snapshot, byte[] key, Func<byte[], T> read) where T : class;
}

/// <summary>Looks at one entry, whose bytes are the store's and valid only meanwhile. False to stop.</summary>
public delegate bool EntryVisitor(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

/// <summary>A snapshot that sees its own puts and deletes.</summary>
public interface ITransaction : ISnapshot
{
    void Put(byte[] key, byte[] value);

    void Delete(byte[] key);
}
