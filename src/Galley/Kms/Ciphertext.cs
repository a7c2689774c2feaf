using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Galley.Kms;

/// <summary>
/// What Encrypt gives: version, the key's id, the number of its material, nonce, tag, and the text in AES-256-GCM. Everything before the tag and
/// the encryption context are authenticated with it. To its owner it is opaque, as AWS's is.
/// </summary>
internal readonly ref struct Ciphertext
{
    private const byte Version = 1;
    private const int IdSize = 16, NonceSize = 12, TagSize = 16, NumberAt = 1 + IdSize, NonceAt = NumberAt + sizeof(int), TagAt = NonceAt + NonceSize, TextAt = TagAt + TagSize;
    private readonly ReadOnlySpan<byte> _blob;

    private Ciphertext(ReadOnlySpan<byte> blob) => _blob = blob;

    public string KeyId => new Guid(_blob.Slice(1, IdSize), bigEndian: true).ToString();

    /// <summary>Which of the key's materials, from 0.</summary>
    public int Number => BinaryPrimitives.ReadInt32BigEndian(_blob[NumberAt..]);

    /// <summary>False for what we never wrote.</summary>
    public static bool TryRead(ReadOnlySpan<byte> blob, out Ciphertext ciphertext)
    {
        ciphertext = new Ciphertext(blob);
        return blob.Length >= TextAt && blob[0] == Version;
    }

    public static byte[] Seal(string keyId, int number, ReadOnlySpan<byte> material, ReadOnlySpan<byte> plaintext, IReadOnlyDictionary<string, string>? context)
    {
        var blob = new byte[TextAt + plaintext.Length];
        blob[0] = Version;
        Guid.Parse(keyId).TryWriteBytes(blob.AsSpan(1), bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(blob.AsSpan(NumberAt), number);
        RandomNumberGenerator.Fill(blob.AsSpan(NonceAt, NonceSize));
        using var aes = new AesGcm(material, TagSize);
        aes.Encrypt(blob.AsSpan(NonceAt, NonceSize), plaintext, blob.AsSpan(TextAt), blob.AsSpan(TagAt, TagSize), Bound(blob, context));
        return blob;
    }

    /// <summary>False when the blob or the context is not what was sealed.</summary>
    public bool TryOpen(ReadOnlySpan<byte> material, IReadOnlyDictionary<string, string>? context, [NotNullWhen(true)] out byte[]? plaintext)
    {
        plaintext = new byte[_blob.Length - TextAt];
        try
        {
            using var aes = new AesGcm(material, TagSize);
            aes.Decrypt(_blob.Slice(NonceAt, NonceSize), _blob[TextAt..], _blob.Slice(TagAt, TagSize), plaintext, Bound(_blob, context));
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            plaintext = null;
            return false;
        }
    }

    /// <summary>The blob's head and the context's pairs in the order of their names, each with its length, so that no two contexts read the same.</summary>
    private static byte[] Bound(ReadOnlySpan<byte> blob, IReadOnlyDictionary<string, string>? context)
    {
        using var bound = new MemoryStream();
        bound.Write(blob[..NonceAt]);
        foreach (var (name, value) in (context ?? new Dictionary<string, string>()).OrderBy(pair => pair.Key, StringComparer.Ordinal))
            foreach (var text in (ReadOnlySpan<string>)[name, value])
            {
                var bytes = Encoding.UTF8.GetBytes(text);
                bound.Write(BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(bytes.Length)));
                bound.Write(bytes);
            }

        return bound.ToArray();
    }
}
