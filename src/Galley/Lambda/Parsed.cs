using System.Collections.Concurrent;
using Galley.Store;

namespace Galley.Lambda;

/// <summary>Records as they were parsed for their last reader: one whose bytes have not changed is not parsed again. Only for readers that change nothing in them.</summary>
internal sealed class Parsed<T>(Func<byte[], T> parse) where T : class
{
    private const int Most = 1024;
    private readonly ConcurrentDictionary<byte[], (byte[] Bytes, T Value)> _kept = new(new SameBytes());

    /// <summary>Null when there is no such record.</summary>
    public async ValueTask<T?> Get(ISnapshot snapshot, byte[] key)
    {
        if (await snapshot.Get(key) is not { } bytes) return null;
        if (_kept.TryGetValue(key, out var kept) && kept.Bytes.AsSpan().SequenceEqual(bytes)) return kept.Value;
        if (_kept.Count >= Most) _kept.Clear();
        var value = parse(bytes);
        _kept[key] = (bytes, value);
        return value;
    }

    private sealed class SameBytes : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] bytes)
        {
            var hash = new HashCode();
            hash.AddBytes(bytes);
            return hash.ToHashCode();
        }
    }
}
