using System.Buffers;

namespace Galley.DynamoDB;

/// <summary>The stored items that one Query or Scan passes, before any filter: as they stand in an answer, and each by itself.</summary>
internal sealed class KeptPage
{
    private readonly int[] _ends, _sizes;

    private KeptPage(byte[] json, int[] ends, int[] sizes, bool stopped)
    {
        (Json, _ends, _sizes, Stopped) = (json, ends, sizes, stopped);
        foreach (var size in sizes) ItemBytes += size;
    }

    /// <summary>`[{…},{…}]`</summary>
    public byte[] Json { get; }

    public int Count => _ends.Length;

    /// <summary>In memory.</summary>
    public int Bytes => Json.Length + 8 * Count;

    /// <summary>AWS's size of all items.</summary>
    public long ItemBytes { get; }

    /// <summary>Whether the page ended because it was full, not because there was no more.</summary>
    public bool Stopped { get; }

    public int SizeOf(int item) => _sizes[item];

    public ReadOnlySpan<byte> JsonOf(int item)
    {
        var start = item == 0 ? 1 : _ends[item - 1] + 1;
        return Json.AsSpan(start, _ends[item] - start);
    }

    /// <summary>Gathers a page while it is read.</summary>
    internal sealed class Gathering
    {
        private readonly ArrayBufferWriter<byte> _json = new(4096);
        private readonly List<int> _ends = [], _sizes = [];

        public void Add(int size, ReadOnlySpan<byte> json)
        {
            _json.Write(_ends.Count == 0 ? "["u8 : ","u8);
            _json.Write(json);
            _ends.Add(_json.WrittenCount);
            _sizes.Add(size);
        }

        public KeptPage End(bool stopped)
        {
            _json.Write(_ends.Count == 0 ? "[]"u8 : "]"u8);
            return new(_json.WrittenSpan.ToArray(), [.. _ends], [.. _sizes], stopped);
        }
    }
}
