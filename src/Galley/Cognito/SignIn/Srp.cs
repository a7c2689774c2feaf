using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Galley.Cognito.SignIn;

/// <summary>
/// Secure Remote Password as Cognito's clients speak it: the 3072-bit group of RFC 3526, SHA-256, HKDF with "Caldera Derived Key".
/// Numbers enter hashes as the shortest big-endian bytes whose first bit is clear.
/// </summary>
internal static class Srp
{
    private const string Prime =
        "00FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD" +
        "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED" +
        "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F" +
        "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B" +
        "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510" +
        "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7" +
        "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C" +
        "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF";

    private static readonly BigInteger N = BigInteger.Parse(Prime, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    private static readonly BigInteger G = 2;
    private static readonly BigInteger K = Number(SHA256.HashData([.. Padded(N), .. Padded(G)]));

    /// <summary>v = g^x, as bytes.</summary>
    public static byte[] Verifier(string poolName, string username, string password, ReadOnlySpan<byte> salt)
    {
        var inner = SHA256.HashData(Encoding.UTF8.GetBytes($"{poolName}{username}:{password}"));
        var x = Number(SHA256.HashData([.. Padded(Number(salt)), .. inner]));
        return Padded(ModPow.Of(G, x, N));
    }

    /// <summary>B = k·v + g^b.</summary>
    public static BigInteger ServerValue(ReadOnlySpan<byte> verifier, ReadOnlySpan<byte> b)
        => (K * Number(verifier) + ModPow.Of(G, Number(b), N)) % N;

    /// <summary>The client's public value; null for text that is no number or is 0 modulo N (RFC 5054 §2.5.4).</summary>
    public static BigInteger? ClientValue(string hex)
        => hex.Length is > 0 and <= 2048 && BigInteger.TryParse("0" + hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var a) && !(a % N).IsZero ? a : null;

    public static string Hex(BigInteger value) => value.ToString("x", CultureInfo.InvariantCulture).TrimStart('0');

    /// <summary>The sixteen bytes both sides share when the password was right; null when u is 0.</summary>
    public static byte[]? SharedKey(BigInteger a, ReadOnlySpan<byte> b, BigInteger serverValue, ReadOnlySpan<byte> verifier)
    {
        var u = SHA256.HashData([.. Padded(a), .. Padded(serverValue)]);
        if (Number(u).IsZero) return null;
        var s = ModPow.Of(a * ModPow.Of(Number(verifier), Number(u), N) % N, Number(b), N);
        var prk = HMACSHA256.HashData(Padded(Number(u)), Padded(s));
        return HMACSHA256.HashData(prk, (byte[])[.. "Caldera Derived Key"u8, 1])[..16];
    }

    public static byte[] Signature(byte[] key, string poolName, string username, ReadOnlySpan<byte> secretBlock, string timestamp)
        => HMACSHA256.HashData(key, (byte[])[.. Encoding.UTF8.GetBytes(poolName + username), .. secretBlock, .. Encoding.UTF8.GetBytes(timestamp)]);

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static byte[] Padded(BigInteger value) => value.ToByteArray(isUnsigned: false, isBigEndian: true);
}
