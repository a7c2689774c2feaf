using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Galley.Cognito.Triggers;

/// <summary>
/// A message of the AWS Encryption SDK as Cognito writes it: format 1, suite 0x0378 (AES-256-GCM, HKDF and ECDSA P-384 with SHA-384, no key
/// commitment), one data key wrapped by KMS, the text in one last frame.
/// https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
/// </summary>
internal static class EncryptedMessage
{
    /// <summary>The name in the encryption context under which the signer's public key goes.</summary>
    public const string SignerName = "aws-crypto-public-key";

    private const ushort Suite = 0x0378;
    private const int IdSize = 16, KeySize = 32, IvSize = 12, TagSize = 16, FrameSize = 4096;

    /// <summary>A key for one message.</summary>
    public static ECDsa Signer() => ECDsa.Create(ECCurve.NamedCurves.nistP384);

    /// <summary>The value of <see cref="SignerName"/>: the compressed point, base64.</summary>
    public static string NameOf(ECDsa signer)
    {
        var point = signer.ExportParameters(includePrivateParameters: false).Q;
        return Convert.ToBase64String([(byte)(2 | point.Y![^1] & 1), .. point.X!]);
    }

    /// <param name="text">At most a frame.</param>
    /// <param name="key">The data key, made by KMS for this very context.</param>
    /// <param name="context">With the signer's public key.</param>
    /// <param name="signer">The signer.</param>
    public static byte[] Write(ReadOnlySpan<byte> text, DataKey key, IReadOnlyDictionary<string, string> context, ECDsa signer)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, FrameSize);
        var message = new Message();
        var id = RandomNumberGenerator.GetBytes(IdSize);
        message.Byte(1).Byte(0x80).Number(Suite).Bytes(id);
        message.Sized(Pairs(context));
        message.Number(1).Sized("aws-kms"u8).Sized(Encoding.UTF8.GetBytes(key.KeyArn)).Sized(key.Wrapped);
        message.Byte(2).Bytes(new byte[4]).Byte(IvSize).Long(FrameSize);

        var derived = HKDF.DeriveKey(HashAlgorithmName.SHA384, key.Plaintext, KeySize, salt: [], info: [Suite >> 8, Suite & 0xFF, .. id]);
        using var aes = new AesGcm(derived, TagSize);
        CryptographicOperations.ZeroMemory(derived);
        var (iv, tag) = (new byte[IvSize], new byte[TagSize]);
        aes.Encrypt(iv, ReadOnlySpan<byte>.Empty, Span<byte>.Empty, tag, message.ToArray());
        message.Bytes(iv).Bytes(tag);

        const uint number = 1;
        BinaryPrimitives.WriteUInt32BigEndian(iv.AsSpan(IvSize - sizeof(uint)), number);
        var bound = new Message().Bytes(id).Bytes("AWSKMSEncryptionClient Final Frame"u8).Long(number).Long(0).Long((uint)text.Length).ToArray();
        var sealedText = new byte[text.Length];
        aes.Encrypt(iv, text, sealedText, tag, bound);
        message.Long(uint.MaxValue).Long(number).Bytes(iv).Long((uint)text.Length).Bytes(sealedText).Bytes(tag);

        return message.Sized(signer.SignData(message.ToArray(), HashAlgorithmName.SHA384, DSASignatureFormat.Rfc3279DerSequence)).ToArray();
    }

    /// <summary>The context: how many pairs, then each in the order of its name.</summary>
    private static byte[] Pairs(IReadOnlyDictionary<string, string> context)
    {
        var pairs = new Message().Number((ushort)context.Count);
        foreach (var (name, value) in context.OrderBy(pair => pair.Key, StringComparer.Ordinal)) pairs.Sized(Encoding.UTF8.GetBytes(name)).Sized(Encoding.UTF8.GetBytes(value));
        return pairs.ToArray();
    }

    /// <summary>Bytes one after the other, numbers in network order.</summary>
    private sealed class Message
    {
        private readonly MemoryStream _bytes = new();

        public Message Byte(byte value) => Bytes([value]);

        public Message Number(ushort value) => Bytes([(byte)(value >> 8), (byte)value]);

        public Message Long(uint value) => Number((ushort)(value >> 16)).Number((ushort)value);

        public Message Bytes(ReadOnlySpan<byte> value)
        {
            _bytes.Write(value);
            return this;
        }

        /// <summary>Length, then the bytes.</summary>
        public Message Sized(ReadOnlySpan<byte> value) => Number((ushort)value.Length).Bytes(value);

        public byte[] ToArray() => _bytes.ToArray();
    }
}
