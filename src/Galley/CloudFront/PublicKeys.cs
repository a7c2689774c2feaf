using System.Security.Cryptography;

namespace Galley.CloudFront;

/// <summary>Public keys of signers: PEM, RSA of 2048 bits or ECDSA on P-256.</summary>
internal static class PublicKeys
{
    public static AsymmetricAlgorithm? Parse(string pem)
    {
        foreach (var key in (AsymmetricAlgorithm[])[RSA.Create(), ECDsa.Create()])
            try
            {
                key.ImportFromPem(pem);
                if (key is RSA { KeySize: 2048 } or ECDsa { KeySize: 256 }) return key;
            }
            catch (Exception e) when (e is ArgumentException or CryptographicException)
            {
                // not of this kind
            }

        return null;
    }
}
