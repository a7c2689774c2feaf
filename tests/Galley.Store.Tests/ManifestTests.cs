using System.Buffers.Binary;
using System.Text;
using Galley.Store.Embedded;

namespace Galley.Store.Tests;

/// <summary>A MANIFEST whose last record power cut short is mended; any other damage is left and named.</summary>
public sealed class ManifestTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("galley-manifest-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(700, 100)] // the later sectors never came
    [InlineData(3, 3)] // not even a header
    [InlineData(40, 0)] // length without bytes
    public async Task A_torn_record_at_the_end_goes_and_the_store_opens(int length, int written)
    {
        await Filled();
        Append(length, written);
        await Holds();
        await Holds(); // and again: it is really gone
    }

    [Fact]
    public async Task A_flipped_bit_is_no_torn_record()
    {
        await Filled();
        var bytes = File.ReadAllBytes(Manifest);
        bytes[^3] ^= 1;
        File.WriteAllBytes(Manifest, bytes);
        Assert.StartsWith("Corruption", Assert.Throws<IOException>(() => new RocksStore(_folder)).Message, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(Manifest));
    }

    private string Manifest => Path.Combine(_folder, File.ReadAllText(Path.Combine(_folder, "CURRENT")).Trim());

    private async Task Filled()
    {
        await using var store = new RocksStore(_folder);
        await store.Write(tx =>
        {
            tx.Put(Key.Of("a"), Encoding.UTF8.GetBytes("kept"));
            return ValueTask.CompletedTask;
        });
    }

    private async Task Holds()
    {
        await using var store = new RocksStore(_folder);
        Assert.Equal("kept", Encoding.UTF8.GetString((await store.Read(snapshot => snapshot.Get(Key.Of("a"))))!));
    }

    /// <summary>A record of which only a part reached the disk; the rest of its room is zeros.</summary>
    private void Append(int length, int written)
    {
        var record = new byte[7 + length];
        BinaryPrimitives.WriteUInt32LittleEndian(record, 0x12345678);
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(4), (ushort)length);
        record[6] = 1;
        record.AsSpan(7, Math.Min(written, length)).Fill(0x5A);
        using var file = new FileStream(Manifest, FileMode.Append);
        file.Write(length < 7 ? record.AsSpan(0, length) : record);
    }
}
