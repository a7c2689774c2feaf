using System.Security.Cryptography;
using System.Text;

namespace Galley;

/// <summary>
/// Encryption at rest (design D12): AES-256-GCM under the installation's master key, which lies outside the data folder.
/// The purpose (`cognito-signing-key/&lt;pool&gt;`) is bound into every sealed value, so one cannot be put in another's place.
/// </summary>
internal sealed class Secrets(byte[] masterKey)
{
    private const int NonceSize = 12, TagSize = 16;
    private volatile byte[] _key = masterKey;

    /// <summary>For whoever takes the whole state along.</summary>
    public byte[] Key => _key;

    /// <summary>From now on everything is sealed and opened with another key, that of a state which has been loaded.</summary>
    public void Use(byte[] key) => _key = key;

    public string Seal(string purpose, ReadOnlySpan<byte> secret)
    {
        var sealedBytes = new byte[NonceSize + TagSize + secret.Length];
        RandomNumberGenerator.Fill(sealedBytes.AsSpan(0, NonceSize));
        using var aes = new AesGcm(_key, TagSize);
        aes.Encrypt(sealedBytes.AsSpan(0, NonceSize), secret, sealedBytes.AsSpan(NonceSize + TagSize), sealedBytes.AsSpan(NonceSize, TagSize), Encoding.UTF8.GetBytes(purpose));
        return Convert.ToBase64String(sealedBytes);
    }

    /// <summary>Throws <see cref="CryptographicException"/> when the value was sealed for another purpose or by another key.</summary>
    public byte[] Open(string purpose, string value)
    {
        var sealedBytes = Convert.FromBase64String(value).AsSpan();
        var secret = new byte[sealedBytes.Length - NonceSize - TagSize];
        using var aes = new AesGcm(_key, TagSize);
        aes.Decrypt(sealedBytes[..NonceSize], sealedBytes[(NonceSize + TagSize)..], sealedBytes.Slice(NonceSize, TagSize), secret, Encoding.UTF8.GetBytes(purpose));
        return secret;
    }

    public string SealText(string purpose, string secret) => Seal(purpose, Encoding.UTF8.GetBytes(secret));

    public string OpenText(string purpose, string value) => Encoding.UTF8.GetString(Open(purpose, value));

    /// <summary>A keyed fingerprint, for what must be compared but never read back (codes, passwords' pepper).</summary>
    public byte[] Mac(string purpose, ReadOnlySpan<byte> value)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hmac.AppendData(Encoding.UTF8.GetBytes(purpose));
        hmac.AppendData([0]);
        hmac.AppendData(value);
        return hmac.GetHashAndReset();
    }
}
