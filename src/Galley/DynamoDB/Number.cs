using System.Globalization;
using System.Numerics;
using System.Text;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>
/// DynamoDB's numbers: 38 decimal digits between 1E-130 and 9.99…E+125, exact. They travel as text; the canonical text is plain
/// decimal without exponent, plus sign or needless zeros, and order, sums and key bytes are made from it.
/// </summary>
internal static class Number
{
    private const int Digits = 38, Highest = 125, Lowest = -130;

    /// <summary>The canonical text. Throws AWS's errors for what is no number of DynamoDB's.</summary>
    public static string Normalize(string text)
    {
        var at = 0;
        var negative = false;
        if (at < text.Length && text[at] is '+' or '-') negative = text[at++] == '-';
        Span<char> room = text.Length <= 256 ? stackalloc char[text.Length] : new char[text.Length];
        int count = 0, point = -1;
        for (; at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.' && point < 0); at++)
            if (text[at] == '.') point = count;
            else room[count++] = text[at];
        if (count == 0) throw Errors.NotANumber(text);
        if (point < 0) point = count;
        long exponent = 0;
        if (at < text.Length && text[at] is 'e' or 'E')
        {
            if (!long.TryParse(text.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)) throw Errors.NotANumber(text);
            at = text.Length;
        }

        if (at < text.Length) throw Errors.NotANumber(text);
        if (Math.Abs(exponent) > 1_000_000) throw FarOut(text, count, exponent);
        // Even a zero must be written within the range.
        if (room[..count].IndexOfAnyExcept('0') < 0 && exponent != 0)
        {
            if (point + exponent - 1 > Highest) throw Errors.NumberOverflow();
            if (point + exponent - 1 < Lowest) throw Errors.NumberUnderflow();
        }

        return Canonical(negative, room[..count], point + exponent);
    }

    public static bool IsCanonicalInteger(string text) => !text.Contains('.', StringComparison.Ordinal);

    /// <summary>By value, of canonical texts.</summary>
    public static int Compare(string a, string b)
    {
        bool minusA = a[0] == '-', minusB = b[0] == '-';
        if (minusA != minusB) return minusA ? -1 : 1;
        var order = minusA ? CompareMagnitudes(a.AsSpan(1), b.AsSpan(1)) : CompareMagnitudes(a, b);
        return minusA ? -order : order;
    }

    public static string Add(string a, string b) => Sum(a, b, 1);

    public static string Subtract(string a, string b) => Sum(a, b, -1);

    /// <summary>Bytes that sort as the numbers do and end by themselves: sign and exponent, then pairs of digits, all turned over for negatives.</summary>
    public static int Encode(string canonical, Span<byte> bytes)
    {
        if (canonical == "0")
        {
            bytes[0] = 0x80;
            return 1;
        }

        var negative = canonical[0] == '-';
        Span<byte> digits = stackalloc byte[Digits + 2];
        var (count, exponent) = Significand(canonical.AsSpan(negative ? 1 : 0), digits);
        var length = 0;
        bytes[length++] = (byte)(negative ? 0x3F : 0xC0);
        var flip = (byte)(negative ? 0xFF : 0);
        bytes[length++] = (byte)((byte)(exponent - Lowest) ^ flip);
        for (var i = 0; i < count; i += 2)
            bytes[length++] = (byte)((byte)(digits[i] * 10 + (i + 1 < count ? digits[i + 1] : 0) + 1) ^ flip);
        bytes[length++] = flip;
        return length;
    }

    /// <summary>What the number counts for in an item's size: two digits a byte on either side of the point, one more, and one for a minus.</summary>
    public static int Size(string canonical)
    {
        if (canonical == "0") return 1;
        Span<byte> digits = stackalloc byte[Digits + 2];
        var negative = canonical[0] == '-';
        var (count, exponent) = Significand(canonical.AsSpan(negative ? 1 : 0), digits);
        var whole = exponent >= 0 && exponent + 1 < count ? exponent + 1 : count;
        return (whole + 1) / 2 + (count - whole + 1) / 2 + 1 + (negative ? 1 : 0);
    }

    /// <summary>The older wording comes from arithmetic in 32 bits, which turns over.</summary>
    private static AwsError FarOut(string text, int digits, long exponent)
    {
        var error = exponent > 0 ? Errors.NumberOverflow() : Errors.NumberUnderflow();
        if (exponent is > int.MaxValue or <= int.MinValue) return Errors.InOlderWords(error, Errors.NotANumber(text).Message);
        return exponent + digits > int.MaxValue ? Errors.InOlderWords(error, Errors.NumberUnderflow().Message) : error;
    }

    /// <summary>Digits without zeros at either end, and the power of ten of the first one.</summary>
    private static (int Count, int Exponent) Significand(ReadOnlySpan<char> magnitude, Span<byte> digits)
    {
        var dot = magnitude.IndexOf('.');
        var point = dot < 0 ? magnitude.Length : dot;
        int count = 0, first = 0, seen = 0, last = 0;
        foreach (var c in magnitude)
        {
            if (c == '.') continue;
            if (count == 0 && c == '0')
            {
                seen++;
                continue;
            }

            if (count == 0) first = seen;
            if (count < digits.Length) digits[count] = (byte)(c - '0');
            count++;
            seen++;
            if (c != '0') last = count;
        }

        return (last, point - 1 - first);
    }

    private static int CompareMagnitudes(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        int dotA = a.IndexOf('.'), dotB = b.IndexOf('.');
        var wholeA = dotA < 0 ? a : a[..dotA];
        var wholeB = dotB < 0 ? b : b[..dotB];
        if (wholeA.Length != wholeB.Length) return wholeA.Length.CompareTo(wholeB.Length);
        var order = wholeA.SequenceCompareTo(wholeB);
        return order != 0 ? order : (dotA < 0 ? [] : a[(dotA + 1)..]).SequenceCompareTo(dotB < 0 ? [] : b[(dotB + 1)..]);
    }

    /// <summary>A result of more than 38 digits is an overflow too, in AWS's words.</summary>
    private static string Sum(string a, string b, int sign)
    {
        var (digitsA, scaleA) = Scaled(a);
        var (digitsB, scaleB) = Scaled(b);
        var scale = Math.Max(scaleA, scaleB);
        var sum = digitsA * BigInteger.Pow(10, scale - scaleA) + sign * digitsB * BigInteger.Pow(10, scale - scaleB);
        var text = BigInteger.Abs(sum).ToString(CultureInfo.InvariantCulture);
        return text.AsSpan().TrimEnd('0').Length > Digits ? throw Errors.NumberOverflow() : Canonical(sum.Sign < 0, text, text.Length - scale);
    }

    /// <summary>The number as an integer over a power of ten.</summary>
    private static (BigInteger Digits, int Scale) Scaled(string canonical)
    {
        var dot = canonical.IndexOf('.', StringComparison.Ordinal);
        return dot < 0
            ? (BigInteger.Parse(canonical, CultureInfo.InvariantCulture), 0)
            : (BigInteger.Parse(canonical.Remove(dot, 1), CultureInfo.InvariantCulture), canonical.Length - dot - 1);
    }

    /// <param name="point">Where the decimal point stands: before digits[point].</param>
    private static string Canonical(bool negative, ReadOnlySpan<char> digits, long point)
    {
        var lead = digits.IndexOfAnyExcept('0');
        if (lead < 0) return "0";
        point -= lead;
        digits = digits[lead..].TrimEnd('0');
        if (digits.Length > Digits) throw Errors.TooManyDigits();
        if (point - 1 > Highest) throw Errors.NumberOverflow();
        if (point - 1 < Lowest) throw Errors.NumberUnderflow();
        var text = new StringBuilder(digits.Length + 4);
        if (negative) text.Append('-');
        if (point <= 0) text.Append("0.").Append('0', (int)-point).Append(digits);
        else if (point >= digits.Length) text.Append(digits).Append('0', (int)point - digits.Length);
        else text.Append(digits[..(int)point]).Append('.').Append(digits[(int)point..]);
        return text.ToString();
    }
}
