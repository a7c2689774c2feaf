using System.Security.Cryptography;

namespace Galley.Wire;

/// <summary>The one source of ids and random bytes (design D7). Cryptographically random; tests may derive from it.</summary>
public class Ids
{
    public const string LowerAlphanumeric = "0123456789abcdefghijklmnopqrstuvwxyz";
    public const string UpperAlphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    public const string Alphanumeric = UpperAlphanumeric + "abcdefghijklmnopqrstuvwxyz";
    public const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    public const string Digits = "0123456789";

    public virtual void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);

    /// <summary><paramref name="length"/> characters, each drawn evenly from <paramref name="alphabet"/>.</summary>
    public virtual string Next(int length, string alphabet = LowerAlphanumeric) => RandomNumberGenerator.GetString(alphabet, length);

    /// <summary>A version 4 UUID, lower case with dashes.</summary>
    public string Uuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        Fill(bytes);
        bytes[6] = (byte)(bytes[6] & 0x0F | 0x40);
        bytes[8] = (byte)(bytes[8] & 0x3F | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }

    public byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        Fill(bytes);
        return bytes;
    }
}
