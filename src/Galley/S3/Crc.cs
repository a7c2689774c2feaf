using System.Buffers.Binary;
using System.IO.Hashing;

namespace Galley.S3;

/// <summary>CRC-32 as the platform's library counts it.</summary>
internal sealed class RunningCrc32 : IRunningChecksum
{
    private readonly Crc32 _crc = new();

    public void Append(ReadOnlySpan<byte> bytes) => _crc.Append(bytes);

    public byte[] Finish()
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, _crc.GetCurrentHashAsUInt32());
        return bytes;
    }
}

/// <summary>CRC-32C by the processor's instruction.</summary>
internal sealed class RunningCrc32C : IRunningChecksum
{
    private uint _crc = Store.Crc32C.Start;

    public void Append(ReadOnlySpan<byte> bytes) => _crc = Store.Crc32C.Append(_crc, bytes);

    public byte[] Finish()
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, ~_crc);
        return bytes;
    }
}

/// <summary>CRC-64/NVME, which the library lacks: eight tables, eight bytes a step.</summary>
internal sealed class RunningCrc64Nvme : IRunningChecksum
{
    private static readonly ulong[] Tables = MakeTables(CrcKind.Nvme);
    private ulong _crc = ulong.MaxValue;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var (tables, crc) = (Tables, _crc);
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            crc ^= BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            crc = tables[(7 << 8) | (byte)crc] ^ tables[(6 << 8) | (byte)(crc >> 8)] ^ tables[(5 << 8) | (byte)(crc >> 16)] ^ tables[(4 << 8) | (byte)(crc >> 24)]
                ^ tables[(3 << 8) | (byte)(crc >> 32)] ^ tables[(2 << 8) | (byte)(crc >> 40)] ^ tables[(1 << 8) | (byte)(crc >> 48)] ^ tables[(byte)(crc >> 56)];
        }

        foreach (var b in bytes) crc = tables[(byte)crc ^ b] ^ (crc >> 8);
        _crc = crc;
    }

    public byte[] Finish()
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, ~_crc);
        return bytes;
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

/// <summary>The arithmetic that joins the CRCs of two pieces.</summary>
/// <param name="Polynomial">Reflected: the highest bit is x⁰.</param>
/// <param name="Bits">32 or 64.</param>
internal readonly record struct CrcKind(ulong Polynomial, int Bits)
{
    public const ulong Nvme = 0x9A6C9329AC4BC9B5;
    public static readonly CrcKind Crc32 = new(0xEDB88320, 32), Crc32C = new(0x82F63B78, 32), Crc64Nvme = new(Nvme, 64);

    /// <summary>The CRC of A followed by B, from crc(A), crc(B) and B's length: crc(A)·x^(8·length) + crc(B).</summary>
    public byte[] Join(byte[] first, byte[] second, long secondLength)
    {
        ulong power = 1UL << (Bits - 1), square = Multiply(1UL << (Bits - 9), power); // x⁰, x⁸
        for (var left = secondLength; left > 0; left >>= 1, square = Multiply(square, square))
            if ((left & 1) != 0)
                power = Multiply(power, square);
        var joined = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(joined, Multiply(Number(first), power) ^ Number(second));
        return joined[(8 - Bits / 8)..];
    }

    private static ulong Number(byte[] bytes) => bytes.Aggregate(0UL, (number, b) => (number << 8) | b);

    private ulong Multiply(ulong a, ulong b)
    {
        var product = 0UL;
        for (var bit = 1UL << (Bits - 1); bit != 0; bit >>= 1)
        {
            if ((a & bit) != 0) product ^= b;
            b = (b & 1) != 0 ? (b >> 1) ^ Polynomial : b >> 1;
        }

        return product;
    }
}
