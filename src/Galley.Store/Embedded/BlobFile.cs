using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Galley.Store.Embedded;

/// <summary>
/// A blob's file: the data, then one CRC-32C (4 bytes, little end first) for every 64 KiB of it. The data's length follows from the
/// file's. Each block is compared with its checksum before a byte of it is given out, so that a rotten disk is noticed, whatever range is read.
/// </summary>
internal sealed class BlobFile : Stream
{
    public const int Block = 64 << 10;
    private const int Checksum = sizeof(uint), ChecksumsAhead = 256;
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly byte[] _checksums = new byte[ChecksumsAhead * Checksum];
    private long _firstChecksum = -1, _held = -1, _position;
    private byte[]? _block;

    private BlobFile(SafeFileHandle file, string path)
    {
        (_file, _path) = (file, path);
        var whole = RandomAccess.GetLength(file);
        // n blocks, the last one partly filled: whole = data + 4·n, n = ⌈data / 64 Ki⌉
        var blocks = (whole + Block + Checksum - 1) / (Block + Checksum);
        Length = whole - blocks * Checksum;
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length { get; }

    public override long Position { get => _position; set => _position = value; }

    public static BlobFile Open(string path)
    {
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, options: FileOptions.Asynchronous, share: FileShare.Read | FileShare.Delete);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new FileNotFoundException(e.Message, path, e);
        }

        return new BlobFile(file, path);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position >= Length || buffer.Length == 0) return 0;
        var block = _position / Block;
        var length = (int)Math.Min(Block, Length - block * Block);
        var within = (int)(_position - block * Block);
        if (within == 0 && buffer.Length >= length)
        {
            // as many whole blocks as there is room for, straight into it
            length = (int)Math.Min(Length - _position, buffer.Length >= Block ? Math.Min(buffer.Length / Block, ChecksumsAhead) * Block : length);
            await Fill(block, buffer[..length], cancellationToken);
            _position += length;
            return length;
        }

        if (_held != block)
        {
            _held = -1;
            await Fill(block, (_block ??= new byte[Block]).AsMemory(0, length), cancellationToken);
            _held = block;
        }

        var count = Math.Min(buffer.Length, length - within);
        _block.AsMemory(within, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override long Seek(long offset, SeekOrigin origin) => _position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _file.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask Fill(long block, Memory<byte> into, CancellationToken cancel)
    {
        await Whole(into, block * Block, cancel);
        for (var at = 0; at < into.Length; at += Block, block++)
        {
            if (_firstChecksum < 0 || block < _firstChecksum || block >= _firstChecksum + ChecksumsAhead)
            {
                var rest = (Length + Block - 1) / Block - block;
                await Whole(_checksums.AsMemory(0, (int)Math.Min(rest, ChecksumsAhead) * Checksum), Length + block * Checksum, cancel);
                _firstChecksum = block;
            }

            var one = into.Span[at..Math.Min(at + Block, into.Length)];
            if (Crc32C.Of(one) != BinaryPrimitives.ReadUInt32LittleEndian(_checksums.AsSpan((int)(block - _firstChecksum) * Checksum))) throw Damaged();
        }
    }

    private async ValueTask Whole(Memory<byte> into, long at, CancellationToken cancel)
    {
        for (int read; into.Length > 0; into = into[read..], at += read)
            if ((read = await RandomAccess.ReadAsync(_file, into, at, cancel)) == 0)
                throw Damaged();
    }

    private InvalidDataException Damaged() => new($"The file {_path} is damaged: its bytes do not have the checksum they were written with.");
}
