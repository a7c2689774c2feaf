using System.Security.Cryptography;

namespace Galley.Wire.Tests;

public class DigestTests
{
    [Fact]
    public void A_digest_is_the_platforms()
    {
        var bytes = new byte[100_000];
        new Random(1).NextBytes(bytes);
        var hash = new byte[32];
        foreach (var length in Enumerable.Range(0, 300).Concat([1000, 16_383, 16_384, 16_385, 100_000]))
        {
            Digest.Sha256(bytes.AsSpan(0, length), hash);
            Assert.Equal(SHA256.HashData(bytes.AsSpan(0, length)), hash);
        }
    }

    [Fact]
    public void It_may_lie_in_what_is_hashed()
    {
        var bytes = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"u8.ToArray();
        var expected = SHA256.HashData(bytes);
        Digest.Sha256(bytes, bytes.AsSpan(0, 32));
        Assert.Equal(expected, bytes[..32]);
    }
}
