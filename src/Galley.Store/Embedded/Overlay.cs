namespace Galley.Store.Embedded;

/// <summary>A state with changes over it that are not in the store yet: those of a group of writes, and of one write over them.</summary>
internal sealed class Overlay(ISnapshot below) : ITransaction
{
    private static readonly Comparer<byte[]> Bytes = Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));
    private bool _ended;

    /// <summary>By key; null for a deletion.</summary>
    public SortedList<byte[], byte[]?> Changes { get; } = new(Bytes);

    public long State => below.State;

    public void End() => _ended = true;

    public void AddTo(Overlay other)
    {
        foreach (var (key, value) in Changes) other.Changes[key] = value;
    }

    public void Put(byte[] key, byte[] value) => Changes[key] = value;

    public void Delete(byte[] key) => Changes[key] = null;

    public ValueTask<byte[]?> Get(byte[] key)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        return Changes.Count > 0 && Changes.TryGetValue(key, out var changed) ? new(changed) : below.Get(key);
    }

    public IAsyncEnumerable<Entry> Range(byte[] from, byte[] to, bool descending = false)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        int first = Position(from), end = Position(to);
        if (first >= end) return below.Range(from, to, descending);
        var changes = new List<KeyValuePair<byte[], byte[]?>>(end - first);
        for (var at = first; at < end; at++) changes.Add(new(Changes.Keys[at], Changes.Values[at]));
        if (descending) changes.Reverse();
        return Merged(below.Range(from, to, descending), changes, descending ? -1 : 1);
    }

    /// <summary>How many changed keys stand before <paramref name="key"/>.</summary>
    private int Position(byte[] key)
    {
        int low = 0, high = Changes.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Bytes.Compare(Changes.Keys[middle], key) < 0) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private async IAsyncEnumerable<Entry> Merged(IAsyncEnumerable<Entry> stored, List<KeyValuePair<byte[], byte[]?>> changes, int direction)
    {
        var at = 0;
        await foreach (var entry in stored)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            for (; at < changes.Count && Bytes.Compare(changes[at].Key, entry.Key) * direction < 0; at++)
                if (changes[at].Value is { } added)
                    yield return new Entry(changes[at].Key, added);
            if (at < changes.Count && Bytes.Compare(changes[at].Key, entry.Key) == 0)
            {
                if (changes[at].Value is { } replaced) yield return new Entry(entry.Key, replaced);
                at++;
            }
            else yield return entry;
        }

        for (; at < changes.Count; at++)
            if (changes[at].Value is { } added)
                yield return new Entry(changes[at].Key, added);
    }
}
