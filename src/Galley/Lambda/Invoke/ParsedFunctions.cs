using System.Collections.Concurrent;
using System.Text.Json;
using Galley.Store;

namespace Galley.Lambda.Invoke;

/// <summary>Functions as they were parsed for their last event: a record whose bytes have not changed is not parsed again. Only for readers that change nothing in it.</summary>
internal sealed class ParsedFunctions
{
    private const int Most = 1024;
    private readonly ConcurrentDictionary<byte[], (byte[] Bytes, FunctionRecord Function)> _kept = new(new SameBytes());

    public async ValueTask<FunctionRecord> Find(ISnapshot snapshot, FunctionRef function)
    {
        var key = await Functions.Locate(snapshot, function);
        if (await snapshot.Get(key) is not { } bytes) throw Errors.FunctionNotFound(function.QualifiedArn);
        if (_kept.TryGetValue(key, out var kept) && kept.Bytes.AsSpan().SequenceEqual(bytes)) return kept.Function;
        if (_kept.Count >= Most) _kept.Clear();
        var parsed = JsonSerializer.Deserialize(bytes, LambdaJson.Default.FunctionRecord)!;
        _kept[key] = (bytes, parsed);
        return parsed;
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
