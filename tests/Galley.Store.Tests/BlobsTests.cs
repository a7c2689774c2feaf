using Galley.Store.Embedded;

namespace Galley.Store.Tests;

public class BlobsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(1_000_000)]
    public async Task Any_range_in_any_steps_is_what_was_put(int length)
    {
        var folder = Directory.CreateTempSubdirectory("galley-blobs-").FullName;
        try
        {
            var bytes = new byte[length];
            new Random(length).NextBytes(bytes);
            var blobs = new FileBlobs(folder).Area("mine");
            var blob = await blobs.Put(new MemoryStream(bytes));
            Assert.Equal((length, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))), (blob.Length, blob.Name));
            Assert.Equal([blob.Name], blobs.All());
            foreach (var step in (int[])[100_000, 7_777, 65_536, 262_144])
                foreach (var from in (int[])[0, 1, 65_536, length - 1])
                {
                    if (from < 0 || from > length) continue;
                    await using var stream = blobs.Open(blob.Name);
                    Assert.Equal(length, stream.Length);
                    stream.Seek(from, SeekOrigin.Begin);
                    using var read = new MemoryStream();
                    await stream.CopyToAsync(read, step);
                    Assert.True(bytes.AsSpan(from).SequenceEqual(read.ToArray()), $"from {from} by {step}");
                }

            Assert.Empty(new FileBlobs(folder).All());
            blobs.Delete(blob.Name);
            Assert.Throws<FileNotFoundException>(() => blobs.Open(blob.Name));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_changed_or_shortened_file_is_never_read_as_if_it_were_whole()
    {
        var folder = Directory.CreateTempSubdirectory("galley-blobs-").FullName;
        try
        {
            var blobs = new FileBlobs(folder);
            var blob = await blobs.Put(new MemoryStream(new byte[200_000]));
            var file = Path.Combine(folder, blob.Name[..2], blob.Name[2..]);
            var whole = await File.ReadAllBytesAsync(file);
            foreach (var at in (int[])[0, 65_535, 65_536, 199_999, 200_000, whole.Length - 1])
            {
                var rotten = (byte[])whole.Clone();
                rotten[at] ^= 1;
                await File.WriteAllBytesAsync(file, rotten);
                await Assert.ThrowsAsync<InvalidDataException>(() => Read());
            }

            foreach (var length in (int[])[1, 100, 65_536, 199_999, whole.Length - 1])
            {
                await File.WriteAllBytesAsync(file, whole[..length]);
                var read = await Record.ExceptionAsync(async () => Assert.True(await Read() != 200_000));
                Assert.True(read is null or InvalidDataException, $"{read}");
            }

            // put again, it is whole again
            await blobs.Put(new MemoryStream(new byte[200_000]));
            Assert.Equal(200_000, await Read());

            async Task<long> Read()
            {
                await using var stream = blobs.Open(blob.Name);
                using var copy = new MemoryStream();
                await stream.CopyToAsync(copy);
                return copy.Length;
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
