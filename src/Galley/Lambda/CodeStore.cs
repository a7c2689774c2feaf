using System.IO.Compression;
using System.Security.Cryptography;
using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>
/// Function code: zips checked on arrival, kept as blobs, unpacked into the scratch folder when first needed. A zip that tries to
/// leave its folder, or is more than it says, is refused whole (security §2, rows 120 and 121).
/// </summary>
internal sealed class CodeStore(Installation installation, IFetchCode s3)
{
    private const long MaxZip = 52_428_800, MaxS3Zip = 262_144_000, MaxUnzipped = 262_144_000;
    private const int MaxEntries = 100_000, SaltSize = 16;
    private readonly SemaphoreSlim _unpacking = new(1, 1);

    private readonly LocalCode _local = new(installation.Options.LocalCode);

    /// <param name="Blob">Name of the blob.</param>
    /// <param name="Size">Bytes of the zip.</param>
    /// <param name="Sha256">Of the zip, in Base64.</param>
    internal sealed record Kept(string Blob, long Size, string Sha256)
    {
        /// <summary>Where it came from, if that was a folder of this machine.</summary>
        public LocalFolder? Folder { get; init; }
    }

    /// <summary>Takes the zip of a request, by value, from S3 or of a folder, and keeps it.</summary>
    public async ValueTask<Kept> Take(FunctionCode code, Call call)
        => code is { S3Bucket: LocalCode.Bucket, S3Key: { } key, ZipFile: null } ? await Take(_local.Find(key), call.Cancellation) : await Keep(await Bytes(code, call), call.Cancellation);

    /// <summary>The same, of a folder where code came from before.</summary>
    public async ValueTask<Kept> Take(string folder, CancellationToken cancel)
    {
        var stamp = _local.Stamp(folder) ?? "";
        return await Keep(_local.Zip(folder, MaxUnzipped), cancel) with { Folder = new LocalFolder(folder, stamp) };
    }

    /// <summary>Whether there is other code in the folder than was taken; not when it is gone.</summary>
    public bool HasChanged(LocalFolder taken) => _local.Stamp(taken.Path) is { } now && now != taken.Stamp;

    private async ValueTask<Kept> Keep(byte[] zip, CancellationToken cancel)
    {
        Check(zip);
        // The salt keeps our blob apart from an S3 object of the same bytes, so that each is deleted on its own.
        var blob = await installation.Blobs.Put(new MemoryStream([.. installation.Ids.Bytes(SaltSize), .. zip]), cancel);
        return new Kept(blob.Name, zip.Length, Convert.ToBase64String(SHA256.HashData(zip)));
    }

    /// <summary>The folder with the unpacked code. It is shared by the function's processes and not to be written to.</summary>
    public async ValueTask<string> Unpack(string blob, CancellationToken cancel)
    {
        var folder = Path.Combine(PrivateFiles.Folder(Path.Combine(installation.ScratchFolder, "code")), blob);
        if (Directory.Exists(folder)) return folder;
        await _unpacking.WaitAsync(cancel);
        try
        {
            if (Directory.Exists(folder)) return folder;
            var temporary = PrivateFiles.Folder($"{folder}.{installation.Ids.Next(8)}");
            await using (var zip = Zip(blob)) Extract(zip, temporary);
            Directory.Move(temporary, folder);
            return folder;
        }
        finally
        {
            _unpacking.Release();
        }
    }

