namespace Galley.Store.Tests.PowerLoss;

/// <summary>How mean the disk is to what was not flushed.</summary>
internal enum Meanness
{
    /// <summary>All of it is lost.</summary>
    Loses,

    /// <summary>Each write is kept, lost or torn in sectors by itself; names are kept up to some moment.</summary>
    Tears,

    /// <summary>As Tears, and each name's making, renaming or removal is kept or lost by itself, as POSIX allows.</summary>
    Scatters,
}

/// <summary>
/// What a disk may hold when the power goes after a recorded change: all that was flushed, and any part of the rest. A name is flushed
/// with its folder, bytes with their file, and with them the name that it has (so do ext4, XFS and Btrfs, and RocksDB counts on it);
/// bytes whose flush failed are never sure again.
/// </summary>
internal sealed class LostPower(Random random, Meanness meanness)
{
    private const int Sector = 512;
    private readonly Dictionary<string, Node> _names = [];
    private readonly List<Naming> _namings = [];
    private readonly Dictionary<long, (Node? File, string Path, int Until, int Names)> _flushes = [];

    /// <summary>Writes one possible state into <paramref name="folder"/>.</summary>
    public void Build(IEnumerable<DiskChange> changes, string folder)
    {
        foreach (var change in changes) Apply(change);
        var kept = Kept();
        foreach (var (path, node) in kept.OrderBy(name => name.Key.Length))
        {
            // A file is only there when its folders are.
            for (var parent = Path.GetDirectoryName(path)!; parent.Length > 0; parent = Path.GetDirectoryName(parent)!)
                if (!kept.TryGetValue(parent, out var holder) || holder.Content is not null)
                    goto Lost;
            var place = Path.Combine(folder, path);
            if (node.Content is null) Directory.CreateDirectory(place);
            else File.WriteAllBytes(place, Torn(node));
        Lost:;
        }
    }

    private void Apply(DiskChange change)
    {
        switch (change.Kind)
        {
            case 'C':
                _namings.Add(new(change.Path, _names[change.Path] = new Node { Content = new MemoryStream() }, null));
                break;
            case 'M':
                _namings.Add(new(change.Path, _names[change.Path] = new Node(), null));
                break;
            case 'U':
                _namings.Add(new(change.Path, null, null));
                _names.Remove(change.Path);
                break;
            case 'R':
                _names.Remove(change.Path, out var moved);
                _namings.Add(new(change.Other, _names[change.Other] = moved!, change.Path));
                break;
            case 'W' or 'T':
                if (_names.TryGetValue(change.Path, out var file)) file.Pending.Add(change); // else it was removed, and is still open
                break;
            case 'B':
                _names.TryGetValue(change.Path, out var flushed);
                _flushes[change.Number] = (flushed, change.Path, flushed?.Content is null ? 0 : flushed.Settled + flushed.Pending.Count, _namings.Count);
                break;
            case 'S':
                Settle(_flushes[change.Number]);
                break;
            case 'F' when _flushes[change.Number].File is { } failed:
                failed.Doubtful = Math.Max(failed.Doubtful, _flushes[change.Number].Until);
                break;
        }
    }

    private void Settle((Node? File, string Path, int Until, int Names) flush)
    {
        if (flush.File?.Content is null)
        {
            for (var i = 0; i < flush.Names; i++)
                if (Path.GetDirectoryName(_namings[i].Path) == flush.Path || _namings[i].From is { } from && Path.GetDirectoryName(from) == flush.Path)
                    _namings[i].Durable = true;
            return;
        }

        var file = flush.File;
        for (var i = 0; i < flush.Names; i++)
            if (_namings[i].Node == file) _namings[i].Durable = true;
        if (file.Doubtful > file.Settled) return;
        for (; file.Settled < flush.Until; file.Settled++)
        {
            Write(file.Content, file.Pending[0], _ => true);
            file.Pending.RemoveAt(0);
        }
    }

    private Dictionary<string, Node> Kept()
    {
        // A journal keeps the order of all names: what is flushed takes everything before with it.
        var sure = meanness == Meanness.Scatters ? 0 : _namings.FindLastIndex(naming => naming.Durable) + 1;
        var until = meanness == Meanness.Tears ? random.Next(sure, _namings.Count + 1) : sure;
        var names = new Dictionary<string, Node>();
        for (var i = 0; i < _namings.Count; i++)
        {
            var naming = _namings[i];
            if (!naming.Durable && (meanness == Meanness.Scatters ? random.Next(2) == 0 : i >= until)) continue;
            if (naming.From is not null && names.GetValueOrDefault(naming.From) == naming.Node) names.Remove(naming.From);
            if (naming.Node is null) names.Remove(naming.Path);
            else names[naming.Path] = naming.Node;
        }

        return names;
    }

    private byte[] Torn(Node file)
    {
        var content = new MemoryStream();
        file.Content!.WriteTo(content);
        foreach (var change in file.Pending)
            switch (meanness == Meanness.Loses ? 0 : random.Next(4))
            {
                case 0:
                    break;
                case 1:
                    Write(content, change, _ => random.Next(2) == 0);
                    break;
                default:
                    Write(content, change, _ => true);
                    break;
            }

        return content.ToArray();
    }

    private static void Write(MemoryStream content, DiskChange change, Func<long, bool> keeps)
    {
        if (change.Kind == 'T')
        {
            if (keeps(0)) content.SetLength(change.Number);
            return;
        }

        for (var at = 0; at < change.Data.Length;)
        {
            var offset = change.Number + at;
            var length = (int)Math.Min(Sector - offset % Sector, change.Data.Length - at);
            if (keeps(offset))
            {
                if (content.Length < offset) content.SetLength(offset); // a hole reads as zeros
                content.Position = offset;
                content.Write(change.Data, at, length);
            }

            at += length;
        }
    }

    /// <summary>A file, or a folder when it has no content.</summary>
    private sealed class Node
    {
        /// <summary>What is surely on the disk.</summary>
        public MemoryStream? Content { get; init; }

        public List<DiskChange> Pending { get; } = [];

        /// <summary>How many changes are in <see cref="Content"/>.</summary>
        public int Settled { get; set; }

        /// <summary>Up to here a flush has failed: a later one that succeeds says nothing about these.</summary>
        public int Doubtful { get; set; }
    }

    /// <param name="Node">Null: the name was removed.</param>
    private sealed record Naming(string Path, Node? Node, string? From)
    {
        public bool Durable { get; set; }
    }
}
