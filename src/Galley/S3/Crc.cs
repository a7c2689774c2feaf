using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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

/// <summary>
/// CRC-64/NVME, which the library lacks: four lanes of sixteen bytes a step where the processor multiplies without carries, else eight bytes by eight tables.
/// </summary>
internal sealed class RunningCrc64Nvme : IRunningChecksum
{
    private const int Lane = 16;
    private static readonly ulong[] Tables = MakeTables(CrcKind.Nvme);

    /// <summary>x¹⁹¹ and x¹²⁷ modulo the polynomial: what moves the two halves of a lane over the next one (the product of two reflected numbers has one x more).</summary>
    private static readonly Vector128<ulong> Over = Vector128.Create(CrcKind.Crc64Nvme.PowerOfX(191), CrcKind.Crc64Nvme.PowerOfX(127));

    /// <summary>The same over four lanes.</summary>
    private static readonly Vector128<ulong> OverFour = Vector128.Create(CrcKind.Crc64Nvme.PowerOfX(4 * 128 + 63), CrcKind.Crc64Nvme.PowerOfX(4 * 128 - 1));

    private ulong _crc = ulong.MaxValue;

    public void Append(ReadOnlySpan<byte> bytes) => _crc = Pclmulqdq.IsSupported && bytes.Length >= 4 * Lane ? ByLanes(_crc, bytes) : ByTables(_crc, bytes);

    public byte[] Finish()
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, ~_crc);
        return bytes;
    }

    private static ulong ByLanes(ulong crc, ReadOnlySpan<byte> bytes)
    {
        var lane = Vector128.Create(bytes).AsUInt64() ^ Vector128.CreateScalar(crc);
        bytes = bytes[Lane..];
        // each lane waits for its own last product only
        var (second, third, fourth) = (At(bytes, 0), At(bytes, 1), At(bytes, 2));
        for (bytes = bytes[(3 * Lane)..]; bytes.Length >= 4 * Lane; bytes = bytes[(4 * Lane)..])
        {
            lane = Moved(lane, OverFour) ^ At(bytes, 0);
            second = Moved(second, OverFour) ^ At(bytes, 1);
            third = Moved(third, OverFour) ^ At(bytes, 2);
            fourth = Moved(fourth, OverFour) ^ At(bytes, 3);
        }

        lane = Moved(Moved(Moved(lane, Over) ^ second, Over) ^ third, Over) ^ fourth;

        for (; bytes.Length >= Lane; bytes = bytes[Lane..]) lane = Moved(lane, Over) ^ At(bytes, 0);
        Span<byte> last = stackalloc byte[Lane];
        lane.AsByte().CopyTo(last);
        return ByTables(ByTables(0, last), bytes);
    }

    private static Vector128<ulong> At(ReadOnlySpan<byte> bytes, int lane) => Vector128.Create(bytes[(lane * Lane)..]).AsUInt64();

    private static Vector128<ulong> Moved(Vector128<ulong> lane, Vector128<ulong> over) => Pclmulqdq.CarrylessMultiply(lane, over, 0x00) ^ Pclmulqdq.CarrylessMultiply(lane, over, 0x11);

    private static ulong ByTables(ulong crc, ReadOnlySpan<byte> bytes)
    {
        var tables = Tables;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            crc ^= BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            crc = tables[(7 << 8) | (byte)crc] ^ tables[(6 << 8) | (byte)(crc >> 8)] ^ tables[(5 << 8) | (byte)(crc >> 16)] ^ tables[(4 << 8) | (byte)(crc >> 24)]
                ^ tables[(3 << 8) | (byte)(crc >> 32)] ^ tables[(2 << 8) | (byte)(crc >> 40)] ^ tables[(1 << 8) | (byte)(crc >> 48)] ^ tables[(byte)(crc >> 56)];
        }

        foreach (var b in bytes) crc = tables[(byte)crc ^ b] ^ (crc >> 8);
        return crc;
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

    /// <summary>xⁿ modulo the polynomial.</summary>
    public ulong PowerOfX(int n)
    {
        var power = 1UL << (Bits - 1);
        for (; n > 0; n--) power = (power & 1) != 0 ? (power >> 1) ^ Polynomial : power >> 1;
        return power;
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
