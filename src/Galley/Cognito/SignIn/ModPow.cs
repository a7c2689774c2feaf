using System.Numerics;
using System.Runtime.InteropServices;

namespace Galley.Cognito.SignIn;

/// <summary>b^e mod n for SRP's large numbers: by the OpenSSL that .NET itself uses, about ten times as quick as <see cref="BigInteger"/>, which stands in without it.</summary>
internal static partial class ModPow
{
    private const string Library = "libcrypto.so.3";

    private static readonly bool Native = NativeLibrary.TryLoad(Library, out _);

    public static BigInteger Of(BigInteger number, BigInteger exponent, BigInteger modulus)
    {
        if (!Native) return BigInteger.ModPow(number, exponent, modulus);
        var context = BN_CTX_new();
        nint b = Make(number), e = Make(exponent), n = Make(modulus), result = BN_new();
        try
        {
            if (context == 0 || b == 0 || e == 0 || n == 0 || result == 0) return BigInteger.ModPow(number, exponent, modulus);
            // The exponent is the secret: it must not show in the time taken.
            BN_set_flags(e, 4);
            if (BN_mod_exp(result, b, e, n, context) != 1) return BigInteger.ModPow(number, exponent, modulus);
            var bytes = new byte[modulus.GetByteCount(isUnsigned: true)];
            return BN_bn2binpad(result, bytes, bytes.Length) < 0 ? BigInteger.ModPow(number, exponent, modulus) : new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        }
        finally
        {
            foreach (var value in (ReadOnlySpan<nint>)[b, e, n, result]) BN_clear_free(value);
            BN_CTX_free(context);
        }
    }

    private static nint Make(BigInteger value)
    {
        var bytes = value.ToByteArray(isUnsigned: true, isBigEndian: true);
        return BN_bin2bn(bytes, bytes.Length, 0);
    }

    [LibraryImport(Library)]
    private static partial nint BN_new();

    [LibraryImport(Library)]
    private static partial void BN_clear_free(nint value);

    [LibraryImport(Library)]
    private static partial nint BN_CTX_new();

    [LibraryImport(Library)]
    private static partial void BN_CTX_free(nint context);

    [LibraryImport(Library)]
    private static partial void BN_set_flags(nint value, int flags);

    [LibraryImport(Library)]
    private static partial nint BN_bin2bn(byte[] bytes, int length, nint into);

    [LibraryImport(Library)]
    private static partial int BN_bn2binpad(nint value, byte[] bytes, int length);

    [LibraryImport(Library)]
    private static partial int BN_mod_exp(nint result, nint number, nint exponent, nint modulus, nint context);
}
