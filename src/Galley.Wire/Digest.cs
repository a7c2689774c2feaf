using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Galley.Wire;

/// <summary>
/// SHA-256 of short texts: a signed request needs four, a token one. By the functions of the OpenSSL that .NET itself uses; the platform's own
/// way clears an error list, and makes and frees a context, for each, which takes longer than a hash of some hundred bytes. Stands in for it
/// where that library is not, and for what is long.
/// </summary>
public static partial class Digest
{
    private const string Library = "libcrypto.so.3";
    private const int Longest = 16 << 10; // while one of these is made, no garbage is collected

    private static readonly bool Native = NativeLibrary.TryLoad(Library, out var library) && NativeLibrary.TryGetExport(library, "SHA256_Update", out _);

    /// <param name="bytes">What to hash.</param>
    /// <param name="hash">Takes 32 bytes; may lie in <paramref name="bytes"/>.</param>
    public static void Sha256(ReadOnlySpan<byte> bytes, Span<byte> hash)
    {
        if (!Native || bytes.Length > Longest || hash.Length < SHA256.HashSizeInBytes)
        {
            SHA256.HashData(bytes, hash);
            return;
        }

        var context = default(Context);
        if (SHA256_Init(ref context) != 1 || SHA256_Update(ref context, bytes, (nuint)bytes.Length) != 1 || SHA256_Final(hash, ref context) != 1)
            throw new CryptographicException("SHA-256 failed");
    }

    [LibraryImport(Library), SuppressGCTransition]
    private static partial int SHA256_Init(ref Context context);

    [LibraryImport(Library), SuppressGCTransition]
    private static partial int SHA256_Update(ref Context context, ReadOnlySpan<byte> bytes, nuint length);

    [LibraryImport(Library), SuppressGCTransition]
    private static partial int SHA256_Final(Span<byte> hash, ref Context context);

    /// <summary>struct SHA256state_st: 112 bytes.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 112)]
    private struct Context;
}
