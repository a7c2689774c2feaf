using System.Security.Cryptography;

namespace Galley.S3;

/// <summary>The checksums of S3 (`x-amz-checksum-…`): CRC32, CRC32C, CRC64NVME, SHA1, SHA256; values travel as base64, big end first.</summary>
internal static class Checksums
{
    public const string Header = "x-amz-checksum-", FullObject = "FULL_OBJECT", Composite = "COMPOSITE";

    public static readonly string[] Algorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];

    public static string HeaderOf(string algorithm) => Header + algorithm.ToLowerInvariant();

    /// <summary>The algorithm as S3 writes it, for any case; null for one S3 does not have.</summary>
    public static string? Known(string? name) => Algorithms.FirstOrDefault(algorithm => algorithm.Equals(name, StringComparison.OrdinalIgnoreCase));

    public static int Bytes(string algorithm) => algorithm switch { "CRC64NVME" => 8, "SHA1" => 20, "SHA256" => 32, _ => 4 };

    /// <summary>True when <paramref name="value"/> is base64 of the right number of bytes.</summary>
    public static bool WellFormed(string algorithm, string value)
    {
        Span<byte> bytes = stackalloc byte[64];
        return value.Length < 64 && Convert.TryFromBase64String(value, bytes, out var count) && count == Bytes(algorithm);
    }

    /// <summary>`COMPOSITE` for what cannot be joined; the CRCs are composite too unless the client asks for the whole object's.</summary>
    public static string DefaultType(string algorithm) => algorithm == "CRC64NVME" ? FullObject : Composite;

    /// <summary>What a running checksum is; null for SHA256, which the blob's name is already.</summary>
    public static IRunningChecksum? Start(string algorithm) => algorithm switch
    {
        "CRC32" => new RunningCrc32(),
        "CRC32C" => new RunningCrc32C(),
        "CRC64NVME" => new RunningCrc64Nvme(),
        "SHA1" => new Sha1(),
        _ => null,
    };

    public static string Value(IRunningChecksum? running, KeptBytes kept)
        => Convert.ToBase64String(running is null ? Convert.FromHexString(kept.Sha256) : running.Finish());

    /// <summary>The checksum of all parts: the hash over the parts' hashes with their number, or the CRC of the whole, joined from theirs.</summary>
    public static ObjectChecksum Join(string algorithm, string type, IReadOnlyList<(string Value, long Length)> parts)
    {
        if (type == FullObject)
        {
            var polynomial = algorithm switch { "CRC32" => CrcKind.Crc32, "CRC32C" => CrcKind.Crc32C, _ => CrcKind.Crc64Nvme };
            var joined = Convert.FromBase64String(parts[0].Value);
            foreach (var (value, length) in parts.Skip(1)) joined = polynomial.Join(joined, Convert.FromBase64String(value), length);
            return new(algorithm, Convert.ToBase64String(joined), FullObject);
        }

        var all = parts.SelectMany(part => Convert.FromBase64String(part.Value)).ToArray();
        byte[] hash;
        if (Start(algorithm) is { } running)
        {
            running.Append(all);
            hash = running.Finish();
        }
        else hash = SHA256.HashData(all);
        return new(algorithm, $"{Convert.ToBase64String(hash)}-{parts.Count}", Composite);
    }

    private sealed class Sha1 : IRunningChecksum
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);

        public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

        public byte[] Finish()
        {
            using (_hash) return _hash.GetHashAndReset();
        }
    }
}

internal interface IRunningChecksum
{
    void Append(ReadOnlySpan<byte> bytes);

    byte[] Finish();
}
