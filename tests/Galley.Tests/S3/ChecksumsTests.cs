using System.Text;
using Galley.S3;

namespace Galley.Tests.S3;

public class ChecksumsTests
{
    /// <summary>The check values of the catalogue of CRCs (RevEng) for "123456789".</summary>
    [Theory]
    [InlineData("CRC32", "CBF43926")]
    [InlineData("CRC32C", "E3069283")]
    [InlineData("CRC64NVME", "AE8B14860A799888")]
    [InlineData("SHA1", "F7C3BC1D808E04732ADF679965CCC34CA7AE3441")]
    public void Each_algorithm_gives_its_known_value(string algorithm, string value)
    {
        var running = Checksums.Start(algorithm)!;
        running.Append(Encoding.ASCII.GetBytes("123456789"));
        Assert.Equal(value, Convert.ToHexString(running.Finish()));
    }

    [Theory]
    [InlineData("CRC32")]
    [InlineData("CRC32C")]
    [InlineData("CRC64NVME")]
    public void Whole_bytewise_and_joined_are_the_same(string algorithm)
    {
        var random = new Random(7);
        foreach (var length in (int[])[1, 15, 16, 63, 64, 65, 80, 127, 128, 1000, 70_001])
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            var whole = Of(bytes);
            var single = Checksums.Start(algorithm)!;
            foreach (var b in bytes) single.Append([b]);
            Assert.Equal(whole, single.Finish());
            var cut = length / 3;
            var joined = Checksums.Join(algorithm, Checksums.FullObject, [(Convert.ToBase64String(Of(bytes[..cut])), cut), (Convert.ToBase64String(Of(bytes[cut..])), length - cut)]);
            Assert.Equal(Convert.ToBase64String(whole), joined.Value);
        }

        byte[] Of(byte[] bytes)
        {
            var running = Checksums.Start(algorithm)!;
            running.Append(bytes);
            return running.Finish();
        }
    }
}
