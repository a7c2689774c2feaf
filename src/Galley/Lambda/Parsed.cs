using Galley.Store;

namespace Galley.Lambda;

/// <summary>Records as they were parsed for their last reader: one whose bytes have not changed is not parsed again. Only for readers that change nothing in them.</summary>
internal sealed class Parsed<T>(Func<byte[], T> parse) where T : class
{
    private readonly Generations<byte[], (byte[] Bytes, T Value)> _kept = new(1024, new SameBytes());

    /// <summary>Null when there is no such record.</summary>
    public async ValueTask<T?> Get(ISnapshot snapshot, byte[] key)
    {
        if (await snapshot.Get(key) is not { } bytes) return null;
        if (_kept.TryGet(key, out var kept) && kept.Bytes.AsSpan().SequenceEqual(bytes)) return kept.Value;
        var value = parse(bytes);
        _kept.Keep(key, (bytes, value));
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
