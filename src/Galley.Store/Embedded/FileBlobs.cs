using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Galley.Store.Embedded;

/// <summary>
/// Blobs as files `ab/cdef…` named by their SHA-256. A blob is written beside its place, flushed, then renamed into it,
/// so a file under its final name is always whole. Behind the data stand the checksums of its blocks (<see cref="BlobFile"/>).
/// </summary>
public sealed class FileBlobs : IBlobs
{
    private const int Chunk = 4 * BlobFile.Block;
    private readonly string _folder, _incoming;

    private readonly ConcurrentDictionary<string, bool> _sure = new(); // folders whose names are on the disk
    private volatile int _broken; // the system's number of what was wrong with a flush

    public FileBlobs(string folder)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        _incoming = Path.Combine(_folder, "incoming");
        if (Directory.Exists(_incoming)) Directory.Delete(_incoming, recursive: true); // what a crash left half written
        Directory.CreateDirectory(_incoming);
        Disk.FlushName(_folder);
    }

    public async ValueTask<BlobRef> Put(Stream content, CancellationToken cancel = default)
    {
        Disk.Check(_broken);
        var temporary = Path.Combine(_incoming, Path.GetRandomFileName());
        try
        {
            var (blob, file) = await Copy(content, temporary, cancel);
            using (file) Durable(Disk.TryFlush(file));
            var final = PathOf(blob.Name);
            var folder = Path.GetDirectoryName(final)!;
            Directory.CreateDirectory(folder);
            // Also over one that is there already: it may have rotted, and whoever put it there may not have flushed its name.
            File.Move(temporary, final, overwrite: true);
            Durable(Disk.TryFlushFolder(folder));
            if (_sure.ContainsKey(folder)) return blob;
            Durable(Disk.TryFlushFolder(_folder));
            _sure[folder] = true;
            return blob;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>After a failed flush, of this blob or another, nobody knows what the disk holds: nothing is acknowledged any more.</summary>
    private void Durable(int problem)
    {
        if (problem != 0) _broken = problem;
        Disk.Check(_broken);
    }

    public Stream Open(string name) => BlobFile.Open(PathOf(name));

    public void Delete(string name) => File.Delete(PathOf(name));

    public IEnumerable<string> All() => Folders().SelectMany(Directory.EnumerateFiles).Select(file => Path.GetFileName(Path.GetDirectoryName(file)!) + Path.GetFileName(file));

    public IBlobs Area(string name) => new FileBlobs(Path.Combine(_folder, "area-" + name));

    public ValueTask Clear()
    {
        _sure.Clear();
        foreach (var folder in Folders().ToList()) Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private IEnumerable<string> Folders() => Directory.EnumerateDirectories(_folder).Where(folder => Path.GetFileName(folder).Length == 2);

    private string PathOf(string name)
        => name.Length == 64 && name.All(char.IsAsciiHexDigitLower) ? Path.Combine(_folder, name[..2], name[2..]) : throw new FileNotFoundException($"no blob {name}");

    private static async ValueTask<(BlobRef Blob, SafeFileHandle File)> Copy(Stream content, string path, CancellationToken cancel)
    {
        using var sums = new Sums();
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.Asynchronous);
        var (buffer, other) = (ArrayPool<byte>.Shared.Rent(Chunk), ArrayPool<byte>.Shared.Rent(Chunk));
        var summing = Task.CompletedTask;
        long length = 0;
        try
        {
            // Whole blocks, so that each has its checksum in one go. While a chunk is summed up it is written, and the next one received.
            for (int read; (read = await content.ReadAtLeastAsync(buffer.AsMemory(0, Chunk), Chunk, throwOnEndOfStream: false, cancel)) > 0; length += read)
            {
                await summing;
                var chunk = buffer.AsMemory(0, read);
                if (read == Chunk) summing = Task.Run(() => sums.Add(chunk.Span), CancellationToken.None);
                else sums.Add(chunk.Span);
                await RandomAccess.WriteAsync(file, chunk, length, cancel);
                (buffer, other) = (other, buffer);
            }

            await summing;
            await RandomAccess.WriteAsync(file, sums.OfBlocks, length, cancel);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        finally
        {
            await summing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // it reads one of these
            ArrayPool<byte>.Shared.Return(buffer);
            ArrayPool<byte>.Shared.Return(other);
        }

        return (sums.Blob(length), file);
    }

    /// <summary>What is summed up over a blob: its name, S3's ETag, the checksums of its blocks.</summary>
    private sealed class Sums : IDisposable
    {
        private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256), _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        private readonly ArrayBufferWriter<byte> _blocks = new();

        public ReadOnlyMemory<byte> OfBlocks => _blocks.WrittenMemory;

        /// <param name="bytes">Whole blocks, but for the blob's last.</param>
        public void Add(ReadOnlySpan<byte> bytes)
        {
            _sha256.AppendData(bytes);
            _md5.AppendData(bytes);
            for (; bytes.Length > 0; bytes = bytes[Math.Min(BlobFile.Block, bytes.Length)..])
            {
                BinaryPrimitives.WriteUInt32LittleEndian(_blocks.GetSpan(sizeof(uint)), Crc32C.Of(bytes[..Math.Min(BlobFile.Block, bytes.Length)]));
                _blocks.Advance(sizeof(uint));
            }
        }

        public BlobRef Blob(long length) => new(Convert.ToHexStringLower(_sha256.GetHashAndReset()), length, Convert.ToHexStringLower(_md5.GetHashAndReset()));

        public void Dispose()
        {
            _sha256.Dispose();
            _md5.Dispose();
        }
    }
}
