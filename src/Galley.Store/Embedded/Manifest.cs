using System.Buffers.Binary;
using System.Numerics;

namespace Galley.Store.Embedded;

/// <summary>
/// RocksDB's MANIFEST, the log of which files make up the store. Power may fail between the write of its last record and the flush; when
/// the disk then holds that record in part, RocksDB refuses to open. Nothing was built on a record that was not flushed, so it may go.
/// The form: blocks of 32 KiB; a record is masked CRC-32C, length, type (whole, first, middle, last) and its bytes.
/// </summary>
internal static class Manifest
{
    private const int Block = 32 << 10, Header = 7, Sector = 512;
    private const byte Whole = 1, First = 2, Middle = 3, Last = 4;

    /// <summary>
    /// Cuts a torn record off the end. False, and nothing is touched, when the damage is anything else: a record in the middle, or one whose
    /// bytes all came from somewhere, as after a flipped bit.
    /// </summary>
    public static bool CutTornTail(string folder)
    {
        var current = Path.Combine(folder, "CURRENT");
        if (!File.Exists(current)) return false;
        var path = Path.Combine(folder, File.ReadAllText(current).Trim());
        if (!File.Exists(path) || TornAt(File.ReadAllBytes(path)) is not { } cut) return false;
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, cut);
        Disk.Flush(file);
        return true;
    }

    /// <summary>Where the last, torn record begins; null when there is no such thing.</summary>
    internal static int? TornAt(ReadOnlySpan<byte> log)
    {
        int? begun = null; // where the record under way begins, when it has several parts
        var at = 0;
        while (at < log.Length)
        {
            if (Block - at % Block < Header)
            {
                at += Block - at % Block;
                continue;
            }

            if (Part(log, at) is not { } end) break;
            begun = log[at + 6] switch { First => at, Middle => begun, _ => null };
            at = end;
        }

        return at < log.Length && IsTorn(log, at) && NothingAfter(log, at) ? begun ?? at : null;
    }

    /// <summary>Where the sound part at <paramref name="at"/> ends; null when it is not sound.</summary>
    private static int? Part(ReadOnlySpan<byte> log, int at)
    {
        if (at + Header > log.Length) return null;
        var length = BinaryPrimitives.ReadUInt16LittleEndian(log[(at + 4)..]);
        var end = at + Header + length;
        if (log[at + 6] is < Whole or > Last || length > Block - at % Block - Header || end > log.Length) return null;
        var crc = uint.MaxValue;
        foreach (var b in log[(at + 6)..end]) crc = BitOperations.Crc32C(crc, b);
        var masked = BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
        return masked == BinaryPrimitives.ReadUInt32LittleEndian(log[at..]) ? end : null;
    }

    /// <summary>Whether the part runs past the end of the file, or a sector of it never reached the disk.</summary>
    private static bool IsTorn(ReadOnlySpan<byte> log, int at)
    {
        if (at + Header > log.Length) return true;
        var end = at + Header + BinaryPrimitives.ReadUInt16LittleEndian(log[(at + 4)..]);
        if (end > log.Length || log[at..(at + Header)].IndexOfAnyExcept((byte)0) < 0) return true;
        if (end - at >= Header + 8 && log[(end - 8)..end].IndexOfAnyExcept((byte)0) < 0) return true; // its end never came
        for (var from = at; from < end; from = (from / Sector + 1) * Sector)
            if (log[from..Math.Min((from / Sector + 1) * Sector, end)] is { Length: >= 8 } sector && sector.IndexOfAnyExcept((byte)0) < 0)
                return true;
        return false;
    }

    private static bool NothingAfter(ReadOnlySpan<byte> log, int at)
    {
        for (var block = (at / Block + 1) * Block; block < log.Length; block += Block)
            if (Part(log, block) is not null)
                return false;
        return true;
    }
}
