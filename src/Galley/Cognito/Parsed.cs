using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Galley.Cognito;

/// <summary>
/// Documents that nearly every request reads, parsed once for the same bytes. The bytes come from the store each time, so nothing here can be out of date.
/// </summary>
internal sealed class Parsed<T>(Func<JsonTypeInfo<T>> type) where T : class
{
    private readonly Generations<string, (byte[] Bytes, T Document)> _known = new(1024);

    /// <param name="id">What tells documents apart; a clash costs only time.</param>
    /// <param name="bytes">As stored; null for none.</param>
    public T? Of(string id, byte[]? bytes)
    {
        if (bytes is null) return null;
        if (_known.TryGet(id, out var known) && known.Bytes.AsSpan().SequenceEqual(bytes)) return known.Document;
        var document = JsonSerializer.Deserialize(bytes, type())!;
        _known.Keep(id, (bytes, document));
        return document;
    }
}
