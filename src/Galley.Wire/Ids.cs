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

    /// <summary>Random bytes drawn ahead, each used once: a call of the system's generator costs more than an id.</summary>
    [ThreadStatic] private static byte[]? _ahead;
    [ThreadStatic] private static int _left;

    /// <summary>What is drawn from here on belongs to this. Only sources that repeat themselves care.</summary>
    public virtual void Begin(string scope)
    {
    }

    public virtual void Fill(Span<byte> bytes)
    {
        var ahead = _ahead ??= new byte[1024];
        if (bytes.Length > ahead.Length)
        {
            RandomNumberGenerator.Fill(bytes);
            return;
        }

        if (_left < bytes.Length)
        {
            RandomNumberGenerator.Fill(ahead);
            _left = ahead.Length;
        }

        var drawn = ahead.AsSpan(_left -= bytes.Length, bytes.Length);
        drawn.CopyTo(bytes);
        drawn.Clear();
    }

    /// <summary><paramref name="length"/> characters, each drawn evenly from <paramref name="alphabet"/>.</summary>
    public virtual string Next(int length, string alphabet = LowerAlphanumeric) => string.Create(length, (Ids: this, alphabet), static (text, state) =>
    {
        var mask = (1 << 32 - int.LeadingZeroCount(state.alphabet.Length - 1)) - 1;
        Span<byte> drawn = stackalloc byte[64];
        var left = 0;
        for (var i = 0; i < text.Length;)
        {
            if (left == 0)
            {
                state.Ids.Fill(drawn);
                left = drawn.Length;
            }

            var letter = drawn[--left] & mask;
            if (letter < state.alphabet.Length) text[i++] = state.alphabet[letter]; // others are drawn again, so that each is as likely
        }
    });

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
