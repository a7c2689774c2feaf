using System.Security.Cryptography;

namespace Galley.Wire;

/// <summary>A request body that is read once, forward, asynchronously.</summary>
public abstract class ReadOnlyBodyStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read the body asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>
    /// The body of a request to a service that streams, checked against what its signature says of it (`x-amz-content-sha256`):
    /// a hash, nothing, or signed chunks (<see cref="AwsChunkedStream"/>). A wrong body throws <see cref="AwsError"/> at its end at the latest.
    /// </summary>
    public static Stream Open(ApiRequest request)
    {
        var hash = request.Signature?.PayloadHash ?? request.Header("x-amz-content-sha256") ?? SigV4.UnsignedPayload;
        if (AwsChunkedStream.IsMode(hash)) return AwsChunkedStream.Open(request, hash);
        return hash == SigV4.UnsignedPayload || hash.Length != 64 ? request.Http.Request.Body : new HashedBodyStream(request.Http.Request.Body, hash);
    }
}

/// <summary>A body whose SHA-256 was signed; throws XAmzContentSHA256Mismatch at the end when it is another one.</summary>
internal sealed class HashedBodyStream(Stream body, string expected) : ReadOnlyBodyStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _done;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_done || buffer.Length == 0) return 0;
        var read = await body.ReadAsync(buffer, cancellationToken);
        if (read > 0)
        {
            _hash.AppendData(buffer.Span[..read]);
            return read;
        }

        _done = true;
        var computed = Convert.ToHexStringLower(_hash.GetHashAndReset());
        return computed.Equals(expected, StringComparison.OrdinalIgnoreCase)
            ? 0
            : throw new AwsError("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
                .With("ClientComputedContentSHA256", expected).With("S3ComputedContentSHA256", computed);
    }

    protected override void Dispose(bool disposing)
    {
        _hash.Dispose();
        base.Dispose(disposing);
    }
}
