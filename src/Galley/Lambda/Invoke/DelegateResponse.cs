namespace Galley.Lambda.Invoke;

/// <summary>Takes what a delegate writes: to the caller who reads along, or kept until it is whole.</summary>
internal sealed class DelegateResponse(ResponseStream? caller) : Stream
{
    private readonly MemoryStream _whole = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public ReadOnlyMemory<byte> Whole() => caller is not null ? default : _whole.Length == 0 ? "null"u8.ToArray() : _whole.GetBuffer().AsMemory(0, (int)_whole.Length);

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (caller is null)
        {
            _whole.Write(buffer.Span);
            return;
        }

        if (!caller.HasBegun) caller.Begin("application/octet-stream");
        await caller.Write(buffer.ToArray()); // the delegate may use its buffer again
    }
}
