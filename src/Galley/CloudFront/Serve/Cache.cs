using System.Collections.Concurrent;

namespace Galley.CloudFront.Serve;

/// <summary>
/// Objects in memory, bounded in bytes, and behind it on the disk, bounded too. A hit takes no lock. Invalidations win over fetches
/// that were under way.
/// </summary>
internal sealed class Cache(long memory, long disk, Disk files)
{
    /// <summary>Larger bodies go to the disk at once.</summary>
    public const int MaxInMemory = 1 << 20;

    private const int Remembered = 1024;

    private readonly ConcurrentDictionary<string, Entry> _entries = new();
    private readonly Queue<(string Key, Entry Entry)> _sweep = new(), _onDisk = new();
    private readonly Lock _lock = new();
    private readonly Queue<Invalidated> _invalidations = new();
    private long _size, _diskSize;
    private int _generation;

    /// <summary>Taken before a fetch, given back with its result.</summary>
    public int Generation => Volatile.Read(ref _generation);

    public long MaxOnDisk => disk / 2;

    public Disk Files => files;

    public (int Entries, long Memory, long Disk) Usage
    {
        get
        {
            lock (_lock) return (_entries.Count, _size, _diskSize);
        }
    }

    public Entry? Get(string key)
    {
        if (!_entries.TryGetValue(key, out var entry)) return null;
        if (!entry.Touched) entry.Touched = true;
        return entry;
    }

    /// <summary>Whether it was kept: not when an invalidation came meanwhile.</summary>
    public bool Put(string key, Entry entry, int generation)
    {
        List<(string Key, Entry Entry)> victims = [];
        lock (_lock)
        {
            if (generation != _generation && Overtaken(entry, generation)) return false;
            Remove(key, keep: entry.Content.File);
            _entries[key] = entry;
            _size += entry.Size;
            if (entry.Content.File is not null) Add(key, entry);
            _sweep.Enqueue((key, entry));
            while (_size > memory && _sweep.TryDequeue(out var oldest)) Evict(oldest, victims);
            // replaced entries leave their place in the queue behind
            if (_sweep.Count > 1024 && _sweep.Count > _entries.Count * 4) Compact();
        }

        foreach (var (name, victim) in victims) MoveToDisk(name, victim);
        return true;
    }

    /// <summary>Forgets what the paths name: letter for letter, or everything that begins with what stands before the `*`.</summary>
    public void Invalidate(string site, IReadOnlyList<string> paths)
    {
        lock (_lock)
        {
            var done = new Invalidated(++_generation, site, paths.Where(path => !path.EndsWith('*')).ToHashSet(), [.. paths.Where(path => path.EndsWith('*')).Select(path => path[..^1])]);
            _invalidations.Enqueue(done);
            if (_invalidations.Count > Remembered) _invalidations.Dequeue();
            foreach (var (key, entry) in _entries)
                if (done.Names(entry))
                    Remove(key);
        }
    }

    /// <summary>Forgets an object whose file is gone.</summary>
    public void Drop(Entry gone)
    {
        lock (_lock)
            foreach (var (key, entry) in _entries)
                if (ReferenceEquals(entry, gone))
                    Remove(key);
    }

    public void Clear()
    {
        lock (_lock)
        {
            _generation++;
            _invalidations.Clear();
            foreach (var key in _entries.Keys) Remove(key);
            _sweep.Clear();
            _onDisk.Clear();
        }
    }

    /// <summary>Whether an invalidation came while it was fetched; of those too old to be remembered the worst is taken for granted.</summary>
    private bool Overtaken(Entry entry, int generation)
        => !_invalidations.TryPeek(out var oldest) || generation < oldest.Generation - 1 || _invalidations.Any(done => done.Generation > generation && done.Names(entry));

    private void Evict((string Key, Entry Entry) oldest, List<(string Key, Entry Entry)> victims)
    {
        if (!_entries.TryGetValue(oldest.Key, out var standing) || !ReferenceEquals(standing, oldest.Entry)) return;
        if (standing.Touched)
        {
            standing.Touched = false;
            _sweep.Enqueue(oldest);
        }
        else if (standing.Content.Bytes.Length >= Entry.Overhead)
        {
            _size -= standing.Content.Bytes.Length; // the rest of it stays
            victims.Add(oldest);
        }
        else Remove(oldest.Key);
    }

    private void MoveToDisk(string key, Entry entry)
    {
        var content = files.Write(entry.Content.Bytes);
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var standing) || !ReferenceEquals(standing, entry))
            {
                _size += entry.Content.Bytes.Length; // its removal counted them as well
                if (content?.File is { } file) Disk.Delete(file);
                return;
            }

            if (content is null)
            {
                _size += entry.Content.Bytes.Length;
                Remove(key);
                return;
            }

            entry.Content = content;
            Add(key, entry);
            _sweep.Enqueue((key, entry));
        }
    }

    private void Add(string key, Entry entry)
    {
        _diskSize += entry.Content.Length;
        _onDisk.Enqueue((key, entry));
        while (_diskSize > disk && _onDisk.TryDequeue(out var oldest))
            if (_entries.TryGetValue(oldest.Key, out var standing) && ReferenceEquals(standing, oldest.Entry))
                Remove(oldest.Key);
    }

    /// <param name="key">Which.</param>
    /// <param name="keep">A file that goes on to be used, by the entry that takes the place.</param>
    private void Remove(string key, string? keep = null)
    {
        if (!_entries.TryRemove(key, out var removed)) return;
        _size -= removed.Size;
        if (removed.Content.File is not { } file) return;
        _diskSize -= removed.Content.Length;
        if (file != keep) Disk.Delete(file);
    }

    private void Compact()
    {
        var standing = _sweep.Where(item => _entries.TryGetValue(item.Key, out var entry) && ReferenceEquals(entry, item.Entry)).ToList();
        _sweep.Clear();
        standing.ForEach(_sweep.Enqueue);
    }

    private sealed record Invalidated(int Generation, string Site, HashSet<string> Exact, List<string> Prefixes)
    {
        public bool Names(Entry entry) => entry.Site == Site && (Exact.Contains(entry.Path) || Prefixes.Exists(prefix => entry.Path.StartsWith(prefix, StringComparison.Ordinal)));
    }
}
