using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Galley.Store;

/// <summary>Blobs in memory, for tests and `--in-memory`.</summary>
public sealed class MemoryBlobs : IBlobs
{
    private readonly ConcurrentDictionary<string, byte[]> _blobs = new();
    private readonly ConcurrentDictionary<string, MemoryBlobs> _areas = new();

    public async ValueTask<BlobRef> Put(Stream content, CancellationToken cancel = default)
    {
        using var copy = new MemoryStream();
        await content.CopyToAsync(copy, cancel);
        var bytes = copy.ToArray();
        var blob = new BlobRef(Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length, Convert.ToHexStringLower(MD5.HashData(bytes)));
        _blobs[blob.Name] = bytes;
        return blob;
    }

    public Stream Open(string name)
        => _blobs.TryGetValue(name, out var bytes) ? new MemoryStream(bytes, writable: false) : throw new FileNotFoundException($"no blob {name}");

    public void Delete(string name) => _blobs.TryRemove(name, out _);

    public IEnumerable<string> All() => _blobs.Keys;

    public IBlobs Area(string name) => _areas.GetOrAdd(name, _ => new MemoryBlobs());

    /// <summary>What is here now, areas and all. The bytes are shared, never copied.</summary>
    public BlobsImage Take() => new(_blobs.ToArray(), [.. _areas.Select(area => KeyValuePair.Create(area.Key, area.Value.Take()))]);

    /// <summary>Puts back what an image holds; what came later is forgotten.</summary>
    public void PutBack(BlobsImage image)
    {
        var names = image.Blobs.Select(blob => blob.Key).ToHashSet();
        foreach (var name in _blobs.Keys)
            if (!names.Contains(name))
                _blobs.TryRemove(name, out _);
        foreach (var (name, bytes) in image.Blobs) _blobs[name] = bytes;
        foreach (var (name, area) in image.Areas) ((MemoryBlobs)Area(name)).PutBack(area);
    }

    public async ValueTask Clear()
    {
        _blobs.Clear();
        foreach (var area in _areas.Values) await area.Clear();
    }
}

/// <summary>A <see cref="MemoryBlobs"/> as it was at one moment.</summary>
public sealed class BlobsImage
{
    internal BlobsImage(IReadOnlyList<KeyValuePair<string, byte[]>> blobs, IReadOnlyList<KeyValuePair<string, BlobsImage>> areas) => (Blobs, Areas) = (blobs, areas);

    internal IReadOnlyList<KeyValuePair<string, byte[]>> Blobs { get; }

    internal IReadOnlyList<KeyValuePair<string, BlobsImage>> Areas { get; }
}
