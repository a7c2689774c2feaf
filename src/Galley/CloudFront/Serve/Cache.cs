using System.Collections.Concurrent;
using Microsoft.Extensions.Primitives;

namespace Galley.CloudFront.Serve;

/// <summary>An object, or an error, as an origin gave it and viewers get it.</summary>
internal sealed class Entry
{
    public required int Status { get; init; }

    public required KeyValuePair<string, StringValues>[] Headers { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }

    public required DateTimeOffset Stored { get; init; }

    public DateTimeOffset FreshUntil { get; init; }

    /// <summary>`Age` that the object had when it came.</summary>
    public long FirstAge { get; init; }

    public string? ETag { get; init; }

    public DateTimeOffset? LastModified { get; init; }

    /// <summary>For the error page: this entry stands for an origin that did not answer.</summary>
    public bool IsOurError { get; init; }

    public string Site { get; set; } = "";

    /// <summary>What invalidations are compared with: the viewer's path, and query where that is in the key.</summary>
    public string Path { get; set; } = "";

    /// <summary>Set by every hit, cleared by the sweep: second chance instead of a list that every hit would have to lock.</summary>
    public bool Touched { get; set; }

    public long Size => Body.Length + 1024;
}

/// <summary>Objects in memory, bounded in bytes. A hit takes no lock. Invalidations win over fetches that were under way.</summary>
internal sealed class Cache(long capacity)
{
    /// <summary>Larger objects are passed through.</summary>
    public const int MaxObject = 8 << 20;

    private readonly ConcurrentDictionary<string, Entry> _entries = new();
    private readonly Queue<(string Key, Entry Entry)> _sweep = new();
    private readonly Lock _lock = new();
    private long _size;
    private int _generation;

    /// <summary>Taken before a fetch, given back with its result.</summary>
    public int Generation => Volatile.Read(ref _generation);

    public Entry? Get(string key)
    {
        if (!_entries.TryGetValue(key, out var entry)) return null;
        if (!entry.Touched) entry.Touched = true;
        return entry;
    }

    public void Put(string key, Entry entry, int generation)
    {
        lock (_lock)
        {
            if (generation != _generation) return;
            Remove(key);
            _entries[key] = entry;
            _size += entry.Size;
            _sweep.Enqueue((key, entry));
            while (_size > capacity && _sweep.TryDequeue(out var oldest))
                if (_entries.TryGetValue(oldest.Key, out var standing) && ReferenceEquals(standing, oldest.Entry))
                {
                    if (standing.Touched)
                    {
                        standing.Touched = false;
                        _sweep.Enqueue(oldest);
                    }
                    else Remove(oldest.Key);
                }

            // replaced entries leave their place in the queue behind
            if (_sweep.Count > 1024 && _sweep.Count > _entries.Count * 4) Compact();
        }
    }

    /// <summary>Forgets what the paths name: letter for letter, or everything that begins with what stands before the `*`.</summary>
    public void Invalidate(string site, IReadOnlyList<string> paths)
    {
        var exact = paths.Where(path => !path.EndsWith('*')).ToHashSet();
        var prefixes = paths.Where(path => path.EndsWith('*')).Select(path => path[..^1]).ToList();
        lock (_lock)
        {
            _generation++;
            foreach (var (key, entry) in _entries)
                if (entry.Site == site && (exact.Contains(entry.Path) || prefixes.Exists(prefix => entry.Path.StartsWith(prefix, StringComparison.Ordinal))))
                    Remove(key);
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _generation++;
            _entries.Clear();
            _sweep.Clear();
            _size = 0;
        }
    }

    private void Remove(string key)
    {
        if (_entries.TryRemove(key, out var removed)) _size -= removed.Size;
    }

    private void Compact()
    {
        var standing = _sweep.Where(item => _entries.TryGetValue(item.Key, out var entry) && ReferenceEquals(entry, item.Entry)).ToList();
        _sweep.Clear();
        standing.ForEach(_sweep.Enqueue);
    }
}
