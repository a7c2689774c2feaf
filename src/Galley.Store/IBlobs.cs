namespace Galley.Store;

/// <summary>
/// Large bytes beside the store (S3 objects, function code), named by their content. Write the blob first, then commit its
/// <see cref="BlobRef.Name"/> in a transaction; a blob that nothing refers to is swept after a crash.
/// </summary>
public interface IBlobs
{
    /// <summary>Reads <paramref name="content"/> to its end and keeps it; durable on return. Throws what the stream throws and keeps nothing then.</summary>
    ValueTask<BlobRef> Put(Stream content, CancellationToken cancel = default);

    /// <summary>
    /// A new stream over the blob, seekable, read-only. Throws <see cref="FileNotFoundException"/> when it is not there;
    /// reading throws <see cref="InvalidDataException"/> where the bytes are not those that were put.
    /// </summary>
    Stream Open(string name);

    /// <summary>Forgets the blob. The caller has made sure that nothing refers to it.</summary>
    void Delete(string name);

    /// <summary>The names of all blobs that are here now, without those of areas.</summary>
    IEnumerable<string> All();

    /// <summary>Blobs of one owner, apart from all others, so that it may sweep them.</summary>
    IBlobs Area(string name);

    ValueTask Clear();
}

/// <param name="Name">Lower-case hex of the SHA-256.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Md5">Lower-case hex of the MD5 (an S3 ETag).</param>
public sealed record BlobRef(string Name, long Length, string Md5);
