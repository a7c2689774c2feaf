using System.Buffers.Binary;

namespace Galley.S3;

/// <summary>A reflected CRC of 32 or 64 bits, eight bytes a step, and the arithmetic that joins the CRCs of two pieces.</summary>
internal sealed class Crc(CrcKind kind) : IRunningChecksum
{
    public static readonly CrcKind Crc32 = new(0xEDB88320, 32), Crc32C = new(0x82F63B78, 32), Crc64Nvme = new(0x9A6C9329AC4BC9B5, 64);
    private ulong _crc = kind.Ones;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var tables = kind.Tables;
        var crc = _crc;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            crc ^= BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            crc = tables[(7 << 8) | (byte)crc] ^ tables[(6 << 8) | (byte)(crc >> 8)] ^ tables[(5 << 8) | (byte)(crc >> 16)] ^ tables[(4 << 8) | (byte)(crc >> 24)]
                ^ tables[(3 << 8) | (byte)(crc >> 32)] ^ tables[(2 << 8) | (byte)(crc >> 40)] ^ tables[(1 << 8) | (byte)(crc >> 48)] ^ tables[(byte)(crc >> 56)];
        }

        foreach (var b in bytes) crc = tables[(byte)crc ^ b] ^ (crc >> 8);
        _crc = crc;
    }

    public byte[] Finish() => kind.ToBytes(_crc ^ kind.Ones);
}

/// <param name="polynomial">Reflected: the highest bit is x⁰.</param>
/// <param name="bits">32 or 64.</param>
internal sealed class CrcKind(ulong polynomial, int bits)
{
    public ulong[] Tables { get; } = MakeTables(polynomial);

    public ulong Ones => bits == 64 ? ulong.MaxValue : (1UL << bits) - 1;

    public byte[] ToBytes(ulong crc)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, crc);
        return bytes[(8 - bits / 8)..];
    }

    /// <summary>The CRC of A followed by B, from crc(A), crc(B) and B's length: crc(A)·x^(8·length) + crc(B).</summary>
    public byte[] Join(byte[] first, byte[] second, long secondLength)
    {
        ulong power = 1UL << (bits - 1), square = Multiply(Shift(8), power); // x⁰, x⁸
        for (var left = secondLength; left > 0; left >>= 1, square = Multiply(square, square))
            if ((left & 1) != 0)
                power = Multiply(power, square);
        return ToBytes(Multiply(Number(first), power) ^ Number(second));
    }

    private static ulong Number(byte[] bytes) => bytes.Aggregate(0UL, (number, b) => (number << 8) | b);

    private ulong Shift(int power) => 1UL << (bits - 1 - power);

    private ulong Multiply(ulong a, ulong b)
    {
        var product = 0UL;
        for (var bit = 1UL << (bits - 1); bit != 0; bit >>= 1)
        {
            if ((a & bit) != 0) product ^= b;
            b = (b & 1) != 0 ? (b >> 1) ^ polynomial : b >> 1;
        }

        return product;
    }

    private static ulong[] MakeTables(ulong polynomial)
    {
        var tables = new ulong[8 * 256];
        for (var at = 0; at < 256; at++)
        {
            var crc = (ulong)at;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ polynomial : crc >> 1;
            tables[at] = crc;
        }

        for (var at = 256; at < tables.Length; at++) tables[at] = tables[(byte)tables[at - 256]] ^ (tables[at - 256] >> 8);
        return tables;
    }
}
