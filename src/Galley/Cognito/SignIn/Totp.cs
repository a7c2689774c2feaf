using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Galley.Cognito.SignIn;

/// <summary>Time-based one-time passwords (RFC 6238): SHA-1, six digits, steps of 30 seconds; one step early or late is taken.</summary>
internal static class Totp
{
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public static string Text(ReadOnlySpan<byte> seed)
    {
        var text = new StringBuilder();
        int bits = 0, value = 0;
        foreach (var octet in seed)
        {
            value = value << 8 | octet;
            for (bits += 8; bits >= 5; bits -= 5) text.Append(Base32[value >> bits - 5 & 31]);
            value &= (1 << bits) - 1;
        }

        return bits == 0 ? text.ToString() : text.Append(Base32[value << 5 - bits & 31]).ToString();
    }

    public static string Code(ReadOnlySpan<byte> seed, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        var mac = HMACSHA1.HashData(seed, counter);
        var number = BinaryPrimitives.ReadUInt32BigEndian(mac.AsSpan(mac[^1] & 15)) & 0x7FFFFFFF;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>The step whose code this is; null for a wrong one.</summary>
    public static long? StepOf(ReadOnlySpan<byte> seed, string code, DateTimeOffset now)
    {
        var current = now.ToUnixTimeSeconds() / 30;
        long? found = null;
        // All three are looked at, so that the time taken says nothing.
        for (var step = current - 1; step <= current + 1; step++)
            if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Code(seed, step)), Encoding.UTF8.GetBytes(code)))
                found = step;
        return found;
    }
}
