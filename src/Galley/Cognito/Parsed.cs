using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Galley.Cognito;

/// <summary>
/// Documents that nearly every request reads, parsed once for the same bytes. The bytes come from the store each time, so nothing here can be out of date.
/// </summary>
internal sealed class Parsed<T>(Func<JsonTypeInfo<T>> type) where T : class
{
    private const int Kept = 1024;

    private readonly ConcurrentDictionary<string, (byte[] Bytes, T Document)> _known = new();

    /// <param name="id">What tells documents apart; a clash costs only time.</param>
    /// <param name="bytes">As stored; null for none.</param>
    public T? Of(string id, byte[]? bytes)
    {
        if (bytes is null) return null;
        if (_known.TryGetValue(id, out var known) && known.Bytes.AsSpan().SequenceEqual(bytes)) return known.Document;
        if (_known.Count >= Kept) _known.Clear();
        var document = JsonSerializer.Deserialize(bytes, type())!;
        _known[id] = (bytes, document);
        return document;
    }
}
