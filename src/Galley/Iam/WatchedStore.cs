using Galley.Store;

namespace Galley.Iam;

/// <summary>The store as IAM writes it: it counts the writes, so that what was read of users, keys and policies can be kept until the next.</summary>
internal sealed class WatchedStore(IStore store) : IStore
{
    private long _writes;

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

    public long Writes => Interlocked.Read(ref _writes);

    public ValueTask<T> Read<T>(Func<ISnapshot, ValueTask<T>> read) => store.Read(read);

    /// <summary>Counted before it returns, so nobody who knows of the write is answered from before it.</summary>
    public async ValueTask<T> Write<T>(Func<ITransaction, ValueTask<T>> write)
    {
        try
        {
            return await store.Write(write);
        }
        finally
        {
            Interlocked.Increment(ref _writes);
        }
    }

    public ValueTask Clear() => store.Clear();

    public ValueTask DisposeAsync() => store.DisposeAsync();
}

/// <summary>What was read since IAM's last write, by access key.</summary>
internal sealed class Kept<T>(WatchedStore store) where T : class
{
    private readonly Generations<string, (long Writes, T Value)> _values = new(4096);

    public async ValueTask<T?> Get(string key, Func<ISnapshot, ValueTask<T?>> read)
    {
        var writes = store.Writes;
        if (_values.TryGet(key, out var kept) && kept.Writes == writes) return kept.Value;
        if (await store.Read(read) is not { } value) return null;
        _values.Keep(key, (writes, value));
        return value;
    }

    public void Forget() => _values.Clear();
}
