namespace Galley.CloudFront.Serve;

/// <summary>Bodies behind the memory: one file each, gone with the process. What the disk refuses is simply not kept.</summary>
internal sealed class Disk(Installation installation)
{
    private readonly Lazy<string> _folder = new(() => PrivateFiles.Folder(Path.Combine(installation.ScratchFolder, "cloudfront")));
    private long _last;

    /// <summary>A new file to write; null when the disk does not take it.</summary>
    public FileStream? Create()
    {
        try
        {
            return new FileStream(Path.Combine(_folder.Value, Interlocked.Increment(ref _last).ToString("x", System.Globalization.CultureInfo.InvariantCulture)),
                new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous, BufferSize = 0 });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            installation.Log($"cloudfront: the cache's disk tier: {e.Message}");
            return null;
        }
    }

    public Content? Write(ReadOnlyMemory<byte> bytes)
    {
        using var file = Create();
        if (file is null) return null;
        try
        {
            file.Write(bytes.Span);
            return new Content(ReadOnlyMemory<byte>.Empty, file.Name, bytes.Length);
        }
        catch (IOException)
        {
            Delete(file.Name);
            return null;
        }
    }

    /// <summary>Null when the file was evicted a moment ago.</summary>
    public static FileStream? Open(string file)
    {
        try
        {
            return new FileStream(file, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan, BufferSize = 0, Share = FileShare.Read | FileShare.Delete });
        }
        catch (IOException)
        {
            return null;
        }
    }

    public static void Delete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (IOException)
        {
            // the scratch folder goes as a whole in the end
        }
    }
}
