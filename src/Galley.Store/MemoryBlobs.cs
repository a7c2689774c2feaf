using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Galley.Store;

/// <summary>Blobs in memory, for tests and `--in-memory`.</summary>
public sealed class MemoryBlobs : IBlobs
{
    private readonly ConcurrentDictionary<string, byte[]> _blobs = new();

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

    public IBlobs Area(string name) => new MemoryBlobs();

    public ValueTask Clear()
    {
        _blobs.Clear();
        return ValueTask.CompletedTask;
    }
}
