using Microsoft.Extensions.Primitives;

namespace Galley.CloudFront.Serve;

/// <summary>The bytes of a kept object: in memory, or in a file of the disk tier.</summary>
internal sealed class Content(ReadOnlyMemory<byte> bytes, string? file = null, long length = 0)
{
    public static readonly Content Empty = new(ReadOnlyMemory<byte>.Empty);

    /// <summary>Empty for a file.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes;

    public string? File => file;

    public long Length => file is null ? bytes.Length : length;
}

/// <summary>An object, or an error, as an origin gave it and viewers get it.</summary>
internal sealed class Entry
{
    public required int Status { get; init; }

    public required KeyValuePair<string, StringValues>[] Headers { get; init; }

    /// <summary>Replaced as a whole when the bytes move to the disk.</summary>
    public required Content Content { get; set; }

    public required DateTimeOffset Stored { get; init; }

    public DateTimeOffset FreshUntil { get; init; }

    public Lifetime Lifetime { get; init; }

    public string? ETag { get; init; }

    public DateTimeOffset? LastModified { get; init; }

    /// <summary>Names that the stored answer varies by; such an entry has no body and leads to the variants' keys.</summary>
    public string[]? Varies { get; init; }

    /// <summary>A new object is under way while this one is given (stale-while-revalidate).</summary>
    public int Renewing;

    public string Site { get; set; } = "";

    /// <summary>What invalidations are compared with: the viewer's path, and query where that is in the key.</summary>
    public string Path { get; set; } = "";

    /// <summary>Set by every hit, cleared by the sweep: second chance instead of a list that every hit would have to lock.</summary>
    public bool Touched { get; set; }

    public bool IsFresh(DateTimeOffset now) => FreshUntil > now;

    /// <summary>Whether it may still be given for an origin that fails.</summary>
    public bool StandsIn(DateTimeOffset now) => Status < 400 && (Lifetime.StaleIfError is not { } limit || now < FreshUntil + limit);

    public const int Overhead = 1024;

    /// <summary>Bytes in memory.</summary>
    public long Size => Content.Bytes.Length + Overhead;
}
