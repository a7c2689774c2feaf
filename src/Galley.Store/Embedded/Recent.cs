namespace Galley.Store.Embedded;

/// <summary>
/// What the writing thread has read lately. It alone changes anything, so what it is told of its own changes stays true: a table's
/// definition, looked at by every write, is not looked up each time. Only for that thread.
/// </summary>
internal sealed class Recent
{
    private const int MostBytes = 4 << 20, Largest = 64 << 10, Overhead = 100;
    private readonly Dictionary<byte[], byte[]?> _values = new(ByBytes.Instance);
    private int _bytes;

    public bool TryGet(byte[] key, out byte[]? value) => _values.TryGetValue(key, out value);

    /// <param name="key">Read in the newest state.</param>
    /// <param name="value">Null when it is not there.</param>
    public void Keep(byte[] key, byte[]? value)
    {
        var bytes = key.Length + (value?.Length ?? 0) + Overhead;
        if (bytes > Largest) return;
        if (_bytes + bytes > MostBytes)
        {
            _values.Clear();
            _bytes = 0;
        }

        if (_values.TryAdd(key, value)) _bytes += bytes;
    }

    /// <summary>The key is changed by a commit.</summary>
    public void Forget(byte[] key)
    {
        if (_values.Remove(key, out var value)) _bytes -= key.Length + (value?.Length ?? 0) + Overhead;
    }

    private sealed class ByBytes : IEqualityComparer<byte[]>
    {
        public static readonly ByBytes Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] key)
        {
            var hash = new HashCode();
            hash.AddBytes(key);
            return hash.ToHashCode();
        }
    }
}
