using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Galley.Store.Embedded;

/// <summary>
/// Blobs as files `ab/cdef…` named by their SHA-256. A blob is written beside its place, flushed, then renamed into it,
/// so a file under its final name is always whole.
/// </summary>
public sealed class FileBlobs : IBlobs
{
    private const int Chunk = 128 << 10;
    private readonly string _folder, _incoming;

    private readonly ConcurrentDictionary<string, bool> _sure = new(); // folders whose names are on the disk
    private volatile ExceptionDispatchInfo? _broken;

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
        _broken?.Throw();
        var temporary = Path.Combine(_incoming, Path.GetRandomFileName());
        try
        {
            var (blob, file) = await Copy(content, temporary, cancel);
            using (file) Durable(() => Disk.Flush(file));
            var final = PathOf(blob.Name);
            var folder = Path.GetDirectoryName(final)!;
            if (!File.Exists(final))
            {
                Directory.CreateDirectory(folder);
                File.Move(temporary, final, overwrite: true);
            }

            // Also when it is there already: whoever put it there may not have flushed its name, now or before a crash.
            Durable(() =>
            {
                Disk.FlushFolder(folder);
                if (_sure.ContainsKey(folder)) return;
                Disk.FlushFolder(_folder);
                _sure[folder] = true;
            });
            return blob;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>After a failed flush nobody knows what the disk holds: nothing is acknowledged any more.</summary>
    private void Durable(Action flush)
    {
        try
        {
            _broken?.Throw();
            flush();
        }
        catch (IOException e)
        {
            _broken = ExceptionDispatchInfo.Capture(e);
            throw;
        }
    }

    public Stream Open(string name)
        => new FileStream(PathOf(name), new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.Read | FileShare.Delete, Options = FileOptions.Asynchronous, BufferSize = 0 });

    public void Delete(string name) => File.Delete(PathOf(name));

    public ValueTask Clear()
    {
        _sure.Clear();
        foreach (var folder in Directory.GetDirectories(_folder).Where(folder => folder != _incoming)) Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private string PathOf(string name)
        => name.Length == 64 && name.All(char.IsAsciiHexDigitLower) ? Path.Combine(_folder, name[..2], name[2..]) : throw new FileNotFoundException($"no blob {name}");

    private static async ValueTask<(BlobRef Blob, SafeFileHandle File)> Copy(Stream content, string path, CancellationToken cancel)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.Asynchronous);
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        long length = 0;
        try
        {
            for (int read; (read = await content.ReadAsync(buffer, cancel)) > 0; length += read)
            {
                sha256.AppendData(buffer, 0, read);
                md5.AppendData(buffer, 0, read);
                await RandomAccess.WriteAsync(file, buffer.AsMemory(0, read), length, cancel);
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return (new BlobRef(Convert.ToHexStringLower(sha256.GetHashAndReset()), length, Convert.ToHexStringLower(md5.GetHashAndReset())), file);
    }
}