    /// <summary>The folder that stands for /opt: the layers' contents, later ones over earlier ones; null when there is no layer.</summary>
    public async ValueTask<string?> UnpackLayers(IReadOnlyList<LayerUse> layers, CancellationToken cancel)
    {
        if (layers.Count == 0) return null;
        var name = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(string.Join(' ', layers.Select(layer => layer.Blob)))));
        var folder = Path.Combine(PrivateFiles.Folder(Path.Combine(installation.ScratchFolder, "opt")), name);
        await _unpacking.WaitAsync(cancel);
        try
        {
            if (Directory.Exists(folder)) return folder;
            var temporary = PrivateFiles.Folder($"{folder}.{installation.Ids.Next(8)}");
            foreach (var layer in layers)
                await using (var zip = Zip(layer.Blob))
                    Extract(zip, temporary);
            Directory.Move(temporary, folder);
            return folder;
        }
        finally
        {
            _unpacking.Release();
        }
    }

    /// <summary>The zip as it was uploaded.</summary>
    public Stream Zip(string blob)
    {
        using var stream = installation.Blobs.Open(blob);
        var zip = new MemoryStream();
        stream.Position = SaltSize;
        stream.CopyTo(zip);
        zip.Position = 0;
        return zip;
    }

    /// <summary>Forgets code that no version refers to any more.</summary>
    public void Delete(string blob) => installation.Blobs.Delete(blob);

    private async ValueTask<byte[]> Bytes(FunctionCode code, Call call)
    {
        if (code.ZipFile is { } zip)
        {
            if (code.S3Bucket is not null || code.S3Key is not null) throw Errors.InvalidParameter("Please do not provide other FunctionCode parameters when providing a ZipFile.");
            return zip.Length <= MaxZip ? zip : throw new AwsError("RequestEntityTooLargeException", $"Zipped size must be smaller than {MaxZip} bytes", 413).With("Type", "User");
        }

        if (code.S3Bucket is null || code.S3Key is null) throw Errors.InvalidParameter("Please provide a source for function code.");
        if (code.S3ObjectVersion is not null) throw Errors.InvalidParameter("Galley does not support the parameter S3ObjectVersion.");
        try
        {
            return await s3.Fetch(call.Principal, code.S3Bucket, code.S3Key, MaxS3Zip, call.Cancellation);
        }
        catch (AwsError e)
        {
            throw Errors.InvalidParameter($"Error occurred while GetObject. S3 Error Code: {e.Code}. S3 Error Message: {e.Message}");
        }
    }

    private static void Check(byte[] zip)
    {
        try
        {
            using var archive = new ZipArchive(new MemoryStream(zip, writable: false));
            if (archive.Entries.Count == 0) throw Errors.InvalidParameter("Uploaded file must be a non-empty zip");
            if (archive.Entries.Count > MaxEntries) throw Unreadable();
            var files = new HashSet<string>(StringComparer.Ordinal);
            var folders = new HashSet<string>(StringComparer.Ordinal);
            foreach (var entry in archive.Entries)
            {
                if (!IsSafe(entry) || !(IsFolder(entry) ? folders : files).Add(entry.FullName.TrimEnd('/')) && !IsFolder(entry)) throw Unreadable();
                for (var at = entry.FullName.LastIndexOf('/'); at > 0; at = entry.FullName.LastIndexOf('/', at - 1)) folders.Add(entry.FullName[..at]);
            }

            if (files.Overlaps(folders)) throw Unreadable();
            var left = MaxUnzipped;
            var buffer = new byte[64 << 10];
            foreach (var entry in archive.Entries)
            {
                // Counted and summed as it unpacks: what the headers say are only claims.
                var sum = new System.IO.Hashing.Crc32();
                using var content = entry.Open();
                for (int read; (read = content.Read(buffer)) > 0;)
                {
                    if ((left -= read) <= 0) throw Errors.ZipTooLarge();
                    sum.Append(buffer.AsSpan(0, read));
                }

                if (sum.GetCurrentHashAsUInt32() != entry.Crc32) throw Unreadable();
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or ArgumentException or NotSupportedException)
        {
            throw Unreadable();
        }
    }

    private static bool IsFolder(ZipArchiveEntry entry) => entry.FullName.EndsWith('/');

    /// <summary>A plain relative name inside the folder, and a plain file or folder by its Unix mode.</summary>
    private static bool IsSafe(ZipArchiveEntry entry)
    {
        const int typeMask = 0xF000, folder = 0x4000, file = 0x8000, special = 0xE00;
        var name = entry.FullName;
        if (name.Length == 0 || name[0] == '/' || name.AsSpan().ContainsAny('\0', '\\') || name.Length > 1 && name[1] == ':') return false;
        if (name.TrimEnd('/').Split('/').Any(part => part is "" or "." or ".." || part.Length > 255)) return false;
        var mode = entry.ExternalAttributes >> 16;
        return (mode & typeMask) switch
        {
            0 => true,
            folder => IsFolder(entry),
            file => !IsFolder(entry) && (mode & special) == 0,
            _ => false,
        };
    }

    private static void Extract(Stream zip, string folder)
    {
        using var archive = new ZipArchive(zip);
        foreach (var entry in archive.Entries)
        {
            var path = Path.Combine(folder, entry.FullName);
            if (IsFolder(entry))
            {
                PrivateFiles.Folder(path);
                continue;
            }

            PrivateFiles.Folder(Path.GetDirectoryName(path)!);
            if (File.Exists(path)) File.Delete(path); // of an earlier layer
            using (var content = entry.Open())
            using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write)) content.CopyTo(file);
            if (OperatingSystem.IsWindows()) continue;
            var runs = (entry.ExternalAttributes >> 16 & 0x49) != 0;
            File.SetUnixFileMode(path, UnixFileMode.UserRead | (runs ? UnixFileMode.UserExecute : 0));
        }
    }

    private static AwsError Unreadable() => Errors.InvalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.");
}
