using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Galley.Wire;

/// <summary>
/// Signature Version 4a: the string to sign of version 4, for a set of regions, signed by ECDSA over P-256. Both sides derive the key pair
/// from the secret access key, by NIST SP 800-108 in counter mode; the secret number is tried again until it lies on the curve.
/// </summary>
internal static class SigV4A
{
    public const string Algorithm = "AWS4-ECDSA-P256-SHA256", RegionSetHeader = "x-amz-region-set";

    /// <summary>The order of the curve P-256 less two: what is derived may be at most this (FIPS 186-4 B.4.2).</summary>
    private static readonly byte[] Highest = Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC63254F");

    /// <param name="accessKeyId">Whose key.</param>
    /// <param name="secret">The secret access key.</param>
    /// <param name="stringToSign">Hashed by SHA-256.</param>
    /// <param name="signature">Hex of the DER form.</param>
    public static bool Matches(string accessKeyId, string secret, string stringToSign, string signature)
    {
        byte[] given;
        try
        {
            given = Convert.FromHexString(signature);
        }
        catch (FormatException)
        {
            return false;
        }

        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = Derive(accessKeyId, secret) });
        return key.VerifyData(Encoding.UTF8.GetBytes(stringToSign), given, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <summary>The private number, 32 bytes.</summary>
    internal static byte[] Derive(string accessKeyId, string secret)
    {
        const int bits = 256;
        var key = Encoding.UTF8.GetBytes("AWS4A" + secret);
        // round, label, 0, access key, counter, length in bits
        byte[] input = [0, 0, 0, 1, .. Encoding.ASCII.GetBytes(Algorithm), 0, .. Encoding.UTF8.GetBytes(accessKeyId), 0, .. new byte[sizeof(int)]];
        BinaryPrimitives.WriteInt32BigEndian(input.AsSpan(^sizeof(int)..), bits);
        for (byte counter = 1; counter < byte.MaxValue; counter++)
        {
            input[^(sizeof(int) + 1)] = counter;
            var number = HMACSHA256.HashData(key, input);
            if (number.AsSpan().SequenceCompareTo(Highest) > 0) continue;
            for (var at = number.Length - 1; ++number[at] == 0; at--)
            {
            }

            return number;
        }

        throw new CryptographicException("no key on P-256 can be derived from this access key"); // 2^-32 for each try
    }
}
