using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Galley.Cognito.SignIn;

/// <summary>
/// Argon2id, version 0x13 (RFC 9106). Lanes are filled one after the other: more than one core for a password is what <see cref="Passwords"/>
/// does not give. The memory is not the collector's, and is wiped.
/// </summary>
internal static unsafe class Argon2id
{
    private const int Words = 128, Slices = 4, Version = 0x13, Type = 2;

    /// <param name="password">What is hashed.</param>
    /// <param name="salt">At least 8 bytes.</param>
    /// <param name="kibibytes">Memory; at least 8 for each lane.</param>
    /// <param name="passes">Over the whole memory.</param>
    /// <param name="lanes">Degree of parallelism, as part of what is hashed.</param>
    /// <param name="length">Bytes of the hash.</param>
    /// <param name="secret">A key of its own, or none.</param>
    /// <param name="associated">More that goes into the hash, or none.</param>
    public static byte[] Derive(byte[] password, byte[] salt, int kibibytes, int passes, int lanes, int length, byte[]? secret = null, byte[]? associated = null)
    {
        var perSlice = kibibytes / (Slices * lanes);
        var perLane = perSlice * Slices;
        var seed = new byte[64];
        Blake2b.Hash(seed, Int(lanes), Int(length), Int(kibibytes), Int(passes), Int(Version), Int(Type), Int(password.Length), password, Int(salt.Length), salt, Int(secret?.Length ?? 0), secret ?? [], Int(associated?.Length ?? 0), associated ?? []);
        var size = (nuint)perLane * (nuint)lanes * Words * sizeof(ulong);
        var memory = (ulong*)NativeMemory.Alloc(size);
        try
        {
            for (var lane = 0; lane < lanes; lane++)
                for (var first = 0; first < 2; first++)
                    Fill(memory + (long)(lane * perLane + first) * Words, Long(Words * sizeof(ulong), seed, Int(first), Int(lane)));
            for (var pass = 0; pass < passes; pass++)
                for (var slice = 0; slice < Slices; slice++)
                    for (var lane = 0; lane < lanes; lane++)
                        Segment(memory, new(pass, slice, lane, lanes, passes, perSlice));

            Span<ulong> last = stackalloc ulong[Words];
            last.Clear();
            for (var lane = 0; lane < lanes; lane++)
                for (var word = 0; word < Words; word++)
                    last[word] ^= memory[(long)((lane + 1) * perLane - 1) * Words + word];
            var bytes = new byte[Words * sizeof(ulong)];
            for (var word = 0; word < Words; word++) BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(word * sizeof(ulong)), last[word]);
            return Long(length, bytes);
        }
        finally
        {
            NativeMemory.Clear(memory, size);
            NativeMemory.Free(memory);
        }
    }

    private readonly record struct Place(int Pass, int Slice, int Lane, int Lanes, int Passes, int PerSlice)
    {
        public int PerLane => PerSlice * Slices;
    }

    /// <summary>One slice of one lane (§3.1.2 to §3.4).</summary>
    private static void Segment(ulong* memory, Place at)
    {
        ulong* input = stackalloc ulong[Words], addresses = stackalloc ulong[Words], zero = stackalloc ulong[Words];
        new Span<ulong>(input, Words).Clear();
        new Span<ulong>(zero, Words).Clear();
        var independent = at.Pass == 0 && at.Slice < Slices / 2; // of the password: the first half of the first pass
        (input[0], input[1], input[2], input[3], input[4], input[5]) = ((ulong)at.Pass, (ulong)at.Lane, (ulong)at.Slice, (ulong)(at.PerLane * at.Lanes), (ulong)at.Passes, Type);
        var begin = at.Pass == 0 && at.Slice == 0 ? 2 : 0;
        for (var index = begin; index < at.PerSlice; index++)
        {
            var column = at.Slice * at.PerSlice + index;
            var block = memory + (long)(at.Lane * at.PerLane + column) * Words;
            var before = memory + (long)(at.Lane * at.PerLane + (column == 0 ? at.PerLane : column) - 1) * Words;
            if (independent && (index == begin || index % Words == 0)) // the next 128
            {
                input[6]++;
                Compress(zero, input, addresses, add: false);
                Compress(zero, addresses, addresses, add: false);
            }

            var random = independent ? addresses[index % Words] : before[0];
            var lane = at.Pass == 0 && at.Slice == 0 ? at.Lane : (int)((random >> 32) % (ulong)at.Lanes);
            Compress(before, memory + (long)(lane * at.PerLane + Reference(at, index, lane == at.Lane, (uint)random)) * Words, block, add: at.Pass > 0);
        }
    }

    /// <summary>Which block of its lane is taken: one of those that are there already, the later ones more often (§3.4.2).</summary>
    private static int Reference(Place at, int index, bool sameLane, ulong random)
    {
        var done = at.Pass == 0 ? at.Slice * at.PerSlice : at.PerLane - at.PerSlice;
        var count = sameLane ? done + index - 1 : index == 0 ? done - 1 : done;
        var back = (ulong)count * (random * random >> 32) >> 32;
        var start = at.Pass == 0 || at.Slice == Slices - 1 ? 0 : (at.Slice + 1) * at.PerSlice;
        return (int)(((ulong)start + (ulong)count - 1 - back) % (ulong)at.PerLane);
    }

    /// <summary>G of §3.5: into <paramref name="result"/>, or with <paramref name="add"/> added (XOR) to what it holds.</summary>
    [SkipLocalsInit]
    private static void Compress(ulong* x, ulong* y, ulong* result, bool add)
    {
        ulong* r = stackalloc ulong[Words], z = stackalloc ulong[Words];
        for (var i = 0; i < Words; i++) z[i] = r[i] = x[i] ^ y[i];
        for (var row = 0; row < 8; row++) Permute(z + 16 * row, 2);
        for (var column = 0; column < 8; column++) Permute(z + 2 * column, 16);
        if (add)
            for (var i = 0; i < Words; i++) result[i] ^= r[i] ^ z[i];
        else
            for (var i = 0; i < Words; i++) result[i] = r[i] ^ z[i];
    }

    /// <summary>P of §3.6 on eight pairs of words, <paramref name="step"/> words from each other.</summary>
    private static void Permute(ulong* v, int step)
    {
        ulong v0 = v[0], v1 = v[1], v2 = v[step], v3 = v[step + 1], v4 = v[2 * step], v5 = v[2 * step + 1], v6 = v[3 * step], v7 = v[3 * step + 1];
        ulong v8 = v[4 * step], v9 = v[4 * step + 1], v10 = v[5 * step], v11 = v[5 * step + 1], v12 = v[6 * step], v13 = v[6 * step + 1], v14 = v[7 * step], v15 = v[7 * step + 1];
        Mix(ref v0, ref v4, ref v8, ref v12);
        Mix(ref v1, ref v5, ref v9, ref v13);
        Mix(ref v2, ref v6, ref v10, ref v14);
        Mix(ref v3, ref v7, ref v11, ref v15);
        Mix(ref v0, ref v5, ref v10, ref v15);
        Mix(ref v1, ref v6, ref v11, ref v12);
        Mix(ref v2, ref v7, ref v8, ref v13);
        Mix(ref v3, ref v4, ref v9, ref v14);
        (v[0], v[1], v[step], v[step + 1], v[2 * step], v[2 * step + 1], v[3 * step], v[3 * step + 1]) = (v0, v1, v2, v3, v4, v5, v6, v7);
        (v[4 * step], v[4 * step + 1], v[5 * step], v[5 * step + 1], v[6 * step], v[6 * step + 1], v[7 * step], v[7 * step + 1]) = (v8, v9, v10, v11, v12, v13, v14, v15);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(ref ulong a, ref ulong b, ref ulong c, ref ulong d)
    {
        a = Sum(a, b);
        d = BitOperations.RotateRight(d ^ a, 32);
        c = Sum(c, d);
        b = BitOperations.RotateRight(b ^ c, 24);
        a = Sum(a, b);
        d = BitOperations.RotateRight(d ^ a, 16);
        c = Sum(c, d);
        b = BitOperations.RotateRight(b ^ c, 63);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Sum(ulong x, ulong y) => x + y + 2 * ((ulong)(uint)x * (uint)y);

    /// <summary>H' of §3.3: a hash of any length.</summary>
    private static byte[] Long(int length, params byte[][] data)
    {
        var result = new byte[length];
        if (length <= 64)
        {
            Blake2b.Hash(result, [Int(length), .. data]);
            return result;
        }

        var link = new byte[64];
        Blake2b.Hash(link, [Int(length), .. data]);
        var at = 0;
        for (; length - at > 64; at += 32)
        {
            link.AsSpan(0, 32).CopyTo(result.AsSpan(at));
            var next = new byte[Math.Min(64, length - at - 32)];
            Blake2b.Hash(next, link);
            link = next;
        }

        link.CopyTo(result.AsSpan(at));
        return result;
    }

    private static void Fill(ulong* block, byte[] bytes)
    {
        for (var word = 0; word < Words; word++) block[word] = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(word * sizeof(ulong)));
    }

    private static byte[] Int(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
