using System.Globalization;
using System.Text;

namespace Galley.Cognito.Pages;

/// <summary>A QR code (ISO/IEC 18004) of bytes at error correction level M, versions 1 to 20: up to 666 bytes, far more than an authenticator's address.</summary>
internal sealed class QrCode
{
    // Per version 1…20 at level M: error correction codewords per block, and blocks.
    private static readonly int[] EccPerBlock = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];
    private static readonly int[] Blocks = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];

    private readonly int _version;
    private readonly bool[,] _dark;
    private readonly bool[,] _fixed;

    private QrCode(int version)
    {
        _version = version;
        Size = 17 + 4 * version;
        (_dark, _fixed) = (new bool[Size, Size], new bool[Size, Size]);
    }

    /// <summary>Modules on a side.</summary>
    public int Size { get; }

    public bool this[int x, int y] => _dark[y, x];

    public static QrCode Of(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var version = 1;
        while (DataCodewords(version) * 8 < 4 + LengthBits(version) + bytes.Length * 8)
            if (++version > EccPerBlock.Length) throw new ArgumentException("too long for a QR code", nameof(text));
        var code = new QrCode(version);
        code.DrawPatterns();
        code.DrawCodewords(Interleaved(version, Data(version, bytes)));
        code.ApplyBestMask();
        return code;
    }

    /// <summary>The code as an SVG picture with its quiet zone; dark on light whatever the page's colours are.</summary>
    public string Svg(string label)
    {
        var path = new StringBuilder();
        for (var y = 0; y < Size; y++)
            for (var x = 0; x < Size; x++)
            {
                if (!this[x, y]) continue;
                var run = 1;
                while (x + run < Size && this[x + run, y]) run++;
                path.Append(CultureInfo.InvariantCulture, $"M{x + 4} {y + 4}h{run}v1h-{run}z");
                x += run - 1;
            }

        return string.Create(CultureInfo.InvariantCulture, $"""<svg role="img" aria-label="{Layout.E(label)}" viewBox="0 0 {Size + 8} {Size + 8}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{Size + 8}v{Size + 8}H0z"/><path fill="#000" d="{path}"/></svg>""");
    }

    private static int RawModules(int version)
    {
        var result = (16 * version + 128) * version + 64;
        if (version < 2) return result;
        var align = version / 7 + 2;
        result -= (25 * align - 10) * align - 55;
        return version < 7 ? result : result - 36;
    }

    private static int DataCodewords(int version) => RawModules(version) / 8 - EccPerBlock[version - 1] * Blocks[version - 1];

    private static int LengthBits(int version) => version < 10 ? 8 : 16;

    private static byte[] Data(int version, byte[] bytes)
    {
        var bits = new List<bool>();
        void Add(int value, int count)
        {
            for (var bit = count - 1; bit >= 0; bit--) bits.Add((value >> bit & 1) == 1);
        }

        Add(0b0100, 4);
        Add(bytes.Length, LengthBits(version));
        foreach (var value in bytes) Add(value, 8);
        var capacity = DataCodewords(version) * 8;
        Add(0, Math.Min(4, capacity - bits.Count));
        Add(0, (8 - bits.Count % 8) % 8);
        for (var pad = 0xec; bits.Count < capacity; pad ^= 0xec ^ 0x11) Add(pad, 8);
        var data = new byte[capacity / 8];
        for (var i = 0; i < bits.Count; i++)
            if (bits[i]) data[i / 8] |= (byte)(0x80 >> i % 8);
        return data;
    }

    private static byte[] Interleaved(int version, byte[] data)
    {
        var (blocks, ecc, all) = (Blocks[version - 1], EccPerBlock[version - 1], RawModules(version) / 8);
        var shortBlocks = blocks - all % blocks;
        var shortLength = all / blocks - ecc;
        var divisor = ReedSolomonDivisor(ecc);
        var parts = new List<(byte[] Data, byte[] Ecc)>();
        for (int i = 0, at = 0; i < blocks; i++)
        {
            var part = data.AsSpan(at, shortLength + (i < shortBlocks ? 0 : 1)).ToArray();
            at += part.Length;
            parts.Add((part, ReedSolomonRemainder(part, divisor)));
        }

        var result = new List<byte>(all);
        for (var i = 0; i <= shortLength; i++)
            foreach (var part in parts)
                if (i < part.Data.Length)
                    result.Add(part.Data[i]);
        for (var i = 0; i < ecc; i++)
            foreach (var part in parts) result.Add(part.Ecc[i]);
        return [.. result];
    }

    private static byte[] ReedSolomonDivisor(int degree)
    {
        var result = new byte[degree];
        result[^1] = 1;
        byte root = 1;
        for (var i = 0; i < degree; i++)
        {
            for (var j = 0; j < degree; j++)
            {
                result[j] = Multiply(result[j], root);
                if (j + 1 < degree) result[j] ^= result[j + 1];
            }

            root = Multiply(root, 2);
        }

        return result;
    }

    private static byte[] ReedSolomonRemainder(byte[] data, byte[] divisor)
    {
        var result = new byte[divisor.Length];
        foreach (var value in data)
        {
            var factor = (byte)(value ^ result[0]);
            result.AsSpan(1).CopyTo(result);
            result[^1] = 0;
            for (var i = 0; i < result.Length; i++) result[i] ^= Multiply(divisor[i], factor);
        }

        return result;
    }

    /// <summary>In the field of 256 with x^8 + x^4 + x^3 + x^2 + 1.</summary>
    private static byte Multiply(byte x, byte y)
    {
        var z = 0;
        for (var bit = 7; bit >= 0; bit--) z = z << 1 ^ (z >> 7) * 0x11d ^ (y >> bit & 1) * x;
        return (byte)z;
    }

    private void Set(int x, int y, bool dark) => (_dark[y, x], _fixed[y, x]) = (dark, true);

    private void DrawPatterns()
    {
        for (var i = 0; i < Size; i++)
        {
            Set(6, i, i % 2 == 0);
            Set(i, 6, i % 2 == 0);
        }

        foreach (var (cx, cy) in ((int, int)[])[(3, 3), (Size - 4, 3), (3, Size - 4)])
            for (var dy = -4; dy <= 4; dy++)
                for (var dx = -4; dx <= 4; dx++)
                    if (cx + dx >= 0 && cx + dx < Size && cy + dy >= 0 && cy + dy < Size)
                        Set(cx + dx, cy + dy, Math.Max(Math.Abs(dx), Math.Abs(dy)) is not (2 or 4));
        var centres = AlignmentCentres();
        for (var i = 0; i < centres.Length; i++)
            for (var j = 0; j < centres.Length; j++)
                if (!(i == 0 && j == 0 || i == 0 && j == centres.Length - 1 || i == centres.Length - 1 && j == 0))
                    for (var dy = -2; dy <= 2; dy++)
                        for (var dx = -2; dx <= 2; dx++)
                            Set(centres[i] + dx, centres[j] + dy, Math.Max(Math.Abs(dx), Math.Abs(dy)) != 1);
        DrawFormat(0);
        DrawVersion();
    }

    private int[] AlignmentCentres()
    {
        if (_version == 1) return [];
        var count = _version / 7 + 2;
        var step = (_version * 8 + count * 3 + 5) / (count * 4 - 4) * 2;
        return [6, .. Enumerable.Range(0, count - 1).Select(i => Size - 7 - (count - 2 - i) * step)];
    }

    /// <summary>Level M and the mask, in their two places.</summary>
    private void DrawFormat(int mask)
    {
        var data = mask; // level M is 00
        var remainder = data;
        for (var i = 0; i < 10; i++) remainder = remainder << 1 ^ (remainder >> 9) * 0x537;
        var bits = (data << 10 | remainder) ^ 0x5412;
        bool Bit(int i) => (bits >> i & 1) == 1;
        for (var i = 0; i <= 5; i++) Set(8, i, Bit(i));
        Set(8, 7, Bit(6));
        Set(8, 8, Bit(7));
        Set(7, 8, Bit(8));
        for (var i = 9; i < 15; i++) Set(14 - i, 8, Bit(i));
        for (var i = 0; i < 8; i++) Set(Size - 1 - i, 8, Bit(i));
        for (var i = 8; i < 15; i++) Set(8, Size - 15 + i, Bit(i));
        Set(8, Size - 8, true);
    }

    private void DrawVersion()
    {
        if (_version < 7) return;
        var remainder = _version;
        for (var i = 0; i < 12; i++) remainder = remainder << 1 ^ (remainder >> 11) * 0x1f25;
        var bits = _version << 12 | remainder;
        for (var i = 0; i < 18; i++)
        {
            var (a, b) = (Size - 11 + i % 3, i / 3);
            Set(a, b, (bits >> i & 1) == 1);
            Set(b, a, (bits >> i & 1) == 1);
        }
    }

    /// <summary>Up and down in columns of two from the right, around what is fixed.</summary>
    private void DrawCodewords(byte[] data)
    {
        var bit = 0;
        for (var right = Size - 1; right >= 1; right -= 2)
        {
            if (right == 6) right = 5;
            for (var step = 0; step < Size; step++)
                for (var side = 0; side < 2; side++)
                {
                    var x = right - side;
                    var y = (right + 1 & 2) == 0 ? Size - 1 - step : step;
                    if (_fixed[y, x] || bit >= data.Length * 8) continue;
                    _dark[y, x] = (data[bit >> 3] >> 7 - (bit & 7) & 1) == 1;
                    bit++;
                }
        }
    }

    private void ApplyBestMask()
    {
        var best = Enumerable.Range(0, 8).MinBy(mask =>
        {
            Mask(mask);
            DrawFormat(mask);
            var penalty = Penalty();
            Mask(mask);
            return penalty;
        });
        Mask(best);
        DrawFormat(best);
    }

    private void Mask(int mask)
    {
        for (var y = 0; y < Size; y++)
            for (var x = 0; x < Size; x++)
                _dark[y, x] ^= !_fixed[y, x] && mask switch
                {
                    0 => (x + y) % 2,
                    1 => y % 2,
                    2 => x % 3,
                    3 => (x + y) % 3,
                    4 => (x / 3 + y / 2) % 2,
                    5 => x * y % 2 + x * y % 3,
                    6 => (x * y % 2 + x * y % 3) % 2,
                    _ => ((x + y) % 2 + x * y % 3) % 2,
                } == 0;
    }

    /// <summary>How hard the code is to read: long runs, blocks, look-alikes of the corner marks, imbalance.</summary>
    private int Penalty()
    {
        var result = 0;
        var dark = 0;
        for (var i = 0; i < Size; i++)
        {
            result += Line(j => _dark[i, j]) + Line(j => _dark[j, i]);
            for (var j = 0; j < Size; j++)
            {
                if (_dark[i, j]) dark++;
                if (i > 0 && j > 0 && _dark[i, j] == _dark[i - 1, j] && _dark[i, j] == _dark[i, j - 1] && _dark[i, j] == _dark[i - 1, j - 1]) result += 3;
            }
        }

        var total = Size * Size;
        return result + ((Math.Abs(dark * 20 - total * 10) + total - 1) / total - 1) * 10;

        int Line(Func<int, bool> at)
        {
            var (sum, run, window) = (0, 0, 0);
            for (var j = 0; j < Size; j++)
            {
                run = j > 0 && at(j) == at(j - 1) ? run + 1 : 1;
                if (run == 5) sum += 3;
                else if (run > 5) sum++;
                window = (window << 1 | (at(j) ? 1 : 0)) & 0x7ff;
                if (j >= 10 && window is 0b10111010000 or 0b00001011101) sum += 40;
            }

            return sum;
        }
    }
}
