using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Galley.Store;

/// <summary>
/// Keys are tuples whose bytes sort as the tuples do, after FoundationDB's tuple layer: every part carries a type byte;
/// text and bytes end in 00 with inner 00 written 00 FF; integers are 8 bytes, big end first, sign bit flipped.
/// A tuple's bytes are a prefix of every longer tuple that starts with it.
/// </summary>
public sealed class Key
{
    private const byte BytesTag = 0x01, TextTag = 0x02, IntegerTag = 0x15;
    private readonly ArrayBufferWriter<byte> _bytes = new(64);

    /// <summary>The key of text parts only, the usual case: `Key.Of("ddb", account, region, "table", name)`.</summary>
    public static byte[] Of(params ReadOnlySpan<string> parts)
    {
        var length = 0;
        foreach (var part in parts) length += part.Length + 2;
        var bytes = new byte[length];
        var at = 0;
        foreach (var part in parts)
        {
            if (Ascii.FromUtf16(part, bytes.AsSpan(at + 1), out var written) != OperationStatus.Done || part.Contains('\0')) return OfAnyText(parts);
            bytes[at] = TextTag;
            at += written + 2;
        }

        return bytes;
    }

    /// <summary>A key that starts with a ready prefix.</summary>
    public static Key From(byte[] prefix) => new Key().Raw(prefix);

    /// <summary>The first key after every key that starts with <paramref name="prefix"/>.</summary>
    public static byte[] After(byte[] prefix)
    {
        var end = (byte[])prefix.Clone();
        for (var at = end.Length - 1; at >= 0; at--)
            if (end[at]++ < 0xFF)
                return end.AsSpan(0, at + 1).ToArray();
        return [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
    }

    public Key Add(string text)
    {
        var room = _bytes.GetSpan(1 + Encoding.UTF8.GetMaxByteCount(text.Length));
        room[0] = TextTag;
        var written = Encoding.UTF8.GetBytes(text, room[1..]);
        if (room.Slice(1, written).Contains((byte)0))
            return Escaped(TextTag, room.Slice(1, written).ToArray());
        _bytes.Advance(1 + written);
        return Raw([0]);
    }

    public Key Add(ReadOnlySpan<byte> bytes) => Escaped(BytesTag, bytes);

    public Key Add(long number)
    {
        var room = _bytes.GetSpan(9);
        room[0] = IntegerTag;
        BinaryPrimitives.WriteUInt64BigEndian(room[1..], (ulong)number ^ 0x8000_0000_0000_0000);
        _bytes.Advance(9);
        return this;
    }

    /// <summary>Bytes that are in order already (a DynamoDB sort key, say), with neither tag nor end.</summary>
    public Key Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    private static byte[] OfAnyText(ReadOnlySpan<string> parts)
    {
        var key = new Key();
        foreach (var part in parts) key.Add(part);
        return key.ToArray();
    }

    private Key Escaped(byte tag, ReadOnlySpan<byte> bytes)
    {
        Raw([tag]);
        foreach (var b in bytes)
        {
            Raw([b]);
            if (b == 0) Raw([0xFF]);
        }

        return Raw([0]);
    }
}
