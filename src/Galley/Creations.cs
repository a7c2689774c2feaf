using Galley.Store;

namespace Galley;

/// <summary>
/// A store on a disk, with a trail of what creations put into it: while a stack has a resource made, the keys that were not there before are noted
/// in the transaction that brings them. When a crash comes between the making of a thing and the stack's own record of it, the next start
/// deletes those keys before any service reads, and the creation begins anew from nothing (docs/decisions/0027).
/// </summary>
internal sealed class Creations(IStore store) : IStore
{
    private static readonly AsyncLocal<Creation?> Current = new();
    private static readonly byte[] All = Key.Of("creation");

    public event Action<IEnumerable<byte[]>, long>? Changing
    {
        add => store.Changing += value;
        remove => store.Changing -= value;
    }

    public IKeepValues? Kept
    {
        get => store.Kept;
        set => store.Kept = value;
    }

    /// <summary>Runs a creation under a mark, which holds until <see cref="Forget"/>.</summary>
    /// <param name="owner">Whose creation it is.</param>
    /// <param name="name">Which of the owner's.</param>
    /// <param name="make">Makes the thing; what it starts to run in the background is noted until it returns.</param>
    public static async ValueTask<T> Noted<T>(string owner, string name, Func<ValueTask<T>> make)
    {
        var creation = Current.Value = new Creation(Key.Of("creation", owner, name));
        try
        {
            return await make();
        }
        finally
        {
            creation.Over = true;
            Current.Value = null;
        }
    }

    /// <summary>What was made has an owner who knows of it from this transaction on.</summary>
    public static ValueTask Forget(ITransaction transaction, string owner, string name) => transaction.DeleteAll(Key.Of("creation", owner, name));

    /// <summary>Deletes what creations left that nobody knows of. Before anything else reads the store.</summary>
    public static ValueTask TakeBack(IStore store) => store.Write(async transaction =>
    {
        var entries = new List<Entry>();
        await foreach (var entry in transaction.Range(All, Key.After(All))) entries.Add(entry);
        foreach (var (mark, keys) in entries)
        {
            foreach (var key in Unpack(keys)) transaction.Delete(key);
            transaction.Delete(mark);
        }
    });

    public ValueTask<T> Read<T>(Func<ISnapshot, ValueTask<T>> read) => store.Read(read);

    public ValueTask<T> Write<T>(Func<ITransaction, ValueTask<T>> write)
        => Current.Value is not { Over: false } creation ? store.Write(write) : store.Write(async transaction =>
        {
            var watched = new Watched(transaction);
            var result = await write(watched);
            if (watched.Born.Count > 0) transaction.Put(creation.Next(), Pack(watched.Born));
            return result;
        });

    public ValueTask Clear() => store.Clear();

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private static byte[] Pack(List<byte[]> keys)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        foreach (var key in keys)
        {
            writer.Write(key.Length);
            writer.Write(key);
        }

        return bytes.ToArray();
    }

    private static IEnumerable<byte[]> Unpack(byte[] packed)
    {
        using var reader = new BinaryReader(new MemoryStream(packed));
        while (reader.BaseStream.Position < packed.Length) yield return reader.ReadBytes(reader.ReadInt32());
    }

    private sealed class Creation(byte[] mark)
    {
        private long _writes;

        public volatile bool Over;

        public byte[] Next() => Key.From(mark).Add(Interlocked.Increment(ref _writes)).ToArray();
    }

    /// <summary>A transaction that remembers which keys it brought.</summary>
    private sealed class Watched(ITransaction transaction) : ITransaction
    {
        public List<byte[]> Born { get; } = [];

        public long State => transaction.State;

        public ValueTask<byte[]?> Get(byte[] key) => transaction.Get(key);

        public IAsyncEnumerable<Entry> Range(byte[] from, byte[] to, bool descending = false) => transaction.Range(from, to, descending);

        public ValueTask Visit(byte[] from, byte[] to, bool descending, EntryVisitor visit) => transaction.Visit(from, to, descending, visit);

        public void Put(byte[] key, byte[] value)
        {
            // A store that has to wait for the answer cannot be asked here; its key counts as one that was there, and stays.
            var before = transaction.Get(key);
            if (before.IsCompletedSuccessfully && before.Result is null) Born.Add(key);
            transaction.Put(key, value);
        }

        public void Delete(byte[] key) => transaction.Delete(key);
    }
}
