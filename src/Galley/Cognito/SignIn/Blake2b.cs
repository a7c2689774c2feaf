using System.Buffers.Binary;
using System.Numerics;

namespace Galley.Cognito.SignIn;

/// <summary>BLAKE2b without a key (RFC 7693), which Argon2 is built on and the platform lacks.</summary>
internal static class Blake2b
{
    private const int BlockSize = 128;

    private static readonly ulong[] Start =
    [
        0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
    ];

    /// <summary>Which word of a block goes where, a line for each round; rounds 11 and 12 begin again.</summary>
    private static ReadOnlySpan<byte> Order =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
        11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
        7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
        9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
        2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
        12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
        13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
        6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
        10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
    ];

    /// <param name="digest">1 to 64 bytes; how many is part of what is hashed.</param>
    /// <param name="data">Hashed one after the other.</param>
    public static void Hash(Span<byte> digest, params ReadOnlySpan<byte[]> data)
    {
        Span<ulong> state = stackalloc ulong[8];
        Start.CopyTo(state);
        state[0] ^= 0x01010000 ^ (ulong)digest.Length;
        Span<byte> block = stackalloc byte[BlockSize];
        var (filled, count) = (0, 0UL);
        foreach (var part in data)
            for (ReadOnlySpan<byte> left = part; left.Length > 0;)
            {
                if (filled == BlockSize) // more follows, so it is not the last
                {
                    count += BlockSize;
                    Compress(state, block, count, last: false);
                    filled = 0;
                }

                var some = Math.Min(left.Length, BlockSize - filled);
                left[..some].CopyTo(block[filled..]);
                filled += some;
                left = left[some..];
            }

        block[filled..].Clear();
        Compress(state, block, count + (ulong)filled, last: true);
        Span<byte> whole = stackalloc byte[64];
        for (var i = 0; i < state.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(whole[(8 * i)..], state[i]);
        whole[..digest.Length].CopyTo(digest);
    }

    private static void Compress(Span<ulong> state, ReadOnlySpan<byte> block, ulong count, bool last)
    {
        Span<ulong> v = stackalloc ulong[16], m = stackalloc ulong[16];
        state.CopyTo(v);
        Start.CopyTo(v[8..]);
        v[12] ^= count;
        if (last) v[14] = ~v[14];
        for (var i = 0; i < 16; i++) m[i] = BinaryPrimitives.ReadUInt64LittleEndian(block[(8 * i)..]);
        for (var round = 0; round < 12; round++)
        {
            var order = Order.Slice(round % 10 * 16, 16);
            for (var column = 0; column < 4; column++) Mix(v, column, 4 + column, 8 + column, 12 + column, m[order[2 * column]], m[order[2 * column + 1]]);
            for (var diagonal = 0; diagonal < 4; diagonal++) Mix(v, diagonal, 4 + (diagonal + 1) % 4, 8 + (diagonal + 2) % 4, 12 + (diagonal + 3) % 4, m[order[8 + 2 * diagonal]], m[order[9 + 2 * diagonal]]);
        }

        for (var i = 0; i < 8; i++) state[i] ^= v[i] ^ v[i + 8];
    }

    private static void Mix(Span<ulong> v, int a, int b, int c, int d, ulong x, ulong y)
    {
        v[a] += v[b] + x;
        v[d] = BitOperations.RotateRight(v[d] ^ v[a], 32);
        v[c] += v[d];
        v[b] = BitOperations.RotateRight(v[b] ^ v[c], 24);
        v[a] += v[b] + y;
        v[d] = BitOperations.RotateRight(v[d] ^ v[a], 16);
        v[c] += v[d];
        v[b] = BitOperations.RotateRight(v[b] ^ v[c], 63);
    }
}
