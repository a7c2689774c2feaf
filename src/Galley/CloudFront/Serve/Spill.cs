namespace Galley.CloudFront.Serve;

/// <summary>Collects a body up to a limit; what grows beyond goes, with what was collected, to the streams that <paramref name="overflow"/> opens.</summary>
internal sealed class Spill(int limit, Func<ValueTask<Stream[]>> overflow) : Stream
{
    private MemoryStream? _collected = new();
    private Stream[] _beyond = [];
    private long _length;

    /// <summary>The whole body; null when it went on.</summary>
    public ReadOnlyMemory<byte>? Body => _collected is { } all ? (ReadOnlyMemory<byte>?)Exactly(all) : null;

    public long Written => _length;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _length += buffer.Length;
        if (_collected is not null && _length <= limit)
        {
            _collected.Write(buffer.Span);
            return;
        }

        if (_collected is { } all)
        {
            _beyond = await overflow();
            _collected = null;
            if (all.Length > 0)
                foreach (var stream in _beyond) await stream.WriteAsync(all.GetBuffer().AsMemory(0, (int)all.Length), cancellationToken);
        }

        foreach (var stream in _beyond) await stream.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>What is kept takes no more memory than it has bytes.</summary>
    private static byte[] Exactly(MemoryStream all) => all.Length == all.Capacity ? all.GetBuffer() : all.ToArray();
}
